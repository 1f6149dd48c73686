"""What can't be meant in a calendar: its terms, its holidays, and lectures outside of terms."""

from calendar import monthrange
from collections.abc import Iterator

from qualipath.definition.calendars import CalendarSpec
from qualipath.definition.local_time import is_zone
from qualipath.definition.review.windows import SPAN, window_problems
from qualipath.definition.source import Source, suggestion
from qualipath.definition.terms import terms_between
from qualipath.definition.working_days import known
from qualipath.errors import InputError, Problem

_COMMON_YEAR = 2001


def calendar_problems(calendar: CalendarSpec, source: Source) -> Iterator[Problem]:
    """Find everything in a calendar that can't be meant, together with its windows."""
    yield from _term_problems(calendar, source)
    yield from _holiday_problems(calendar, source)
    if is_sound(calendar, source):
        yield from _lecture_problems(calendar, source)
        if calendar.windows:
            yield from window_problems(calendar, calendar.windows, ("windows",), source)


def is_sound(calendar: CalendarSpec, source: Source) -> bool:
    """Tell whether the calendar's days can be worked out at all."""
    wrong = (*_term_problems(calendar, source), *_holiday_problems(calendar, source))
    fields = ("terms", "holidays", "working_days", "timezone", "windows", "lectures")
    whole = all(source.whole((field,)) for field in fields)
    return whole and not wrong and is_zone(calendar.timezone)


def _term_problems(calendar: CalendarSpec, source: Source) -> Iterator[Problem]:
    """Find days that not every year has, and terms of the same name or day."""
    seen: set[object] = set()
    for index, term in enumerate(calendar.terms):
        at = ("terms", index)
        last = monthrange(_COMMON_YEAR, term.month)[1]
        if term.day > last:
            what = f"month {term.month} does not have a day {term.day} in every year"
            yield source.problem((*at, "day"), what, f"write {last} or less")
        if term.name in seen:
            what = f"there is another term '{term.name}'"
            yield source.problem((*at, "name"), what, "give it a name of its own")
        if (term.month, term.day) in seen:
            what = "another term begins on the same day"
            yield source.problem((*at, "day"), what, "let it begin on another day")
        seen |= {term.name, (term.month, term.day)}


def _holiday_problems(calendar: CalendarSpec, source: Source) -> Iterator[Problem]:
    if calendar.holidays is None:
        return
    try:
        known(calendar.holidays)
    except InputError as error:
        what, _, right = str(error).partition("; ")
        field = "subdivision" if what.startswith(f"'{calendar.holidays.country}'") else "country"
        yield source.problem(("holidays", field), what, right)


def _lecture_problems(calendar: CalendarSpec, source: Source) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, lectures in enumerate(calendar.lectures):
        at = ("lectures", index)
        # The label names a year, near which the lectures must lie: any other term is none of it.
        years = SPAN.around(lectures.first)
        terms = {term.label: term for term in terms_between(calendar, *years)}
        term = terms.get(lectures.term)
        if lectures.term in seen:
            what = f"there are other lectures of '{lectures.term}'"
            yield source.problem((*at, "term"), what, "keep one entry a term")
        seen.add(lectures.term)
        if term is None:
            what = f"the calendar has no term '{lectures.term}' around {lectures.first}"
            yield source.problem((*at, "term"), what, suggestion(lectures.term, terms))
        elif lectures.first < term.starts_on or lectures.last > term.ends_on:
            side = "first" if lectures.first < term.starts_on else "last"
            what = f"'{term.label}' lasts from {term.starts_on} to {term.ends_on}"
            yield source.problem((*at, side), what, "write a day within the term")
