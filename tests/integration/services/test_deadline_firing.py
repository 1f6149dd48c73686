"""Deadlines that fall due: each does once what it was set for, as of the instant it was due."""

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, select, update

from qualipath import Qualipath
from qualipath.definition.spec import Definition
from qualipath.services import deadlines
from qualipath.services.agenda import next_due
from qualipath.services.deadlines import Job, Ripe
from qualipath.services.loading import load_enrolment
from qualipath.storage.database import Database
from qualipath.storage.tables import (
    credential,
    deadline,
    enrolment,
    history,
    intake,
    notice,
    path_version,
)
from tests.builders import (
    COURSE,
    NOW,
    a_definition,
    a_lifecycle,
    a_text,
    acting,
    an_employee,
    an_enrolment,
    an_installation,
    an_intake_row,
    the_path_without_intakes,
)
from tests.integration.services.looking import Rows, everything, rows

BERLIN = ZoneInfo("Europe/Berlin")
LATER = NOW + timedelta(days=3650)
"""When everything that the tests set has fallen due."""


def berlin(*at: int) -> datetime:
    return datetime(*at, tzinfo=BERLIN)  # type: ignore[arg-type, misc]


@pytest.fixture
def engine(database: Database) -> Qualipath:
    return an_installation(database, the_path_without_intakes())


def raised(database: Database, name: str) -> Rows:
    return rows(database, notice, notice=name)


def test_a_reminder_is_raised_at_its_instant_and_once(
    engine: Qualipath, database: Database
) -> None:
    nominated = an_enrolment(engine, "nominated", tier="certificate_1")
    other = an_enrolment(engine, "nominated", tier="certificate_1", number="2")
    acting(engine).fire(other.id, "withdraw")
    due = berlin(2026, 7, 15)

    early = engine.tick(due - timedelta(microseconds=1))
    assert (early.effects, early.next_due) == ({}, due.astimezone(UTC))
    assert raised(database, "nomination_reminder") == []
    assert engine.tick(due).effects == {"reminders": 1}
    assert engine.tick(due).effects == {}

    (reminder,) = raised(database, "nomination_reminder")
    assert (reminder.enrolment_id, reminder.version) == (nominated.id, 1)
    assert (reminder.recipient, reminder.status) == ("employee", "pending")
    (done,) = rows(database, deadline, enrolment_id=nominated.id, notice="nomination_reminder")
    assert (done.ended_at, done.done) == (due.astimezone(UTC), True)


def test_a_trigger_tells_when_it_was_due_and_when_it_was_fired(
    engine: Qualipath, database: Database
) -> None:
    nominated = an_enrolment(engine, "nominated", tier="certificate_1")
    due, late = berlin(2026, 7, 23).astimezone(UTC), datetime(2026, 7, 25, 6, tzinfo=UTC)

    report = engine.tick(late)

    assert report.effects == {"reminders": 1, "triggers": 1}
    assert acting(engine).enrolment(nominated.id).state == "lapsed"
    entry = rows(database, history, enrolment_id=nominated.id)[-1]
    assert (entry.trigger, entry.actor_role) == ("lapse", "schedule")
    assert entry.effective_at == due
    assert entry.recorded_at >= late
    (fired,) = rows(database, deadline, enrolment_id=nominated.id, trigger="lapse")
    assert (fired.ended_at, fired.done) == (due, True)
    assert len(raised(database, "lapsed")) == 1


def test_what_is_left_unanswered_goes_up(engine: Qualipath, database: Database) -> None:
    an_enrolment(engine, "applied")
    engine.tick(LATER)
    told = [(row.notice, row.recipient) for row in rows(database, notice)]
    chasing = [each for each in told if each[0] in {"approval_reminder", "approval_escalated"}]
    assert chasing == [
        *[("approval_reminder", "supervisor")] * 3,
        ("approval_escalated", "deputy"),
        ("approval_escalated", "hr"),
    ]


def test_the_deadlines_of_what_is_paused_stand_still(engine: Qualipath, database: Database) -> None:
    nominated = an_enrolment(engine, "applied")
    acting(engine, now=NOW + timedelta(days=1)).fire(nominated.id, "pause", reason="ill")
    stored = everything(database)

    report = engine.tick(NOW + timedelta(days=30))

    assert (report.effects, report.next_due, report.overdue) == ({}, None, 0)
    assert everything(database)["deadline"] == stored["deadline"]
    acting(engine, now=NOW + timedelta(days=31)).fire(nominated.id, "resume")
    # Thirty days on: the first reminder, set for 8 July, comes on 7 August.
    assert engine.tick(berlin(2026, 8, 7) - timedelta(seconds=1)).effects == {}
    assert engine.tick(berlin(2026, 8, 7)).effects == {"reminders": 1}


