"""Questions about intakes: how full they are, who is in them, in which order, and who may ask."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, event, insert, select, update

from qualipath.definition.spec import Role
from qualipath.engine import Qualipath
from qualipath.errors import NotFoundError
from qualipath.services.act import Act
from qualipath.services.intakes import asking
from qualipath.services.models import Intake, Roster
from qualipath.storage.database import Database
from qualipath.storage.tables import enrolment, history, intake, path_version, ranking
from tests.builders import (
    NOW,
    acting,
    an_act,
    an_employee,
    an_enrolment,
    an_installation,
    an_intake_row,
)

PATH = "duisburg_digital"


@pytest.fixture
def engine(database: Database) -> Qualipath:
    return an_installation(database)


@pytest.fixture
def act(engine: Qualipath) -> Iterator[Act]:
    with engine.database.writing() as connection:
        yield an_act(connection)


def an_intake(connection: Connection, **columns: Any) -> int:
    """Write an intake; gives its id."""
    row = an_intake_row(**columns)
    made = connection.execute(insert(intake).values(row).returning(intake.c.id))
    return int(made.scalar_one())


def put(connection: Connection, enrolment_id: int, intake_id: int, **columns: Any) -> None:
    """Put an enrolment into an intake."""
    connection.execute(
        update(enrolment)
        .where(enrolment.c.id == enrolment_id)
        .values(intake_id=intake_id, **columns)
    )


def an_attempt(engine: Qualipath, state: str, number: str, **of_employee: str) -> int:
    if of_employee:
        an_employee(engine, number, **of_employee)
    return an_enrolment(engine, state, number=number).id


@pytest.fixture
def filled(engine: Qualipath) -> int:
    """Give an intake with one of everybody: seated, waiting twice, undecided, out, completed."""
    ids = {
        number: an_attempt(engine, state, number)
        for number, state in {
            "1": "admitted",
            "2": "waitlisted",
            "3": "waitlisted",
            "4": "applied",
            "5": "withdrawn",
            "6": "completed",
        }.items()
    }
    with engine.database.writing() as connection:
        made = an_intake(connection, provider="academy", state="open")
        for number, id_ in ids.items():
            put(connection, id_, made, applied_at=NOW.replace(minute=int(number)))
        # Numbers on the list grow and have gaps; people see neither.
        put(connection, ids["2"], made, place=17)
        put(connection, ids["3"], made, place=9)
    return made


def test_an_intake_tells_how_full_it_is(filled: int, act: Act) -> None:
    found = asking.intake(act, filled)

    assert (found.seats, found.taken, found.waiting, found.applied) == (30, 2, 2, 6)
    assert found.free == 28
    assert found.state_title.text("en") == "open for applications"
    assert found.tier_title.text("de") == "Bootcamp Digitalisierung"


@pytest.mark.parametrize(("state", "waits"), [("closed", True), ("allocated", False)])
def test_too_few_are_told_as_long_as_hr_can_decide(act: Act, state: str, waits: bool) -> None:  # noqa: FBT001
    made = an_intake(act.connection, state=state, undersized=True)

    assert asking.intake(act, made).undersized is waits


def test_an_intake_without_anybody_is_empty(act: Act) -> None:
    made = an_intake(act.connection)

    found = asking.intake(act, made)

    assert (found.taken, found.waiting, found.applied, found.free) == (0, 0, 0, 30)


def test_intakes_are_listed_by_their_start(act: Act) -> None:
    later, first = (
        an_intake(act.connection, **_from(month=month), state="planned") for month in (3, 2)
    )
    other = an_intake(act.connection, tier="masters", state="open")

    assert [each.id for each in asking.intakes(act)] == [other, first, later]
    assert [each.id for each in asking.intakes(act, PATH, "bootcamp")] == [first, later]
    assert [each.id for each in asking.intakes(act, state="open")] == [other]
    assert [each.id for each in asking.intakes_by_id(act, [later, 99, other])] == [other, later]


def _from(month: int) -> dict[str, Any]:
    day = datetime(2027, month, 1, 12, tzinfo=UTC)
    columns = ("opens_at", "closes_at", "allocates_at", "starts_at", "list_closes_at", "ends_at")
    instants = {name: day.replace(day=n) for n, name in enumerate(columns, start=1)}
    return instants | {"starts_on": day.date(), "ends_on": day.date()}


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ((PATH, "bootcmp"), "bootcamp"),
        ((PATH, None, "opened"), "did you mean 'open'?"),
        (("duisburg",), "not published"),
    ],
)
def test_a_name_that_does_not_exist_is_told(
    act: Act, asked: tuple[str | None, ...], told: str
) -> None:
    with pytest.raises(NotFoundError, match=told):
        asking.intakes(act, *asked)


def test_an_unknown_intake_is_not_found(act: Act) -> None:
    for question in (asking.intake, asking.roster, asking.protocol):
        with pytest.raises(NotFoundError, match=r"there is no intake 99 that hr:k\.muster@city"):
            question(act, 99)


def test_any_number_of_intakes_takes_the_same_statements(act: Act) -> None:
    an_intake(act.connection)
    _statements(act)  # The definition is read once and kept.
    few = _statements(act)
    for month in range(1, 13):
        an_intake(act.connection, **_from(month=month))

    assert _statements(act) == few


def _statements(act: Act) -> int:
    seen: list[object] = []

    def note(*arguments: object) -> None:
        seen.append(arguments)

    event.listen(act.connection, "before_cursor_execute", note)
    assert asking.intakes(act)
    event.remove(act.connection, "before_cursor_execute", note)
    return len(seen)


def test_a_roster_is_in_the_order_of_seats(filled: int, act: Act) -> None:
    found = asking.roster(act, filled)

    assert _standings(found) == [
        ("1", "admitted", None),
        ("3", "waitlisted", 1),
        ("2", "waitlisted", 2),
        ("4", "applied", None),
        ("5", "withdrawn", None),
        ("6", "completed", None),
    ]
    assert found.people[0].applied_at == NOW.replace(minute=1)
    assert found.intake == asking.intake(act, filled)


def _standings(roster: Roster) -> list[tuple[str, str, int | None]]:
    return [(each.employee, each.state, each.place) for each in roster.people]


def test_people_see_their_place_among_all_who_wait(engine: Qualipath, filled: int) -> None:
    employee = acting(engine, "employee", "2")
    assert _standings(employee.roster(filled)) == [("2", "waitlisted", 2)]
    assert employee.roster(filled).intake.waiting == 2


def test_a_supervisor_sees_the_own_reports(engine: Qualipath, filled: int) -> None:
    an_employee(engine, "100")
    an_employee(engine, "4", supervisor="100")

    found = acting(engine, "supervisor", "100").roster(filled)

    assert _standings(found) == [("4", "applied", None)]


def test_a_provider_sees_its_own_intakes_alone(engine: Qualipath, filled: int) -> None:
    with engine.database.writing() as connection:
        an_intake(connection, **_from(month=3), provider="other")
    academy = acting(engine, "provider", "academy", organisation=None)

    assert [each.id for each in academy.intakes()] == [filled]
    assert len(academy.roster(filled).people) == 6
    stranger = acting(engine, "provider", "stranger", organisation=None)
    assert stranger.intakes() == ()
    with pytest.raises(NotFoundError):
        stranger.roster(filled)


def test_another_towns_hr_sees_how_full_it_is_and_nobody_in_it(
    engine: Qualipath, filled: int
) -> None:
    found = acting(engine, organisation="town").roster(filled)

    assert found.people == ()
    assert found.intake.taken == 2


def test_there_is_no_protocol_before_the_allocation(filled: int, act: Act) -> None:
    found = asking.protocol(act, filled)

    assert (found.allocated_at, found.allocated_by, found.entries) == (None, None, ())


@pytest.fixture
def approved(engine: Qualipath) -> dict[str, int]:
    return {number: an_attempt(engine, "approved", number) for number in ("1", "2", "3")}


def _allocated(connection: Connection, ids: dict[str, int]) -> Intake:
    """Write the allocation of an intake: 2 first, then 1, and 3 refused."""
    made = an_intake(connection, state="allocated")
    version = connection.scalar(select(path_version.c.id))
    connection.execute(
        insert(history).values(
            intake_id=made,
            version=4,
            path_version_id=version,
            trigger="allocate",
            actor_role=Role.SCHEDULE,
            actor_id="scheduler",
            effective_at=NOW,
            recorded_at=NOW,
        )
    )
    ranks = {"2": (1, "seat"), "1": (2, "waiting"), "3": (3, "refused")}
    for number, (rank, outcome) in ranks.items():
        put(connection, ids[number], made)
        connection.execute(
            insert(ranking).values(
                intake_id=made,
                enrolment_id=ids[number],
                rank=rank,
                outcome=outcome,
                basis=json.dumps(
                    {"criteria": {"rejections": 4 - rank}, "decided_by": None}
                    if outcome != "refused"
                    else {"refused": [{"de": "es fehlt etwas", "en": "something is missing"}]}
                ),
            )
        )
    return asking.intake(an_act(connection), made)


def test_a_protocol_tells_everybodys_rank(engine: Qualipath, approved: Any) -> None:
    with engine.database.writing() as connection:
        made = _allocated(connection, approved)

    found = acting(engine).protocol(made.id)

    assert [(each.rank, each.employee, each.outcome) for each in found.entries] == [
        (1, "2", "seat"),
        (2, "1", "waiting"),
        (3, "3", "refused"),
    ]
    assert [each.reasons[0].text("en") for each in found.entries] == [
        "earlier rejections: 3",
        "earlier rejections: 2",
        "something is missing",
    ]
    assert (found.allocated_at, found.allocated_by) == (NOW, "schedule:scheduler")
    assert acting(engine, "employee", "1").protocol(made.id).entries[0].rank == 2
