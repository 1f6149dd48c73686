"""When the windows around a first day open and close, as instants."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from qualipath.definition.calendars import CalendarSpec, WindowSpec, WindowsSpec
from qualipath.definition.local_time import day_start, readings
from qualipath.definition.working_days import working_day

Edge = Literal["opens", "closes", "allocates"]


@dataclass(frozen=True, slots=True)
class Opening:
    """From when until when applications are taken, and when seats are given; instants in UTC."""

    opens_at: datetime
    closes_at: datetime
    allocates_at: datetime


def opening_before(calendar: CalendarSpec, windows: WindowsSpec, first: date) -> Opening:
    """Give the instants around a term's first day.

    A time of day that the clock shows twice that day means the first one, and one that it leaps
    over means the leap's end: `review` finds both.
    """
    closes_at = _instant(calendar, windows.closes, "closes", first)
    allocates = windows.allocates
    return Opening(
        opens_at=_instant(calendar, windows.opens, "opens", first),
        closes_at=closes_at,
        allocates_at=_instant(calendar, allocates, "allocates", first) if allocates else closes_at,
    )


def day_of(calendar: CalendarSpec, window: WindowSpec, edge: Edge, first: date) -> date:
    """Give the day on which a window's edge lies: a working day, where the calendar wants one."""
    day = window.before.before(first)
    return working_day(day, calendar.holidays) if edge in calendar.working_days else day


def _instant(calendar: CalendarSpec, window: WindowSpec, edge: Edge, first: date) -> datetime:
    zone = ZoneInfo(calendar.timezone)
    day = day_of(calendar, window, edge, first)
    if window.clock is None:
        return day_start(day if edge == "opens" else day + timedelta(days=1), zone)
    local = datetime.combine(day, window.clock)
    if shown := readings(local, zone):
        return shown[0]
    return _leap_end(local, zone)


def _leap_end(local: datetime, zone: ZoneInfo) -> datetime:
    """Find the first minute after a time that clocks leap over."""
    while not (shown := readings(local, zone)):
        local += timedelta(minutes=1)
    return shown[0]
