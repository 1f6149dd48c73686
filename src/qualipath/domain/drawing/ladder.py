"""Draw a lifecycle: states as rungs one below the other, and those that end it at the foot.

Jumps over rungs run on the left; what ends an attempt leaves to the right and drops down a rail,
one for all states in which the same triggers lead to the same end.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from qualipath.domain.drawing.graph import Edge, Graph, Node
from qualipath.domain.drawing.lettering import width_of
from qualipath.domain.drawing.picture import (
    BODY,
    MARGIN,
    TITLE,
    TOP,
    Box,
    Direction,
    Picture,
    Point,
    Stroke,
    Words,
    compose,
    frame,
    moved,
)
from qualipath.domain.drawing.ranks import ranks_of

_RUNG, _FOOT, _WIDEST = 208.0, 124.0, 220.0
_GAP, _LINE, _PORT = 40.0, 16.0, 13.0
_LANE, _BEND = 18.0, 8.0
_RAILS, _APART = 44.0, 16.0


@dataclass(frozen=True, slots=True)
class _Jump:
    """An edge between rungs that are not neighbours, or that leads back up."""

    edge: Edge
    start: int
    end: int

    @property
    def rows(self) -> tuple[int, int]:
        return min(self.start, self.end), max(self.start, self.end)

    def overlaps(self, other: "_Jump") -> bool:
        return self.rows[0] < other.rows[1] and other.rows[0] < self.rows[1]


@dataclass(frozen=True, slots=True)
class _Rail:
    """All edges into one foot that carry the same triggers."""

    target: str
    labels: tuple[str, ...]
    sources: tuple[int, ...]

    @property
    def width(self) -> float:
        return 12 + max(width_of(label, BODY) for label in self.labels)


def draw_ladder(graph: Graph) -> Picture:
    """Give every node and edge of the graph its place."""
    rungs = _rungs(graph)
    rows = {node.key: row for row, node in enumerate(rungs)}
    steps, jumps = _steps_and_jumps(graph, rows)
    lanes = _lanes(jumps)
    lefts = _lane_lefts(lanes)
    gaps = _gaps(rungs, steps, jumps)
    x = MARGIN + lefts[-1]
    boxes = _stack(rungs, jumps, gaps, x)
    strokes, words = _draw_steps(boxes, steps)
    for number, lane in enumerate(lanes):
        for jump in lane:
            stroke, told = _draw_jump(boxes, jump, x - lefts[number], _ports(jumps, lanes, boxes))
            strokes.append(stroke)
            words += told
    right = max([x + _RUNG, *(word.left + width_of(word.text, BODY) for word in words)])
    feet, rail_strokes, rail_words, dots = _draw_rails(graph, rows, boxes, right + _RAILS)
    return frame(graph, [*boxes, *feet], [*rail_strokes, *strokes], words + rail_words, dots=dots)


def _rungs(graph: Graph) -> list[Node]:
    leaving = {edge.source for edge in graph.edges}
    pairs = [(edge.source, edge.target) for edge in graph.edges]
    ranks = ranks_of([node.key for node in graph.nodes], pairs)
    rungs = [
        node
        for node in graph.nodes
        if not node.closed or node.key in leaving or node.tone == "completed"
    ]
    return sorted(rungs, key=lambda node: ranks[node.key])


def _steps_and_jumps(graph: Graph, rows: dict[str, int]) -> tuple[dict[int, Edge], list[_Jump]]:
    """Tell edges to the next rung, by the row where they start, from those further away."""
    steps, jumps = {}, []
    for edge in graph.edges:
        if edge.source in rows and edge.target in rows:
            start, end = rows[edge.source], rows[edge.target]
            if end == start + 1:
                steps[start] = edge
            else:
                jumps.append(_Jump(edge, start, end))
    return steps, jumps


def _lanes(jumps: Sequence[_Jump]) -> list[list[_Jump]]:
    """Give each jump the innermost lane in which it meets no other; short ones first."""
    lanes: list[list[_Jump]] = []
    for jump in sorted(jumps, key=lambda jump: (jump.rows[1] - jump.rows[0], jump.rows)):
        for lane in lanes:
            if not any(jump.overlaps(other) for other in lane):
                lane.append(jump)
                break
        else:
            lanes.append([jump])
    return lanes


def _lane_lefts(lanes: Sequence[Sequence[_Jump]]) -> list[float]:
    """Tell how far left of the rungs each lane's line runs, and last how much room all need."""
    lefts, x = [], 0.0
    for lane in lanes:
        x += _LANE
        lefts.append(x)
        x += 6 + max(width_of(label, BODY) for jump in lane for label in jump.edge.labels)
    return [*lefts, x]


def _gap_of(jump: _Jump) -> int:
    """Choose the gap between rungs in which a jump's label stands."""
    return (jump.rows[0] + jump.rows[1] - 1) // 2


def _gaps(rungs: Sequence[Node], steps: dict[int, Edge], jumps: Sequence[_Jump]) -> list[float]:
    lines = [len(steps[row].labels) if row in steps else 0 for row in range(len(rungs))]
    for jump in jumps:
        gap = _gap_of(jump)
        lines[gap] = max(lines[gap], len(jump.edge.labels))
    return [max(_GAP, 22 + _LINE * count) for count in lines]


def _stack(
    rungs: Sequence[Node], jumps: Sequence[_Jump], gaps: Sequence[float], x: float
) -> list[Box]:
    boxes, y = [], TOP
    for row, node in enumerate(rungs):
        ends = sum(row in jump.rows for jump in jumps)
        box = moved(compose(node, _RUNG, _PORT * (ends + 1)), x, y)
        boxes.append(box)
        y += box.height + gaps[row]
    return boxes


