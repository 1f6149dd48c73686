"""What calendars are told: read back by others, it is the same day and the same time of day."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from qualipath.domain.timetable import Sessions, Times, WholeDays
from qualipath.notices.appointment import Appointment, Party
from qualipath.notices.invitation import write_feed, write_invitation
from tests.unit.notices.calendars import occurrences, read, unfolded

NOW = datetime(2026, 7, 1, 8, tzinfo=UTC)
HR = Party("personal@stadt.example", "Personalabteilung")
BO = Party("bo.birke@stadt.example", "Bo Birke")
DAY = date(2026, 10, 5)
THURSDAY = date(2026, 10, 8)


def an_appointment(
    times: Times = WholeDays(DAY, DAY),  # noqa: B008 -- frozen
    *,
    uid: str = "enrolment-1-intake-2@stadt.example",
    summary: str = "Bootcamp",
    description: str = "Fragen: personal@stadt.example",
    sequence: int = 0,
    cancelled: bool = False,
    changed_at: datetime | None = None,
) -> Appointment:
    return Appointment(uid, summary, description, times, sequence, cancelled, changed_at)


def invitation(appointment: Appointment, attendee: Party = BO) -> bytes:
    return write_invitation(appointment, HR, attendee, NOW)


def sessions(
    first: date,
    last: date,
    *weekdays: int,
    timezone: str = "Europe/Berlin",
    begins: time = time(16),
) -> Sessions:
    return Sessions(first, last, weekdays, begins, time(19, 30), timezone)


def held(times: Sessions) -> list[datetime]:
    """Give what everybody's clock shows, where the course is, as each session begins."""
    span = (times.first + timedelta(days=n) for n in range((times.last - times.first).days + 1))
    zone = ZoneInfo(times.timezone)
    return [datetime.combine(d, times.begins, zone) for d in span if d.weekday() in times.weekdays]


# --- The same time of day, whoever reads ----------------------------------------------------------

ZONES = {
    "Europe/Berlin": "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3",
    "America/New_York": "RRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3",
    "Australia/Lord_Howe": "RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=4",
    # These have no rule that comes back each year.
    "Africa/Casablanca": "",
    "Asia/Tokyo": "",
}


@pytest.mark.parametrize("timezone", [*ZONES, "UTC"])
@pytest.mark.parametrize("year", range(2026, 2031))
def test_sessions_keep_their_time_of_day_over_both_clock_changes(timezone: str, year: int) -> None:
    times = sessions(date(year, 1, 4), date(year, 12, 27), 0, 3, 6, timezone=timezone)
    times = sessions(held(times)[0].date(), held(times)[-1].date(), 0, 3, 6, timezone=timezone)

    content = invitation(an_appointment(times))

    other = occurrences(read(content).vevent)
    assert [at.replace(tzinfo=None) for at in other] == [
        at.replace(tzinfo=None) for at in held(times)
    ]
    assert [at.utcoffset() for at in other] == [at.utcoffset() for at in held(times)]


@pytest.mark.parametrize("timezone", [*ZONES, "UTC"])
def test_icalendar_and_dateutil_expand_the_same_sessions(timezone: str) -> None:
    times = sessions(date(2026, 9, 3), date(2027, 4, 29), 3, timezone=timezone)
    content = invitation(an_appointment(times))

    calendar = Calendar.from_ical(content)
    (event,) = calendar.events
    assert event.start == held(times)[0]
    written_rule = event.rrules[0].to_ical().decode()
    described = [zone.to_tz(lookup_tzid=False) for zone in calendar.timezones]
    # Once by the zone as everybody knows it, once as the file alone describes it.
    for zone in (ZoneInfo(timezone), *described):
        rule = rrulestr(written_rule, dtstart=datetime.combine(times.first, times.begins, zone))
        assert [at.astimezone(UTC) for at in rule] == [at.astimezone(UTC) for at in held(times)]


def test_the_instants_jump_where_the_zone_is_left_out() -> None:
    """The control: without the rule of the zone the same sessions are an hour off in winter."""
    times = sessions(date(2026, 9, 3), date(2026, 12, 24), 3)
    content = invitation(an_appointment(times))
    rule = b"RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r\n"
    assert content.count(rule) == 1

    broken = content.replace(rule, b"").replace(b"DTSTART:20251026", b"DTSTART:20201025")

    assert [at.utcoffset() for at in occurrences(read(content).vevent)] == [
        at.utcoffset() for at in held(times)
    ]
    assert [at.utcoffset() for at in occurrences(read(broken).vevent)] != [
        at.utcoffset() for at in held(times)
    ]


