"""Which tiers can ever be reached: a fixpoint over what completing other tiers opens."""

from collections.abc import Iterator, Mapping

from qualipath.definition.prerequisites import AllOf, AnyOf, AtLeast, Completed, Kind, Not
from qualipath.definition.references import conditions_of, prerequisites_at
from qualipath.definition.review.contradictions import contradictory
from qualipath.definition.source import Source
from qualipath.definition.spec import LifecycleSpec, Outcome, PathSpec
from qualipath.definition.values import Spec
from qualipath.errors import Problem


def unreachable_tiers(
    path: PathSpec, lifecycles: Mapping[str, LifecycleSpec], source: Source
) -> Iterator[Problem]:
    """Find the tiers that nobody can ever reach, but for those that contradict only themselves.

    A tier counts as completed once it can be reached, if its lifecycle has a state for that; every
    other condition is taken as one that somebody can meet, unless it contradicts itself. So rings
    of tiers are legal where one of them has another way in.
    """
    endless = {
        name
        for name, tier in path.tiers.items()
        if tier.lifecycle in lifecycles and not _completes(lifecycles[tier.lifecycle])
    }
    reachable = _reachable(path, source, endless)
    for name, tier in path.tiers.items():
        if name in reachable or tier.prerequisites is None:
            continue
        at = prerequisites_at(name)
        asked = {
            condition.completed.tier
            for condition, _ in conditions_of(tier.prerequisites, at)
            if isinstance(condition, Completed)
        }
        never = ", ".join(f"'{t}'" for t in path.tiers if t in asked - reachable)
        open_ended = ", ".join(f"'{t}'" for t in path.tiers if t in asked & endless & reachable)
        right = "give it another way in, such as 'any' with a condition that can be met"
        if asked - reachable == {name} and not open_ended:
            what = f"'{name}' asks for itself, so nobody can ever reach it"
        elif open_ended:
            what = (
                f"'{name}' can never be reached: it asks for {open_ended}, which is never completed"
            )
            right = "give the lifecycle there a state that is 'closed: completed'"
        elif never:
            what = f"'{name}' can never be reached: it asks for {never}, never reached either"
        else:
            continue
        yield source.problem(at, what, right, key=True)


def _completes(lifecycle: LifecycleSpec) -> bool:
    """Tell whether an attempt may give what `completed` asks for; what awards it may be missing."""
    return any(
        state.closed is Outcome.COMPLETED
        or {state.awards, state.running} & {Kind.COMPLETION, Kind.RECOGNITION}
        for state in lifecycle.states.values()
    )


def _reachable(path: PathSpec, source: Source, endless: set[str]) -> set[str]:
    """Give the tiers that somebody can reach, through others if need be."""
    conditions = {
        name: tier.prerequisites
        for name, tier in path.tiers.items()
        if tier.prerequisites is not None and source.whole(prerequisites_at(name))
    }
    found = set(path.tiers) - set(conditions)
    waiting = [name for name, asked in conditions.items() if not contradictory(asked)]
    before = -1
    while before != len(found):
        before = len(found)
        for name in waiting:
            if name not in found and _possible(conditions[name], path, found - endless):
                found.add(name)
    return found


def _possible(condition: Spec, path: PathSpec, found: set[str], *, met: bool = True) -> bool:
    """Tell whether a condition can be met (or can fail to be), given the tiers found so far."""

    def possible(part: Spec, *, met: bool) -> bool:
        return not contradictory(part, met=met) and _possible(part, path, found, met=met)

    def count(parts: tuple[Spec, ...]) -> int:
        return sum(possible(part, met=met) for part in parts)

    match condition:
        case AllOf(parts=parts):
            return count(parts) >= (len(parts) if met else 1)
        case AnyOf(parts=parts):
            return count(parts) >= (1 if met else len(parts))
        case AtLeast(at_least=asked):
            return count(asked.of) >= (asked.n if met else len(asked.of) - asked.n + 1)
        case Not(part=part):
            return possible(part, met=not met)
        case Completed(completed=query) if met and query.tier in path.tiers:
            return query.tier in found
    return True
