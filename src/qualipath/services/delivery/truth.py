"""Whether a notice is still true when it is to be sent, and why not."""

from collections.abc import Iterable, Mapping

from sqlalchemy import select

from qualipath.definition.spec import LifecycleSpec
from qualipath.domain.wording import Sentence, sentence
from qualipath.services.act import Act
from qualipath.services.delivery.waiting import Subject
from qualipath.services.recording.leases import PENDING
from qualipath.storage.batches import among, ids
from qualipath.storage.tables import notice

DATES = "dates_changed"
"""The notice of which only the newest is worth sending: it tells the dates as they are then."""


def untrue(act: Act, subjects: Iterable[Subject]) -> Mapping[int, Sentence]:
    """Tell which notices (by id) are not worth sending any more, and why; one statement at most."""
    known = {subject.waiting.id: subject for subject in subjects}
    whys = {id_: why for id_, subject in known.items() if (why := why_untrue(subject))}
    dates = [
        id_
        for id_, subject in known.items()
        if subject.waiting.notice == DATES and subject.attempt is not None and id_ not in whys
    ]
    if not dates:
        return whys
    return whys | dict.fromkeys(_superseded(act, dates), _SUPERSEDED)


def why_untrue(subject: Subject) -> Sentence | None:
    """Tell why a notice does not hold any more; None if it does.

    What an enrolment's own lifecycle raised asks for the enrolment's state, what an intake's raised
    for the intake's; a closed enrolment is told nothing about its intake.
    """
    if subject.credential is not None and subject.credential.revoked:
        return _REVOKED
    if subject.spec is None or subject.published is None:
        return None
    definition, attempt = subject.published.definition, subject.attempt
    if attempt is not None and not subject.by_intake:
        own = definition.lifecycle_of(attempt.tier)
        return _left(own, attempt.state, subject.spec.send_while)
    if attempt is not None and not attempt.is_open:
        return _CLOSED
    lifecycle = definition.path.intake_lifecycle
    if subject.intake is None or lifecycle is None:
        return None
    of_intakes = definition.lifecycles[lifecycle]
    return _left(of_intakes, subject.intake.state, subject.spec.send_while)


NOTHING_LEFT = sentence(
    "nichts von dem, was sie nennen sollte, gilt noch",
    "nothing of what it should tell holds any more",
)

_CLOSED = sentence("der Antrag ist abgeschlossen", "the enrolment is closed")
_REVOKED = sentence("der Nachweis ist widerrufen", "the credential is revoked")
_SUPERSEDED = sentence(
    "eine neuere Nachricht nennt die neuesten Termine", "a newer notice tells the newest dates"
)


def _left(lifecycle: LifecycleSpec, state: str, wanted: tuple[str, ...]) -> Sentence | None:
    if not wanted or state in wanted:
        return None
    return sentence(
        "der Stand ist „{state}“, und sie gilt nur in: {wanted}",
        "the state is '{state}', and it holds only in: {wanted}",
        state=_title(lifecycle, state),
        wanted=tuple(_title(lifecycle, each) for each in wanted),
    )


def _title(lifecycle: LifecycleSpec, state: str) -> object:
    return lifecycle.states[state].title if state in lifecycle.states else state


def _superseded(act: Act, wanted: Iterable[int]) -> frozenset[int]:
    """Find those for which another one waits that was raised later."""
    dialect = act.connection.dialect.name
    newer = notice.alias("newer")
    later = (
        select(newer.c.id)
        .where(
            newer.c.enrolment_id == notice.c.enrolment_id,
            newer.c.notice == notice.c.notice,
            newer.c.recipient == notice.c.recipient,
            newer.c.status == "pending",
            newer.c.id > notice.c.id,
        )
        .exists()
    )
    found = select(notice.c.id).where(among(notice.c.id, dialect), PENDING, later)
    return frozenset(act.connection.scalars(found, ids(dialect, wanted)))
