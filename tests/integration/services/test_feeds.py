"""A path's intakes as a calendar that anybody may subscribe to."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event

from qualipath import NotFoundError, Qualipath
from qualipath.services.correspondence import set_correspondence
from qualipath.services.feeds import feed
from qualipath.storage.database import Database
from tests.builders import NOW, acting, an_installation, an_intake, offered_as
from tests.integration.services.seating import PATH, hr_of_all
from tests.unit.notices.calendars import occurrences, read, unfolded

MORNINGS = {"days": ["tuesday", "monday"], "from": "09:00", "until": "12:00"}
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def engine(database: Database) -> Qualipath:
    return an_installation(database, offered_as("bootcamp", sessions=MORNINGS))


def entries(engine: Qualipath, *asked: str, **options: str) -> dict[str, Any]:
    """Give a feed's entries by the first part of their identifiers."""
    found = read(hr_of_all(engine).calendar(PATH, *asked, **options))
    return {each.uid.value.partition("@")[0]: each for each in found.contents.get("vevent", [])}


def test_each_intake_has_its_closing_day_and_its_course(engine: Qualipath) -> None:
    id_ = an_intake(engine, ends_on=date(2026, 10, 31))

    found = entries(engine)

    closing, course = found[f"intake-{id_}-closing"], found[f"intake-{id_}-course"]
    assert closing.summary.value == "Bewerbungsschluss: Bootcamp Digitalisierung"
    assert (closing.dtstart.value, closing.dtend.value) == (date(2026, 8, 20), date(2026, 8, 21))
    assert "vom 2. Juni 2026 bis zum 20. August 2026" in closing.description.value
    held = occurrences(course)
    assert held[0] == datetime(2026, 10, 5, 9, tzinfo=BERLIN)
    assert held[-1] == datetime(2026, 10, 27, 9, tzinfo=BERLIN)
    assert course.summary.value == "Bootcamp Digitalisierung"
    assert {each.status.value for each in found.values()} == {"CONFIRMED"}


def test_it_speaks_the_reader_s_language(engine: Qualipath) -> None:
    id_ = an_intake(engine, term="SS 2027")
    calendar = read(hr_of_all(engine).calendar(PATH, locale="en"))
    assert (
        calendar.contents["x-wr-calname"][0].value == "City of Duisburg's digitalisation programme"
    )
    closing = entries(engine, locale="en")[f"intake-{id_}-closing"]
    assert closing.summary.value == "Apply by: Digitalisation bootcamp (SS 2027)"


def test_a_cancelled_intake_says_so(engine: Qualipath) -> None:
    gone, stays = an_intake(engine), an_intake(engine)
    before = entries(engine)[f"intake-{gone}-course"]
    hr_of_all(engine).cancel_intake(gone, reason="no trainer")

    found = entries(engine)

    assert {uid: each.status.value for uid, each in found.items()} == {
        f"intake-{gone}-closing": "CANCELLED",
        f"intake-{gone}-course": "CANCELLED",
        f"intake-{stays}-closing": "CONFIRMED",
        f"intake-{stays}-course": "CONFIRMED",
    }
    after = found[f"intake-{gone}-course"]
    assert after.uid.value == before.uid.value
    assert int(after.sequence.value) > int(before.sequence.value)


def test_a_correction_raises_the_sequence_and_tells_when(engine: Qualipath) -> None:
    id_ = an_intake(engine)
    later = NOW + timedelta(hours=3)
    assert "last-modified" not in entries(engine)[f"intake-{id_}-course"].contents
    hr_of_all(engine, later).redate_intake(id_, reason="room", starts_on=date(2026, 10, 12))

    course = entries(engine)[f"intake-{id_}-course"]

    assert course.sequence.value == "1"
    assert course.last_modified.value == later


def test_a_tier_of_its_own(engine: Qualipath) -> None:
    an_intake(engine)
    id_ = an_intake(engine, "certificate_1")
    assert set(entries(engine, "certificate_1")) == {
        f"intake-{id_}-closing",
        f"intake-{id_}-course",
    }
    calendar = read(hr_of_all(engine).calendar(PATH, "certificate_1"))
    assert calendar.contents["x-wr-calname"][0].value == "Zertifikatskurs 1"


def test_questions_go_to_the_hr_whose_path_it_is(database: Database) -> None:
    engine = an_installation(database)
    root = hr_of_all(engine)
    an_intake(engine)
    nobody = read(root.calendar(PATH))
    root.add_organisation("duisburg", "Stadt Duisburg")
    with root.acts.writing() as act:
        set_correspondence(act, "duisburg", hr_address="personal@duisburg.example")

    known = read(root.calendar(PATH))

    assert nobody.vevent.organizer.value == "mailto:qualipath@localhost.localdomain"
    assert known.vevent.organizer.value == "mailto:personal@duisburg.example"
    assert "personal@duisburg.example" in known.vevent.description.value
    # An entry stays the same one when HR's address changes.
    assert known.vevent.uid.value == nobody.vevent.uid.value


def test_a_provider_gets_its_own_intakes(engine: Qualipath) -> None:
    an_intake(engine)
    own = an_intake(engine, provider="academy")
    feed = acting(engine, "provider", "academy", None).calendar(PATH)
    assert [line.partition("@")[0] for line in unfolded(feed) if line.startswith("UID")] == [
        f"UID:intake-{own}-closing",
        f"UID:intake-{own}-course",
    ]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (("bootcamp",), "the path 'bootcamp' is not published here"),
        ((PATH, "certificate_9"), "has no tier 'certificate_9'; did you mean 'certificate_2'"),
    ],
)
def test_what_is_not_published_is_not_found(
    engine: Qualipath, asked: tuple[str, ...], told: str
) -> None:
    with pytest.raises(NotFoundError, match=told):
        hr_of_all(engine).calendar(*asked)


def test_without_intakes_it_is_an_empty_calendar(engine: Qualipath) -> None:
    assert entries(engine) == {}
    assert entries(engine, "masters") == {}


def test_the_same_intakes_give_the_same_bytes_by_the_same_statements(engine: Qualipath) -> None:
    def counted() -> tuple[bytes, int]:
        with hr_of_all(engine).acts.reading() as act:
            seen: list[object] = []
            event.listen(act.connection, "before_cursor_execute", lambda *told: seen.append(told))
            return feed(act, PATH), len(seen)

    an_intake(engine)
    one, few = counted()
    assert counted() == (one, few)
    for _ in range(5):
        an_intake(engine)
    many, statements = counted()
    assert many.count(b"BEGIN:VEVENT") == 12
    assert statements == few
