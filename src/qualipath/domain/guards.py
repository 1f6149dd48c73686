"""What a transition asks before it fires, and how each refusal is told."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from qualipath.definition.spec import (
    AVAILABLE,
    Asked,
    Effect,
    LifecycleSpec,
    Outcome,
    Role,
    ScaleSpec,
    StateSpec,
    TierSpec,
    TransitionSpec,
)
from qualipath.definition.values import Text
from qualipath.domain.eligibility import Verdict, missing
from qualipath.domain.phrases import decimal
from qualipath.domain.wording import Refusal, Sentence, sentence

ROLES: Mapping[Role, Text] = {
    Role.HR: Text(de="Personalstelle", en="HR"),
    Role.SUPERVISOR: Text(de="Führungskraft", en="supervisor"),
    Role.EMPLOYEE: Text(de="beschäftigte Person selbst", en="the employee"),
    Role.PROVIDER: Text(de="Bildungsträger", en="provider"),
    Role.SCHEDULE: Text(de="Zeitplan", en="schedule"),
}
AVAILABLE_TITLE = Text(de="verfügbar", en="available")


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything that guards may ask about one attempt to fire a trigger.

    `attempts` counts the earlier attempts that counted; `completed` says whether a valid completion
    or recognition of the tier is held. `verdict` judges the prerequisites, as strictly as asked.
    `reason`, `grade` (in hundredths, on `scale`) and `to` come with the command; `to`, the state
    that is right, only with a correction: without it a correction keeps the state. `undersized`
    says of an intake that fewer applied than it needs.
    """

    role: Role
    tier: TierSpec
    scale: ScaleSpec
    verdict: Callable[[Asked], Verdict]
    attempts: int = 0
    completed: bool = False
    paused: bool = False
    reason: str | None = None
    grade: int | None = None
    to: str | None = None
    undersized: bool = False


Guard = Callable[[Situation], tuple[Refusal, ...]]
"""Gives every reason why the situation does not allow a transition; none if it does."""


@dataclass(frozen=True, slots=True)
class Guards:
    """What one transition asks: its `rules` first, then its `inputs`, the values given with it.

    `ordinary` are those of both that may refuse an ordinary situation: one whose role may fire the
    trigger, which is not paused, and with which neither a grade nor a corrected state comes.
    """

    rules: tuple[Guard, ...]
    inputs: tuple[Guard, ...]
    ordinary: tuple[Guard, ...]

    def refusals(self, situation: Situation) -> tuple[Refusal, ...]:
        """Collect every reason against the situation."""
        return collect((*self.rules, *self.inputs), situation)


def collect(guards: Iterable[Guard], situation: Situation) -> tuple[Refusal, ...]:
    """Collect every reason that any of the guards has against the situation."""
    refusals: tuple[Refusal, ...] = ()
    for guard in guards:
        refusals += guard(situation)
    return refusals


def guards_of(transition: TransitionSpec, lifecycle: LifecycleSpec, source: str | None) -> Guards:
    """Make the guards of a transition from one of its sources; None leaves the source open.

    Raises `KeyError` if the transition names a guard that does not exist.
    """
    named = tuple(NAMED[name] for name in transition.guards)
    asked = () if transition.prerequisites is Asked.NOT else (prerequisites_guard(transition),)
    reason = (_reason_guard(transition),) if transition.reason == "required" else ()
    grade = _grade_guard(transition, lifecycle, source)
    return Guards(
        rules=(
            role_guard(transition.trigger, transition.roles),
            *_paused_guards(transition),
            *asked,
            *named,
        ),
        inputs=(*reason, grade, _correction_guard(transition, lifecycle)),
        ordinary=(
            *(_paused_guards(transition) if transition.effect is Effect.RESUME else ()),
            *asked,
            *named,
            *reason,
            *((grade,) if transition.grade == "required" else ()),
        ),
    )


def titles(lifecycle: LifecycleSpec, states: Iterable[str]) -> tuple[Text, ...]:
    """Give the titles of states, `available` included."""
    known = lifecycle.states
    return tuple(AVAILABLE_TITLE if s == AVAILABLE else known[s].title for s in states)


def _refuse(code: str, de: str, en: str, **values: object) -> tuple[Refusal, ...]:
    return (Refusal(code, sentence(de, en, **values)),)


