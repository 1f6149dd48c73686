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
from qualipath.services.inviting import invite, tell_superiors
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
    an_intake,
    an_intake_row,
    offered_as,
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


# --- Superiors ------------------------------------------------------------------------------------


def superiors_told(
    engine: Qualipath, database: Database, to: str = "supervisor"
) -> dict[str, list[str]]:
    """Invite and tell the superiors; gives to which superiors (by number) notices went."""
    with acting(engine).acts.writing() as act:
        row = an_intake_row(path="sample", tier="second", starts_on=START)
        id_ = act.connection.execute(insert(intake).values(row).returning(intake.c.id)).scalar_one()
        published = act.library.newest(act.connection, "sample")
        loaded = load_intake(act, id_)
        invite(act, loaded, published, "intake_opened")
        how_many = tell_superiors(act, loaded, published, "reports_invited", to)
    people = {person.id: person.number for person in rows(database, employee)}
    about = json.dumps({"intake": id_})
    raised = rows(database, notice, notice="reports_invited", context=about)
    assert len(raised) == how_many
    named: dict[str, list[str]] = {}
    for told in raised:
        named.setdefault(told.recipient, []).append(people[told.employee_id])
    return {recipient: sorted(numbers) for recipient, numbers in named.items()}


def a_team_of(engine: Qualipath, superior: str, *numbers: str) -> None:
    """Make people who hold the first tier and report to somebody."""
    an_employee(engine, superior)
    for number in numbers:
        holding(engine, number, awarded_on=TODAY)
        an_employee(engine, number, supervisor=superior)


def test_each_superior_of_the_invited_is_told_once(engine: Qualipath, database: Database) -> None:
    a_team_of(engine, "carla", "1", "2", "3")
    a_team_of(engine, "dora", "4")
    a_team_of(engine, "emil")
    an_employee(engine, "lacks", supervisor="emil")
    holding(engine, "alone", awarded_on=TODAY)
    assert superiors_told(engine, database) == {"supervisor": ["carla", "dora"]}


def test_their_deputies_are_told_where_the_rule_says_so(
    engine: Qualipath, database: Database
) -> None:
    a_team_of(engine, "carla", "1")
    assert superiors_told(engine, database, "deputy") == {"deputy": ["carla"]}


def test_superiors_are_told_of_this_intake_alone(engine: Qualipath, database: Database) -> None:
    a_team_of(engine, "carla", "1")
    assert superiors_told(engine, database) == {"supervisor": ["carla"]}
    an_employee(engine, "1", supervisor="")
    a_team_of(engine, "dora", "2")
    assert superiors_told(engine, database) == {"supervisor": ["dora"]}


def test_opening_an_intake_invites_people_first_and_tells_their_superiors_then(
    database: Database,
) -> None:
    engine = an_installation(database, offered_as("bootcamp"))
    an_employee(engine, "carla")
    an_employee(engine, "1", supervisor="carla")
    here = an_intake(engine, state="planned")
    acting(engine, organisation=None).open_intake(here)
    told = [(row.notice, row.recipient, row.employee_id) for row in rows(database, notice)]
    assert told == [
        ("intake_opened", "employee", 1),
        ("intake_opened", "employee", 2),
        ("reports_invited", "supervisor", 1),
    ]


def test_superiors_of_many_cost_no_more_statements_than_that_of_one(
    engine: Qualipath, database: Database
) -> None:
    a_team_of(engine, "carla", "1")
    superiors_told(engine, database)
    with statements(database) as for_one:
        superiors_told(engine, database)
    for number in range(2, 8):
        a_team_of(engine, f"superior-{number}", str(number))
    with statements(database) as for_seven:
        assert len(superiors_told(engine, database)["supervisor"]) == 7
    assert len(for_seven) == len(for_one)
