"""All commands together, and the options that they share."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from qualipath.cli import (
    calendars,
    credentials,
    definitions,
    demo,
    enrolments,
    firing,
    founding,
    intakes,
    keeping,
    mails,
    migrating,
    people,
    pictures,
    questions,
    scheduling,
    simulating,
    status,
)
from qualipath.cli.program import SHARED, Program
from qualipath.cli.session import Session

app = typer.Typer(
    cls=Program,
    help="Tiered qualification paths in public administrations, as running workflows.",
    epilog="Begin with: qualipath init · qualipath db upgrade · qualipath publish PATH",
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)


def _show_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version  # noqa: PLC0415 -- slow to import

        typer.echo(f"qualipath {version('qualipath')}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _share(
    context: typer.Context,
    *,
    acting_as: Annotated[
        str | None,
        typer.Option(
            "--as",
            metavar="ROLE:ID[@ORGANISATION]",
            help="Who acts: hr:k.muster@duisburg; roles are hr, supervisor, employee, provider, "
            "schedule.",
            rich_help_panel=SHARED,
        ),
    ] = None,
    database: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="The database: sqlite:///file.db or postgresql://user@host/name.",
            rich_help_panel=SHARED,
        ),
    ] = None,
    workflows: Annotated[
        Path | None,
        typer.Option(help="The folder of the definitions.", rich_help_panel=SHARED),
    ] = None,
    templates: Annotated[
        Path | None,
        typer.Option(help="The folder of the mails' templates.", rich_help_panel=SHARED),
    ] = None,
    lang: Annotated[
        Literal["de", "en"] | None,
        typer.Option(help="The language of the answers.", rich_help_panel=SHARED),
    ] = None,
    json: Annotated[
        bool,
        typer.Option("--json", help="Answer with one JSON document.", rich_help_panel=SHARED),
    ] = False,
    now: Annotated[
        str | None,
        typer.Option(
            metavar="INSTANT",
            help="Act at this instant, not now: 2026-10-01T09:00:00+02:00.",
            rich_help_panel=SHARED,
        ),
    ] = None,
    _version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", is_eager=True, callback=_show_version),
    ] = False,
) -> None:
    """Tiered qualification paths in public administrations, as running workflows."""
    Session.of(context).note(
        acting_as=acting_as,
        database=database,
        workflows=workflows,
        templates=templates,
        lang=lang,
        json=json or Session.of(context).given.json,
        now=now,
    )
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


for family in (
    founding,
    definitions,
    pictures,
    demo,
    people,
    credentials,
    enrolments,
    firing,
    migrating,
    intakes,
    calendars,
    simulating,
    mails,
    questions,
    status,
    scheduling,
    keeping,
):
    app.add_typer(family.commands)
