"""The way in: one installation with its database, its definitions and its templates."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from types import TracebackType
from typing import Self

from qualipath.definition.bundled import bundled
from qualipath.definition.checking import check
from qualipath.definition.loader import load_definition
from qualipath.definition.spec import Definition, Role
from qualipath.domain.actor import Actor
from qualipath.engine.acting import ActingAs
from qualipath.engine.acts import Acts
from qualipath.errors import DefinitionError, InputError, Problem
from qualipath.services import catalogue
from qualipath.services.library import Library
from qualipath.services.models import Publication
from qualipath.storage.database import Database, upgrade


@dataclass(frozen=True, slots=True)
class Qualipath:
    """One installation. Safe to share between threads; close it, or use it in a `with`."""

    database: Database
    workflows: Path
    templates: Path
    _library: Library = field(default_factory=Library, repr=False)

    @classmethod
    def open(
        cls,
        url: str,
        *,
        workflows: str | Path | None = None,
        templates: str | Path | None = None,
        create: bool = False,
    ) -> Self:
        """Open an installation; opening never publishes.

        `url` names the database (`sqlite:///file.db`, `postgresql://…`), `workflows` and
        `templates` the folders, by default the shipped ones. `create` makes the database or brings
        it to this program's schema first.

        Raises:
            DatabaseError: the database is missing, locked, read-only, or of another version.
            InputError: a folder does not exist.
        """
        return cls(
            workflows=_folder(workflows, "workflows"),
            templates=_folder(templates, "templates"),
            database=Database.open(url, create=create),
        )

    def acting_as(
        self,
        role: str,
        id: str,  # noqa: A002 -- the word that the caller thinks in
        *,
        organisation: str | None = None,
        now: datetime | None = None,
        dry_run: bool = False,
    ) -> ActingAs:
        """Act as somebody.

        The library trusts the program that calls this: who somebody is must have been made sure
        of before. `role` is `hr`, `supervisor`, `employee`, `provider` or `schedule`; `id` a
        personnel number for supervisors and employees. `organisation` is the one whose people the
        actor may touch, with all below it; without it, HR and the schedule reach everybody.
        `now` (aware) fixes the clock. With `dry_run` every call answers as if it had been done,
        and nothing is written.

        Raises:
            InputError: there is no such role, or `now` has no time zone.
        """
        actor = Actor(_role(role), _id(id), organisation)
        if now is not None and now.tzinfo is None:
            message = f"the instant {now} has no time zone; write for example {now}+00:00"
            raise InputError(message)
        at = now.astimezone(UTC) if now is not None else None
        acts = Acts(self.database, self._library, actor, at, dry_run=dry_run)
        return ActingAs(acts, self.workflows)

    def check(self, files: Sequence[str | Path] = ()) -> tuple[Problem, ...]:
        """Review the definitions (or only these files) and give every problem at once."""
        return tuple(check(self.workflows, self.templates, [Path(file) for file in files]))

    def definition(self, path: str) -> Definition:
        """Read a path's definition from its file; raises `DefinitionError` with every problem."""
        return load_definition(self.workflows, path)

    def publish(
        self,
        path: str,
        *,
        by: str = "qualipath",
        now: datetime | None = None,
        dry_run: bool = False,
    ) -> Publication:
        """Publish a path: a changed definition becomes a new version, running enrolments keep theirs.

        Raises:
            DefinitionError: the definition has problems; all of them, each with its place.
        """
        definition = self.definition(path)
        problems = self.check([self.workflows / f"{path}.yaml"])
        if problems:
            raise DefinitionError(problems)
        hr = self.acting_as("hr", by, now=now, dry_run=dry_run)
        with hr.acts.writing() as act:
            return catalogue.publish(act, definition)

    def close(self) -> None:
        """Close the database's connections."""
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def upgrade_database(url: str) -> None:
    """Create a database, or bring it to this program's schema; raises `DatabaseError`."""
    upgrade(url)


def _folder(given: str | Path | None, name: str) -> Path:
    folder = bundled(name) if given is None else Path(given)
    if not folder.is_dir():
        message = f"the {name} folder {folder} does not exist; qualipath init makes one"
        raise InputError(message)
    return folder


def _role(written: str) -> Role:
    if written in set(Role):
        return Role(written)
    near = get_close_matches(written, list(Role), 1)
    hint = f"did you mean '{near[0]}'" if near else f"a role is one of {', '.join(Role)}"
    message = f"there is no role '{written}'; {hint}"
    raise InputError(message)


def _id(written: str) -> str:
    if not written.strip() or len(written) > 200 or not written.isprintable():  # noqa: PLR2004
        message = "an actor needs an id of 1 to 200 printable characters"
        raise InputError(message)
    return written
