"""Which tiers can ever be reached: a fixpoint over what completing other tiers opens."""

from collections.abc import Iterator

from qualipath.definition.prerequisites import AllOf, AnyOf, AtLeast, Completed, Not
from qualipath.definition.references import conditions_of, prerequisites_at
from qualipath.definition.source import Source
from qualipath.definition.spec import PathSpec
from qualipath.definition.values import Spec
from qualipath.errors import Problem


def unreachable_tiers(path: PathSpec, source: Source) -> Iterator[Problem]:
    """Find the tiers that nobody can ever reach.

    A tier counts as completed once it can be reached; every other condition is taken as one that
    somebody can meet. So rings of tiers are legal where one of them has another way in.
    """
    reachable = reachable_tiers(path)
    for name, tier in path.tiers.items():
        if name in reachable or tier.prerequisites is None:
            continue
        at = prerequisites_at(name)
        lacking = {
            condition.completed.tier
            for condition, _ in conditions_of(tier.prerequisites, at)
            if isinstance(condition, Completed) and condition.completed.tier in path.tiers
        } - reachable
        if lacking == {name}:
            what = f"'{name}' asks for itself, so nobody can ever reach it"
        else:
            others = ", ".join(f"'{tier}'" for tier in path.tiers if tier in lacking)
            what = f"'{name}' can never be reached: it asks for {others}, never reached either"
        right = "give it another way in, such as 'any' with a condition that can be met"
        yield source.problem(at, what, right, key=True)


def reachable_tiers(path: PathSpec) -> set[str]:
    """Give the tiers that somebody can reach, through others if need be."""
    found: set[str] = set()
    while True:
        fresh = {
            name
            for name, tier in path.tiers.items()
            if name not in found
            and (tier.prerequisites is None or _possible(tier.prerequisites, path, found))
        }
        if not fresh:
            return found
        found |= fresh


def _possible(condition: Spec, path: PathSpec, found: set[str], *, met: bool = True) -> bool:
    """Tell whether a condition can be met (or can fail to be), given the tiers found so far."""

    def count(parts: tuple[Spec, ...]) -> int:
        return sum(_possible(part, path, found, met=met) for part in parts)

    match condition:
        case AllOf(parts=parts):
            return count(parts) >= (len(parts) if met else 1)
        case AnyOf(parts=parts):
            return count(parts) >= (1 if met else len(parts))
        case AtLeast(at_least=asked):
            return count(asked.of) >= (asked.n if met else len(asked.of) - asked.n + 1)
        case Not(part=part):
            return _possible(part, path, found, met=not met)
        case Completed(completed=query) if met and query.tier in path.tiers:
            return query.tier in found
    return True
