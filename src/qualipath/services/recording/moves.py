"""Write where enrolments stand: those that begin, and those that move on."""

from collections.abc import Iterator, Sequence
from functools import cache

from sqlalchemy import (
    Boolean,
    Executable,
    Integer,
    String,
    Update,
    bindparam,
    insert,
    literal_column,
    update,
)

from qualipath.services.act import Act
from qualipath.services.change import Change
from qualipath.storage.batches import Batch, Values, insert_from
from qualipath.storage.tables import Instant, enrolment
from qualipath.storage.writing import Sending, Write

_BEGUN = Batch(
    "begun",
    employee_id=Integer(),
    organisation_id=Integer(),
    path_version_id=Integer(),
    intake_id=Integer(),
    path=String(),
    tier=String(),
    attempt=Integer(),
    state=String(),
    is_open=Boolean(),
    holds_seat=Boolean(),
    counts=Boolean(),
)
_MOVED = Batch(
    "moved",
    id=Integer(),
    was=String(),
    version=Integer(),
    path_version_id=Integer(),
    tier=String(),
    attempt=Integer(),
    state=String(),
    entered_at=Instant(),
    is_open=Boolean(),
    holds_seat=Boolean(),
    counts=Boolean(),
    paused_at=Instant(),
    grade=Integer(),
)


def begin(act: Act, changes: Sequence[Change]) -> list[Change]:
    """Insert new enrolments and give their changes with the ids that they got."""
    if not changes:
        return []
    rows = [
        (
            c.after.employee_id,
            c.after.organisation_id,
            c.after.published.id,
            c.after.intake_id,
            c.after.published.definition.path.path,
            c.after.tier,
            c.after.attempt,
            c.after.state,
            c.state.open,
            c.state.seat,
            c.state.attempt,
        )
        for c in changes
    ]
    dialect = act.connection.dialect.name
    written = act.connection.execute(
        _begin_statement(dialect), {**_BEGUN.parameters(dialect, rows), "at": act.effective_at}
    )
    got = {(row.employee_id, row.path_version_id, row.tier): row.id for row in written}
    return [c.begun(got[c.after.employee_id, c.after.published.id, c.after.tier]) for c in changes]


@cache
def _begin_statement(dialect: str) -> Executable:
    rows = _BEGUN.table(dialect).c
    return insert_from(
        insert(enrolment),
        rows,
        version=literal_column("1"),
        entered_at=bindparam("at", type_=Instant()),
    ).returning(
        enrolment.c.id, enrolment.c.employee_id, enrolment.c.path_version_id, enrolment.c.tier
    )


def move(changes: Sequence[Change]) -> Iterator[Sending]:
    """Update enrolments by compare-and-swap."""
    if not changes:
        return
    rows = [
        (
            c.before.id,
            c.before.state,
            c.before.version,
            c.after.published.id,
            c.after.tier,
            c.after.attempt,
            c.after.state,
            c.after.entered_at,
            c.state.open,
            c.state.seat,
            c.state.attempt,
            c.after.paused_at,
            c.after.grade,
        )
        for c in changes
    ]
    yield _MOVE.of(rows)


def _move_statement(rows: Values, _dialect: str) -> Update:
    told = ("id", "was", "version")
    return (
        update(enrolment)
        .where(
            enrolment.c.id == rows.id,
            enrolment.c.state == rows.was,
            enrolment.c.version == rows.version,
        )
        .values(
            version=enrolment.c.version + 1,
            **{name: column for name, column in rows.columns.items() if name not in told},
        )
    )


_MOVE = Write(_MOVED, _move_statement)
