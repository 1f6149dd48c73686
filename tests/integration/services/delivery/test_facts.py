"""The facts that templates tell: of enrolments, intakes, invitations, credentials and weeks."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from qualipath import Qualipath
from qualipath.definition.spec import Definition
from qualipath.notices.fields import FIELDS, GENERAL
from qualipath.notices.mail import Value
from qualipath.services.correspondence import set_correspondence
from qualipath.services.delivery.facts import Facts
from qualipath.services.delivery.leasing import waiting_of
from qualipath.services.delivery.subjects import load_subjects
from qualipath.services.providers import set_provider
from qualipath.storage.database import Database
from qualipath.storage.tables import notice
from tests.builders import (
    NOW,
    acting,
    an_employee,
    an_installation,
    an_intake,
    employees,
    offered_as,
    publish,
    the_shipped_path,
)
from tests.integration.services.delivery.telling import (
    ENGLISH,
    GERMAN,
    subject,
    subjects,
    told,
    told_of,
)
from tests.integration.services.delivery.test_subjects import a_team, raise_one, statements
from tests.integration.services.seating import applied, approved, hr_of_all, in_turn

Told = Mapping[str, Value]


@pytest.fixture
def engine(database: Database) -> Qualipath:
    return an_installation(database, offered_as("bootcamp"))


def some(facts: Told, *names: str) -> dict[str, Value]:
    return {name: facts[name] for name in names}


# --- Enrolments -----------------------------------------------------------------------------------


def test_a_request_tells_who_what_when_and_until_when(engine: Qualipath) -> None:
    a_team(engine)
    with hr_of_all(engine).acts.writing() as act:
        set_correspondence(act, "city", hr_address="hr@stadt.example")
        set_provider(act, "institute", "Studieninstitut", "office@institute.example")
    sessions = {"days": ["monday", "thursday"], "from": "16:00", "until": "19:30"}
    publish(engine, offered_as("bootcamp", sessions=sessions))
    here = an_intake(
        engine,
        provider="institute",
        lectures_from=date(2026, 10, 5),
        lectures_until=date(2027, 1, 29),
    )
    applied(engine, here, ["1"])

    assert told_of(engine, "approval_requested", "supervisor") == expected(
        recipient="Carla Ceder",
        organisation="City",
        contact="hr@stadt.example",
        sent_on="1. Juli 2026",
        employee="Anna Amsel",
        number="1",
        tier="Bootcamp Digitalisierung",
        path="Qualifizierung Digitalisierung der Stadt Duisburg",
        starts_on="1. Oktober 2026",
        ends_on="31. März 2027",
        lectures="5. Oktober 2026 bis 29. Januar 2027",
        sessions="montags und donnerstags 16:00 bis 19:30 Uhr",
        opens_on="2. Juni 2026",
        closes_on="20. August 2026",
        provider="Studieninstitut",
        seats="30",
        state="beantragt",
        supervisor="Carla Ceder",
        actor="Personalabteilung",
        happened_on="1. Juli 2026",
        applied_on="1. Juli 2026",
        due_on="15. Juli 2026",
    )


def expected(**facts: Value) -> Told:
    """Give all fields there are, empty but for some."""
    fields = (*GENERAL, *(field for fields in FIELDS.values() for field in fields))
    return {field.name: field.empty for field in fields} | facts


def test_it_is_told_in_the_readers_language(engine: Qualipath) -> None:
    a_team(engine)
    applied(engine, an_intake(engine), ["1"])
    facts = told_of(engine, "application_received")
    assert some(facts, "recipient", "personal", "tier", "sent_on", "due_on", "actor") == {
        "recipient": "Anna Amsel",
        "personal": True,
        "tier": "Digitalisation bootcamp",
        "sent_on": "1 July 2026",
        "due_on": "15 July 2026",
        "actor": "HR department",
    }


def test_the_last_day_to_decide_stays_when_reminders_and_escalations_come(
    engine: Qualipath,
) -> None:
    a_team(engine)
    applied(engine, an_intake(engine), ["1"])
    for days in (7, 12, 15, 17, 22):
        now = NOW + timedelta(days=days)
        engine.tick(now)
        for about in subjects(engine, now=now):
            assert told(engine, about, to=ENGLISH, now=now)["due_on"] == "15 July 2026"


def test_a_pause_puts_the_last_day_off(engine: Qualipath) -> None:
    a_team(engine)
    (id_,) = applied(engine, an_intake(engine), ["1"]).values()
    hr_of_all(engine, NOW + timedelta(days=3)).fire(id_, "pause", reason="ill")
    assert told_of(engine, "paused")["due_on"] is None
    hr_of_all(engine, NOW + timedelta(days=13)).fire(id_, "resume")
    assert told_of(engine, "resumed")["due_on"] == "25 July 2026"


def test_an_offer_is_to_be_answered_by_the_last_day_before_it_lapses(engine: Qualipath) -> None:
    a_team(engine)
    here = an_intake(engine, seats=1)
    (other,) = employees(engine, 1)
    first, second = in_turn(engine, here, [other, "1"]).values()
    hr_of_all(engine, NOW + timedelta(hours=1)).fire(first, "withdraw")
    facts = told_of(engine, "seat_offered")
    assert some(facts, "due_on", "actor", "place") == {
        "due_on": "8 July 2026",
        "actor": None,
        "place": None,
    }
    assert second > first


def test_who_waits_is_told_the_place_as_people_count(engine: Qualipath) -> None:
    a_team(engine)
    here = an_intake(engine, seats=1)
    numbers = employees(engine, 3)
    ids = in_turn(engine, here, [*numbers, "1"])
    hr_of_all(engine, NOW + timedelta(hours=1)).fire(ids[numbers[1]], "withdraw")
    (about,) = (
        s for s in subjects(engine, notice.c.notice == "waitlisted") if s.person and
        s.person.number == "1"
    )  # fmt: skip
    assert about.attempt is not None
    assert (about.attempt.place, told(engine, about)["place"]) == (3, "2")


def test_a_refusal_by_people_tells_their_reason(engine: Qualipath) -> None:
    a_team(engine)
    (id_,) = applied(engine, an_intake(engine), ["1"]).values()
    acting(engine, "supervisor", "2").fire(id_, "decline", reason="Too much to do.")
    facts = told_of(engine, "declined")
    assert some(facts, "actor", "reason", "reasons") == {
        "actor": "Carla Ceder",
        "reason": "Too much to do.",
        "reasons": ("Too much to do.",),
    }


@pytest.mark.parametrize("allocation", [(), ("waiting",)])
def test_a_refusal_by_the_rules_tells_each_of_their_reasons(
    database: Database, allocation: tuple[str, ...]
) -> None:
    definition = offered_as("certificate_1", allocation=allocation, unconditional=False)
    engine = an_installation(database, asking_for_two(definition))
    a_team(engine)
    hr = acting(engine)
    hr.recognise("1", "bootcamp", evidence="seen", valid_until=date(2026, 7, 31))
    hr.recognise("1", "digital/x", evidence="seen", valid_until=date(2026, 7, 31))
    here = an_intake(engine, "certificate_1")
    approved(engine, here, ["1"])
    engine.tick(datetime(2026, 9, 30, 22, tzinfo=UTC))
    about = subject(engine, "declined")
    german = told(engine, about, to=GERMAN)
    english = told(engine, about, to=ENGLISH)
    assert german["reasons"] == (
        (
            "es fehlt: Abschluss von „Bootcamp Digitalisierung“ („Bootcamp Digitalisierung“ war "
            "nur bis 31. Juli 2026 gültig)"
        ),
        (
            "es fehlt: Zertifikat oder Anerkennung „digital/x“ („digital/x“ war nur bis 31. Juli "
            "2026 gültig)"
        ),
    )
    assert german["reason"] == "; ".join(german["reasons"])
    assert isinstance(english["reasons"], tuple)
    assert len(english["reasons"]) == 2
    assert english["actor"] is None
    (entry,) = [e for e in hr.history_of("1") if e.trigger == "decline"]
    assert entry.reason == german["reason"]


def asking_for_two(definition: Definition) -> Definition:
    """Let the first certificate ask for two things, both of which must be met at last."""
    written = definition.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    written["path"]["tiers"]["certificate_1"]["prerequisites"] = {
        "all": [
            {"completed": "bootcamp"},
            {"holds": {"credential": "digital/x", "kind": ["certificate", "recognition"]}},
        ]
    }
    return Definition.model_validate(written)


def test_who_has_completed_is_told_what_is_open_next_and_when(database: Database) -> None:
    engine = an_installation(database, with_validity(the_shipped_path()))
    a_team(engine)
    here = an_intake(engine)
    following = {
        "opens_at": datetime(2027, 1, 31, 23, tzinfo=UTC),
        "closes_at": datetime(2027, 2, 28, 23, tzinfo=UTC),
        "allocates_at": datetime(2027, 2, 28, 23, tzinfo=UTC),
        "starts_at": datetime(2027, 3, 31, 22, tzinfo=UTC),
        "list_closes_at": datetime(2027, 3, 31, 22, tzinfo=UTC),
        "ends_at": datetime(2027, 9, 30, 22, tzinfo=UTC),
        "starts_on": date(2027, 4, 1),
        "ends_on": date(2027, 9, 30),
    }
    an_intake(engine, "certificate_1", state="planned", **following)
    ids = approved(engine, here, ["1"])
    complete(engine, here, ids["1"])
    for to, tier in (("employee", "Certificate course 1"), ("supervisor", "Zertifikatskurs 1")):
        (first,) = rows_of(told_of(engine, "completed", to), "next_tiers")
        assert first["tier"] == tier
    assert first == {
        "tier": "Zertifikatskurs 1",
        "opens_on": "1. Februar 2027",
        "closes_on": "28. Februar 2027",
        "starts_on": "1. April 2027",
    }
    facts = told_of(engine, "completed", "supervisor")
    assert some(facts, "valid_until", "grade", "personal", "actor") == {
        "valid_until": "1. Juli 2029",
        "grade": None,
        "personal": False,
        "actor": "Personalabteilung",
    }


def with_validity(definition: Definition) -> Definition:
    """Let the bootcamp's completion hold for three years."""
    written = definition.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    written["path"]["tiers"]["bootcamp"]["valid_for"] = "3 years"
    return Definition.model_validate(written)


