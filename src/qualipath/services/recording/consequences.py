"""Write what follows from changes: deadlines that end, shift or begin, and notices."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import (
    Boolean,
    Insert,
    Integer,
    String,
    Update,
    bindparam,
    false,
    insert,
    null,
    select,
    update,
)

from qualipath.services.act import Act
from qualipath.services.change import Change
from qualipath.storage.batches import Batch, Values
from qualipath.storage.columns import Instant
from qualipath.storage.tables import deadline, notice
from qualipath.storage.writing import Sending, Write, insert_each, send

_DEADLINES = Batch(
    "dues",
    enrolment_id=Integer(),
    state=String(),
    due_at=Instant(),
    trigger=String(),
    notice=String(),
    recipient=String(),
    from_start=Boolean(),
)
_NOTICES = Batch(
    "raised", enrolment_id=Integer(), version=Integer(), notice=String(), recipient=String()
)


def set_deadlines(act: Act, changes: Sequence[Change]) -> Iterator[Sending]:
    """End the deadlines of states that were left, shift those of resumed ones, set new ones."""
    if left := [(c.id,) for c in changes if c.leaves_state and _had_deadlines(c)]:
        yield _END.of(left, at=act.effective_at)
    if shifted := [row for c in changes if c.shift_from for row in _shifted(act, c, c.shift_from)]:
        yield _SHIFT.of(shifted)
    rows = [
        (c.id, c.after.state, d.due_at, d.trigger, d.notice, d.recipient, d.from_start)
        for c in changes
        for d in c.deadlines
    ]
    if rows:
        yield _SET.of(rows)


def _had_deadlines(change: Change) -> bool:
    lifecycle = change.before.published.definition.lifecycle_of(change.before.tier)
    state = lifecycle.states.get(change.before.state)
    return state is not None and bool(state.deadlines)


def _shifted(act: Act, change: Change, since: datetime) -> list[tuple[int, datetime]]:
    """Give the running deadlines with the instants at which they are due after a pause."""
    running = select(deadline.c.id, deadline.c.due_at).where(
        deadline.c.enrolment_id == change.id,
        deadline.c.ended_at.is_(null()),
        ~deadline.c.from_start,
    )
    # Never back: a clock may have been put back since the pause began.
    paused = max(act.effective_at - since, timedelta())
    return [(row.id, row.due_at + paused) for row in act.connection.execute(running)]


def raise_notices(act: Act, changes: Sequence[Change]) -> Iterator[Sending]:
    """Put the notices that changes raise into the outbox."""
    if rows := [(c.id, c.after.version, *pair) for c in changes for pair in c.notices]:
        yield _RAISE.of(rows, at=act.recorded_at)


def raise_about(act: Act, rows: Sequence[tuple[int, int, str, str]]) -> None:
    """Raise notices outside a move: enrolment, its version, notice and recipient of each."""
    if rows:
        send(act.connection, [_RAISE.of(rows, at=act.recorded_at)])


def _end_statement(rows: Values, _dialect: str) -> Update:
    return (
        update(deadline)
        .where(deadline.c.enrolment_id == rows.id, deadline.c.ended_at.is_(null()))
        .values(ended_at=bindparam("at", None, type_=Instant()), done=false())
    )


def _shift_statement(rows: Values, _dialect: str) -> Update:
    return update(deadline).where(deadline.c.id == rows.id).values(due_at=rows.due_at)


def set_statement(rows: Values, _dialect: str) -> Insert:
    """Insert deadlines."""
    return insert_each(insert(deadline), rows)


def raise_statement(rows: Values, _dialect: str) -> Insert:
    """Insert notices, all raised at one instant, and due at once."""
    at = bindparam("at", None, type_=Instant())
    return insert_each(insert(notice), rows, raised_at=at, due_at=at)


_END = Write(Batch("ended", id=Integer()), _end_statement)
_SHIFT = Write(Batch("shifted", id=Integer(), due_at=Instant()), _shift_statement)
_SET = Write(_DEADLINES, set_statement)
_RAISE = Write(_NOTICES, raise_statement)
