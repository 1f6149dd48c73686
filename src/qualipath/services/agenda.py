"""What falls due next, and what is overdue: over the planning of terms, deadlines and intakes."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, bindparam, func, select

from qualipath.services.act import Act
from qualipath.services.deadlines import running
from qualipath.storage.batches import plain
from qualipath.storage.columns import Instant
from qualipath.storage.driver import Read
from qualipath.storage.tables import deadline, intake, planning

_EVER = datetime(1, 1, 1, tzinfo=UTC)


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
    later_than = after or _EVER
    bound = later_than if act.connection.dialect.name == "postgresql" else plain(later_than)
    (found,) = _NEXT.rows(act.connection, {"after": bound})
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


def _next_statement(_dialect: str) -> Select[Any]:
    return select(
        _first(select(planning.c.due_at), planning.c.due_at).label("planning"),
        _first(select(deadline.c.due_at).where(*running()), deadline.c.due_at).label("deadlines"),
        _first(select(intake.c.due_at), intake.c.due_at).label("intakes"),
    )


def _first(dues: Select[Any], due_at: ColumnElement[datetime | None]) -> ScalarSelect[Any]:
    later = dues.where(due_at > bindparam("after", type_=Instant()))
    return later.order_by(due_at).limit(1).scalar_subquery()


# It is asked at every tick, and mostly answers that nothing is due yet.
_NEXT = Read(_next_statement)
