"""The commands about people: organisations, files of people and results, absences."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qualipath.cli.options import PEOPLE, DryRun, Key, Number, day
from qualipath.cli.progress import counting, waiting
from qualipath.cli.session import Session
from qualipath.cli.views import day_told
from qualipath.errors import InputError

if TYPE_CHECKING:
    from qualipath.cli.output import Output

commands = typer.Typer()
organisations = typer.Typer(no_args_is_help=True)
imports = typer.Typer(no_args_is_help=True)
exports = typer.Typer(no_args_is_help=True)
commands.add_typer(
    organisations,
    name="organisation",
    help="Districts, cities and municipalities.",
    rich_help_panel=PEOPLE,
)
commands.add_typer(exports, name="export", help="Write files: people.", rich_help_panel=PEOPLE)
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


@organisations.command("list", epilog="Example: qualipath organisation list")
def list_organisations(context: typer.Context) -> None:
    """List the organisations that you may see."""
    session = Session.of(context)
    with session.acting() as acting:
        found = acting.organisations()
    output = session.output
    rows = [(one.key, one.title, one.parent or "") for one in found]
    output.table(("organisation", "title", "above"), rows)
    output.document({"organisations": found})


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
            f"{_people(report.total, output)}: {report.created} neu, {report.updated} geändert, "
            f"{report.unchanged} unverändert",
            f"{_people(report.total, output)}: {report.created} new, {report.updated} changed, "
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
    one = report.total == 1
    rows = output.say("Zeile" if one else "Zeilen", "row" if one else "rows")
    output.line(
        output.say(
            f"{report.total} {rows}: {report.completed} bestanden, {report.failed} nicht "
            f"bestanden, {report.absent} nicht erschienen, {report.unchanged} unverändert",
            f"{report.total} {rows}: {report.completed} completed, {report.failed} failed, "
            f"{report.absent} did not show up, {report.unchanged} unchanged",
        )
    )
    output.changed(report, dry_run=dry_run)


@exports.command("people", epilog="Example: qualipath export people people.xlsx")
def export_people(context: typer.Context, file: SheetFile) -> None:
    """Write everybody whom you may see to a file that imports again unchanged."""
    session = Session.of(context)
    with session.acting() as acting:
        count = acting.export_people(file)
    output = session.output
    output.line(f"{_people(count, output)}: {file}")
    output.document({"people": count, "file": str(file)})


@commands.command(
    rich_help_panel=PEOPLE,
    epilog="Example: qualipath absent 100 2027-07-01 2027-07-21 --deputy 101",
)
def absent(
    context: typer.Context,
    number: Number,
    since: Annotated[str, typer.Argument(metavar="FROM", help="The first day.")],
    until: Annotated[str, typer.Argument(metavar="UNTIL", help="The last day.")],
    *,
    deputy: Annotated[
        str | None, typer.Option(metavar="NUMBER", help="Who acts; else the deputy who is known.")
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """Mark a supervisor absent; the deputy then approves and declines."""
    session = Session.of(context)
    first, last = day(since, "FROM"), day(until, "UNTIL")
    if first is None or last is None:
        raise InputError("an absence needs its first and its last day")
    with session.acting(dry_run=dry_run) as acting:
        acting.mark_absent(number, first, last, deputy=deputy)
    output = session.output
    output.line(
        output.say(
            f"{number} ist abwesend: {day_told(first, output)} bis {day_told(last, output)}",
            f"{number} is absent: {day_told(first, output)} until {day_told(last, output)}",
        )
    )
    output.changed(
        {"employee": number, "from": first, "until": last, "deputy": deputy}, dry_run=dry_run
    )


def _people(count: int, output: "Output") -> str:
    if count == 1:
        return output.say("1 Person", "1 person")
    return output.say(f"{count} Personen", f"{count} people")
