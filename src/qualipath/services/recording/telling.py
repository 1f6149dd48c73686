"""Write the history: append-only, about an enrolment or an employee."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Insert, Integer, String, bindparam, insert

from qualipath.services.act import Act
from qualipath.services.change import Change
from qualipath.storage.batches import Batch, Values
from qualipath.storage.columns import Instant
from qualipath.storage.tables import history
from qualipath.storage.writing import Sending, Write, insert_each, send

_HISTORY = Batch(
    "told",
    enrolment_id=Integer(),
    version=Integer(),
    path_version_id=Integer(),
    trigger=String(),
    source=String(),
    target=String(),
    reason=String(),
    details=String(),
)
_ABOUT_PEOPLE = Batch(
    "told", employee_id=Integer(), trigger=String(), reason=String(), details=String()
)


def tell(act: Act, changes: Sequence[Change]) -> Iterator[Sending]:
    """Write an entry for each change of an enrolment."""
    rows = [
        (
            c.id,
            c.after.version,
            c.after.published.id,
            c.trigger,
            c.before.state,
            c.after.state,
            c.reason,
            c.details,
        )
        for c in changes
    ]
    yield _TELL.of(rows, **who_and_when(act))


def tell_of_people(
    act: Act, entries: Iterable[tuple[int, str, str | None, dict[str, object]]]
) -> None:
    """Write entries about employees: id, trigger, reason and details of each."""
    rows = [
        (employee_id, trigger, reason, json.dumps(details) if details else None)
        for employee_id, trigger, reason, details in entries
    ]
    if not rows:
        return
    send(act.connection, [_TELL_OF_PEOPLE.of(rows, **who_and_when(act))])


def who_and_when(act: Act) -> dict[str, Any]:
    """Give what every entry of an act tells: the actor, and both instants."""
    return {
        "role": str(act.actor.role),
        "actor": act.actor.id,
        "effective": act.effective_at,
        "recorded": act.recorded_at,
    }


def tell_statement(rows: Values, _dialect: str) -> Insert:
    """Insert entries of the history, by the actor and at the instants of `who_and_when`."""
    return insert_each(
        insert(history),
        rows,
        actor_role=bindparam("role", None, type_=String()),
        actor_id=bindparam("actor", None, type_=String()),
        effective_at=bindparam("effective", None, type_=Instant()),
        recorded_at=bindparam("recorded", None, type_=Instant()),
    )


_TELL = Write(_HISTORY, tell_statement)
_TELL_OF_PEOPLE = Write(_ABOUT_PEOPLE, tell_statement)
