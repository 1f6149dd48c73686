"""Load intakes: to look at, or locked until a change of them is written."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from qualipath.domain.intake import Dates
from qualipath.errors import NotFoundError
from qualipath.services.act import Act
from qualipath.services.change import Offered
from qualipath.storage.batches import among, ids
from qualipath.storage.driver import Read
from qualipath.storage.scope import visible_intakes
from qualipath.storage.tables import history, intake


def load_intake(act: Act, intake_id: int, *, lock: bool = False) -> Offered:
    """Load an intake that the actor may see, and lock it if asked; raises `NotFoundError`."""
    seen = _wanted(act.connection.dialect.name, lock=lock).where(
        visible_intakes(act.actor, act.today())
    )
    row = act.connection.execute(seen, _bound(act, [intake_id])).one_or_none()
    if row is None:
        raise NotFoundError(f"there is no intake {intake_id} that {act.actor} may see")
    return offered(row)


def lock_intakes(act: Act, wanted: Iterable[int | None]) -> tuple[Offered, ...]:
    """Lock intakes, in the order of their ids like every caller, and load them as they now are."""
    wanted = sorted({id_ for id_ in wanted if id_ is not None})
    if not wanted:
        return ()
    rows = _LOCKED.rows(act.connection, _bound(act, wanted))
    return tuple(offered(row) for row in rows)


def offered(row: Any) -> Offered:
    """Make the value of a row of `intake`."""
    return Offered(
        id=row.id,
        path=row.path,
        tier=row.tier,
        term=row.term,
        provider=row.provider,
        timezone=row.timezone,
        seats=row.seats,
        minimum=row.minimum,
        seed=row.seed,
        dates=Dates(
            opens_at=row.opens_at,
            closes_at=row.closes_at,
            allocates_at=row.allocates_at,
            starts_at=row.starts_at,
            list_closes_at=row.list_closes_at,
            ends_at=row.ends_at,
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            quotas_lapse_at=row.quotas_lapse_at,
            lectures_from=row.lectures_from,
            lectures_until=row.lectures_until,
        ),
        state=row.state,
        version=row.version,
        undersized=row.undersized,
        pooled=row.pooled,
        list_closed=row.list_closed,
    )


def last_step_at(act: Act, intake_id: int) -> datetime | None:
    """Give since when an intake is as it is; None if nothing is told of it."""
    here = history.c.intake_id == intake_id
    last: datetime | None = act.connection.scalar(
        select(func.max(history.c.effective_at)).where(here)
    )
    return last


def _wanted(dialect: str, *, lock: bool) -> Select[Any]:
    chosen = select(intake).where(among(intake.c.id, dialect))
    chosen = chosen.order_by(intake.c.id)
    return chosen.with_for_update() if lock else chosen


def _bound(act: Act, wanted: Iterable[int]) -> Any:
    return ids(act.connection.dialect.name, wanted)


_LOCKED = Read(lambda dialect: _wanted(dialect, lock=True))
