"""Write what due deadlines do: each is claimed once, by whoever ends it first.

A deadline is claimed by compare-and-swap on `ended_at`, under the locks that movers take before
they end deadlines: whoever waits for them finds it ended, and nobody waits in a ring.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Executable,
    Insert,
    Integer,
    Row,
    Select,
    String,
    Update,
    bindparam,
    insert,
    null,
    select,
    update,
)

from qualipath.services.act import Act
from qualipath.services.recording.consequences import raise_statement
from qualipath.services.recording.telling import tell_of_people
from qualipath.storage.batches import Batch, among, ids
from qualipath.storage.columns import Instant
from qualipath.storage.tables import credential, deadline, employee, enrolment, intake, notice
from qualipath.storage.writing import Write, send

_ABOUT_THE_INTAKE = ("hr", "provider")
"""To whom an intake's notice is one about the intake; to others it is one for each enrolment."""


def remind(act: Act, wanted: Sequence[int]) -> int:
    """Raise the notices of enrolments' deadlines (by id), and give how many.

    Only those count that are due at the act's instant, still run, and whose enrolment is not
    paused.
    """
    dialect = act.connection.dialect.name
    bound = {
        **ids(dialect, wanted),
        "due": act.effective_at,
        "as_done": True,
        "raised": act.recorded_at,
    }
    if dialect == "postgresql":
        return act.connection.execute(_claim_and_raise(), bound).rowcount
    # Nobody else writes before both are done.
    act.connection.execute(_raise_due(), bound)
    return act.connection.execute(_claim_unpaused(), bound).rowcount


def claim(act: Act, wanted: Iterable[int], *, done: bool = True) -> frozenset[int]:
    """End deadlines (by id) that are due at the act's instant, and give those that still ran.

    What they are about must be locked. `done` says whether they did what they were set for.
    """
    dialect = act.connection.dialect.name
    bound = {**ids(dialect, wanted), "due": act.effective_at, "as_done": done}
    return frozenset(act.connection.scalars(_claim(dialect), bound))


def leave_undone(act: Act, wanted: Iterable[int]) -> None:
    """Mark claimed deadlines (by id) as ended without what they were set for."""
    dialect = act.connection.dialect.name
    left = update(deadline).where(among(deadline.c.id, dialect)).values(done=False)
    act.connection.execute(left, ids(dialect, wanted))


def expire(act: Act, wanted: Sequence[int]) -> int:
    """Let deadlines of credentials (by id) do what they do, and give how many.

    One with a trigger is told in the employee's history; of what was revoked nothing is told.
    """
    rows = _locked(act, wanted, _of_credentials(act.connection.dialect.name))
    claim(act, (row.id for row in rows if row.revoked_at is not None), done=False)
    claimed = claim(act, (row.id for row in rows if row.revoked_at is None))
    rows = [row for row in rows if row.id in claimed]
    tell_of_people(
        act,
        [
            (row.employee_id, row.trigger, None, {"credential": row.credential_id, "key": row.key})
            for row in rows
            if row.trigger is not None
        ],
    )
    raised = [
        (row.employee_id, row.notice, row.recipient, json.dumps({"credential": row.credential_id}))
        for row in rows
        if row.notice is not None
    ]
    if raised:
        send(act.connection, [_RAISE_TO_PEOPLE.of(raised, at=act.recorded_at)])
    return len(rows)


def remind_of_intakes(act: Act, wanted: Sequence[int]) -> int:
    """Raise the notices of intakes' deadlines (by id), and give how many did.

    A deadline of an intake in which no enrolment is open any more ends without its notice.
    """
    rows = _locked(act, wanted, _of_intakes(act.connection.dialect.name))
    chased = _with_open_enrolments(act, {row.intake_id for row in rows})
    claim(act, (row.id for row in rows if row.intake_id not in chased), done=False)
    claimed = claim(act, (row.id for row in rows if row.intake_id in chased))
    for row in rows:
        if row.id in claimed:
            act.connection.execute(_about_intake(act, row))
    return len(claimed)


# --- What is due ----------------------------------------------------------------------------------


def _ripe(dialect: str) -> tuple[ColumnElement[bool], ...]:
    return (
        among(deadline.c.id, dialect),
        deadline.c.due_at == bindparam("due", type_=Instant()),
        deadline.c.ended_at.is_(null()),
    )


def _ended() -> Update:
    return update(deadline).values(
        ended_at=bindparam("due", type_=Instant()), done=bindparam("as_done")
    )


@cache
def _claim(dialect: str) -> Executable:
    return _ended().where(*_ripe(dialect)).returning(deadline.c.id)