def complete(engine: Qualipath, intake_id: int, enrolment_id: int, **given: Any) -> None:
    """Lead somebody who is admitted to a result, by default a passed one."""
    hr = hr_of_all(engine)
    for move in (hr.close_intake, hr.allocate, hr.start_intake):
        move(intake_id)
    hr.fire(enrolment_id, given.pop("trigger", "complete"), **given)


def rows_of(facts: Told, name: str) -> list[Mapping[str, object]]:
    found = facts[name]
    assert isinstance(found, tuple)
    return [row for row in found if isinstance(row, Mapping)]


def test_who_has_failed_is_told_the_attempts_that_are_left(database: Database) -> None:
    engine = an_installation(database, offered_as("certificate_1"))
    a_team(engine)
    here = an_intake(engine, "certificate_1", term="WS 2026/27")
    ids = approved(engine, here, ["1"])
    complete(engine, here, ids["1"], trigger="fail", grade="4.3")
    about = subject(engine, "failed")
    facts = told(engine, about, to=GERMAN)
    assert some(facts, "attempts_left", "grade", "term", "next_tiers") == {
        "attempts_left": "2",
        "grade": "4,3",
        "term": "WS 2026/27",
        "next_tiers": (),
    }


def test_of_new_dates_the_newest_are_told_with_their_reason(engine: Qualipath) -> None:
    a_team(engine)
    here = an_intake(engine)
    applied(engine, here, ["1"])
    hr = hr_of_all(engine)
    hr.redate_intake(here, reason="rooms", starts_on=date(2026, 11, 2))
    hr.redate_intake(here, reason="teacher", starts_on=date(2026, 11, 9))
    first, second = subjects(
        engine, notice.c.notice == "dates_changed", notice.c.recipient == "employee"
    )
    for about in (first, second):
        assert some(told(engine, about), "reason", "starts_on", "reasons", "actor") == {
            "reason": "teacher",
            "starts_on": "9 November 2026",
            "reasons": (),
            "actor": "HR department",
        }


