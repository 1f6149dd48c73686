"""Free text that people write with a command: kept as it is, or refused as a whole."""

from unicodedata import category

from qualipath.errors import InputError

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
