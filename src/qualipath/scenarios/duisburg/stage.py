"""Where the story is played: one installation, the day that it has come to, and what was kept."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import cached_property
from itertools import groupby
from pathlib import Path
from zoneinfo import ZoneInfo

from qualipath.definition.spec import Definition
from qualipath.definition.values import Text
from qualipath.domain.eligibility import missing
from qualipath.engine import ActingAs, Qualipath
from qualipath.engine.ticking import TickReport
from qualipath.scenarios.clock import deliver_until, steps_to
from qualipath.scenarios.duisburg.cast import Cast
from qualipath.scenarios.telling import Locale, Refused
from qualipath.services.models import Enrolment, Intake, Told

CITY = "duisburg"
PATH = "duisburg_digital"
HR = "p.schraube"
HR_ADDRESS = "personal@duisburg.example"
_BERLIN = ZoneInfo("Europe/Berlin")
_MORNING = time(9)


@dataclass
class Stage:
    """Lets the story's people act at its present instant, `now`.

    `locale` is the language in which HR writes its reasons. `refusals` keeps what was refused,
    `enrolments` the ids of the latest attempts by number and tier, `effects` what the scheduler
    did, counted by its jobs; `rounds` says to which intake (by id) a round of people applied.
    """

    qualipath: Qualipath
    cast: Cast
    sheets: Path
    locale: Locale
    now: datetime
    refusals: list[Refused] = field(default_factory=list)
    enrolments: dict[tuple[str, str], int] = field(default_factory=dict)
    stands_in: dict[str, tuple[date, date, str]] = field(default_factory=dict)
    effects: Counter[str] = field(default_factory=Counter)
    rounds: dict[str, int] = field(default_factory=dict)

    @cached_property
    def definition(self) -> Definition:
        """The published path, once people are known."""
        return self.hr.progression(next(iter(self.cast.people)), PATH).definition

    @property
    def on(self) -> date:
        """The present day."""
        return self.now.astimezone(_BERLIN).date()

    def go_on_to(self, day: date) -> Iterator[TickReport]:
        """Go on to nine in the morning of a day, and stop wherever the scheduler did something.

        Mails go out when they are due.
        """
        morning = morning_of(day)
        for report in steps_to(self.qualipath, self.now, morning):
            self.now = max(self.now, report.at)
            self.effects.update(report.effects)
            if report.done:
                yield report
            deliver_until(self.qualipath, self.now, min(report.next_due or morning, morning))
        self.now = morning

    # --- Who acts ---------------------------------------------------------------------------------

    @property
    def hr(self) -> ActingAs:
        """The city's HR."""
        return self._acting("hr", HR)

    def employee(self, number: str) -> ActingAs:
        """Act as an employee, for themself."""
        return self._acting("employee", number)

    def supervisor(self, number: str) -> ActingAs:
        """Act as somebody's supervisor, or as the deputy while that one is absent."""
        leader = self._leader(number)
        since, until, deputy = self.stands_in.get(leader, (date.max, date.min, leader))
        return self._acting("supervisor", deputy if since <= self.on <= until else leader)

    def _acting(self, role: str, number: str) -> ActingAs:
        return self.qualipath.acting_as(role, number, organisation=CITY, now=self.now)

    def _leader(self, number: str) -> str:
        return self.cast.people[number].supervisor or ""

    # --- What they do -----------------------------------------------------------------------------

    def apply(self, number: str, tier: str) -> None:
        """Let an employee apply to the tier's open intake."""
        applied = self.employee(number).apply(number, PATH, tier)
        self.enrolments[number, tier] = applied.id

    def approve(self, numbers: Iterable[str], tier: str) -> list[Enrolment]:
        """Let everybody's supervisor approve: each all of their own reports in one command.

        Gives what became of them, in the order in which the supervisors decide.
        """
        approved: list[Enrolment] = []
        for _, reports in groupby(sorted(numbers, key=self._leader), key=self._leader):
            names = list(reports)
            leader = self.supervisor(names[0])
            outcomes = leader.fire_many(self.ids(names, tier), "approve", atomic=True)
            approved += (outcome.enrolment for outcome in outcomes if outcome.enrolment)
        return approved

    def refuse(self, number: str, tier: str, trigger: str, reasons: Iterable[Told]) -> None:
        """Keep a refusal, with its reasons in both languages."""
        self.refusals.append(
            Refused(
                on=self.on,
                number=number,
                name=self.cast.name(number),
                tier=tier,
                tier_title=self.title(tier),
                trigger=trigger,
                reasons=tuple(reasons),
            )
        )

    # --- What they look at ------------------------------------------------------------------------

    def intake(self, tier: str, starts_on: date) -> Intake:
        """Give the intake of a tier that starts on a day."""
        intakes = self.hr.intakes(PATH, tier)
        return next(each for each in intakes if each.starts_on == starts_on)

    def in_state(self, intake: Intake, state: str) -> dict[str, int]:
        """Give those in an intake who are in a state: numbers, and the ids of their enrolments."""
        people = self.hr.roster(intake.id).people
        return {entry.employee: entry.enrolment for entry in people if entry.state == state}

    def lacking(self, number: str, tier: str) -> tuple[Told, ...]:
        """Tell which prerequisites of a tier somebody lacks today."""
        verdict = self.hr.why(number, PATH, tier)
        return tuple(
            Told("prerequisites", lack.text("de"), lack.text("en")) for lack in missing(verdict)
        )

    def title(self, tier: str) -> Text:
        """Give a tier's title."""
        return self.definition.path.tiers[tier].title

    def say(self, text: Text) -> str:
        """Give a text as HR writes it."""
        return text.text(self.locale)

    def names(self, numbers: Iterable[str]) -> tuple[str, ...]:
        """Give several people's names."""
        return tuple(map(self.cast.name, numbers))

    def id(self, number: str, tier: str) -> int:
        """Give the id of somebody's latest attempt at a tier."""
        return self.enrolments[number, tier]

    def ids(self, numbers: Iterable[str], tier: str) -> Sequence[int]:
        """Give the ids of several people's latest attempts at a tier."""
        return [self.enrolments[number, tier] for number in numbers]


def morning_of(day: date) -> datetime:
    """Give the instant of a day at which people act."""
    return datetime.combine(day, _MORNING, _BERLIN)
