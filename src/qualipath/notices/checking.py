"""Whether the templates of a folder are whole, and can be filled in with what they get."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path

from qualipath.definition.values import LOCALES, Locale
from qualipath.domain.correspondence import GENDERINGS
from qualipath.errors import Problem, TemplateError
from qualipath.notices.about import fields_of
from qualipath.notices.field import Field
from qualipath.notices.fields import About
from qualipath.notices.headers import MAX_LENGTH
from qualipath.notices.markup import inline_styles
from qualipath.notices.parsing import (
    compile_template,
    nothing_told,
    read_template,
    template_problems,
)
from qualipath.notices.scope import Scope, layout_scope, scope_of
from qualipath.notices.templating import LAYOUTS, PARTS, combined, fill, plain
from qualipath.notices.words import FILE, Words, read_words


def check_templates(
    folder: Path, abouts: Mapping[str, Collection[About]], locales: Sequence[Locale] = LOCALES
) -> list[Problem]:
    """Find what is wrong with the templates of these notices, in each language.

    A folder of a notice that is not among them is left alone. The problems are sorted by file and
    line.
    """
    found = {problem for locale in locales for problem in _in_language(folder, abouts, locale)}
    return sorted(found, key=lambda p: (p.file, p.line, p.column, p.field, p.what))


def _in_language(
    folder: Path, abouts: Mapping[str, Collection[About]], locale: Locale
) -> Iterator[Problem]:
    below = folder / locale
    if not below.is_dir():
        right = "write the templates of this language there"
        yield Problem(str(below), 0, 0, "", "is not a folder", right)
        return
    words = read_words(below / FILE)
    yield from words.problems
    if words.problems and not words.keys:
        # Else each use of a word would be told as another mistake.
        return
    layouts = {}
    for name in LAYOUTS:
        scope = layout_scope().with_words(words.keys, str(below / FILE))
        layouts[name], problems = _read(folder / name, scope)
        yield from problems
    there = sorted(part.name for part in below.iterdir() if part.is_dir())
    for notice, about in sorted(abouts.items()):
        if notice in there:
            fields = fields_of(about)
            yield from _Notice(below / notice, locale, words, fields).problems(layouts)
        else:
            near = get_close_matches(notice, there, n=1)
            right = f"write its {', '.join(PARTS)}"
            right = f"{right}, or is it '{near[0]}'?" if near else right
            yield Problem(str(below / notice), 0, 0, "", "does not exist", right)


class _Notice:
    """The templates of one notice in one language."""

    def __init__(
        self, folder: Path, locale: Locale, words: Words, fields: Mapping[str, Field]
    ) -> None:
        self._folder = folder
        self._locale = locale
        self._words = words
        self._fields = fields
        self._scope = scope_of(fields).with_words(words.keys, str(folder.parent / FILE))

    def problems(self, layouts: Mapping[str, str]) -> Iterator[Problem]:
        """Find all; what a layout lacks is told elsewhere."""
        subject, body, html = (self._folder / part for part in PARTS)
        source, problems = _read(subject, self._scope)
        yield from problems or self._subject(source, str(subject))
        source, problems = _read(body, self._scope)
        yield from problems or nothing_told(source, str(body))
        source, problems = _read(html, self._scope)
        yield from problems or nothing_told(source, str(html))
        if not problems and (layout := layouts["layout.html"]):
            what = _misplaced(combined(layout, source))
            if what is not None:
                yield Problem(str(html), 0, 0, "", what, "put it elsewhere")

    def _subject(self, source: str, file: str) -> Iterator[Problem]:
        if len(source.strip().splitlines()) > 1:
            yield Problem(file, 2, 0, "", "has more than one line", "write one")
            return
        if self._words.problems:
            return
        template = compile_template(source, file)
        values = {name: plain(each.shown(self._locale)) for name, each in self._fields.items()}
        for gendering in GENDERINGS:
            words = self._words.texts[gendering]
            try:
                told = fill(template, {**values, "words": words}).strip()
            except TemplateError as error:
                yield from error.problems
                return
            if not told:
                yield Problem(file, 1, 0, "", "is empty", "write what the mail is about")
                return
            if len(told) > MAX_LENGTH:
                what = f"is {len(told)} characters long with sample values"
                yield Problem(file, 1, 0, "", what, f"use at most {MAX_LENGTH}")
                return


# A pure function, too, and most of what a check costs.
@lru_cache(maxsize=512)
def _misplaced(html: str) -> str | None:
    """Say what styles can't be inlined around."""
    try:
        inline_styles(html)
    except ValueError as error:
        return str(error)
    return None


def _read(file: Path, scope: Scope) -> tuple[str, tuple[Problem, ...]]:
    """Read a template that may use a scope's names; empty where anything is wrong with it."""
    source, problems = read_template(file)
    problems = problems or template_problems(source, str(file), scope)
    return ("" if problems else source), problems
