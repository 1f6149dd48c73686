"""What a mail server says: told in one line that shows no secret and can't garble a terminal."""

import unicodedata
from base64 import b64encode
from dataclasses import dataclass, field

_LONGEST = 300
"""Characters of a reply that are kept."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply: its code (RFC 5321, section 4.2) and its text, all its lines in one.

    The code is -1 where there was none.
    """

    code: int
    text: str

    @property
    def positive(self) -> bool:
        """Tell whether the server has done what it was asked to."""
        return 200 <= self.code < 300  # noqa: PLR2004 -- RFC 5321, 4.2.1

    @property
    def transient(self) -> bool:
        """Tell whether the same may succeed later."""
        return 400 <= self.code < 500  # noqa: PLR2004 -- likewise

    @property
    def permanent(self) -> bool:
        """Tell whether the same will never succeed."""
        return 500 <= self.code < 600  # noqa: PLR2004 -- likewise

    def __str__(self) -> str:
        if self.code < 0:
            return "what is no SMTP"
        return " ".join(part for part in (str(self.code), self.text) if part)


@dataclass(frozen=True, slots=True)
class Secrets:
    """What a reply must not show, though a server may repeat what it was told."""

    user: str | None = None
    password: str | None = field(default=None, repr=False)

    def reply(self, code: int, text: bytes) -> Reply:
        """Make a reply of what a server answered, without the secrets."""
        return Reply(code, self.clean(text.decode("utf-8", "replace")))

    def clean(self, text: str) -> str:
        """Give a text in one printable line of at most 300 characters, without the secrets."""
        for secret in self._forms():
            text = text.replace(secret, "***")
        line = " ".join("".join(map(_printable, text)).split())
        return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"

    def _forms(self) -> tuple[str, ...]:
        if not self.password:
            return ()
        plain = f"\0{self.user or ''}\0{self.password}"
        encoded = [b64encode(text.encode()).decode() for text in (plain, self.password)]
        return (*encoded, self.password)


def _printable(letter: str) -> str:
    # Control and format characters, surrogates and what is not assigned.
    return " " if unicodedata.category(letter).startswith("C") else letter
