"""Whether every notice that a lifecycle names has its templates."""

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


def notice_problems(
    lifecycle: LifecycleSpec, source: Source, templates: Templates
) -> Iterator[Problem]:
    """Find every notice that lacks templates in a language."""
    complete = frozenset.intersection(*templates.notices.values())
    for notice, at in _placed_notices(lifecycle):
        lacking = [
            str(templates.folder / locale / notice.notice)
            for locale, names in templates.notices.items()
            if notice.notice not in names
        ]
        if lacking:
            what = f"the notice '{notice.notice}' has no {' and no '.join(lacking)}"
            right = "write its subject.txt and body.txt"
            if near := get_close_matches(notice.notice, complete, n=1):
                right = f"{right}, or did you mean '{near[0]}'?"
            yield source.problem((*at, "notice"), what, right)


def _folders_in(folder: Path) -> frozenset[str]:
    if not folder.is_dir():
        return frozenset()
    return frozenset(part.name for part in folder.iterdir() if part.is_dir())


def _placed_notices(lifecycle: LifecycleSpec) -> Iterator[tuple[NoticeSpec, Location]]:
    for index, transition in enumerate(lifecycle.transitions):
        for number, notice in enumerate(transition.notices):
            yield notice, ("transitions", index, "notices", number)
    for name, state in lifecycle.states.items():
        for index, deadline in enumerate(state.deadlines):
            for number, notice in enumerate(deadline.notices):
                yield notice, ("states", name, "deadlines", index, "notices", number)
