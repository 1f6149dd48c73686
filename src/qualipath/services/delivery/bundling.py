"""Digests: which notices go into which, and what is left of one when it is sent."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

from sqlalchemy import select

from qualipath.domain.wording import Sentence
from qualipath.services.act import Act
from qualipath.services.correspondence import correspondence_of
from qualipath.services.delivery.leasing import waiting_of
from qualipath.services.delivery.subjects import load_subjects
from qualipath.services.delivery.truth import untrue
from qualipath.services.delivery.waiting import Person, Subject, Waiting
from qualipath.services.recording import digests as recording
from qualipath.services.recording.leases import COLLECTING, DIGEST
from qualipath.storage.batches import among, ids
from qualipath.storage.tables import notice

Key: TypeAlias = tuple[int, str]
"""Whose digest (an employee's id), and its name."""


A_DAY = timedelta(days=1)
"""After which what rests is looked at again, where no digest comes."""


@dataclass(frozen=True, slots=True)
class TakenUp:
    """What digests tell (by their ids), and which notices under them are not true any more.

    Those digests (by id) are `put_off` under which everything rests.
    """

    told: Mapping[int, tuple[Subject, ...]]
    untrue: tuple[tuple[Subject, Sentence], ...]
    put_off: frozenset[int] = frozenset()


def is_digest(waiting: Waiting) -> bool:
    """Tell whether a notice tells others."""
    return waiting.recipient == DIGEST


def collect(act: Act, subjects: Iterable[Subject]) -> dict[int, int]:
    """Find the digests under which notices come, begin those that miss, and give ids for ids.

    What goes out by itself is missing from the answer; so is what comes under a digest that is
    being sent in this moment.
    """
    superiors = [
        (s, key, who) for s in subjects if (key := _digest_of(s)) and (who := _superior(s))
    ]
    if not superiors:
        return {}
    # A superior may lead people of several organisations, and yet gets one digest.
    holds = correspondence_of(act, {who.organisation_id for _, _, who in superiors})
    joining = {
        subject.waiting.id: (key, theirs.next_digest(act.recorded_at, ZoneInfo(subject.timezone)))
        for subject, key, who in superiors
        if (theirs := holds[who.organisation_id]).rhythm != "at_once"
    }
    if not joining:
        return {}
    wanted = {key for key, _ in joining.values()}
    found = _collecting(act, wanted)
    if missing := wanted - found.keys():
        dues = {key: due_at for key, due_at in joining.values() if key in missing}
        recording.begin_digests(act, [(*key, due_at) for key, due_at in dues.items()])
        found = _collecting(act, wanted)
    return {id_: found[key] for id_, (key, _) in joining.items() if key in found}


def take_up(act: Act, digests: Sequence[Subject]) -> TakenUp:
    """Look again at what comes under digests, which the act has locked.

    What a digest does not tell leaves it, to come under another one. A digest under which
    everything rests waits for the next time.
    """
    if not digests:
        return TakenUp({}, ())
    owners = {digest.waiting.id: digest for digest in digests}
    rows = recording.lock_bundled(act, owners)
    subjects = load_subjects(act, [waiting_of(row) for row in rows]) if rows else {}
    whys = untrue(act, subjects.values())
    under: dict[int, list[Subject]] = {id_: [] for id_ in owners}
    for row in rows:
        if row.id not in whys:
            under[row.bundle_id].append(subjects[row.id])
    told = {id_: tuple(s for s in some if tells(owners[id_], s)) for id_, some in under.items()}
    put_off = {id_ for id_, some in under.items() if not told[id_] and any(map(rests, some))}
    recording.move_digests(act, [(id_, _put_off_to(act, owners[id_])) for id_ in sorted(put_off)])
    staying = {s.waiting.id for id_, some in told.items() for s in some}
    staying |= {s.waiting.id for id_ in put_off for s in under[id_] if rests(s)}
    recording.unbundle(act, subjects.keys() - whys.keys() - staying)
    untrue_ = tuple((subjects[id_], why) for id_, why in whys.items())
    return TakenUp(told, untrue_, frozenset(put_off))


def tells(digest: Subject, subject: Subject) -> bool:
    """Tell whether a notice is for whoever gets a digest, and can be acted on now."""
    superior = _superior(subject)
    if superior is None or superior.id != digest.waiting.employee_id:
        return False
    return not rests(subject) and not _is_the_stand_in(subject, digest)


def rests(subject: Subject) -> bool:
    """Tell whether a notice asks for a decision that nobody can make: the enrolment is paused."""
    asks = subject.spec is not None and subject.spec.digest is not None
    return asks and subject.attempt is not None and subject.attempt.paused_at is not None


def _put_off_to(act: Act, digest: Subject) -> datetime:
    if digest.correspondence.rhythm == "at_once":
        return act.recorded_at + A_DAY
    return digest.correspondence.next_digest(act.recorded_at, ZoneInfo(digest.timezone))


def _is_the_stand_in(subject: Subject, about: Subject) -> bool:
    """Tell whether the employee gets what is for the superior: nobody decides for themself."""
    superior, deputy = about.superior, about.deputy
    if superior is None or deputy is None or subject.person is None:
        return False
    return deputy.id == subject.person.id and superior.absent(about.today)


def _digest_of(subject: Subject) -> Key | None:
    """Tell whose digest a notice may come under; None if it goes out by itself."""
    waiting, spec = subject.waiting, subject.spec
    # What has a Message-ID was on its way by itself already.
    if spec is None or spec.digest is None or waiting.message_id is not None:
        return None
    superior = _superior(subject)
    if superior is None or _is_the_stand_in(subject, subject):
        return None
    return superior.id, spec.digest


def _superior(subject: Subject) -> Person | None:
    """Give the superior whom a notice goes to, if it does: nobody is told of themself as one."""
    match subject.waiting.recipient:
        case "supervisor":
            return subject.superior
        case "deputy" if subject.deputy != subject.person:
            return subject.deputy
    return None


def _collecting(act: Act, keys: Collection[Key]) -> dict[Key, int]:
    dialect = act.connection.dialect.name
    collecting = select(notice.c.id, notice.c.employee_id, notice.c.notice).where(
        among(notice.c.employee_id, dialect), COLLECTING
    )
    rows = act.connection.execute(collecting, ids(dialect, {id_ for id_, _ in keys}))
    found = {(row.employee_id, row.notice): row.id for row in rows}
    return {key: found[key] for key in keys if key in found}
