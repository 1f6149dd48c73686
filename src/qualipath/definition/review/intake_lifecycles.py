"""What can't be meant in an intake's own lifecycle, whose triggers the programme fires."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from qualipath.definition.catalogue import Catalogue
from qualipath.definition.source import Location, Source, suggestion
from qualipath.definition.spec import (
    AVAILABLE,
    Asked,
    Effect,
    LifecycleSpec,
    Moment,
    Role,
    StateSpec,
    TransitionSpec,
)
from qualipath.errors import Problem

STATES = ("planned", "open", "closed", "allocated", "running", "finished", "cancelled")
"""Where an intake can be; the last two are closed."""

_OVER = STATES[-2:]


@dataclass(frozen=True, slots=True)
class _Known:
    """What the programme takes for granted of a trigger; without `to` it keeps the state.

    `explained` says that whoever fires it may give a reason.
    """

    sources: tuple[str, ...]
    to: str | None = None
    at: Moment | None = None
    explained: bool = False


TRIGGERS: Mapping[str, _Known] = MappingProxyType(
    {
        "plan": _Known((AVAILABLE,), "planned"),
        "open": _Known(("planned",), "open", "opens_at"),
        "close": _Known(("open",), "closed", "closes_at"),
        "flag": _Known(("closed",)),
        "allocate": _Known(("closed",), "allocated", "allocates_at"),
        "release_quotas": _Known(("allocated",), at="quotas_lapse_at"),
        "start": _Known(("allocated",), "running", "starts_at"),
        "close_list": _Known(("running",), at="list_closes_at"),
        "finish": _Known(("running",), "finished", "ends_at"),
        "resize": _Known(STATES[:5], explained=True),
        "redate": _Known(STATES[:5], explained=True),
        "cancel": _Known(STATES[:5], "cancelled", explained=True),
    }
)
"""What the programme fires, and where it leads; roles, reasons and notices are data."""


def is_of_intakes(catalogue: Catalogue, name: str) -> bool:
    """Tell whether a lifecycle is one of intakes: a path says so, or only they could use it."""
    paths = catalogue.paths.values()
    if any(path.intake_lifecycle == name for path in paths):
        return True
    tiers = (tier for path in paths for tier in path.tiers.values())
    transitions = catalogue.lifecycles[name].transitions
    return any(t.at for t in transitions) and all(tier.lifecycle != name for tier in tiers)


def intake_lifecycle_problems(lifecycle: LifecycleSpec, source: Source) -> Iterator[Problem]:
    """Find what the programme needs and the lifecycle lacks, and what means nothing in it."""
    if source.whole(("states",)):
        yield from _state_problems(lifecycle, source)
    named = {transition.trigger for transition in lifecycle.transitions}
    if source.whole(("transitions",)):
        for trigger in TRIGGERS.keys() - named:
            what = f"intakes need a trigger '{trigger}'"
            yield source.problem(("transitions",), what, "add it, as the shipped lifecycle has it")
    for index, transition in enumerate(lifecycle.transitions):
        if source.whole(("transitions", index)):
            yield from _transition_problems(transition, ("transitions", index), source)


def tier_lifecycle_problems(lifecycle: LifecycleSpec, source: Source) -> Iterator[Problem]:
    """Find what a tier's lifecycle has that only an intake's may have."""
    only = "only an intake's own lifecycle may have it"
    for index, transition in enumerate(lifecycle.transitions):
        at = ("transitions", index)
        if transition.at:
            yield source.problem(
                (*at, "at"), f"an enrolment has no instant '{transition.at}'", only
            )
        if transition.effect is Effect.AMEND:
            what = f"'{transition.trigger}' would amend an enrolment, which has nothing to amend"
            yield source.problem((*at, "effect"), what, only)
        for number, guard in enumerate(transition.guards):
            if guard == "minimum_reached":
                what = "an enrolment has no minimum to reach"
                yield source.problem((*at, "guards", number), what, only)


def _state_problems(lifecycle: LifecycleSpec, source: Source) -> Iterator[Problem]:
    for name in STATES:
        state = lifecycle.states.get(name)
        if state is None:
            what = f"intakes need a state '{name}'"
            yield source.problem(("states",), what, suggestion(name, lifecycle.states), key=True)
        elif state.open and name in _OVER:
            what = f"an intake that is '{name}' is over"
            yield source.problem(("states", name), what, "say how it is 'closed'", key=True)
        elif not state.open and name not in _OVER:
            what = f"an intake that is '{name}' is not over"
            yield source.problem(("states", name, "closed"), what, "leave 'closed' out")
    for name, state in lifecycle.states.items():
        yield from _meaningless_in_state(name, state, source)


def _meaningless_in_state(name: str, state: StateSpec, source: Source) -> Iterator[Problem]:
    for field in ("attempt", "seat", "waiting", "rejection", "awards", "running"):
        if getattr(state, field):
            yield _meaningless(field, ("states", name, field), source)
    for index, deadline in enumerate(state.deadlines):
        at = ("states", name, "deadlines", index)
        if deadline.then and state.open:
            what = "a deadline of an intake only reminds: its own instants move it"
            yield source.problem((*at, "then"), what, "leave 'then' out")
        if deadline.before_start:
            what = "an intake has no start before its own"
            yield source.problem((*at, "before_start"), what, "write 'after'")


def _transition_problems(
    transition: TransitionSpec, at: Location, source: Source
) -> Iterator[Problem]:
    for field in ("window", "paused"):
        if getattr(transition, field):
            yield _meaningless(field, (*at, field), source)
    if transition.prerequisites is not Asked.NOT:
        yield _meaningless("prerequisites", (*at, "prerequisites"), source)
    if transition.grade != "none":
        yield _meaningless("grade", (*at, "grade"), source)
    for number, guard in enumerate(transition.guards):
        if guard in {"attempts_left", "not_yet_completed"}:
            yield _meaningless(guard, (*at, "guards", number), source)
    if transition.effect not in {None, Effect.AMEND}:
        yield _meaningless(f"effect: {transition.effect}", (*at, "effect"), source)
    known = TRIGGERS.get(transition.trigger)
    if known is not None:
        yield from _known_problems(transition, known, at, source)
    elif transition.at:
        what = f"the scheduler does not know '{transition.trigger}'"
        yield source.problem((*at, "at"), what, "leave 'at' out")


def _known_problems(
    transition: TransitionSpec, known: _Known, at: Location, source: Source
) -> Iterator[Problem]:
    trigger = transition.trigger
    if known.to is None and transition.effect is not Effect.AMEND:
        yield source.problem(at, f"'{trigger}' keeps an intake's state", "write 'effect: amend'")
    elif transition.to != known.to:
        what = f"'{trigger}' leads an intake to '{known.to}'"
        yield source.problem((*at, "to"), what, f"write 'to: {known.to}'")
    for number, state in enumerate(transition.sources):
        if state not in known.sources:
            what = f"'{trigger}' does not come from '{state}'"
            right = f"an intake's comes from: {', '.join(known.sources)}"
            yield source.problem((*at, "from", number), what, right)
    if transition.at not in {None, known.at}:
        what = f"'{trigger}' is not due at '{transition.at}'"
        right = f"write 'at: {known.at}', or leave it out" if known.at else "leave 'at' out"
        yield source.problem((*at, "at"), what, right)
    if transition.reason == "required" and not known.explained:
        what = f"'{trigger}' can't be given a reason"
        yield source.problem((*at, "reason"), what, "write 'reason: optional'")
    if (transition.at or trigger == "flag") and Role.SCHEDULE not in transition.roles:
        what = f"'{trigger}' can't be fired by the scheduler"
        yield source.problem((*at, "roles"), what, "add 'schedule'", key=True)


def _meaningless(field: str, at: Location, source: Source) -> Problem:
    return source.problem(at, f"'{field}' means nothing for an intake", "leave it out")
