"""Whether every notice that a lifecycle names has a folder of templates in every language."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from qualipath.definition.source import Location, Source
from qualipath.definition.spec import LifecycleSpec, NoticeSpec
from qualipath.definition.values import LOCALES
from qualipath.errors import Problem


@dataclass(frozen=True, slots=True)
class Templates:
    """The notices that have templates, by language."""

    folder: Path
    notices: dict[str, frozenset[str]]

    @classmethod
    def of(cls, folder: Path) -> "Templates":
        """Look into a folder of templates."""
        return cls(folder, {locale: _folders_in(folder / locale) for locale in LOCALES})

    def lacking(self, name: str) -> list[Path]:
        """Give the folders that a notice should have, and has not."""
        return [
            self.folder / locale / name
            for locale, names in self.notices.items()
            if name not in names
        ]


def notice_problems(
    lifecycle: LifecycleSpec, source: Source, templates: Templates
) -> Iterator[Problem]:
    """Find every notice, or digest of notices, that has no templates in a language."""
    complete = frozenset.intersection(*templates.notices.values())
    for notice, at in placed_notices(lifecycle):
        named = {"notice": notice.notice, "digest": notice.digest}
        for field, name in named.items():
            if name is None or not (lacking := templates.lacking(name)):
                continue
            what = f"the {field} '{name}' has no {' and no '.join(map(str, lacking))}"
            right = "write its subject.txt, body.txt and body.html"
            if near := get_close_matches(name, complete, n=1):
                right = f"{right}, or did you mean '{near[0]}'?"
            yield source.problem((*at, field), what, right)


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
