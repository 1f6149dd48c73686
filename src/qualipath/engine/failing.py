"""How failures of work that nobody waits for are told to those who look after it."""

from pathlib import Path
from traceback import extract_tb

from qualipath.errors import QualipathError


def told_in_one_line(error: Exception) -> str:
    """Tell an error in one line; a foreign one by its place: its text may hold secrets."""
    if isinstance(error, QualipathError):
        return " ".join(str(error).split())
    places = extract_tb(error.__traceback__)
    place = f" in {Path(places[-1].filename).name}:{places[-1].lineno}" if places else ""
    return f"{type(error).__name__}{place}"
