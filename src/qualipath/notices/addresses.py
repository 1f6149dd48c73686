"""E-mail addresses: which there can be (RFC 5321, 5322), and how their domains are encoded."""

import re
import unicodedata
from dataclasses import dataclass
from email.utils import getaddresses
from functools import lru_cache

import idna

from qualipath.domain.wording import Sentence, sentence
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
        raise _wrong(
            address,
            sentence(
                "{character} darf darin nicht stehen",
                "{character} can't be in one",
                character=_named(found[0]),
            ),
        )
    local, at, domain = address.partition("@")
    if not at or "@" in domain:
        raise _wrong(address, _ONE_AT)
    if any(unicodedata.category(character) in _INVISIBLE for character in address):
        raise _wrong(address, _UNSEEN)
    utf8 = not local.isascii()
    local = unicodedata.normalize("NFC", local)
    _check_local(address, local)
    encoded = _encoded_domain(domain)
    if isinstance(encoded, Sentence):
        raise _wrong(address, encoded)
    if len(local.encode()) + 1 + len(encoded) > _MAX_ADDRESS:
        raise _wrong(
            address,
            sentence(
                "sie ist länger als {most} Zeichen",
                "it is longer than {most} characters",
                most=_MAX_ADDRESS,
            ),
        )
    return Mailbox(local, encoded, utf8, clean(name))


def named_mailbox(written: str) -> Mailbox:
    """Read an address with or without the name that is shown: `Name <address>`.

    Raises: UndeliverableError that says what is wrong with the address.
    """
    (name, address), *others = getaddresses([written]) or [("", "")]
    if not address or others:
        raise _wrong(written, _BARE_OR_NAMED)
    return mailbox(address, name)


def _check_local(address: str, local: str) -> None:
    if not local:
        raise _wrong(address, _NOTHING_BEFORE)
    if len(local.encode()) > _MAX_LOCAL:
        raise _wrong(
            address,
            sentence(
                "vor dem @ stehen mehr als {most} Zeichen",
                "more than {most} characters stand before the @",
                most=_MAX_LOCAL,
            ),
        )
    if local.startswith(".") or local.endswith(".") or ".." in local:
        raise _wrong(address, _DOTS)
    seen = "".join(character if character.isascii() else "x" for character in local)
    if not _LOCAL.fullmatch(seen):
        raise _wrong(address, _BEFORE)


@lru_cache(maxsize=256)
def _encoded_domain(domain: str) -> str | Sentence:
    """Encode a domain by IDNA 2008 (RFC 5891), checked label by label; or say why that fails."""
    if not domain:
        return _NOTHING_AFTER
    encoded = domain
    if not domain.isascii() or "xn--" in domain.lower():
        try:
            encoded = idna.encode(domain, uts46=True, std3_rules=True).decode("ascii")
        except idna.IDNAError as error:
            return sentence(
                "ihre Domain lässt sich nicht kodieren: {why}",
                "its domain can't be encoded: {why}",
                why=error,
            )
    labels = encoded.split(".")
    if len(encoded) > _MAX_DOMAIN or not all(map(_LABEL.fullmatch, labels)):
        return sentence(
            "„{domain}“ ist keine Domain", "'{domain}' is no domain", domain=clean(domain, 80)
        )
    if labels[-1].isdecimal():
        return _NUMBER
    return encoded.lower()


def _named(character: str) -> Sentence:
    if character.isprintable() and character != " ":
        return sentence("„{character}“", "'{character}'", character=character)
    if character.isspace():
        return sentence("ein Leerzeichen oder Zeilenende", "a blank or line end")
    code = f"U+{ord(character):04X}"
    return sentence("{code}", "{code}", code=code)


def _wrong(address: str, why: Sentence) -> UndeliverableError:
    told = sentence(
        "„{address}“ ist keine E-Mail-Adresse: {why}",
        "'{address}' is no e-mail address: {why}",
        address=clean(address, 80),
        why=why,
    )
    return UndeliverableError(told)


_ONE_AT = sentence("sie braucht genau ein @", "it needs exactly one @")
_UNSEEN = sentence(
    "sie enthält ein unsichtbares Zeichen", "it holds a character that can't be seen"
)
_BARE_OR_NAMED = sentence(
    "schreiben Sie „name@domain“ oder „Name <name@domain>“",
    "write 'name@domain' or 'Name <name@domain>'",
)
_NOTHING_BEFORE = sentence("vor dem @ steht nichts", "nothing stands before the @")
_NOTHING_AFTER = sentence("nach dem @ steht nichts", "nothing stands after the @")
_DOTS = sentence(
    "vor dem @ muss ein Punkt zwischen anderen Zeichen stehen",
    "before the @ a dot must stand between other characters",
)
_BEFORE = sentence(
    "ein Zeichen vor dem @ darf darin nicht stehen", "a character before the @ can't be in one"
)
_NUMBER = sentence("ihre Domain ist eine Zahl", "its domain is a number")
