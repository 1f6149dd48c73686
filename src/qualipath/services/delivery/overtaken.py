"""What has happened since a notice was raised that makes it pointless, whatever its state."""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache
from typing import Any, TypeAlias

from sqlalchemy import Select, and_, or_, select

from qualipath.domain.wording import Sentence, sentence
from qualipath.services.act import Act
from qualipath.services.delivery.facts.intakes import is_of_team, load_outstanding, load_teams
from qualipath.services.delivery.waiting import Subject
from qualipath.services.recording.leases import PENDING
from qualipath.storage.batches import among, ids
from qualipath.storage.tables import credential, enrolment, notice

DATES = "dates_changed"
"""The notice of which only the newest is worth sending: it tells the dates as they are then."""

RESULTS = ("results_due", "results_overdue")
"""The notices that ask for results, and so are pointless once all have come."""


_Concerns: TypeAlias = Callable[[Subject], bool]
_Find: TypeAlias = Callable[[Act, Sequence[Subject]], Collection[int]]


def overtaken(act: Act, subjects: Collection[Subject]) -> Mapping[int, Sentence]:
    """Tell which notices (by id) were overtaken, and by what.

    Each kind of notice that is there takes a statement, however many they are.
    """
    found: dict[int, Sentence] = {}
    for concerns, find, why in _KINDS:
        if wanted := [subject for subject in subjects if concerns(subject)]:
            found |= dict.fromkeys(find(act, wanted), why)
    return found


# --- Newer dates ----------------------------------------------------------------------------------


def _tells_dates(subject: Subject) -> bool:
    return subject.waiting.notice == DATES


def _superseded(act: Act, subjects: Sequence[Subject]) -> list[int]:
    """Find those for which another one waits that was raised later."""
    dialect = act.connection.dialect.name
    wanted = ids(dialect, {subject.waiting.id for subject in subjects})
    return list(act.connection.scalars(_select_superseded(dialect), wanted))


@cache
def _select_superseded(dialect: str) -> Select[Any]:
    newer = notice.alias("newer")
    same = or_(
        newer.c.enrolment_id == notice.c.enrolment_id, newer.c.intake_id == notice.c.intake_id
    )
    later = select(newer.c.id).where(
        same,
        newer.c.notice == notice.c.notice,
        newer.c.recipient == notice.c.recipient,
        newer.c.status == "pending",
        newer.c.id > notice.c.id,
    )
    return select(notice.c.id).where(among(notice.c.id, dialect), PENDING, later.exists())


# --- Credentials that were renewed ----------------------------------------------------------------


def _tells_of_credential(subject: Subject) -> bool:
    return subject.credential is not None


def _renewed(act: Act, subjects: Sequence[Subject]) -> list[int]:
    """Find those whose employee holds by now what is valid for longer."""
    dialect = act.connection.dialect.name
    wanted = {subject.credential.id for subject in subjects if subject.credential}
    replaced = set(act.connection.scalars(_select_renewed(dialect), ids(dialect, wanted)))
    return [s.waiting.id for s in subjects if s.credential and s.credential.id in replaced]


@cache
def _select_renewed(dialect: str) -> Select[Any]:
    newer = credential.alias("newer")
    longer = or_(
        newer.c.valid_until.is_(None),
        newer.c.valid_until > credential.c.valid_until,
        and_(newer.c.valid_until == credential.c.valid_until, newer.c.id > credential.c.id),
    )
    held = select(newer.c.id).where(
        newer.c.id != credential.c.id,
        newer.c.employee_id == credential.c.employee_id,
        newer.c.key == credential.c.key,
        newer.c.awarded_on.is_not(None),
        newer.c.revoked_at.is_(None),
        longer,
    )
    return select(credential.c.id).where(among(credential.c.id, dialect), held.exists())


# --- Invitations ----------------------------------------------------------------------------------


def _invites(subject: Subject) -> bool:
    waiting = subject.waiting
    invited = waiting.employee_id is not None and subject.intake is not None
    return invited and waiting.recipient == "employee"


def _applied(act: Act, subjects: Sequence[Subject]) -> list[int]:
    """Find those whose employee has applied for the tier already."""
    dialect = act.connection.dialect.name
    people = ids(dialect, {subject.waiting.employee_id or 0 for subject in subjects})
    rows = act.connection.execute(_select_applied(dialect), people)
    applied = {(row.employee_id, row.path, row.tier) for row in rows}
    return [
        s.waiting.id
        for s in subjects
        if s.intake and (s.waiting.employee_id, s.intake.path, s.intake.tier) in applied
    ]


@cache
def _select_applied(dialect: str) -> Select[Any]:
    return select(enrolment.c.employee_id, enrolment.c.path, enrolment.c.tier).where(
        among(enrolment.c.employee_id, dialect),
        enrolment.c.is_open,
        enrolment.c.applied_at.is_not(None),
    )


def _without_team(act: Act, subjects: Sequence[Subject]) -> list[int]:
    """Find those whose superior leads nobody any more who was invited."""
    teams = load_teams(act, subjects)
    leads = {key for key, people in teams.items() if people}
    told = [subject.waiting for subject in subjects]
    return [w.id for w in told if (w.employee_id or 0, w.context or "") not in leads]


# --- Results --------------------------------------------------------------------------------------


def _asks_for_results(subject: Subject) -> bool:
    return subject.waiting.notice in RESULTS and subject.waiting.intake_id is not None


def _with_all_results(act: Act, subjects: Sequence[Subject]) -> list[int]:
    """Find those of whose intake no result is outstanding any more."""
    outstanding = load_outstanding(act, {subject.waiting.intake_id or 0 for subject in subjects})
    told = [subject.waiting for subject in subjects]
    return [waiting.id for waiting in told if not outstanding.get(waiting.intake_id or 0)]


_KINDS: Sequence[tuple[_Concerns, _Find, Sentence]] = (
    (
        _tells_dates,
        _superseded,
        sentence(
            "eine neuere Nachricht nennt die neuesten Termine",
            "a newer notice tells the newest dates",
        ),
    ),
    (
        _tells_of_credential,
        _renewed,
        sentence("der Nachweis ist erneuert", "the credential has been renewed"),
    ),
    (
        _invites,
        _applied,
        sentence(
            "die eingeladene Person hat sich schon beworben",
            "the person invited has applied already",
        ),
    ),
    (
        is_of_team,
        _without_team,
        sentence(
            "von den Eingeladenen ist niemand mehr im eigenen Bereich",
            "nobody of those invited is of the own team any more",
        ),
    ),
    (
        _asks_for_results,
        _with_all_results,
        sentence("kein Ergebnis steht mehr aus", "no result is outstanding any more"),
    ),
)
