"""One file that somebody wrote: its data, and at which line and column each part stands."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from qualipath.definition.values import NAME_PATTERN
from qualipath.errors import Problem

Location = tuple[str | int, ...]
"""The way to one part of a file: keys of mappings and indexes of lists."""


@dataclass(frozen=True, slots=True)
class Place:
    """A line and a column, counted from 1."""

    line: int
    column: int

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}"


@dataclass(frozen=True, slots=True)
class Source:
    """A file's data as plain dicts, lists, texts, numbers, booleans and None, with their places.

    A value's place is its own; that of a mapping or list below a key is the key's. Where parts had
    to be left out of what is reviewed, `lost` tells where they stand, and `kept` for each list that
    lost items the indexes of the others: locations are those of what is reviewed.
    """

    file: str
    data: object
    values: Mapping[Location, Place]
    keys: Mapping[Location, Place]
    lost: frozenset[Location] = frozenset()
    kept: Mapping[Location, tuple[int, ...]] = field(default_factory=dict)

    def whole(self, at: Location) -> bool:
        """Tell whether nothing was left out of a part, so that what is missing there is missing."""
        written = self.written(at)
        return not any(lost[: len(written)] == written for lost in self.lost)

    def written(self, at: Location) -> Location:
        """Find a part of what is reviewed in the file, whose lists may have more items."""
        found: Location = ()
        for step in at:
            kept = self.kept.get(found)
            found = (*found, kept[step] if kept and isinstance(step, int) else step)
        return found

    def names(self, below: str) -> set[str] | None:
        """Give the names that a field of the file defines, also where what they hold is wrong.

        None where it can't be told, since one of them is not a name.
        """
        named = self.data.get(below) if isinstance(self.data, dict) else None
        names = set(named) if isinstance(named, dict) else None
        right = all(re.match(NAME_PATTERN, str(name)) for name in names or ())
        return names if right else None

    def place(self, at: Location, *, key: bool = False) -> Place:
        """Find where a part stands, or else the nearest part around it that is written."""
        return self._place(self.written(at), key=key)

    def _place(self, at: Location, *, key: bool) -> Place:
        if key and at in self.keys:
            return self.keys[at]
        while at and at not in self.values:
            at = at[:-1]
        return self.values.get(at, Place(1, 1))

    def problem(self, at: Location, what: str, right: str = "", *, key: bool = False) -> Problem:
        """Name a problem of one part, or of the key that it stands under."""
        at = self.written(at)
        if at not in self.values and at and isinstance(at[-1], int):
            at = at[:-1]  # A single value that stands for a list of one.
        place = self._place(at, key=key)
        return Problem(self.file, place.line, place.column, field_name(at), what, right)


def field_name(at: Location) -> str:
    """Write a location as people do: `transitions[3].to`; indexes count from 0."""
    told = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in at)
    return told.removeprefix(".")


def suggestion(written: object, known: Iterable[str]) -> str:
    """Say which known word was probably meant, and else (or also) which ones there are."""
    words = sorted(known)
    near = get_close_matches(str(written)[:80], words, n=1, cutoff=0.6)
    there = ", ".join(words[:_LISTED]) + (", …" if len(words) > _LISTED else "")
    if near:
        return f"did you mean '{near[0]}'? Known: {there}"
    return f"known: {there}" if words else "none is defined"


def shown(written: object) -> str:
    """Quote what was written, shortened, as YAML's readers would call it."""
    match written:
        case None:
            return "nothing"
        case bool():
            return str(written).lower()
        case dict():
            return "a mapping"
        case list():
            return "a list"
        case str():
            short = written if len(written) <= _SHOWN else written[:_SHOWN] + "…"
            return f"'{short}'"
    return str(written)


_SHOWN = 60
_LISTED = 20
