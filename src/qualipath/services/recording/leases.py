"""Write who has leased which notices of the outbox: nobody else sends them meanwhile."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, case, literal_column, null, or_, select, update

from qualipath.services.act import Act
from qualipath.storage.batches import among, ids
from qualipath.storage.columns import Instant
from qualipath.storage.tables import notice

DIGEST = "digest"
"""The recipient of a notice that tells several others."""

# In the words of the partial indexes: a bound value would not lead to them.
PENDING = notice.c.status == literal_column("'pending'")
COLLECTING = (
    PENDING
    & (notice.c.recipient == literal_column(f"'{DIGEST}'"))
    & notice.c.message_id.is_(null())
)
"""Which notices are digests that others still come under."""

UNLEASED: dict[str, Any] = {"leased_by": null(), "leased_until": null()}
"""What a notice is that nobody has leased."""


def lease_notices(act: Act, worker: str, *, limit: int, until: datetime) -> Sequence[Row[Any]]:
    """Lease notices that are due and that nobody has leased, those first that are due longest.

    What somebody else is leasing in this moment is left to them.
    """
    now = act.recorded_at
    free = or_(notice.c.leased_until.is_(null()), notice.c.leased_until <= now)
    picked = (
        select(notice.c.id)
        .where(PENDING, notice.c.due_at <= now, free)
        .order_by(notice.c.due_at, notice.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("picked")
    )
    leased = (
        update(notice)
        .where(notice.c.id.in_(select(picked.c.id)))
        .values(leased_by=worker, leased_until=until)
        .returning(*notice.c)
    )
    rows = act.connection.execute(leased).all()
    return sorted(rows, key=lambda row: (row.due_at, row.id))


def give_back(
    act: Act, worker: str, wanted: Collection[int], not_before: datetime | None = None
) -> None:
    """End a worker's leases of notices (by id), which nobody sends before an instant, if named."""
    dialect = act.connection.dialect.name
    changed = dict(UNLEASED)
    if not_before is not None:
        early = notice.c.due_at < not_before
        changed["due_at"] = case((early, instant_of(not_before)), else_=notice.c.due_at)
    ended = update(notice).where(among(notice.c.id, dialect), *_held_by(worker)).values(changed)
    act.connection.execute(ended, ids(dialect, wanted))


def lock_notices(act: Act, worker: str, wanted: Iterable[int]) -> frozenset[int]:
    """Lock those of the notices (by id) that the worker has leased, or that are collecting."""
    dialect = act.connection.dialect.name
    statement = (
        select(notice.c.id)
        .where(among(notice.c.id, dialect), PENDING, or_(notice.c.leased_by == worker, COLLECTING))
        .order_by(notice.c.id)
        .with_for_update()
    )
    return frozenset(act.connection.scalars(statement, ids(dialect, wanted)))


def lock_try(act: Act, worker: str, notice_id: int) -> Row[Any, Any] | None:
    """Lock a notice and give its tries so far; None if the worker has leased it no longer."""
    tries = select(notice.c.attempts, notice.c.tried_at).where(
        notice.c.id == notice_id, *_held_by(worker)
    )
    return act.connection.execute(tries.with_for_update()).one_or_none()


def _held_by(worker: str) -> tuple[Any, ...]:
    return (PENDING, notice.c.leased_by == worker)


def instant_of(at: datetime) -> Any:
    """Bind an instant, where its type is not known from a column."""
    return bindparam(None, at, type_=Instant())
