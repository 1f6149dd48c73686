"""Diagrams as self-contained SVG: no scripts, fonts or links from elsewhere, light and dark."""

from collections.abc import Mapping
from xml.etree import ElementTree as ET

from qualipath.definition.spec import Definition, LifecycleSpec
from qualipath.domain.drawing import palette
from qualipath.domain.drawing.flow import draw_flow
from qualipath.domain.drawing.graph import Tone, lifecycle_graph, path_graph
from qualipath.domain.drawing.ladder import draw_ladder
from qualipath.domain.drawing.lettering import printable
from qualipath.domain.drawing.picture import Box, Direction, Picture, Point, Stroke, Swatch, Words

_FONTS = "system-ui, 'Segoe UI', 'Liberation Sans', Arial, sans-serif"
_TIPS: Mapping[Direction, tuple[Point, Point]] = {
    "right": ((-9, -4.5), (-9, 4.5)),
    "left": ((9, -4.5), (9, 4.5)),
    "down": ((-4.5, -9), (4.5, -9)),
    "up": ((-4.5, 9), (4.5, 9)),
}


def path_svg(definition: Definition, locale: str, standing: Mapping[str, str] | None = None) -> str:
    """Draw a path as SVG, with one employee's standing if it is given.

    `standing` maps tiers to states: `locked`, `available`, or those of the tier's lifecycle.
    """
    return render(draw_flow(path_graph(definition, locale, standing)), locale)


def lifecycle_svg(lifecycle: LifecycleSpec, locale: str, current: str | None = None) -> str:
    """Draw a lifecycle as SVG, with one state highlighted if it is given."""
    return render(draw_ladder(lifecycle_graph(lifecycle, locale, current)), locale)


def render(picture: Picture, locale: str) -> str:
    """Write a finished picture as SVG; the same picture gives the same text."""
    width, height = _number(picture.width), _number(picture.height)
    root = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {width} {height}",
            "width": width,
            "height": height,
            "role": "img",
            "aria-labelledby": "title desc",
            "lang": "de" if locale.startswith("de") else "en",
            "font-family": _FONTS,
        },
    )
    _text(root, "title", picture.title, id="title")
    _text(root, "desc", picture.description, id="desc")
    _text(root, "style", _dark())
    paper = {"width": width, "height": height, "fill": palette.PAPER[0], "class": "paper"}
    ET.SubElement(root, "rect", paper)
    for stroke in picture.strokes:
        _add_stroke(root, stroke)
    for x, y in picture.dots:
        dot = {"cx": _number(x), "cy": _number(y), "r": "3", "class": "faint-tip"}
        ET.SubElement(root, "circle", dot | {"fill": palette.FAINT[0]})
    for box in picture.boxes:
        _add_box(root, box)
    for words in picture.words:
        _add_words(root, words, "")
    for swatch in picture.swatches:
        _add_swatch(root, swatch)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode") + "\n"


def _add_box(root: ET.Element, box: Box) -> None:
    tone = box.node.tone
    fill, line, _ = palette.LIGHT[tone]
    group = ET.SubElement(root, "g", {"data-key": box.node.key})
    _text(group, "title", "; ".join([box.node.title, *box.node.facts, *box.node.notes]))
    shape = _rectangle(box.x, box.y, box.width, box.height) | {
        "rx": "7",
        "fill": fill,
        "stroke": line,
        "stroke-width": "4" if box.node.current else "1.5",
        "class": f"{tone}-box",
    }
    if tone in {Tone.LOCKED, Tone.ABANDONED}:
        shape["stroke-dasharray"] = "5 3"
    ET.SubElement(group, "rect", shape)
    if box.rule is not None:
        y = _number(box.rule)
        ends = {"x1": _number(box.x + 12), "x2": _number(box.x + box.width - 12), "y1": y, "y2": y}
        rule = ends | {"stroke": line, "stroke-opacity": "0.4", "class": f"{tone}-line"}
        ET.SubElement(group, "line", rule)
    for words in box.words:
        _add_words(group, words, tone)


def _add_words(parent: ET.Element, words: Words, tone: str) -> None:
    if tone:
        ink, name = palette.LIGHT[Tone(tone)][2], f"{tone}-ink"
    else:
        ink, name = (palette.SOFT[0], "soft") if words.soft else (palette.INK[0], "ink")
    attributes = {
        "x": _number(words.x),
        "y": _number(words.y),
        "font-size": _number(words.size),
        "fill": ink,
        "class": name,
    }
    if words.bold:
        attributes["font-weight"] = "600"
    if words.anchor != "start":
        attributes["text-anchor"] = words.anchor
    _text(parent, "text", words.text, **attributes)


def _add_stroke(root: ET.Element, stroke: Stroke) -> None:
    colour, name = (palette.FAINT[0], "faint") if stroke.faint else (palette.LINE[0], "line")
    line = {"d": stroke.path, "fill": "none", "stroke": colour, "stroke-width": "1.5"}
    line["class"] = name
    if stroke.dashed:
        line["stroke-dasharray"] = "6 4"
    ET.SubElement(root, "path", line)
    if stroke.tip:
        (x, y), direction = stroke.tip
        corners = [(x, y), *((x + dx, y + dy) for dx, dy in _TIPS[direction])]
        points = " ".join(f"{_number(a)},{_number(b)}" for a, b in corners)
        tip = {"points": points, "fill": colour, "class": f"{name}-tip"}
        ET.SubElement(root, "polygon", tip)


def _add_swatch(root: ET.Element, swatch: Swatch) -> None:
    if swatch.mark in {"solid", "dashed"}:
        y = swatch.y + 6.5
        path = f"M{_number(swatch.x)} {_number(y)} H{_number(swatch.x + 22)}"
        tip: tuple[Point, Direction] = ((swatch.x + 24, y), "right")
        _add_stroke(root, Stroke(path, dashed=swatch.mark == "dashed", tip=tip))
        return
    tone = Tone(swatch.mark)
    shape = _rectangle(swatch.x, swatch.y, 22, 13) | {
        "rx": "3",
        "fill": palette.LIGHT[tone][0],
        "stroke": palette.LIGHT[tone][1],
        "class": f"{tone}-box",
    }
    if tone in {Tone.LOCKED, Tone.ABANDONED}:
        shape["stroke-dasharray"] = "5 3"
    ET.SubElement(root, "rect", shape)


def _dark() -> str:
    rules = [
        f".paper{{fill:{palette.PAPER[1]}}}",
        f".ink{{fill:{palette.INK[1]}}}",
        f".soft{{fill:{palette.SOFT[1]}}}",
        f".line{{stroke:{palette.LINE[1]}}}",
        f".line-tip{{fill:{palette.LINE[1]}}}",
        f".faint{{stroke:{palette.FAINT[1]}}}",
        f".faint-tip{{fill:{palette.FAINT[1]}}}",
    ]
    for tone, (fill, line, ink) in palette.DARK.items():
        rules += [
            f".{tone}-box{{fill:{fill};stroke:{line}}}",
            f".{tone}-line{{stroke:{line}}}",
            f".{tone}-ink{{fill:{ink}}}",
        ]
    return f"@media (prefers-color-scheme: dark){{{' '.join(rules)}}}"


def _rectangle(x: float, y: float, width: float, height: float) -> dict[str, str]:
    sides = {"x": x, "y": y, "width": width, "height": height}
    return {name: _number(value) for name, value in sides.items()}


def _text(parent: ET.Element, tag: str, text: str, **attributes: str) -> None:
    ET.SubElement(parent, tag, attributes).text = printable(text)


def _number(value: float) -> str:
    return f"{round(value, 1):g}"
