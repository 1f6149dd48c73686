"""How notices and mails read: their status in words, in a row, in full."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from qualipath.cli.output import Output
from qualipath.cli.views import instant_told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qualipath.engine.delivering import DeliveryReport
    from qualipath.services.outbox_models import Notice, OutboxState

_STATUSES = {
    "pending": ("wartet", "waiting"),
    "bundled": ("gesammelt", "in a digest"),
    "held": ("angehalten", "on hold"),
    "sent": ("versandt", "sent"),
    "cancelled": ("entfallen", "cancelled"),
    "dead": ("nicht zustellbar", "undeliverable"),
}
_RECIPIENTS = {
    "employee": ("Person selbst", "employee"),
    "supervisor": ("Führungskraft", "supervisor"),
    "deputy": ("Vertretung", "deputy"),
    "hr": ("Personalstelle", "HR"),
    "provider": ("Anbieter", "provider"),
    "digest": ("Führungskraft, gesammelt", "supervisor, as a digest"),
}

_RESULTS = {
    "bundled": ("in Sammelnachrichten", "put into digests", ""),
    "cancelled": ("entfallen, da nicht mehr zutreffend", "cancelled, no longer true", ""),
    "deferred": ("später erneut", "tried again later", "yellow"),
    "held": ("angehalten (outbox release)", "on hold (outbox release)", "yellow"),
    "dead": (
        "nicht zustellbar (outbox list --status dead)",
        "undeliverable (outbox list --status dead)",
        "red",
    ),
}


def status_told(notice: "Notice", output: Output) -> str:
    """Say in a word or two what has become of a notice; of one that failed, how often."""
    told = output.say(*_STATUSES[notice.status])
    if notice.status == "pending" and notice.attempts:
        tries = notice.attempts
        told += output.say(f", {tries}-mal versucht", f", tried {tries} times")
    return told


def recipient_told(notice: "Notice", output: Output) -> str:
    """Say to whom a notice goes: by its rule, or once it was sent by its address."""
    rule = output.say(*_RECIPIENTS.get(notice.recipient, (notice.recipient,) * 2))
    return notice.address or rule


def about_told(notice: "Notice", output: Output) -> str:
    """Say what a notice is about: whom, which tier, which intake."""
    parts = [notice.employee, notice.tier]
    if notice.intake is not None and notice.enrolment is None:
        parts.append(output.say(f"Durchgang {notice.intake}", f"intake {notice.intake}"))
    if not any(parts):
        parts = [notice.organisation]
    return ", ".join(part for part in parts if part)


def list_notices(notices: "Sequence[Notice]", output: Output) -> None:
    """Show notices as a table; nothing if there is none."""
    if notices:
        output.table(
            ("id", "notice", "recipient", "about", "status", "at", "reason"),
            [_row(notice, output) for notice in notices],
        )


def notice_moved(notice: "Notice", output: Output) -> str:
    """Tell a notice in a line."""
    word = output.say("Nachricht", "notice")
    about, status = about_told(notice, output), status_told(notice, output)
    return f"{word} {notice.id}: {notice.notice}, {about}: {status}"


def state_told(state: "OutboxState", output: Output) -> Iterator[tuple[str, str]]:
    """Tell how the outbox is doing, each line with its style: what waits, what needs a look."""
    told = output.say(f"Wartende Nachrichten: {state.pending}", f"mails: {state.pending} waiting")
    if state.pending and state.next_due is not None:
        first = instant_told(state.next_due)
        told += output.say(f", die nächste fällig {first}", f", the next one due {first}")
    yield told, ""
    if state.held:
        yield (
            output.say(
                f"  {state.held} angehalten; freigeben: qualipath outbox release",
                f"  {state.held} on hold; let them go: qualipath outbox release",
            ),
            "yellow",
        )
    if state.dead:
        yield (
            output.say(
                f"  {state.dead} nicht zustellbar; ansehen: qualipath outbox list --status dead",
                f"  {state.dead} undeliverable; look: qualipath outbox list --status dead",
            ),
            "red",
        )


def delivery_told(
    report: "DeliveryReport", transport: str, output: Output
) -> Iterator[tuple[str, str]]:
    """Tell what a delivery did, each line with its style: where mails went, and what did not."""
    where = where_told(transport, output)
    one = report.sent == 1
    mails = output.say("Nachricht" if one else "Nachrichten", "mail" if one else "mails")
    yield f"{report.sent} {mails} {where}", ""
    for result, (de, en, style) in _RESULTS.items():
        if count := getattr(report, result):
            yield f"  {output.say(de, en)}: {count}", style
    for failure in report.failures:
        yield f"  {output.say('fehlgeschlagen', 'failed')}: {failure.text(output.locale)}", "red"
    if report.next_due is not None:
        due = instant_told(report.next_due)
        yield output.say(f"die nächste fällig: {due}", f"the next one due: {due}"), ""


def where_told(transport: str, output: Output) -> str:
    """Say where mails go, by the name of a transport."""
    kind, _, folder = transport.partition(":")
    if kind == "maildir":
        return output.say(f"in „{folder}“", f"in '{folder}'")
    return output.say(f"über {transport}", f"by {transport}")


def _row(notice: "Notice", output: Output) -> tuple[object, ...]:
    return (
        notice.id,
        notice.notice,
        recipient_told(notice, output),
        about_told(notice, output),
        status_told(notice, output),
        instant_told(notice.sent_at or notice.due_at),
        notice.error.text(output.locale) if notice.error else "",
    )
