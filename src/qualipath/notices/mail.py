"""What a mail is made of, and what it is when it is made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from qualipath.definition.values import Locale
from qualipath.domain.correspondence import Gendering
from qualipath.notices.appointment import Appointment

SENDER = "Personalabteilung <qualipath@localhost.localdomain>"
"""As whom mails are sent that stay on this machine, until somebody says otherwise."""

Row: TypeAlias = Mapping[str, str | None]
Value: TypeAlias = str | bool | tuple[str, ...] | tuple[Row, ...] | None
"""What a template may use: plain values, told in the reader's language already."""


@dataclass(frozen=True, slots=True)
class Draft:
    """One mail before it is composed: to whom, which notice, and what its templates get.

    `message_id` is without its angle brackets; `reply_to` the address of the organisation's HR;
    `dated_at` (aware) the instant in `Date`. `appointment` goes into the
    recipient's calendar, or out of it.
    """

    notice: str
    locale: Locale
    gendering: Gendering
    name: str
    address: str
    message_id: str
    dated_at: datetime
    fields: Mapping[str, Value] = field(repr=False)
    reply_to: str | None = None
    appointment: Appointment | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail as it is sent: the envelope, and the content as bytes with CRLF line ends.

    `sender` and `recipient` are bare addresses, their domains encoded (IDNA). `utf8` says that an
    address can only be written where the server offers SMTPUTF8 (RFC 6531).
    """

    message_id: str
    sender: str
    recipient: str
    subject: str
    content: bytes = field(repr=False)
    utf8: bool = False


@dataclass(frozen=True, slots=True)
class Rendered:
    """A notice filled in: a subject of one line, and a text and an HTML part with LF line ends."""

    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)
