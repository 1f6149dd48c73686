"""Calendars: when terms begin, the windows around them, and which days are worked."""

from contextlib import suppress
from datetime import date, time
from typing import Annotated, Literal, Self

from pydantic import (
    BeforeValidator,
    Field,
    StrictInt,
    StringConstraints,
    model_validator,
)

from qualipath.definition.values import Name, Period, Spec, Text, as_list

TERM_PATTERN = r"^[A-Z][A-Z0-9]{0,7}$"
CLOCK_PATTERN = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
COUNTRY_PATTERN = r"^[A-Z]{2}$"
SUBDIVISION_PATTERN = r"^[A-Z0-9]{1,3}$"

TermName = Annotated[str, StringConstraints(pattern=TERM_PATTERN)]
"""The name of a kind of term: `WS`, `SS`, `Q1`."""

ClockTime = Annotated[str, StringConstraints(pattern=CLOCK_PATTERN)]
"""A time of day where the calendar is: `09:30`."""


def _day(written: object) -> object:
    if isinstance(written, str):
        with suppress(ValueError):
            return date.fromisoformat(written)
    if isinstance(written, date):
        return written
    message = f"{written!r} is not a day; write for example 2026-12-31"
    raise ValueError(message)


Day = Annotated[date, BeforeValidator(_day)]
"""A day, written as 2026-12-31: pydantic alone would take numbers for seconds since 1970."""


def _shorthand(written: object) -> object:
    return {"before": written} if isinstance(written, str) else written


class WindowSpec(Spec):
    """An instant before a term's first day; a plain period means the day in full.

    Without `at`, what opens does so as the day begins, and what ends does so as it ends.
    """

    before: Period
    at: ClockTime | None = None

    @property
    def clock(self) -> time | None:
        """The time of day, if one is named."""
        return time.fromisoformat(self.at) if self.at else None


Window = Annotated[WindowSpec, BeforeValidator(_shorthand, json_schema_input_type=str | WindowSpec)]


class WindowsSpec(Spec):
    """The instants around a term's first day: applications, allocation, and promotion after it.

    `allocates` is when seats are given by rank, by default as applications close. For `grace` after
    the start people may still move up from the waiting list.
    """

    opens: Window
    closes: Window
    allocates: Window | None = None
    grace: Period = Period(0, "days")


class HolidaysSpec(Spec):
    """Whose public holidays are no working days, by ISO 3166 codes: `DE` and `NW`."""

    country: Annotated[str, StringConstraints(pattern=COUNTRY_PATTERN)]
    subdivision: Annotated[str, StringConstraints(pattern=SUBDIVISION_PATTERN)] | None = None


class TermSpec(Spec):
    """A kind of term that comes back each year, by its first day; it lasts until the next one."""

    name: TermName
    month: Annotated[StrictInt, Field(ge=1, le=12)]
    day: Annotated[StrictInt, Field(ge=1, le=31)]


class LecturesSpec(Spec):
    """When lectures are given in one term, as published."""

    term: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    first: Day
    last: Day
    source: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.last < self.first:
            message = "needs 'last' not to lie before 'first'"
            raise ValueError(message)
        return self


WorkingDay = Literal["opens", "closes", "allocates", "starts"]


class CalendarSpec(Spec):
    """When terms begin and the windows around them, in which time zone.

    What `working_days` names moves to the next working day, which is no Saturday, Sunday or one of
    the `holidays`. Without terms each intake has dates of its own.
    """

    calendar: Name
    title: Text
    timezone: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    holidays: HolidaysSpec | None = None
    working_days: Annotated[tuple[WorkingDay, ...], BeforeValidator(as_list)] = ()
    windows: WindowsSpec | None = None
    terms: tuple[TermSpec, ...] = ()
    lectures: tuple[LecturesSpec, ...] = ()
