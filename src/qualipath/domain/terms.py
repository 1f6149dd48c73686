"""An intake's dates: those that follow from a term, and those around a day of its own."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from qualipath.definition.calendars import CalendarSpec, LecturesSpec
from qualipath.definition.intakes import IntakeSpec
from qualipath.definition.local_time import day_start
from qualipath.definition.terms import Term, terms_between
from qualipath.definition.values import Period
from qualipath.definition.windows import Opening, opening_before
from qualipath.definition.working_days import working_day
from qualipath.domain.intake import Dates
from qualipath.errors import InputError

__all__ = [
    "Term",
    "dates_around",
    "dates_of",
    "first_day",
    "last_day",
    "lectures_of",
    "opening_of",
    "terms_between",
]


def dates_of(
    calendar: CalendarSpec, intakes: IntakeSpec, duration: Period | None, term: Term
) -> Dates:
    """Work out when a tier's intake of a term opens, closes, starts and ends.

    Raises: InputError where neither the tier nor its calendar has windows.
    """
    opening = opening_of(calendar, intakes, term.starts_on)
    if opening is None:
        message = f"the calendar '{calendar.calendar}' has no windows; write some there"
        raise InputError(message)
    starts_on = first_day(calendar, term.starts_on)
    ends_on = last_day(duration, term.starts_on, starts_on) if duration else term.ends_on
    ends_on = max(starts_on, ends_on)
    lectures = lectures_of(calendar, term)
    return dates_around(calendar, intakes, opening, starts_on, ends_on, lectures=lectures)


def lectures_of(calendar: CalendarSpec, term: Term) -> LecturesSpec | None:
    """Give the lectures of a term, if they have been published."""
    return next((one for one in calendar.lectures if one.term == term.label), None)


def opening_of(calendar: CalendarSpec, intakes: IntakeSpec | None, first: date) -> Opening | None:
    """Give the instants around a first day by a tier's own windows, else by its calendar's."""
    windows = (intakes.windows if intakes else None) or calendar.windows
    return opening_before(calendar, windows, first) if windows else None


def first_day(calendar: CalendarSpec, day: date) -> date:
    """Give the day on which an intake starts: a working day, where the calendar wants one."""
    return working_day(day, calendar.holidays) if "starts" in calendar.working_days else day


def last_day(duration: Period, begins_on: date, starts_on: date) -> date:
    """Give the last day of what lasts so long; it is no earlier than the first.

    Months and years count from `begins_on`, a term's first day, so that a course fits into its
    term; days and weeks from `starts_on`, the first working day, so that none of them is lost.
    """
    counted_from = starts_on if duration.unit in {"days", "weeks"} else begins_on
    return max(starts_on, duration.after(counted_from) - timedelta(days=1))


def dates_around(
    calendar: CalendarSpec,
    intakes: IntakeSpec | None,
    opening: Opening,
    starts_on: date,
    ends_on: date,
    *,
    lectures: LecturesSpec | None = None,
) -> Dates:
    """Put an intake's dates together.

    The waiting list closes as the course starts or after the grace period, the quotas lapse when
    the tier says so: neither before its seats are given nor after the course's end.
    """
    zone = ZoneInfo(calendar.timezone)
    windows = (intakes.windows if intakes else None) or calendar.windows
    listed_until = windows.grace.after(starts_on) if windows else starts_on
    starts_at, ends_at = day_start(starts_on, zone), day_start(ends_on + timedelta(days=1), zone)
    quota = intakes.quota if intakes else None
    lapses_at = day_start(quota.lapses.before(starts_on), zone) if quota else None
    return Dates(
        opens_at=opening.opens_at,
        closes_at=opening.closes_at,
        allocates_at=opening.allocates_at,
        starts_at=starts_at,
        list_closes_at=min(day_start(listed_until, zone), ends_at),
        ends_at=ends_at,
        starts_on=starts_on,
        ends_on=ends_on,
        quotas_lapse_at=max(lapses_at, opening.allocates_at) if lapses_at else None,
        lectures_from=lectures.first if lectures else None,
        lectures_until=lectures.last if lectures else None,
    )