# --- Intakes --------------------------------------------------------------------------------------


def test_who_runs_an_intake_is_told_whose_results_are_due(engine: Qualipath) -> None:
    a_team(engine)
    with hr_of_all(engine).acts.writing() as act:
        set_provider(act, "institute", "Institute", "office@institute.example", "en")
    here = an_intake(engine, provider="institute", minimum=2)
    numbers = employees(engine, 2, "town")
    ids = approved(engine, here, [*numbers, "1"])
    complete(engine, here, ids[numbers[0]])
    hr_of_all(engine).finish_intake(here)
    facts = told_of(engine, "results_due", "provider")
    assert facts["people"] == (
        {"employee": "Anna Amsel", "number": "1", "organisation": "City"},
        {"employee": "Bo Birke", "number": numbers[1], "organisation": "Town"},
    )
    assert some(facts, "seats", "taken", "applied", "waiting", "minimum", "recipient") == {
        "seats": "30",
        "taken": "3",
        "applied": "3",
        "waiting": "0",
        "minimum": "2",
        "recipient": None,
    }
    assert some(facts, "due_on", "provider", "organisation", "number") == {
        "due_on": "15 July 2026",
        "provider": "Institute",
        "organisation": "District",
        "number": None,
    }


def test_an_overdue_result_was_due_when_it_was_due_first(engine: Qualipath) -> None:
    a_team(engine)
    here = an_intake(engine)
    approved(engine, here, ["1"])
    hr = hr_of_all(engine)
    for move in (hr.close_intake, hr.allocate, hr.start_intake, hr.finish_intake):
        move(here)
    later = NOW + timedelta(days=30)
    engine.tick(later)
    for about in subjects(engine, notice.c.notice == "results_overdue", now=later):
        assert told(engine, about, to=ENGLISH, now=later)["due_on"] == "15 July 2026"


