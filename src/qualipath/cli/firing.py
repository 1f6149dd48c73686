"""The command that fires a trigger: on one enrolment, or on many with an outcome for each."""

import re
from typing import TYPE_CHECKING, Annotated

import typer

from qualipath.cli import completing
from qualipath.cli.options import ENROLMENTS, DryRun, Grade, Key, Reason
from qualipath.cli.progress import waiting
from qualipath.cli.session import Session
from qualipath.cli.views import enrolment_told
from qualipath.errors import InputError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qualipath.cli.output import Output
    from qualipath.services.models import Outcome

commands = typer.Typer()


@commands.command(
    rich_help_panel=ENROLMENTS,
    epilog="Examples: qualipath fire 17 approve · qualipath fire 17=1.7 18=2.3 complete",
)
def fire(
    context: typer.Context,
    ids: Annotated[
        list[str],
        typer.Argument(
            metavar="ID...",
            help="The enrolments; 17=1.7 gives each its own grade.",
            # The shell can't know where the ids end.
            autocompletion=completing.triggers,
        ),
    ],
    trigger: Annotated[
        str,
        typer.Argument(
            metavar="TRIGGER",
            help="What happens: approve, start, complete …",
            autocompletion=completing.triggers,
        ),
    ],
    *,
    reason: Reason = None,
    grade: Grade = None,
    version: Annotated[
        int | None,
        typer.Option(metavar="N", help="Only if the enrolment is still at this version."),
    ] = None,
    atomic: Annotated[
        bool, typer.Option("--atomic", help="Of several: all, or none if one is refused.")
    ] = False,
    dry_run: DryRun = False,
    key: Key = None,
) -> None:
    """Fire a trigger on one enrolment or more; `status` tells which are allowed."""
    session = Session.of(context)
    grades = {_id(written.partition("=")[0]): written.partition("=")[2] or grade for written in ids}
    if len(ids) == 1:
        ((enrolment_id, its_grade),) = grades.items()
        with session.acting(dry_run=dry_run) as acting:
            enrolment = acting.fire(
                enrolment_id, trigger, reason=reason, grade=its_grade, version=version, key=key
            )
        session.output.line(enrolment_told(enrolment, session.output))
        session.output.changed(enrolment, dry_run=dry_run)
        return
    if version is not None:
        message = "--version goes with one enrolment, not with several"
        raise InputError(message)
    waited = waiting(session.output.say(f"{trigger} läuft", f"firing {trigger}"))
    with session.acting(dry_run=dry_run) as acting, waited:
        outcomes = acting.fire_many(
            [_id(written.partition("=")[0]) for written in ids],
            trigger,
            reason=reason,
            grades={id_: its for id_, its in grades.items() if its is not None},
            atomic=atomic,
            key=key,
        )
    _show(outcomes, session.output, dry_run=dry_run)
    if any(outcome.refused for outcome in outcomes):
        raise typer.Exit(RefusedError.exit_code)


def _show(outcomes: "Sequence[Outcome]", output: "Output", *, dry_run: bool) -> None:
    output.table(
        ("enrolment", "employee", "tier", "result", "reason"),
        [_row(outcome, output) for outcome in outcomes],
    )
    output.line()
    refused = sum(outcome.refused for outcome in outcomes)
    done = len(outcomes) - refused
    output.line(
        output.say(f"{done} ausgeführt, {refused} abgelehnt", f"{done} done, {refused} refused")
    )
    output.changed(
        {
            "done": done,
            "refused": refused,
            "outcomes": outcomes,
        },
        dry_run=dry_run,
    )


def _row(outcome: "Outcome", output: "Output") -> "Sequence[object]":
    enrolment = outcome.enrolment
    if enrolment is None:
        reasons = "; ".join(reason.text(output.locale) for reason in outcome.reasons)
        return outcome.id, "", "", output.say("abgelehnt", "refused"), reasons
    state = enrolment.state_title.text(output.locale)
    return outcome.id, enrolment.employee, enrolment.tier, state, ""


def _id(written: str) -> int:
    # Beyond 18 digits no database counts, and int() gives up beyond 4,300.
    if not re.fullmatch("[0-9]{1,18}", written):
        message = f"'{written}' is not an enrolment's id; write whole numbers, the trigger last"
        raise InputError(message)
    return int(written)
