"""Calendar invitations: who gets one, what it says, and how it is taken back."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from qualipath import Qualipath
from qualipath.notices.appointment import Appointment, Party
from qualipath.notices.invitation import write_invitation
from qualipath.services.correspondence import set_correspondence
from qualipath.services.delivery.appointments import Invitations
from qualipath.services.delivery.leasing import waiting_of
from qualipath.services.delivery.subjects import load_subjects
from qualipath.services.delivery.waiting import Addressee
from qualipath.storage.database import Database
from qualipath.storage.tables import notice
from tests.builders import NOW, an_enrolment, an_installation, an_intake, employees, offered_as
from tests.integration.services.looking import rows
from tests.integration.services.seating import hr_of_all, in_state, in_turn
from tests.unit.notices.calendars import occurrences, read

SENDER = "Personalabteilung <qualipath@stadt.example>"
THURSDAYS = {"days": "thursday", "from": "16:00", "until": "19:30"}
BERLIN = ZoneInfo("Europe/Berlin")
BO = Addressee("c1@stadt.example", "Bo Birke", "de")


@pytest.fixture
def engine(database: Database) -> Qualipath:
    return an_installation(database, offered_as("bootcamp", sessions=THURSDAYS))


def admitted(engine: Qualipath, **columns: Any) -> tuple[int, int]:
    """Admit somebody to an intake of 1 October; gives intake and enrolment."""
    intake_id = an_intake(engine, **columns)
    (enrolment_id,) = in_turn(engine, intake_id, employees(engine, 1)).values()
    return intake_id, enrolment_id


def told(engine: Qualipath, name: str, enrolment_id: int, **changed: Any) -> Appointment | None:
    """Give the appointment that goes with the last notice of that name to the employee."""
    row = rows(
        engine.database, notice, notice=name, enrolment_id=enrolment_id, recipient="employee"
    )[-1]
    with hr_of_all(engine).acts.reading() as act:
        subject = load_subjects(act, [waiting_of(row)])[row.id]
        assert subject.person is not None
        who = replace(BO, employee_id=subject.person.id)
        return Invitations.load(act, [subject]).of(subject, replace(who, **changed), SENDER)


def invited(engine: Qualipath, name: str, enrolment_id: int, **changed: Any) -> Any:
    appointment = told(engine, name, enrolment_id, **changed)
    assert appointment is not None
    return read(write_invitation(appointment, Party("hr@x.example"), Party(BO.address), NOW))


def mark(engine: Qualipath, name: str, **values: Any) -> None:
    with engine.database.writing() as connection:
        connection.execute(update(notice).where(notice.c.notice == name).values(values))


def test_who_is_admitted_gets_the_course(engine: Qualipath) -> None:
    intake_id, enrolment_id = admitted(engine)
    with hr_of_all(engine).acts.writing() as act:
        set_correspondence(act, "city", hr_address="personal@stadt.example")

    calendar = invited(engine, "admitted", enrolment_id)

    event = calendar.vevent
    assert calendar.method.value == "REQUEST"
    assert event.uid.value == f"enrolment-{enrolment_id}-intake-{intake_id}@stadt.example"
    assert event.sequence.value == "0"
    assert event.summary.value == "Bootcamp Digitalisierung"
    assert event.description.value.splitlines()[-1] == (
        "Fragen beantwortet die Personalabteilung: personal@stadt.example"
    )
    held = occurrences(event)
    assert held[0] == datetime(2026, 10, 1, 16, tzinfo=BERLIN)
    assert held[-1] == datetime(2027, 3, 25, 16, tzinfo=BERLIN)
    assert len(held) == 26


def test_it_is_told_in_the_reader_s_language(engine: Qualipath) -> None:
    _, enrolment_id = admitted(engine)
    event = invited(engine, "admitted", enrolment_id, locale="en").vevent
    assert event.summary.value == "Digitalisation bootcamp"
    assert "HR answers questions." in event.description.value


def test_without_sessions_a_long_course_is_only_begun(database: Database) -> None:
    engine = an_installation(database, offered_as("bootcamp"))
    _, enrolment_id = admitted(engine)
    event = invited(engine, "admitted", enrolment_id).vevent
    assert (event.dtstart.value, event.dtend.value) == (date(2026, 10, 1), date(2026, 10, 2))
    assert event.summary.value == "Beginn: Bootcamp Digitalisierung"
    assert "bis zum 31. März 2027" in event.description.value


def test_changed_dates_raise_the_sequence_of_the_same_entry(engine: Qualipath) -> None:
    intake_id, enrolment_id = admitted(engine)
    before = invited(engine, "admitted", enrolment_id).vevent
    hr = hr_of_all(engine)
    hr.redate_intake(intake_id, reason="room", starts_on=date(2026, 10, 12))
    hr.redate_intake(intake_id, reason="trainer", starts_on=date(2026, 10, 19))

    after = invited(engine, "dates_changed", enrolment_id).vevent

    assert (after.uid.value, after.sequence.value) == (before.uid.value, "2")
    assert occurrences(after)[0] == datetime(2026, 10, 22, 16, tzinfo=BERLIN)
    # Told late, the first notice tells the newest dates too.
    assert told(engine, "admitted", enrolment_id) == told(engine, "dates_changed", enrolment_id)


@pytest.mark.parametrize(
    ("known", "is_taken_out"),
    [
        ({"status": "sent", "message_id": "n1.0@stadt.example"}, True),
        ({"status": "pending", "message_id": "n1.0@stadt.example"}, True),
        ({"status": "cancelled", "message_id": "n1.0@stadt.example"}, True),
        ({"status": "dead", "message_id": "n1.0@stadt.example"}, False),
        ({"status": "pending"}, False),
        ({"status": "cancelled"}, False),
    ],
    ids=str,
)
def test_what_may_have_arrived_is_taken_out_again(
    engine: Qualipath,
    known: dict[str, str],
    is_taken_out: bool,  # noqa: FBT001
) -> None:
    intake_id, enrolment_id = admitted(engine)
    hr = hr_of_all(engine)
    hr.redate_intake(intake_id, reason="room", starts_on=date(2026, 10, 12))
    before = invited(engine, "dates_changed", enrolment_id).vevent
    mark(engine, "admitted", **known)
    hr.fire(enrolment_id, "withdraw")

    if not is_taken_out:
        assert told(engine, "withdrawn", enrolment_id) is None
        return
    calendar = invited(engine, "withdrawn", enrolment_id)
    assert (calendar.method.value, calendar.vevent.status.value) == ("CANCEL", "CANCELLED")
    assert calendar.vevent.uid.value == before.uid.value
    assert int(calendar.vevent.sequence.value) > int(before.sequence.value)


def test_a_cancelled_intake_is_taken_out_of_everybody_s_calendar(engine: Qualipath) -> None:
    intake_id, enrolment_id = admitted(engine)
    mark(engine, "admitted", status="sent", message_id="n1.0@stadt.example")
    hr_of_all(engine).cancel_intake(intake_id, reason="no trainer")
    calendar = invited(engine, "intake_cancelled", enrolment_id)
    assert calendar.method.value == "CANCEL"


def test_a_page_keeps_people_and_courses_apart(engine: Qualipath) -> None:
    intakes = [an_intake(engine), an_intake(engine)]
    people = employees(engine, 2)
    enrolments = [
        in_turn(engine, intake_id, [number])[number]
        for intake_id, number in zip(intakes, people, strict=True)
    ]
    hr_of_all(engine).redate_intake(intakes[0], reason="room", starts_on=date(2026, 10, 12))
    page = rows(engine.database, notice, notice="admitted", recipient="employee")

    with hr_of_all(engine).acts.reading() as act:
        subjects = load_subjects(act, [waiting_of(row) for row in page])
        invitations = Invitations.load(act, subjects.values())
        together = [
            invitations.of(subject, replace(BO, employee_id=subject.person.id), SENDER)
            for subject in subjects.values()
            if subject.person is not None
        ]

    assert together == [told(engine, "admitted", each) for each in enrolments]
    assert [appointment.sequence for appointment in together if appointment] == [1, 0]


def test_who_lost_the_seat_is_not_invited_late(engine: Qualipath) -> None:
    _, enrolment_id = admitted(engine)
    assert told(engine, "admitted", enrolment_id) is not None
    hr_of_all(engine).fire(enrolment_id, "withdraw")
    assert told(engine, "admitted", enrolment_id) is None


def test_an_offer_is_no_invitation(engine: Qualipath) -> None:
    intake_id = an_intake(engine, seats=1)
    first, second = in_turn(engine, intake_id, employees(engine, 2)).values()
    hr = hr_of_all(engine)
    hr.fire(first, "withdraw")
    assert in_state(engine, intake_id, "offered") == ["c2"]
    hr.redate_intake(intake_id, reason="room", starts_on=date(2026, 10, 12))
    assert told(engine, "dates_changed", second) is None

    hr.fire(second, "accept")

    assert told(engine, "admitted", second) is not None
    assert told(engine, "dates_changed", second) is not None


def test_only_the_employee_s_own_calendar_is_written(engine: Qualipath) -> None:
    _, enrolment_id = admitted(engine)
    assert told(engine, "admitted", enrolment_id, employee_id=None) is None
    assert told(engine, "admitted", enrolment_id, employee_id=99) is None


def test_a_notice_that_asks_for_no_entry_has_none(engine: Qualipath) -> None:
    _, enrolment_id = admitted(engine)
    assert told(engine, "application_received", enrolment_id) is None


def test_without_an_intake_there_is_nothing_to_write(engine: Qualipath) -> None:
    enrolment = an_enrolment(engine, "admitted")
    assert told(engine, "admitted", enrolment.id) is None
