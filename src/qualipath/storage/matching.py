"""Our globs in SQL: `GLOB` on SQLite, whose LIKE ignores case, and `LIKE` on PostgreSQL."""

import re
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Dialect, String, TypeDecorator, bindparam, true
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import operators
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.operators import OperatorType

from qualipath.domain.globs import is_literal, takes_all

_WILDCARDS = str.maketrans({"*": "%", "?": "_"})


def key_matches(key: ColumnElement[str], glob: str) -> ColumnElement[bool]:
    """Hold for the keys that match the glob as `domain/globs.py` says.

    A column that is never NULL is never NULL. The glob stands in the statement when it is executed:
    SQLite plans a statement anew for every execution that binds one.
    """
    if takes_all(glob):
        return true()
    if is_literal(glob):
        return key == glob
    return _Matches(key, bindparam(None, glob, type_=_Pattern(), unique=True, literal_execute=True))


class _Pattern(TypeDecorator[str]):
    """A glob as the database's own operator writes it."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        if dialect.name == "postgresql":
            return re.sub(r"([\\%_])", r"\\\1", value).translate(_WILDCARDS)
        return value.replace("[", "[[]")


class _Matches(FunctionElement[bool]):
    """Whether a key matches a glob."""

    name = "matches"
    type = Boolean()
    inherit_cache = True

    def self_group(self, against: OperatorType | None = None) -> Any:
        # It brings its own brackets; SQLAlchemy's ` = 1` would keep SQLite from using an index.
        if against in {operators.and_, operators.or_}:
            return self
        return super().self_group(against)


@compiles(_Matches, "postgresql")
def _like(element: _Matches, compiler: SQLCompiler, **options: Any) -> str:
    key, pattern = (compiler.process(part, **options) for part in element.clauses)
    return f"({key} LIKE {pattern} ESCAPE '\\')"


@compiles(_Matches, "sqlite")
def _glob(element: _Matches, compiler: SQLCompiler, **options: Any) -> str:
    key, pattern = (compiler.process(part, **options) for part in element.clauses)
    # GLOB reads no further than a NUL, which may stand in a key only here.
    return f"({key} GLOB {pattern} AND instr({key}, char(0)) = 0)"


def by_code_points(text: ColumnElement[str]) -> ColumnElement[str]:
    """Order a text by its characters' code points, as Python and SQLite do."""
    return _ByCodePoints(text)


class _ByCodePoints(FunctionElement[str]):
    """A text that compares by code points, whatever the database's language."""

    name = "by_code_points"
    type = String()
    inherit_cache = True


@compiles(_ByCodePoints, "postgresql")
def _collated(element: _ByCodePoints, compiler: SQLCompiler, **options: Any) -> str:
    return f'({compiler.process(element.clauses, **options)} COLLATE "C")'


@compiles(_ByCodePoints, "sqlite")
def _as_it_is(element: _ByCodePoints, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.clauses, **options)
