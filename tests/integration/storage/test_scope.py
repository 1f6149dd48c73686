"""Scope: what an actor may see, against an oracle that knows no SQL."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import ColumnElement, Connection, Table, insert, select, update

from qualipath.definition.spec import Role
from qualipath.domain.actor import Actor
from qualipath.storage.database import Database
from qualipath.storage.scope import (
    visible_employees,
    visible_enrolments,
    visible_intakes,
    visible_organisations,
)
from qualipath.storage.tables import (
    employee,
    enrolment,
    intake,
    organisation,
    organisation_reach,
    path_version,
)
from tests.builders import an_intake_row

TODAY = date(2026, 7, 1)
NOW = datetime(2026, 7, 1, tzinfo=UTC)
PROVIDERS = ("university", "institute")


@dataclass(frozen=True)
class Person:
    """One employee; other people and organisations are named by their places in the world."""

    organisation: int
    number: str
    supervisor: int | None = None
    deputy: int | None = None
    absence: tuple[int, int] | None = None


@dataclass(frozen=True)
class Attempt:
    """One enrolment; its intake is named by the place of its provider."""

    person: int
    organisation: int
    intake: int | None = None


@dataclass(frozen=True)
class World:
    """Organisations, by the place of the one above each; people; enrolments."""

    above: tuple[int | None, ...]
    people: tuple[Person, ...] = ()
    attempts: tuple[Attempt, ...] = ()

    def chain(self, place: int | None) -> Iterator[int]:
        """Give an organisation and all above it."""
        while place is not None:
            yield place
            place = self.above[place]

    def reaches(self, actor: Actor, place: int) -> bool:
        return actor.organisation in {None, *(f"o{n}" for n in self.chain(place))}

    def themself(self, actor: Actor) -> int | None:
        found = [
            n
            for n, person in enumerate(self.people)
            if person.number == actor.id and actor.organisation in {None, f"o{person.organisation}"}
        ]
        return found[0] if len(found) == 1 else None

    def leads(self, someone: int, person: Person) -> bool:
        if person.supervisor is None:
            return False
        boss = self.people[person.supervisor]
        absent = boss.absence is not None and boss.absence[0] <= 0 <= boss.absence[1]
        return person.supervisor == someone or (absent and boss.deputy == someone)

    def is_on_roster(self, actor: Actor, attempt: Attempt) -> bool:
        return (
            attempt.intake is not None
            and PROVIDERS[attempt.intake] == actor.id
            and self.reaches(actor, attempt.organisation)
        )

    def employees(self, actor: Actor) -> set[int]:
        themself = self.themself(actor)
        match actor.role:
            case Role.HR | Role.SCHEDULE:
                return {n for n, p in enumerate(self.people) if self.reaches(actor, p.organisation)}
            case Role.EMPLOYEE:
                return set() if themself is None else {themself}
            case Role.SUPERVISOR:
                if themself is None:
                    return set()
                return {n for n, p in enumerate(self.people) if self.leads(themself, p)} - {
                    themself
                }
            case Role.PROVIDER:
                return {a.person for a in self.attempts if self.is_on_roster(actor, a)}

    def enrolments(self, actor: Actor) -> set[int]:
        if actor.role is Role.PROVIDER:
            return {n for n, a in enumerate(self.attempts) if self.is_on_roster(actor, a)}
        seen = self.employees(actor)
        pays = actor.role in {Role.HR, Role.SCHEDULE}
        return {
            n
            for n, attempt in enumerate(self.attempts)
            if attempt.person in seen or (pays and self.reaches(actor, attempt.organisation))
        }

    def intakes(self, actor: Actor) -> set[int]:
        others = actor.role is not Role.PROVIDER
        return {n for n, provider in enumerate(PROVIDERS) if others or provider == actor.id}

    def organisations(self, actor: Actor) -> set[int]:
        themself = self.themself(actor)
        match actor.role:
            case Role.HR | Role.SCHEDULE:
                return {n for n in range(len(self.above)) if self.reaches(actor, n)}
            case Role.EMPLOYEE | Role.SUPERVISOR:
                return set() if themself is None else {self.people[themself].organisation}
            case Role.PROVIDER:
                return {a.organisation for a in self.attempts if self.is_on_roster(actor, a)}


@st.composite
def worlds(draw: st.DrawFn) -> World:
    above = (None, *(draw(st.sampled_from([None, *range(n)])) for n in range(1, 4)))
    places = st.integers(0, len(above) - 1)
    names = draw(
        st.lists(st.tuples(places, st.sampled_from("123")), min_size=1, max_size=6, unique=True)
    )
    everybody = range(len(names))
    days = st.tuples(st.integers(-2, 1), st.integers(0, 2)).filter(lambda pair: pair[0] <= pair[1])

    def somebody_but(place: int) -> st.SearchStrategy[int | None]:
        return st.sampled_from([None, *(n for n in everybody if n != place)])

    people = tuple(
        Person(*name, draw(somebody_but(n)), draw(somebody_but(n)), draw(st.none() | days))
        for n, name in enumerate(names)
    )
    attempts = st.builds(
        Attempt,
        st.sampled_from(everybody),
        places,
        st.none() | st.integers(0, len(PROVIDERS) - 1),
    )
    return World(above, people, tuple(draw(st.lists(attempts, max_size=6))))


actors = st.builds(
    Actor,
    st.sampled_from(Role),
    st.sampled_from(["1", "2", "3", *PROVIDERS]),
    st.sampled_from([None, "o0", "o1", "o2", "unknown"]),
)


def store(connection: Connection, world: World) -> None:
    """Write the world; a row's id is its place, counted from 1."""

    def put(table: Table, rows: Iterable[dict[str, Any]]) -> None:
        if rows := list(rows):
            connection.execute(insert(table), rows)

    def id_of(place: int | None) -> int | None:
        return None if place is None else place + 1

    def day(absence: tuple[int, int] | None, end: int) -> date | None:
        return None if absence is None else TODAY + timedelta(absence[end])

    put(
        organisation, ({"id": n + 1, "key": f"o{n}", "title": "T"} for n in range(len(world.above)))
    )
    put(
        organisation_reach,
        (
            {"above_id": above + 1, "organisation_id": n + 1}
            for n in range(len(world.above))
            for above in world.chain(n)
        ),
    )
    plain: dict[str, Any] = {"given_name": "A", "family_name": "B"}
    put(
        employee,
        (
            {"id": n + 1, "number": p.number, "organisation_id": p.organisation + 1, **plain}
            for n, p in enumerate(world.people)
        ),
    )
    for n, person in enumerate(world.people):
        connection.execute(
            update(employee)
            .where(employee.c.id == n + 1)
            .values(
                supervisor_id=id_of(person.supervisor),
                deputy_id=id_of(person.deputy),
                absent_from=day(person.absence, 0),
                absent_until=day(person.absence, 1),
            )
        )
    plain = {"path": "p", "version": 1}
    published = {"digest": "d", "document": "{}", "published_at": NOW, "published_by": "hr"}
    put(path_version, [{"id": 1, **plain, **published}])
    plain |= {"tier": "t", "state": "s"}
    put(
        intake,
        (an_intake_row(id=n + 1, provider=provider) for n, provider in enumerate(PROVIDERS)),
    )
    plain |= {"path_version_id": 1, "entered_at": NOW, "counts": True}
    plain |= {"is_open": False, "holds_seat": False}
    put(
        enrolment,
        (
            {
                "id": n + 1,
                "employee_id": attempt.person + 1,
                "organisation_id": attempt.organisation + 1,
                "intake_id": id_of(attempt.intake),
                "attempt": n + 1,
                **plain,
            }
            for n, attempt in enumerate(world.attempts)
        ),
    )


