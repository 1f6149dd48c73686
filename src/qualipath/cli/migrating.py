"""The command that moves running enrolments to another version of their path."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from qualipath.cli.options import ENROLMENTS, DryRun, Key, PathName
from qualipath.cli.output import Output
from qualipath.cli.progress import waiting
from qualipath.cli.session import Session
from qualipath.errors import RefusedError

if TYPE_CHECKING:
    from qualipath.services.models import Migration

commands = typer.Typer()


@commands.command(
    rich_help_panel=ENROLMENTS,
    epilog="Example: qualipath migrate duisburg_digital --to 2 --dry-run",
)
def migrate(
    context: typer.Context,
    path: PathName,
    *,
    to: Annotated[int, typer.Option(metavar="N", help="The version.")],
    dry_run: DryRun = False,
    key: Key = None,
) -> None:
    """Move a path's open enrolments to one of its versions: all of them, or none."""
    session = Session.of(context)
    output = session.output
    waited = waiting(output.say("Einträge umstellen", "migrating enrolments"))
    with session.acting(dry_run=dry_run) as acting, waited:
        done = acting.migrate(path, to=to, dry_run=dry_run, key=key)
    if rows := list(_rows(done, output)):
        output.table(("enrolment", "employee", "result", "from", "to", "why"), rows)
        output.line()
    moved, unchanged, stuck = len(done.moved), len(done.unchanged), len(done.stuck)
    output.line(
        output.say(
            f"{moved} umgestellt, {unchanged} unverändert, {stuck} hängen fest",
            f"{moved} moved, {unchanged} unchanged, {stuck} stuck",
        )
    )
    output.changed(done, dry_run=dry_run)
    if stuck:
        raise typer.Exit(RefusedError.exit_code)


def _rows(migration: "Migration", output: Output) -> Iterator[tuple[object, ...]]:
    results = {
        output.say("hängt fest", "stuck"): migration.stuck,
        output.say("umgestellt", "moved"): migration.moved,
    }
    for result, rows in results.items():
        for row in rows:
            before = f"{row.tier}: {row.state}"
            after = f"{row.to_tier}: {row.to_state}" if row.to_tier else ""
            why = row.why.text(output.locale) if row.why else None
            yield row.enrolment, row.employee, result, before, after, why
