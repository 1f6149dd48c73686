"""Write what HR does to notices by hand: sent once more, released, cancelled."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, false, insert, null, true, update

from qualipath.services.act import Act
from qualipath.services.recording.leases import UNLEASED
from qualipath.services.recording.telling import who_and_when
from qualipath.storage.tables import history, notice


def retry_notices(act: Act, which: ColumnElement[bool]) -> int:
    """Let notices be sent as soon as somebody does; tries and time begin anew. Gives how many."""
    return act.connection.execute(
        update(notice)
        .where(which)
        .values(
            status="pending",
            due_at=act.recorded_at,
            attempts=0,
            tried_at=null(),
            error=null(),
            **UNLEASED,
        )
    ).rowcount


def release_notices(act: Act, which: ColumnElement[bool]) -> int:
    """Let notices that are held go, past the hourly cap; gives how many there are."""
    return act.connection.execute(
        update(notice).where(which).values(status="pending", released=true(), error=null())
    ).rowcount


def cancel_notices(act: Act, rows: Sequence[Row[Any]], reason: str) -> None:
    """Cancel notices (whole rows, which the act has locked) for a reason, and tell the history."""
    act.connection.execute(
        update(notice)
        .where(notice.c.id.in_([row.id for row in rows]))
        .values(status="cancelled", error=reason, released=false(), **UNLEASED)
    )
    # What is about an organisation alone has no history: it tells of nobody.
    about = [row for row in rows if row.organisation_id is None]
    if about:
        act.connection.execute(insert(history), [_entry(act, row, reason) for row in about])


def _entry(act: Act, row: Row[Any], reason: str) -> dict[str, Any]:
    told = who_and_when(act)
    return {
        "enrolment_id": row.enrolment_id,
        "intake_id": row.intake_id,
        "employee_id": row.employee_id,
        "trigger": "cancel_notice",
        "reason": reason,
        "details": json.dumps({"notice": row.notice, "recipient": row.recipient}),
        "actor_role": told["role"],
        "actor_id": told["actor"],
        "effective_at": told["effective"],
        "recorded_at": told["recorded"],
    }
