"""Answer questions: where somebody stands, why not further, who is eligible, what happened."""

import json
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, not_, or_, select

from qualipath.definition.prerequisites import Completed
from qualipath.definition.spec import Definition, Role
from qualipath.domain.eligibility import Verdict, judge
from qualipath.domain.progression import Progression, TierAttempt
from qualipath.domain.record import Occasion, Record
from qualipath.domain.route import Route, shortest_route
from qualipath.errors import NotFoundError
from qualipath.services.act import Act
from qualipath.services.intakes.asking import intake as asked_intake
from qualipath.services.judging import occasion_on
from qualipath.services.library import Published
from qualipath.services.loading import find_employee, find_enrolments, known_tier, no_enrolment
from qualipath.services.models import Enrolment, Entry, Person
from qualipath.services.views import enrolment_view
from qualipath.storage.batches import among, ids
from qualipath.storage.clauses import clause
from qualipath.storage.records import load_record
from qualipath.storage.scope import visible_employees, visible_enrolments
from qualipath.storage.tables import employee, enrolment, history, organisation, path_version


def progression(act: Act, number: str, path: str) -> Progression:
    """Give an employee's standing on a path, as the actor may move it."""
    published = act.library.newest(act.connection, path)
    person = find_employee(act, number)
    return Progression(
        published.definition,
        load_record(act.connection, person.id, published.definition.attributes),
        _attempts(act, person, path),
        role=act.actor.role,
        on=act.today(published.definition.timezone),
        machines=act.library.machine,
    )


def _attempts(act: Act, person: Row[Any], path: str) -> tuple[TierAttempt, ...]:
    rows = act.connection.execute(
        select(enrolment)
        .where(
            enrolment.c.employee_id == person.id,
            enrolment.c.path == path,
            visible_enrolments(act.actor, act.today()),
        )
        .order_by(enrolment.c.tier, enrolment.c.attempt)
    )
    return tuple(
        TierAttempt(
            id=row.id,
            tier=row.tier,
            number=row.attempt,
            state=row.state,
            paused=row.paused_at is not None,
            definition=act.library.by_id(act.connection, row.path_version_id).definition,
            counted=row.counts,
        )
        for row in rows
    )


def why(act: Act, number: str, path: str, tier: str, on: date | None = None) -> Verdict:
    """Judge a tier's prerequisites for an employee on a day (today), with every reason."""
    definition, record, occasion = _judged(act, number, path, tier, on)
    return judge(definition.path.tiers[tier].prerequisites, record, occasion)


def route(act: Act, number: str, path: str, goal: str) -> Route:
    """Give the shortest way of an employee to a tier."""
    definition, record, occasion = _judged(act, number, path, goal, None)
    return shortest_route(definition, record, occasion, goal)


def _judged(
    act: Act, number: str, path: str, tier: str, on: date | None
) -> tuple[Definition, Record, Occasion]:
    published = act.library.newest(act.connection, path)
    known_tier(published, tier)
    person = find_employee(act, number)
    definition = published.definition
    record = load_record(act.connection, person.id, definition.attributes)
    return definition, record, occasion_on(on or act.today(definition.timezone), definition)


def enrolments(
    act: Act, path: str | None = None, tier: str | None = None, state: str | None = None
) -> tuple[Enrolment, ...]:
    """List the enrolments that the actor may see, of one path, tier or state if named.

    Raises `NotFoundError` for a tier or state that the named path does not have, nor ever had.
    """
    asked = {enrolment.c.path: path, enrolment.c.tier: tier, enrolment.c.state: state}
    conditions = [column == value for column, value in asked.items() if value is not None]
    found = tuple(map(enrolment_view, find_enrolments(act, *conditions)))
    if not found and path is not None:
        _known(act.library.newest(act.connection, path), tier, state)
    return found


def _known(published: Published, tier: str | None, state: str | None) -> None:
    """Refuse a tier or state that the path does not have; raises `NotFoundError`."""
    definition = published.definition
    if tier is not None:
        known_tier(published, tier)
    tiers = definition.path.tiers if tier is None else [tier]
    states = dict.fromkeys(name for each in tiers for name in definition.lifecycle_of(each).states)
    if state is not None and state not in states:
        where = f"path '{definition.path.path}'" if tier is None else f"tier '{tier}'"
        near = get_close_matches(state, states, n=1)
        hint = f"did you mean '{near[0]}'? " if near else ""
        message = f"{where} has no state '{state}'; {hint}its states are: {', '.join(states)}"
        raise NotFoundError(message)