@pytest.mark.parametrize("timezone", ZONES)
def test_a_zone_is_a_rule_where_there_is_one(timezone: str) -> None:
    times = sessions(THURSDAY, date(2029, 10, 4), 3, timezone=timezone)
    lines = unfolded(invitation(an_appointment(times)))
    zone = lines[lines.index("BEGIN:VTIMEZONE") : lines.index("END:VTIMEZONE")]
    rules = [line for line in zone if line.startswith("RRULE")]
    assert len(rules) == (2 if ZONES[timezone] else 0)
    assert not rules or ZONES[timezone] in rules
    assert "BEGIN:STANDARD" in zone


def test_sessions_end_with_the_last_one_in_utc() -> None:
    times = sessions(THURSDAY, date(2027, 2, 4), 3)
    lines = unfolded(invitation(an_appointment(times)))
    assert "DTSTART;TZID=Europe/Berlin:20261008T160000" in lines
    assert "DTEND;TZID=Europe/Berlin:20261008T193000" in lines
    assert "RRULE:FREQ=WEEKLY;UNTIL=20270204T150000Z;BYDAY=TH" in lines
    assert "TRANSP:OPAQUE" in lines


def test_a_single_session_comes_back_never() -> None:
    content = invitation(an_appointment(sessions(THURSDAY, THURSDAY, 3)))
    assert b"FREQ=WEEKLY" not in content
    assert occurrences(read(content).vevent) == held(sessions(THURSDAY, THURSDAY, 3))


@pytest.mark.parametrize("days", [1, 2, 14])
@pytest.mark.parametrize("first", [date(2027, 3, 27), date(2026, 10, 24), date(2028, 2, 28)])
def test_whole_days_stay_whole_days(first: date, days: int) -> None:
    last = first + timedelta(days=days - 1)
    content = invitation(an_appointment(WholeDays(first, last)))

    event = read(content).vevent
    assert type(event.dtstart.value) is date
    assert (event.dtstart.value, event.dtend.value) == (first, first + timedelta(days=days))
    assert event.transp.value == "TRANSPARENT"
    assert b"VTIMEZONE" not in content


# --- What must be there (RFC 5545, RFC 5546) ------------------------------------------------------

REQUIRED = {
    "REQUEST": ("ATTENDEE", "DTSTAMP", "DTSTART", "ORGANIZER", "SEQUENCE", "SUMMARY", "UID"),
    "CANCEL": ("ATTENDEE", "DTSTAMP", "ORGANIZER", "SEQUENCE", "UID", "STATUS"),
    "PUBLISH": ("DTSTAMP", "DTSTART", "ORGANIZER", "SUMMARY", "UID"),
}
FORBIDDEN = {"PUBLISH": ("ATTENDEE",), "REQUEST": (), "CANCEL": ()}


def written(method: str, times: Times) -> bytes:
    appointment = an_appointment(times, cancelled=method == "CANCEL")
    if method != "PUBLISH":
        return invitation(appointment)
    return write_feed("Bootcamps", [appointment], HR, timezone="Europe/Berlin", stamped_at=NOW)


@pytest.mark.parametrize("times", [WholeDays(DAY, DAY), sessions(THURSDAY, date(2026, 12, 24), 3)])
@pytest.mark.parametrize("method", REQUIRED)
def test_a_method_s_required_properties_are_there_once(method: str, times: Times) -> None:
    lines = unfolded(written(method, times))
    names = [line.partition(":")[0].partition(";")[0] for line in lines]
    start = lines.index("BEGIN:VEVENT")
    event = Counter(names[start : lines.index("END:VEVENT")])
    assert lines[:2] == ["BEGIN:VCALENDAR", "VERSION:2.0"]
    assert [name for name in names[:start] if name in {"PRODID", "VERSION", "METHOD"}] == [
        "VERSION",
        "PRODID",
        "METHOD",
    ]
    assert f"METHOD:{method}" in lines
    assert {name: event[name] for name in REQUIRED[method]} == dict.fromkeys(REQUIRED[method], 1)
    assert not [name for name in FORBIDDEN[method] if name in event]