def a_deadline(then: str | None = None, days: int = 3) -> dict[str, Any]:
    asked: dict[str, Any] = {"after": f"{days} days"}
    return asked | ({"then": then} if then else {"notices": [{"notice": "late", "to": "hr"}]})


def a_course(
    tier: dict[str, Any] | None = None, transitions: tuple[dict[str, Any], ...] = (), **states: Any
) -> Definition:
    """Make the path `sample`, whose states have these deadlines."""
    changed = {name: COURSE["states"][name] | {"deadlines": [due]} for name, due in states.items()}
    lifecycle = a_lifecycle(
        states=COURSE["states"] | changed, transitions=[*COURSE["transitions"], *transitions]
    )
    return a_definition({"first": {}, "only": tier or {}}, lifecycle=lifecycle)


def test_a_refused_trigger_ends_its_deadline_undone(database: Database) -> None:
    definition = a_course(
        {"prerequisites": {"completed": {"tier": "first", "or_running": True}}},
        applied=a_deadline("start"),
    )
    engine = an_installation(database, definition)
    an_enrolment(engine, "attending", tier="first", definition=definition)
    applied = an_enrolment(engine, "applied", tier="only", definition=definition)
    (other,) = (e for e in acting(engine).enrolments(tier="first"))
    acting(engine).fire(other.id, "fail")

    report = engine.tick(LATER)

    assert (report.effects, report.failures) == ({}, ())
    (refused,) = report.refused
    assert refused.startswith(f"enrolment {applied.id}, only: 'start' is refused: ")
    assert acting(engine).enrolment(applied.id).state == "applied"
    assert [row.done for row in rows(database, deadline, enrolment_id=applied.id)] == [False]
    assert engine.tick(LATER).refused == ()


def test_what_happened_since_is_not_overtaken(database: Database) -> None:
    leave = {"trigger": "lapse", "from": "applied", "to": "withdrawn", "roles": "schedule"}
    engine = an_installation(
        database, definition := a_course({}, (leave,), applied=a_deadline("lapse"))
    )
    late, on_time = (
        an_enrolment(engine, "applied", tier="only", number=number, definition=definition).id
        for number in ("1", "2")
    )
    # Due on the 5th, and nobody ticks. Paused on the 8th, resumed on the 9th: due on the 6th then.
    acting(engine, now=NOW + timedelta(days=7)).fire(late, "pause", reason="ill")
    acting(engine, now=NOW + timedelta(days=8)).fire(late, "resume")
    at = NOW + timedelta(days=9)

    engine.tick(at)

    def fired(id_: int) -> Any:
        return rows(database, history, enrolment_id=id_, trigger="lapse")[0]

    assert fired(on_time).effective_at == berlin(2026, 7, 5).astimezone(UTC)
    assert fired(late).effective_at == fired(late).recorded_at
    for id_ in (late, on_time):
        told = [row.effective_at for row in rows(database, history, enrolment_id=id_)]
        assert told == sorted(told)


def test_of_two_triggers_at_once_one_is_fired(database: Database) -> None:
    ways = [
        {"trigger": name, "from": "applied", "to": "withdrawn", "roles": "schedule"}
        for name in ("lapse", "drop")
    ]
    definition = a_course({}, tuple(ways))
    states = definition.lifecycles["course"].states
    two = [a_deadline("lapse"), a_deadline("drop")]
    applied = states["applied"].model_validate({"title": a_text("applied"), "deadlines": two})
    lifecycle = definition.lifecycles["course"].model_copy(
        update={"states": states | {"applied": applied}}
    )
    definition = definition.model_copy(update={"lifecycles": {"course": lifecycle}})
    engine = an_installation(database, definition)
    id_ = an_enrolment(engine, "applied", tier="only", definition=definition).id

    assert engine.tick(LATER).effects == {"triggers": 1}

    assert [row.trigger for row in rows(database, history, enrolment_id=id_)] == ["apply", "lapse"]
    ended = {row.trigger: row.done for row in rows(database, deadline, enrolment_id=id_)}
    assert ended == {"lapse": True, "drop": False}


# --- Credentials ----------------------------------------------------------------------------------

EXPIRING = {"valid_for": "1 year", "renew": ["3 months", "14 days"]}


@pytest.fixture
def expiring(database: Database) -> Qualipath:
    return an_installation(database, a_course(EXPIRING))


