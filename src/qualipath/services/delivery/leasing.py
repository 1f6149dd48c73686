"""Who has leased which notices of the outbox, and when there is something to do next."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, bindparam, case, func, null, or_, select

from qualipath.services.act import Act
from qualipath.services.delivery.waiting import Waiting
from qualipath.services.recording import leases
from qualipath.services.recording.leases import PENDING
from qualipath.storage.batches import plain
from qualipath.storage.columns import Instant
from qualipath.storage.driver import Read
from qualipath.storage.tables import correspondence, message, notice

PAGE = 50
"""How many notices are leased and prepared at a time."""


def lease(act: Act, worker: str, *, limit: int = PAGE, until: datetime) -> tuple[Waiting, ...]:
    """Lease what is due for a worker until an instant, those first that are due longest.

    A lease that has run out is nobody's any more. `worker` is a name that no other one has.
    """
    rows = leases.lease_notices(act, worker, limit=limit, until=until)
    return tuple(waiting_of(row) for row in rows)


def give_back(
    act: Act, worker: str, notice_ids: Collection[int], until: datetime | None = None
) -> None:
    """End a worker's leases of notices that it has not sent; nobody tries them before `until`."""
    if notice_ids:
        leases.give_back(act, worker, notice_ids, until)


@dataclass(frozen=True, slots=True)
class Upcoming:
    """When the next mail, summary and forgetting of bodies are due; None where none is."""

    mail_at: datetime | None
    summary_at: datetime | None
    purge_at: datetime | None

    def due(self, at: datetime) -> bool:
        """Tell whether there is something to do at an instant."""
        return any(
            x is not None and x <= at for x in (self.mail_at, self.summary_at, self.purge_at)
        )


def upcoming(act: Act) -> Upcoming:
    """Look when there is something to do; what somebody has leased counts when the lease ends.

    One statement, that looks at the first entries of indexes.
    """
    at = act.recorded_at
    bound = at if act.connection.dialect.name == "postgresql" else plain(at)
    (found,) = _UPCOMING.rows(act.connection, {"now": bound})
    dues = [due for due in (found.free, found.leased) if due is not None]
    return Upcoming(min(dues, default=None), found.summary, found.purge)


def waiting_of(row: Row[Any]) -> Waiting:
    """Make the value of a row of `notice`."""
    return Waiting(
        id=row.id,
        notice=row.notice,
        recipient=row.recipient,
        raised_at=row.raised_at,
        due_at=row.due_at,
        attempts=row.attempts,
        released=row.released,
        message_id=row.message_id,
        version=row.version,
        enrolment_id=row.enrolment_id,
        intake_id=row.intake_id,
        employee_id=row.employee_id,
        organisation_id=row.organisation_id,
        context=row.context,
    )


def _upcoming_statement(_dialect: str) -> Select[Any]:
    now = bindparam("now", type_=Instant())
    free = or_(notice.c.leased_until.is_(null()), notice.c.leased_until <= now)
    first = (
        select(notice.c.due_at)
        .where(PENDING, free)
        .order_by(notice.c.due_at, notice.c.id)
        .limit(1)
        .scalar_subquery()
    )
    ends = (
        select(func.min(notice.c.leased_until))
        .where(PENDING, notice.c.due_at <= now, notice.c.leased_until > now)
        .scalar_subquery()
    )
    return select(
        first.label("free"),
        # Where much is due, nobody looks through all of it for what is leased.
        case((first <= now, null()), else_=ends).label("leased"),
        select(func.min(correspondence.c.summary_due_at))
        .where(correspondence.c.summary_due_at.is_not(null()))
        .scalar_subquery()
        .label("summary"),
        select(func.min(message.c.purge_at))
        .where(message.c.body.is_not(null()))
        .scalar_subquery()
        .label("purge"),
    )


# It is asked at every tick, and mostly answers that nothing is due yet.
_UPCOMING = Read(_upcoming_statement)
