"""E-mail addresses: which there can be (RFC 5321, 5322), and how their domains are encoded."""

import re
import unicodedata
from dataclasses import dataclass
from email.utils import getaddresses
from functools import lru_cache

import idna

from qualipath.errors import UndeliverableError
from qualipath.notices.headers import clean

_MAX_LOCAL = 64
_MAX_ADDRESS = 254
_MAX_DOMAIN = 253

_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL = re.compile(rf"{_ATEXT}(?:\.{_ATEXT})*")
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
# What nearly every address looks like, short enough for every limit.
_PLAIN = re.compile(
    r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*@([A-Za-z0-9]+([-.][A-Za-z0-9]+)*\.)?[A-Za-z]+"
)
_SPECIAL = re.compile(r'[\s"(),:;<>\[\]\\]')
_INVISIBLE = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp", "Zs"})


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One address, its domain encoded for the wire; `utf8` says that its local part is not ASCII.

    `name` is how it is shown besides, cleaned for a header; empty for none.
    """

    local: str
    domain: str
    utf8: bool = False
    name: str = ""

    @property
    def address(self) -> str:
        """The bare address."""
        return f"{self.local}@{self.domain}"


def mailbox(address: str, name: str = "") -> Mailbox:
    """Read one bare address, which may be shown with a name.

    Quoted local parts, comments and address literals are refused: where they still occur, they are
    mistakes or attacks.

    Raises: UndeliverableError that says what is wrong with it.
    """
    if _PLAIN.fullmatch(address) and len(address) <= _MAX_LOCAL and "xn--" not in address:
        local, _, domain = address.partition("@")
        return Mailbox(local, domain.lower(), name=clean(name))
    if found := _SPECIAL.search(address):
        raise _wrong(address, f"{_named(found[0])} can't be in one")
    local, at, domain = address.partition("@")
    if not at or "@" in domain:
        raise _wrong(address, "it needs exactly one @")
    if any(unicodedata.category(character) in _INVISIBLE for character in address):
        raise _wrong(address, "it holds a character that can't be seen")
    utf8 = not local.isascii()
    local = unicodedata.normalize("NFC", local)
    _check_local(address, local)
    try:
        encoded = _encoded_domain(domain)
    except ValueError as error:
        raise _wrong(address, str(error)) from None
    if len(local.encode()) + 1 + len(encoded) > _MAX_ADDRESS:
        raise _wrong(address, f"it is longer than {_MAX_ADDRESS} characters")
    return Mailbox(local, encoded, utf8, clean(name))


def named_mailbox(written: str) -> Mailbox:
    """Read an address with or without the name that is shown: `Name <address>`.

    Raises: UndeliverableError that says what is wrong with the address.
    """
    (name, address), *others = getaddresses([written]) or [("", "")]
    if not address or others:
        raise _wrong(written, "write 'name@domain' or 'Name <name@domain>'")
    return mailbox(address, name)


def _check_local(address: str, local: str) -> None:
    if not local:
        raise _wrong(address, "nothing stands before the @")
    if len(local.encode()) > _MAX_LOCAL:
        raise _wrong(address, f"more than {_MAX_LOCAL} characters stand before the @")
    if local.startswith(".") or local.endswith(".") or ".." in local:
        raise _wrong(address, "before the @ a dot must stand between other characters")
    seen = "".join(character if character.isascii() else "x" for character in local)
    if not _LOCAL.fullmatch(seen):
        raise _wrong(address, "a character before the @ can't be in one")


@lru_cache(maxsize=256)
def _encoded_domain(domain: str) -> str:
    """Encode a domain by IDNA 2008 (RFC 5891) and check it label by label; raises `ValueError`."""
    if not domain:
        message = "nothing stands after the @"
        raise ValueError(message)
    encoded = domain
    if not domain.isascii() or "xn--" in domain.lower():
        try:
            encoded = idna.encode(domain, uts46=True, std3_rules=True).decode("ascii")
        except idna.IDNAError as error:
            message = f"its domain can't be encoded: {error}"
            raise ValueError(message) from None
    labels = encoded.split(".")
    if len(encoded) > _MAX_DOMAIN or not all(map(_LABEL.fullmatch, labels)):
        message = f"'{clean(domain, 80)}' is no domain"
        raise ValueError(message)
    if labels[-1].isdecimal():
        message = "its domain is a number"
        raise ValueError(message)
    return encoded.lower()


def _named(character: str) -> str:
    if character.isprintable() and character != " ":
        return f"'{character}'"
    return "a blank or line end" if character.isspace() else f"U+{ord(character):04X}"


def _wrong(address: str, why: str) -> UndeliverableError:
    return UndeliverableError(f"{clean(address, 80)!r} is no e-mail address: {why}")
