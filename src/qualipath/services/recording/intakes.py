"""Write where intakes stand: those that are planned, and those that move on or change."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import Integer, String, bindparam, insert, update
from sqlalchemy.exc import IntegrityError

from qualipath.errors import ConflictError
from qualipath.services.act import Act
from qualipath.services.change import IntakeChange
from qualipath.services.recording.consequences import raise_statement, set_statement
from qualipath.services.recording.telling import tell_statement, who_and_when
from qualipath.storage.batches import Batch, Values
from qualipath.storage.columns import Instant
from qualipath.storage.failures import is_duplicate
from qualipath.storage.tables import deadline, intake
from qualipath.storage.writing import Sending, Write, send


def record_intakes(act: Act, changes: Sequence[IntakeChange]) -> tuple[IntakeChange, ...]:
    """Write changes of intakes with their history, and give them with the ids of new ones.

    Each is written by compare-and-swap of its state and version, in the transaction of the act.
    The deadlines of a state that was left end.

    Raises:
        ConflictError: an intake has changed since it was loaded, or the term's was planned by
            somebody else; nothing is written.
    """
    try:
        changes = tuple(_written(act, change) for change in changes)
    except IntegrityError as error:
        if not is_duplicate(error):
            raise
        raise _overtaken(changes) from error
    send(act.connection, list(_consequences(act, changes)))
    return changes


def _written(act: Act, change: IntakeChange) -> IntakeChange:
    values = _values(change)
    if change.before.id is None:
        made = act.connection.execute(insert(intake).values(values).returning(intake.c.id))
        id_ = made.scalar_one()
        return replace(
            change, before=replace(change.before, id=id_), after=replace(change.after, id=id_)
        )
    written = act.connection.execute(
        update(intake)
        .where(
            intake.c.id == change.before.id,
            intake.c.state == change.before.state,
            intake.c.version == change.before.version,
        )
        .values(values)
    )
    if not written.rowcount:
        raise _overtaken([change])
    return change


def _values(change: IntakeChange) -> dict[str, Any]:
    after = change.after
    return {
        "path": after.path,
        "tier": after.tier,
        "term": after.term,
        "provider": after.provider,
        "timezone": after.timezone,
        "seats": after.seats,
        "minimum": after.minimum,
        "seed": after.seed,
        **asdict(after.dates),
        "state": after.state,
        "version": after.version,
        "undersized": after.undersized,
        "pooled": after.pooled,
        "list_closed": after.list_closed,
        "due_at": after.due_at(change.lifecycle),
    }


def _consequences(act: Act, changes: Sequence[IntakeChange]) -> Iterator[Sending]:
    told = [
        (
            c.after.written_id,
            c.after.version,
            c.path_version_id,
            c.trigger,
            c.before.state,
            c.after.state,
            c.reason,
            c.details,
        )
        for c in changes
    ]
    yield _TELL.of(told, **who_and_when(act))
    if left := [(c.after.written_id,) for c in changes if c.before.state != c.after.state]:
        yield _END.of(left, at=act.effective_at)
    dues = [
        (c.after.written_id, c.after.state, d.due_at, d.notice, d.recipient)
        for c in changes
        for d in c.deadlines
    ]
    if dues:
        yield _SET.of(dues)
    raised = [(c.after.written_id, c.after.version, *pair) for c in changes for pair in c.notices]
    if raised:
        yield _RAISE.of(raised, at=act.recorded_at)


def _overtaken(changes: Sequence[IntakeChange]) -> ConflictError:
    which = ", ".join(change.before.title for change in changes)
    return ConflictError(
        f"the intake {which} was changed by somebody else in the meantime; nothing was written"
    )


def _end_statement(rows: Values, _dialect: str) -> Any:
    return (
        update(deadline)
        .where(deadline.c.intake_id == rows.id, deadline.c.ended_at.is_(None))
        .values(ended_at=bindparam("at", None, type_=Instant()), done=False)
    )


_TELL = Write(
    Batch(
        "told",
        intake_id=Integer(),
        version=Integer(),
        path_version_id=Integer(),
        trigger=String(),
        source=String(),
        target=String(),
        reason=String(),
        details=String(),
    ),
    tell_statement,
)
_END = Write(Batch("ended", id=Integer()), _end_statement)
_SET = Write(
    Batch(
        "dues",
        intake_id=Integer(),
        state=String(),
        due_at=Instant(),
        notice=String(),
        recipient=String(),
    ),
    set_statement,
)
_RAISE = Write(
    Batch("raised", intake_id=Integer(), version=Integer(), notice=String(), recipient=String()),
    raise_statement,
)
