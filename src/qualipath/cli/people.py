"""The commands about people: organisations, imports, and what people hold from elsewhere."""

from pathlib import Path
from typing import Annotated

import typer

from qualipath.cli.options import PEOPLE, DryRun, Grade, Key, Number, day
from qualipath.cli.progress import counting, waiting
from qualipath.cli.session import Session

commands = typer.Typer()
organisations = typer.Typer(no_args_is_help=True)
imports = typer.Typer(no_args_is_help=True)
commands.add_typer(
    organisations,
    name="organisation",
    help="Districts, cities and municipalities.",
    rich_help_panel=PEOPLE,
)
commands.add_typer(
    imports, name="import", help="Bring in files: people, results.", rich_help_panel=PEOPLE
)

SheetFile = Annotated[Path, typer.Argument(metavar="FILE", help="A .csv or .xlsx file.")]


@organisations.command(
    "add",
    epilog="Example: qualipath organisation add kaarst 'Stadt Kaarst' --parent rhein_kreis_neuss",
)
def add_organisation(
    context: typer.Context,
    key: Annotated[str, typer.Argument(metavar="KEY", help="Its short name: duisburg.")],
    title: Annotated[str, typer.Argument(metavar="TITLE", help="Its full name.")],
    *,
    parent: Annotated[
        str | None, typer.Option(metavar="KEY", help="The organisation above it.")
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """Make an organisation known; again, it only sets the title."""
    session = Session.of(context)
    with session.acting(dry_run=dry_run) as acting:
        acting.add_organisation(key, title, parent=parent)
    output = session.output
    output.line(
        output.say(f"Organisation {key} ({title}) angelegt", f"organisation {key} ({title}) added")
    )
    output.changed({"key": key, "title": title, "parent": parent}, dry_run=dry_run)


@imports.command("people", epilog="Example: qualipath import people people.csv --dry-run")
def import_people(
    context: typer.Context,
    file: SheetFile,
    *,
    organisation: Annotated[
        str | None,
        typer.Option(metavar="KEY", help="Whose people they are where the file does not say."),
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """Make the people of a file known, or bring them up to date: all of them, or none."""
    session = Session.of(context)
    output = session.output
    title = output.say("Personen einlesen", "importing people")
    with session.acting(dry_run=dry_run) as acting, counting(title) as on_progress:
        report = acting.import_people(
            file, organisation=organisation, dry_run=dry_run, on_progress=on_progress
        )
    output.line(
        output.say(
            f"{report.total} Personen: {report.created} neu, {report.updated} geändert, "
            f"{report.unchanged} unverändert",
            f"{report.total} people: {report.created} new, {report.updated} changed, "
            f"{report.unchanged} unchanged",
        )
    )
    output.changed(report, dry_run=dry_run)


@imports.command("results", epilog="Example: qualipath import results ws2026.xlsx --key ws2026")
def import_results(
    context: typer.Context,
    file: SheetFile,
    *,
    path: Annotated[
        str | None, typer.Option(metavar="PATH", help="The path, where tiers of several are meant.")
    ] = None,
    dry_run: DryRun = False,
    key: Key = None,
) -> None:
    """Complete and fail enrolments by a university's list: number, tier, grade."""
    session = Session.of(context)
    output = session.output
    waited = waiting(output.say("Ergebnisse einlesen", "importing results"))
    with session.acting(dry_run=dry_run) as acting, waited:
        report = acting.import_results(file, path=path, dry_run=dry_run, key=key)
    output.line(
        output.say(
            f"{report.total} Zeilen: {report.completed} bestanden, {report.failed} nicht "
            f"bestanden, {report.absent} nicht erschienen, {report.unchanged} unverändert",
            f"{report.total} rows: {report.completed} completed, {report.failed} failed, "
            f"{report.absent} did not show up, {report.unchanged} unchanged",
        )
    )
    output.changed(report, dry_run=dry_run)


@commands.command(
    rich_help_panel=PEOPLE,
    epilog="Example: qualipath recognise 4711 bachelor/informatics --kind degree "
    "--evidence 'certificate of 3 May 2015'",
)
def recognise(
    context: typer.Context,
    number: Number,
    what: Annotated[
        str,
        typer.Argument(
            metavar="KEY", help="The tier that is recognised, or a credential such as bachelor/law."
        ),
    ],
    *,
    evidence: Annotated[str, typer.Option(metavar="TEXT", help="What shows it.")],
    kind: Annotated[
        str,
        typer.Option(metavar="KIND", help="recognition, degree, certificate or nomination."),
    ] = "recognition",
    basis: Annotated[
        str | None, typer.Option(metavar="TEXT", help="The legal basis: § 63a HG NRW.")
    ] = None,
    grade: Grade = None,
    scale: Annotated[
        str | None, typer.Option(metavar="NAME", help="The grade's scale: german.")
    ] = None,
    ects: Annotated[str, typer.Option("--credits", metavar="ECTS", help="Its credits.")] = "0",
    awarded_on: Annotated[
        str | None, typer.Option(metavar="DATE", help="When it was awarded; today if left out.")
    ] = None,
    running_until: Annotated[
        str | None, typer.Option(metavar="DATE", help="It is in progress until then.")
    ] = None,
    valid_until: Annotated[
        str | None, typer.Option(metavar="DATE", help="Until when it counts.")
    ] = None,
    dry_run: DryRun = False,
    key: Key = None,
) -> None:
    """Record what an employee holds from elsewhere, with its evidence and legal basis."""
    session = Session.of(context)
    with session.acting(dry_run=dry_run) as acting:
        held = acting.recognise(
            number,
            what,
            kind=kind,
            evidence=evidence,
            basis=basis,
            grade=grade,
            scale=scale,
            credits=ects,
            awarded_on=day(awarded_on, "--awarded-on"),
            running_until=day(running_until, "--running-until"),
            valid_until=day(valid_until, "--valid-until"),
            key=key,
        )
    output = session.output
    output.line(
        output.say(
            f"{held.employee}: {held.key} ({held.kind}) eingetragen, Nachweis {held.id}",
            f"{held.employee}: {held.key} ({held.kind}) recorded, credential {held.id}",
        )
    )
    output.changed(held, dry_run=dry_run)
