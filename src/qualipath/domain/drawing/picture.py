"""A diagram once everything has its place: boxes, strokes and words with their coordinates."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from qualipath.domain.drawing.graph import Graph, Node
from qualipath.domain.drawing.lettering import width_of, wrap

MARGIN = 24.0
TOP = 68.0
HEADING, TITLE, BODY = 20.0, 15.0, 13.0
_PADDING = 12.0
_LINE = 1.3
_LEGEND_ROW, _SWATCH = 24.0, 30.0
_LEAST_WIDTH = 520.0

Point = tuple[float, float]
Direction = Literal["right", "left", "up", "down"]


@dataclass(frozen=True, slots=True)
class Words:
    """One line of text; `y` is its baseline."""

    x: float
    y: float
    text: str
    size: float = BODY
    bold: bool = False
    soft: bool = False
    anchor: Literal["start", "middle", "end"] = "start"

    @property
    def left(self) -> float:
        """Where the text begins, at the widest estimate."""
        share = {"start": 0.0, "middle": 0.5, "end": 1.0}[self.anchor]
        return self.x - share * width_of(self.text, self.size)


@dataclass(frozen=True, slots=True)
class Box:
    """A node in its place, with the words in it; `rule` is the height of the line above notes."""

    node: Node
    x: float
    y: float
    width: float
    height: float
    words: tuple[Words, ...]
    rule: float | None = None


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line along a path in SVG's language, and the arrow's tip if it has one."""

    path: str
    dashed: bool = False
    faint: bool = False
    tip: tuple[Point, Direction] | None = None


@dataclass(frozen=True, slots=True)
class Swatch:
    """A legend's entry: a tone, or `solid` or `dashed`, before its words."""

    mark: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Picture:
    """A finished drawing and its size."""

    title: str
    description: str
    width: float
    height: float
    boxes: tuple[Box, ...]
    strokes: tuple[Stroke, ...]
    dots: tuple[Point, ...]
    words: tuple[Words, ...]
    swatches: tuple[Swatch, ...]


def compose(node: Node, width: float, height: float = 0) -> Box:
    """Set a node's texts into a box of this width, at the origin, as high as they need."""
    inner = width - 2 * _PADDING
    words: list[Words] = []
    rule, y = None, _PADDING - 3

    def add(lines: Iterable[str], size: float, *, bold: bool = False, soft: bool = False) -> None:
        nonlocal y
        for line in lines:
            y += size * _LINE
            words.append(Words(_PADDING, y - size * 0.2, line, size, bold=bold, soft=soft))

    add(wrap(node.title, TITLE, inner, 4), TITLE, bold=True)
    if node.badge:
        add(wrap(f"▸ {node.badge}", BODY, inner, 2), BODY, bold=True)
    for fact in node.facts:
        add(wrap(fact, BODY, inner, 2), BODY, soft=True)
    if node.notes:
        rule = y + 6
        y += 8
        add(wrap(node.heading, BODY, inner, 1), BODY, soft=True)
    for note in node.notes:
        add(wrap(note, BODY, inner, 6), BODY)
        y += 3
    return Box(node, 0, 0, width, max(y + _PADDING - 2, height), tuple(words), rule)


def moved(box: Box, x: float, y: float) -> Box:
    """Put a composed box at a place."""
    words = tuple(
        Words(word.x + x, word.y + y, word.text, word.size, word.bold, word.soft, word.anchor)
        for word in box.words
    )
    rule = None if box.rule is None else box.rule + y
    return Box(box.node, x, y, box.width, box.height, words, rule)


def frame(
    graph: Graph,
    boxes: Sequence[Box],
    strokes: Sequence[Stroke],
    words: Sequence[Words] = (),
    *,
    dots: Sequence[Point] = (),
    bottom: float = 0,
) -> Picture:
    """Put the title above a drawing that starts at (MARGIN, TOP), and the legend below.

    `bottom` is how far strokes reach down, where that is further than the boxes do.
    """
    right = max([box.x + box.width for box in boxes] + [_LEAST_WIDTH])
    right = max([right, *(word.left + width_of(word.text, word.size) for word in words)])
    bottom = max([bottom, *(box.y + box.height for box in boxes)])
    heading = wrap(graph.title, HEADING, right - MARGIN, 1)
    signs, legend, bottom = _legend(graph.legend, right, bottom)
    return Picture(
        graph.title,
        graph.description,
        right + MARGIN,
        bottom + MARGIN,
        tuple(boxes),
        tuple(strokes),
        tuple(dots),
        (*(Words(MARGIN, 40, line, HEADING, bold=True) for line in heading), *words, *legend),
        signs,
    )


def _legend(
    entries: Sequence[tuple[str, str]], right: float, bottom: float
) -> tuple[tuple[Swatch, ...], list[Words], float]:
    x, y = MARGIN, bottom + 1.5 * MARGIN
    signs, words = [], []
    for mark, text in entries:
        needed = _SWATCH + width_of(text, BODY) + 18
        if x > MARGIN and x + needed > right:
            x, y = MARGIN, y + _LEGEND_ROW
        signs.append(Swatch(mark, x, y))
        words.append(Words(x + _SWATCH, y + 11, text, BODY, soft=True))
        x += needed
    return tuple(signs), words, y + 14 if entries else bottom
