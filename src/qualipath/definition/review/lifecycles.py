"""What can't be meant in a lifecycle: unknown names, dead ends, triggers that never fire."""

from collections.abc import Iterator

from qualipath.definition.prerequisites import Kind
from qualipath.definition.review.deadlines import deadline_problems
from qualipath.definition.review.effects import effect_problems
from qualipath.definition.review.graph import edges_of, meant, reached
from qualipath.definition.review.intake_lifecycles import (
    intake_lifecycle_problems,
    tier_lifecycle_problems,
)
from qualipath.definition.review.sending import sending_problems
from qualipath.definition.source import Source, suggestion
from qualipath.definition.spec import AVAILABLE, GUARDS, LifecycleSpec, Outcome
from qualipath.errors import Problem

_PART = 2


def lifecycle_problems(
    lifecycle: LifecycleSpec, source: Source, *, of_intakes: bool = False
) -> Iterator[Problem]:
    """Find everything in a lifecycle that can't be meant, but for its notices' templates.

    `of_intakes` says that intakes go through it, and no attempts at a tier.
    """
    yield from _unknown_names(lifecycle, source)
    yield from _two_ways(lifecycle, source)
    if of_intakes:
        yield from intake_lifecycle_problems(lifecycle, source)
    else:
        yield from tier_lifecycle_problems(lifecycle, source)
        yield from _outcomes(lifecycle, source)
    yield from deadline_problems(lifecycle, source)
    yield from sending_problems(lifecycle, source)
    yield from effect_problems(lifecycle, source)
    if AVAILABLE in lifecycle.states or _gaps(source):
        return  # Where transitions lead can't be told.
    yield from _dead_ends(lifecycle, source)
    if any(AVAILABLE in transition.sources for transition in lifecycle.transitions):
        yield from _unreachable(lifecycle, source)
    else:
        what = f"no transition comes from '{AVAILABLE}', so no attempt can ever begin"
        right = f"let one come 'from: {AVAILABLE}'"
        yield source.problem(("transitions",), what, right)


def _unknown_names(lifecycle: LifecycleSpec, source: Source) -> Iterator[Problem]:
    states = source.names("states")
    if AVAILABLE in lifecycle.states:
        what = f"'{AVAILABLE}' is where every attempt starts, and can't be a state"
        yield source.problem(("states", AVAILABLE), what, "give the state another name", key=True)
    for index, transition in enumerate(lifecycle.transitions):
        at = ("transitions", index)
        for number, name in enumerate(transition.sources):
            if states is not None and name not in {AVAILABLE, *states}:
                right = suggestion(name, [AVAILABLE, *states])
                yield source.problem((*at, "from", number), f"there is no state '{name}'", right)
        if transition.to == AVAILABLE:
            what = f"nothing leads back to '{AVAILABLE}'"
            right = "lead to a closed state: it allows a new attempt"
            yield source.problem((*at, "to"), what, right)
        elif transition.to is not None and states is not None and transition.to not in states:
            what = f"there is no state '{transition.to}'"
            yield source.problem((*at, "to"), what, suggestion(transition.to, states))
        for number, name in enumerate(transition.guards):
            if name not in GUARDS:
                right = suggestion(name, GUARDS)
                yield source.problem((*at, "guards", number), f"there is no guard '{name}'", right)


def _gaps(source: Source) -> bool:
    """Tell whether a whole state or transition was left out, or where a transition comes from."""
    return any(len(lost) == _PART or lost[2:3] == ("from",) for lost in source.lost)


def _two_ways(lifecycle: LifecycleSpec, source: Source) -> Iterator[Problem]:
    first: dict[tuple[str, str], int] = {}
    for index, transition in enumerate(lifecycle.transitions):
        for number, state in enumerate(transition.sources):
            earlier = first.setdefault((state, transition.trigger), index)
            at = ("transitions", index, "from", number)
            if earlier != index:
                place = source.place(("transitions", earlier, "trigger"))
                what = f"'{transition.trigger}' already leads out of '{state}' at {place}"
                yield source.problem(at, what, "name the state in only one of them")
            elif state in transition.sources[:number]:
                yield source.problem(at, f"'{state}' is named twice", "name it once")


def _outcomes(lifecycle: LifecycleSpec, source: Source) -> Iterator[Problem]:
    for name, state in lifecycle.states.items():
        at = ("states", name)
        if not source.whole(at):
            continue
        if state.awards is Kind.COMPLETION and state.closed is not Outcome.COMPLETED:
            what = "only a state that is 'closed: completed' awards a completion"
            right = "write 'closed: completed', or leave 'awards' out"
            yield source.problem((*at, "awards"), what, right)
        if state.closed is Outcome.COMPLETED and state.awards is None:
            what = f"'{name}' closes as completed and awards nothing"
            yield source.problem((*at, "closed"), what, "add 'awards: completion'")
        if state.running is not None and not state.open:
            what = f"'{name}' is closed, so nothing is in progress any more"
            yield source.problem((*at, "running"), what, "leave 'running' out, or write 'awards'")


def _dead_ends(lifecycle: LifecycleSpec, source: Source) -> Iterator[Problem]:
    edges = edges_of(lifecycle)
    closed = {
        name
        for name, state in lifecycle.states.items()
        if not state.open or not source.whole(("states", name))
    }
    stuck = {n for n in lifecycle.states if not reached(edges, [n]) & closed}
    for name in stuck:
        if not edges[name]:
            what = f"'{name}' is open and has no way out"
            right = "let a transition lead out of it, or say how it is 'closed'"
            yield source.problem(("states", name), what, right, key=True)
        elif all(edges[end] for end in reached(edges, [name])):
            what = f"from '{name}' no closed state can be reached"
            right = "let a transition lead to a closed state"
            yield source.problem(("states", name), what, right, key=True)


def _unreachable(lifecycle: LifecycleSpec, source: Source) -> Iterator[Problem]:
    found = reached(edges_of(lifecycle), [AVAILABLE])
    for name in lifecycle.states:
        if name not in found:
            what = f"'{name}' can't be reached from '{AVAILABLE}'"
            right = "let a transition lead to it, or leave it out"
            yield source.problem(("states", name), what, right, key=True)
    for index, transition in enumerate(lifecycle.transitions):
        if not found & meant(transition.sources, [AVAILABLE, *lifecycle.states]):
            states = ", ".join(transition.sources)
            what = f"'{transition.trigger}' can never fire: nothing leads to {states}"
            right = "let it come from a state that is reached"
            yield source.problem(("transitions", index, "trigger"), what, right)
