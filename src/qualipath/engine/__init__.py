"""The Python API that HR's scripts import."""

from qualipath.engine.acting import ActingAs
from qualipath.engine.qualipath import Qualipath

__all__ = ["ActingAs", "Qualipath"]
