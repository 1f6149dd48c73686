"""From a draft to the bytes of a mail, read back before anybody sends it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import format_datetime
from pathlib import Path

from qualipath.domain.wording import sentence
from qualipath.errors import UndeliverableError
from qualipath.notices.addresses import Mailbox, mailbox, named_mailbox
from qualipath.notices.appointment import Party
from qualipath.notices.headers import address_field, text_field, token_field
from qualipath.notices.mail import Draft, Mail
from qualipath.notices.mime import (
    Multipart,
    Part,
    attached_calendar,
    calendar_part,
    multipart,
    text_part,
)
from qualipath.notices.rereading import Meant, differences
from qualipath.notices.templating import Templates

_MESSAGE_ID = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9.-]+")
_LONGEST_ID = 400

HEADERS = (
    "Date",
    "Message-ID",
    "From",
    "To",
    "Reply-To",
    "Subject",
    "MIME-Version",
    "Content-Type",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "Content-Language",
)
"""The header fields of every mail, in their order; Reply-To only where there is somebody."""

_WITHOUT_REPLY = tuple(name for name in HEADERS if name != "Reply-To")


class Composer:
    """Composes the mails of one installation from its templates, as one sender."""

    def __init__(self, templates: Path, sender: str) -> None:
        """Take the folder of templates and the sender, `Name <address>` or a bare address.

        Raises: UndeliverableError if the sender is no address.
        """
        self._templates = Templates(templates)
        self._sender = named_mailbox(sender)

    def compose(self, draft: Draft) -> Mail:
        """Compose a mail of a text and an HTML part, and an invitation where there is one.

        The same draft always gives the same bytes. What was written is read back by the standard
        library and compared with what was meant.

        Raises: TemplateError if the templates are wrong or can't be filled in; UndeliverableError
        if an address is none, or what was written does not read as it was meant; ValueError if the
        Message-ID or the date is none.
        """
        boxes = _Boxes(
            self._sender,
            mailbox(draft.address, draft.name),
            mailbox(draft.reply_to) if draft.reply_to else None,
        )
        rendered = self._templates.rendered(
            draft.notice, draft.locale, draft.gendering, draft.fields
        )
        texts = (text_part(rendered.text, "plain"), text_part(rendered.html, "html"))
        leaves, whole = _structure(texts, self._invitation(draft), draft.message_id)
        header = _header(draft, boxes, rendered.subject, whole.content_type)
        mail = Mail(
            message_id=draft.message_id,
            sender=boxes.sender.address,
            recipient=boxes.recipient.address,
            subject=rendered.subject,
            content=header.encode() + b"\r\n" + whole.body,
            utf8=any(box.utf8 for _, box in boxes.named()),
        )
        meant = Meant(
            headers=HEADERS if boxes.reply_to else _WITHOUT_REPLY,
            boxes={name: (box.name, box.address) for name, box in boxes.named()},
            subject=rendered.subject,
            message_id=draft.message_id,
            leaves=tuple(leaf.octets for leaf in leaves),
        )
        if wrong := list(differences(mail.content, meant)):
            told = sentence(
                "was geschrieben wurde, liest sich anders: {wrong}",
                "what was written reads differently: {wrong}",
                wrong="; ".join(wrong),
            )
            raise UndeliverableError(told)
        return mail

    def _invitation(self, draft: Draft) -> bytes | None:
        if draft.appointment is None:
            return None
        # It takes as long to import as a short command takes to run.
        from qualipath.notices.invitation import write_invitation  # noqa: PLC0415

        organizer = Party(self._sender.address, self._sender.name)
        attendee = Party(draft.address, draft.name)
        return write_invitation(draft.appointment, organizer, attendee, draft.dated_at)


@dataclass(frozen=True, slots=True)
class _Boxes:
    """From whom, to whom, and to whom an answer goes."""

    sender: Mailbox
    recipient: Mailbox
    reply_to: Mailbox | None

    def named(self) -> Iterator[tuple[str, Mailbox]]:
        """Give those that there are, each with its field."""
        yield "From", self.sender
        yield "To", self.recipient
        if self.reply_to:
            yield "Reply-To", self.reply_to


def _header(draft: Draft, boxes: _Boxes, subject: str, content_type: str) -> str:
    if not _MESSAGE_ID.fullmatch(draft.message_id) or len(draft.message_id) > _LONGEST_ID:
        message = f"{draft.message_id!r} is no Message-ID"
        raise ValueError(message)
    if draft.dated_at.tzinfo is None:
        message = f"{draft.dated_at!r} tells no time zone"
        raise ValueError(message)
    return "".join(
        (
            token_field("Date", format_datetime(draft.dated_at)),
            token_field("Message-ID", f"<{draft.message_id}>"),
            *(address_field(name, box.name, box.address) for name, box in boxes.named()),
            text_field("Subject", subject),
            "MIME-Version: 1.0\r\n",
            token_field("Content-Type", content_type),
            # RFC 3834, 5: nothing answers it by itself, and nothing it answers.
            "Auto-Submitted: auto-generated\r\n",
            "X-Auto-Response-Suppress: All\r\n",
            token_field("Content-Language", draft.locale),
        )
    )


def _structure(
    texts: tuple[Part, Part], calendar: bytes | None, seed: str
) -> tuple[tuple[Part, ...], Multipart]:
    """Give all leaves, and what holds them: alternatives, of which a reader shows the last it can.

    A calendar is one of them, for readers that act upon it, and a file besides, for the others.
    """
    if calendar is None:
        return texts, multipart("alternative", texts, seed)
    alternatives = (*texts, calendar_part(calendar))
    attached = attached_calendar(calendar)
    whole = multipart("mixed", (multipart("alternative", alternatives, seed), attached), seed)
    return (*alternatives, attached), whole
