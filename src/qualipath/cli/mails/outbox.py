"""The commands of the outbox: what waits and why, and what is done about it by hand."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from qualipath.cli import completing
from qualipath.cli.mails.views import delivery_told, list_notices, notice_moved
from qualipath.cli.options import DryRun, Key, NoticeId
from qualipath.cli.session import Session
from qualipath.errors import DeliveryError, InputError

if TYPE_CHECKING:
    from qualipath.cli.output import Output

commands = typer.Typer()


@commands.command("list", epilog="Example: qualipath outbox list --status dead")
def list_(
    context: typer.Context,
    *,
    status: Annotated[
        str | None,
        typer.Option(
            metavar="STATUS",
            help="Only these: pending, held, dead, sent, cancelled or bundled.",
            autocompletion=completing.statuses,
        ),
    ] = None,
    notice: Annotated[
        str | None,
        typer.Option(
            metavar="NOTICE",
            help="Only these: approval_requested …",
            autocompletion=completing.notices,
        ),
    ] = None,
    limit: Annotated[
        int, typer.Option(metavar="N", min=1, max=10_000, help="At most so many.")
    ] = 50,
) -> None:
    """List mails that wait, were sent, or could not be; the latest first."""
    session = Session.of(context)
    with session.acting() as acting:
        found = acting.outbox(status, notice, limit=limit)
    output = session.output
    list_notices(found, output)
    if not found:
        output.line(output.say("keine Nachrichten", "no mails"))
    output.document({"notices": found})


@commands.command(epilog="Example: qualipath outbox send --limit 10")
def send(
    context: typer.Context,
    *,
    limit: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="At most so many mails.")
    ] = None,
) -> None:
    """Send what is due, once: what the scheduler does every half a minute."""
    session = Session.of(context)
    mailing = session.mailing()
    with session.qualipath(mailing) as qualipath:
        report = qualipath.deliver(now=session.now, limit=limit)
    output, name = session.output, mailing.transport.name
    for line, style in delivery_told(report, name, output):
        output.line(line, style)
    output.document({**asdict(report), "transport": name})
    if report.failures:
        raise typer.Exit(DeliveryError.exit_code)


@commands.command(epilog="Examples: qualipath outbox retry 17 · qualipath outbox retry --all-dead")
def retry(
    context: typer.Context,
    notice_id: Annotated[
        int | None, typer.Argument(metavar="[ID]", help="The notice: `outbox list` tells.")
    ] = None,
    *,
    all_dead: Annotated[
        bool, typer.Option("--all-dead", help="All that could not be delivered.")
    ] = False,
    dry_run: DryRun = False,
    key: Key = None,
) -> None:
    """Send what failed once more, with the next round."""
    if (notice_id is None) != all_dead:
        raise InputError("name one notice by its id, or write --all-dead")
    session = Session.of(context)
    output = session.output
    with session.acting(dry_run=dry_run) as acting:
        if notice_id is not None:
            notice = acting.retry_notice(notice_id, key=key)
            output.line(notice_moved(notice, output))
            output.changed(notice, dry_run=dry_run)
            return
        count = acting.retry_dead_notices(key=key)
    again = output.say("zum erneuten Versand", "will be sent once more")
    output.line(f"{_mails(count, output)} {again}")
    output.changed({"retried": count}, dry_run=dry_run)


@commands.command(epilog="Example: qualipath outbox cancel 17 --reason 'told by phone'")
def cancel(
    context: typer.Context,
    notice_id: NoticeId,
    *,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; kept in the history.")],
    dry_run: DryRun = False,
    key: Key = None,
) -> None:
    """Do not send a mail that waits; the history tells why."""
    session = Session.of(context)
    with session.acting(dry_run=dry_run) as acting:
        notice = acting.cancel_notice(notice_id, reason=reason, key=key)
    session.output.line(notice_moved(notice, session.output))
    session.output.changed(notice, dry_run=dry_run)


@commands.command(epilog="Example: qualipath outbox release --organisation kaarst")
def release(
    context: typer.Context,
    *,
    organisation: Annotated[
        str | None,
        typer.Option(metavar="KEY", help="Only of this organisation and those below it."),
    ] = None,
    dry_run: DryRun = False,
    key: Key = None,
) -> None:
    """Let go what is on hold because an organisation sent too much in an hour."""
    session = Session.of(context)
    output = session.output
    with session.acting(dry_run=dry_run) as acting:
        count = acting.release_notices(organisation, key=key)
    output.line(f"{_mails(count, output)} {output.say('freigegeben', 'released')}")
    output.changed({"released": count}, dry_run=dry_run)


def _mails(count: int, output: "Output") -> str:
    one = count == 1
    mails = output.say("Nachricht" if one else "Nachrichten", "mail" if one else "mails")
    return f"{count} {mails}"
