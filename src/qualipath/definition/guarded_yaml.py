"""YAML 1.2 read event by event, so that nothing in a file can blow up while it is read."""

import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, StreamMark, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
)

from qualipath.definition.source import Location, Place, Source, field_name
from qualipath.errors import DefinitionError, Problem

MAX_BYTES = 256 * 1024
MAX_DEPTH = 24
MAX_EVENTS = 20_000
_MAX_PROBLEMS = 50
_MAX_DIGITS = 18

_UNPRINTABLE = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_WORDS: dict[str, bool | None] = dict.fromkeys(("", "~", "null", "Null", "NULL"))
_WORDS |= dict.fromkeys(("true", "True", "TRUE"), True)
_WORDS |= dict.fromkeys(("false", "False", "FALSE"), False)
_INTEGER = re.compile(r"[-+]?[0-9]+")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")

# What ruamel's scanner lets through besides its own errors: absurd escapes and directives.
_BROKEN = (YAMLError, ValueError, ArithmeticError, LookupError, TypeError, AttributeError)


def read_yaml(path: Path) -> Source:
    """Read a file of one plain YAML 1.2 document in UTF-8.

    Raises: DefinitionError with every problem that was found, each with its place.
    """
    file = str(path)
    try:
        # Anything but a plain file, such as a pipe, might never end.
        if not path.is_file():
            raise DefinitionError([Problem(file, 0, 0, "", "is not a file")])
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as error:
        what = f"can't be read: {error.strerror or error}"
        raise DefinitionError([Problem(file, 0, 0, "", what)]) from error
    return parse_yaml(raw, file)


def parse_yaml(raw: bytes, file: str) -> Source:
    """Read one plain YAML 1.2 document of at most 256 KiB, 24 levels and 20,000 events.

    Plain means: no anchors, aliases, tags, `<<` or duplicate keys, and keys that are texts.

    Raises: DefinitionError with every problem that was found, each with its place.
    """
    text = _decoded(raw, file)
    builder = _Builder(file)
    try:
        builder.build(YAML(typ="safe", pure=True).parse(text))
    except MarkedYAMLError as error:
        told = ": ".join(part for part in (error.context, error.problem) if part)
        mark = error.problem_mark or error.context_mark
        builder.problems.append(_problem(file, _place(mark), f"is not YAML: {told}"))
    except _BROKEN as error:
        builder.problems.append(_problem(file, Place(0, 0), f"is not YAML: {error}"))
    if builder.problems:
        raise DefinitionError(builder.problems[:_MAX_PROBLEMS])
    return Source(file, builder.data, builder.values, builder.keys)


def _decoded(raw: bytes, file: str) -> str:
    if len(raw) > MAX_BYTES:
        what, right = "is larger than 256 KiB", "split it into several definitions"
        raise DefinitionError([Problem(file, 0, 0, "", what, right)])
    if raw.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        raise DefinitionError([Problem(file, 1, 1, "", "is UTF-16", "save it as UTF-8")])
    raw = raw.removeprefix(BOM_UTF8)
    before, nul, _ = raw.partition(b"\0")
    if nul:
        place = _end_of(before.decode(errors="replace"))
        what = "holds a NUL, so it is binary, or UTF-16"
        raise DefinitionError([_problem(file, place, what, "write plain text in UTF-8")])
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        place = _end_of(raw[: error.start].decode())
        what = f"byte 0x{raw[error.start]:02x} is not UTF-8"
        raise DefinitionError([_problem(file, place, what, "save it as UTF-8")]) from None
    if found := _UNPRINTABLE.search(text):
        what = f"holds the character U+{ord(found[0]):04X}, so it is binary or damaged"
        place = _end_of(text[: found.start()])
        raise DefinitionError([_problem(file, place, what, "write plain text in UTF-8")])
    return text


@dataclass(slots=True)
class _Open:
    """A mapping or list that is being read; `key` waits for its value."""

    at: Location
    items: dict[str, object] | list[object]
    key: str | None = None


