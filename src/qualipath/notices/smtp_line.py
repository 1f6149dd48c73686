"""One connection to a mail server (RFC 5321): many mails, and what each answer means."""

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from smtplib import SMTP, SMTPException

from qualipath.domain.wording import Sentence, sentence
from qualipath.errors import DeliveryError, UnansweredError, UndeliverableError, UnreachableError
from qualipath.notices.mail import Mail
from qualipath.notices.replies import Reply, Secrets

_LATER = 421
"""The server closes the connection (RFC 5321, section 4.2.2)."""
_GO_AHEAD = 354
_NOT_WITHOUT_LOGIN = frozenset({530, 534, 535, 538})
"""The server wants another login (RFC 4954, section 6): no mail is to blame."""
_THE_MAIL = sentence("die Nachricht", "the mail")
_PATIENCE, _LONGEST = 10, 600
"""For the last answer: as a multiple of the time-out, and in seconds (RFC 5321, 4.5.3.2.6)."""


class _HungUpError(DeliveryError):
    """The server closed the connection before it was handed anything."""


@dataclass(slots=True)
class SmtpLine:
    """A connection to a mail server, which is made anew when the server has closed it.

    `dial` makes one, or raises `UnreachableError`; `timeout` is in seconds.
    """

    name: str
    timeout: float
    secrets: Secrets
    dial: Callable[[], SMTP]
    _smtp: SMTP | None = field(default=None, init=False)

    def open(self) -> SMTP:
        """Connect; raises `UnreachableError`."""
        self._smtp = self.dial()
        return self._smtp

    def close(self) -> None:
        """Say good-bye."""
        if self._smtp is not None:
            with suppress(OSError):
                self._smtp.quit()
            self._drop()

    def send(self, mail: Mail) -> None:
        """Hand one mail over.

        Raises `UndeliverableError` where the server refused it for good, or can't take such an
        address; `UnansweredError` where the connection broke after the whole mail was sent;
        `UnreachableError` where the server takes no mail from us at all; else `DeliveryError`.
        """
        stood = self._smtp is not None
        try:
            smtp = self._announce(mail)
        except _HungUpError:
            # It had enough of the connection, not of the mail: too long idle, too many mails.
            if not stood:
                raise
            smtp = self._announce(mail)
        self._hand_over(smtp, mail)

    def _announce(self, mail: Mail) -> SMTP:
        smtp = self._smtp or self.open()
        self._wait(smtp, self.timeout)
        if mail.utf8 and not smtp.has_extn("smtputf8"):
            lacking = sentence(
                "{name} bietet kein SMTPUTF8 an, das die Adresse braucht; "
                "verwenden Sie eine aus ASCII-Zeichen allein",
                "{name} does not offer SMTPUTF8, which the address needs; "
                "use an address of ASCII characters alone",
                name=self.name,
            )
            raise UndeliverableError(lacking)
        smtp.command_encoding = "utf-8" if mail.utf8 else "ascii"
        sender = [f"FROM:<{mail.sender}>"]
        if smtp.has_extn("size"):
            sender.append(f"SIZE={len(mail.content)}")
        if not mail.content.isascii() and smtp.has_extn("8bitmime"):
            sender.append("BODY=8BITMIME")
        if mail.utf8:
            sender.append("SMTPUTF8")
        for verb, argument in (("MAIL", " ".join(sender)), ("RCPT", f"TO:<{mail.recipient}>")):
            if not (reply := self._ask(smtp, verb, argument)).positive:
                raise self._refusal(smtp, verb, reply)
        if (reply := self._ask(smtp, "DATA")).code != _GO_AHEAD:
            raise self._refusal(smtp, "DATA", reply)
        return smtp

    def _ask(self, smtp: SMTP, verb: str, argument: str = "") -> Reply:
        try:
            return self.secrets.reply(*smtp.docmd(verb, argument))
        except SMTPException as error:
            self._drop()
            broken = sentence(
                "{name} hat die Verbindung bei {verb} beendet",
                "{name} closed the connection at {verb}",
                name=self.name,
                verb=verb,
            )
            raise _HungUpError(broken) from error
        except ValueError as error:
            self._reset(smtp)
            unfit = sentence(
                "die Adresse lässt sich in SMTP nicht schreiben",
                "the address can't be written in SMTP",
            )
            raise UndeliverableError(unfit) from error

    def _hand_over(self, smtp: SMTP, mail: Mail) -> None:
        content = mail.content if mail.content.endswith(b"\r\n") else mail.content + b"\r\n"
        stuffed = re.sub(rb"^\.", b"..", content, flags=re.MULTILINE)
        self._wait(smtp, min(_PATIENCE * self.timeout, _LONGEST))
        try:
            # In one piece: what can't be sent to its end has surely lost the last dot.
            smtp.send(stuffed + b".\r\n")
        except SMTPException as error:
            self._drop()
            broken = sentence(
                "{name} hat die Verbindung mitten in der Nachricht beendet",
                "{name} closed the connection within the mail",
                name=self.name,
            )
            raise DeliveryError(broken) from error
        try:
            reply = self.secrets.reply(*smtp.getreply())
        except SMTPException as error:
            self._drop()
            silent = sentence(
                "{name} hat nicht geantwortet, ob die Nachricht angenommen ist",
                "{name} has not answered whether it has taken the mail",
                name=self.name,
            )
            raise UnansweredError(silent) from error
        if reply.positive:
            return
        if reply.transient or reply.permanent:
            raise self._refusal(smtp, _THE_MAIL, reply)
        self._drop()
        raise UnansweredError(self._answered(_THE_MAIL, reply))

    def _refusal(self, smtp: SMTP, what: str | Sentence, reply: Reply) -> DeliveryError:
        told = self._answered(what, reply)
        if reply.code == _LATER:
            self._drop()
            return _HungUpError(told)
        if reply.code in _NOT_WITHOUT_LOGIN:
            self._drop()
            check = sentence(
                "{told}; prüfen Sie Benutzer, Kennwort und Sicherung",
                "{told}; check its user, password and security",
                told=told,
            )
            return UnreachableError(check)
        if not (reply.transient or reply.permanent):
            self._drop()
            return DeliveryError(told)
        self._reset(smtp)
        return UndeliverableError(told) if reply.permanent else DeliveryError(told)

    def _answered(self, what: str | Sentence, reply: Reply) -> Sentence:
        return sentence(
            "{name} hat auf {what} geantwortet: {reply}",
            "{name} has answered {what} with '{reply}'",
            name=self.name,
            what=what,
            reply=reply,
        )

    def _reset(self, smtp: SMTP) -> None:
        try:
            code, _ = smtp.rset()
        except SMTPException:
            code = -1
        if code != 250:  # noqa: PLR2004 -- RFC 5321, 4.3.2: RSET has no other answer
            self._drop()

    def _wait(self, smtp: SMTP, seconds: float) -> None:
        if smtp.sock is not None:
            smtp.sock.settimeout(seconds)

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
        self._smtp = None