def unknown_trigger(trigger: str, known: Collection[str]) -> tuple[Refusal, ...]:
    """Refuse a trigger that the lifecycle does not have, naming the nearest one that it has."""
    return _refuse(
        "trigger",
        "es gibt keinen Auslöser „{trigger}“; möglich: {known}",
        "there is no trigger '{trigger}'; possible: {known}",
        trigger=trigger,
        known=tuple(get_close_matches(trigger, known, n=1)) or tuple(known),
    )


def wrong_state(
    trigger: str, state: str, sources: Iterable[str], lifecycle: LifecycleSpec
) -> tuple[Refusal, ...]:
    """Refuse a trigger in a state from which it does not lead, naming those from which it does."""
    return _refuse(
        "state",
        "„{trigger}“ geht nicht im Zustand „{state}“; möglich in: {sources}",
        "'{trigger}' is not possible in the state '{state}'; possible in: {sources}",
        trigger=trigger,
        state=titles(lifecycle, [state])[0],
        sources=titles(lifecycle, sources),
    )


def role_guard(trigger: str, roles: Collection[Role]) -> Guard:
    """Let only these roles fire the trigger."""
    allowed = tuple(roles)

    def guard(situation: Situation) -> tuple[Refusal, ...]:
        if situation.role in allowed:
            return ()
        return _refuse(
            "role",
            "„{trigger}“ darf hier nicht auslösen: {role}; das dürfen: {roles}",
            "'{trigger}' may not be fired by: {role}; it may be by: {roles}",
            trigger=trigger,
            role=ROLES[situation.role],
            roles=tuple(ROLES[role] for role in allowed),
        )

    return guard


def prerequisites_guard(transition: TransitionSpec) -> Guard:
    """Ask for the tier's prerequisites, as strictly as the transition does."""
    asked = transition.prerequisites

    def guard(situation: Situation) -> tuple[Refusal, ...]:
        verdict = situation.verdict(asked)
        if verdict.met:
            return ()
        lacking: tuple[Sentence, ...] = missing(verdict) or (verdict.sentence,)
        return tuple(Refusal("prerequisites", lack) for lack in lacking)

    return guard


def attempts_left(situation: Situation) -> tuple[Refusal, ...]:
    """Ask that fewer attempts were used than the tier allows."""
    allowed = situation.tier.max_attempts
    if allowed is None or situation.attempts < allowed:
        return ()
    return _refuse(
        "attempts",
        "kein Versuch mehr frei: {used} von {allowed} verbraucht",
        "no attempt is left: {used} of {allowed} used",
        used=situation.attempts,
        allowed=allowed,
    )


def not_yet_completed(situation: Situation) -> tuple[Refusal, ...]:
    """Ask that no valid completion or recognition of the tier is held."""
    if not situation.completed:
        return ()
    return _refuse(
        "completed",
        "„{tier}“ ist schon abgeschlossen oder anerkannt; ein neuer Versuch geht erst, "
        "wenn das nicht mehr gilt",
        "'{tier}' is completed or recognised already; a new attempt is possible only "
        "once that is no longer valid",
        tier=situation.tier.title,
    )


def minimum_reached(situation: Situation) -> tuple[Refusal, ...]:
    """Ask that enough people applied; whether to go on without them is HR's decision."""
    if not situation.undersized or situation.role is Role.HR:
        return ()
    return _refuse(
        "minimum",
        "die Mindestzahl ist nicht erreicht; ob der Durchgang stattfindet, entscheidet die "
        "Personalstelle",
        "the minimum is not reached; HR decides whether the intake takes place",
    )


NAMED: Mapping[str, Guard] = {
    "attempts_left": attempts_left,
    "minimum_reached": minimum_reached,
    "not_yet_completed": not_yet_completed,
}
"""The guards that a transition may name."""


def _paused_guards(transition: TransitionSpec) -> tuple[Guard, ...]:
    match transition.effect:
        case Effect.PAUSE:
            return (_not_paused_again,)
        case Effect.RESUME:
            return (_paused_before,)
    return () if transition.paused else (_not_paused,)


def _not_paused(situation: Situation) -> tuple[Refusal, ...]:
    if not situation.paused:
        return ()
    return _refuse(
        "paused",
        "die Teilnahme ist unterbrochen und muss zuerst fortgesetzt werden",
        "the enrolment is paused and must be resumed first",
    )


