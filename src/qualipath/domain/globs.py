"""Globs over credential keys: `*` is any run of characters, `?` exactly one, all else itself."""

import re
from collections.abc import Callable
from functools import lru_cache

# No NUL: SQLite's GLOB stops there, PostgreSQL has none.
_ONE = r"[^\x00]"
_RUN = rf"{_ONE}*"


def is_literal(glob: str) -> bool:
    """Tell whether the glob names one key only."""
    return "*" not in glob and "?" not in glob


def takes_all(glob: str) -> bool:
    """Tell whether every key matches."""
    return bool(glob) and not glob.strip("*")


@lru_cache(maxsize=4096)
def matcher(glob: str) -> Callable[[str], object]:
    """Give a test for keys, true where the whole key matches; case counts."""
    if is_literal(glob):
        return glob.__eq__
    if takes_all(glob):
        return lambda _: True
    pieces = ["".join(_ONE if c == "?" else re.escape(c) for c in p) for p in glob.split("*")]
    if len(pieces) == 1:
        return re.compile(pieces[0]).fullmatch
    first, *middle, last = pieces
    # Atomic: the leftmost fit of a middle piece is always right, and trying others is exponential.
    fitted = "".join(f"(?>{_RUN}?{piece})" for piece in middle if piece)
    return re.compile(f"{first}{fitted}{_RUN}{last}").fullmatch