def _locked(act: Act, wanted: Sequence[int], statement: Select[Any]) -> Sequence[Row[Any]]:
    bound = {**ids(act.connection.dialect.name, wanted), "due": act.effective_at}
    return act.connection.execute(statement, bound).all()


# --- Enrolments -----------------------------------------------------------------------------------


def _due_of_enrolments(dialect: str) -> Select[Any]:
    return (
        select(
            deadline.c.id,
            deadline.c.enrolment_id,
            enrolment.c.version,
            deadline.c.notice,
            deadline.c.recipient,
        )
        .join(enrolment, enrolment.c.id == deadline.c.enrolment_id)
        .where(*_ripe(dialect), deadline.c.notice.is_not(null()), enrolment.c.paused_at.is_(null()))
        .order_by(enrolment.c.employee_id, enrolment.c.id, deadline.c.id)
    )


_RAISED = ("enrolment_id", "version", "notice", "recipient")


def _raised(rows: Any) -> Insert:
    at = bindparam("raised", type_=Instant())
    chosen = select(*(rows.c[name] for name in _RAISED), at.label("raised_at"), at.label("due_at"))
    return insert(notice).from_select([*_RAISED, "raised_at", "due_at"], chosen)


@cache
def _claim_and_raise() -> Executable:
    """Lock, claim and raise in one statement: what was changed meanwhile drops out of each."""
    due = (
        _due_of_enrolments("postgresql")
        .with_for_update(of=enrolment, key_share=True)
        .cte("due_deadlines")
    )
    claimed = (
        _ended()
        .where(
            deadline.c.id == due.c.id,
            deadline.c.due_at == bindparam("due", type_=Instant()),
            deadline.c.ended_at.is_(null()),
        )
        .returning(due.c.enrolment_id, due.c.version, due.c.notice, due.c.recipient)
        .cte("claimed")
    )
    written = _raised(claimed).add_cte(due, claimed)
    return written.execution_options(preserve_rowcount=True)


@cache
def _raise_due() -> Executable:
    return _raised(_due_of_enrolments("sqlite").subquery())


@cache
def _claim_unpaused() -> Executable:
    due = _due_of_enrolments("sqlite").subquery()
    return _ended().where(deadline.c.id.in_(select(due.c.id)))


# --- Credentials ----------------------------------------------------------------------------------


@cache
def _of_credentials(dialect: str) -> Select[Any]:
    return (
        select(
            deadline.c.id,
            deadline.c.credential_id,
            deadline.c.trigger,
            deadline.c.notice,
            deadline.c.recipient,
            credential.c.employee_id,
            credential.c.key,
            credential.c.revoked_at,
        )
        .join(credential, credential.c.id == deadline.c.credential_id)
        .join(employee, employee.c.id == credential.c.employee_id)
        .where(*_ripe(dialect))
        .order_by(employee.c.id, deadline.c.id)
        .with_for_update(of=employee, key_share=True)
    )


_RAISE_TO_PEOPLE = Write(
    Batch("raised", employee_id=Integer(), notice=String(), recipient=String(), context=String()),
    raise_statement,
)


# --- Intakes --------------------------------------------------------------------------------------


@cache
def _of_intakes(dialect: str) -> Select[Any]:
    return (
        select(
            deadline.c.id,
            deadline.c.intake_id,
            deadline.c.notice,
            deadline.c.recipient,
            intake.c.version,
        )
        .join(intake, intake.c.id == deadline.c.intake_id)
        .where(*_ripe(dialect))
        .order_by(intake.c.id, deadline.c.id)
        .with_for_update(of=intake)
    )


def _with_open_enrolments(act: Act, intake_ids: Collection[int]) -> frozenset[int]:
    dialect = act.connection.dialect.name
    chased = select(intake.c.id).where(
        among(intake.c.id, dialect),
        select(enrolment.c.id)
        .where(enrolment.c.intake_id == intake.c.id, enrolment.c.is_open)
        .exists(),
    )
    return frozenset(act.connection.scalars(chased, ids(dialect, intake_ids)))


def _about_intake(act: Act, row: Row[Any]) -> Insert:
    at = act.recorded_at
    told = {"notice": row.notice, "recipient": row.recipient, "raised_at": at, "due_at": at}
    if row.recipient in _ABOUT_THE_INTAKE:
        return insert(notice).values(intake_id=row.intake_id, version=row.version, **told)
    same = [bindparam(None, value, type_=notice.c[name].type) for name, value in told.items()]
    theirs = select(enrolment.c.id, enrolment.c.version, *same).where(
        enrolment.c.intake_id == row.intake_id, enrolment.c.is_open
    )
    return insert(notice).from_select(["enrolment_id", "version", *told], theirs)
