"""The commands that keep the database: upgrade, check, backup, restore."""

from pathlib import Path
from typing import Annotated

import typer

from qualipath.cli.options import DATABASE, DryRun
from qualipath.cli.progress import waiting
from qualipath.cli.session import Session

commands = typer.Typer()
databases = typer.Typer(no_args_is_help=True)
commands.add_typer(
    databases,
    name="db",
    help="Create, upgrade, check, back up and restore the database.",
    rich_help_panel=DATABASE,
)


@databases.command(epilog="Example: qualipath db upgrade --dry-run")
def upgrade(context: typer.Context, *, dry_run: DryRun = False) -> None:
    """Create the database, or bring it to this program's schema."""
    from qualipath.engine.keeping import check_database, upgrade_database  # noqa: PLC0415

    session = Session.of(context)
    change = upgrade_database(session.database, dry_run=dry_run)
    output, name = session.output, change.database
    if dry_run:
        before = change.before or output.say("keinem", "none")
        output.line(
            output.say(
                f"Datenbank {name}: von Schema {before} zu {change.after}",
                f"database {name}: from schema {before} to {change.after}",
            )
        )
    else:
        check_database(session.database)
        output.line(output.say(f"Datenbank {name}: bereit", f"database {name}: ready"))
    ready = not dry_run or change.before == change.after
    output.changed(
        {"database": name, "from": change.before, "to": change.after, "ready": ready},
        dry_run=dry_run,
    )


@databases.command(epilog="Example: qualipath db check")
def check(context: typer.Context) -> None:
    """Make sure that the database is there and of this program's schema."""
    from qualipath.engine.keeping import check_database  # noqa: PLC0415

    session = Session.of(context)
    name = check_database(session.database)
    output = session.output
    output.line(
        output.say(f"Datenbank {name}: in Ordnung", f"database {name}: everything is all right")
    )
    output.document({"database": name, "ready": True})


@databases.command(epilog="Example: qualipath db backup qualipath-2026-10-01.backup")
def backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where the copy is written.")],
    *,
    force: Annotated[
        bool, typer.Option("--force", help="Write over a file that is there already.")
    ] = False,
) -> None:
    """Write a consistent copy of the database while others go on using it."""
    from qualipath.engine.keeping import backup_database  # noqa: PLC0415

    session = Session.of(context)
    output = session.output
    with waiting(output.say("Datenbank sichern", "backing up")):
        backup_database(session.database, file, overwrite=force)
    output.line(output.say(f"gesichert in „{file}“", f"backed up to '{file}'"))
    output.document({"file": str(file)})


@databases.command(epilog="Example: qualipath db restore qualipath-2026-10-01.backup --force")
def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The copy.")],
    *,
    force: Annotated[
        bool, typer.Option("--force", help="Replace all that the database holds.")
    ] = False,
    dry_run: DryRun = False,
) -> None:
    """Make the database what it was when the copy was written."""
    from qualipath.engine.keeping import restore_database  # noqa: PLC0415

    session = Session.of(context)
    output = session.output
    with waiting(output.say("Datenbank wiederherstellen", "restoring")):
        restore_database(file, session.database, force=force, dry_run=dry_run)
    output.line(output.say(f"wiederhergestellt aus „{file}“", f"restored from '{file}'"))
    output.changed({"file": str(file)}, dry_run=dry_run)
