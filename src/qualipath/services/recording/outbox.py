"""Write what becomes of leased notices: named, cancelled, held, sent, put off or given up."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Insert,
    Integer,
    LargeBinary,
    String,
    Update,
    func,
    null,
    update,
)

from qualipath.domain.wording import Wording
from qualipath.errors import Sayable
from qualipath.services.act import Act
from qualipath.services.delivery.waiting import Waiting
from qualipath.services.recording.leases import UNLEASED, instant_of
from qualipath.services.recording.telling import tell_statement, who_and_when
from qualipath.services.words import kept_wording
from qualipath.storage.batches import Batch, Values
from qualipath.storage.columns import Instant
from qualipath.storage.tables import message, notice
from qualipath.storage.writing import Write, insert_each, insert_or_else, send

# --- What is decided before sending ---------------------------------------------------------------


def name_messages(act: Act, pairs: Sequence[tuple[int, str]]) -> None:
    """Give notices (by id) the Message-IDs that they keep."""
    if pairs:
        send(act.connection, [_NAME.of(pairs)])


def cancel(act: Act, cancelled: Sequence[tuple[Waiting, str | Sayable]]) -> None:
    """Cancel notices for a reason each, and tell the history of what they are about.

    A text is what somebody gives as the reason; what the programme says is told in both languages.
    """
    if not cancelled:
        return
    told = [
        (
            waiting.enrolment_id,
            waiting.intake_id,
            waiting.employee_id,
            "cancel_notice",
            why if isinstance(why, str) else None,
            json.dumps(_cancelled(waiting, why)),
        )
        for waiting, why in cancelled
        # An organisation has no history.
        if waiting.organisation_id is None
    ]
    ended = [(waiting.id, "cancelled", kept_wording(why)) for waiting, why in cancelled]
    send(act.connection, [_END.of(ended), _TELL.of(told, **who_and_when(act))])


def hold(act: Act, held: Sequence[tuple[int, Sayable]]) -> None:
    """Hold notices (by id) until HR releases them; each with the reason."""
    if held:
        send(act.connection, [_END.of([(id_, "held", kept_wording(why)) for id_, why in held])])


def bury(act: Act, dead: Sequence[tuple[int, Sayable]]) -> None:
    """Give notices (by id) up, each for a reason, until somebody has them tried again."""
    if dead:
        send(act.connection, [_END.of([(id_, "dead", kept_wording(why)) for id_, why in dead])])


# --- What became of it ----------------------------------------------------------------------------


def record_sent(
    act: Act, message_row: tuple[object, ...], notice_ids: Sequence[int], message_id: str
) -> None:
    """Keep what was sent, and mark the notices (by id) that it told, whoever has leased them since.

    `message_row` has the columns of `_KEEP`. Done again it changes nothing.
    """
    told = [(id_, message_id) for id_ in notice_ids]
    send(act.connection, [_KEEP.of([message_row]), _SENT.of(told)])


def put_off(act: Act, notice_id: int, error: str | Sayable, due_at: datetime | None) -> None:
    """Count a try of a notice that is locked; it is tried again when due, or given up for None."""
    fate = {"status": "dead"} if due_at is None else {"due_at": due_at}
    act.connection.execute(
        update(notice)
        .where(notice.c.id == notice_id)
        .values(
            attempts=notice.c.attempts + 1,
            tried_at=func.coalesce(notice.c.tried_at, instant_of(act.recorded_at)),
            error=kept_wording(error),
            **fate,
            **UNLEASED,
        )
    )


def purge_bodies(act: Act) -> int:
    """Forget the bodies of sent mails that were kept for long enough, and give how many."""
    past = message.c.body.is_not(null()) & (message.c.purge_at <= act.recorded_at)
    return act.connection.execute(
        update(message).where(past).values(body=null(), purge_at=null())
    ).rowcount


# --- Statements -----------------------------------------------------------------------------------


def _cancelled(waiting: Waiting, why: str | Sayable) -> dict[str, object]:
    told: dict[str, object] = {"notice": waiting.notice, "recipient": waiting.recipient}
    return told if isinstance(why, str) else {**told, "why": asdict(Wording.of(why))}


def _name_statement(rows: Values, _dialect: str) -> Update:
    return update(notice).where(notice.c.id == rows.id).values(message_id=rows.message_id)


def _end_statement(rows: Values, _dialect: str) -> Update:
    return (
        update(notice)
        .where(notice.c.id == rows.id)
        .values(status=rows.status, error=rows.error, **UNLEASED)
    )


def _sent_statement(rows: Values, _dialect: str) -> Update:
    return (
        update(notice)
        .where(notice.c.id == rows.id, notice.c.status != "sent")
        .values(status="sent", message_id=rows.message_id, error=null(), **UNLEASED)
    )


def _keep_statement(rows: Values, dialect: str) -> Insert:
    kept: Any = insert_each(insert_or_else(message, dialect), rows)
    return kept.on_conflict_do_nothing()  # type: ignore[no-any-return]


_NAME = Write(Batch("named", id=Integer(), message_id=String()), _name_statement)
_END = Write(Batch("ended", id=Integer(), status=String(), error=String()), _end_statement)
_SENT = Write(Batch("told", id=Integer(), message_id=String()), _sent_statement)
_KEEP = Write(
    Batch(
        "kept",
        message_id=String(),
        organisation_id=Integer(),
        address=String(),
        subject=String(),
        sha256=String(),
        sent_at=Instant(),
        body=LargeBinary(),
        purge_at=Instant(),
    ),
    _keep_statement,
)
_TELL = Write(
    Batch(
        "told",
        enrolment_id=Integer(),
        intake_id=Integer(),
        employee_id=Integer(),
        trigger=String(),
        reason=String(),
        details=String(),
    ),
    tell_statement,
)
