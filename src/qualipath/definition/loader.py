"""A folder of YAML files, read into a catalogue of definitions with every problem at its place."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from zoneinfo import available_timezones

from pydantic import ValidationError

from qualipath.definition.calendars import CalendarSpec
from qualipath.definition.catalogue import Catalogue, FileKind
from qualipath.definition.explain import problems_of
from qualipath.definition.guarded_yaml import read_yaml
from qualipath.definition.local_time import is_zone
from qualipath.definition.salvage import salvage
from qualipath.definition.source import Source
from qualipath.definition.spec import (
    AttributesFile,
    Definition,
    GradingFile,
    LifecycleSpec,
    PathSpec,
)
from qualipath.errors import DefinitionError, Problem

MODELS: dict[FileKind, type[PathSpec | LifecycleSpec | CalendarSpec | GradingFile | AttributesFile]]
MODELS = {
    "path": PathSpec,
    "lifecycle": LifecycleSpec,
    "calendar": CalendarSpec,
    "grading": GradingFile,
    "attributes": AttributesFile,
}
"""Which files there are, and what each holds."""

FOLDERS: dict[str, FileKind] = {"lifecycles": "lifecycle", "calendars": "calendar"}
_SINGLE: tuple[FileKind, ...] = ("grading", "attributes")


def load_catalogue(folder: Path) -> Catalogue:
    """Read every definition of a folder.

    Raises: DefinitionError with every problem of all files.
    """
    catalogue = read_catalogue(folder)
    if catalogue.problems:
        raise DefinitionError(catalogue.problems)
    return catalogue


def load_definition(folder: Path, path: str) -> Definition:
    """Read one path with all that it refers to; other paths of the folder may be wrong.

    Raises: DefinitionError with every problem of the files that the path needs.
    """
    return read_catalogue(folder).definition(path)


def read_catalogue(folder: Path) -> Catalogue:
    """Read what can be read of a folder's definitions; the catalogue tells the problems."""
    reading = _Reading()
    if folder.is_dir():
        for kind, file in _files_in(folder, reading.problems):
            reading.read(kind, file)
    else:
        right = "name a folder with definitions, or make one by 'qualipath init'"
        reading.problems.append(Problem(str(folder), 0, 0, "", "is not a folder", right))
    return reading.catalogue(folder)


def _files_in(folder: Path, problems: list[Problem]) -> Iterator[tuple[FileKind, Path]]:
    places: dict[Path, FileKind] = {folder: "path"}
    places |= {folder / name: kind for name, kind in FOLDERS.items()}
    for place, kind in places.items():
        for file in sorted(place.glob("[!.]*.y*ml")):
            single = next((k for k in _SINGLE if kind == "path" and file.stem == k), None)
            if file.suffix == ".yaml":
                yield single or kind, file
            elif file.suffix == ".yml":
                right = f"name it {file.stem}.yaml"
                problems.append(Problem(str(file), 0, 0, "", "is not read", right))
    if not (folder / "grading.yaml").exists():
        right = "define the grading scales there, as the shipped one does"
        problems.append(Problem(str(folder / "grading.yaml"), 0, 0, "", "does not exist", right))


class _Reading:
    """What was read so far."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.sources: dict[tuple[FileKind, str], Source] = {}
        self.files: dict[tuple[FileKind, str], str] = {}
        self.specs: list[tuple[str, object]] = []
        self.salvaged: dict[tuple[FileKind, str], Source] = {}
        self.left: list[tuple[str, object]] = []

    def read(self, kind: FileKind, file: Path) -> None:
        """Read one file; what is wrong with it is kept among the problems."""
        name = file.stem
        self.files[kind, name] = str(file)
        model = MODELS[kind]
        try:
            source = read_yaml(file)
        except DefinitionError as error:
            self.problems += error.problems
            return
        try:
            # Only what people write is read: not the fields' names in Python.
            spec = model.model_validate(source.data, by_alias=True, by_name=False)
        except ValidationError as error:
            self.problems += problems_of(error, source, model)
            if found := salvage(source, model):
                spec, self.salvaged[kind, name] = found
                self.left.append((name, spec))
            return
        self.problems += _own_problems(kind, name, spec, source)
        self.sources[kind, name] = source
        self.specs.append((name, spec))

    def catalogue(self, folder: Path) -> Catalogue:
        """Put together what was read, and what was salvaged for review."""
        good = self._catalogue(folder, self.specs, self.sources)
        if not self.salvaged:
            return good
        left = self._catalogue(folder, self.specs + self.left, self.sources | self.salvaged)
        return replace(good, salvaged=left)

    def _catalogue(
        self,
        folder: Path,
        specs: Sequence[tuple[str, object]],
        sources: Mapping[tuple[FileKind, str], Source],
    ) -> Catalogue:
        return Catalogue(
            folder=folder,
            paths={name: spec for name, spec in specs if isinstance(spec, PathSpec)},
            lifecycles={name: spec for name, spec in specs if isinstance(spec, LifecycleSpec)},
            calendars={name: spec for name, spec in specs if isinstance(spec, CalendarSpec)},
            scales={
                k: v for _, s in specs if isinstance(s, GradingFile) for k, v in s.scales.items()
            },
            attributes={
                k: v
                for _, s in specs
                if isinstance(s, AttributesFile)
                for k, v in s.attributes.items()
            },
            sources=sources,
            files=self.files,
            problems=tuple(self.problems),
        )


def _own_problems(kind: FileKind, name: str, spec: object, source: Source) -> Iterator[Problem]:
    """Find what a file says wrongly of itself."""
    inside = getattr(spec, kind, name) if kind not in _SINGLE else name
    if inside != name:
        what = f"the file is named '{name}', the {kind} in it '{inside}'"
        yield source.problem((kind,), what, f"write '{kind}: {name}', or rename the file")
    if isinstance(spec, CalendarSpec) and not is_zone(spec.timezone):
        near = get_close_matches(spec.timezone, available_timezones(), n=1)
        right = f"write an IANA name such as '{near[0] if near else 'Europe/Berlin'}'"
        yield source.problem(("timezone",), f"there is no time zone '{spec.timezone}'", right)
