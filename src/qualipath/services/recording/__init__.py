"""The only writer of state, history, credentials, deadlines and notices: one move or 100,000."""

from collections.abc import Iterable

from qualipath.services.act import Act
from qualipath.services.change import Change
from qualipath.services.recording.consequences import raise_notices, set_deadlines
from qualipath.services.recording.credentials import (
    credit,
    record_credential,
    revoke_credential,
)
from qualipath.services.recording.moves import begin, move
from qualipath.services.recording.telling import tell, tell_of_people

__all__ = ["record", "record_credential", "revoke_credential", "tell_of_people"]


def record(act: Act, changes: Iterable[Change]) -> tuple[Change, ...]:
    """Write changes, one or 100,000, and give them back with the ids of those that began.

    Each enrolment is written by compare-and-swap of its state and version, in the transaction of
    the act, together with its history, credentials, deadlines and notices.

    Raises:
        ConflictError: an enrolment has changed since it was loaded; nothing is written.
    """
    changes = tuple(changes)
    if not changes:
        return changes
    moved = [change for change in changes if change.before.id is not None]
    begun = begin(act, [change for change in changes if change.before.id is None])
    move(act, moved)
    changes = (*begun, *moved)
    tell(act, changes)
    credit(act, changes)
    set_deadlines(act, changes)
    raise_notices(act, changes)
    return changes
