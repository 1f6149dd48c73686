"""The command that proves how mails leave: one mail, sent step by step."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from qualipath.cli.mails.views import where_told
from qualipath.cli.session import Session

if TYPE_CHECKING:
    from qualipath.cli.output import Output

commands = typer.Typer(no_args_is_help=True)


@commands.command("test", epilog="Example: qualipath mail test k.muster@stadt.example")
def prove(
    context: typer.Context,
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="Who gets the mail.")],
    *,
    locale: Annotated[Literal["de", "en"], typer.Option(help="The language of the mail.")] = "de",
) -> None:
    """Send one mail as the settings say, and tell each step; nothing of it is stored."""
    from qualipath.engine.proving import compose_proof  # noqa: PLC0415

    session = Session.of(context)
    output = session.output
    mailing = session.mailing()
    at = session.now or datetime.now(UTC)
    mail = compose_proof(session.drafts(), mailing, address, at=at, locale=locale)
    size = len(mail.content)
    _step(
        output,
        f"verfasst: „{mail.subject}“, von {mail.sender} an {mail.recipient}, {size} Bytes",
        f"composed: '{mail.subject}', from {mail.sender} to {mail.recipient}, {size} bytes",
    )
    where = where_told(mailing.transport.name, output)
    with mailing.transport.connect() as line:
        _step(output, f"bereit: Versand {where}", f"ready: sending {where}")
        line.send(mail)
    _step(output, f"übergeben: <{mail.message_id}>", f"handed over: <{mail.message_id}>")
    output.document(
        {
            "transport": mailing.transport.name,
            "sender": mail.sender,
            "recipient": mail.recipient,
            "subject": mail.subject,
            "message_id": mail.message_id,
            "bytes": len(mail.content),
        }
    )


def _step(output: "Output", de: str, en: str) -> None:
    met, _ = output.marks
    output.line(f"{met} {output.say(de, en)}", "green")
