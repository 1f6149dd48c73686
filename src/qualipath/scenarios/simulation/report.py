"""What a simulation tells: frozen numbers by term and tier, and how two runs differ."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Self
from zoneinfo import ZoneInfo

from qualipath.definition.calendars import CalendarSpec
from qualipath.definition.spec import Definition
from qualipath.definition.terms import terms_between
from qualipath.definition.values import Text
from qualipath.scenarios.telling import Shown
from qualipath.services.reports import IntakeReport

NUMBERS = (
    "intakes",
    "seats",
    "applied",
    "waited",
    "admitted",
    "attended",
    "completed",
    "failed",
    "outstanding",
    "unused",
    "cost",
)
"""What is counted of each term and tier."""


class Numbers(Shown):
    """Intakes in numbers of people, seats and, for the cost, whole EUR.

    `outstanding` are those without a result yet, `unused` the seats on which nobody attended.
    """

    intakes: int
    seats: int
    applied: int
    waited: int
    admitted: int
    attended: int
    completed: int
    failed: int
    outstanding: int
    unused: int
    cost: int

    def less(self, other: "Numbers") -> "Numbers":
        """Give how much more this is than another."""
        return Numbers(**{name: getattr(self, name) - getattr(other, name) for name in NUMBERS})

    @classmethod
    def of(cls, rows: Sequence[IntakeReport]) -> Self:
        """Add up intakes."""
        summed = {name: sum(getattr(row, name) for row in rows) for name in NUMBERS[1:]}
        return cls(intakes=len(rows), **summed)


class TierInTerm(Shown):
    """The intakes of one tier that began in one term.

    `first_graduates` counts who completed the tier, where nobody had before; it is None in all
    other terms.
    """

    term: str
    tier: str
    numbers: Numbers
    first_graduates: int | None


class TierInAll(Shown):
    """All intakes of one tier, and the day on which somebody completed it for the first time."""

    tier: str
    tier_title: Text
    numbers: Numbers
    first_completed_on: date | None


class Run(Shown):
    """One run: the numbers of seats that it was given other than the path's, and what came of it.

    The last one of `tiers` is the path's last tier.
    """

    seats: dict[str, int]
    terms: tuple[TierInTerm, ...]
    tiers: tuple[TierInAll, ...]
    cost: int


class Difference(Shown):
    """How much more the second run has of everything at one tier than the first."""

    tier: str
    numbers: Numbers


class Simulation(Shown):
    """A simulation from its first day until before `ends_on`; two runs where two were compared."""

    path: str
    title: Text
    employees: int
    years: int
    seed: int
    begins_on: date
    ends_on: date
    runs: tuple[Run, ...]
    differences: tuple[Difference, ...] = ()


def run_of(
    definition: Definition,
    calendar: CalendarSpec,
    seats: dict[str, int],
    intakes: Sequence[IntakeReport],
) -> Run:
    """Put a run's intakes together by the terms of the path's calendar, and by tier."""
    by_tier = {
        tier: rows
        for tier in definition.path.tiers
        if (rows := [row for row in intakes if row.tier == tier])
    }
    zone = ZoneInfo(definition.timezone)
    totals = [
        TierInAll(
            tier=tier,
            tier_title=definition.path.tiers[tier].title,
            numbers=Numbers.of(rows),
            first_completed_on=at.astimezone(zone).date() if (at := _first(rows)) else None,
        )
        for tier, rows in by_tier.items()
    ]
    return Run(
        seats=seats,
        terms=tuple(_terms(by_tier, calendar)),
        tiers=tuple(totals),
        cost=sum(total.numbers.cost for total in totals),
    )


def differences(first: Run, second: Run) -> tuple[Difference, ...]:
    """Compare two runs of one path, tier by tier."""
    return tuple(
        Difference(tier=mine.tier, numbers=other.numbers.less(mine.numbers))
        for mine, other in zip(first.tiers, second.tiers, strict=True)
    )


def _first(rows: Iterable[IntakeReport]) -> datetime | None:
    """Find when somebody completed a tier for the first time."""
    return min((at for row in rows if (at := row.first_completed_at)), default=None)


def _terms(
    by_tier: Mapping[str, Sequence[IntakeReport]], calendar: CalendarSpec
) -> Iterator[TierInTerm]:
    """Give the terms in their order, and in each one its tiers in theirs."""
    days = [row.starts_on for rows in by_tier.values() for row in rows]
    terms = terms_between(calendar, date(min(days).year - 1, 1, 1), max(days))
    spans = [(term.label, term.starts_on, term.ends_on) for term in terms]
    if not terms:  # A calendar on demand: years will do.
        years = range(min(days).year, max(days).year + 1)
        spans = [(str(year), date(year, 1, 1), date(year, 12, 31)) for year in years]
    for label, starts_on, ends_on in spans:
        for tier, all_rows in by_tier.items():
            rows = [row for row in all_rows if starts_on <= row.starts_on <= ends_on]
            if rows:
                numbers, first = Numbers.of(rows), _first(all_rows)
                begun = first is not None and first == _first(rows)
                graduates = numbers.completed if begun else None
                yield TierInTerm(term=label, tier=tier, numbers=numbers, first_graduates=graduates)
