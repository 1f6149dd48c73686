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
_KEPT = {"id": Integer(), "was": String(), "version": Integer()}
_STANDING = {
    "state": String(),
    "entered_at": Instant(),
    "is_open": Boolean(),
    "holds_seat": Boolean(),
    "counts": Boolean(),
    "paused_at": Instant(),
    "grade": Integer(),
}
_PLACE = {"path_version_id": Integer(), "tier": String(), "attempt": Integer()}


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
    """Update enrolments by compare-and-swap; the version and the tier only of those that migrate."""
    if staying := [c for c in changes if not _migrates(c)]:
        yield _MOVE.of([_standing(c) for c in staying])
    if migrating := [c for c in changes if _migrates(c)]:
        yield _MIGRATE.of([(*_standing(c), *_place(c)) for c in migrating])


def _migrates(change: Change) -> bool:
    return change.after.published is not change.before.published


def _standing(change: Change) -> tuple[object, ...]:
    before, after, state = change.before, change.after, change.state
    return (
        before.id,
        before.state,
        before.version,
        after.state,
        after.entered_at,
        state.open,
        state.seat,
        state.attempt,
        after.paused_at,
        after.grade,
    )


def _place(change: Change) -> tuple[object, ...]:
    return (change.after.published.id, change.after.tier, change.after.attempt)


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
_MIGRATE = Write(Batch("migrated", **_KEPT, **_STANDING, **_PLACE), _move_statement)
