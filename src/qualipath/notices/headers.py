"""Header fields as bytes: cleaned texts, encoded words, and lines that are folded by ourselves."""

import re
import unicodedata
from binascii import b2a_base64
from collections.abc import Iterator
from functools import lru_cache

MAX_LENGTH = 200
"""How many characters of one text a header shows."""

_LINE = 78
_WORD = 75
_LONGEST = 998
_AROUND = len("=?utf-8?q??=")

_BLANKS = re.compile(r"\s{2,}")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_PRINTABLE = re.compile(r"[\x20-\x7e]*")
_QUOTED = re.compile(r'[\\"]')
# RFC 2047, 5 (3): the only characters that an encoded word in a name may show as they are.
_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")

# A letter that the eye can't see changes what a header seems to say; a line end changes what it is.
_DROPPED = frozenset({"Cf", "Co", "Cs", "Cn"})
_BLANK = frozenset({"Cc", "Zl", "Zp", "Zs"})


def clean(text: str, longest: int = MAX_LENGTH) -> str:
    """Make a text from data fit for a header: one line of visible characters, cut where too long.

    Control characters and separators become blanks, format, private, surrogate and unassigned
    characters go, several blanks become one.
    """
    if not text.isprintable():
        text = "".join(map(_visible, text))
    text = _BLANKS.sub(" ", text.strip())
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


def text_field(name: str, text: str) -> str:
    """Write a field of free text, folded; encoded where it is not plain ASCII (RFC 2047).

    Raises: ValueError if the text was not cleaned.
    """
    _refuse_unclean(text)
    if _is_plain(text):
        return _folded(name, text.split(" "))
    return _folded(name, list(_encoded_words(text, _LINE - len(name) - len(": "))))


def address_field(name: str, shown: str, address: str) -> str:
    """Write a field of one mailbox: a display name (or none), and a bare address.

    A name is quoted, or encoded where it is not plain or would have to be folded within its quotes.

    Raises: ValueError if the name was not cleaned, or the address could be taken for something
    else.
    """
    _refuse_unclean(shown)
    if not address.isprintable() or any(mark in address for mark in ' <>"(),:;\\'):
        message = f"{address!r} is no bare address"
        raise ValueError(message)
    if not shown:
        return f"{name}: {address}\r\n"
    room = _LINE - len(name) - len(": ")
    quoted = f'"{_QUOTED.sub(_escaped, shown)}"'
    plain = _is_plain(shown) and len(quoted) <= room
    words = [quoted] if plain else list(_encoded_words(shown, room))
    return _folded(name, [*words, f"<{address}>"])


def token_field(name: str, value: str) -> str:
    """Write a field of the programme's own words, which must fit on a line.

    Raises: ValueError for anything but printable ASCII of at most 998 characters.
    """
    line = f"{name}: {value}"
    if not _NAME.fullmatch(name) or not _PRINTABLE.fullmatch(value) or len(line) > _LONGEST:
        message = f"{line!r} is no header field"
        raise ValueError(message)
    return f"{line}\r\n"


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if category in _BLANK:
        return " "
    return "" if category in _DROPPED else character


def _refuse_unclean(text: str) -> None:
    # A printable text has none of the categories that cleaning takes away, and no blank but " ".
    if not text.isprintable() or len(text) > MAX_LENGTH:
        message = f"{text[:80]!r} is not cleaned for a header"
        raise ValueError(message)


def _is_plain(text: str) -> bool:
    return text.isascii() and "=?" not in text


def _escaped(match: re.Match[str]) -> str:
    return f"\\{match[0]}"


def _folded(name: str, words: list[str]) -> str:
    """Put words, between which a line may end, on lines of 78 characters where they fit."""
    lines: list[str] = []
    line = f"{name}: {words[0]}"
    for word in words[1:]:
        if len(line) + 1 + len(word) > _LINE:
            lines.append(line)
            line = f" {word}"
        else:
            line = f"{line} {word}"
    return "\r\n".join([*lines, line, ""])


def _encoded_words(text: str, room: int) -> Iterator[str]:
    """Encode a text as words of at most 75 characters (the first of `room`), none within one."""
    quoted = list(map(_quoted, text))
    octets = len(text.encode())
    by_quotes = sum(map(len, quoted)) <= (octets + 2) // 3 * 4
    left = min(_WORD, room) - _AROUND
    taken, used = "", 0
    for character, shown in zip(text, quoted, strict=True):
        size = len(shown) if by_quotes else len(character.encode())
        if taken and (used + size if by_quotes else (used + size + 2) // 3 * 4) > left:
            yield _encoded_word(taken, by_quotes=by_quotes)
            taken, used, left = "", 0, _WORD - _AROUND
        taken += shown if by_quotes else character
        used += size
    yield _encoded_word(taken, by_quotes=by_quotes)


def _encoded_word(taken: str, *, by_quotes: bool) -> str:
    if by_quotes:
        return f"=?utf-8?q?{taken}?="
    return f"=?utf-8?b?{b2a_base64(taken.encode(), newline=False).decode('ascii')}?="


@lru_cache(maxsize=1024)
def _quoted(character: str) -> str:
    return "".join(map(_octet, character.encode()))


def _octet(octet: int) -> str:
    if octet in _PLAIN:
        return chr(octet)
    return "_" if octet == ord(" ") else f"={octet:02X}"