def enrolment_by_id(act: Act, enrolment_id: int) -> Enrolment:
    """Give one enrolment; raises `NotFoundError`."""
    dialect = act.connection.dialect.name
    wanted = ids(dialect, [enrolment_id])
    for found in find_enrolments(act, among(enrolment.c.id, dialect), bound=wanted):
        return enrolment_view(found)
    raise no_enrolment(act, enrolment_id)


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the people asked for, and where the next ones begin: None after the last."""

    people: tuple[Person, ...]
    after: int | None


def eligible(
    act: Act,
    path: str,
    tier: str,
    on: date | None = None,
    *,
    after: int = 0,
    size: int = 20_000,
) -> Page:
    """Find who may begin a tier on a day (today), decided in SQL, a page at a time.

    These employees meet the prerequisites, have no open attempt at the tier, do not hold it
    already, and have attempts left.
    """
    published = act.library.newest(act.connection, path)
    known_tier(published, tier)
    day = on or act.today(published.definition.timezone)
    statement = (
        select(
            employee.c.id,
            employee.c.number,
            employee.c.given_name,
            employee.c.family_name,
            organisation.c.key,
        )
        .join(organisation, organisation.c.id == employee.c.organisation_id)
        .where(
            visible_employees(act.actor, act.today()),
            *may_begin(published, tier, occasion_on(day, published.definition)),
        )
        .where(employee.c.id > after)
        .order_by(employee.c.id)
        .limit(size)
    )
    rows = act.connection.execute(statement).all()
    people = tuple(Person(*person) for _, *person in rows)
    return Page(people, rows[-1].id if len(rows) == size else None)


def may_begin(published: Published, tier: str, occasion: Occasion) -> list[ColumnElement[bool]]:
    """Give the conditions on an employee who may begin a tier on an occasion."""
    definition = published.definition
    spec = definition.path.tiers[tier]
    here = and_(
        enrolment.c.employee_id == employee.c.id,
        enrolment.c.path == definition.path.path,
        enrolment.c.tier == tier,
    )
    done = Completed.model_validate({"completed": tier})
    conditions: list[ColumnElement[bool]] = [
        clause(spec.prerequisites, occasion),
        not_(clause(done, occasion_on(occasion.on, definition))),
        not_(exists().where(here, enrolment.c.is_open)),
    ]
    if spec.max_attempts is not None:
        used = select(func.count()).where(here, enrolment.c.counts).scalar_subquery()
        conditions.append(used < spec.max_attempts)
    return conditions


def history_of_enrolment(act: Act, enrolment_id: int) -> tuple[Entry, ...]:
    """Tell all that happened to an enrolment, first things first; raises `NotFoundError`."""
    enrolment_by_id(act, enrolment_id)
    return _entries(act, history.c.enrolment_id == enrolment_id)


def history_of_employee(act: Act, number: str) -> tuple[Entry, ...]:
    """Tell all that happened to an employee and the enrolments, first things first."""
    person = find_employee(act, number)
    seen = select(enrolment.c.id).where(
        enrolment.c.employee_id == person.id, visible_enrolments(act.actor, act.today())
    )
    told: ColumnElement[bool] = history.c.enrolment_id.in_(seen)
    # A provider sees the attempts in its intakes; what else is known of people is not its business.
    if act.actor.role is not Role.PROVIDER:
        told = or_(told, history.c.employee_id == person.id)
    return _entries(act, told)


def history_of_intake(act: Act, intake_id: int) -> tuple[Entry, ...]:
    """Tell all that happened to an intake, first things first; raises `NotFoundError`."""
    asked_intake(act, intake_id)
    return _entries(act, history.c.intake_id == intake_id)


def _entries(act: Act, condition: ColumnElement[bool]) -> tuple[Entry, ...]:
    person_id = func.coalesce(history.c.employee_id, enrolment.c.employee_id)
    statement: Select[Any] = (
        select(
            history,
            employee.c.number,
            path_version.c.version.label("path_version"),
            path_version.c.digest,
        )
        .outerjoin(enrolment, enrolment.c.id == history.c.enrolment_id)
        .outerjoin(employee, employee.c.id == person_id)
        .outerjoin(path_version, path_version.c.id == history.c.path_version_id)
        .where(condition)
        .order_by(history.c.id)
    )
    return tuple(_entry(row) for row in act.connection.execute(statement))


def _entry(row: Row[Any]) -> Entry:
    return Entry(
        enrolment=row.enrolment_id,
        intake=row.intake_id,
        employee=row.number,
        trigger=row.trigger,
        source=row.source,
        target=row.target,
        actor=f"{row.actor_role}:{row.actor_id}",
        reason=row.reason,
        details=json.loads(row.details) if row.details else {},
        effective_at=row.effective_at,
        recorded_at=row.recorded_at,
        path_version=row.path_version,
        digest=row.digest,
    )
