"""Where one employee stands on a path: the machines of all its tiers, joined by prerequisites."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from functools import cached_property, partial

from qualipath.definition.prerequisites import Completed, TierQuery
from qualipath.definition.spec import (
    AVAILABLE,
    Asked,
    Definition,
    LifecycleSpec,
    Outcome,
    Role,
    StateSpec,
    TierSpec,
)
from qualipath.definition.values import Text
from qualipath.domain.eligibility import Verdict, judge, when_met
from qualipath.domain.guards import AVAILABLE_TITLE, Situation
from qualipath.domain.machine import Choice, LifecycleMachine
from qualipath.domain.record import Occasion, Record
from qualipath.errors import NotFoundError

LOCKED = "locked"
"""A tier without an open enrolment whose prerequisites are unmet; never stored."""

LOCKED_TITLE = Text(de="gesperrt", en="locked")

Machines = Callable[[LifecycleSpec], LifecycleMachine]


@dataclass(frozen=True, slots=True)
class TierAttempt:
    """One enrolment, open or closed, in the version of the definition that it is pinned to.

    `number` counts the attempts at the tier from 1; `counted` says whether it is one of those that
    `max_attempts` limits.
    """

    id: int
    tier: str
    number: int
    state: str
    paused: bool
    definition: Definition
    counted: bool

    @property
    def spec(self) -> StateSpec:
        """The state as its definition describes it."""
        return self.definition.lifecycle_of(self.tier).states[self.state]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the employee stands on one tier.

    `state` is that of the open enrolment, or of the closed one that settled the tier (completed it,
    or was the last allowed attempt); else `locked` or `available`. `enrolment` is the id of that
    enrolment, else of the last closed one. `verdict` judges the prerequisites as strictly as a new
    attempt does. `choices` hold every trigger of the tier's lifecycle: those whose `source` is
    `available` begin a new attempt, the others move the `enrolment`. `next_on` is the first day on
    which time alone opens a locked tier.
    """

    tier: str
    title: Text
    state: str
    state_title: Text
    enrolment: int | None
    paused: bool
    attempts_used: int
    attempts_allowed: int | None
    verdict: Verdict
    choices: tuple[Choice, ...]
    next_on: date | None

    @property
    def allowed(self) -> tuple[Choice, ...]:
        """The triggers that may fire now, once they get what they need."""
        return tuple(choice for choice in self.choices if choice.allowed)


