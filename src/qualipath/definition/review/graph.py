"""Where a lifecycle's transitions can lead."""

from collections.abc import Iterable, Iterator, Mapping

from qualipath.definition.spec import AVAILABLE, Effect, LifecycleSpec, TransitionSpec

Edges = Mapping[str, frozenset[str]]


def edges_of(lifecycle: LifecycleSpec, *, paused: bool = False) -> Edges:
    """Tell for each state where its transitions lead; if `paused`, those that fire while paused.

    Only defined states are ends; correcting a result leads from each of its states to the others.
    """
    edges: dict[str, set[str]] = {name: set() for name in (AVAILABLE, *lifecycle.states)}
    for transition in lifecycle.transitions:
        if not paused or transition.paused:
            for source in transition.sources:
                edges.get(source, set()).update(_ends(transition, source, lifecycle.states))
    return {source: frozenset(ends) for source, ends in edges.items()}


def reached(edges: Edges, starts: Iterable[str]) -> set[str]:
    """Follow the edges from some states; the starts themselves count as reached."""
    found = set(starts)
    waiting = list(found)
    while waiting:
        fresh = edges.get(waiting.pop(), frozenset()) - found
        found |= fresh
        waiting += fresh
    return found


def _ends(transition: TransitionSpec, source: str, known: Iterable[str]) -> Iterator[str]:
    ends = [transition.to] if transition.effect is not Effect.CORRECT else transition.sources
    return (end for end in ends if end is not None and end in known and end != source)
