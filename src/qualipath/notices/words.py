"""The words that depend on how an organisation writes of people: each language's words.yaml."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from qualipath.definition.guarded_yaml import MAX_BYTES, parse_yaml
from qualipath.definition.source import Source, shown, suggestion
from qualipath.definition.values import NAME_PATTERN
from qualipath.domain.correspondence import GENDERINGS, Gendering
from qualipath.errors import DefinitionError, Problem

FILE = "words.yaml"


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language: for each style the text of every key, and what is wrong."""

    texts: Mapping[Gendering, Mapping[str, str]]
    keys: frozenset[str] = frozenset()
    problems: tuple[Problem, ...] = field(default=(), compare=False)


def read_words(file: Path) -> Words:
    """Read a file of words; there need not be one. What is wrong with it is told, not raised."""
    try:
        with file.open("rb") as stream:
            return _words(stream.read(MAX_BYTES + 1), str(file))
    except FileNotFoundError:
        return Words(_NONE)
    except OSError as error:
        what = f"can't be read: {error.strerror or error}"
        return Words(_NONE, problems=(Problem(str(file), 0, 0, "", what),))


# A pure function of what stands in a file; every publishing asks for it again.
@lru_cache(maxsize=16)
def _words(raw: bytes, file: str) -> Words:
    try:
        source = parse_yaml(raw, file)
    except DefinitionError as error:
        return Words(_NONE, problems=error.problems)
    written = source.data if isinstance(source.data, dict) else {}
    texts: dict[Gendering, dict[str, str]] = {style: {} for style in GENDERINGS}
    for key, value in written.items():
        for style in GENDERINGS:
            text = value.get(style) if isinstance(value, dict) else value
            texts[style][key] = text if isinstance(text, str) else ""
    return Words(texts, frozenset(written), tuple(_problems(source)))


_NONE: Mapping[Gendering, Mapping[str, str]] = {style: {} for style in GENDERINGS}


def _problems(source: Source) -> Iterator[Problem]:
    if not isinstance(source.data, dict):
        yield source.problem((), f"is {shown(source.data)}", "write 'key: text' on each line")
        return
    for key, value in source.data.items():
        if not re.match(NAME_PATTERN, str(key)):
            right = "use lower-case letters, digits and underscores"
            yield source.problem((key,), f"'{key}' is no name", right, key=True)
        if isinstance(value, dict):
            yield from _style_problems(source, key, value)
        elif not _is_text(value):
            right = f"write a text, or one for each of {', '.join(GENDERINGS)}"
            yield source.problem((key,), f"is {shown(value)}", right)


def _style_problems(source: Source, key: str, styles: Mapping[str, object]) -> Iterator[Problem]:
    if missing := [style for style in GENDERINGS if style not in styles]:
        right = "write all of them, or one text for all"
        yield source.problem((key,), f"has no text for {', '.join(missing)}", right)
    for style, text in styles.items():
        if style not in GENDERINGS:
            what = f"there is no style '{style}'"
            yield source.problem((key, style), what, suggestion(style, GENDERINGS), key=True)
        elif not _is_text(text):
            yield source.problem((key, style), f"is {shown(text)}", "write a text")


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())
