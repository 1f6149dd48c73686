"""Write what follows from changes: deadlines that end, shift or begin, and notices."""

from collections.abc import Sequence
from datetime import timedelta
from functools import cache

from sqlalchemy import Executable, Integer, String, bindparam, null, select, update

from qualipath.services.act import Act
from qualipath.services.change import Change
from qualipath.storage.batches import Batch, among, ids, insert_from
from qualipath.storage.tables import Instant, deadline, notice

_DEADLINES = Batch(
    "dues",
    enrolment_id=Integer(),
    state=String(),
    due_at=Instant(),
    trigger=String(),
    notice=String(),
    recipient=String(),
)
_NOTICES = Batch(
    "raised", enrolment_id=Integer(), version=Integer(), notice=String(), recipient=String()
)


def set_deadlines(act: Act, changes: Sequence[Change]) -> None:
    """End the deadlines of states that were left, shift those of resumed ones, set new ones."""
    dialect = act.connection.dialect.name
    if left := [c.id for c in changes if c.leaves_state and _had_deadlines(c)]:
        act.connection.execute(
            _end_statement(dialect), {**ids(dialect, left), "at": act.effective_at}
        )
    for change in changes:
        if change.shift_from is not None:
            _shift(act, change.id, act.effective_at - change.shift_from)
    rows = [
        (c.id, c.after.state, d.due_at, d.trigger, d.notice, d.recipient)
        for c in changes
        for d in c.deadlines
    ]
    if rows:
        act.connection.execute(_deadline_statement(dialect), _DEADLINES.parameters(dialect, rows))


def _had_deadlines(change: Change) -> bool:
    lifecycle = change.before.published.definition.lifecycle_of(change.before.tier)
    state = lifecycle.states.get(change.before.state)
    return state is not None and bool(state.deadlines)


@cache
def _end_statement(dialect: str) -> Executable:
    return (
        update(deadline)
        .where(among(deadline.c.enrolment_id, dialect), deadline.c.ended_at.is_(null()))
        .values(ended_at=bindparam("at", type_=Instant()), done=False)
    )


@cache
def _deadline_statement(dialect: str) -> Executable:
    return insert_from(deadline, _DEADLINES.table(dialect).c)


def _shift(act: Act, enrolment_id: int, paused: timedelta) -> None:
    running = select(deadline.c.id, deadline.c.due_at).where(
        deadline.c.enrolment_id == enrolment_id, deadline.c.ended_at.is_(null())
    )
    for row in act.connection.execute(running).all():
        act.connection.execute(
            update(deadline).where(deadline.c.id == row.id).values(due_at=row.due_at + paused)
        )


def raise_notices(act: Act, changes: Sequence[Change]) -> None:
    """Put the notices that changes raise into the outbox."""
    rows = [(c.id, c.after.version, *pair) for c in changes for pair in c.notices]
    if not rows:
        return
    dialect = act.connection.dialect.name
    act.connection.execute(
        _notice_statement(dialect),
        {**_NOTICES.parameters(dialect, rows), "at": act.recorded_at},
    )


@cache
def _notice_statement(dialect: str) -> Executable:
    return insert_from(
        notice, _NOTICES.table(dialect).c, raised_at=bindparam("at", type_=Instant())
    )