def test_hr_is_to_decide_on_a_small_intake_before_its_seats_are_given(engine: Qualipath) -> None:
    here = an_intake(engine, minimum=2)
    hr_of_all(engine).close_intake(here)
    about = subject(engine, "intake_undersized", "hr")
    assert told(engine, about, to=ENGLISH)["due_on"] == "31 August 2026"
    late = datetime(2026, 9, 3, tzinfo=UTC)
    about = subject(engine, "intake_undersized", "hr", now=late)
    assert told(engine, about, to=ENGLISH, now=late)["due_on"] == "30 September 2026"


def test_a_cancelled_intake_tells_why(engine: Qualipath) -> None:
    here = an_intake(engine, provider="institute")
    hr_of_all(engine).cancel_intake(here, reason="Nobody teaches.")
    about = subject(engine, "intake_cancelled", "provider")
    facts = told(engine, about, to=ENGLISH)
    assert some(facts, "reason", "provider") == {
        "reason": "Nobody teaches.",
        "provider": "institute",
    }


# --- Invitations ----------------------------------------------------------------------------------


def test_who_is_invited_is_told_to_what(engine: Qualipath) -> None:
    a_team(engine)
    here = an_intake(engine, state="planned")
    hr_of_all(engine).open_intake(here)
    (about,) = (s for s in subjects(engine) if s.person and s.person.number == "1")
    names = ("employee", "number", "personal", "tier", "closes_on", "seats", "organisation")
    assert some(told(engine, about), *names) == {
        "employee": "Anna Amsel",
        "number": "1",
        "personal": True,
        "tier": "Digitalisation bootcamp",
        "closes_on": "20 August 2026",
        "seats": "30",
        "organisation": "City",
    }


