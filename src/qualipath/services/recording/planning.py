"""Write until when the scheduler has planned a path's terms."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite

from qualipath.services.act import Act
from qualipath.storage.tables import planning


def hold_planning(act: Act, path: str) -> datetime | None:
    """Lock the planning of a path's intakes, and give when the scheduler next plans any.

    Whoever plans does so alone, so that what is planned already can be looked at. It is locked
    before any intake is.
    """
    make = postgresql.insert if act.connection.dialect.name == "postgresql" else sqlite.insert
    act.connection.execute(make(planning).values(path=path).on_conflict_do_nothing())
    return act.connection.scalar(
        select(planning.c.due_at).where(planning.c.path == path).with_for_update()
    )


def set_planning(act: Act, path: str, due_at: datetime | None) -> None:
    """Say when the scheduler next plans a path's terms, which the act holds; None for never."""
    act.connection.execute(update(planning).where(planning.c.path == path).values(due_at=due_at))
