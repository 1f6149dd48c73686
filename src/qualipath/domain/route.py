"""The shortest way to a tier: which further tiers to complete first, and what else is missing."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import reduce
from math import gcd
from operator import and_, or_

from qualipath.definition.prerequisites import (
    AllOf,
    AtLeast,
    Completed,
    Credits,
    Kind,
    Not,
    TierQuery,
    leaves_of,
    parts_of,
)
from qualipath.definition.spec import Definition, Outcome
from qualipath.definition.values import Spec
from qualipath.domain.eligibility import judge, missing, when_met
from qualipath.domain.progression import tier_of
from qualipath.domain.record import Held, Occasion, Record
from qualipath.domain.truth import every, unknown, weighing
from qualipath.domain.wording import Sentence

EXACT = 20
"""Up to so many unknowns (tiers and other requirements) the shortest way is found for certain."""

Key = str | int
"""An unknown: a tier by its name, another requirement by its number."""

Formula = Callable[[Mapping[Key, int], int], int]
"""Gives a condition's truth table from those of the unknowns and the one that is always true."""

Found = tuple[tuple[str, ...], tuple[int, ...]]
"""The tiers to complete, in order, and the numbers of the other requirements to meet."""


@dataclass(frozen=True, slots=True)
class Route:
    """The way to a goal: the tiers to complete, in this order, before its prerequisites hold.

    `missing` tells what no tier can meet and must come from elsewhere; `from_on` is the first day
    on which time alone will have met all of that. Where `reachable` is false there is no way at
    all. `shortest` is false where so much is open that only some short way could be looked for.
    """

    goal: str
    tiers: tuple[str, ...]
    missing: tuple[Sentence, ...] = ()
    from_on: date | None = None
    reachable: bool = True
    shortest: bool = True


def shortest_route(definition: Definition, record: Record, occasion: Occasion, goal: str) -> Route:
    """Find the way that needs the fewest requirements from elsewhere, then the fewest tiers.

    A completed tier counts with the best grade. Among equally short ways the one wins whose tiers
    come first in the definition. Raises `NotFoundError` that names the tiers there are.
    """
    tier_of(definition, goal)
    terrain = _Terrain(definition, record, occasion, goal)
    exact = len(terrain.tiers) + len(terrain.elsewhere) <= EXACT
    found = _search(terrain) if exact else _shorten(terrain)
    if found is None:
        return Route(goal, (), reachable=False, shortest=exact)
    tiers, numbers = found
    needed = [*terrain.unavoidable, *(terrain.elsewhere[number] for number in numbers)]
    lacking = [lack for spec in needed for lack in missing(judge(spec, record, occasion))]
    days = [when_met(spec, record, occasion) for spec in needed]
    known = [day for day in days if day is not None]
    return Route(
        goal,
        tiers,
        missing=tuple(lacking),
        from_on=max(known, default=None) if len(known) == len(days) else None,
        shortest=exact,
    )


