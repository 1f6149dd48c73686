"""From leased notices to drafts of mails: who gets them, and whether they are still true."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from email.utils import parseaddr
from hashlib import sha256

from qualipath.domain.wording import Sentence
from qualipath.errors import Sayable, UndeliverableError
from qualipath.notices.mail import Draft
from qualipath.services.act import Act
from qualipath.services.delivery.appointments import Invitations
from qualipath.services.delivery.bundling import A_DAY, collect, is_digest, rests, take_up
from qualipath.services.delivery.capping import hold_over_cap
from qualipath.services.delivery.facts import Facts
from qualipath.services.delivery.leasing import give_back
from qualipath.services.delivery.recipients import addressee
from qualipath.services.delivery.subjects import load_subjects
from qualipath.services.delivery.truth import NOTHING_LEFT, untrue
from qualipath.services.delivery.waiting import Addressee, Subject, Waiting
from qualipath.services.recording import digests, leases, outbox


@dataclass(frozen=True, slots=True)
class Ready:
    """One mail that can be composed and sent: whose it is, and which notices (by id) it tells.

    The first of `notice_ids` is the leased one. Its body is kept for `retention_days`.
    """

    draft: Draft
    notice_ids: tuple[int, ...]
    organisation_id: int
    retention_days: int


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is to be sent of a page of notices, and how many of them had another fate."""

    drafts: tuple[Ready, ...]
    cancelled: int = 0
    bundled: int = 0
    held: int = 0
    dead: int = 0


@dataclass(frozen=True, slots=True)
class _Letter:
    """A mail before its facts are known: what it is about, to whom it goes, and what it tells."""

    subject: Subject
    to: Addressee
    told: tuple[Subject, ...]
    message_id: str

    @property
    def subjects(self) -> tuple[Subject, ...]:
        return (self.subject, *self.told)


def prepare(act: Act, worker: str, leased: Sequence[Waiting], *, sender: str) -> Prepared:
    """Decide what becomes of leased notices, and draft the mails of those that are to be sent.

    What is not true any more is cancelled, and history says so; what is told by a digest comes
    under it; what nobody can be found for is given up, with the reason; what exceeds the cap is
    held. Prepared again, a notice keeps its Message-ID. What the worker has leased no longer is
    left alone.
    """
    subjects = load_subjects(act, leased)
    alone = [s for s in subjects.values() if not is_digest(s.waiting)]
    untrue_alone = untrue(act, alone)
    digest_of = collect(act, (s for s in alone if s.waiting.id not in untrue_alone))
    locked = leases.lock_notices(act, worker, {*subjects, *digest_of.values()})
    ours = {id_: subject for id_, subject in subjects.items() if id_ in locked}

    bundled = {i: digest for i, digest in digest_of.items() if i in ours and digest in locked}
    digests.bundle(act, list(bundled.items()))
    # Whose digest was sent just now comes under the next one.
    late = [id_ for id_ in digest_of.keys() - bundled.keys() if id_ in ours]
    give_back(act, worker, late)

    taken_up = take_up(act, [s for s in ours.values() if is_digest(s.waiting)])
    cancelled: list[tuple[Subject, Sentence]] = [
        *((ours[id_], why) for id_, why in untrue_alone.items() if id_ in ours),
        *taken_up.untrue,
        *(
            (ours[id_], NOTHING_LEFT)
            for id_, told in taken_up.told.items()
            if not told and id_ not in taken_up.put_off
        ),
    ]
    cancelled.sort(key=_in_order_of_locks)
    outbox.cancel(act, [(subject.waiting, why) for subject, why in cancelled])

    gone = {*bundled, *late, *taken_up.put_off, *(each.waiting.id for each, _ in cancelled)}
    resting = [id_ for id_, subject in ours.items() if id_ not in gone and rests(subject)]
    give_back(act, worker, resting, act.recorded_at + A_DAY)
    gone.update(resting)
    left = [subject for id_, subject in ours.items() if id_ not in gone]
    found, dead = _addressed(left)
    outbox.bury(act, list(dead.items()))
    held = hold_over_cap(act, (s for s in left if s.waiting.id in found))

    names = {s.waiting.id: message_id(s.waiting, sender) for s in left}
    _name(act, left, names, unsent={*dead, *held})
    letters = [
        _Letter(s, found[s.waiting.id], taken_up.told.get(s.waiting.id, ()), names[s.waiting.id])
        for s in left
        if s.waiting.id in found and s.waiting.id not in held
    ]
    drafts = _drafted(act, letters, sender)
    return Prepared(drafts, len(cancelled), len(bundled), len(held), len(dead))


def message_id(waiting: Waiting, sender: str) -> str:
    """Give the Message-ID of a notice, which it keeps: without angle brackets, and never another's.

    It is in the domain of the sender (`Name <address>`).
    """
    if waiting.message_id is not None:
        return waiting.message_id
    _, _, domain = parseaddr(sender)[1].rpartition("@")
    told = f"{waiting.raised_at.isoformat()}\n{waiting.notice}\n{waiting.recipient}"
    digest = sha256(told.encode()).hexdigest()[:16]
    return f"n{waiting.id}.{digest}@{domain.encode('idna').decode() or 'localhost'}"


def _in_order_of_locks(cancelled: tuple[Subject, Sentence]) -> tuple[int, int]:
    """Write history in the order in which movers lock what it is about: intakes, then people."""
    subject, _ = cancelled
    return subject.person.id if subject.person else 0, subject.attempt.id if subject.attempt else 0


def _addressed(
    subjects: Iterable[Subject],
) -> tuple[Mapping[int, Addressee], Mapping[int, Sayable]]:
    """Find who is written to, or why nobody can be."""
    found, dead = {}, {}
    for subject in subjects:
        try:
            found[subject.waiting.id] = addressee(subject)
        except UndeliverableError as error:
            dead[subject.waiting.id] = error
    return found, dead


def _name(
    act: Act, subjects: Iterable[Subject], names: Mapping[int, str], *, unsent: set[int]
) -> None:
    """Keep the new Message-IDs.

    A digest that is not sent gets one as well: it collects no longer.
    """
    new = [
        (s.waiting.id, names[s.waiting.id])
        for s in subjects
        if s.waiting.message_id is None and (is_digest(s.waiting) or s.waiting.id not in unsent)
    ]
    outbox.name_messages(act, new)


def _drafted(act: Act, letters: Sequence[_Letter], sender: str) -> tuple[Ready, ...]:
    if not letters:
        return ()
    facts = Facts.load(act, (subject for letter in letters for subject in letter.subjects))
    invitations = Invitations.load(act, (letter.subject for letter in letters))
    return tuple(
        Ready(
            draft=Draft(
                notice=letter.subject.waiting.notice,
                locale=letter.to.locale,
                gendering=letter.subject.correspondence.gendering,
                name=letter.to.name,
                address=letter.to.address,
                message_id=letter.message_id,
                dated_at=act.recorded_at,
                fields=facts.of(letter.subject, letter.to, letter.told),
                reply_to=letter.subject.correspondence.hr_address,
                appointment=invitations.of(letter.subject, letter.to, sender),
            ),
            notice_ids=tuple(subject.waiting.id for subject in letter.subjects),
            organisation_id=letter.subject.organisation_id,
            retention_days=letter.subject.correspondence.retention_days,
        )
        for letter in letters
    )
