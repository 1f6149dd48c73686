"""The commands that look at intakes: which there are, who is in them, who got a seat and why."""

from typing import TYPE_CHECKING, Annotated

import typer

from qualipath.cli import completing
from qualipath.cli.intakes.views import (
    at_told,
    fill_told,
    instant_in,
    intake_name,
    intake_rows,
    list_intakes,
)
from qualipath.cli.options import IntakeId
from qualipath.cli.session import Session

if TYPE_CHECKING:
    from qualipath.cli.output import Output
    from qualipath.services.models import Protocol, Roster

commands = typer.Typer()


@commands.command("list", epilog="Example: qualipath intake list duisburg_digital --state open")
def list_(
    context: typer.Context,
    path: Annotated[
        str | None,
        typer.Argument(
            metavar="[PATH]", help="Of this path; else of all.", autocompletion=completing.paths
        ),
    ] = None,
    *,
    tier: Annotated[
        str | None,
        typer.Option(metavar="TIER", help="Only this tier.", autocompletion=completing.tiers),
    ] = None,
    state: Annotated[
        str | None,
        typer.Option(
            metavar="STATE",
            help="Only this state: planned, open …",
            autocompletion=completing.intake_states,
        ),
    ] = None,
) -> None:
    """List intakes by their start, and how full they are."""
    session = Session.of(context)
    with session.acting() as acting:
        found = acting.intakes(path, tier, state)
    list_intakes(found, session.output)
    if not found:
        session.output.line(session.output.say("kein Durchgang", "no intakes"))
    session.output.document({"intakes": found})


@commands.command(epilog="Example: qualipath intake show 3")
def show(context: typer.Context, intake_id: IntakeId) -> None:
    """Show one intake with all its dates."""
    session = Session.of(context)
    output = session.output
    with session.acting() as acting:
        intake = acting.intake(intake_id)
    title = intake.tier_title.text(output.locale)
    number = output.say("Durchgang", "intake")
    output.line(f"{title}, {intake_name(intake, output)} ({number} {intake.id})", "bold")
    output.fields(intake_rows(intake, output))
    output.document(intake)


@commands.command(epilog="Example: qualipath intake roster 3")
def roster(context: typer.Context, intake_id: IntakeId) -> None:
    """Tell who is in an intake, and in what order people wait."""
    session = Session.of(context)
    with session.acting() as acting:
        found = acting.roster(intake_id)
    _show_roster(found, session.output)
    session.output.document(found)


def _show_roster(found: "Roster", output: "Output") -> None:
    intake = found.intake
    heading = f"{intake.tier} {intake_name(intake, output)}: {fill_told(intake, output)}"
    if not found.people:
        nobody = output.say("niemand, den Sie sehen dürfen", "nobody whom you may see")
        output.line(f"{heading}; {nobody}")
        return
    output.table(
        ("place", "enrolment", "employee", "name", "organisation", "state", "applied at"),
        [
            (
                each.place,
                each.enrolment,
                each.employee,
                f"{each.family_name}, {each.given_name}",
                each.organisation,
                each.state_title.text(output.locale),
                each.applied_at and instant_in(each.applied_at, intake.timezone),
            )
            for each in found.people
        ],
        title=heading,
    )


@commands.command(epilog="Example: qualipath intake protocol 3 > protocol.txt")
def protocol(context: typer.Context, intake_id: IntakeId) -> None:
    """Tell how seats were given by rank, for the file: each person's rank, and why."""
    session = Session.of(context)
    with session.acting() as acting:
        found = acting.protocol(intake_id)
    _show_protocol(found, session.output)
    session.output.document(found)


def _show_protocol(found: "Protocol", output: "Output") -> None:
    intake = found.intake
    title = intake.tier_title.text(output.locale)
    output.line(f"{title}, {intake_name(intake, output)}", "bold")
    if found.allocated_at is None:
        output.line(
            output.say("Es wurden noch keine Plätze vergeben.", "No seats were allocated yet.")
        )
        return
    output.line(
        output.say(
            f"Plätze vergeben am {at_told(found.allocated_at, intake.timezone, output)} durch "
            f"{found.allocated_by}; {intake.seats} Plätze, Los {intake.seed}",
            f"seats allocated on {at_told(found.allocated_at, intake.timezone, output)} by "
            f"{found.allocated_by}; {intake.seats} seats, lot {intake.seed}",
        )
    )
    if not found.entries:
        output.line(
            output.say(
                "Es gibt keine Rangfolge, die Sie sehen dürfen.",
                "There is no ranking that you may see.",
            )
        )
        return
    results = {
        "seat": output.say("Platz", "seat"),
        "waiting": output.say("Warteliste", "waiting list"),
        "refused": output.say("abgelehnt", "refused"),
    }
    output.table(
        ("rank", "employee", "name", "organisation", "result", "why"),
        [
            (
                each.rank,
                each.employee,
                f"{each.family_name}, {each.given_name}",
                each.organisation,
                results[each.outcome],
                "; ".join(reason.text(output.locale) for reason in each.reasons),
            )
            for each in found.entries
        ],
    )
