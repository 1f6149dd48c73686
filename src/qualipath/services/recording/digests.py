"""Write which notices are told together, by which digest."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, Row, Update, null, select, update

from qualipath.services.act import Act
from qualipath.services.recording.leases import COLLECTING, DIGEST, UNLEASED
from qualipath.storage.batches import Batch, Values, among, ids
from qualipath.storage.columns import Instant
from qualipath.storage.tables import employee, notice
from qualipath.storage.writing import Write, insert_or_else, send


def begin_digests(act: Act, wanted: Sequence[tuple[int, str, datetime]]) -> None:
    """Begin digests: for whom (by id), of which name, and when each is due.

    Where somebody has one of that name that is still collecting, none begins.
    """
    # In one order for all, since who begins the same one waits.
    rows = [
        {
            "employee_id": employee_id,
            "notice": name,
            "recipient": DIGEST,
            "raised_at": act.recorded_at,
            "due_at": due_at,
        }
        for employee_id, name, due_at in sorted(wanted)
    ]
    act.connection.execute(
        insert_or_else(notice, act.connection.dialect.name).values(rows).on_conflict_do_nothing()
    )


def bundle(act: Act, pairs: Sequence[tuple[int, int]]) -> None:
    """Put notices under digests, by their ids; what was leased of them is so no longer."""
    if pairs:
        send(act.connection, [_BUNDLE.of(pairs)])


def unbundle(act: Act, wanted: Collection[int]) -> None:
    """Take notices (by id) out of their digest: they are due at once."""
    if not wanted:
        return
    dialect = act.connection.dialect.name
    changed = {"status": "pending", "bundle_id": null(), "due_at": act.recorded_at}
    alone = update(notice).where(among(notice.c.id, dialect)).values(changed)
    act.connection.execute(alone, ids(dialect, wanted))


def move_digests(act: Act, dues: Sequence[tuple[int, datetime]]) -> None:
    """Let digests (by id) be due at other instants; nobody has leased them any longer."""
    if dues:
        send(act.connection, [_MOVE.of(dues)])


def lock_collecting(act: Act, employees: ColumnElement[bool]) -> Sequence[Row[Any, Any]]:
    """Lock the digests to come of employees, and give id and organisation of each, in order."""
    collecting = (
        select(notice.c.id, employee.c.organisation_id)
        .join(employee, employee.c.id == notice.c.employee_id)
        .where(COLLECTING, notice.c.due_at > act.recorded_at, employees)
        .order_by(notice.c.id)
        .with_for_update(of=notice)
    )
    return act.connection.execute(collecting).all()


def lock_bundled(act: Act, digest_ids: Collection[int]) -> Sequence[Row[Any]]:
    """Lock what comes under digests (by id), which must be locked, in the order of raising."""
    dialect = act.connection.dialect.name
    under = (
        select(notice)
        .where(among(notice.c.bundle_id, dialect), notice.c.status == "bundled")
        .order_by(notice.c.id)
        .with_for_update()
    )
    return act.connection.execute(under, ids(dialect, digest_ids)).all()


def _bundle_statement(rows: Values, _dialect: str) -> Update:
    return (
        update(notice)
        .where(notice.c.id == rows.id)
        .values(status="bundled", bundle_id=rows.digest, **UNLEASED)
    )


_BUNDLE = Write(Batch("bundled", id=Integer(), digest=Integer()), _bundle_statement)


def _move_statement(rows: Values, _dialect: str) -> Update:
    return update(notice).where(notice.c.id == rows.id).values(due_at=rows.due_at, **UNLEASED)


_MOVE = Write(Batch("moved", id=Integer(), due_at=Instant()), _move_statement)
