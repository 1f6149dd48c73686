"""Where a lifecycle's transitions can lead."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from qualipath.definition.spec import AVAILABLE, Effect, LifecycleSpec, TransitionSpec

Edges = Mapping[str, frozenset[str]]


def edges_of(lifecycle: LifecycleSpec, *, paused: bool = False) -> Edges:
    """Tell for each state where its transitions lead; if `paused`, those that fire while paused.

    Only defined states are ends; one that is written wrongly may be any, or if some are called
    nearly so one of these. Correcting a result leads from each of its states to the others.
    """
    edges: dict[str, set[str]] = {name: set() for name in (AVAILABLE, *lifecycle.states)}
    for transition in lifecycle.transitions:
        if not paused or transition.paused:
            for source in meant(transition.sources, edges):
                edges[source].update(_ends(transition, source, lifecycle.states))
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


def meant(names: Iterable[str], known: Iterable[str]) -> set[str]:
    """Give the states of these names, and for each unknown name those that it may stand for."""
    states = list(known)
    found: set[str] = set()
    for name in names:
        found |= {name} if name in states else set(get_close_matches(name, states) or states)
    return found


def _ends(transition: TransitionSpec, source: str, known: Iterable[str]) -> set[str]:
    ends = transition.sources if transition.effect is Effect.CORRECT else [transition.to]
    return meant((end for end in ends if end is not None), known) - {source}
