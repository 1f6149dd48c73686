"""Days and instants as people give them for an intake, read where its calendar is."""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from qualipath.definition.local_time import day_start, readings
from qualipath.errors import InputError

When = str | date | datetime
"""A day, which counts in full, or an instant; without an offset it is where the calendar is."""

_YEARS = range(1900, 3000)


def day_of(given: str | date, field: str) -> date:
    """Read a day; raises `InputError` for anything else, and for a year that is none of ours."""
    day = _parsed(given, field)
    if isinstance(day, datetime):
        raise InputError(f"'{field}' is a day such as 2027-01-11, and {given} is an instant")
    return _in_our_years(day, given, field)


def instant_of(given: When, zone: ZoneInfo, field: str, *, ends: bool = False) -> datetime:
    """Read an instant (UTC), or a day as the instant at which it begins; or at which it `ends`.

    Raises `InputError` for anything else, and for a local time that a clock change leaps over or
    that is shown twice.
    """
    moment = _in_our_years(_parsed(given, field), given, field)
    if not isinstance(moment, datetime):
        return day_start(moment + timedelta(days=ends), zone)
    if moment.tzinfo is not None:
        return moment.astimezone(UTC)
    match readings(moment, zone):
        case [instant]:
            return instant
        case []:
            raise InputError(
                f"'{field}': there is no {moment:%H:%M} on {moment:%Y-%m-%d} in {zone}, as the "
                "clock change leaps over it; take another time"
            )
        case shown:
            first, second = (instant.astimezone(zone).isoformat() for instant in shown)
            raise InputError(
                f"'{field}': the clock in {zone} shows {moment:%H:%M} twice on "
                f"{moment:%Y-%m-%d}; write {first} or {second}"
            )


def shown(instant: datetime, zone: ZoneInfo) -> str:
    """Tell an instant as the calendar's clock shows it."""
    return f"{instant.astimezone(zone):%Y-%m-%d %H:%M}"


def _parsed(given: When, field: str) -> date | datetime:
    if not isinstance(given, str):
        return given
    for read in (date.fromisoformat, datetime.fromisoformat):
        with suppress(ValueError):
            return read(given)
    message = f"'{field}': '{given[:80]}' is neither a day nor an instant"
    raise InputError(f"{message}; write 2027-01-11 or 2027-01-11T09:30")


def _in_our_years(day: date, given: When, field: str) -> date:
    if day.year not in _YEARS:
        years = f"{_YEARS[0]} to {_YEARS[-1]}"
        raise InputError(f"'{field}': {given} can't be right; a year from {years}")
    return day
