"""Statements that write: compiled once, and sent together, in one round trip on PostgreSQL."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Dialect, Executable, exc

from qualipath.storage.batches import plain


@dataclass(frozen=True, slots=True)
class _Compiled:
    sql: str
    defaults: Mapping[str, object]
    order: tuple[str, ...] | None

    def bound(self, given: Mapping[str, object]) -> Any:
        """Give the driver's parameters: by place on SQLite, by name on PostgreSQL."""
        values = {**self.defaults, **given}
        return values if self.order is None else [plain(values[name]) for name in self.order]


class Write:
    """A statement that gives no rows back; `build` makes it for a database's dialect."""

    def __init__(self, build: Callable[[str], Executable]) -> None:
        self._build = build
        self._compiled: dict[str, _Compiled] = {}

    def compiled(self, dialect: Dialect) -> _Compiled:
        """Give the statement as the driver takes it."""
        if dialect.name not in self._compiled:
            statement: Any = self._build(dialect.name)
            made = statement.compile(dialect=dialect)
            order = tuple(made.positiontup) if made.positional else None
            self._compiled[dialect.name] = _Compiled(str(made), dict(made.params), order)
        return self._compiled[dialect.name]


Sending = tuple[Write, Mapping[str, object]]
"""A statement and the parameters to send it with."""


def send(connection: Connection, writes: Iterable[Sending]) -> tuple[int, ...]:
    """Execute the statements in their order and tell how many rows each has written.

    They go to the driver itself, past the ORM's layers: one by one these cost more than the
    statements. Raises SQLAlchemy's errors, like its own execution.
    """
    dialect = connection.dialect
    prepared = [(w.compiled(dialect).sql, w.compiled(dialect).bound(p)) for w, p in writes]
    driver: Any = connection.connection.driver_connection
    try:
        if dialect.name == "postgresql":
            with driver.pipeline():
                cursors = [driver.execute(*one) for one in prepared]
        else:
            cursors = [driver.execute(*one) for one in prepared]
        return tuple(cursor.rowcount for cursor in cursors)
    except dialect.loaded_dbapi.Error as error:
        raise exc.DBAPIError.instance(
            None, None, error, dialect.loaded_dbapi.Error, hide_parameters=True, dialect=dialect
        ) from error
