"""One run of the command line: the options that every command shares, and what follows of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from qualipath.cli.output import Output
from qualipath.errors import InputError

# The engine takes longer to import than the rest of a help page: only commands that run need it.
if TYPE_CHECKING:
    from qualipath.engine import ActingAs, Qualipath
    from qualipath.engine.delivering import Mailing
    from qualipath.engine.drafts import Drafts
    from qualipath.settings import Settings

_ACTOR = "write --as hr:k.muster, or hr:k.muster@organisation"


@dataclass(frozen=True, slots=True)
class Given:
    """The shared options as they were written."""

    acting_as: str | None = None
    database: str | None = None
    workflows: Path | None = None
    templates: Path | None = None
    lang: str | None = None
    json: bool = False
    now: str | None = None


@dataclass
class Session:
    """What a command works with."""

    given: Given = field(default_factory=Given)

    @staticmethod
    def of(context: typer.Context) -> "Session":
        """Give the session of a running command."""
        session: Session = context.obj
        return session

    def note(self, **given: Any) -> None:
        """Take shared options, also those written after the command."""
        self.given = replace(self.given, **given)

    @cached_property
    def settings(self) -> "Settings":
        """The installation's settings; raises `InputError`."""
        from qualipath.settings import read_settings  # noqa: PLC0415

        return read_settings()

    @cached_property
    def output(self) -> Output:
        """Where results are shown, in the reader's language."""
        return Output(self.given.lang or self.settings.locale, as_json=self.given.json)

    @property
    def now(self) -> datetime | None:
        """The fixed clock, if one was given; raises `InputError`."""
        written = self.given.now
        if written is None:
            return None
        try:
            now = datetime.fromisoformat(written)
        except ValueError:
            now = None
        if now is None or now.tzinfo is None:
            message = (
                f"--now '{written}' is not an instant with a time zone; "
                "write for example 2026-10-01T09:00:00+02:00"
            )
            raise InputError(message)
        return now

    @property
    def actor(self) -> tuple[str, str, str | None]:
        """Role, id and organisation of who acts; raises `InputError`."""
        written = self.given.acting_as or self.settings.acting_as
        if not written:
            message = f"nobody is named who acts; {_ACTOR}, or set acting_as in qualipath.toml"
            raise InputError(message)
        role, colon, rest = written.partition(":")
        id_, _, organisation = rest.rpartition("@") if "@" in rest else (rest, "", None)
        if not colon or not role or not id_ or organisation == "":
            message = f"'{written}' does not name who acts; {_ACTOR}"
            raise InputError(message)
        return role, id_, organisation

    @property
    def database(self) -> str:
        """The database's URL, which may hold a password: never to be shown."""
        return self.given.database or self.settings.database.get_secret_value()

    def drafts(self) -> "Drafts":
        """Give the definitions in their files."""
        from qualipath.engine.drafts import Drafts  # noqa: PLC0415

        return Drafts.open(*self.folders())

    def mailing(self) -> "Mailing":
        """Say how mails leave; raises `InputError` naming each setting that this lacks."""
        from qualipath.engine.delivering import Mailing  # noqa: PLC0415

        settings = self.settings
        return Mailing(settings.transport(), settings.mail_from, settings.smtp_connections)

    @contextmanager
    def qualipath(self, mail: "Mailing | None" = None) -> Iterator["Qualipath"]:
        """Open the installation; whoever delivers says how mails leave."""
        from qualipath.engine import Qualipath  # noqa: PLC0415

        workflows, templates = self.folders()
        with Qualipath.open(
            self.database, workflows=workflows, templates=templates, mail=mail
        ) as qualipath:
            yield qualipath

    @contextmanager
    def acting(self, *, dry_run: bool = False) -> Iterator["ActingAs"]:
        """Open the installation and act in it as whoever was named."""
        (role, id_, organisation), now = self.actor, self.now
        with self.qualipath() as qualipath:
            yield qualipath.acting_as(
                role, id_, organisation=organisation, now=now, dry_run=dry_run
            )

    def folders(self) -> tuple[Path | None, Path | None]:
        """Give the folders of definitions and templates; None stands for the shipped one."""
        given, settings = self.given, self.settings
        return given.workflows or settings.workflows, given.templates or settings.templates