def test_nobody_is_asked_to_answer() -> None:
    event = read(invitation(an_appointment())).vevent
    assert event.attendee.value == "mailto:bo.birke@stadt.example"
    assert event.organizer.value == "mailto:personal@stadt.example"
    assert event.attendee.params == {
        "CN": ["Bo Birke"],
        "CUTYPE": ["INDIVIDUAL"],
        "PARTSTAT": ["NEEDS-ACTION"],
        "ROLE": ["REQ-PARTICIPANT"],
        "RSVP": ["FALSE"],
    }
    assert event.dtstamp.value == NOW


@pytest.mark.parametrize(
    ("cancelled", "method", "status"),
    [(False, "REQUEST", "CONFIRMED"), (True, "CANCEL", "CANCELLED")],
)
def test_an_entry_is_written_or_taken_out(*, cancelled: bool, method: str, status: str) -> None:
    calendar = read(invitation(an_appointment(cancelled=cancelled, sequence=3)))
    assert (calendar.method.value, calendar.vevent.status.value) == (method, status)
    assert calendar.vevent.sequence.value == "3"


def test_a_feed_tells_when_it_changed() -> None:
    changed_at = datetime(2026, 6, 30, 14, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    feed = write_feed(
        "Bootcamps",
        [an_appointment(changed_at=changed_at), an_appointment(uid="other@stadt.example")],
        HR,
        timezone="Europe/Berlin",
        stamped_at=NOW,
    )
    assert [line for line in unfolded(feed) if line.startswith(("LAST", "X-WR"))] == [
        "X-WR-CALNAME:Bootcamps",
        "X-WR-TIMEZONE:Europe/Berlin",
        "LAST-MODIFIED:20260630T123000Z",
    ]


def test_an_empty_feed_is_a_calendar_all_the_same() -> None:
    feed = write_feed("Nothing", [], HR, timezone="Europe/Berlin", stamped_at=NOW)
    assert "vtimezone" in read(feed).contents
    assert "vevent" not in read(feed).contents


# --- Hostile texts --------------------------------------------------------------------------------

HOSTILE = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("\r\n\t\x00\x0b\x7f\x85\u2028\u2029\u202e\u2066\"\\;,:^'<>{}%ü€😀"),
    ),
    max_size=300,
) | st.sampled_from(
    [
        "x\r\nATTENDEE:mailto:thief@example.org",
        "x\nEND:VEVENT\nBEGIN:VEVENT",
        '"; CN="x',
        "=?utf-8?q?x?=",
        "{{ config }} <script>",
        "ü" * 5000,
    ]
)


@given(HOSTILE, HOSTILE, HOSTILE, HOSTILE)
def test_hostile_texts_are_only_texts(summary: str, told: str, name: str, local: str) -> None:
    ordinary = invitation(an_appointment(), Party(BO.address, "Bo"))
    attendee = Party(f"{local}@stadt.example", name)

    content = invitation(an_appointment(summary=summary, description=told), attendee)

    lines = content.split(b"\r\n")
    assert all(len(line) <= 75 for line in lines)
    assert not any(b"\n" in line or b"\r" in line for line in lines)
    for line in lines:
        line.decode()
    assert properties(content) == properties(ordinary)
    (event,) = Calendar.from_ical(content).events
    assert str(event["summary"]) == " ".join(shown(summary).split())
    assert str(event["description"]) == shown(told)
    assert str(read(content).vevent.summary.value) == " ".join(shown(summary).split())
    assert event["attendee"].params.get("CN", "") == " ".join(shown(name).split()).replace('"', "'")


def properties(content: bytes) -> list[str]:
    """Give the names of the properties in their order."""
    return [line.partition(":")[0].partition(";")[0] for line in unfolded(content)]


def shown(text: str) -> str:
    """Give a text without what iCalendar can't hold, or what turns the text after it."""
    turning = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    kept = "".join(c for c in text if c not in turning)
    return "".join(c if c == "\n" or c.isprintable() or not _is_control(c) else " " for c in kept)


def _is_control(character: str) -> bool:
    code = ord(character)
    return (
        code < 0x20 or 0x7F <= code <= 0x9F or 0xD800 <= code <= 0xDFFF or code in {0x2028, 0x2029}
    )


def test_the_same_gives_the_same_bytes() -> None:
    times = sessions(THURSDAY, date(2027, 2, 4), 3)
    assert invitation(an_appointment(times)) == invitation(an_appointment(times))
