"""Definitions as they lie in their files, before anybody publishes them: no database is needed."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Self

from qualipath.definition.bundled import bundled
from qualipath.definition.catalogue import Catalogue
from qualipath.definition.checking import check, checked, reviewed_definition
from qualipath.definition.loader import read_catalogue
from qualipath.definition.review.intake_lifecycles import is_of_intakes
from qualipath.definition.spec import Definition, LifecycleSpec
from qualipath.definition.values import LOCALES
from qualipath.errors import DefinitionError, InputError, NotFoundError, Problem, TemplateError
from qualipath.notices.about import abouts_of
from qualipath.notices.fields import OWN, About


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
        """Review the definitions and the templates of their notices; give every problem at once.

        Where only some files of definitions are asked for, templates are looked for, but not at.
        """
        if files:
            return tuple(check(self.workflows, self.templates, [Path(file) for file in files]))
        catalogue = self.catalogue()
        problems = checked(catalogue, self.templates)
        notices = _notices(catalogue)
        # That a notice has no templates is told where a lifecycle names it.
        told = {
            str(self.templates / locale / name)
            for name in notices
            if name not in OWN
            for locale in LOCALES
        }
        # Compiling templates takes long to import, and most commands compile none.
        from qualipath.notices.checking import check_templates  # noqa: PLC0415

        found = check_templates(self.templates, notices)
        return (*problems, *(problem for problem in found if problem.file not in told))

    def notices(self) -> Mapping[str, AbstractSet[About]]:
        """Name the notices that the lifecycles raise, or the programme itself does.

        Each with what it may be about, as far as the lifecycles can be read.
        """
        return _notices(self.catalogue())

    def about(self, notice: str) -> AbstractSet[About]:
        """Tell what a notice may be about; raises `NotFoundError` for one that nothing raises."""
        known = self.notices()
        if notice not in known:
            raise NotFoundError(_unknown("notice", notice, sorted(known)))
        return known[notice]

    def definition(self, path: str) -> Definition:
        """Read a path with all that it refers to, reviewed, and with its notices' templates.

        Raises `DefinitionError`, and `TemplateError` with every problem of those templates.
        """
        definition = reviewed_definition(self.workflows, path, self.templates)
        of_intakes = definition.path.intake_lifecycle
        named = abouts_of(definition.lifecycles.values(), [of_intakes] if of_intakes else [])
        own = {name: abouts for name, abouts in named.items() if name not in OWN}
        from qualipath.notices.checking import check_templates  # noqa: PLC0415 -- as above

        if problems := check_templates(self.templates, own):
            raise TemplateError(problems)
        return definition

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


def _notices(catalogue: Catalogue) -> Mapping[str, AbstractSet[About]]:
    readable = catalogue.salvaged or catalogue
    of_intakes = [name for name in readable.lifecycles if is_of_intakes(readable, name)]
    return abouts_of(readable.lifecycles.values(), of_intakes)


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
