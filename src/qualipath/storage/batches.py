"""Many rows in one statement: a batch bound as parameters and read by SQL like a table."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Date,
    FromClause,
    Insert,
    Integer,
    Select,
    bindparam,
    column,
    func,
    select,
    type_coerce,
)
from sqlalchemy.sql.base import ReadOnlyColumnCollection
from sqlalchemy.types import TypeEngine

from qualipath.storage.columns import Instant


def plain(value: object) -> object:
    """Write instants and days as SQLite keeps them."""
    match value:
        case datetime():
            return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
        case date():
            return value.isoformat()
    return value


@dataclass(frozen=True, slots=True)
class Values:
    """A batch's columns in a statement that writes; without `table` they are parameters."""

    columns: Mapping[str, ColumnElement[Any]]
    table: FromClause | None

    def __getattr__(self, name: str) -> ColumnElement[Any]:
        return self.columns[name]


class Batch:
    """Rows of named, typed columns: arrays on PostgreSQL, one JSON text on SQLite.

    The statement depends on the columns alone, so that it is compiled once for any number of rows.
    """

    def __init__(self, name: str, **types: TypeEngine[Any]) -> None:
        self._name = name
        self._types = types
        self._temporal = [isinstance(type_, Instant | Date) for type_ in types.values()]
        self.parameter_names = tuple(f"{name}_{column_}" for column_ in types)
        """What the parameters of single values are called."""

    def values(self, dialect: str) -> Values:
        """Give the columns to write: SQLite is faster with a parameter for each than with JSON."""
        if dialect == "postgresql":
            table = self.table(dialect)
            return Values({column_.name: column_ for column_ in table.c}, table)
        named = zip(self._types.items(), self.parameter_names, strict=True)
        return Values({c: bindparam(name, None, type_=t) for (c, t), name in named}, None)

    def plain_rows(self, rows: Sequence[tuple[object, ...]]) -> Sequence[tuple[object, ...]]:
        """Give the rows with instants and days as SQLite keeps them."""
        if not any(self._temporal):
            return rows
        return [
            tuple(plain(v) if t else v for v, t in zip(row, self._temporal, strict=True))
            for row in rows
        ]

    def table(self, dialect: str) -> FromClause:
        """Give the rows as something to select from."""
        if dialect == "postgresql":
            named = zip(self.parameter_names, self._types.values(), strict=True)
            arrays = [bindparam(name, None, type_=ARRAY(t)) for name, t in named]
            columns = [column(c, t) for c, t in self._types.items()]
            return func.unnest(*arrays).table_valued(*columns, name=self._name).render_derived()
        each = func.json_each(bindparam(self._name, None)).table_valued("value", name="each_row")
        cells = [
            type_coerce(func.json_extract(each.c.value, f"$[{n}]"), t).label(c)
            for n, (c, t) in enumerate(self._types.items())
        ]
        return select(*cells).select_from(each).subquery(self._name)

    def parameters(self, dialect: str, rows: Sequence[Sequence[object]]) -> Mapping[str, object]:
        """Give the values to execute the statement with; each row in the columns' order."""
        if dialect == "postgresql":
            turned = zip(*rows, strict=True) if rows else ((),) * len(self._types)
            return {n: list(v) for n, v in zip(self.parameter_names, turned, strict=True)}
        return {self._name: json.dumps(rows, default=plain, separators=(",", ":"))}


def insert_from(
    into: Insert, rows: ReadOnlyColumnCollection[str, Any], **constants: ColumnElement[Any]
) -> Insert:
    """Insert a batch's columns, which have the table's names, and values that all rows share."""
    return into.from_select(
        [*(column_.name for column_ in rows), *constants], select(*rows, *constants.values())
    )


_LARGEST_ID = 2**31 - 1
_IDS = Batch("ids", id=Integer())


def among(column_: ColumnElement[int], dialect: str) -> ColumnElement[bool]:
    """Hold for the rows whose id is among those that `ids` binds."""
    return column_.in_(_selected_ids(dialect))


@cache
def _selected_ids(dialect: str) -> Select[tuple[int]]:
    return select(_IDS.table(dialect).c.id)


def ids(dialect: str, values: Iterable[int]) -> Mapping[str, object]:
    """Bind the ids that `among` reads; one that no row can have finds nothing."""
    return _IDS.parameters(dialect, [(value,) for value in values if 0 < value <= _LARGEST_ID])
