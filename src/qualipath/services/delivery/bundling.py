"""Digests: which notices go into which, and what is left of one when it is sent."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from zoneinfo import ZoneInfo

from sqlalchemy import select

from qualipath.domain.wording import Sentence
from qualipath.services.act import Act
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


@dataclass(frozen=True, slots=True)
class TakenUp:
    """What digests tell (by their ids), and which notices under them are not true any more."""

    told: Mapping[int, tuple[Subject, ...]]
    untrue: tuple[tuple[Subject, Sentence], ...]


def is_digest(waiting: Waiting) -> bool:
    """Tell whether a notice tells others."""
    return waiting.recipient == DIGEST


def collect(act: Act, subjects: Iterable[Subject]) -> dict[int, int]:
    """Find the digests under which notices come, begin those that miss, and give ids for ids.

    What goes out by itself is missing from the answer; so is what comes under a digest that is
    being sent in this moment.
    """
    joining = {s.waiting.id: (key, _due_at(act, s)) for s in subjects if (key := _digest_of(s))}
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

    What has got another superior since leaves the digest, to come under theirs.
    """
    if not digests:
        return TakenUp({}, ())
    owners = {digest.waiting.id: digest.waiting.employee_id for digest in digests}
    rows = recording.lock_bundled(act, owners)
    under = {row.id: row.bundle_id for row in rows}
    subjects = load_subjects(act, [waiting_of(row) for row in rows]) if rows else {}
    whys = untrue(act, subjects.values())
    told: dict[int, list[Subject]] = {id_: [] for id_ in owners}
    moved: list[int] = []
    for id_, digest_id in under.items():
        superior = _superior(subjects[id_])
        if id_ in whys:
            continue
        if superior is None or superior.id != owners[digest_id]:
            moved.append(id_)
        else:
            told[digest_id].append(subjects[id_])
    recording.unbundle(act, moved)
    return TakenUp(
        {id_: tuple(some) for id_, some in told.items()},
        tuple((subjects[id_], why) for id_, why in whys.items()),
    )


def _digest_of(subject: Subject) -> Key | None:
    """Tell whose digest a notice comes under; None if it goes out by itself."""
    waiting, spec = subject.waiting, subject.spec
    # What has a Message-ID was on its way by itself already.
    if spec is None or spec.digest is None or waiting.message_id is not None:
        return None
    superior = _superior(subject)
    if superior is None or subject.correspondence.rhythm == "at_once":
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


def _due_at(act: Act, subject: Subject) -> datetime:
    return subject.correspondence.next_digest(act.recorded_at, ZoneInfo(subject.timezone))


def _collecting(act: Act, keys: Collection[Key]) -> dict[Key, int]:
    dialect = act.connection.dialect.name
    collecting = select(notice.c.id, notice.c.employee_id, notice.c.notice).where(
        among(notice.c.employee_id, dialect), COLLECTING
    )
    rows = act.connection.execute(collecting, ids(dialect, {id_ for id_, _ in keys}))
    found = {(row.employee_id, row.notice): row.id for row in rows}
    return {key: found[key] for key in keys if key in found}
