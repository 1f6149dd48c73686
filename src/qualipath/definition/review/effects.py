"""What can't be meant in the transitions that keep the state: pausing, resuming, correcting."""

from collections.abc import Iterator

from qualipath.definition.review.graph import edges_of, meant, reached
from qualipath.definition.source import Location, Source
from qualipath.definition.spec import AVAILABLE, Effect, LifecycleSpec, TransitionSpec
from qualipath.errors import Problem


def effect_problems(lifecycle: LifecycleSpec, source: Source) -> Iterator[Problem]:
    """Find effects on what has not begun or is over, those that never come, and pauses for good."""
    pausable = _pausable(lifecycle)
    resumable = {
        name
        for transition in lifecycle.transitions
        if transition.effect is Effect.RESUME
        for name in meant(transition.sources, lifecycle.states)
    }
    known = source.whole(("transitions",))
    for index, transition in enumerate(lifecycle.transitions):
        at: Location = ("transitions", index)
        if transition.effect is not None and AVAILABLE in transition.sources:
            what = f"'{transition.trigger}' can't {transition.effect} what has not begun"
            yield source.problem((*at, "from"), what, f"leave '{AVAILABLE}' out")
        match transition.effect:
            case Effect.PAUSE:
                going_on = resumable if known else set(lifecycle.states)
                yield from _pause_problems(lifecycle, transition, source, at, going_on)
            case Effect.RESUME if known and not pausable & meant(
                transition.sources, lifecycle.states
            ):
                what = f"'{transition.trigger}' can never fire: nothing is paused in these states"
                right = "let a transition with 'effect: pause' come from one of them"
                yield source.problem((*at, "trigger"), what, right)
            case Effect.CORRECT if source.whole(at):
                yield from _correct_problems(transition, source, at)


def _pausable(lifecycle: LifecycleSpec) -> set[str]:
    """Tell in which states an attempt may be paused, be it that it got there while it was."""
    pauses = [t for t in lifecycle.transitions if t.effect is Effect.PAUSE]
    starts = {name for pause in pauses for name in meant(pause.sources, lifecycle.states)}
    return reached(edges_of(lifecycle, paused=True), starts)


def _pause_problems(
    lifecycle: LifecycleSpec,
    transition: TransitionSpec,
    source: Source,
    at: Location,
    going_on: set[str],
) -> Iterator[Problem]:
    edges = edges_of(lifecycle, paused=True)
    for number, name in enumerate(transition.sources):
        state = lifecycle.states.get(name)
        if state is None:
            continue
        if not state.open:
            what, right = f"'{name}' is closed and can't be paused", "leave it out"
            yield source.problem((*at, "from", number), what, right)
        elif name not in going_on and not edges[name]:
            what = f"what is paused in '{name}' can never go on"
            right = f"let a transition with 'effect: resume' come from '{name}'"
            yield source.problem((*at, "from", number), what, right)


def _correct_problems(
    transition: TransitionSpec, source: Source, at: Location
) -> Iterator[Problem]:
    if transition.grade == "none" and len(set(transition.sources)) == 1:
        what = f"'{transition.trigger}' can correct nothing: no grade, and no other state"
        right = "write 'grade: optional', or name the states that may be right instead"
        yield source.problem((*at, "trigger"), what, right)
    if transition.reason != "required":
        what = f"'{transition.trigger}' changes the past and needs a reason"
        yield source.problem((*at, "trigger"), what, "write 'reason: required'")