def _draw_steps(boxes: Sequence[Box], steps: dict[int, Edge]) -> tuple[list[Stroke], list[Words]]:
    strokes, words = [], []
    for row, edge in steps.items():
        upper, lower = boxes[row], boxes[row + 1]
        x = upper.x + upper.width / 2
        top = upper.y + upper.height
        strokes.append(_polyline([(x, top), (x, lower.y)], "down"))
        middle = (top + lower.y) / 2
        words += _column(x + 9, middle, edge.labels, "start")
    return strokes, words


def _column(x: float, middle: float, labels: Sequence[str], anchor: str) -> list[Words]:
    first = middle - _LINE * (len(labels) - 1) / 2 + 3
    return [
        Words(x, first + _LINE * i, label, anchor="end" if anchor == "end" else "start")
        for i, label in enumerate(labels)
    ]


def _ports(
    jumps: Sequence[_Jump], lanes: Sequence[Sequence[_Jump]], boxes: Sequence[Box]
) -> dict[tuple[_Jump, int], float]:
    """Spread the ends of jumps over each rung's left side so that they do not cross there."""
    lane_of = {jump: number for number, lane in enumerate(lanes) for jump in lane}
    ports = {}
    for row, box in enumerate(boxes):
        up = [jump for jump in jumps if jump.rows[1] == row]
        down = [jump for jump in jumps if jump.rows[0] == row]
        up.sort(key=lane_of.__getitem__)
        down.sort(key=lane_of.__getitem__, reverse=True)
        ends = up + down
        for number, jump in enumerate(ends, start=1):
            ports[jump, row] = box.y + box.height * number / (len(ends) + 1)
    return ports


def _draw_jump(
    boxes: Sequence[Box], jump: _Jump, x: float, ports: dict[tuple[_Jump, int], float]
) -> tuple[Stroke, list[Words]]:
    start, end = ports[jump, jump.start], ports[jump, jump.end]
    side = boxes[jump.start].x
    gap = _gap_of(jump)
    middle = (boxes[gap].y + boxes[gap].height + boxes[gap + 1].y) / 2
    stroke = _polyline([(side, start), (x, start), (x, end), (side, end)], "right")
    return stroke, _column(x - 6, middle, jump.edge.labels, "end")


def _draw_rails(
    graph: Graph, rows: dict[str, int], boxes: Sequence[Box], x: float
) -> tuple[list[Box], list[Stroke], list[Words], list[Point]]:
    rails = _rails(graph, rows)
    lowest = {rail.target: -rail.sources[0] for rail in reversed(rails)}
    feet = [node for node in graph.nodes if node.key not in rows]
    feet.sort(key=lambda node: lowest.get(node.key, 1))
    label_lines = max((len(rail.labels) for rail in rails), default=0)
    y = boxes[-1].y + boxes[-1].height + 34 + _LINE * label_lines
    right = dict.fromkeys(range(len(boxes)), 0.0)
    placed, strokes, words, dots = [], [], [], []
    for node in feet:
        own = [rail for rail in rails if rail.target == node.key]
        needed = sum(rail.width for rail in own) + 28
        width = max(_foot_width(node), needed)
        placed.append(moved(compose(node, width), x, y))
        rail_x = x + 18 + (width - needed) / 4
        for rail in own:
            levels = [boxes[row].y + boxes[row].height / 2 for row in rail.sources]
            strokes.append(_polyline([(rail_x, levels[0]), (rail_x, y)], "down", faint=True))
            first = y - 16 - _LINE * (len(rail.labels) - 1)
            words += [
                Words(rail_x + 8, first + _LINE * i, label) for i, label in enumerate(rail.labels)
            ]
            for row, level in zip(rail.sources, levels, strict=True):
                dots.append((rail_x, level))
                right[row] = max(right[row], rail_x)
            rail_x += rail.width
        x += width + _APART
    for row, end in right.items():
        if end:
            side = boxes[row].x + boxes[row].width
            level = boxes[row].y + boxes[row].height / 2
            strokes.append(_polyline([(side, level), (end, level)], None, faint=True))
    return placed, strokes, words, dots


def _foot_width(node: Node) -> float:
    """Make room for the longest word of the title."""
    longest = max(width_of(word, TITLE) for word in node.title.split(" "))
    return min(max(_FOOT, longest + 26), _WIDEST)


def _rails(graph: Graph, rows: dict[str, int]) -> list[_Rail]:
    """Bundle the edges into each foot; those that begin lowest come first, to cross least."""
    bundles: dict[tuple[str, tuple[str, ...]], list[int]] = {}
    for edge in graph.edges:
        if edge.target not in rows:
            bundles.setdefault((edge.target, edge.labels), []).append(rows[edge.source])
    rails = [_Rail(*key, tuple(sorted(sources))) for key, sources in bundles.items()]
    return sorted(rails, key=lambda rail: -rail.sources[0])


def _polyline(
    points: Sequence[Point], direction: Direction | None, *, faint: bool = False
) -> Stroke:
    """Draw straight lines with rounded corners through the points, with a tip at the end."""
    path = f"M{points[0][0]:g} {points[0][1]:g}"
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        start, end = _toward(corner, before), _toward(corner, after)
        path += f" L{start[0]:g} {start[1]:g} Q{corner[0]:g} {corner[1]:g} {end[0]:g} {end[1]:g}"
    path += f" L{points[-1][0]:g} {points[-1][1]:g}"
    return Stroke(path, faint=faint, tip=(points[-1], direction) if direction else None)


def _toward(corner: Point, other: Point) -> Point:
    """Give the point a bend's radius away from the corner, along one of its sides."""

    def near(start: float, end: float) -> float:
        step = min(_BEND, abs(end - start) / 2)
        return start + (step if end > start else -step)

    return near(corner[0], other[0]), near(corner[1], other[1])
