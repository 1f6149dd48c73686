"""Calendar entries as iCalendar writes them (RFC 5545): invitations to one person, and feeds."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from unicodedata import category
from urllib.parse import quote
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vCalAddress, vRecur

from qualipath.domain.timetable import Sessions, Times
from qualipath.notices.appointment import Appointment, Party
from qualipath.notices.zones import write_zone

_PRODUCT = "-//qualipath//qualipath//DE"
_END = b"END:VCALENDAR\r\n"
_BEGIN_EVENT, _END_EVENT = b"BEGIN:VEVENT\r\n", b"END:VEVENT\r\n"
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
# What iCalendar's text can't hold, and marks that turn the direction of what follows them.
_NO_TEXT = ("Cc", "Cs", "Zl", "Zp")
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_IN_ADDRESS = "@!$'()*+-._~"
"""What RFC 6068 lets stand in an address as it is."""


def write_invitation(
    appointment: Appointment, organizer: Party, attendee: Party, stamped_at: datetime
) -> bytes:
    """Write an entry for one person's calendar, or take it out again where it is cancelled.

    It is a whole iCalendar object with METHOD:REQUEST or METHOD:CANCEL (RFC 5546). Nobody is asked
    to answer.
    """
    before, after = _for_everybody(replace(appointment, uid=""), organizer, stamped_at)
    invited = _person(attendee)
    invited.params["CUTYPE"] = "INDIVIDUAL"
    invited.params["ROLE"] = "REQ-PARTICIPANT"
    invited.params["PARTSTAT"] = "NEEDS-ACTION"
    invited.params["RSVP"] = "FALSE"
    own = Event()
    own.add("uid", _line(appointment.uid))
    own.add("attendee", invited, encode=False)
    lines: bytes = own.to_ical(sorted=True)
    return b"".join((before, lines.removeprefix(_BEGIN_EVENT).removesuffix(_END_EVENT), after))


def write_feed(
    title: str,
    appointments: Sequence[Appointment],
    organizer: Party,
    *,
    timezone: str,
    stamped_at: datetime,
) -> bytes:
    """Write entries for anybody's calendar, as an iCalendar object with METHOD:PUBLISH.

    `timezone` is the one in which a calendar shows them.
    """
    calendar = _calendar("PUBLISH")
    calendar.add("x-wr-calname", _line(title))
    calendar.add("x-wr-timezone", timezone)
    zones = _zones([each.times for each in appointments], timezone, stamped_at)
    events = []
    for appointment in appointments:
        event = _event(appointment, organizer, stamped_at)
        event.add("uid", _line(appointment.uid))
        events.append(event)
    return _written(calendar, zones, events)


# A round of mails writes the same course for all who take it, and only two lines differ.
@lru_cache(maxsize=64)
def _for_everybody(
    appointment: Appointment, organizer: Party, stamped_at: datetime
) -> tuple[bytes, bytes]:
    """Write a calendar with one entry, and give what comes before and after its own lines."""
    calendar = _calendar("CANCEL" if appointment.cancelled else "REQUEST")
    event = _event(appointment, organizer, stamped_at)
    whole = _written(calendar, _zones([appointment.times]), [event])
    before, begin, after = whole.partition(_BEGIN_EVENT)
    return before + begin, after


def _calendar(method: str) -> Calendar:
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", _PRODUCT)
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    return calendar


def _written(calendar: Calendar, zones: Iterable[bytes], events: Iterable[Event]) -> bytes:
    # The library orders what it writes, so that the same entries give the same bytes.
    around: bytes = calendar.to_ical(sorted=True)
    written = (event.to_ical(sorted=True) for event in events)
    return b"".join((around.removesuffix(_END), *zones, *written, _END))


def _zones(
    times: Iterable[Times], always: str | None = None, stamped_at: datetime | None = None
) -> Iterator[bytes]:
    """Write the time zones of sessions; one `always`, since a calendar holds at least something."""
    years = {always: {stamped_at.year}} if always and stamped_at else {}
    for each in times:
        if isinstance(each, Sessions):
            years.setdefault(each.timezone, set()).update((each.first.year, each.last.year))
    for timezone, covered in sorted(years.items()):
        yield write_zone(timezone, min(covered), max(covered))


def _event(appointment: Appointment, organizer: Party, stamped_at: datetime) -> Event:
    event = Event()
    event.add("dtstamp", stamped_at.astimezone(UTC))
    event.add("sequence", appointment.sequence)
    event.add("status", "CANCELLED" if appointment.cancelled else "CONFIRMED")
    event.add("organizer", _person(organizer), encode=False)
    event.add("summary", _line(appointment.summary))
    event.add("description", _text(appointment.description))
    if appointment.changed_at is not None:
        event.add("last-modified", appointment.changed_at.astimezone(UTC))
    _add_times(event, appointment.times)
    return event


def _add_times(event: Event, times: Times) -> None:
    if not isinstance(times, Sessions):
        event.add("dtstart", times.first)
        event.add("dtend", times.last + timedelta(days=1))
        event.add("transp", "TRANSPARENT")
        return
    zone = ZoneInfo(times.timezone)
    event.add("dtstart", datetime.combine(times.first, times.begins, zone))
    event.add("dtend", datetime.combine(times.first, times.ends, zone))
    event.add("transp", "OPAQUE")
    if times.last > times.first:
        until = datetime.combine(times.last, times.begins, zone).astimezone(UTC)
        days = [_DAYS[day] for day in times.weekdays]
        event.add("rrule", vRecur(freq="WEEKLY", until=until, byday=days))


def _person(party: Party) -> vCalAddress:
    person = vCalAddress(f"mailto:{quote(party.address, safe=_IN_ADDRESS, errors='replace')}")
    # A quotation mark would be written as RFC 6868 has it, which few clients read.
    if name := _line(party.name).replace('"', "'"):
        person.params["CN"] = name
    return person


def _line(text: str) -> str:
    """Give a text as one line, which every client shows as it is."""
    return " ".join(_text(text).split())


def _text(text: str) -> str:
    shown = (character for character in text if character not in _TURNING)
    return "".join(" " if category(each) in _NO_TEXT and each != "\n" else each for each in shown)