def complete(engine: Qualipath, tier: str = "only", number: str = "4711", days: int = 0) -> int:
    an_employee(engine, number)
    hr = acting(engine, now=NOW + timedelta(days=days))
    id_ = hr.apply(number, "sample", tier).id
    hr.fire(id_, "start")
    return hr.fire(id_, "complete", grade="2.0").id


def of_credentials(database: Database) -> list[tuple[datetime, str | None, str, bool | None]]:
    return [
        (row.due_at.astimezone(BERLIN), row.trigger, row.notice, row.done)
        for row in rows(database, deadline)
        if row.credential_id is not None
    ]


def test_a_credential_reminds_and_expires(expiring: Qualipath, database: Database) -> None:
    complete(expiring)
    complete(expiring, "first")
    assert of_credentials(database) == [
        (berlin(2027, 4, 1), None, "credential_expires", None),
        (berlin(2027, 6, 17), None, "credential_expires", None),
        (berlin(2027, 7, 2), "expire", "credential_expired", None),
    ]

    assert expiring.tick(berlin(2027, 7, 2)).effects == {"credentials": 3}
    assert expiring.tick(berlin(2027, 7, 3)).effects == {}

    (held, _) = rows(database, credential)
    (told,) = rows(database, history, trigger="expire")
    assert told.employee_id == held.employee_id
    assert told.effective_at == berlin(2027, 7, 2).astimezone(UTC)
    assert told.details == f'{{"credential": {held.id}, "key": "only"}}'
    notices = [row.notice for row in rows(database, notice) if row.employee_id is not None]
    assert notices == ["credential_expires", "credential_expires", "credential_expired"]
    assert [row.done for row in rows(database, deadline, credential_id=held.id)] == [True] * 3
    assert acting(expiring).history_of("4711")[-1].trigger == "expire"


def test_what_hr_records_expires_too(expiring: Qualipath, database: Database) -> None:
    an_employee(expiring)
    hr = acting(expiring)
    # Of the tier `only`: its reminders, but for the one whose day has passed.
    recognised = hr.recognise("4711", "only", evidence="seen", valid_until=date(2026, 8, 31))
    hr.recognise("4711", "first_aid", evidence="seen", valid_until=date(2026, 8, 31))
    hr.recognise("4711", "old", evidence="seen", **_until(date(2026, 6, 30)))
    hr.recognise("4711", "ever", evidence="seen")
    dues = of_credentials(database)
    assert dues == [
        (berlin(2026, 8, 17), None, "credential_expires", None),
        (berlin(2026, 9, 1), "expire", "credential_expired", None),
        (berlin(2026, 9, 1), "expire", "credential_expired", None),
    ]
    hr.revoke(recognised.id, reason="mistaken")
    assert [done for *_, done in of_credentials(database)] == [False, False, None]
    assert expiring.tick(LATER).effects == {"credentials": 1}


def _until(day: date) -> dict[str, Any]:
    return {"awarded_on": day - timedelta(days=365), "valid_until": day}


def test_taking_a_result_back_ends_its_deadlines(expiring: Qualipath, database: Database) -> None:
    id_ = complete(expiring)
    acting(expiring).correct(id_, state="failed", reason="mixed up")
    assert {done for *_, done in of_credentials(database)} == {False}
    acting(expiring).correct(id_, state="completed", grade="1.0", reason="mixed up again")
    # What is given anew runs anew.
    assert [done for *_, done in of_credentials(database)] == [False] * 3 + [None] * 3


def test_what_is_renewed_does_not_expire(expiring: Qualipath, database: Database) -> None:
    complete(expiring)
    hr = acting(expiring, now=NOW + timedelta(days=100))
    hr.recognise("4711", "only", evidence="seen", valid_until=date(2026, 12, 31))
    assert [done for *_, done in of_credentials(database)][:3] == [None] * 3
    hr.recognise("4711", "only", evidence="seen", valid_until=date(2029, 12, 31))
    running = [due for due, *_, done in of_credentials(database) if done is None]
    assert running == [berlin(2029, 9, 30), berlin(2029, 12, 17), berlin(2030, 1, 1)]
    hr.recognise("4711", "only", evidence="seen")
    assert {done for *_, done in of_credentials(database)} == {False}


# --- Intakes --------------------------------------------------------------------------------------


