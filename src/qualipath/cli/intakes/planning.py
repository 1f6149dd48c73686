"""The commands that plan intakes: one with dates of its own, or those of all terms to come."""

from typing import Annotated

import typer

from qualipath.cli.intakes.views import intake_planned, list_intakes
from qualipath.cli.options import (
    Allocates,
    Closes,
    DryRun,
    Ends,
    Key,
    Opens,
    PathName,
    TierName,
    day,
    moment,
)
from qualipath.cli.session import Session
from qualipath.errors import InputError

commands = typer.Typer()


@commands.command(
    epilog="Example: qualipath intake plan duisburg_digital bootcamp --starts 2027-01-11 "
    "--opens 2026-11-02 --closes 2026-12-11 --seats 20",
)
def plan(
    context: typer.Context,
    path: PathName,
    tier: TierName,
    *,
    starts: Annotated[str, typer.Option(metavar="DATE", help="The first day: 2027-01-11.")],
    ends: Ends = None,
    opens: Opens = None,
    closes: Closes = None,
    allocates: Allocates = None,
    seats: Annotated[int | None, typer.Option(metavar="N", help="How many seats.")] = None,
    minimum: Annotated[
        int | None, typer.Option(metavar="N", help="How many it takes at least.")
    ] = None,
    provider: Annotated[
        str | None, typer.Option(metavar="ID", help="Who gives it, and then sees its roster.")
    ] = None,
    parallel: Annotated[
        bool,
        typer.Option("--parallel", help="Its window may overlap another one's of the tier."),
    ] = False,
    dry_run: DryRun = False,
    key: Key = None,
) -> None:
    """Plan one intake of a tier, with dates of its own; the rules give what you leave out."""
    session = Session.of(context)
    starts_on = day(starts, "--starts")
    if starts_on is None:
        raise InputError("an intake needs its first day: --starts 2027-01-11")
    with session.acting(dry_run=dry_run) as acting:
        planned = acting.plan_intake(
            path,
            tier,
            starts_on=starts_on,
            ends_on=day(ends, "--ends"),
            opens=moment(opens, "--opens"),
            closes=moment(closes, "--closes"),
            allocates=moment(allocates, "--allocates"),
            seats=seats,
            minimum=minimum,
            provider=provider,
            parallel=parallel,
            key=key,
        )
    session.output.line(intake_planned(planned, session.output))
    session.output.changed(planned, dry_run=dry_run)


@commands.command(
    "plan-terms", epilog="Example: qualipath intake plan-terms duisburg_digital --years 10"
)
def plan_terms(
    context: typer.Context,
    path: PathName,
    *,
    years: Annotated[int, typer.Option(metavar="N", help="For how many years from today.")],
    dry_run: DryRun = False,
    key: Key = None,
) -> None:
    """Plan the intakes of all terms to come; again, only what is not planned yet."""
    session = Session.of(context)
    output = session.output
    with session.acting(dry_run=dry_run) as acting:
        planned = acting.plan_terms(path, years=years, key=key)
    list_intakes(planned, output)
    count = len(planned)
    output.line(
        output.say("1 Durchgang geplant", "1 intake planned")
        if count == 1
        else output.say(f"{count} Durchgänge geplant", f"{count} intakes planned")
    )
    output.changed({"path": path, "intakes": planned}, dry_run=dry_run)
