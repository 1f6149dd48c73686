"""A tier as it is offered: its rules for intakes, and the calendar that they go by."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from qualipath.definition.calendars import CalendarSpec
from qualipath.definition.intakes import IntakeSpec
from qualipath.definition.local_time import day_start
from qualipath.definition.spec import PathSpec, TierSpec
from qualipath.domain.terms import Term, first_day, terms_between
from qualipath.errors import InputError

Calendars = Mapping[str, CalendarSpec]

_NO_RULES = IntakeSpec(seats=0)
_LONGEST_SHIFT = 14
"""How many days a first working day may lie behind a term's first day, generously."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A tier of a path as it is offered, in the time zone of its calendar."""

    path: str
    name: str
    tier: TierSpec
    calendar: CalendarSpec

    @classmethod
    def of(cls, path: PathSpec, name: str, calendars: Calendars) -> "Offer":
        """Look a tier's calendar up; raises `InputError` where it can't be read any more."""
        tier = path.tiers[name]
        key = tier.calendar or path.calendar
        if key not in calendars:
            message = f"the calendar '{key}' of tier '{name}' can't be read; see 'qualipath check'"
            raise InputError(message)
        return cls(path.path, name, tier, calendars[key])

    @property
    def rules(self) -> IntakeSpec:
        """How the tier's intakes are planned; where it says nothing, there are no seats."""
        return self.tier.intakes or _NO_RULES

    @property
    def zone(self) -> ZoneInfo:
        """The calendar's time zone."""
        return ZoneInfo(self.calendar.timezone)

    def terms(self, first: date, last: date) -> tuple[Term, ...]:
        """Give the terms in which the tier is offered that begin from `first` to `last`."""
        kinds = self.rules.terms
        terms = terms_between(self.calendar, first, last)
        return tuple(term for term in terms if not kinds or term.name in kinds)

    def planned_at(self, term: Term) -> datetime:
        """Give the instant from which on the scheduler plans a term's intake."""
        return day_start(self.rules.ahead.before(term.starts_on), self.zone)

    def beginning_on(self, day: date) -> Term | None:
        """Give the term that begins on a day, or whose first working day it is."""
        earliest = date.fromordinal(day.toordinal() - _LONGEST_SHIFT)
        for term in self.terms(earliest, day):
            if day in {term.starts_on, first_day(self.calendar, term.starts_on)}:
                return term
        return None

    @contextmanager
    def readable(self) -> Iterator[None]:
        """Tell as `InputError` what is wrong with a calendar that nobody has checked."""
        try:
            yield
        except (ValueError, OverflowError, LookupError) as error:
            message = (
                f"the days of tier '{self.name}' can't be worked out from the calendar "
                f"'{self.calendar.calendar}' ({error}); see 'qualipath check'"
            )
            raise InputError(message) from error
