"""A workflow engine for tiered qualification paths in public administrations."""

from typing import TYPE_CHECKING

from qualipath.errors import (
    ConflictError,
    DatabaseError,
    DefinitionError,
    DeliveryError,
    InputError,
    KeyReusedError,
    NotFoundError,
    QualipathError,
    RefusedError,
    SheetError,
    TemplateError,
    UnansweredError,
    UndeliverableError,
    UnreachableError,
)

if TYPE_CHECKING:
    from qualipath.engine import ActingAs, Qualipath

__all__ = [
    "ActingAs",
    "ConflictError",
    "DatabaseError",
    "DefinitionError",
    "DeliveryError",
    "InputError",
    "KeyReusedError",
    "NotFoundError",
    "Qualipath",
    "QualipathError",
    "RefusedError",
    "SheetError",
    "TemplateError",
    "UnansweredError",
    "UndeliverableError",
    "UnreachableError",
]


def __getattr__(name: str) -> object:
    # The engine brings the database and all its rules; a help page or a completion needs neither.
    if name in {"ActingAs", "Qualipath"}:
        from qualipath import engine  # noqa: PLC0415

        return getattr(engine, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
