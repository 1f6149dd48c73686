"""Whether a notice is still true when it is to be sent, and why not."""

from collections.abc import Iterable, Mapping

from qualipath.definition.spec import Effect, LifecycleSpec, NoticeSpec
from qualipath.domain.wording import Sentence, sentence
from qualipath.services.act import Act
from qualipath.services.delivery.overtaken import overtaken
from qualipath.services.delivery.waiting import Attempt, Subject


def untrue(act: Act, subjects: Iterable[Subject]) -> Mapping[int, Sentence]:
    """Tell which notices (by id) are not worth sending any more, and why."""
    known = list(subjects)
    whys = {subject.waiting.id: why for subject in known if (why := why_untrue(subject))}
    return whys | dict(overtaken(act, [each for each in known if each.waiting.id not in whys]))


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
        left = _left(own, attempt.state, subject.spec.send_while)
        return left or _of_other_pause(own, subject.spec, attempt)
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
_GOES_ON = sentence("die Pause ist zu Ende", "the pause is over")
_RESTS = sentence("die Teilnahme ruht wieder", "the enrolment is paused again")


def _of_other_pause(
    lifecycle: LifecycleSpec, spec: NoticeSpec, attempt: Attempt
) -> Sentence | None:
    """Tell why what only a pause or its end raises does not hold; None if it does."""
    told = spec.notice, spec.to
    effects = {
        transition.effect
        for transition in lifecycle.transitions
        if any((each.notice, each.to) == told for each in transition.notices)
    }
    if effects not in ({Effect.PAUSE}, {Effect.RESUME}):
        return None
    if not attempt.is_open:
        return _CLOSED
    paused = attempt.paused_at is not None
    if paused == (effects == {Effect.PAUSE}):
        return None
    return _RESTS if paused else _GOES_ON


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
