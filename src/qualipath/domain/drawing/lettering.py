"""How wide text is, and how it is wrapped, where no font can be measured."""

import re
import unicodedata
from collections.abc import Iterator

_NARROW = frozenset("iljtfr.,;:!'|()[]/- ")
_BROAD = frozenset("mwMWQOGDNHU@%&…")
ELLIPSIS = "…"


# What XML 1.0 forbids, and the controls that it takes.
_FORBIDDEN = re.compile("[^\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def printable(text: str) -> str:
    """Give the text on one line, with nothing in it that XML forbids or that can't be seen."""
    spaced = _FORBIDDEN.sub(" ", text)
    # Format characters (Cf) could turn the reading direction of what follows.
    seen = (character for character in spaced if unicodedata.category(character) != "Cf")
    return " ".join("".join(seen).split())


def width_of(text: str, size: float) -> float:
    """Estimate a text's width from above, for the usual sans-serif fonts."""
    return size * sum(map(_em, text))


def _em(character: str) -> float:
    if unicodedata.east_asian_width(character) in "WF":
        return 1.05
    if character.isupper():
        return 0.86 if character in _BROAD else 0.72
    if character in _NARROW:
        return 0.36
    return 0.9 if character in _BROAD else 0.6


def wrap(text: str, size: float, width: float, most: int) -> tuple[str, ...]:
    """Break a text into at most so many lines of this width; what is cut off ends in `…`."""
    lines = list(_lines(printable(text), size, width))
    if len(lines) <= most:
        return tuple(lines)
    last = lines[most - 1]
    while last and width_of(last + ELLIPSIS, size) > width:
        last = last[:-1]
    return (*lines[: most - 1], last.rstrip() + ELLIPSIS)


def _lines(text: str, size: float, width: float) -> Iterator[str]:
    line = ""
    for word in text.split(" "):
        joined = f"{line} {word}" if line else word
        if width_of(joined, size) <= width:
            line = joined
            continue
        if line:
            yield line
        *full, line = _pieces(word, size, width)
        yield from full
    yield line


def _pieces(word: str, size: float, width: float) -> Iterator[str]:
    """Cut a word that is wider than a line; a hyphen or slash in it is the better place."""
    piece = ""
    for character in word:
        if piece and width_of(piece + character, size) > width:
            cut = max(piece.rfind("-"), piece.rfind("/")) + 1 or len(piece)
            yield piece[:cut]
            piece = piece[cut:]
        piece += character
    yield piece