class _Terrain:
    """What lies between the employee and the goal, as formulas over what is still unknown.

    Unknown are the `tiers` that may help, and `elsewhere`: what no tier can meet. Of the latter,
    what the goal asks for in any case is `unavoidable` and taken as met.
    """

    def __init__(
        self, definition: Definition, record: Record, occasion: Occasion, goal: str
    ) -> None:
        self._definition = definition
        self._record = record
        self._occasion = occasion
        self._offers = {
            tier: offer
            for tier in definition.path.tiers
            if tier != goal and not self._met(Completed(completed=TierQuery(tier=tier)))
            if (offer := _offer(definition, tier, occasion.on)) is not None
        }
        self._weights: dict[Spec, tuple[int, Mapping[str, int]]] = {}
        self._numbers: dict[Spec, int] = {}
        asked = definition.path.tiers[goal].prerequisites
        self.unavoidable = tuple(spec for spec in _conjuncts(asked) if self._is_elsewhere(spec))
        self.goal = self._formula(asked)
        self.tiers = self._explore(asked)
        self.elsewhere = tuple(self._numbers)

    def _explore(self, asked: Spec | None) -> dict[str, Formula]:
        """Give the formulas of all tiers that can help, directly or on the way to one that does."""
        tiers = self._definition.path.tiers
        formulas: dict[str, Formula] = {}
        to_ask = [asked]
        while to_ask:
            for tier in self._helpers(to_ask.pop()):
                if tier not in formulas:
                    formulas[tier] = self._formula(tiers[tier].prerequisites)
                    to_ask.append(tiers[tier].prerequisites)
        return {tier: formulas[tier] for tier in tiers if tier in formulas}

    def _helpers(self, spec: Spec | None) -> Iterator[str]:
        for leaf in leaves_of(spec) if spec else ():
            yield from self._weighed(leaf)[1]

    def _met(self, spec: Spec, *more: Held) -> bool:
        credentials = (*self._record.credentials, *more)
        return judge(spec, replace(self._record, credentials=credentials), self._occasion).met

    def _weighed(self, leaf: Spec) -> tuple[int, Mapping[str, int]]:
        """Tell how much a leaf still needs and what each tier gives: nothing if none can help."""
        if leaf not in self._weights:
            self._weights[leaf] = self._weigh(leaf)
        return self._weights[leaf]

    def _weigh(self, leaf: Spec) -> tuple[int, Mapping[str, int]]:
        offers = self._offers
        if self._met(leaf) or not self._met(leaf, *offers.values()):
            return 0, {}
        if isinstance(leaf, Credits):
            return self._weigh_credits(leaf)
        if isinstance(leaf, Completed):
            offers = {leaf.completed.tier: offers[leaf.completed.tier]}
        return 1, {tier: 1 for tier, offer in offers.items() if self._met(leaf, offer)}

    def _weigh_credits(self, leaf: Credits) -> tuple[int, Mapping[str, int]]:
        held = judge(leaf, self._record, self._occasion).found
        offered = judge(
            leaf, replace(self._record, credentials=tuple(self._offers.values())), self._occasion
        ).found
        gives = {offer.key: offer.credits for offer in offered if offer.credits}
        unit = gcd(*gives.values())
        least = leaf.credits.at_least - sum(credential.credits for credential in held)
        return -(-least // unit), {tier: given // unit for tier, given in gives.items()}

    def _is_elsewhere(self, spec: Spec) -> bool:
        """Tell whether a condition is unmet and no tier makes a difference to it."""
        return not self._touched(spec) and not self._met(spec)

    def _touched(self, spec: Spec) -> bool:
        return any(self._weighed(leaf)[1] for leaf in leaves_of(spec))

    def _formula(self, spec: Spec | None) -> Formula:
        if spec is None or spec in self.unavoidable:
            return _always
        # Each part of an `all` is a requirement of its own.
        if not isinstance(spec, AllOf) and not self._touched(spec):
            return _always if self._met(spec) else self._required(spec)
        if parts_of(spec):
            return _joined(spec, [self._formula(part) for part in parts_of(spec)])
        least, gives = self._weighed(spec)
        return lambda values, full: weighing(
            ((values[tier], given) for tier, given in gives.items()), least, full
        )

    def _required(self, spec: Spec) -> Formula:
        number = self._numbers.setdefault(spec, len(self._numbers))
        return lambda values, _full: values[number]


def _joined(spec: Spec, parts: Sequence[Formula]) -> Formula:
    """Join the formulas of a condition's parts as the condition does."""
    match spec:
        case Not():
            return lambda values, full: full ^ parts[0](values, full)
        case AllOf():
            least = len(parts)
        case AtLeast(at_least=threshold):
            least = threshold.n
        case _:
            least = 1
    if least == len(parts):
        return lambda values, full: reduce(and_, (part(values, full) for part in parts))
    if least == 1:
        return lambda values, full: reduce(or_, (part(values, full) for part in parts))
    return lambda values, full: weighing(((part(values, full), 1) for part in parts), least, full)


def _always(_values: Mapping[Key, int], full: int) -> int:
    return full


def _conjuncts(spec: Spec | None) -> Iterator[Spec]:
    """Walk over what must be met in any case."""
    if isinstance(spec, AllOf):
        for part in spec.parts:
            yield from _conjuncts(part)
    elif spec is not None:
        yield spec


def _offer(definition: Definition, tier: str, on: date) -> Held | None:
    """Give the credential that completing a tier would bring, if it brings one."""
    spec = definition.path.tiers[tier]
    scale = definition.scale_of(tier)
    states = definition.lifecycle_of(tier).states.values()
    kinds = [s.awards for s in states if s.closed is Outcome.COMPLETED and s.awards is not None]
    return (
        Held(
            key=tier,
            kind=Kind.COMPLETION if Kind.COMPLETION in kinds else kinds[0],
            awarded_on=on,
            valid_until=spec.valid_for.after(on) if spec.valid_for else None,
            grade=definition.scales[scale].best,
            scale=scale,
            credits=spec.credits,
        )
        if kinds
        else None
    )


def _search(terrain: _Terrain) -> Found | None:
    """Try all ways at once, in layers: with one more requirement, then with one more tier."""
    tiers, numbers = terrain.tiers, range(len(terrain.elsewhere))
    keys: list[Key] = [*tiers, *numbers]
    full = every(len(keys))
    # The first tier is the highest bit: of two combinations the greater comes first.
    places = {key: len(keys) - 1 - i for i, key in enumerate(keys)}
    values = {key: unknown(place, len(keys)) for key, place in places.items()}
    lacks = {key: full ^ table for key, table in values.items()}
    opens = {tier: formula(values, full) & lacks[tier] for tier, formula in tiers.items()}
    goal = terrain.goal(values, full)
    start = 1
    for _ in range(len(numbers) + 1):
        layers = [start]
        while layers[-1]:
            if hits := layers[-1] & goal:
                return _retrace(hits.bit_length() - 1, layers, opens, places)
            further = ((layers[-1] & opens[tier]) << (1 << places[tier]) for tier in tiers)
            layers.append(reduce(or_, further, 0))
        start = reduce(or_, ((start & lacks[n]) << (1 << places[n]) for n in numbers), 0)
    return None


def _retrace(
    combination: int,
    layers: Sequence[int],
    opens: dict[str, int],
    places: Mapping[Key, int],
) -> Found:
    """Find an order in which the combination's tiers open, from the last one back."""
    order: list[str] = []
    for layer in reversed(layers[:-1]):
        for tier in reversed(opens):
            before = combination & ~(1 << places[tier])
            if before != combination and layer >> before & opens[tier] >> before & 1:
                order.append(tier)
                combination = before
                break
    numbers = (key for key, place in places.items() if isinstance(key, int))
    return tuple(reversed(order)), tuple(n for n in numbers if combination >> places[n] & 1)


def _shorten(terrain: _Terrain) -> Found | None:
    """Find some way, then leave out every requirement and tier that it does not need."""
    numbers = tuple(range(len(terrain.elsewhere)))
    way = _walk(terrain, tuple(terrain.tiers), numbers)
    if way is None:
        return None
    for number in reversed(numbers):
        fewer = tuple(kept for kept in numbers if kept != number)
        if (shorter := _walk(terrain, tuple(terrain.tiers), fewer)) is not None:
            way, numbers = shorter, fewer
    for tier in tuple(reversed(way)):
        fewer_tiers = tuple(kept for kept in way if kept != tier)
        if (shorter := _walk(terrain, fewer_tiers, numbers)) is not None:
            way = shorter
    return way, numbers


def _walk(
    terrain: _Terrain, tiers: Sequence[str], numbers: Sequence[int]
) -> tuple[str, ...] | None:
    """Complete one tier after the other, as they open, until the goal's prerequisites hold."""
    values: dict[Key, int] = dict.fromkeys([*terrain.tiers, *range(len(terrain.elsewhere))], 0)
    values |= dict.fromkeys(numbers, 1)
    order: list[str] = []
    while not terrain.goal(values, 1):
        opened = (t for t in tiers if not values[t] and terrain.tiers[t](values, 1))
        tier = next(opened, None)
        if tier is None:
            return None
        values[tier] = 1
        order.append(tier)
    return tuple(order)