class _Builder:
    """Builds plain data from events and keeps every place."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.data: object = None
        self.values: dict[Location, Place] = {}
        self.keys: dict[Location, Place] = {}
        self._open: list[_Open] = []

    def build(self, events: Iterator[Event]) -> None:
        """Take events until they end or something is so wrong that reading on makes no sense."""
        documents = 0
        for event in islice(events, MAX_EVENTS):
            if isinstance(event, DocumentStartEvent):
                documents += 1
                self._check_start(event, documents)
            elif isinstance(event, CollectionEndEvent):
                self._open.pop()
            elif isinstance(event, NodeEvent):
                self._node(event)
        if one_more := next(events, None):
            self._refuse(
                one_more, "has more than 20,000 parts", "split it into several definitions"
            )
        elif self.data is None and not self.problems:
            right = "write a definition, or delete the file"
            self.problems.append(Problem(self.file, 1, 1, "", "is empty", right))

    def _check_start(self, event: DocumentStartEvent, number: int) -> None:
        if number > 1:
            raise self._hopeless(event, "is a second document", "keep one document in a file")
        if event.tags or (event.version and tuple(event.version) != (1, 2)):
            self._refuse(event, "changes how YAML is read", "leave out the lines that begin with %")

    def _node(self, event: NodeEvent) -> None:
        if isinstance(event, AliasEvent):
            self._refuse(event, f"the alias '*{event.anchor}' is not read", "write the value out")
        elif event.anchor is not None:
            self._refuse(event, f"the anchor '&{event.anchor}' is not read", "leave it out")
        elif isinstance(event, ScalarEvent | CollectionStartEvent) and event.tag is not None:
            self._refuse(event, f"the tag '{event.tag}' is not read", "leave it out")
        within = self._open[-1] if self._open else None
        if within and isinstance(within.items, dict) and within.key is None:
            self._key(event, within, within.items)
        else:
            self._value(event, within)

    def _key(self, event: NodeEvent, within: _Open, items: dict[str, object]) -> None:
        if not isinstance(event, ScalarEvent):
            raise self._hopeless(event, "a key must be a text", "write a plain word before ':'")
        key = within.key = str(event.value)
        self._check_text(event, key)
        at = (*within.at, key)
        place = _place(event.start_mark)
        if key == "<<":
            self._refuse(event, "the merge key '<<' is not read", "write the keys out")
        elif key in items:
            first = self.keys[at]
            problem = _problem(
                self.file, place, f"is written twice, first in {first}", "keep one", field_name(at)
            )
            self.problems.append(problem)
        else:
            self.keys[at] = place

    def _value(self, event: NodeEvent, within: _Open | None) -> None:
        value: object = None
        if isinstance(event, CollectionStartEvent):
            if len(self._open) == MAX_DEPTH:
                raise self._hopeless(event, "is nested deeper than 24 levels", "make it flatter")
            value = {} if isinstance(event, MappingStartEvent) else []
        elif isinstance(event, ScalarEvent):
            value = self._scalar(event)
        at: Location = ()
        if within is None:
            self.data = value
        elif isinstance(within.items, list):
            at = (*within.at, len(within.items))
            within.items.append(value)
        elif within.key is not None:
            at = (*within.at, within.key)
            within.items[within.key] = value
            within.key = None
        written = isinstance(event, ScalarEvent) and event.end_mark != event.start_mark
        place = _place(event.start_mark)
        self.values[at] = place if written else self.keys.get(at, place)
        if isinstance(value, dict | list):
            self._open.append(_Open(at, value))

    def _scalar(self, event: ScalarEvent) -> object:
        text = str(event.value)
        self._check_text(event, text)
        if not event.implicit[0]:
            return text
        if _INTEGER.fullmatch(text) and len(text) > _MAX_DIGITS:
            self._refuse(event, f"is a number of {len(text)} digits", "put a text in quotes")
            return text
        return _resolved(text)

    def _check_text(self, event: Event, text: str) -> None:
        # Escapes bring in NULs and half characters, which databases and mails can't hold.
        if found := _UNPRINTABLE.search(text):
            what = f"holds the character U+{ord(found[0]):04X}"
            self._refuse(event, what, "leave it out")

    def _refuse(self, event: Event, what: str, right: str) -> None:
        self.problems.append(self._told(event, what, right))

    def _hopeless(self, event: Event, what: str, right: str) -> DefinitionError:
        return DefinitionError([*self.problems[:_MAX_PROBLEMS], self._told(event, what, right)])

    def _told(self, event: Event, what: str, right: str) -> Problem:
        at: Location = ()
        if self._open:
            within = self._open[-1]
            step = len(within.items) if isinstance(within.items, list) else within.key
            at = within.at if step is None else (*within.at, step)
        return _problem(self.file, _place(event.start_mark), what, right, field_name(at))


def _resolved(text: str) -> object:
    """Read a plain scalar by YAML 1.2's core schema, in which `no` and `off` are texts."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _BASED.fullmatch(text) and len(text) <= _MAX_DIGITS:
        return int(text, 0)
    return float(text) if _FLOAT.fullmatch(text) else text


def _end_of(before: str) -> Place:
    return Place(before.count("\n") + 1, len(before) - before.rfind("\n"))


def _place(mark: StreamMark | None) -> Place:
    return Place(mark.line + 1, mark.column + 1) if mark else Place(0, 0)


def _problem(file: str, place: Place, what: str, right: str = "", name: str = "") -> Problem:
    return Problem(file, place.line, place.column, name, what, right)
