"""The terms of a calendar: when each begins and ends, and what it is called."""

from dataclasses import dataclass
from datetime import MAXYEAR, date, timedelta
from itertools import pairwise

from qualipath.definition.calendars import CalendarSpec


@dataclass(frozen=True, slots=True)
class Term:
    """One term of one year; `name` is the kind of term, `label` tells it from all others."""

    name: str
    label: str
    starts_on: date
    ends_on: date


def terms_between(calendar: CalendarSpec, first: date, last: date) -> tuple[Term, ...]:
    """Give the terms that begin from `first` to `last`, in their order.

    A term lasts until the day before the next one begins; one that begins after the year 9998 is
    left out.
    """
    years = range(first.year, min(last.year + 2, MAXYEAR + 1))
    begins = {date(year, t.month, t.day): t.name for year in years for t in calendar.terms}
    return tuple(
        _term(begins[day], day, following - timedelta(days=1))
        for day, following in pairwise(sorted(begins))
        if first <= day <= last
    )


def _term(name: str, starts_on: date, ends_on: date) -> Term:
    crossing = f"/{ends_on.year % 100:02}" if ends_on.year != starts_on.year else ""
    return Term(name, f"{name} {starts_on.year}{crossing}", starts_on, ends_on)
