"""Definitions as they lie in their files, before anybody publishes them: no database is needed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Self

from qualipath.definition.bundled import bundled
from qualipath.definition.catalogue import Catalogue
from qualipath.definition.checking import check, reviewed_definition
from qualipath.definition.loader import read_catalogue
from qualipath.definition.spec import Definition, LifecycleSpec
from qualipath.errors import DefinitionError, InputError, NotFoundError, Problem


@dataclass(frozen=True, slots=True)
class Drafts:
    """The definitions in a folder, and the templates that they name."""

    workflows: Path
    templates: Path

    @classmethod
    def open(cls, workflows: str | Path | None = None, templates: str | Path | None = None) -> Self:
        """Look at two folders, by default the shipped ones; raises `InputError` if one misses."""
        return cls(_folder(workflows, "workflows"), _folder(templates, "templates"))

    def catalogue(self) -> Catalogue:
        """Read what can be read; the catalogue tells what is wrong with the rest."""
        return read_catalogue(self.workflows)

    def check(self, files: Sequence[str | Path] = ()) -> tuple[Problem, ...]:
        """Review the definitions (or only these files) and give every problem at once."""
        return tuple(check(self.workflows, self.templates, [Path(file) for file in files]))

    def definition(self, path: str) -> Definition:
        """Read a path with all that it refers to, reviewed; raises `DefinitionError`."""
        return reviewed_definition(self.workflows, path, self.templates)

    def drawn(self, name: str) -> Definition | LifecycleSpec:
        """Give the path or the lifecycle of this name, for a diagram.

        Raises `DefinitionError` with every problem of its files, and `NotFoundError`.
        """
        catalogue = self.catalogue()
        if ("path", name) in catalogue.files:
            return catalogue.definition(name)
        if name in catalogue.lifecycles:
            return catalogue.lifecycles[name]
        if file := catalogue.files.get(("lifecycle", name)):
            raise DefinitionError([p for p in catalogue.problems if p.file == file])
        known = [key for kind, key in catalogue.files if kind in {"path", "lifecycle"}]
        raise NotFoundError(_unknown("path or lifecycle", name, known))

    def is_lifecycle(self, name: str) -> bool:
        """Tell whether `name` is a lifecycle's, and no path's."""
        files = self.catalogue().files
        return ("lifecycle", name) in files and ("path", name) not in files

    def tiers(self, path: str) -> Mapping[str, str]:
        """Give a path's tiers with their English titles; none where the path can't be read."""
        spec = self.catalogue().paths.get(path)
        return {key: tier.title.en for key, tier in spec.tiers.items()} if spec else {}


def _unknown(what: str, name: str, known: Sequence[str]) -> str:
    near = get_close_matches(name, known, 1)
    hint = f"did you mean '{near[0]}'?" if near else f"there are {', '.join(known) or 'none'}"
    return f"there is no {what} '{name}'; {hint}"


def _folder(given: str | Path | None, name: str) -> Path:
    folder = bundled(name) if given is None else Path(given)
    if not folder.is_dir():
        message = f"the {name} folder {folder} does not exist; qualipath init makes one"
        raise InputError(message)
    return folder
