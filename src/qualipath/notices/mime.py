"""The parts of a mail: texts and calendars, encoded for any way, within boundaries of their own."""

import re
from binascii import b2a_base64, b2a_qp
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

_LINE = 57  # Octets of a line of base64, which makes 76 characters.
_METHOD = re.compile(rb"^METHOD:([A-Z]+)\r?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Part:
    """One leaf: its header fields but for the encoding, and its octets.

    Only a text, whose lines end by CRLF, is ever quoted-printable.
    """

    fields: str
    octets: bytes
    text: bool = False

    def written(self) -> bytes:
        """Give the part with its header; a text in whichever encoding is shorter."""
        encoding, encoded = "quoted-printable", b""
        if self.text:
            encoded = b"".join(map(_quoted_line, self.octets.splitlines(keepends=True)))
        if not self.text or len(encoded) > len(self.octets) * 78 // _LINE:
            encoding, encoded = "base64", _lines_of_base64(self.octets)
        fields = f"{self.fields}Content-Transfer-Encoding: {encoding}\r\n\r\n"
        return fields.encode() + encoded


@dataclass(frozen=True, slots=True)
class Multipart:
    """Several parts that belong together: its Content-Type, and its octets without a header."""

    content_type: str
    body: bytes

    def written(self) -> bytes:
        """Give it as a part of another one."""
        return f"Content-Type: {self.content_type}\r\n\r\n".encode() + self.body


def text_part(text: str, subtype: str) -> Part:
    """Make a part of a text, whose lines end by LF; it ends with one."""
    whole = text if text.endswith("\n") else f"{text}\n"
    fields = f"Content-Type: text/{subtype}; charset=utf-8\r\n"
    return Part(fields, whole.encode().replace(b"\n", b"\r\n"), text=True)


def calendar_part(calendar: bytes) -> Part:
    """Make a part that calendars act upon, as its METHOD says (RFC 6047).

    Raises: ValueError if the calendar names no method.
    """
    fields = f"Content-Type: text/calendar; method={_method(calendar)}; charset=utf-8\r\n"
    return Part(fields, calendar)


def attached_calendar(calendar: bytes) -> Part:
    """Make a file of a calendar, for readers that do not look at parts."""
    fields = (
        'Content-Type: application/ics; name="invite.ics"\r\n'
        'Content-Disposition: attachment; filename="invite.ics"\r\n'
    )
    return Part(fields, calendar)


def multipart(subtype: str, parts: Sequence[Part | Multipart], seed: str) -> Multipart:
    """Put parts together; the same seed gives the same boundary.

    It can't occur within them: neither quoted-printable nor base64 writes `=_`.
    """
    boundary = f"=_{sha256(f'{subtype} {seed}'.encode()).hexdigest()[:24]}"
    line = f"--{boundary}".encode()
    pieces = [b"".join((line, b"\r\n", part.written(), b"\r\n")) for part in parts]
    return Multipart(
        f'multipart/{subtype}; boundary="{boundary}"', b"".join([*pieces, line, b"--\r\n"])
    )


# Most lines are the template's own, and so the same in every mail.
@lru_cache(maxsize=2048)
def _quoted_line(line: bytes) -> bytes:
    return b2a_qp(line, istext=True)


def _lines_of_base64(octets: bytes) -> bytes:
    lines = [
        b2a_base64(octets[at : at + _LINE], newline=False) for at in range(0, len(octets), _LINE)
    ]
    return b"\r\n".join([*lines, b""])


def _method(calendar: bytes) -> str:
    found = _METHOD.search(calendar)
    if found is None:
        message = "the calendar names no method"
        raise ValueError(message)
    return found[1].decode("ascii")
