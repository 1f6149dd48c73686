"""The templates of a folder, compiled once a notice and language, and filled in."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeAlias

from jinja2 import Template
from jinja2.exceptions import UndefinedError

from qualipath.definition.values import Locale
from qualipath.domain.correspondence import Gendering
from qualipath.errors import Problem, TemplateError
from qualipath.notices.headers import clean
from qualipath.notices.mail import Rendered, Value
from qualipath.notices.markup import CONTENT_TAG, TAG, inline_styles
from qualipath.notices.parsing import (
    compile_template,
    names_in,
    nothing_told,
    read_template,
    template_problems,
)
from qualipath.notices.scope import CONTENT, any_scope, layout_scope
from qualipath.notices.words import FILE, Words, read_words

PARTS = ("subject.txt", "body.txt", "body.html")
LAYOUTS = ("layout.txt", "layout.html")
MAX_RENDERED = 256 * 1024
MAX_ROWS = 500
_AT_ONCE = 256

_LINE_END = re.compile(r"\r\n?")
_HALF = re.compile("[\ud800-\udfff]")

_Plain: TypeAlias = "str | bool | Mapping[str, str] | list[str] | list[dict[str, str]]"
_Stamp: TypeAlias = "tuple[int, int, int] | None"


class Templates:
    """The templates of a folder, compiled when they are first asked for and when files change."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[tuple[str, Locale], _Compiled] = {}

    def rendered(
        self, notice: str, locale: Locale, gendering: Gendering, fields: Mapping[str, Value]
    ) -> Rendered:
        """Fill a notice's templates in.

        Lists are shown up to their 500th row. As loops can't be nested, the time that this takes
        is bounded, too.

        Raises: TemplateError if they are wrong, ask for a field that was not given, or give more
        than 256 KiB a part.
        """
        known = self._known.get((notice, locale))
        if known is None or known.stamps != tuple(map(_stamp, known.files)):
            known = self._known[notice, locale] = _compile(self._folder, locale, notice)
        return known.rendered(gendering, fields)


def combined(layout: str, body: str) -> str:
    """Put a notice's own part into the layout, whose comments may tell of it."""
    told = body.removesuffix("\n")
    return TAG.sub(lambda tag: told if CONTENT_TAG.fullmatch(tag[0]) else tag[0], layout)


def fill(template: Template, values: Mapping[str, object]) -> str:
    """Fill one template in.

    Raises: TemplateError if it asks for what is not there, or gives more than 256 KiB.
    """
    pieces: list[str] = []
    size = 0
    told = template.root_render_func(template.new_context(dict(values)))
    try:
        while size <= MAX_RENDERED and (some := list(islice(told, _AT_ONCE))):
            pieces += some
            size += sum(map(len, some))
    except UndefinedError as error:
        raise _wrong(template.name, str(error.message)) from error
    text = "".join(pieces)
    if size > MAX_RENDERED // 4 and len(text.encode()) > MAX_RENDERED:
        raise _wrong(template.name, "gives more than 256 KiB", "tell less in it")
    return text


def plain(value: Value) -> _Plain:
    """Make of a value what templates may get: nothing but exact texts, in lists or rows of them.

    Raises: TypeError for anything else.
    """
    match value:
        case str():
            return _sound(value)
        case None:
            return ""
        case bool():
            return value
        case tuple():
            return [_plain_row(row) for row in value[:MAX_ROWS]]  # type: ignore[return-value]
    message = f"is of type {type(value).__name__}"  # type: ignore[unreachable]
    raise TypeError(message)


@dataclass(frozen=True, slots=True)
class _Compiled:
    """One notice's templates in one language; `names` are the fields that they ask for."""

    folder: str
    files: tuple[str, ...]
    stamps: tuple[_Stamp, ...]
    locale: Locale
    words: Words
    names: tuple[str, ...]
    subject: Template
    text: Template
    html: Template

    def rendered(self, gendering: Gendering, fields: Mapping[str, Value]) -> Rendered:
        """Fill all three in."""
        values: dict[str, object] = {
            "locale": self.locale,
            "words": self.words.texts[gendering],
        }
        for name in self.names:
            try:
                values[name] = plain(fields[name])
            except KeyError:
                raise _wrong(self.folder, f"asks for '{name}', which is not known here") from None
            except TypeError as error:
                raise _wrong(self.folder, f"'{name}' {error}, and no text") from None
        subject = values["subject"] = clean(fill(self.subject, values))
        return Rendered(subject, fill(self.text, values), fill(self.html, values))


def _compile(folder: Path, locale: Locale, notice: str) -> _Compiled:
    below = folder / locale / notice
    layouts = [folder / name for name in LAYOUTS]
    parts = [below / name for name in PARTS]
    words_file = folder / locale / FILE
    files = tuple(map(str, [*layouts, *parts, words_file]))
    # They are looked at before they are read, so that what changes meanwhile is read again.
    stamps = tuple(map(_stamp, files))
    words = read_words(words_file)
    problems = list(words.problems)
    sources = []
    for file in (*layouts, *parts):
        scope = layout_scope() if file in layouts else any_scope()
        source, wrong = read_template(file)
        sources.append(source)
        scope = scope.with_words(words.keys, str(words_file))
        problems += (
            wrong
            or tuple(nothing_told(source, str(file)))
            or template_problems(source, str(file), scope)
        )
    if problems:
        raise TemplateError(problems)
    layout_text, layout_html, subject, text, html = sources
    try:
        whole = inline_styles(combined(layout_html, html))
    except ValueError as error:
        raise _wrong(str(parts[-1]), str(error)) from error
    names = frozenset[str]().union(*map(names_in, sources))
    return _Compiled(
        folder=str(below),
        files=files,
        stamps=stamps,
        locale=locale,
        words=words,
        names=tuple(sorted(names - {"subject", "locale", "words", CONTENT})),
        subject=compile_template(subject, files[2]),
        text=compile_template(combined(layout_text, text), files[3]),
        html=compile_template(whole, files[4]),
    )


def _plain_row(row: object) -> str | dict[str, str]:
    if isinstance(row, str):
        return _sound(row)
    if isinstance(row, Mapping):
        return {key: "" if told is None else _sound(told) for key, told in row.items()}
    message = f"holds something of type {type(row).__name__}"
    raise TypeError(message)


def _sound(text: str) -> str:
    """Give an exact text: no subclass that could stand for safe HTML, one kind of line end."""
    if not isinstance(text, str):
        message = f"holds something of type {type(text).__name__}"  # type: ignore[unreachable]
        raise TypeError(message)
    text = str.__str__(text)
    return text if text.isprintable() else _HALF.sub("\ufffd", _LINE_END.sub("\n", text))


def _stamp(file: str) -> _Stamp:
    try:
        found = os.stat(file)  # noqa: PTH116 (asked for with every mail)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _wrong(file: str | None, what: str, right: str = "") -> TemplateError:
    return TemplateError([Problem(file or "", 0, 0, "", what, right)])
