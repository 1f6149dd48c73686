"""The commands that move and change intakes by hand, as the scheduler otherwise does in time."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from qualipath.cli.intakes.views import intake_moved, intake_planned
from qualipath.cli.options import Allocates, Closes, DryRun, Ends, IntakeId, Key, Opens, day, moment
from qualipath.cli.session import Session

if TYPE_CHECKING:
    from qualipath.engine import ActingAs
    from qualipath.services.models import Intake

commands = typer.Typer()

Why = Annotated[str, typer.Option(metavar="TEXT", help="Why; those concerned are told.")]


@commands.command("open", epilog="Example: qualipath intake open 3")
def open_intake(
    context: typer.Context, intake_id: IntakeId, *, dry_run: DryRun = False, key: Key = None
) -> None:
    """Open an intake for applications before its time."""
    _move(context, lambda acting: acting.open_intake(intake_id, key=key), dry_run=dry_run)


@commands.command(epilog="Example: qualipath intake close 3")
def close(
    context: typer.Context, intake_id: IntakeId, *, dry_run: DryRun = False, key: Key = None
) -> None:
    """Take no more applications from now on."""
    _move(context, lambda acting: acting.close_intake(intake_id, key=key), dry_run=dry_run)


@commands.command(epilog="Example: qualipath intake allocate 3")
def allocate(
    context: typer.Context, intake_id: IntakeId, *, dry_run: DryRun = False, key: Key = None
) -> None:
    """Give an intake's seats, also if fewer have applied than it needs."""
    _move(context, lambda acting: acting.allocate(intake_id, key=key), dry_run=dry_run)


@commands.command(epilog="Example: qualipath intake start 3")
def start(
    context: typer.Context, intake_id: IntakeId, *, dry_run: DryRun = False, key: Key = None
) -> None:
    """Start an intake: who is admitted attends, if the prerequisites are met by now."""
    _move(context, lambda acting: acting.start_intake(intake_id, key=key), dry_run=dry_run)


@commands.command(epilog="Example: qualipath intake finish 3")
def finish(
    context: typer.Context, intake_id: IntakeId, *, dry_run: DryRun = False, key: Key = None
) -> None:
    """Finish an intake, and ask for the results that are outstanding."""
    _move(context, lambda acting: acting.finish_intake(intake_id, key=key), dry_run=dry_run)


@commands.command(epilog="Example: qualipath intake cancel 3 --reason 'too few applications'")
def cancel(
    context: typer.Context,
    intake_id: IntakeId,
    *,
    reason: Why,
    dry_run: DryRun = False,
    key: Key = None,
) -> None:
    """Cancel an intake: everybody in it is told, and may apply anew."""
    _move(
        context,
        lambda acting: acting.cancel_intake(intake_id, reason=reason, key=key),
        dry_run=dry_run,
    )


@commands.command(epilog="Example: qualipath intake resize 3 40 --reason 'a larger room'")
def resize(
    context: typer.Context,
    intake_id: IntakeId,
    seats: Annotated[int, typer.Argument(metavar="SEATS", help="How many seats from now on.")],
    *,
    reason: Why,
    dry_run: DryRun = False,
    key: Key = None,
) -> None:
    """Offer more seats, or fewer, but not fewer than are taken."""
    _move(
        context,
        lambda acting: acting.resize_intake(intake_id, seats, reason=reason, key=key),
        dry_run=dry_run,
    )


@commands.command(
    epilog="Example: qualipath intake redate 3 --lectures-from 2026-10-19 --reason 'as published'"
)
def redate(
    context: typer.Context,
    intake_id: IntakeId,
    *,
    reason: Why,
    starts: Annotated[str | None, typer.Option(metavar="DATE", help="The first day.")] = None,
    ends: Ends = None,
    opens: Opens = None,
    closes: Closes = None,
    allocates: Allocates = None,
    lectures_from: Annotated[
        str | None, typer.Option(metavar="DATE", help="The first day of lectures.")
    ] = None,
    lectures_until: Annotated[
        str | None, typer.Option(metavar="DATE", help="The last day of lectures.")
    ] = None,
    dry_run: DryRun = False,
    key: Key = None,
) -> None:
    """Correct an intake's dates; those concerned are told. What you leave out stays."""
    session = Session.of(context)
    with session.acting(dry_run=dry_run) as acting:
        intake = acting.redate_intake(
            intake_id,
            reason=reason,
            starts_on=day(starts, "--starts"),
            ends_on=day(ends, "--ends"),
            opens=moment(opens, "--opens"),
            closes=moment(closes, "--closes"),
            allocates=moment(allocates, "--allocates"),
            lectures_from=day(lectures_from, "--lectures-from"),
            lectures_until=day(lectures_until, "--lectures-until"),
            key=key,
        )
    session.output.line(intake_planned(intake, session.output))
    session.output.changed(intake, dry_run=dry_run)


def _move(context: typer.Context, move: "Callable[[ActingAs], Intake]", *, dry_run: bool) -> None:
    session = Session.of(context)
    with session.acting(dry_run=dry_run) as acting:
        intake = move(acting)
    session.output.line(intake_moved(intake, session.output))
    session.output.changed(intake, dry_run=dry_run)