@contextmanager
def stored(database: Database, world: World) -> Iterator[Connection]:
    """Give a connection that sees the world, of which nothing stays."""
    with database.writing() as connection, connection.begin_nested() as savepoint:
        store(connection, world)
        yield connection
        savepoint.rollback()


def places(connection: Connection, table: Table, condition: ColumnElement[bool]) -> list[int]:
    found = connection.scalars(select(table.c.id).where(condition).order_by(table.c.id))
    return [id_ - 1 for id_ in found]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(world=worlds(), actor=actors)
def test_everybody_sees_what_the_oracle_says(
    database: Database, world: World, actor: Actor
) -> None:
    with stored(database, world) as connection:
        seen = places(connection, employee, visible_employees(actor, TODAY))
        assert seen == sorted(world.employees(actor))
        seen = places(connection, enrolment, visible_enrolments(actor, TODAY))
        assert seen == sorted(world.enrolments(actor))
        seen = places(connection, intake, visible_intakes(actor, TODAY))
        assert seen == sorted(world.intakes(actor))
        seen = places(connection, organisation, visible_organisations(actor))
        assert seen == sorted(world.organisations(actor))
        joined = (
            select(enrolment.c.id)
            .join(employee, employee.c.id == enrolment.c.employee_id)
            .join(organisation, organisation.c.id == enrolment.c.organisation_id)
            .outerjoin(intake, intake.c.id == enrolment.c.intake_id)
            .where(visible_enrolments(actor, TODAY))
            .order_by(enrolment.c.id)
        )
        found = [id_ - 1 for id_ in connection.scalars(joined)]
        assert found == sorted(world.enrolments(actor))


