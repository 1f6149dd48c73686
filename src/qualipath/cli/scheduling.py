"""The commands that let time pass: one tick, the scheduler, and how it is doing."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from qualipath.cli.mails.views import state_told
from qualipath.cli.options import DATABASE
from qualipath.cli.session import Session
from qualipath.errors import InputError

if TYPE_CHECKING:
    from qualipath.cli.output import Output
    from qualipath.engine.ticking import TickReport

_HERE = ZoneInfo("Europe/Berlin")

commands = typer.Typer()
schedulers = typer.Typer(invoke_without_command=True)
commands.add_typer(schedulers, name="scheduler", rich_help_panel=DATABASE)

_JOBS = {
    "planning": ("Durchgänge geplant", "intakes planned"),
    "reminders": ("Erinnerungen", "reminders"),
    "triggers": ("Fristen ausgelöst", "triggers of deadlines"),
    "credentials": ("Fristen von Nachweisen", "deadlines of credentials"),
    "intake_reminders": ("Erinnerungen zu Durchgängen", "reminders about intakes"),
    "intakes": ("Durchgänge bewegt", "intakes moved"),
}


@commands.command(rich_help_panel=DATABASE, epilog="Example: qualipath tick --at 2027-04-01T06:00")
def tick(
    context: typer.Context,
    *,
    at: Annotated[
        str | None,
        typer.Option(
            metavar="INSTANT",
            help="Up to when; in Berlin, unless a time zone is named. Now if left out.",
        ),
    ] = None,
) -> None:
    """Do all that is due, once: what the scheduler does every minute."""
    session = Session.of(context)
    until = None if at is None else _instant(at)
    with session.qualipath() as qualipath:
        report = qualipath.tick(until, now=session.now)
    _show(report, session.output)
    if report.failures:
        raise typer.Exit(1)


@schedulers.callback(epilog="Example: qualipath scheduler --json 2>> scheduler.log")
def scheduler(
    context: typer.Context,
    *,
    once: Annotated[
        bool,
        typer.Option(
            "--once", help="Tick and deliver once, and end; the exit code tells of failures."
        ),
    ] = False,
) -> None:
    """Do what is due and send mails, until SIGTERM or Ctrl-C; logs to the standard error."""
    if context.invoked_subcommand is not None:
        return
    session = Session.of(context)
    if session.now is not None:
        message = "the scheduler follows the clock; for another instant: qualipath tick --at"
        raise InputError(message)
    from qualipath.scheduler import Scheduler, logger  # noqa: PLC0415

    settings = session.settings
    with session.qualipath(session.mailing()) as qualipath:
        running = Scheduler(
            qualipath,
            timedelta(seconds=settings.scheduler_seconds),
            logger(as_json=session.given.json),
            delivery_interval=timedelta(seconds=settings.delivery_seconds),
        )
        if not once:
            running.run()
        elif not running.run_once():
            raise typer.Exit(1)


@schedulers.command(epilog="Example: qualipath scheduler status")
def status(context: typer.Context) -> None:
    """Tell the last ticks, what is due next, what is overdue, and what waits to be sent."""
    session = Session.of(context)
    with session.qualipath() as qualipath:
        seen = qualipath.scheduler_status(session.now)
        outbox = qualipath.outbox_state(session.now)
    output = session.output
    output.document(
        {
            "at": seen.at,
            "ticks": seen.ticks,
            "next_due": seen.next_due,
            "overdue": seen.overdue,
            "failures": seen.failures,
            "outbox": outbox,
        }
    )
    if not seen.ticks:
        output.line(output.say("noch kein Lauf", "no tick yet"))
    for last in seen.ticks:
        when, done = _told(last.finished_at), last.effects
        output.line(
            output.say(
                f"letzter Lauf: {when} auf {last.host}, {done} erledigt, {last.failures} Fehler",
                f"last tick: {when} on {last.host}, {done} done, {last.failures} failures",
            )
        )
        if last.error:
            output.line(f"  {last.error}", "red")
    _show_due(seen.next_due, seen.overdue, output)
    for line, style in state_told(outbox, output):
        output.line(line, style)


def _show(report: "TickReport", output: "Output") -> None:
    output.document(report)
    if not report.led:
        told = "ein anderer Scheduler arbeitet gerade", "another scheduler is at work"
        output.line(output.say(*told))
        return
    until = _told(report.at)
    output.line(
        output.say(f"bis {until}: {report.done} erledigt", f"until {until}: {report.done} done")
    )
    for job, count in report.effects.items():
        output.line(f"  {output.say(*_JOBS[job])}: {count}")
    for refused in report.refused:
        output.line(f"  {output.say('abgelehnt', 'refused')}: {refused}", "yellow")
    for failure in report.failures:
        output.line(f"  {output.say('fehlgeschlagen', 'failed')}: {failure}", "red")
    _show_due(report.next_due, report.overdue, output)


def _show_due(next_due: datetime | None, overdue: int, output: "Output") -> None:
    told = _told(next_due) if next_due else output.say("nichts", "nothing")
    output.line(output.say(f"als Nächstes fällig: {told}", f"due next: {told}"))
    if overdue:
        output.line(output.say(f"überfällig: {overdue}", f"overdue: {overdue}"), "red")


def _told(instant: datetime) -> str:
    """Write an instant where `--at` is read, wherever this computer stands."""
    return instant.astimezone(_HERE).strftime("%Y-%m-%d %H:%M")


def _instant(written: str) -> datetime:
    """Read an instant, in Berlin unless it names its time zone; raises `InputError`."""
    try:
        at = datetime.fromisoformat(written.strip())
    except ValueError:
        message = f"--at '{written}' is not an instant; write for example 2027-04-01T06:00"
        raise InputError(message) from None
    if at.tzinfo is not None:
        return at
    here = at.replace(tzinfo=_HERE)
    if here.utcoffset() != here.replace(fold=1).utcoffset():
        message = (
            f"--at '{written}' comes twice in Berlin, or never, as the clocks change; "
            f"write it with its time zone, for example {written.strip()}+01:00"
        )
        raise InputError(message)
    return here
