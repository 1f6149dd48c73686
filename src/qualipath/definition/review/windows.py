"""What can't be meant in the windows around a term: their order, overlaps, and the clock change."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import get_args
from zoneinfo import ZoneInfo

from qualipath.definition.calendars import CalendarSpec, WindowsSpec
from qualipath.definition.local_time import day_start, readings
from qualipath.definition.review.durations import too_long
from qualipath.definition.source import Location, Source
from qualipath.definition.terms import Term, terms_between
from qualipath.definition.windows import Edge, Opening, day_of, opening_before
from qualipath.definition.working_days import working_day
from qualipath.errors import Problem


@dataclass(frozen=True, slots=True)
class _Span:
    """The days on which rules about every term are tried out."""

    first: date
    last: date

    def around(self, day: date) -> tuple[date, date]:
        """Give a day two years before another, and one two years after it."""
        far = timedelta(days=2 * 366)
        return max(day, date.min + far) - far, min(day, date.max - far) + far


SPAN = _Span(date(2025, 1, 1), date(2052, 12, 31))
"""28 years: then the days of the week, and the clock changes, come back on the same dates."""


def window_problems(
    calendar: CalendarSpec,
    windows: WindowsSpec,
    at: Location,
    source: Source,
    terms: Collection[str] = (),
) -> Iterator[Problem]:
    """Find windows that are not in order or overlap, each kind for the first term that shows it.

    `terms` are the kinds of terms that the windows are used for, all of them if none is named.
    The calendar must be sound.
    """
    edges: tuple[Edge, ...] = get_args(Edge)
    written = {edge: window for edge in edges if (window := getattr(windows, edge))}
    lengths = [
        *(problem for e, w in written.items() for problem in too_long(w.before, (*at, e), source)),
        *too_long(windows.grace, (*at, "grace"), source),
    ]
    if lengths or not source.whole(at):
        yield from lengths
        return
    tried = tried_terms(calendar, terms)
    openings = [opening_before(calendar, windows, term.starts_on) for term in tried]
    yield from _order_problems(calendar, tried, openings, at, source)
    if not calendar.terms:
        return  # Each intake has a day of its own: none is the next one.
    for (_, before), (term, opening) in pairwise(zip(tried, openings, strict=True)):
        if opening.opens_at < before.closes_at:
            what = f"applications for {term.label} would open before those for the term before it"
            right = "let them open later, or close earlier"
            yield source.problem((*at, "opens"), f"{what} have closed", right)
            break
    for edge, window in written.items():
        if window.clock:
            days = (day_of(calendar, window, edge, term.starts_on) for term in tried)
            times = (datetime.combine(day, window.clock) for day in days)
            yield from _clock_problems(calendar, times, (*at, edge, "at"), source)


def tried_terms(calendar: CalendarSpec, names: Collection[str] = ()) -> tuple[Term, ...]:
    """Give the terms on which rules are tried out; where there are none, months stand for them."""
    if calendar.terms:
        terms = terms_between(calendar, SPAN.first, SPAN.last)
        return tuple(term for term in terms if not names or term.name in names)
    days = [date(SPAN.first.year, month, 1) for month in range(1, 13)]
    return tuple(Term("", f"a start on {day}", day, day) for day in days)


def _order_problems(
    calendar: CalendarSpec,
    terms: Collection[Term],
    openings: Collection[Opening],
    at: Location,
    source: Source,
) -> Iterator[Problem]:
    zone = ZoneInfo(calendar.timezone)
    found: set[str] = set()
    for term, opening in zip(terms, openings, strict=True):
        first = term.starts_on
        if "starts" in calendar.working_days:
            first = working_day(first, calendar.holidays)
        starts_at = day_start(first, zone)
        for edge, wrong, told, right in (
            (
                "closes",
                opening.closes_at <= opening.opens_at,
                f"applications for {term.label} would close before they open",
                "let them open earlier, or close later",
            ),
            (
                "closes",
                opening.closes_at > starts_at,
                f"applications for {term.label} would close only after it has started",
                "let them close earlier",
            ),
            (
                "allocates",
                opening.allocates_at < opening.closes_at,
                f"seats for {term.label} would be given before applications close",
                "let them be given later, or applications close earlier",
            ),
            (
                "allocates",
                opening.allocates_at > starts_at >= opening.closes_at,
                f"seats for {term.label} would be given only after it has started",
                "let them be given earlier",
            ),
        ):
            if wrong and edge not in found:
                found.add(edge)
                yield source.problem((*at, edge), told, right)


def _clock_problems(
    calendar: CalendarSpec, times: Iterator[datetime], at: Location, source: Source
) -> Iterator[Problem]:
    zone = ZoneInfo(calendar.timezone)
    for local in times:
        shown = readings(local, zone)
        if len(shown) != 1:
            when = f"{local:%H:%M} on {local:%Y-%m-%d}"
            what = f"the clock change in {zone} leaps over {when}"
            if shown:
                first, second = (instant.astimezone(zone).isoformat() for instant in shown)
                what = f"the clock shows {when} twice: {first} and {second}"
            yield source.problem(at, what, "take a time that every day has once, such as '12:00'")
            return
