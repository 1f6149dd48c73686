"""Write until when the scheduler has planned a path's terms."""

from datetime import datetime

from sqlalchemy import select, update

from qualipath.services.act import Act
from qualipath.storage.tables import planning
from qualipath.storage.writing import insert_or_else


def hold_planning(act: Act, path: str) -> datetime | None:
    """Lock the planning of a path's intakes, and give when the scheduler next plans any.

    Whoever plans does so alone, so that what is planned already can be looked at. It is locked
    before any intake is.
    """
    act.connection.execute(
        insert_or_else(planning, act.connection.dialect.name)
        .values(path=path)
        .on_conflict_do_nothing()
    )
    return act.connection.scalar(
        select(planning.c.due_at).where(planning.c.path == path).with_for_update()
    )


def set_planning(act: Act, path: str, due_at: datetime | None) -> None:
    """Say when the scheduler next plans a path's terms, which the act holds; None for never."""
    act.connection.execute(update(planning).where(planning.c.path == path).values(due_at=due_at))
