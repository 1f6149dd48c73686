"""A workflow engine for tiered qualification paths in public administrations."""

from qualipath.engine import ActingAs, Qualipath
from qualipath.errors import (
    ConflictError,
    DatabaseError,
    DefinitionError,
    InputError,
    KeyReusedError,
    NotFoundError,
    QualipathError,
    RefusedError,
    SheetError,
)

__all__ = [
    "ActingAs",
    "ConflictError",
    "DatabaseError",
    "DefinitionError",
    "InputError",
    "KeyReusedError",
    "NotFoundError",
    "Qualipath",
    "QualipathError",
    "RefusedError",
    "SheetError",
]
