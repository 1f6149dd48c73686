"""Invitations: to exactly those who may apply, by statements that the database works off itself."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from sqlalchemy import event, insert

from qualipath import ConflictError, Qualipath
from qualipath.definition.spec import Definition
from qualipath.services.intakes.loading import load_intake
from qualipath.services.inviting import invite
from qualipath.storage.database import Database
from qualipath.storage.tables import credential, employee, history, intake, notice
from tests.builders import (
    NOW,
    TODAY,
    a_definition,
    a_lifecycle,
    acting,
    an_employee,
    an_enrolment,
    an_installation,
    an_intake_row,
)
from tests.integration.services.looking import everything, rows

START = date(2027, 1, 11)
TIERS: dict[str, dict[str, Any]] = {
    "first": {"duration": "6 months"},
    "second": {"prerequisites": {"completed": "first"}, "max_attempts": 1},
}
COURSES = a_definition(TIERS)


@pytest.fixture
def engine(database: Database) -> Qualipath:
    """Make an installation with a path of two tiers, of which the second asks for the first."""
    return an_installation(database, COURSES)


def invited(
    engine: Qualipath, database: Database, definition: Definition = COURSES, **columns: Any
) -> list[str]:
    """Invite to an intake of the second tier, and give the numbers of those who were."""
    with acting(engine).acts.writing() as act:
        row = an_intake_row(path="sample", tier="second", starts_on=START, **columns)
        id_ = act.connection.execute(insert(intake).values(row).returning(intake.c.id)).scalar_one()
        published = act.library.newest(act.connection, definition.path.path)
        how_many = invite(act, load_intake(act, id_), published, "intake_opened")
    about = json.dumps({"intake": id_})
    people = {person.id: person.number for person in rows(database, employee)}
    told = [row.employee_id for row in rows(database, history, trigger="invite", details=about)]
    raised = [row.employee_id for row in rows(database, notice, context=about)]
    assert sorted(told) == sorted(raised)
    assert len(set(told)) == len(told) == how_many
    return sorted(people[id_] for id_ in told)


def holding(engine: Qualipath, number: str, **columns: Any) -> None:
    """Make an employee who holds the first tier, or is on the way to it."""
    an_employee(engine, number)
    with acting(engine).acts.writing() as act:
        person = {row.number: row.id for row in act.connection.execute(employee.select())}
        columns = {"kind": "completion", "key": "first", **columns}
        act.connection.execute(insert(credential).values(employee_id=person[number], **columns))


def test_those_are_invited_who_may_apply(engine: Qualipath, database: Database) -> None:
    an_employee(engine, "lacks")
    holding(engine, "holds", awarded_on=TODAY)
    holding(engine, "held", awarded_on=date(2020, 1, 1), valid_until=date(2026, 6, 30))
    an_employee(engine, "elsewhere", organisation="town")
    for number, state in (("applied", "applied"), ("failed", "failed"), ("done", "completed")):
        holding(engine, number, awarded_on=TODAY)
        an_enrolment(engine, state, tier="second", number=number, definition=COURSES)
    holding(engine, "withdrew", awarded_on=TODAY)
    an_enrolment(engine, "withdrawn", tier="second", number="withdrew", definition=COURSES)
    assert invited(engine, database) == ["holds", "withdrew"]


def test_what_is_in_progress_counts_if_it_ends_before_the_start(
    engine: Qualipath, database: Database
) -> None:
    holding(engine, "in-time", running_until=date(2027, 1, 10))
    holding(engine, "too-late", running_until=START)
    assert invited(engine, database) == ["in-time"]


def test_what_is_in_progress_counts_only_where_applying_asks_provisionally(
    database: Database,
) -> None:
    transitions = [
        t.model_dump(by_alias=True) | ({"prerequisites": "met"} if t.trigger == "apply" else {})
        for t in a_lifecycle().transitions
    ]
    strict = a_definition(TIERS, a_lifecycle(transitions=transitions))
    engine = an_installation(database, strict)
    holding(engine, "in-time", running_until=date(2027, 1, 10))
    holding(engine, "holds", awarded_on=TODAY)
    assert invited(engine, database, strict) == ["holds"]


def test_the_entry_and_the_notice_say_who_invited_to_what(
    engine: Qualipath, database: Database
) -> None:
    holding(engine, "4711", awarded_on=TODAY)
    invited(engine, database)
    (told,) = rows(database, history, trigger="invite")
    assert (told.actor_role, told.actor_id) == ("hr", "k.muster")
    assert (told.effective_at, told.recorded_at) == (NOW, NOW)
    assert (told.path_version_id, told.source, told.target, told.version) == (1, None, None, None)
    (raised,) = rows(database, notice)
    assert (raised.notice, raised.recipient, raised.status) == (
        "intake_opened",
        "employee",
        "pending",
    )
    assert raised.raised_at == NOW
    *_, entry = acting(engine).history_of("4711")
    assert (entry.trigger, entry.details, entry.path_version) == ("invite", {"intake": 1}, 1)


def test_each_intake_invites_for_itself(engine: Qualipath, database: Database) -> None:
    holding(engine, "4711", awarded_on=TODAY)
    assert invited(engine, database) == ["4711"]
    holding(engine, "4712", awarded_on=TODAY)
    assert invited(engine, database) == ["4711", "4712"]


def test_nobody_is_invited_where_nobody_may_apply(engine: Qualipath, database: Database) -> None:
    an_employee(engine)
    assert invited(engine, database) == []


def test_an_invitation_that_fails_leaves_nothing(engine: Qualipath, database: Database) -> None:
    holding(engine, "4711", awarded_on=TODAY)
    stored = everything(database)

    def fail() -> None:
        with acting(engine).acts.writing() as act:
            row = an_intake_row(path="sample", tier="second")
            act.connection.execute(insert(intake).values(row))
            published = act.library.newest(act.connection, "sample")
            assert invite(act, load_intake(act, 1), published, "intake_opened") == 1
            message = "after all"
            raise ConflictError(message)

    with pytest.raises(ConflictError, match="after all"):
        fail()
    assert everything(database) == stored


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """Note the statements that are executed for a change."""
    noted: list[str] = []
    writers = database._engines.writers  # noqa: SLF001

    def note(*told: Any) -> None:
        noted.append(told[2])

    event.listen(writers, "before_cursor_execute", note)
    yield noted
    event.remove(writers, "before_cursor_execute", note)


def test_it_takes_as_many_statements_for_many_as_for_one(
    engine: Qualipath, database: Database
) -> None:
    holding(engine, "0", awarded_on=TODAY)
    # The path's document is read once.
    invited(engine, database)
    with statements(database) as for_one:
        assert len(invited(engine, database)) == 1
    for number in range(1, 10):
        holding(engine, str(number), awarded_on=TODAY)
    with statements(database) as for_ten:
        assert len(invited(engine, database)) == 10
    assert len(for_ten) == len(for_one)
