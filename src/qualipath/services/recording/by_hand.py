"""Write what HR does to notices by hand: sent once more, released."""

from sqlalchemy import ColumnElement, null, true, update

from qualipath.services.act import Act
from qualipath.services.recording.leases import UNLEASED
from qualipath.storage.tables import notice


def retry_notices(act: Act, which: ColumnElement[bool]) -> int:
    """Let notices be sent as soon as somebody does; tries and time begin anew. Gives how many."""
    return act.connection.execute(
        update(notice)
        .where(which)
        .values(
            status="pending",
            due_at=act.recorded_at,
            attempts=0,
            tried_at=null(),
            error=null(),
            **UNLEASED,
        )
    ).rowcount


def release_notices(act: Act, which: ColumnElement[bool]) -> int:
    """Let notices that are held go, past the hourly cap; gives how many there are."""
    return act.connection.execute(
        update(notice).where(which).values(status="pending", released=true(), error=null())
    ).rowcount
