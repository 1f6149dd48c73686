"""A mail read back by the standard library, to see that it says what was meant."""

import re
from base64 import b64decode
from binascii import a2b_qp
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.header import decode_header
from email.utils import getaddresses
from functools import lru_cache

_FOLD = re.compile(r"\r\n(?=[ \t])")
_BOUNDARY = re.compile(r'boundary="([^"]+)"')
_LONGEST = 998

Box = tuple[str, str]
"""A display name and a bare address."""


@dataclass(frozen=True, slots=True)
class Meant:
    """What a mail must say: its fields in order, a mailbox for some, and its leaves' octets."""

    headers: tuple[str, ...]
    boxes: Mapping[str, Box]
    subject: str
    message_id: str
    leaves: tuple[bytes, ...]


def differences(content: bytes, meant: Meant) -> Iterator[str]:
    """Tell in what a mail's content differs from what was meant."""
    head, _, body = content.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    if not all(map(str.isprintable, lines)) or any(len(line) > _LONGEST for line in lines):
        yield "a line of the header is too long or holds what can't be seen"
        return
    fields = [line.partition(": ") for line in _FOLD.sub("", "\r\n".join(lines)).split("\r\n")]
    names = tuple(name for name, _, _ in fields)
    if names != meant.headers:
        yield f"the header fields are {', '.join(names)}"
        return
    values = {name: value for name, _, value in fields}
    for name, box in meant.boxes.items():
        if (found := _boxes(values[name])) != [box]:
            yield f"{name} is {found}"
    if (subject := _decoded(values["Subject"])) != meant.subject:
        yield f"Subject is {subject!r}"
    if values["Message-ID"] != f"<{meant.message_id}>":
        yield f"Message-ID is {values['Message-ID']!r}"
    if tuple(_leaves(values["Content-Type"], body)) != meant.leaves:
        yield "the parts are others"


# Every mail has the same sender, and those of an organisation the same address to reply to.
@lru_cache(maxsize=256)
def _boxes(value: str) -> list[Box]:
    return [(_decoded(name), address) for name, address in getaddresses([value])]


def _decoded(value: str) -> str:
    if "=?" not in value:
        return value
    return "".join(
        part if isinstance(part, str) else part.decode(charset or "ascii")
        for part, charset in decode_header(value)
    )


def _leaves(content_type: str, body: bytes) -> Iterator[bytes]:
    """Split a body at its boundary, and decode every part that is none itself."""
    found = _BOUNDARY.search(content_type)
    if found is None:
        return
    line = b"--" + found[1].encode()
    first, *parts, end = (b"\r\n" + body).split(b"\r\n" + line)
    if first or end != b"--\r\n":
        return
    for part in parts:
        head, _, encoded = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        fields = head.decode("ascii")
        if "multipart/" in fields:
            yield from _leaves(fields, encoded)
        elif "base64" in fields:
            yield b64decode(encoded)
        else:
            yield a2b_qp(encoded)