DEPARTMENTS = World(
    # A district, two municipalities below it; a city for itself.
    above=(None, 0, 0, None),
    people=(
        Person(1, "1", deputy=1, absence=(0, 0)),
        Person(1, "2", supervisor=0),
        Person(1, "3", supervisor=0),
        Person(3, "3", supervisor=1),
    ),
    attempts=(Attempt(2, 1, 0), Attempt(3, 2, 1), Attempt(3, 3)),
)


def seen_by(database: Database, actor: Actor, on: date = TODAY) -> tuple[list[int], list[int]]:
    with stored(database, DEPARTMENTS) as connection:
        return (
            places(connection, employee, visible_employees(actor, on)),
            places(connection, enrolment, visible_enrolments(actor, on)),
        )


def test_hr_sees_its_own_and_those_below_and_what_they_paid_for(database: Database) -> None:
    assert seen_by(database, Actor(Role.HR, "x")) == ([0, 1, 2, 3], [0, 1, 2])
    assert seen_by(database, Actor(Role.HR, "x", "o0")) == ([0, 1, 2], [0, 1])
    assert seen_by(database, Actor(Role.HR, "x", "o2")) == ([], [1])
    assert seen_by(database, Actor(Role.HR, "x", "nowhere")) == ([], [])


def test_a_deputy_stands_in_on_the_days_of_absence_alone(database: Database) -> None:
    deputy = Actor(Role.SUPERVISOR, "2", "o1")
    assert seen_by(database, deputy) == ([2, 3], [0, 1, 2])
    for other in (TODAY - timedelta(1), TODAY + timedelta(1)):
        assert seen_by(database, deputy, other) == ([3], [1, 2])


def test_a_number_that_two_people_have_names_nobody(database: Database) -> None:
    assert seen_by(database, Actor(Role.EMPLOYEE, "3")) == ([], [])
    assert seen_by(database, Actor(Role.EMPLOYEE, "3", "o1")) == ([2], [0])
    assert seen_by(database, Actor(Role.EMPLOYEE, "2")) == ([1], [])


def test_a_provider_sees_its_rosters(database: Database) -> None:
    assert seen_by(database, Actor(Role.PROVIDER, "university")) == ([2], [0])
    assert seen_by(database, Actor(Role.PROVIDER, "institute", "o0")) == ([3], [1])
    assert seen_by(database, Actor(Role.PROVIDER, "institute", "o1")) == ([], [])


def test_one_statement_serves_all_actors_of_a_role() -> None:
    def shape(table: Table, condition: ColumnElement[bool]) -> object:
        key = select(table.c.id).where(condition)._generate_cache_key()  # noqa: SLF001
        assert key is not None
        return key.key

    for role in Role:
        one, other = Actor(role, "1", "a"), Actor(role, "2", "b")
        for table, visible in (
            (employee, visible_employees),
            (enrolment, visible_enrolments),
            (intake, visible_intakes),
        ):
            tomorrow = TODAY + timedelta(1)
            assert shape(table, visible(one, TODAY)) == shape(table, visible(other, tomorrow))
