"""Diagrams as Mermaid text: a flowchart for a path, a state diagram for a lifecycle."""

import re
from collections.abc import Iterator, Mapping

from qualipath.definition.spec import Definition, LifecycleSpec
from qualipath.domain.drawing.graph import Graph, Node, lifecycle_graph, path_graph
from qualipath.domain.drawing.palette import LIGHT

# Letters, digits and what never means anything to Mermaid; all else becomes a character code.
_UNSAFE = re.compile(r"[^\w .,/()-]|(?<=-)-")


def path_mermaid(
    definition: Definition, locale: str, standing: Mapping[str, str] | None = None
) -> str:
    """Write a path as a Mermaid flowchart, with one employee's standing if it is given."""
    graph = path_graph(definition, locale, standing)
    return "\n".join(["flowchart LR", *_flowchart(graph), *_classes(graph)]) + "\n"


def lifecycle_mermaid(lifecycle: LifecycleSpec, locale: str, current: str | None = None) -> str:
    """Write a lifecycle as a Mermaid state diagram, with one state highlighted if it is given."""
    graph = lifecycle_graph(lifecycle, locale, current)
    return "\n".join(["stateDiagram-v2", *_states(graph), *_classes(graph)]) + "\n"


def escape(label: str) -> str:
    """Write a label so that Mermaid shows it and reads nothing else into it."""
    printable = " ".join("".join(c if c.isprintable() else " " for c in label).split())
    return _UNSAFE.sub(lambda found: f"#{ord(found[0])};", printable)


def _flowchart(graph: Graph) -> Iterator[str]:
    for node in graph.nodes:
        notes = [f"• {note}" for note in node.notes]
        lines = [node.title, *([node.badge] if node.badge else ()), *node.facts, *notes]
        yield f'  {_id(node.key)}["{"<br/>".join(map(escape, lines))}"]'
    for edge in graph.edges:
        arrow = "-.->" if edge.dashed else "-->"
        label = "<br/>".join(map(escape, edge.labels))
        told = f'|"{label}"|' if label else ""
        yield f"  {_id(edge.source)} {arrow}{told} {_id(edge.target)}"


def _states(graph: Graph) -> Iterator[str]:
    for node in graph.nodes:
        yield f'  state "{escape(node.title)}" as {_id(node.key)}'
    yield f"  [*] --> {_id(graph.nodes[0].key)}"
    for edge in graph.edges:
        told = escape(", ".join(edge.labels))
        yield f"  {_id(edge.source)} --> {_id(edge.target)} : {told}"
    for key, triggers in graph.stays.items():
        yield f"  {_id(key)} --> {_id(key)} : {escape(', '.join(triggers))}"


def _classes(graph: Graph) -> Iterator[str]:
    for tone in dict.fromkeys(node.tone for node in graph.nodes):
        fill, stroke, ink = LIGHT[tone]
        yield f"  classDef {tone} fill:{fill},stroke:{stroke},color:{ink}"
    if any(node.current for node in graph.nodes):
        yield "  classDef current stroke-width:4px"
    for node in graph.nodes:
        yield from (f"  class {_id(node.key)} {name}" for name in _class_names(node))


def _class_names(node: Node) -> tuple[str, ...]:
    return (node.tone, "current") if node.current else (node.tone,)


def _id(key: str) -> str:
    # Bare keys such as `end` or `style` are Mermaid's own words.
    return f"n_{key}"
