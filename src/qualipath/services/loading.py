"""Load enrolments and employees for a change: seen by the actor, and locked until it is written."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import CTE, ColumnElement, FromClause, Row, Select, func, select

from qualipath.domain.actor import Actor
from qualipath.domain.progression import tier_of
from qualipath.errors import ConflictError, InputError, NotFoundError
from qualipath.services.act import Act
from qualipath.services.change import Enrolled, Slot
from qualipath.services.library import Published
from qualipath.storage.batches import among, ids
from qualipath.storage.driver import Read
from qualipath.storage.scope import visible_employees, visible_enrolments
from qualipath.storage.tables import employee, enrolment, intake, organisation


def load_enrolments(act: Act, wanted: Sequence[int]) -> dict[int, Enrolled]:
    """Load enrolments by id and lock them, in one order for every caller.

    Their intakes come first, under whose lock seats and waiting lists change, then the employees,
    on whose credentials others may rely. What the actor may not see is missing from the answer,
    like what does not exist.

    Raises:
        ConflictError: somebody came into another intake while its lock was waited for.
    """
    read = _locking(act.actor, act.today())
    rows = read.rows(act.connection, ids(act.connection.dialect.name, wanted))
    for row in rows:
        if row.intake_id is not None and row.starts_on is None:
            message = f"enrolment {row.id} came into another intake in the meantime; look again"
            raise ConflictError(message)
    return {row.id: enrolled_as(act, row) for row in rows}


def load_enrolment(act: Act, wanted: int) -> Enrolled:
    """Load and lock one enrolment; raises `NotFoundError`."""
    loaded = load_enrolments(act, [wanted])
    if wanted not in loaded:
        raise no_enrolment(act, wanted)
    return loaded[wanted]


def find_enrolments(
    act: Act,
    *conditions: ColumnElement[bool],
    bound: Mapping[str, object] | None = None,
    order: ColumnElement[Any] = employee.c.number,
    limit: int | None = None,
) -> Iterator[Enrolled]:
    """Read the enrolments that meet the conditions and that the actor may see, without a lock.

    `bound` are the values of the batches that the conditions read. Those that are equal in `order`
    come by their ids.
    """
    seen = seen_enrolments(act.actor, act.today())
    statement = seen.where(*conditions).order_by(order, enrolment.c.id).limit(limit)
    for row in act.connection.execute(statement, bound):
        yield enrolled_as(act, row)


# Building a statement costs more than executing it, so that an actor's is built once a day.


@lru_cache(maxsize=256)
def _locking(actor: Actor, on: date) -> Read:
    def statement(dialect: str) -> Select[Any]:
        locked = _locked_intakes(dialect) if dialect == "postgresql" else None
        seen = seen_enrolments(actor, on, intake if locked is None else locked)
        if locked is not None:
            # A condition on no column is decided first: before a look at the first row.
            seen = seen.where(select(func.count()).select_from(locked).scalar_subquery() >= 0)
        return (
            seen.where(among(enrolment.c.id, dialect))
            .order_by(employee.c.id, enrolment.c.id)
            .with_for_update(of=[employee, enrolment])
        )

    return Read(statement)


def _locked_intakes(dialect: str) -> CTE:
    """Lock the intakes of what is loaded, and give them as they are then.

    Their lock is part of the one statement: another round trip would cost more. SQLite, which lets
    one transaction write at a time, needs none.
    """
    theirs = select(enrolment.c.intake_id).where(among(enrolment.c.id, dialect))
    return (
        select(intake.c.id, intake.c.starts_on, intake.c.ends_on, intake.c.list_closes_at)
        .where(intake.c.id.in_(theirs))
        .order_by(intake.c.id)
        .with_for_update()
        .cte("locked")
    )


def seen_enrolments(actor: Actor, on: date, offered: FromClause = intake) -> Select[Any]:
    """Select the enrolments that an actor may see on a day, with all that `enrolled_as` reads.

    `offered` are the intakes.
    """
    return (
        select(
            enrolment,
            employee.c.number,
            organisation.c.key.label("organisation"),
            offered.c.starts_on,
            offered.c.ends_on,
            offered.c.list_closes_at,
        )
        .join(employee, employee.c.id == enrolment.c.employee_id)
        .join(organisation, organisation.c.id == enrolment.c.organisation_id)
        .outerjoin(offered, offered.c.id == enrolment.c.intake_id)
        .where(visible_enrolments(actor, on))
    )


def no_enrolment(act: Act, wanted: int) -> NotFoundError:
    """Make the error for an enrolment that does not exist or is out of the actor's sight."""
    return _nowhere(act) or NotFoundError(
        f"there is no enrolment {wanted} that {act.actor} may see"
    )


def enrolled_as(act: Act, row: Any) -> Enrolled:
    """Make the value of a row of `seen_enrolments`."""
    return Enrolled(
        id=row.id,
        employee_id=row.employee_id,
        number=row.number,
        organisation_id=row.organisation_id,
        organisation=row.organisation,
        published=act.library.by_id(act.connection, row.path_version_id),
        tier=row.tier,
        attempt=row.attempt,
        state=row.state,
        version=row.version,
        entered_at=row.entered_at,
        paused_at=row.paused_at,
        grade=row.grade,
        intake=None
        if row.intake_id is None
        else Slot(row.intake_id, row.starts_on, row.ends_on, row.list_closes_at),
        applied_at=row.applied_at,
        place=row.place,
    )


def no_employee(act: Act, number: str) -> NotFoundError:
    """Make the error for an employee who does not exist or is out of the actor's sight."""
    shown = number if number.isprintable() else ascii(number)
    return _nowhere(act) or NotFoundError(f"there is no employee {shown} whom {act.actor} may see")


def _nowhere(act: Act) -> NotFoundError | None:
    """Make the error for an actor whose organisation does not exist: it sees nothing."""
    place = act.actor.organisation
    known = select(organisation.c.id).where(organisation.c.key == place)
    if place is None or act.connection.scalar(known) is not None:
        return None
    return NotFoundError(f"there is no organisation '{place}', for which {act.actor} would act")


def find_employee(act: Act, number: str, *, lock: bool = False) -> Row[Any]:
    """Find an employee by personnel number, `4711` or `4711@organisation`, and lock it if asked.

    Raises:
        NotFoundError: there is none whom the actor may see.
        InputError: several organisations have the number.
    """
    if not number.isprintable():
        raise no_employee(act, number)
    plain, _, place = number.partition("@")
    statement: Select[Any] = (
        select(employee, organisation.c.key.label("organisation"))
        .join(organisation, organisation.c.id == employee.c.organisation_id)
        .where(employee.c.number == plain, visible_employees(act.actor, act.today()))
        .order_by(organisation.c.key)
    )
    if place:
        statement = statement.where(organisation.c.key == place)
    if lock:
        statement = statement.with_for_update(of=employee)
    rows = act.connection.execute(statement).all()
    if not rows:
        raise no_employee(act, number)
    if len(rows) > 1:
        where = ", ".join(f"{plain}@{row.organisation}" for row in rows)
        message = f"the number {plain} is not unique; write one of {where}"
        raise InputError(message)
    return rows[0]


def known_tier(published: Published, tier: str) -> None:
    """Refuse a tier that the path does not have; raises `NotFoundError` naming those it has."""
    tier_of(published.definition, tier)
