"""The command that writes intakes for other calendars."""

from pathlib import Path
from typing import Annotated

import typer

from qualipath.cli import completing
from qualipath.cli.options import INTAKES, PathName
from qualipath.cli.session import Session

commands = typer.Typer()
calendars = typer.Typer(no_args_is_help=True)
commands.add_typer(
    calendars,
    name="calendar",
    help="Intakes in people's calendars.",
    rich_help_panel=INTAKES,
)


@calendars.command(
    epilog="Example: qualipath calendar export duisburg_digital --tier bootcamp --out bootcamps.ics"
)
def export(
    context: typer.Context,
    path: PathName,
    *,
    tier: Annotated[
        str | None,
        typer.Option(metavar="TIER", help="Only this tier.", autocompletion=completing.tiers),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write it here, not to the terminal.")
    ] = None,
) -> None:
    """Write intakes as an iCalendar file: the last day to apply, and when the course is held."""
    session = Session.of(context)
    output = session.output
    with session.acting() as acting:
        feed = acting.calendar(path, tier, locale=output.locale)
    if out is not None:
        out.write_bytes(feed)
        output.line(output.say(f"geschrieben: „{out}“", f"written to '{out}'"))
        output.document({"path": path, "tier": tier, "file": str(out)})
    elif session.given.json:
        output.document({"path": path, "tier": tier, "calendar": feed.decode()})
    else:
        typer.echo(feed, nl=False)
