"""Pages of mails as people see them: their words, their elements, and how well they can be read."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset({"br", "hr", "img", "meta"})
_HIDDEN = frozenset({"head", "style", "title"})
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_COLOURS = ("color", "background-color")

Style = Mapping[str, str]


@dataclass(slots=True, eq=False)
class Element:
    """One element, within the one above it; `text` is what stands in it directly."""

    tag: str
    attributes: Mapping[str, str]
    above: "Element | None"
    text: str = ""

    def style(self, dark: "Rules" = ()) -> Style:
        """Give its own style, which the rules for the dark overrule."""
        given = declarations(self.attributes.get("style", ""))
        for selector, rule in dark:
            if _matches(self, selector.split()):
                given |= rule
        return given

    def colours(self, dark: "Rules" = ()) -> tuple[str, str]:
        """Give the colours of its text and of what is behind it."""
        found: dict[str, str] = {}
        element: Element | None = self
        while element is not None:
            found = {**element.style(dark), **found}
            element = element.above
        return found[_COLOURS[0]], found[_COLOURS[1]]


Rules = list[tuple[str, dict[str, str]]] | tuple[()]


@dataclass(slots=True)
class Page:
    """A page taken apart; `torn` are the tags that do not fit together."""

    source: str = field(repr=False)
    elements: list[Element] = field(default_factory=list)
    torn: list[str] = field(default_factory=list)

    def named(self, *tags: str) -> list[Element]:
        """Give the elements of these names."""
        return [element for element in self.elements if element.tag in tags]

    def shown(self) -> list[Element]:
        """Give the elements in which something stands that people see."""
        return [e for e in self.elements if e.text.strip() and not _is_hidden(e)]

    def is_empty(self, element: Element) -> bool:
        """Tell whether people see nothing in an element."""
        return not any(each.text.strip() for each in self.elements if element in _upwards(each))

    def dark(self) -> Rules:
        """Give the rules that hold where the reader prefers the dark."""
        styles = "".join(element.text for element in self.named("style"))
        start = styles.index("(prefers-color-scheme: dark)")
        inside = styles[styles.index("{", start) + 1 :].split("@media")[0]
        return [
            (selector.strip(), declarations(rule.replace("!important", "")))
            for selectors, rule in _RULE.findall(inside)
            for selector in selectors.split(",")
        ]


def read_page(source: str) -> Page:
    """Take a page apart."""
    reader = _Reader(Page(source))
    reader.feed(source)
    reader.close()
    reader.page.torn += [f"<{element.tag}>" for element in reader.open]
    return reader.page


def declarations(style: str) -> dict[str, str]:
    """Read what a style declares."""
    pairs = (each.partition(":") for each in style.split(";") if ":" in each)
    return {name.strip(): value.strip() for name, _, value in pairs}


def contrast(one: str, other: str) -> float:
    """Give the contrast of two colours, from 1 to 21 (WCAG 2.2, contrast ratio)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def words(text: str) -> set[str]:
    """Give the words of a text, small."""
    return {word.lower() for word in re.findall(r"[\w@.:*-]*\w", text)}


def _luminance(colour: str) -> float:
    assert re.fullmatch("#[0-9a-f]{6}", colour), colour
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _is_hidden(element: Element) -> bool:
    return any(each.tag in _HIDDEN for each in _upwards(element))


def _upwards(element: Element) -> Iterator[Element]:
    each: Element | None = element
    while each is not None:
        yield each
        each = each.above


def _matches(element: Element, selector: list[str]) -> bool:
    *before, last = selector
    if not _is(element, last):
        return False
    return not before or any(
        _matches(above, before) for above in _upwards(element) if above is not element
    )


def _is(element: Element, simple: str) -> bool:
    if simple.startswith("."):
        return simple[1:] in element.attributes.get("class", "").split()
    return element.tag == simple


class _Reader(HTMLParser):
    def __init__(self, page: Page) -> None:
        super().__init__()
        self.page = page
        self.open: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            self.page.torn.append(f"<{tag}> with an attribute twice")
        above = self.open[-1] if self.open else None
        element = Element(tag, {name: value or "" for name, value in attrs}, above)
        self.page.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if self.open and self.open[-1].tag == tag:
            self.open.pop()
        else:
            self.page.torn.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if self.open:
            self.open[-1].text += f" {data}"
        elif data.strip():
            self.page.torn.append(data)
