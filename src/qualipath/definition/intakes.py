"""How a tier is offered: its seats, in which terms, and who gets a seat."""

from datetime import time
from typing import Annotated, Literal, get_args

from pydantic import (
    BeforeValidator,
    Discriminator,
    Field,
    StrictBool,
    StrictInt,
    StringConstraints,
    Tag,
)

from qualipath.definition.calendars import ClockTime, TermName, WindowsSpec
from qualipath.definition.values import Name, Period, Spec, as_list

Seats = Annotated[StrictInt, Field(ge=0, le=1_000_000)]
Key = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class Quota(Spec):
    """Seats kept for organisations (with all below them) until `lapses` before the start."""

    seats: Annotated[dict[Key, Seats], Field(min_length=1)]
    lapses: Period


class QuotaCriterion(Spec):
    """Organisations first get the seats that are kept for them."""

    quota: Quota


class GradeCriterion(Spec):
    """Who has the better grade in another tier comes first; who has none comes last."""

    grade: Name


Plain = Literal["waiting", "rejections", "tenure", "lot"]
"""Longest waiting, most earlier rejections, longest tenure first; or by lot."""

CRITERIA = (*get_args(Plain), "quota", "grade")
"""The words that a criterion may be, or begin with."""


def _kind_of(written: object) -> str | None:
    match written:
        case QuotaCriterion() | {"quota": _}:
            return "quota"
        case GradeCriterion() | {"grade": _}:
            return "grade"
    return "plain" if written in get_args(Plain) else None


Criterion = Annotated[
    Annotated[Plain, Tag("plain")]
    | Annotated[QuotaCriterion, Tag("quota")]
    | Annotated[GradeCriterion, Tag("grade")],
    Discriminator(
        _kind_of,
        custom_error_type="criterion",
        custom_error_message="is not a criterion",
    ),
]


Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)


class SessionsSpec(Spec):
    """When a tier is taught: on which days of the week, by default Monday to Friday, and when."""

    days: Annotated[tuple[Weekday, ...], BeforeValidator(as_list)] = ()
    begins: Annotated[ClockTime, Field(alias="from")]
    ends: Annotated[ClockTime, Field(alias="until")]

    @property
    def weekdays(self) -> tuple[int, ...]:
        """The days in their order, Monday being 0."""
        return tuple(sorted(map(WEEKDAYS.index, self.days or WEEKDAYS[:5])))

    @property
    def begins_at(self) -> time:
        """The time of day at which a session begins."""
        return time.fromisoformat(self.begins)

    @property
    def ends_at(self) -> time:
        """The time of day at which a session ends."""
        return time.fromisoformat(self.ends)


class IntakeSpec(Spec):
    """How a tier's intakes are planned: what each term's intake begins with.

    Without `allocation` seats are given first come, first served: as soon as an application is
    approved. With it they are given by rank: its criteria count in their order, and the lot decides
    between those who are equal. `carry_over` lets people who got no seat wait for the next intake.
    `ahead` is how long before its start the scheduler plans an intake.
    """

    seats: Seats
    minimum: Seats = 0
    provider: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None
    terms: Annotated[tuple[TermName, ...], BeforeValidator(as_list)] = ()
    windows: WindowsSpec | None = None
    sessions: SessionsSpec | None = None
    allocation: Annotated[tuple[Criterion, ...], BeforeValidator(as_list)] = ()
    carry_over: StrictBool = False
    ahead: Period = Period(1, "years")

    @property
    def first_come(self) -> bool:
        """Whether seats are given as people come."""
        return not self.allocation

    @property
    def quota(self) -> Quota | None:
        """The seats that are kept for organisations, if any are."""
        for criterion in self.allocation:
            if isinstance(criterion, QuotaCriterion):
                return criterion.quota
        return None
