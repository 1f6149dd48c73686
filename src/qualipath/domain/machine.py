"""The state machine of a lifecycle: which trigger leads from where to where, and what it asks.

`fire` goes through a `transitions.Machine`; `decide` reads a table compiled from that machine and
gives the same answers, for bulk. Firing has no side effects: it yields a `Move`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, cast

from transitions import EventData, Machine, MachineError, Transition

from qualipath.definition.spec import (
    AVAILABLE,
    Effect,
    LifecycleSpec,
    Role,
    StateSpec,
    TransitionSpec,
)
from qualipath.domain.guards import (
    NAMED,
    Guard,
    Guards,
    Situation,
    collect,
    guards_of,
    role_guard,
    unknown_trigger,
    wrong_state,
)
from qualipath.domain.wording import Refusal
from qualipath.errors import RefusedError


@dataclass(frozen=True, slots=True)
class Move:
    """What firing decided: the trigger, from where to where, and the state that is reached.

    Where an `effect` keeps the state, `source` and `target` are the same, but for a correction that
    names the state that is right.
    """

    trigger: str
    source: str
    target: str
    effect: Effect | None
    transition: TransitionSpec
    state: StateSpec


@dataclass(frozen=True, slots=True)
class Arc:
    """One way out of a state: what it asks, and the moves that it can yield.

    `move` is the usual one; `corrections` are those to another state, by that state's name.
    `roles` and `ordinary` (see `Guards`) are what bulk looks at first.
    """

    move: Move
    corrections: Mapping[str, Move]
    guards: Guards
    roles: tuple[Role, ...]
    ordinary: tuple[Guard, ...]

    def moved(self, situation: Situation) -> Move:
        """Give the move that a situation without refusals leads to."""
        return self.move if situation.to is None else self.corrections[situation.to]


@dataclass(frozen=True, slots=True)
class Choice:
    """One trigger as seen from a state: where it would lead, what it needs, what is against it.

    `target` is None where the trigger keeps the state or does not lead out of this one.
    """

    trigger: str
    source: str
    target: str | None
    needs_reason: bool
    needs_grade: bool
    refusals: tuple[Refusal, ...]

    @property
    def allowed(self) -> bool:
        """Whether the trigger may fire, once it gets what it needs."""
        return not self.refusals


class _Attempt:
    """One throw-away try: the model that the machine moves."""

    # The leading underscore keeps clear of triggers, whose names may not equal this attribute's.
    __slots__ = ("_at", "move", "refusals", "situation")

    def __init__(self, state: str, situation: Situation) -> None:
        self._at = state
        self.situation = situation
        self.refusals: tuple[Refusal, ...] = ()
        self.move: Move | None = None


class _ArcTransition(Transition):
    """A transition that collects the refusals of all its guards, not only the first.

    Firing has no side effects, so there are no callbacks and none are run.
    """

    def __init__(self, source: str, dest: str | None, *callbacks: Any, arc: Arc) -> None:
        super().__init__(source, cast("str", dest), *callbacks)
        self.arc = arc

    def execute(self, event_data: EventData) -> bool:
        attempt = cast("_Attempt", event_data.model)
        attempt.refusals = self.arc.guards.refusals(attempt.situation)
        if attempt.refusals:
            return False
        attempt.move = self.arc.moved(attempt.situation)
        event_data.machine.set_state(attempt.move.target, attempt)
        return True


class _ArcMachine(Machine):
    transition_cls = _ArcTransition


class LifecycleMachine:
    """The machine of one lifecycle: built once, unchanging, shared by all threads."""

    def __init__(self, lifecycle: LifecycleSpec) -> None:
        """Build the machine; raises `ValueError` naming everything in it that can't be meant."""
        if wrong := list(_mistakes(lifecycle)):
            raise ValueError(f"lifecycle {lifecycle.lifecycle!r}: {'; '.join(wrong)}")
        self.lifecycle = lifecycle
        self._machine = _ArcMachine(
            model=None,
            states=[AVAILABLE, *lifecycle.states],
            initial=AVAILABLE,
            auto_transitions=False,
            send_event=True,
            queued=False,
            model_attribute="_at",
        )
        for transition in lifecycle.transitions:
            for source in dict.fromkeys(transition.sources):
                arc = _arc(transition, lifecycle, source)
                self._machine.add_transition(transition.trigger, source, transition.to, arc=arc)
        self._arcs = dict(self._compiled())
        self.table: Mapping[tuple[str, str], Arc] = MappingProxyType(self._arcs)
        self._elsewhere = {
            trigger: _Elsewhere.of(trigger, lifecycle) for trigger in self._machine.events
        }

    @property
    def triggers(self) -> tuple[str, ...]:
        """Every trigger, in the order of the definition."""
        return tuple(self._elsewhere)

    def fire(self, state: str, trigger: str, situation: Situation) -> Move:
        """Decide what the trigger does in this state, as the state machine says.

        Raises `RefusedError` with every reason against it, and `ValueError` for a state that the
        lifecycle does not have.
        """
        self._check(state)
        event = self._machine.events.get(trigger)
        if event is None:
            raise RefusedError(unknown_trigger(trigger, self.triggers))
        attempt = _Attempt(state, situation)
        try:
            event.trigger(attempt)
        except MachineError:
            raise RefusedError(self._elsewhere[trigger].refusals(state, situation)) from None
        if attempt.move is None:
            raise RefusedError(attempt.refusals)
        return attempt.move

    def decide(self, state: str, trigger: str, situation: Situation) -> Move | tuple[Refusal, ...]:
        """Decide like `fire`, from the compiled table: the move, or every reason against it."""
        try:
            arc = self._arcs[state, trigger]
        except KeyError:
            return self._refused(state, trigger, situation)
        if (
            situation.role in arc.roles
            and not situation.paused
            and situation.grade is None
            and situation.to is None
        ):
            for guard in arc.ordinary:
                if guard(situation):
                    return arc.guards.refusals(situation)
            return arc.move
        return arc.guards.refusals(situation) or arc.moved(situation)

    def refusals(self, state: str, trigger: str, situation: Situation) -> tuple[Refusal, ...]:
        """Give every reason against the trigger, before it has got a reason or a grade."""
        arc = self.table.get((state, trigger))
        if arc is None:
            return self._refused(state, trigger, situation, inputs=False)
        return collect(arc.guards.rules, situation)

    def allowed(self, state: str, situation: Situation) -> tuple[Choice, ...]:
        """Look at every trigger of the lifecycle from this state, refused ones too."""
        return tuple(self._choice(state, trigger, situation) for trigger in self.triggers)

    def _choice(self, state: str, trigger: str, situation: Situation) -> Choice:
        arc = self.table.get((state, trigger))
        transition = arc.move.transition if arc else self._elsewhere[trigger].first
        return Choice(
            trigger=trigger,
            source=state,
            target=transition.to if arc else None,
            needs_reason=transition.reason == "required",
            needs_grade=transition.grade == "required",
            refusals=self.refusals(state, trigger, situation),
        )

    def _refused(
        self, state: str, trigger: str, situation: Situation, *, inputs: bool = True
    ) -> tuple[Refusal, ...]:
        self._check(state)
        if trigger not in self._elsewhere:
            return unknown_trigger(trigger, self.triggers)
        return self._elsewhere[trigger].refusals(state, situation, inputs=inputs)

    def _check(self, state: str) -> None:
        if state not in self._machine.states:
            known = ", ".join(self._machine.states)
            name = self.lifecycle.lifecycle
            raise ValueError(f"lifecycle {name!r} has no state {state!r}; its states are: {known}")

    def _compiled(self) -> Iterator[tuple[tuple[str, str], Arc]]:
        for trigger, event in self._machine.events.items():
            for source, (transition,) in event.transitions.items():
                yield (source, trigger), cast("_ArcTransition", transition).arc


