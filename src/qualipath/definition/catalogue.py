"""All definitions of one folder, as they were read: the good ones and what is wrong with others."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from qualipath.definition.calendars import CalendarSpec
from qualipath.definition.references import Reference, ReferenceKind, references_of
from qualipath.definition.source import Source, suggestion
from qualipath.definition.spec import (
    AttributeSpec,
    Definition,
    LifecycleSpec,
    PathSpec,
    ScaleSpec,
)
from qualipath.errors import DefinitionError, Problem

FileKind = Literal["path", "lifecycle", "calendar", "grading", "attributes"]

_FILE_OF: dict[ReferenceKind, FileKind] = {
    "tier": "path",
    "lifecycle": "lifecycle",
    "calendar": "calendar",
    "scale": "grading",
    "attribute": "attributes",
}


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The definitions of one folder by name, and where everything in them is written.

    `files` tells every file that is there, also those that could not be read: what they define is
    not known, but it is not missing either. `problems` are those of reading alone; `review` finds
    the others. `salvaged` holds besides what could be made of the files with problems: it is for
    review alone, never what a definition is made of.
    """

    folder: Path
    paths: Mapping[str, PathSpec]
    lifecycles: Mapping[str, LifecycleSpec]
    calendars: Mapping[str, CalendarSpec]
    scales: Mapping[str, ScaleSpec]
    attributes: Mapping[str, AttributeSpec]
    sources: Mapping[tuple[FileKind, str], Source]
    files: Mapping[tuple[FileKind, str], str]
    problems: tuple[Problem, ...]
    salvaged: "Catalogue | None" = None

    def unknown(self, path: str) -> Iterator[Problem]:
        """Name everything that a path refers to and that is not defined anywhere."""
        source = self.sources["path", path]
        for reference in references_of(self.paths[path]):
            known = self.names(reference.kind, path)
            if known is not None and reference.name not in known and source.whole(reference.at):
                what = f"there is no {reference.kind} '{reference.name}'"
                right = suggestion(reference.name, known)
                yield source.problem(reference.at, what, right)

    def names(self, kind: ReferenceKind, path: str) -> set[str] | None:
        """Give all names of a kind that a path may use; None while their file can't be read."""
        match kind:
            case "tier":
                return self.sources["path", path].names("tiers")
            case "lifecycle" | "calendar":
                return {name for file, name in self.files if file == kind}
        file = _FILE_OF[kind]
        if (file, file) not in self.files:
            return set()
        source = self.sources.get((file, file))
        return source.names(f"{kind}s") if source else None

    def definition(self, path: str) -> Definition:
        """Put a path and all that it refers to together, and nothing else.

        Raises: DefinitionError with every problem of the files that the path needs.
        """
        if ("path", path) not in self.files:
            names = [name for kind, name in self.files if kind == "path"]
            right = suggestion(path, names)
            problem = Problem(str(self.folder), 0, 0, "", f"there is no path '{path[:80]}'", right)
            raise DefinitionError([problem])
        problems = self._problems_of(path)
        if problems:
            raise DefinitionError(problems)
        spec = self.paths[path]
        used = {(r.kind, r.name) for r in references_of(spec)}

        def only(kind: ReferenceKind) -> list[str]:
            return sorted(name for used_kind, name in used if used_kind == kind)

        return Definition(
            path=spec,
            timezone=self.calendars[spec.calendar].timezone,
            lifecycles={name: self.lifecycles[name] for name in only("lifecycle")},
            scales={name: self.scales[name] for name in only("scale")},
            attributes={name: self.attributes[name] for name in only("attribute")},
        )

    def files_of(self, path: str) -> set[str]:
        """Tell the files that a path needs: its own, and those that define what it refers to."""
        own = {self.files["path", path]}
        if path not in self.paths:
            return own
        needed = (self._file_of(r) for r in references_of(self.paths[path]))
        return own | {self.files[key] for key in needed if key in self.files}

    def _problems_of(self, path: str) -> list[Problem]:
        files = self.files_of(path) | {str(self.folder)}
        problems = [problem for problem in self.problems if problem.file in files]
        return problems + list(self.unknown(path) if path in self.paths else ())

    def _file_of(self, reference: Reference) -> tuple[FileKind, str]:
        kind = _FILE_OF[reference.kind]
        return kind, (kind if kind in {"grading", "attributes"} else reference.name)