def test_results_are_chased_while_they_are_outstanding(
    engine: Qualipath, database: Database
) -> None:
    attending = an_enrolment(engine, "attending")
    over = an_enrolment(engine, "attending", number="2")
    acting(engine).fire(over.id, "complete")
    due = berlin(2027, 1, 27)
    dues = [
        {"intake_id": id_, "due_at": due, "notice": "results_overdue", "recipient": recipient}
        for id_ in (1, 2)
        for recipient in ("provider", "employee")
    ]
    with acting(engine).acts.writing() as act:
        for id_, tier in ((1, attending), (2, over)):
            row = an_intake_row(id=id_, state="finished", version=9)
            act.connection.execute(insert(intake).values(row))
            theirs = update(enrolment).where(enrolment.c.id == tier.id)
            act.connection.execute(theirs.values(intake_id=id_))
        act.connection.execute(insert(deadline).values(dues))

    assert engine.tick(due).effects == {"intake_reminders": 2}

    told = {(row.intake_id, row.enrolment_id) for row in raised(database, "results_overdue")}
    assert told == {(1, None), (None, attending.id)}
    ended = {(row.intake_id, row.done) for row in rows(database, deadline, due_at=due)}
    assert ended == {(1, True), (2, False)}


# --- Several at once ------------------------------------------------------------------------------


def some_due(engine: Qualipath, database: Database) -> tuple[datetime, list[Ripe]]:
    for number in ("1", "2"):
        an_enrolment(engine, "nominated", tier="certificate_1", number=number)
    with acting(engine).acts.reading() as act:
        agenda = next_due(act)
        assert agenda is not None
        due = agenda.at
        page = deadlines.due_at(act, due)
    assert {job: len(some) for job, some in page.items()} == {Job.REMINDERS: 2}
    assert len(rows(database, deadline, due_at=due)) == 2
    return due, list(page[Job.REMINDERS])


def remind(engine: Qualipath, due: datetime, ripe: list[Ripe]) -> int:
    acts = engine.acting_as("schedule", "test", now=LATER, as_of=due).acts
    with acts.writing() as act:
        return deadlines.fire_due(act, Job.REMINDERS, ripe).done


def test_two_who_have_seen_the_same_remind_once(engine: Qualipath, database: Database) -> None:
    due, ripe = some_due(engine, database)
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda _: remind(engine, due, ripe), range(2)))
    assert sorted(done) == [0, 2]
    assert len(raised(database, "nomination_reminder")) == 2


def test_without_the_swap_two_remind_twice(engine: Qualipath, database: Database) -> None:
    due, ripe = some_due(engine, database)
    with acting(engine).acts.reading() as act:
        seen = act.connection.execute(select(deadline).where(deadline.c.due_at == due)).all()
    for _ in range(2):
        with acting(engine).acts.writing() as act:
            for row in seen:
                told = {"enrolment_id": row.enrolment_id, "version": 1, "recipient": "employee"}
                act.connection.execute(
                    insert(notice).values(notice=row.notice, raised_at=due, due_at=due, **told)
                )
                ended = update(deadline).where(deadline.c.id == row.id)
                act.connection.execute(ended.values(ended_at=due, done=True))
    assert len(raised(database, "nomination_reminder")) == 2 * len(ripe)


def test_who_leaves_meanwhile_is_not_reminded(engine: Qualipath, database: Database) -> None:
    due, ripe = some_due(engine, database)
    with ThreadPoolExecutor(1) as pool:
        with acting(engine).acts.writing() as act:
            load_enrolment(act, ripe[0].enrolment_id or 0)
            reminding = pool.submit(remind, engine, due, ripe)
            assert not wait([reminding], 0.3).done
            ended = update(deadline).where(deadline.c.id == ripe[0].id)
            act.connection.execute(ended.values(ended_at=due, done=False))
        assert reminding.result() == 1
    (told,) = raised(database, "nomination_reminder")
    assert told.enrolment_id == ripe[1].enrolment_id


def test_a_page_at_a_time(engine: Qualipath, database: Database) -> None:
    due, ripe = some_due(engine, database)
    with acting(engine).acts.reading() as act:
        first = deadlines.due_at(act, due, limit=1)
        then = deadlines.due_at(act, due, after=ripe[0].id, limit=1)
        none = deadlines.due_at(act, due, after=ripe[1].id, limit=1)
    assert [first[Job.REMINDERS], then[Job.REMINDERS], none] == [[ripe[0]], [ripe[1]], {}]


def test_an_unpublished_key_has_no_renewal(expiring: Qualipath, database: Database) -> None:
    an_employee(expiring)
    with acting(expiring).acts.writing() as act:
        assert act.connection.scalar(select(path_version.c.path)) == "sample"
    acting(expiring).recognise("4711", "x", evidence="seen", valid_until=date.max)
    assert of_credentials(database) == []
