"""Write credentials: those that enrolments give or take back, and those that HR records."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Date, Insert, Integer, String, Update, bindparam, insert, null, update

from qualipath.errors import ConflictError
from qualipath.services.act import Act
from qualipath.services.change import Change
from qualipath.services.recording import validity
from qualipath.services.recording.telling import tell_of_people
from qualipath.storage.batches import Batch, Values
from qualipath.storage.columns import Instant
from qualipath.storage.tables import credential
from qualipath.storage.writing import Sending, Write, insert_each, insert_or_else, send

_AWARDS = Batch(
    "awards",
    employee_id=Integer(),
    enrolment_id=Integer(),
    kind=String(),
    key=String(),
    grade=Integer(),
    scale=String(),
    credits=Integer(),
    awarded_on=Date(),
    running_until=Date(),
    valid_until=Date(),
)


def credit(act: Act, changes: Sequence[Change]) -> Iterator[Sending]:
    """Give what changes award, and end what attempts had given that ended otherwise."""
    if revoked := [(c.id,) for c in changes if c.revokes]:
        yield _REVOKE.of(revoked, at=act.effective_at)
        yield from validity.end_of_revoked(act, changes)
    rows = [
        (
            c.after.employee_id,
            c.id,
            str(c.award.kind),
            c.award.key,
            c.award.grade,
            c.award.scale,
            c.award.credits,
            c.award.awarded_on,
            c.award.running_until,
            c.award.valid_until,
        )
        for c in changes
        if c.award
    ]
    if rows:
        yield from validity.end_of_replaced(act, changes)
        yield _AWARD.of(rows)
        yield from validity.set_of_awarded(act, changes)


def _revoke_statement(rows: Values, _dialect: str) -> Update:
    return (
        update(credential)
        .where(credential.c.enrolment_id == rows.id, credential.c.revoked_at.is_(null()))
        .values(revoked_at=bindparam("at", None, type_=Instant()))
    )


def _award_statement(rows: Values, dialect: str) -> Insert:
    """Insert, or turn the enrolment's credential in progress into the one that was awarded."""
    written: Any = insert_each(insert_or_else(credential, dialect), rows)
    renewed = ("key", "grade", "scale", "credits", "awarded_on", "running_until", "valid_until")
    upsert: Insert = written.on_conflict_do_update(
        index_elements=[credential.c.enrolment_id, credential.c.kind],
        index_where=credential.c.revoked_at.is_(null()),
        set_={column: written.excluded[column] for column in renewed},
    )
    return upsert


_REVOKE = Write(Batch("revoked", id=Integer()), _revoke_statement)
_AWARD = Write(_AWARDS, _award_statement)


def record_credential(act: Act, employee_id: int, values: dict[str, Any]) -> int:
    """Write a credential that HR records, with its history, and give its id."""
    id_: int = act.connection.execute(
        insert(credential).values(employee_id=employee_id, **values).returning(credential.c.id)
    ).scalar_one()
    key, valid_until = values["key"], values["valid_until"]
    send(
        act.connection,
        list(validity.begin_of_recorded(act, employee_id, id_, key, valid_until)),
    )
    told = {"credential": id_, "kind": values["kind"], "key": key}
    tell_of_people(act, [(employee_id, "recognise", None, told)])
    return id_


def revoke_credential(act: Act, employee_id: int, credential_id: int, reason: str) -> None:
    """End a credential, with its history; raises `ConflictError` if it has ended already."""
    ended = act.connection.execute(
        update(credential)
        .where(credential.c.id == credential_id, credential.c.revoked_at.is_(null()))
        .values(revoked_at=act.effective_at)
    )
    if not ended.rowcount:
        message = f"credential {credential_id} was revoked before"
        raise ConflictError(message)
    send(act.connection, [validity.end_of(act, credential_id)])
    tell_of_people(act, [(employee_id, "revoke", reason, {"credential": credential_id})])
