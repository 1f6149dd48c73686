"""What carries mails away: the protocol of transports, and those that need no mail server."""

import mailbox
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol, TextIO

from qualipath.domain.wording import sentence
from qualipath.errors import UnreachableError
from qualipath.notices.mail import Mail

_SHOWN = ("From", "To", "Reply-To", "Subject", "Date", "Message-ID")
_CLASHES = 5
"""How many other names are tried: two threads may choose the same in the same microsecond."""


class Line(Protocol):
    """An open way out, on which one mail goes after the other; not for several threads at once."""

    def send(self, mail: Mail) -> None:
        """Hand one mail over; when this returns, somebody else is responsible for it.

        Raises `UndeliverableError` where it was refused for good, `UnansweredError` where it may
        have got through, `UnreachableError` where no mail can be sent for now, and else
        `DeliveryError`, after which the mail was surely not taken.
        """


class Transport(Protocol):
    """A way out for mails; its name tells people where they go, and holds no secret."""

    @property
    def name(self) -> str:
        """Name where the mails go."""

    def connect(self) -> AbstractContextManager[Line]:
        """Open a line; raises `UnreachableError` where that can't be done."""


@dataclass(frozen=True, slots=True)
class Maildir:
    """A folder on this machine, as mail programs read it: each mail becomes a file in `new/`.

    It is made when the first line is opened. A mail that is sent again, with the same Message-ID,
    becomes another file, as it would become another mail in somebody's mailbox.
    """

    folder: Path

    @property
    def name(self) -> str:
        """Name the folder."""
        return f"maildir:{self.folder}"

    @contextmanager
    def connect(self) -> Iterator[Line]:
        """Make the folder and open it; raises `UnreachableError` where it can't be made."""
        try:
            for part in ("tmp", "cur", "new"):
                (self.folder / part).mkdir(mode=0o700, parents=True, exist_ok=True)
            opened = mailbox.Maildir(self.folder, create=False)
        except OSError as error:
            raise self._unusable(error) from error
        yield _Files(self, opened)

    def _unusable(self, error: OSError | mailbox.Error) -> UnreachableError:
        why = error.strerror if isinstance(error, OSError) else str(error)
        told = sentence(
            "der Mailordner „{folder}“ ist nicht benutzbar: {why}",
            "the mail folder '{folder}' can't be used: {why}",
            folder=self.folder,
            why=why,
        )
        return UnreachableError(told)


@dataclass(frozen=True, slots=True)
class _Files:
    home: Maildir
    opened: mailbox.Maildir

    def send(self, mail: Mail) -> None:
        # Files have the line ends of the system; those of the network are for the network.
        content = mail.content.replace(b"\r\n", b"\n")
        for left in reversed(range(_CLASHES)):
            try:
                self.opened.add(content)
            except mailbox.ExternalClashError as error:
                if not left:
                    raise self.home._unusable(error) from error  # noqa: SLF001
            except OSError as error:
                raise self.home._unusable(error) from error  # noqa: SLF001
            else:
                return


@dataclass(frozen=True, slots=True)
class Console:
    """The screen, or another stream of text: each mail's main headers and its text part."""

    stream: TextIO = field(repr=False)

    @property
    def name(self) -> str:
        """Name it."""
        return "console"

    @contextmanager
    def connect(self) -> Iterator[Line]:
        """Give the stream; nothing has to be opened."""
        yield self

    def send(self, mail: Mail) -> None:
        """Print one mail; raises `UnreachableError` where the stream does not take it."""
        parsed = message_from_bytes(mail.content, policy=policy.default)
        body = parsed.get_body(("plain",))
        headers = [f"{name}: {parsed[name]}" for name in _SHOWN if name in parsed]
        text = body.get_content() if isinstance(body, EmailMessage) else ""
        others = [part for part in parsed.walk() if not part.is_multipart() and part is not body]
        more = [f"[{part.get_content_type()}]" for part in others]
        told = "\n".join([*headers, "", _visible(text).rstrip(), *more, "", "-" * 72, ""])
        encoding = self.stream.encoding or "utf-8"
        try:
            self.stream.write(told.encode(encoding, "backslashreplace").decode(encoding))
            self.stream.flush()
        except (OSError, ValueError) as error:
            unseen = sentence(
                "die Nachricht kann nicht angezeigt werden: {why}",
                "the mail can't be shown: {why}",
                why=error,
            )
            raise UnreachableError(unseen) from error


def _visible(text: str) -> str:
    # A name in a mail must not be able to steer the terminal.
    return "".join(
        letter if letter.isprintable() or letter in "\n\t" else ascii(letter)[1:-1]
        for letter in text.replace("\r\n", "\n")
    )
