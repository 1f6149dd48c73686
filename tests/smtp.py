"""A mail server on this machine that misbehaves as a test tells it to, and keeps what it took."""

import asyncio
import ssl
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from types import TracebackType
from typing import Any, Literal, Self

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from qualipath.notices.mail import Mail
from qualipath.notices.smtp import Security, SmtpServer

_TLS = TemporaryDirectory(prefix="qualipath-tls-")

Stage = Literal["MAIL", "RCPT", "DATA", "body", "end"]
HANG_UP, HALF_CLOSE, SILENCE = "hang up", "half-close", "silence"


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with one mail, and when: an answer, or one of the three above.

    At the `end`, when the whole mail has come, `keeps` says whether it is kept all the same.
    """

    at: Stage
    what: str
    keeps: bool = False


@dataclass(frozen=True, slots=True)
class Kept:
    """A mail that the server has taken, or kept without saying so."""

    sender: str
    recipients: tuple[str, ...]
    options: tuple[str, ...]
    content: bytes = field(repr=False)

    @property
    def parsed(self) -> EmailMessage:
        return message_from_bytes(self.content, policy=policy.default)

    @property
    def message_id(self) -> str:
        return str(self.parsed["Message-ID"]).strip("<>")


@cache
def certificate() -> Path:
    """Make a key and a certificate of `localhost`, signed by an authority nobody else trusts.

    All three are in one file.
    """
    authority = trustme.CA()
    issued = authority.issue_cert("localhost")
    parts = [issued.private_key_and_cert_chain_pem, authority.cert_pem]
    file = Path(_TLS.name, "localhost.pem")
    file.write_bytes(b"".join(part.bytes() for part in parts))
    return file


def _no_fault(_number: int) -> Fault | None:
    return None


@dataclass
class FaultyServer:
    """Runs in a thread while it is entered; mails are counted from 0, as their MAIL comes.

    `refused` are the answers to recipients, by address; `login` the one user and password that
    are welcome; `mails_a_connection` after how many it says 421.
    """

    plan: Callable[[int], Fault | None] = _no_fault
    refused: Mapping[str, str] = field(default_factory=dict)
    greeting: str | None = None
    security: Security = "none"
    login: tuple[str, str] | None = None
    login_ways: tuple[str, ...] = ("PLAIN", "LOGIN")
    login_refused: str = "535 5.7.8 Wrong"
    mails_a_connection: int | None = None
    smtputf8: bool = True
    kept: list[Kept] = field(default_factory=list)
    mails: int = 0
    connections: int = 0
    resets: int = 0
    faults: Counter[Fault] = field(default_factory=Counter)
    port: int = 0

    def __enter__(self) -> Self:
        self._sessions: list[_Session] = []
        started: Future[int] = Future()
        self._thread = Thread(target=lambda: asyncio.run(self._serve(started)), daemon=True)
        self._thread.start()
        self.port = started.result()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    @property
    def address(self) -> SmtpServer:
        """Say how it is reached, by somebody who trusts it."""
        user, password = self.login or (None, None)
        return SmtpServer(
            host="localhost",
            port=self.port,
            security=self.security,
            user=user,
            password=password,
            ca=certificate(),
        )

    async def _serve(self, started: Future[int]) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        tls = _tls() if self.security == "tls" else None
        server = await self._loop.create_server(self._greet, "127.0.0.1", 0, ssl=tls)
        started.set_result(server.sockets[0].getsockname()[1])
        await self._stop.wait()
        server.close()
        for session in self._sessions:
            session.hang_up()
        # One turn of the loop each for the sockets, their protocols and their tasks.
        for _ in range(3):
            await asyncio.sleep(0)

    def _greet(self) -> "_Session":
        self.connections += 1
        session = _Session(self)
        self._sessions.append(session)
        return session

    async def handle_RSET(self, *_: object) -> str:  # noqa: N802 -- aiosmtpd's name
        self.resets += 1
        return "250 OK"

    async def handle_DATA(self, session: "_Session", *_: object) -> str:  # noqa: N802 -- likewise
        return await session.end()

    def welcomes(self, data: Any) -> bool:
        user, password = self.login or ("", "")
        known = LoginPassword(user.encode(), password.encode())
        return isinstance(data, LoginPassword) and data == known


class _Session(SMTP):
    """One connection, which looks before each step whether something is to go wrong."""

    def __init__(self, server: FaultyServer) -> None:
        self._faulty = server
        self._fault: Fault | None = None
        self._taken = 0
        super().__init__(
            server,
            hostname="faulty.example",
            enable_SMTPUTF8=server.smtputf8,
            tls_context=_tls() if server.security == "starttls" else None,
            auth_require_tls=False,
            auth_exclude_mechanism={"PLAIN", "LOGIN"} - set(server.login_ways),
            authenticator=self._judge,
            loop=asyncio.get_running_loop(),
        )

    def hang_up(self) -> None:
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()

    async def _handle_client(self) -> None:
        if self._faulty.greeting is not None:
            await self.push(self._faulty.greeting)
            self._writer.close()
            return
        await super()._handle_client()

    def _judge(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _way: str, data: Any
    ) -> AuthResult:
        welcome = self._faulty.welcomes(data)
        message = None if welcome else self._faulty.login_refused
        return AuthResult(success=welcome, handled=False, message=message)

    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802 -- aiosmtpd's name
        if self._taken == self._faulty.mails_a_connection:
            await self.push("421 4.7.0 Too many mails in this connection")
            self._writer.close()
            return
        self._taken += 1
        self._fault = self._faulty.plan(self._faulty.mails)
        if self._fault is not None:
            self._faulty.faults[self._fault] += 1
        self._faulty.mails += 1
        await self._unless_faulty("MAIL", super().smtp_MAIL(arg))

    async def smtp_RCPT(self, arg: str | None) -> None:  # noqa: N802 -- likewise
        for address, answer in self._faulty.refused.items():
            if arg and f"<{address}>" in arg:
                self._fault = Fault("RCPT", answer)
        await self._unless_faulty("RCPT", super().smtp_RCPT(arg))

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 -- likewise
        if self._fault is not None and self._fault.at == "body":
            await self.push("354 Go on")
            await self._reader.readuntil()
            await self._misbehave(self._fault.what)
        await self._unless_faulty("DATA", super().smtp_DATA(arg))

    async def push(self, status: Any) -> None:
        await super().push(status)
        if str(status).startswith("421"):
            self._writer.close()

    async def end(self) -> str:
        fault = self._fault if self._fault is not None and self._fault.at == "end" else None
        envelope = self.envelope
        if (fault is None or fault.keeps) and isinstance(envelope, Envelope):
            content = envelope.original_content or b""
            people, options = tuple(envelope.rcpt_tos), tuple(envelope.mail_options)
            self._faulty.kept.append(Kept(envelope.mail_from or "", people, options, content))
        if fault is None:
            return "250 2.0.0 Taken"
        if fault.what in _MISDEEDS:
            await self._misbehave(fault.what)
        return fault.what

    async def _unless_faulty(self, at: Stage, usual: Coroutine[Any, Any, None]) -> None:
        fault = self._fault
        if fault is None or fault.at != at:
            await usual
            return
        usual.close()
        if fault.what in _MISDEEDS:
            await self._misbehave(fault.what)
        await self.push(fault.what)

    async def _misbehave(self, what: str) -> None:
        if what == HANG_UP:
            self.hang_up()
        elif what == HALF_CLOSE:
            self._writer.write_eof()
        # Nothing more is said here until the other end has gone, which cancels this.
        await asyncio.Event().wait()


_MISDEEDS = frozenset({HANG_UP, HALF_CLOSE, SILENCE})


def _tls() -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate())
    return context


def a_mail(
    number: int = 1, *, recipient: str = "", text: str = "Guten Tag", **changes: Any
) -> Mail:
    """Make a mail as it is sent, with a Message-ID of its number."""
    message_id = f"n{number}.0123456789abcdef@stadt.example"
    to = recipient or f"p{number}@stadt.example"
    lines = [f"Message-ID: <{message_id}>", f"To: {to}", f"Subject: Mail {number}", "", text, ""]
    given = {
        "message_id": message_id,
        "sender": "hr@stadt.example",
        "recipient": to,
        "subject": f"Mail {number}",
        "content": "\r\n".join(lines).encode(),
    }
    return Mail(**{**given, **changes})
