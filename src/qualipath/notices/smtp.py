"""How a mail server is reached: connecting, securing the connection, logging in."""

import socket
import ssl
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from smtplib import SMTP, SMTP_SSL, SMTPException, SMTPNotSupportedError, SMTPResponseException
from typing import Literal

from qualipath.domain.wording import Sentence, Wording, sentence
from qualipath.errors import UnreachableError
from qualipath.notices.replies import Secrets
from qualipath.notices.smtp_line import SmtpLine

Security = Literal["starttls", "tls", "none"]
"""How a connection is secured: once it is made, from its first byte on, or not at all."""

_WELCOME, _CHALLENGE = 235, 334
"""Logged in, and go on (RFC 4954, sections 4 and 6)."""

_WHY: tuple[tuple[type[Exception], str, str], ...] = (
    (
        SMTPNotSupportedError,
        "er bietet kein STARTTLS an, und im Klartext wird nichts versandt",
        "it offers no STARTTLS, and nothing is sent in clear text",
    ),
    (SMTPException, "er hat die Verbindung beendet", "it closed the connection"),
    (
        ssl.SSLCertVerificationError,
        "seinem Zertifikat wird nicht vertraut: {verify_message}",
        "its certificate is not trusted: {verify_message}",
    ),
    (
        ssl.SSLError,
        "die Verbindung lässt sich nicht sichern ({reason}); prüfen Sie Port und Sicherung",
        "the connection can't be secured ({reason}); check port and security",
    ),
    (socket.gaierror, "einen solchen Host gibt es nicht", "there is no such host"),
    (UnicodeError, "so kann ein Host nicht heißen", "a host can't be named so"),
    (
        ConnectionRefusedError,
        "die Verbindung wurde abgelehnt; prüfen Sie Host und Port",
        "the connection was refused; check host and port",
    ),
)
"""What went wrong, by the first kind of error that it is of."""


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """A mail server, and how it is spoken to.

    `starttls` and `tls` verify the server's certificate, and never go on in clear text; `ca` names
    a file of the authorities to trust, instead of the system's. `timeout` is what every answer may
    take, in seconds; the last one, with which the server takes the mail over, may take ten times
    as long, but at most ten minutes.
    """

    host: str
    port: int
    security: Security = "starttls"
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    timeout: float = 30
    ca: Path | None = None

    @property
    def name(self) -> str:
        """Name the server."""
        return f"smtp://{self.host}:{self.port}"

    @contextmanager
    def connect(self) -> Iterator[SmtpLine]:
        """Connect, and log in where there is a user; raises `UnreachableError`."""
        line = SmtpLine(self.name, self.timeout, self._secrets, self._dial)
        line.open()
        try:
            yield line
        finally:
            line.close()

    @property
    def _secrets(self) -> Secrets:
        return Secrets(self.user, self.password)

    def _dial(self) -> SMTP:
        try:
            smtp = self._greet()
            try:
                self._prepare(smtp)
            except BaseException:
                smtp.close()
                raise
        except (OSError, ValueError) as error:
            # Without what caused it, which may repeat a secret.
            raise self._unusable(self._why(error)) from None
        return smtp

    def _greet(self) -> SMTP:
        if self.security == "tls":
            return SMTP_SSL(self.host, self.port, timeout=self.timeout, context=self._context())
        return SMTP(self.host, self.port, timeout=self.timeout)

    def _prepare(self, smtp: SMTP) -> None:
        if smtp.sock is not None:
            # Else the end of each mail waits until its beginning is acknowledged.
            smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.security == "starttls":
            smtp.starttls(context=self._context())
        smtp.ehlo_or_helo_if_needed()
        if self.user is not None:
            self._log_in(smtp, self.user, self.password or "")

    def _log_in(self, smtp: SMTP, user: str, password: str) -> None:
        # smtplib's own knows only passwords in ASCII; RFC 4616 says UTF-8.
        ways = smtp.esmtp_features.get("auth", "").upper().split()
        if "PLAIN" in ways:
            code, text = smtp.docmd(
                "AUTH", f"PLAIN {_encoded(f'{chr(0)}{user}{chr(0)}{password}')}"
            )
        elif "LOGIN" in ways:
            code, text = smtp.docmd("AUTH", "LOGIN")
            for told in (user, password):
                if code == _CHALLENGE:
                    code, text = smtp.docmd(_encoded(told))
        else:
            lacking = sentence(
                "er bietet keine Anmeldung mit Benutzer und Kennwort an",
                "it offers no login by user and password",
            )
            raise self._unusable(lacking)
        if code != _WELCOME:
            reply = self._secrets.reply(code, text)
            refused = sentence(
                "er lehnt den Benutzer „{user}“ ab: {reply}",
                "it refuses the user '{user}': {reply}",
                user=user,
                reply=reply,
            )
            raise self._unusable(refused)

    def _context(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=self.ca)
        except OSError as error:
            why = sentence(
                "die Datei der Zertifizierungsstellen „{ca}“ ist nicht lesbar: {why}",
                "the file of authorities '{ca}' can't be read: {why}",
                ca=self.ca,
                why=error.strerror,
            )
            raise self._unusable(why) from None

    def _why(self, error: OSError | ValueError) -> Sentence:
        if isinstance(error, SMTPResponseException):
            text = error.smtp_error
            reply = text if isinstance(text, bytes) else text.encode()
            told = self._secrets.reply(error.smtp_code, reply)
            return sentence("er antwortete: {reply}", "it answered '{reply}'", reply=told)
        if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
            return sentence(
                "er hat nicht innerhalb von {seconds} s geantwortet",
                "it has not answered within {seconds} s",
                seconds=f"{self.timeout:g}",
            )
        values = {name: getattr(error, name, "") for name in ("verify_message", "reason")}
        for kind, de, en in _WHY:
            if isinstance(error, kind):
                return sentence(de, en, **values)
        why = getattr(error, "strerror", None) or str(error)
        return sentence("{why}", "{why}", why=why)

    def _unusable(self, why: Sentence) -> UnreachableError:
        clean = Wording(*(self._secrets.clean(why.text(locale)) for locale in ("de", "en")))
        told = sentence(
            "der Mailserver {name} ist nicht benutzbar: {why}",
            "the mail server {name} can't be used: {why}",
            name=self.name,
            why=clean,
        )
        return UnreachableError(told)


def _encoded(text: str) -> str:
    return b64encode(text.encode()).decode()
