"""Draw a path: connected tiers in layers from left to right, the others in a grid below."""

from collections.abc import Sequence
from itertools import pairwise
from math import ceil

from qualipath.domain.drawing.graph import Edge, Graph
from qualipath.domain.drawing.layout import Layout, Place, Route, arrange
from qualipath.domain.drawing.lettering import width_of, wrap
from qualipath.domain.drawing.picture import (
    BODY,
    MARGIN,
    TOP,
    Box,
    Picture,
    Point,
    Stroke,
    Words,
    compose,
    frame,
    moved,
)

_WIDTH = 236.0
_LABEL_WIDTH = 150.0
_LABEL_LINE = 16.0
_GRID_GAP = 24.0
_GRID_COLUMNS = 4


def draw_flow(graph: Graph) -> Picture:
    """Give every node and edge of the graph its place."""
    edges = {(edge.source, edge.target): edge for edge in graph.edges}
    linked = {key for pair in edges for key in pair}
    composed = {node.key: compose(node, _WIDTH) for node in graph.nodes}
    sizes = {key: (box.width, box.height) for key, box in composed.items() if key in linked}
    labels = {pair: _label_size(edge) for pair, edge in edges.items()}
    layout = arrange(sizes, labels) if linked else Layout({}, {}, 0, 0)
    boxes = [_stretched(composed[key], place) for key, place in layout.places.items()]
    strokes, words = [], []
    for pair, route in layout.routes.items():
        strokes.append(_stroke(edges[pair], route))
        words += _label(edges[pair], route)
    top = TOP + layout.height + _GRID_GAP * 1.5 if linked else TOP
    alone = [composed[node.key] for node in graph.nodes if node.key not in linked]
    boxes += _grid(alone, top, layout.width)
    return frame(graph, boxes, strokes, words, bottom=TOP + layout.height)


def _stretched(box: Box, place: Place) -> Box:
    return moved(compose(box.node, place.width, place.height), MARGIN + place.x, TOP + place.y)


def _grid(boxes: Sequence[Box], top: float, width: float) -> list[Box]:
    most = max(_GRID_COLUMNS, int((width + _GRID_GAP) // (_WIDTH + _GRID_GAP)))
    rows = ceil(len(boxes) / most)
    across = ceil(len(boxes) / rows) if rows else most
    placed = []
    for start in range(0, len(boxes), across):
        row = boxes[start : start + across]
        height = max(box.height for box in row)
        for column, box in enumerate(row):
            place = Place(column * (_WIDTH + _GRID_GAP), top - TOP, _WIDTH, height)
            placed.append(_stretched(box, place))
        top += height + _GRID_GAP
    return placed


def _label_lines(edge: Edge) -> list[str]:
    return [line for label in edge.labels for line in wrap(label, BODY, _LABEL_WIDTH, 2)]


def _label_size(edge: Edge) -> tuple[float, float] | None:
    lines = _label_lines(edge)
    if not lines:
        return None
    return max(width_of(line, BODY) for line in lines), len(lines) * _LABEL_LINE


def _label(edge: Edge, route: Route) -> list[Words]:
    if route.label is None:
        return []
    x = MARGIN + route.label.x + route.label.width / 2
    y = TOP + route.label.y - 4
    return [
        Words(x, y + _LABEL_LINE * i, line, soft=True, anchor="middle")
        for i, line in enumerate(_label_lines(edge), start=1)
    ]


def _stroke(edge: Edge, route: Route) -> Stroke:
    points = [(MARGIN + x, TOP + y) for x, y in route.points]
    path = f"M{_at(points[0])}"
    for i, (start, end) in enumerate(pairwise(points)):
        if i % 2 == 0:
            path += f" L{_at(end)}"
        else:
            middle = (start[0] + end[0]) / 2
            path += f" C{_at((middle, start[1]))} {_at((middle, end[1]))} {_at(end)}"
    if route.back:
        return Stroke(path, edge.dashed, tip=(points[0], "left"))
    return Stroke(path, edge.dashed, tip=(points[-1], "right"))


def _at(point: Point) -> str:
    return f"{point[0]:g} {point[1]:g}"