def test_a_superior_is_told_which_of_the_own_people_are_invited(engine: Qualipath) -> None:
    a_team(engine)
    an_employee(engine, "4", supervisor="2", given_name="Ada", family_name="Ahorn")
    an_employee(engine, "5", supervisor="3")
    others = an_intake(engine, state="planned")
    hr_of_all(engine).open_intake(others)
    an_employee(engine, "6", supervisor="2", given_name="Cem", family_name="Dogan")
    here = an_intake(engine, state="planned")
    hr_of_all(engine).open_intake(here)
    named = {
        (s.intake and s.intake.id, s.person and s.person.number): told(engine, s)["people"]
        for s in subjects(engine, notice.c.recipient == "supervisor")
    }
    first = (
        {"employee": "Ada Ahorn", "number": "4"},
        {"employee": "Anna Amsel", "number": "1"},
    )
    others_of_3 = ({"employee": "Bo Birke", "number": "5"},)
    assert named == {
        (others, "2"): first,
        (others, "3"): others_of_3,
        (here, "2"): (*first, {"employee": "Cem Dogan", "number": "6"}),
        (here, "3"): others_of_3,
    }


# --- Credentials, digests, weeks ------------------------------------------------------------------


def test_what_expires_is_told_with_its_last_day(engine: Qualipath) -> None:
    a_team(engine)
    hr = acting(engine)
    made = hr.recognise("1", "bootcamp", evidence="seen", valid_until=date(2027, 1, 31))
    context = json.dumps({"credential": made.id})
    raise_one(engine, employee_id=1, notice="credential_expires", context=context)
    with acting(engine).acts.reading() as act:
        id_ = act.connection.scalar(notice.select().with_only_columns(notice.c.employee_id))
    assert id_ == 1
    facts = told(engine, subject(engine, "credential_expires"), to=GERMAN)
    assert some(facts, "tier", "valid_until") == {
        "tier": "Bootcamp Digitalisierung",
        "valid_until": "31. Januar 2027",
    }


def test_a_digest_lists_requests_once_each_the_most_urgent_first(engine: Qualipath) -> None:
    a_team(engine)
    an_employee(engine, "4", supervisor="2", given_name="Ada", family_name="Ahorn")
    here = an_intake(engine)
    (later,) = applied(engine, here, ["4"], NOW + timedelta(days=2)).values()
    (sooner,) = applied(engine, here, ["1"]).values()
    now = NOW + timedelta(days=8)
    engine.tick(now)
    carla = subject(engine, "approval_reminder", "supervisor", now).superior
    assert carla is not None
    raise_one(engine, employee_id=carla.id, notice="open_requests", recipient="digest")
    bundled = subjects(engine, notice.c.recipient == "supervisor", now=now)
    assert len(bundled) == 3
    about = subject(engine, "open_requests", "digest", now)
    facts = told(engine, about, *bundled, now=now)
    urgent, other = rows_of(facts, "requests")
    assert urgent == {
        "enrolment": str(sooner),
        "employee": "Anna Amsel",
        "number": "1",
        "tier": "Bootcamp Digitalisierung",
        "term": None,
        "starts_on": "1. Oktober 2026",
        "applied_on": "1. Juli 2026",
        "due_on": "15. Juli 2026",
    }
    assert (other["enrolment"], other["due_on"]) == (str(later), "17. Juli 2026")
    assert facts["rhythm"] == "täglich um 7 Uhr"
    with acting(engine).acts.writing() as act:
        set_correspondence(act, "city", rhythm="weekly", hour=9)
    about = subject(engine, "open_requests", "digest", now)
    assert told(engine, about, to=ENGLISH, now=now)["rhythm"] == "on Mondays at 9"


