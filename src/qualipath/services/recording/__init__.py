"""The only writer of state, history, credentials, deadlines, notices: one move or 100,000."""

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy.exc import IntegrityError

from qualipath.errors import ConflictError
from qualipath.services.act import Act
from qualipath.services.change import Change
from qualipath.services.recording.consequences import (
    raise_about,
    raise_notices,
    set_deadlines,
)
from qualipath.services.recording.credentials import (
    credit,
    record_credential,
    revoke_credential,
)
from qualipath.services.recording.intakes import record_intakes
from qualipath.services.recording.moves import begin, move
from qualipath.services.recording.ranking import rank
from qualipath.services.recording.realigning import realign
from qualipath.services.recording.telling import tell, tell_of_people
from qualipath.storage.failures import is_duplicate
from qualipath.storage.writing import Sending, send

__all__ = [
    "raise_about",
    "rank",
    "realign",
    "record",
    "record_credential",
    "record_intakes",
    "revoke_credential",
    "tell_of_people",
]


def record(act: Act, changes: Iterable[Change]) -> tuple[Change, ...]:
    """Write changes, one or 100,000, and give them in their order, with the ids of new ones.

    Each enrolment is written by compare-and-swap of its state and version, in the transaction of
    the act, together with its history, credentials, deadlines and notices.

    Raises:
        ConflictError: an enrolment has changed since it was loaded; nothing is written.
    """
    changes = tuple(changes)
    if not changes:
        return changes
    moved = [change for change in changes if change.before.id is not None]
    try:
        begun = iter(begin(act, [change for change in changes if change.before.id is None]))
        changes = tuple(next(begun) if c.before.id is None else c for c in changes)
        moves = tuple(move(moved))
        written = send(act.connection, [*moves, *_consequences(act, changes)])
    except IntegrityError as error:
        if not is_duplicate(error):
            raise
        raise _overtaken(moved) from error
    if sum(written[: len(moves)]) != len(moved):
        raise _overtaken(moved)
    return changes


def _consequences(act: Act, changes: Sequence[Change]) -> Iterator[Sending]:
    yield from tell(act, changes)
    yield from credit(act, changes)
    yield from set_deadlines(act, changes)
    yield from raise_notices(act, changes)


def _overtaken(moved: Sequence[Change]) -> ConflictError:
    which = f"enrolment {moved[0].id}" if len(moved) == 1 else "one of the enrolments"
    return ConflictError(
        f"{which} was changed by somebody else in the meantime; nothing was written"
    )