@dataclass(frozen=True, slots=True)
class _Elsewhere:
    """A trigger in a state from which it does not lead.

    Which of several transitions was meant can't be told: then only their roles are certain.
    """

    lifecycle: LifecycleSpec
    first: TransitionSpec
    sources: tuple[str, ...]
    guards: Guards

    @classmethod
    def of(cls, trigger: str, lifecycle: LifecycleSpec) -> "_Elsewhere":
        meant = [t for t in lifecycle.transitions if t.trigger == trigger]
        if len(meant) == 1:
            guards = guards_of(meant[0], lifecycle, source=None)
        else:
            roles = tuple(dict.fromkeys(role for t in meant for role in t.roles))
            guards = Guards(rules=(role_guard(trigger, roles),), inputs=(), ordinary=())
        sources = tuple(dict.fromkeys(source for t in meant for source in t.sources))
        return cls(lifecycle, meant[0], sources, guards)

    def refusals(
        self, state: str, situation: Situation, *, inputs: bool = True
    ) -> tuple[Refusal, ...]:
        here = wrong_state(self.first.trigger, state, self.sources, self.lifecycle)
        told = (*self.guards.rules, *(self.guards.inputs if inputs else ()))
        return (*here, *collect(told, situation))


def _arc(transition: TransitionSpec, lifecycle: LifecycleSpec, source: str) -> Arc:
    def move(target: str) -> Move:
        state = lifecycle.states[target]
        return Move(transition.trigger, source, target, transition.effect, transition, state)

    corrected = transition.sources if transition.effect is Effect.CORRECT else ()
    guards = guards_of(transition, lifecycle, source)
    return Arc(
        move=move(transition.to or source),
        corrections=MappingProxyType({target: move(target) for target in corrected}),
        guards=guards,
        roles=transition.roles,
        ordinary=guards.ordinary,
    )


def _mistakes(lifecycle: LifecycleSpec) -> Iterator[str]:
    if AVAILABLE in lifecycle.states:
        yield f"{AVAILABLE!r} is where every attempt starts and can't be a state"
    seen: set[tuple[str, str]] = set()
    for transition in lifecycle.transitions:
        trigger = transition.trigger
        if transition.to is not None and transition.to not in lifecycle.states:
            yield f"{trigger!r} leads to the unknown state {transition.to!r}"
        for name in transition.guards:
            if name not in NAMED:
                yield f"{trigger!r} names the unknown guard {name!r}"
        for source in dict.fromkeys(transition.sources):
            if source not in lifecycle.states and source != AVAILABLE:
                yield f"{trigger!r} comes from the unknown state {source!r}"
            if source == AVAILABLE and transition.effect is not None:
                yield f"{trigger!r} can't {transition.effect} what has not begun ({AVAILABLE!r})"
            if (source, trigger) in seen:
                yield f"{trigger!r} leads out of {source!r} in two ways"
            seen.add((source, trigger))
