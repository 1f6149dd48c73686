"""What falls due next, and what is overdue: over the planning of terms, deadlines and intakes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, null, select

from qualipath.services.act import Act
from qualipath.services.deadlines import running
from qualipath.storage.tables import deadline, intake, planning


@dataclass(frozen=True, slots=True)
class Agenda:
    """The next instant at which something is due, and what kinds of things are due at it."""

    at: datetime
    planning: bool
    deadlines: bool
    intakes: bool


def next_due(act: Act, *, after: datetime | None = None) -> Agenda | None:
    """Give what is due next (after an instant, if named), however long ago; None if nothing is.

    One statement, that looks at the first entry of three indexes.
    """
    first = [
        _first(select(planning.c.due_at), planning.c.due_at, after),
        _first(select(deadline.c.due_at).where(*running()), deadline.c.due_at, after),
        _first(select(intake.c.due_at), intake.c.due_at, after),
    ]
    found = act.connection.execute(select(*(each.scalar_subquery() for each in first))).one()
    dues = [due for due in found if due is not None]
    if not dues:
        return None
    at = min(dues)
    return Agenda(at, *(due == at for due in found))


def paths_due(act: Act, instant: datetime) -> tuple[str, ...]:
    """Name the paths whose next terms are to be planned at an instant."""
    due = select(planning.c.path).where(planning.c.due_at == instant).order_by(planning.c.path)
    return tuple(act.connection.scalars(due))


def intakes_due(act: Act, instant: datetime) -> tuple[int, ...]:
    """Give the intakes (by id) with which something is to be done at an instant."""
    due = select(intake.c.id).where(intake.c.due_at == instant).order_by(intake.c.id)
    return tuple(act.connection.scalars(due))


def overdue(act: Act, at: datetime) -> int:
    """Count what should have been done by an instant and is not."""
    counts = (
        select(func.count()).where(planning.c.due_at <= at),
        select(func.count()).where(deadline.c.due_at <= at, *running()),
        select(func.count()).where(intake.c.due_at <= at),
    )
    return sum(act.connection.execute(select(*(each.scalar_subquery() for each in counts))).one())


def _first(
    dues: Select[Any], due_at: ColumnElement[datetime | None], after: datetime | None
) -> Select[Any]:
    bounded = dues.where(due_at.is_not(null()) if after is None else due_at > after)
    return bounded.order_by(due_at).limit(1)
