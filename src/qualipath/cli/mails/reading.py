"""The command that shows one notice with its mail, and why it waits."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qualipath.cli.mails.views import about_told, list_notices, recipient_told, status_told
from qualipath.cli.options import NoticeId
from qualipath.cli.output import Output
from qualipath.cli.session import Session
from qualipath.cli.views import instant_told
from qualipath.errors import InputError

if TYPE_CHECKING:
    from qualipath.engine.corresponding import NoticeInFull

commands = typer.Typer()


@commands.command(epilog="Example: qualipath outbox show 17 --html mail.html")
def show(
    context: typer.Context,
    notice_id: NoticeId,
    *,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the mail's HTML there.")
    ] = None,
) -> None:
    """Show a notice with its mail: as it was sent, or as it would be now; and why it is not."""
    session = Session.of(context)
    output = session.output
    with session.acting() as acting:
        found = acting.notice(notice_id)
    output.fields(_rows(found, output))
    output.document(found)
    if found.told:
        output.line()
        list_notices(found.told, output)
    if found.mail is not None:
        output.line()
        output.line(found.mail.subject, "bold")
        output.line()
        output.line(found.mail.text.rstrip())
    if html is None:
        return
    if found.mail is None:
        message = f"there is no mail of notice {notice_id} to write to '{html}'"
        raise InputError(message)
    html.write_text(found.mail.html, "utf-8")
    output.line()
    output.line(output.say(f"HTML in „{html}“", f"HTML in '{html}'"))


def _rows(found: "NoticeInFull", output: Output) -> Iterator[tuple[str, str]]:
    notice = found.notice
    yield output.say("Nachricht", "Notice"), f"{notice.notice} ({notice.id})"
    yield output.say("Stand", "Status"), status_told(notice, output)
    yield output.say("Betrifft", "About"), about_told(notice, output)
    yield output.say("An", "To"), _to(found, output)
    if found.on_behalf_of:
        yield output.say("In Vertretung von", "In place of"), found.on_behalf_of
    yield output.say("Ausgelöst", "Raised"), instant_told(notice.raised_at)
    if notice.sent_at is not None:
        yield output.say("Versandt", "Sent"), instant_told(notice.sent_at)
        if found.mail is None:
            lost = output.say("nicht mehr aufbewahrt", "not kept any more")
            yield output.say("Inhalt", "Content"), lost
    elif notice.status == "pending":
        yield output.say("Fällig", "Due"), instant_told(notice.due_at)
    if notice.digest is not None:
        yield output.say("Sammelnachricht", "Digest"), str(notice.digest)
    error = notice.error.text(output.locale) if notice.error else None
    if error:
        yield output.say("Grund", "Reason"), error
    why_not = found.why_not.text(output.locale) if found.why_not else None
    if why_not and why_not != error:
        yield output.say("Wird nicht versandt", "Will not be sent"), why_not
    if notice.message_id is not None:
        yield "Message-ID", f"<{notice.message_id}>"


def _to(found: "NoticeInFull", output: Output) -> str:
    rule = recipient_told(found.notice, output)
    if found.address is None or found.address == rule:
        return rule
    return f"{found.name} <{found.address}>" if found.name else found.address
