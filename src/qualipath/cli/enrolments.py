"""The commands that begin, move and correct enrolments."""

from typing import TYPE_CHECKING, Annotated

import typer

from qualipath.cli.options import (
    ENROLMENTS,
    DryRun,
    Grade,
    Key,
    Number,
    PathName,
    Reason,
    TierName,
)
from qualipath.cli.session import Session
from qualipath.cli.views import enrolment_told

if TYPE_CHECKING:
    from qualipath.services.models import Enrolment

commands = typer.Typer()


@commands.command(
    rich_help_panel=ENROLMENTS,
    epilog="Example: qualipath apply 4711 duisburg_digital certificate_1",
)
def apply(
    context: typer.Context,
    number: Number,
    path: PathName,
    tier: TierName,
    *,
    intake: Annotated[
        int | None,
        typer.Option(metavar="ID", help="For this intake; else for the one that is open."),
    ] = None,
    reason: Reason = None,
    dry_run: DryRun = False,
    key: Key = None,
) -> None:
    """Apply for an employee to a tier."""
    session = Session.of(context)
    with session.acting(dry_run=dry_run) as acting:
        enrolment = acting.apply(number, path, tier, intake=intake, reason=reason, key=key)
    _told(session, enrolment, dry_run=dry_run)


@commands.command(
    rich_help_panel=ENROLMENTS,
    epilog="Example: qualipath nominate 4711 duisburg_digital masters --as supervisor:1001",
)
def nominate(
    context: typer.Context,
    number: Number,
    path: PathName,
    tier: TierName,
    *,
    reason: Reason = None,
    dry_run: DryRun = False,
    key: Key = None,
) -> None:
    """Nominate an employee for a tier."""
    session = Session.of(context)
    with session.acting(dry_run=dry_run) as acting:
        enrolment = acting.nominate(number, path, tier, reason=reason, key=key)
    _told(session, enrolment, dry_run=dry_run)


@commands.command(
    rich_help_panel=ENROLMENTS,
    epilog="Example: qualipath correct 17 --grade 1.7 --reason 'misread'",
)
def correct(
    context: typer.Context,
    enrolment_id: Annotated[int, typer.Argument(metavar="ID", help="The enrolment.")],
    *,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; kept in the history.")],
    grade: Grade = None,
    state: Annotated[
        str | None, typer.Option(metavar="STATE", help="The right result: completed, failed …")
    ] = None,
    dry_run: DryRun = False,
    key: Key = None,
) -> None:
    """Put a wrong grade or result right; what was written before stays beside it."""
    session = Session.of(context)
    with session.acting(dry_run=dry_run) as acting:
        enrolment = acting.correct(enrolment_id, reason=reason, grade=grade, state=state, key=key)
    _told(session, enrolment, dry_run=dry_run)


def _told(session: Session, enrolment: "Enrolment", *, dry_run: bool) -> None:
    session.output.line(enrolment_told(enrolment, session.output))
    session.output.changed(enrolment, dry_run=dry_run)
