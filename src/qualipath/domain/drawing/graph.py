"""What a diagram shows, before anybody thinks of its form: nodes, edges and a legend."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from qualipath.definition.spec import AVAILABLE, Definition, LifecycleSpec, Outcome, StateSpec
from qualipath.definition.values import Text
from qualipath.domain.drawing.requirements import Reader
from qualipath.domain.guards import AVAILABLE_TITLE


class Tone(StrEnum):
    """How a node is coloured."""

    PLAIN = "plain"
    LOCKED = "locked"
    AVAILABLE = "available"
    OPEN = "open"
    COMPLETED = "completed"
    FAILED = "failed"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True)
class Node:
    """A tier or a state.

    `badge` tells where somebody stands on it, `current` makes it stand out; `notes` stand under a
    rule and `heading`.
    """

    key: str
    title: str
    tone: Tone = Tone.PLAIN
    badge: str = ""
    facts: tuple[str, ...] = ()
    heading: str = ""
    notes: tuple[str, ...] = ()
    current: bool = False
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Edge:
    """A directed link between two nodes; dashed where it is one of several ways."""

    source: str
    target: str
    labels: tuple[str, ...] = ()
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Graph:
    """Everything that a diagram shows.

    `stays` are the triggers that keep a state, by state. `legend` explains tones, and dashed
    edges under the mark `dashed`.
    """

    title: str
    description: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    stays: Mapping[str, tuple[str, ...]]
    legend: tuple[tuple[str, str], ...]


_STANDING = {
    "locked": (Text(de="gesperrt", en="locked"), Tone.LOCKED),
    AVAILABLE: (AVAILABLE_TITLE, Tone.AVAILABLE),
}
_TONES = {
    Tone.PLAIN: Text(de="Stufe", en="tier"),
    Tone.LOCKED: Text(de="gesperrt: Voraussetzungen fehlen", en="locked: prerequisites unmet"),
    Tone.AVAILABLE: AVAILABLE_TITLE,
    Tone.OPEN: Text(de="offen", en="open"),
    Tone.COMPLETED: Text(de="erfolgreich beendet", en="closed: completed"),
    Tone.FAILED: Text(de="ohne Erfolg beendet", en="closed: failed"),
    Tone.ABANDONED: Text(de="abgebrochen", en="closed: abandoned"),
}
_OUTCOMES = {
    Outcome.COMPLETED: Tone.COMPLETED,
    Outcome.FAILED: Tone.FAILED,
    Outcome.ABANDONED: Tone.ABANDONED,
}
_DASHED = Text(de="eine von mehreren Möglichkeiten", en="one of several ways")
_SOLID = Text(de="Voraussetzung", en="prerequisite")
_STAYS = Text(de="bleibt bei: ", en="stays on: ")
_CURRENT = Text(de="aktueller Stand", en="current state")
_REQUIRES = Text(de="Setzt voraus:", en="Requires:")


def path_graph(
    definition: Definition, locale: str, standing: Mapping[str, str] | None = None
) -> Graph:
    """Show a path's tiers and how they build on each other.

    `standing` maps tiers to one employee's states (`locked`, `available`, or a lifecycle's).
    """
    nodes, needs = [], []
    for key, tier in definition.path.tiers.items():
        reader = Reader(definition, key, locale)
        facts = [reader.period(tier.duration)] if tier.duration else []
        facts += [reader.credits(tier.credits)] if tier.credits else []
        asked = tier.prerequisites
        badge, tone = _standing_on(definition, key, (standing or {}).get(key), locale)
        notes = tuple(reader.notes(asked)) if asked else ()
        heading = _REQUIRES.text(locale) if notes else ""
        told = (" · ".join(facts),) if facts else ()
        nodes.append(Node(key, tier.title.text(locale), tone, badge, told, heading, notes))
        needed = reader.needed(asked) if asked else ()
        needs += [Edge(need.tier, key, need.label, need.optional) for need in needed]
    edges = _merged(needs)
    legend = list(_legend(nodes, locale)) if standing else []
    if any(edge.dashed for edge in edges):
        if not all(edge.dashed for edge in edges):
            legend.append(("solid", _SOLID.text(locale)))
        legend.append(("dashed", _DASHED.text(locale)))
    return _graph(definition.path.title.text(locale), nodes, edges, {}, legend)


def lifecycle_graph(lifecycle: LifecycleSpec, locale: str, current: str | None = None) -> Graph:
    """Show a lifecycle's states and the triggers between them, `current` standing out."""
    moves, stays = [], dict[str, dict[str, None]]()
    for transition in lifecycle.transitions:
        for source in transition.sources:
            target = source if transition.to is None else transition.to
            if source == target:
                stays.setdefault(source, {})[transition.trigger] = None
            elif {source, target} <= {AVAILABLE, *lifecycle.states}:
                moves.append(Edge(source, target, (transition.trigger,)))
    start = StateSpec(title=_STANDING[AVAILABLE][0])
    nodes = []
    for key, state in {AVAILABLE: start, **lifecycle.states}.items():
        tone = _tone_of(state) if key != AVAILABLE else Tone.AVAILABLE
        here = key == current
        nodes.append(
            Node(
                key,
                state.title.text(locale),
                tone,
                _CURRENT.text(locale) if here else "",
                (_STAYS.text(locale) + ", ".join(stays[key]),) if key in stays else (),
                current=here,
                closed=not state.open,
            )
        )
    kept = {key: tuple(triggers) for key, triggers in stays.items()}
    legend = list(_legend(nodes, locale))
    return _graph(lifecycle.title.text(locale), nodes, _merged(moves), kept, legend)


def _standing_on(
    definition: Definition, tier: str, state: str | None, locale: str
) -> tuple[str, Tone]:
    if state is None:
        return "", Tone.PLAIN
    if state in _STANDING:
        title, tone = _STANDING[state]
        return title.text(locale), tone
    spec = definition.lifecycle_of(tier).states.get(state)
    return (spec.title.text(locale), _tone_of(spec)) if spec else (state, Tone.OPEN)


def _tone_of(state: StateSpec) -> Tone:
    return Tone.OPEN if state.closed is None else _OUTCOMES[state.closed]


def _merged(edges: list[Edge]) -> tuple[Edge, ...]:
    """Make one edge of all between the same two nodes; one firm need makes it solid."""
    merged: dict[tuple[str, str], Edge] = {}
    for edge in edges:
        ends = (edge.source, edge.target)
        known = merged.get(ends, Edge(*ends, dashed=True))
        labels = tuple(dict.fromkeys(known.labels + edge.labels))
        merged[ends] = Edge(*ends, labels, known.dashed and edge.dashed)
    return tuple(merged.values())


def _legend(nodes: list[Node], locale: str) -> Iterator[tuple[str, str]]:
    present = {node.tone for node in nodes}
    for tone, title in _TONES.items():
        if tone in present:
            yield tone.value, title.text(locale)


def _graph(
    title: str,
    nodes: list[Node],
    edges: tuple[Edge, ...],
    stays: Mapping[str, tuple[str, ...]],
    legend: list[tuple[str, str]],
) -> Graph:
    titles = {node.key: node.title for node in nodes}
    links = [f"{titles[edge.source]} → {titles[edge.target]}" for edge in edges]
    alone = [node.title for node in nodes if not _touches(node.key, edges)]
    described = "; ".join(links + alone)
    return Graph(title, described, tuple(nodes), edges, stays, tuple(legend))


def _touches(key: str, edges: tuple[Edge, ...]) -> bool:
    return any(key in {edge.source, edge.target} for edge in edges)
