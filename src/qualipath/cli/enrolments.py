"""The commands that begin, move and correct enrolments."""

from typing import Annotated

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
    reason: Reason = None,
    dry_run: DryRun = False,
    key: Key = None,
) -> None:
    """Apply for an employee to a tier."""
    _begin(context, number, path, tier, "apply", reason=reason, dry_run=dry_run, key=key)


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
    _begin(context, number, path, tier, "nominate", reason=reason, dry_run=dry_run, key=key)


def _begin(
    context: typer.Context,
    number: str,
    path: str,
    tier: str,
    trigger: str,
    *,
    reason: str | None,
    dry_run: bool,
    key: str | None,
) -> None:
    session = Session.of(context)
    with session.acting(dry_run=dry_run) as acting:
        enrolment = acting.begin(number, path, tier, trigger, reason=reason, key=key)
    session.output.line(enrolment_told(enrolment, session.output))
    session.output.changed(enrolment, dry_run=dry_run)


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
    session.output.line(enrolment_told(enrolment, session.output))
    session.output.changed(enrolment, dry_run=dry_run)
