"""When a course takes place, as calendars show it: in its sessions, or on whole days."""

from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import TypeAlias

from qualipath.definition.intakes import SessionsSpec
from qualipath.domain.intake import Dates

MOST_DAYS = 14
"""Of a longer course without sessions only the first day is shown."""


@dataclass(frozen=True, slots=True)
class WholeDays:
    """All day, from the first day to the last."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Sessions:
    """On some days of each week (Monday being 0), at times of day where `timezone` is.

    Both the first and the last day are ones on which a session is held.
    """

    first: date
    last: date
    weekdays: tuple[int, ...]
    begins: time
    ends: time
    timezone: str


Times: TypeAlias = WholeDays | Sessions


def times_of(dates: Dates, sessions: SessionsSpec | None, timezone: str) -> Times:
    """Work out when a course takes place.

    Sessions are held within the lecture period, where there is one. Without any it is shown as
    whole days, and one that is longer than `MOST_DAYS` as its first day.
    """
    first, last = _taught(dates)
    if sessions is not None:
        week = range(min((last - first).days, 6) + 1)
        held = [first + timedelta(days=n) for n in week]
        held += [last - timedelta(days=n) for n in week]
        if found := [day for day in held if day.weekday() in sessions.weekdays]:
            return Sessions(
                min(found),
                max(found),
                sessions.weekdays,
                sessions.begins_at,
                sessions.ends_at,
                timezone,
            )
    short = (dates.ends_on - dates.starts_on).days < MOST_DAYS
    return WholeDays(dates.starts_on, dates.ends_on if short else dates.starts_on)


def _taught(dates: Dates) -> tuple[date, date]:
    first = max(dates.starts_on, dates.lectures_from or dates.starts_on)
    last = min(dates.ends_on, dates.lectures_until or dates.ends_on)
    return (first, last) if first <= last else (dates.starts_on, dates.ends_on)
