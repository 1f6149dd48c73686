"""The command that lays out a new installation: definitions and templates to edit, and settings."""

import getpass
import json
import shutil
from pathlib import Path
from typing import Annotated

import typer

from qualipath.cli.options import DEFINITIONS, DryRun
from qualipath.cli.session import Session
from qualipath.errors import InputError

commands = typer.Typer()

_SETTINGS = """\
# The settings of this installation. Each can also come from the environment: QUALIPATH_DATABASE …

# The database: one file, or PostgreSQL for more than one host. A password belongs into the
# environment (QUALIPATH_DATABASE), not here.
database = "sqlite:///qualipath.db"
# database = "postgresql://qualipath@db.example.org/qualipath"

# The folders of the definitions and of the mails' templates.
workflows = "workflows"
templates = "templates"

# Who acts if --as names nobody: role:id, or role:id@organisation.
acting_as = {actor}

# The language of the answers: de or en.
locale = "{locale}"

# Mails go into a folder here, as files, until you say otherwise: nothing leaves this computer.
# Then: qualipath mail test somebody@city.example. The password belongs into the environment
# (QUALIPATH_SMTP_PASSWORD), not here.
mail_dir = "var/mail"
# mail_transport = "smtp"
# mail_from = "Personalabteilung <personal@city.example>"
# smtp_host = "mail.city.example"
# smtp_security = "starttls"    # or tls, or none
# smtp_user = "qualipath"
"""


@commands.command(rich_help_panel=DEFINITIONS, epilog="Example: qualipath init my-programme")
def init(
    context: typer.Context,
    folder: Annotated[
        Path, typer.Argument(metavar="[FOLDER]", help="Where; the current folder if left out.")
    ] = Path(),
    *,
    force: Annotated[
        bool, typer.Option("--force", help="Write over files that are there already.")
    ] = False,
    dry_run: DryRun = False,
) -> None:
    """Lay out a new installation: workflows and templates to edit, and a qualipath.toml."""
    session = Session.of(context)
    copies = _copies(folder)
    settings = folder / "qualipath.toml"
    there = [str(file) for file in (*copies, settings) if file.exists()]
    if there and not force:
        more = f" and {len(there) - 1} more" if len(there) > 1 else ""
        message = f"'{there[0]}'{more} would be overwritten; name another folder, or use --force"
        raise InputError(message)
    actor = json.dumps(session.given.acting_as or f"hr:{_user()}")
    text = _SETTINGS.format(actor=actor, locale=session.output.locale)
    written = [str(file) for file in (*copies, settings)]
    if dry_run:
        for file in written:
            session.output.line(file)
    else:
        _write(copies, settings, text)
        _tell(session, folder, len(written))
        _check(session, folder)
    session.output.changed({"folder": str(folder), "written": written}, dry_run=dry_run)


def _write(copies: dict[Path, Path], settings: Path, text: str) -> None:
    for target, source in copies.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(text, "utf-8")


def _tell(session: Session, folder: Path, count: int) -> None:
    output = session.output
    output.line(
        output.say(f"{count} Dateien in „{folder}“ angelegt.", f"{count} files made in '{folder}'.")
    )
    output.line(output.say("Weiter geht es mit:", "Go on with:"))
    if folder != Path():
        output.line(f"  cd {folder}")
    output.line("  qualipath check")
    output.line("  qualipath db upgrade")
    output.line("  qualipath publish duisburg_digital")


def _check(session: Session, folder: Path) -> None:
    """Tell what is wrong with what lies there now; an older file of somebody's may be left."""
    from qualipath.engine.drafts import Drafts  # noqa: PLC0415

    for problem in Drafts.open(folder / "workflows", folder / "templates").check():
        session.output.line(str(problem), "yellow")


def _copies(folder: Path) -> dict[Path, Path]:
    from qualipath.definition.bundled import bundled  # noqa: PLC0415

    return {
        folder / name / file.relative_to(bundled(name)): file
        for name in ("workflows", "templates")
        for file in sorted(bundled(name).rglob("*"))
        if file.is_file()
    }


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "me"
