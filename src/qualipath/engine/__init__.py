"""The Python API that HR's scripts import."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qualipath.engine.acting import ActingAs
    from qualipath.engine.qualipath import Qualipath

__all__ = ["ActingAs", "Qualipath"]

_HOMES = {"ActingAs": "qualipath.engine.acting", "Qualipath": "qualipath.engine.qualipath"}


def __getattr__(name: str) -> object:
    # Whoever only looks at definitions (`drafts`) does not wait for the database's libraries.
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
