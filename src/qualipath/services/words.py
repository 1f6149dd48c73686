"""Free text that people write with a command: kept as it is, or refused as a whole."""

from qualipath.errors import InputError

LONGEST = 2000


def written(text: str | None, field: str = "reason", longest: int = LONGEST) -> str | None:
    """Give the text without surrounding space, None if nothing is left; raises `InputError`."""
    text = (text or "").strip()
    if len(text) > longest:
        message = f"the {field} has {len(text)} characters; at most {longest} are kept"
        raise InputError(message)
    if any(character < " " and character not in "\n\t" for character in text):
        message = f"the {field} has a control character; write plain text"
        raise InputError(message)
    return text or None
