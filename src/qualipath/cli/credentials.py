"""The commands about what people hold: recorded, listed and ended."""

from typing import Annotated

import typer

from qualipath.cli.options import PEOPLE, DryRun, Grade, Key, Number, Reason, day
from qualipath.cli.session import Session

commands = typer.Typer()


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


@commands.command(rich_help_panel=PEOPLE, epilog="Example: qualipath credentials 4711")
def credentials(context: typer.Context, number: Number) -> None:
    """List what an employee holds, or is about to."""
    session = Session.of(context)
    with session.acting() as acting:
        held = acting.credentials(number)
    output = session.output
    rows = [
        (
            one.id,
            one.key,
            one.kind,
            one.grade or "",
            one.awarded_on or "",
            one.valid_until or "",
            output.say("aberkannt", "revoked") if one.revoked else "",
            one.evidence or "",
        )
        for one in held
    ]
    columns = ("credential", "key", "kind", "grade", "awarded", "valid until", "state", "evidence")
    output.table(columns, rows)
    output.document({"employee": number, "credentials": held})


@commands.command(
    rich_help_panel=PEOPLE, epilog="Example: qualipath revoke 17 --reason 'entered twice'"
)
def revoke(
    context: typer.Context,
    credential: Annotated[
        int, typer.Argument(metavar="CREDENTIAL", help="Its id; credentials lists them.")
    ],
    *,
    reason: Reason = None,
    dry_run: DryRun = False,
    key: Key = None,
) -> None:
    """End a credential that HR had recorded; it stays in the history."""
    session = Session.of(context)
    with session.acting(dry_run=dry_run) as acting:
        ended = acting.revoke(credential, reason=reason or "", key=key)
    output = session.output
    output.line(
        output.say(
            f"{ended.employee}: {ended.key} ({ended.kind}) aberkannt",
            f"{ended.employee}: {ended.key} ({ended.kind}) revoked",
        )
    )
    output.changed(ended, dry_run=dry_run)
