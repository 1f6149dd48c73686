"""Texts as they are kept: what people write with a command, and what the rules say of it."""

import json
from dataclasses import asdict
from unicodedata import category

from qualipath.domain.wording import Wording
from qualipath.errors import InputError, Sayable

LONGEST = 2000

# Control characters and lone surrogates: no database keeps all of them.
_NO_TEXT = ("Cc", "Cs")


def written(text: str | None, field: str = "reason", longest: int = LONGEST) -> str | None:
    """Give the text without surrounding space, None if nothing is left; raises `InputError`."""
    text = (text or "").strip()
    if len(text) > longest:
        message = f"the {field} has {len(text)} characters; at most {longest} are kept"
        raise InputError(message)
    text = text.replace("\r\n", "\n")
    if any(category(c) in _NO_TEXT and c not in "\n\t" for c in text):
        message = f"the {field} has a control character; write plain text"
        raise InputError(message)
    return text or None


def kept_wording(what: str | Sayable) -> str:
    """Give what is kept of something told, in one line: both languages as JSON, or its text.

    Of what would be longer than the column, the beginning of the English is kept.
    """
    if isinstance(what, str):
        return " ".join(what.split())[:LONGEST]
    told = {key: " ".join(text.split()) for key, text in asdict(Wording.of(what)).items()}
    both = json.dumps(told, ensure_ascii=False)
    return both if len(both) <= LONGEST else told["en"][:LONGEST]


def read_wording(kept: str) -> Wording:
    """Read what `kept_wording` gave; any other text is the same in both languages."""
    try:
        told = json.loads(kept)
    except ValueError:
        return Wording.of(kept)
    match told:
        case {"de": str(de), "en": str(en), **others} if not others:
            return Wording(de, en)
    return Wording.of(kept)