def tier_of(definition: Definition, tier: str) -> TierSpec:
    """Give a tier of the path; raises `NotFoundError` that names the tiers there are."""
    tiers = definition.path.tiers
    if tier not in tiers:
        near = get_close_matches(tier, tiers, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        known = ", ".join(tiers)
        path = definition.path.path
        raise NotFoundError(f"path {path!r} has no tier {tier!r}; {hint}its tiers are: {known}")
    return tiers[tier]


@dataclass(frozen=True)
class Progression:
    """One employee's whole standing on one path, as one role sees it on one day.

    `running_until` says for a tier by when what is in progress must be due to end for it to count
    provisionally: the day before its intake starts. Where it says nothing, no intake sets a day yet
    and everything in progress counts. `machines` gives the machine of a lifecycle.
    """

    definition: Definition
    record: Record
    attempts: Sequence[TierAttempt]
    role: Role
    on: date
    running_until: Mapping[str, date] = field(default_factory=dict)
    machines: Machines = field(default=LifecycleMachine, repr=False)
    _judged: dict[tuple[str, int, Asked], Verdict] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @cached_property
    def _attempts(self) -> Mapping[str, Sequence[TierAttempt]]:
        """The attempts at each tier, the first one first."""
        at_tiers: dict[str, list[TierAttempt]] = {}
        for attempt in sorted(self.attempts, key=lambda attempt: attempt.number):
            at_tiers.setdefault(attempt.tier, []).append(attempt)
        return at_tiers

    @cached_property
    def tiers(self) -> tuple[Standing, ...]:
        """The standing on every tier, in the definition's order.

        An open enrolment in a tier that the definition no longer has comes last.
        """
        known = self.definition.path.tiers
        gone = [t for t, tried in self._attempts.items() if t not in known and tried[-1].spec.open]
        return tuple(self._standing(tier) for tier in (*known, *gone))

    def standing(self, tier: str) -> Standing:
        """Give the standing on one tier; raises `NotFoundError` that names the tiers there are."""
        for standing in self.tiers:
            if standing.tier == tier:
                return standing
        tier_of(self.definition, tier)
        raise AssertionError(tier)

    def last_attempt(self, tier: str) -> TierAttempt | None:
        """Give the newest enrolment on a tier, open or closed, in the version it is pinned to."""
        return next(reversed(self._attempts.get(tier, [])), None)

    @property
    def allowed(self) -> Mapping[str, tuple[Choice, ...]]:
        """The triggers that may fire now, by tier; tiers without any are left out."""
        return {standing.tier: standing.allowed for standing in self.tiers if standing.allowed}

    def _standing(self, tier: str) -> Standing:
        tried = self._attempts.get(tier, [])
        last = tried[-1] if tried else None
        going = last is not None and last.spec.open
        definition = last.definition if last and going else self.definition
        settled = last if going else self._settled(tier, tried)
        spec = definition.path.tiers[tier]
        verdict = self._verdict(tier, definition, asked_at_entry(definition.lifecycle_of(tier)))
        if settled:
            state, title = settled.state, settled.spec.title
        elif self._completed(tier, definition):
            state, title = _completed_state(definition.lifecycle_of(tier))
        elif verdict.met:
            state, title = AVAILABLE, AVAILABLE_TITLE
        else:
            state, title = LOCKED, LOCKED_TITLE
        shown = settled or last
        return Standing(
            tier=tier,
            title=spec.title,
            state=state,
            state_title=title,
            enrolment=shown.id if shown else None,
            paused=shown.paused if shown else False,
            attempts_used=sum(attempt.counted for attempt in tried),
            attempts_allowed=spec.max_attempts,
            verdict=verdict,
            choices=self._choices(tier, shown, tried),
            next_on=self._next_on(tier) if state == LOCKED else None,
        )

    def _settled(self, tier: str, tried: Sequence[TierAttempt]) -> TierAttempt | None:
        """Find the closed attempt that settled the tier: the completed one, or the last allowed."""
        if self._completed(tier, self.definition):
            done = [a for a in tried if a.spec.closed is Outcome.COMPLETED]
            return done[-1] if done else None
        allowed = self.definition.path.tiers[tier].max_attempts
        counted = [attempt for attempt in tried if attempt.counted]
        return counted[-1] if allowed is not None and len(counted) >= allowed else None

    def _choices(
        self, tier: str, shown: TierAttempt | None, tried: Sequence[TierAttempt]
    ) -> tuple[Choice, ...]:
        choices: dict[str, Choice] = {}
        if shown:
            machine = self.machines(shown.definition.lifecycle_of(tier))
            earlier = [attempt for attempt in tried if attempt.number < shown.number]
            situation = self._situation(tier, shown.definition, earlier, paused=shown.paused)
            choices = {choice.trigger: choice for choice in machine.allowed(shown.state, situation)}
        if shown and shown.spec.open:
            return tuple(choices.values())
        machine = self.machines(self.definition.lifecycle_of(tier))
        for choice in machine.allowed(AVAILABLE, self._situation(tier, self.definition, tried)):
            # A closed attempt can still be corrected or revoked, while a new one may begin.
            if (AVAILABLE, choice.trigger) in machine.table or choice.trigger not in choices:
                choices[choice.trigger] = choice
        return tuple(choices.values())

    def _situation(
        self,
        tier: str,
        definition: Definition,
        earlier: Sequence[TierAttempt],
        *,
        paused: bool = False,
    ) -> Situation:
        return Situation(
            role=self.role,
            tier=definition.path.tiers[tier],
            scale=definition.scales[definition.scale_of(tier)],
            verdict=partial(self._verdict, tier, definition),
            attempts=sum(attempt.counted for attempt in earlier),
            completed=self._completed(tier, definition),
            paused=paused,
        )

    def _occasion(self, tier: str, definition: Definition, asked: Asked) -> Occasion:
        provisional = asked is Asked.PROVISIONALLY
        until = self.running_until.get(tier, date.max) if provisional else None
        return Occasion(on=self.on, definition=definition, running_until=until)

    def _verdict(self, tier: str, definition: Definition, asked: Asked) -> Verdict:
        key = (tier, id(definition), asked)
        if key not in self._judged:
            prerequisites = definition.path.tiers[tier].prerequisites
            occasion = self._occasion(tier, definition, asked)
            self._judged[key] = judge(prerequisites, self.record, occasion)
        return self._judged[key]

    def _completed(self, tier: str, definition: Definition) -> bool:
        held = Completed(completed=TierQuery(tier=tier))
        return judge(held, self.record, self._occasion(tier, definition, Asked.MET)).met

    def _next_on(self, tier: str) -> date | None:
        asked = asked_at_entry(self.definition.lifecycle_of(tier))
        occasion = self._occasion(tier, self.definition, asked)
        return when_met(self.definition.path.tiers[tier].prerequisites, self.record, occasion)


def asked_at_entry(lifecycle: LifecycleSpec) -> Asked:
    """Tell how strictly a new attempt asks for the prerequisites: as the mildest way in does."""
    ways_in = {t.prerequisites for t in lifecycle.transitions if AVAILABLE in t.sources}
    return Asked.PROVISIONALLY if Asked.PROVISIONALLY in ways_in else Asked.MET


def _completed_state(lifecycle: LifecycleSpec) -> tuple[str, Text]:
    """Give the state that a recognised tier shows, as if an enrolment had been completed."""
    for name, state in lifecycle.states.items():
        if state.closed is Outcome.COMPLETED:
            return name, state.title
    return Outcome.COMPLETED.value, Text(de="abgeschlossen", en="completed")
