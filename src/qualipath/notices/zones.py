"""Time zones as iCalendar writes them: by rules that every client reads alike."""

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard, vRecur

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_SAMPLED = 10
"""Years: in so many a month's last Sunday is told from its fourth."""


@dataclass(frozen=True, slots=True)
class _Change:
    """One clock change: its instant, and the offsets from UTC before and after it."""

    at: datetime
    before: timedelta
    after: timedelta
    name: str

    @property
    def local(self) -> datetime:
        """The time that clocks showed as they were changed, as iCalendar writes it."""
        return (self.at + self.before).replace(tzinfo=None)


# A round of mails writes the same zone many times, and nobody changes it.
@lru_cache(maxsize=64)
def write_zone(timezone: str, first_year: int, last_year: int) -> bytes:
    """Write a time zone as it is from one year to another: a whole component, lines and all.

    Clock changes that come back each year are written as a rule (RFC 5545, 3.6.5), others one by
    one.
    """
    content: bytes = _component(timezone, first_year, last_year).to_ical(sorted=True)
    return content


def _component(timezone: str, first_year: int, last_year: int) -> Timezone:
    zone = ZoneInfo(timezone)
    component = Timezone()
    component.add("tzid", timezone)
    # A year earlier, so that every event lies after the first change.
    changes = tuple(_changes(zone, first_year - 1, max(last_year, first_year + _SAMPLED - 2)))
    if rules := _rules(changes, first_year - 1):
        for change, rule in rules:
            component.add_component(_observance(change, rule))
        return component
    start = datetime(first_year - 1, 1, 1, tzinfo=zone)
    offset = start.utcoffset() or timedelta()
    component.add_component(
        _observance(_Change(start.astimezone(UTC), offset, offset, start.tzname() or timezone))
    )
    for change in changes:
        if change.local.year <= last_year:
            component.add_component(_observance(change))
    return component


def _observance(change: _Change, rule: vRecur | None = None) -> TimezoneStandard | TimezoneDaylight:
    summer = change.after > change.before
    observance = TimezoneDaylight() if summer else TimezoneStandard()
    observance.add("dtstart", change.local)
    observance.add("tzoffsetfrom", change.before)
    observance.add("tzoffsetto", change.after)
    observance.add("tzname", change.name)
    if rule is not None:
        observance.add("rrule", rule)
    return observance


def _rules(changes: Sequence[_Change], first_year: int) -> list[tuple[_Change, vRecur]]:
    """Give each yearly change with its rule; none if they do not all come back each year."""
    years = {change.local.year for change in changes}
    kinds = {(change.before, change.after) for change in changes}
    if len(kinds) != 2 or len(changes) != 2 * len(years):  # noqa: PLR2004 -- spring and autumn
        return []
    rules = []
    for kind in sorted(kinds):
        found = [change for change in changes if (change.before, change.after) == kind]
        same = {(c.local.month, c.local.weekday(), c.local.time(), c.name) for c in found}
        nth = {(c.local.day - 1) // 7 + 1 for c in found}
        last = {c.local.day + 7 > monthrange(c.local.year, c.local.month)[1] for c in found}
        if len(found) != len(years) or len(same) != 1 or (len(nth) != 1 and last != {True}):
            return []
        number = -1 if last == {True} else nth.pop()
        begin = found[0].local
        day = f"{number}{_DAYS[begin.weekday()]}"
        rules.append((found[0], vRecur(freq="YEARLY", bymonth=begin.month, byday=day)))
    return rules if min(years) == first_year else []


def _changes(zone: ZoneInfo, first_year: int, last_year: int) -> Iterator[_Change]:
    at = datetime(first_year, 1, 1, tzinfo=UTC)
    end = datetime(min(last_year, MAXYEAR - 1) + 1, 1, 1, tzinfo=UTC)
    before = _offset(zone, at)
    while at < end:
        at += timedelta(days=1)
        after = _offset(zone, at)
        if after != before:
            change = _instant(zone, at - timedelta(days=1), at)
            name = change.astimezone(zone).tzname() or zone.key
            yield _Change(change, before, after, name)
            before = after


def _instant(zone: ZoneInfo, earlier: datetime, later: datetime) -> datetime:
    """Find the minute of the one change between two instants."""
    before = _offset(zone, earlier)
    while (span := (later - earlier) // timedelta(minutes=1)) > 1:
        middle = earlier + timedelta(minutes=span // 2)
        if _offset(zone, middle) == before:
            earlier = middle
        else:
            later = middle
    return later


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta()
