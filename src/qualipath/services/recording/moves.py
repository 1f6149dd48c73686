"""Write where enrolments stand: those that begin, and those that move on."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

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
from sqlalchemy.types import TypeEngine

from qualipath.services.act import Act
from qualipath.services.change import Change
from qualipath.storage.batches import Batch, Values, insert_from
from qualipath.storage.columns import Instant
from qualipath.storage.tables import enrolment
from qualipath.storage.writing import Sending, Write

Types = dict[str, TypeEngine[Any]]

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
    applied_at=Instant(),
    place=Integer(),
)
_KEPT: Types = {"id": Integer(), "was": String(), "version": Integer()}
_STANDING: Types = {
    "state": String(),
    "entered_at": Instant(),
    "paused_at": Instant(),
    "grade": Integer(),
}
_PLACE: Types = {
    "is_open": Boolean(),
    "holds_seat": Boolean(),
    "counts": Boolean(),
    "path_version_id": Integer(),
    "tier": String(),
    "attempt": Integer(),
    "intake_id": Integer(),
    "applied_at": Instant(),
    "place": Integer(),
}


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
            c.after.applied_at,
            c.after.place,
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
    """Update enrolments by compare-and-swap; what indexes hold only where it changes."""
    if staying := [change for change in changes if not _leaves_place(change)]:
        yield _MOVE.of([_standing(change) for change in staying])
    if leaving := [change for change in changes if _leaves_place(change)]:
        yield _MOVE_ON.of([(*_standing(change), *_place(change)) for change in leaving])


def _leaves_place(change: Change) -> bool:
    before, after, state = change.before, change.after, change.state
    if before.published is not after.published or before.place != after.place:
        return True
    if (before.intake, before.applied_at) != (after.intake, after.applied_at):
        return True
    left = before.published.definition.lifecycle_of(before.tier).states[before.state]
    return (left.open, left.seat, left.attempt) != (state.open, state.seat, state.attempt)


def _standing(change: Change) -> tuple[object, ...]:
    before, after = change.before, change.after
    return (
        before.id,
        before.state,
        before.version,
        after.state,
        after.entered_at,
        after.paused_at,
        after.grade,
    )


def _place(change: Change) -> tuple[object, ...]:
    after, state = change.after, change.state
    return (
        state.open,
        state.seat,
        state.attempt,
        after.published.id,
        after.tier,
        after.attempt,
        after.intake_id,
        after.applied_at,
        after.place,
    )


def _move_statement(rows: Values, _dialect: str) -> Update:
    changed = {name: column for name, column in rows.columns.items() if name not in _KEPT}
    return (
        update(enrolment)
        .where(
            enrolment.c.id == rows.id,
            enrolment.c.state == rows.was,
            enrolment.c.version == rows.version,
        )
        .values(version=enrolment.c.version + 1, **changed)
    )


_MOVE = Write(Batch("moved", **_KEPT, **_STANDING), _move_statement)
_MOVE_ON = Write(Batch("moved_on", **_KEPT, **_STANDING, **_PLACE), _move_statement)
