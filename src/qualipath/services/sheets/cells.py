"""What is written in one cell, read as the value that it means; `CellError` says why not."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from difflib import get_close_matches
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

from qualipath.definition.prerequisites import FactValue
from qualipath.definition.spec import AttributeSpec
from qualipath.definition.values import LOCALES
from qualipath.services.sheets.problems import CellError

_ISO = re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})")
_GERMAN = re.compile(r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})")
_YES = frozenset({"ja", "j", "yes", "y", "true", "wahr", "1", "x"})
_NO = frozenset({"nein", "n", "no", "false", "falsch", "0"})
_LARGEST = 2**31 - 1
_PLAIN_LOCAL_PART = re.compile(r"[A-Za-z0-9_+-]+(\.[A-Za-z0-9_+-]+)*")
_LONGEST_LOCAL_PART = 64
_LONGEST_EMAIL = 254


@lru_cache(maxsize=50_000)
def day(text: str) -> date:
    """Read `2020-10-01` or `01.10.2020`."""
    found = _ISO.fullmatch(text) or _GERMAN.fullmatch(text)
    right = "write for example 2020-10-01 or 01.10.2020"
    if found is None:
        raise CellError(f"'{text}' is not a date", right)
    try:
        return date(*(int(found[part]) for part in ("year", "month", "day")))
    except ValueError as error:
        raise CellError(f"'{text}' is not a day of the calendar", right) from error


def whole_number(text: str) -> int:
    """Read a whole number that the database can hold."""
    try:
        value = int(text) if re.fullmatch(r"[+-]?[0-9]{1,10}", text) else None
    except ValueError:
        value = None
    if value is None or abs(value) > _LARGEST:
        raise CellError(f"'{text}' is not a whole number", "write digits alone, such as 11")
    return value


def yes_or_no(text: str) -> bool:
    """Read ja/nein, yes/no, true/false or 1/0."""
    plain = text.casefold()
    if plain not in _YES | _NO:
        raise CellError(f"'{text}' is neither yes nor no", "write ja or nein, yes or no")
    return plain in _YES


def visible(text: str) -> str:
    """Read a text of one line whose characters can all be seen."""
    if not text.isascii() or not text.isprintable():
        text = " ".join(text.split())
        for character in text:
            # Format characters turn around or hide what is read, and no mail's header takes them.
            if unicodedata.category(character) in {"Cc", "Cf", "Cn", "Co", "Cs"}:
                what = f"contains the invisible character U+{ord(character):04X}"
                raise CellError(what, "type the text anew")
    return text


def number(text: str) -> str:
    """Read a personnel number, which any characters but spaces and @ may form."""
    if text.startswith("="):
        raise CellError(f"'{text}' is not a personnel number", "write it instead of a formula")
    if "@" in visible(text) or " " in visible(text):
        raise CellError(f"'{text}' is not a personnel number", "it has no spaces and no @")
    return visible(text)


def email(text: str) -> str:
    """Read an e-mail address and normalise its domain; nobody is asked whether it exists."""
    local, _, domain = text.rpartition("@")
    told = f"'{text}' is not an e-mail address"
    try:
        if _PLAIN_LOCAL_PART.fullmatch(local):
            domain, encoded = _domain(domain)
        else:
            found = validate_email(text, strict=True, check_deliverability=False)
            local, domain, encoded = found.local_part, found.domain, found.ascii_domain
    except EmailNotValidError as error:
        why = str(error).rstrip(".")
        raise CellError(told, f"{why[:1].lower()}{why[1:]}") from error
    # Octets count, of which letters beyond ASCII have several (RFC 6531, 3.3).
    octets = len(local.encode())
    if octets > _LONGEST_LOCAL_PART or octets + len(f"@{encoded}") > _LONGEST_EMAIL:
        right = f"at most {_LONGEST_LOCAL_PART} bytes before the @ and {_LONGEST_EMAIL} in all"
        raise CellError(told, right)
    return f"{local}@{domain}"


# The domain takes most of the time, and an administration has few of them.
@lru_cache(maxsize=4_096)
def _domain(domain: str) -> tuple[str, str]:
    """Give a domain as people write it, and encoded for the wire."""
    found = validate_email(f"x@{domain}", check_deliverability=False)
    return found.domain, found.ascii_domain


def locale(text: str) -> str:
    """Read a language that notices exist in."""
    return one_of(text.casefold(), LOCALES)


def one_of(text: str, allowed: Iterable[str]) -> str:
    """Read one of the `allowed` words."""
    listed = list(allowed)
    if text in listed:
        return text
    near = get_close_matches(text, listed, 1)
    right = f"did you mean '{near[0]}'?" if near else f"one of {', '.join(listed)}"
    raise CellError(f"'{text}' is not possible here", right)


def attribute(spec: AttributeSpec, text: str) -> FactValue:
    """Read an attribute's value as its specification types it."""
    match spec.type:
        case "integer":
            return whole_number(text)
        case "boolean":
            return yes_or_no(text)
        case "date":
            return day(text)
    return one_of(text, spec.one_of) if spec.one_of else text
