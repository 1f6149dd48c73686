"""What the schedulers have told of their last ticks, and which of them leads."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from qualipath.services.act import Act
from qualipath.storage.tables import tick
from qualipath.storage.writing import insert_or_else

_LEADING = 7_243_618_801
"""The key of PostgreSQL's advisory lock that one scheduler holds while it works."""

_LONGEST_HOST, _LONGEST_ERROR = 200, 2000


@dataclass(frozen=True, slots=True)
class LastTick:
    """One host's last tick: up to when it did what was due, how much, and what went wrong first."""

    host: str
    at: datetime
    started_at: datetime
    finished_at: datetime
    effects: int
    failures: int
    error: str | None = None


def leads(act: Act) -> bool:
    """Become the leader until the act's transaction ends, unless somebody else is."""
    if act.connection.dialect.name != "postgresql":
        return True
    return bool(act.connection.scalar(select(func.pg_try_advisory_xact_lock(_LEADING))))


def note_tick(act: Act, last: LastTick) -> None:
    """Keep a host's last tick in the place of the one before."""
    values = {
        "at": last.at,
        "started_at": last.started_at,
        "finished_at": last.finished_at,
        "effects": last.effects,
        "failures": last.failures,
        "error": last.error[:_LONGEST_ERROR] if last.error else None,
    }
    act.connection.execute(
        insert_or_else(tick, act.connection.dialect.name)
        .values(host=last.host[:_LONGEST_HOST], **values)
        .on_conflict_do_update(index_elements=[tick.c.host], set_=values)
    )


def last_ticks(act: Act) -> tuple[LastTick, ...]:
    """Give every host's last tick, the latest first."""
    rows = act.connection.execute(select(tick).order_by(tick.c.finished_at.desc(), tick.c.host))
    return tuple(LastTick(**row._asdict()) for row in rows)
