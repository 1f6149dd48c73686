"""Every problem of a folder's definitions at once, whether of reading them or of their sense."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from qualipath.definition.catalogue import Catalogue
from qualipath.definition.loader import FOLDERS, read_catalogue
from qualipath.definition.review import review
from qualipath.definition.spec import Definition
from qualipath.errors import DefinitionError, Problem


def check(workflows: Path, templates: Path | None, files: Sequence[Path] = ()) -> list[Problem]:
    """Read and review a folder, or only some files in the light of the folders they lie in.

    What is wrong with one file hides nothing of the others. The problems are sorted by file and
    line. Without `templates` the notices are not looked at.
    """
    if not files:
        return checked(read_catalogue(workflows), templates)
    folders = {file: _folder_of(file) for file in files}
    found = {folder: checked(read_catalogue(folder), templates) for folder in set(folders.values())}
    return _in_order(
        problem
        for file, folder in folders.items()
        for problem in [*_unread(file), *_about(file, found[folder])]
    )


def checked(catalogue: Catalogue, templates: Path | None) -> list[Problem]:
    """Review what was read of a folder; the same as `check` does for all its files."""
    return _in_order([*catalogue.problems, *review(catalogue, templates)])


def reviewed_definition(workflows: Path, path: str, templates: Path | None) -> Definition:
    """Read a path with all that it refers to, and make sure that nothing is wrong with any of it.

    Raises: DefinitionError with every problem of the files that the path needs.
    """
    catalogue = read_catalogue(workflows)
    definition = catalogue.definition(path)
    needed = catalogue.files_of(path)
    if problems := _in_order(p for p in review(catalogue, templates) if p.file in needed):
        raise DefinitionError(problems)
    return definition


def _folder_of(file: Path) -> Path:
    """Find the folder of definitions that a file belongs to."""
    parent = file.absolute().parent
    return parent.parent if parent.name in FOLDERS else parent


def _unread(file: Path) -> Iterator[Problem]:
    if not file.is_file():
        yield Problem(str(file), 0, 0, "", "does not exist", "name a file of a definition")
    elif file.suffix not in {".yaml", ".yml"} or file.name.startswith("."):
        yield Problem(str(file), 0, 0, "", "is not read", "name it so that it ends in .yaml")


def _about(file: Path, problems: Iterable[Problem]) -> Iterator[Problem]:
    """Pick the problems of one file, which is named as the caller named it."""
    own = str(file.absolute())
    return (replace(problem, file=str(file)) for problem in problems if problem.file == own)


def _in_order(problems: Iterable[Problem]) -> list[Problem]:
    return sorted(set(problems), key=lambda p: (p.file, p.line, p.column, p.field, p.what))