def test_a_summary_counts_the_week_and_lists_what_waits(engine: Qualipath) -> None:
    a_team(engine)
    an_employee(engine, "4", given_name="Ada", family_name="Ahorn")
    monday = datetime(2026, 7, 20, 5, tzinfo=UTC)
    here = an_intake(engine)
    over = an_intake(engine, ends_on=date(2026, 7, 19), starts_on=date(2026, 7, 18))
    ids = approved(engine, over, ["4"], monday - timedelta(days=6))
    hr = hr_of_all(engine, monday - timedelta(days=5))
    for move in (hr.close_intake, hr.allocate, hr.start_intake):
        move(over)
    applied(engine, here, ["1"])
    (elsewhere,) = employees(engine, 1, "town")
    applied(engine, here, [elsewhere], monday - timedelta(days=6))
    # The day itself belongs to the next week.
    (another,) = employees(engine, 1)
    applied(engine, here, [another], monday)
    for status, recipient in (("dead", "hr"), ("held", "hr"), ("held", "supervisor")):
        columns = {"employee_id": 1, "notice": "sample", "recipient": recipient}
        raise_one(engine, status=status, **columns)
    raise_one(engine, organisation_id=2, notice="weekly_summary", recipient="hr")
    about = subject(engine, "weekly_summary", "hr", now=monday)
    facts = told(engine, about, to=GERMAN, now=monday)

    assert some(facts, "since", "until") == {"since": "13. Juli 2026", "until": "19. Juli 2026"}
    counts = ("applied", "admitted", "completed", "failed", "withdrawn", "undelivered", "held")
    assert some(facts, *counts) == {
        "applied": "1",
        "admitted": "1",
        "completed": "0",
        "failed": "0",
        "withdrawn": "0",
        "undelivered": "1",
        "held": "2",
    }
    assert facts["requests"] == (
        {
            "employee": "Anna Amsel",
            "number": "1",
            "tier": "Bootcamp Digitalisierung",
            "applied_on": "1. Juli 2026",
            "due_on": "15. Juli 2026",
            "supervisor": "Carla Ceder",
        },
    )
    assert [row["state"] for row in rows_of(facts, "intakes")] == ["läuft", "Bewerbung offen"]
    assert rows_of(facts, "intakes")[1] == {
        "tier": "Bootcamp Digitalisierung",
        "term": None,
        "state": "Bewerbung offen",
        "applied": "3",
        "taken": "0",
        "seats": "30",
        "waiting": "0",
        "closes_on": "20. August 2026",
        "starts_on": "1. Oktober 2026",
    }
    assert facts["results"] == ({"tier": "Bootcamp Digitalisierung", "term": None, "count": "1"},)

    hr_of_all(engine, monday + timedelta(days=1)).fire(ids["4"], "complete")
    raise_one(engine, organisation_id=1, notice="weekly_summary", recipient="hr")
    next_week = monday + timedelta(days=7)
    of_all = subjects(engine, notice.c.organisation_id == 1, now=next_week)[0]
    facts = told(engine, of_all, to=GERMAN, now=next_week)
    assert some(facts, "applied", "completed", "results") == {
        "applied": "1",
        "completed": "1",
        "results": (),
    }


# --- All together ---------------------------------------------------------------------------------


def test_it_takes_as_many_statements_for_many_as_for_one(
    engine: Qualipath, database: Database
) -> None:
    here = an_intake(engine, seats=5)
    first, *others = employees(engine, 10)
    in_turn(engine, here, [first])
    tell_all(engine)
    with statements(database) as for_one:
        assert tell_all(engine) == 5
    in_turn(engine, here, others)
    # Some wait now, whose places are counted.
    with statements(database) as for_ten:
        assert tell_all(engine) == 45
    assert len(for_ten) == len(for_one) + 1


def tell_all(engine: Qualipath) -> int:
    """Load and tell everything as one page; gives how many notices there are."""
    with engine.acting_as("schedule", "qualipath", now=NOW).acts.reading() as act:
        rows = act.connection.execute(notice.select())
        page = load_subjects(act, [waiting_of(row) for row in rows])
        facts = Facts.load(act, page.values())
        return len([facts.of(each, ENGLISH) for each in page.values()])