def _not_paused_again(situation: Situation) -> tuple[Refusal, ...]:
    if not situation.paused:
        return ()
    return _refuse(
        "paused",
        "die Teilnahme ist schon unterbrochen; sie kann nur fortgesetzt werden",
        "the enrolment is paused already; it can only be resumed",
    )


def _paused_before(situation: Situation) -> tuple[Refusal, ...]:
    if situation.paused:
        return ()
    return _refuse(
        "paused",
        "die Teilnahme ist nicht unterbrochen; fortsetzen lässt sich nur eine unterbrochene",
        "the enrolment is not paused; only a paused one can be resumed",
    )


def _reason_guard(transition: TransitionSpec) -> Guard:
    def guard(situation: Situation) -> tuple[Refusal, ...]:
        if situation.reason and not situation.reason.isspace():
            return ()
        return _refuse(
            "reason",
            "„{trigger}“ braucht eine Begründung",
            "'{trigger}' needs a reason",
            trigger=transition.trigger,
        )

    return guard


def _grade_guard(transition: TransitionSpec, lifecycle: LifecycleSpec, source: str | None) -> Guard:
    def target(situation: Situation) -> StateSpec | None:
        return lifecycle.states.get(transition.to or situation.to or source or "")

    def asks_for_one(situation: Situation) -> bool:
        if transition.grade != "optional" or source is None or situation.to in (None, source):
            return transition.grade == "required"
        # What is corrected to another result needs the grade that every other way there does.
        ways = {other.grade for other in lifecycle.transitions if other.to == situation.to}
        return ways == {"required"}

    def guard(situation: Situation) -> tuple[Refusal, ...]:
        grade, scale = situation.grade, situation.scale
        if grade is None:
            return _without_grade(transition, scale) if asks_for_one(situation) else ()
        if transition.grade == "none":
            return _refuse(
                "grade",
                "„{trigger}“ nimmt keine Note; bitte weglassen",
                "'{trigger}' takes no grade; leave it out",
                trigger=transition.trigger,
            )
        if not scale.holds(grade):
            return _refuse(
                "grade",
                "die Note {grade} liegt nicht auf der Skala „{scale}“: {best} bis {worst}",
                "the grade {grade} is not on the scale '{scale}': {best} to {worst}",
                **_graded(scale, grade),
            )
        state = target(situation)
        if state is None or state.closed is not Outcome.COMPLETED:
            return ()
        if scale.reaches(grade, scale.passing):
            return ()
        return _refuse(
            "grade",
            "mit der Note {grade} ist nicht bestanden; „{state}“ verlangt mindestens {passing}",
            "the grade {grade} is a fail; '{state}' asks for at least {passing}",
            state=state.title,
            **_graded(scale, grade),
        )

    return guard


def _without_grade(transition: TransitionSpec, scale: ScaleSpec) -> tuple[Refusal, ...]:
    return _refuse(
        "grade",
        "„{trigger}“ braucht eine Note auf der Skala „{scale}“: {best} bis {worst}",
        "'{trigger}' needs a grade on the scale '{scale}': {best} to {worst}",
        trigger=transition.trigger,
        **_graded(scale, scale.passing),
    )


def _graded(scale: ScaleSpec, grade: int) -> dict[str, Text | Sentence]:
    numbers = {"grade": grade, "best": scale.best, "worst": scale.worst, "passing": scale.passing}
    return {"scale": scale.title, **{name: decimal(number) for name, number in numbers.items()}}


def _correction_guard(transition: TransitionSpec, lifecycle: LifecycleSpec) -> Guard:
    def guard(situation: Situation) -> tuple[Refusal, ...]:
        if situation.to is None:
            return ()
        if transition.effect is not Effect.CORRECT:
            return _refuse(
                "correction",
                "„{trigger}“ nimmt keinen Zielzustand; nur eine Korrektur nennt einen",
                "'{trigger}' takes no target state; only a correction names one",
                trigger=transition.trigger,
            )
        if situation.to in transition.sources:
            return ()
        return _refuse(
            "correction",
            "zu „{to}“ kann nicht korrigiert werden; möglich: {names} ({states})",
            "it can't be corrected to '{to}'; possible: {names} ({states})",
            to=situation.to,
            names=transition.sources,
            states=titles(lifecycle, transition.sources),
        )

    return guard
