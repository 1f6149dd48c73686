"""Whether every notice that a lifecycle names has its templates."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from qualipath.definition.source import Location, Source
from qualipath.definition.spec import LifecycleSpec, NoticeSpec
from qualipath.definition.values import LOCALES
from qualipath.errors import Problem

_PARTS = ("subject.txt", "body.txt")
# A tag that opens within another one was not closed.
_CLOSED = re.compile(r"{{((?!{{|{%).)*?}}|{%((?!{{|{%).)*?%}", re.DOTALL)
_OPENED = re.compile(r"{{|{%")


@dataclass(frozen=True, slots=True)
class Templates:
    """The notices that have templates, by language."""

    folder: Path
    notices: dict[str, frozenset[str]]

    @classmethod
    def of(cls, folder: Path) -> "Templates":
        """Look into a folder of templates."""
        return cls(folder, {locale: _folders_in(folder / locale) for locale in LOCALES})


def notice_problems(
    lifecycle: LifecycleSpec, source: Source, templates: Templates
) -> Iterator[Problem]:
    """Find every notice whose templates are missing in a language, or can't be filled in."""
    complete = frozenset.intersection(*templates.notices.values())
    for notice, at in placed_notices(lifecycle):
        name, place = notice.notice, (*at, "notice")
        folders = {
            templates.folder / locale / name: name in names
            for locale, names in templates.notices.items()
        }
        if lacking := [str(folder) for folder, there in folders.items() if not there]:
            what = f"the notice '{name}' has no {' and no '.join(lacking)}"
            right = "write its subject.txt and body.txt"
            if near := get_close_matches(name, complete, n=1):
                right = f"{right}, or did you mean '{near[0]}'?"
            yield source.problem(place, what, right)
        for folder in (folder for folder, there in folders.items() if there):
            for part in _PARTS:
                for what, right in _wrong_with(folder / part):
                    yield source.problem(place, f"the notice '{name}' has {what}", right)


def _wrong_with(file: Path) -> Iterator[tuple[str, str]]:
    """Say what is wrong with a template, and what would be right."""
    if not file.is_file():
        yield f"no {file}", "write it"
        return
    text = file.read_text(encoding="utf-8", errors="replace")
    left = _CLOSED.sub(lambda tag: "\n" * tag[0].count("\n"), text)
    if opened := _OPENED.search(left):
        line = left.count("\n", 0, opened.start()) + 1
        close = {"{{": "}}", "{%": "%}"}[opened[0]]
        yield f"an unclosed '{opened[0]}' in line {line} of {file}", f"close it with '{close}'"


def _folders_in(folder: Path) -> frozenset[str]:
    if not folder.is_dir():
        return frozenset()
    return frozenset(part.name for part in folder.iterdir() if part.is_dir())


def placed_notices(lifecycle: LifecycleSpec) -> Iterator[tuple[NoticeSpec, Location]]:
    """Walk over every notice that a lifecycle names, with its place."""
    for index, transition in enumerate(lifecycle.transitions):
        for number, notice in enumerate(transition.notices):
            yield notice, ("transitions", index, "notices", number)
    for name, state in lifecycle.states.items():
        for index, deadline in enumerate(state.deadlines):
            for number, notice in enumerate(deadline.notices):
                yield notice, ("states", name, "deadlines", index, "notices", number)
