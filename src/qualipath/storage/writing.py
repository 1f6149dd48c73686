"""Statements that write a batch: compiled once, and sent to the driver together."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, Connection, Dialect, Insert, Table
from sqlalchemy.dialects import postgresql, sqlite

from qualipath.storage.batches import Batch, Values, insert_from, plain
from qualipath.storage.driver import Compiled, sqlalchemy_errors


def insert_or_else(table: Table, dialect: str) -> postgresql.Insert | sqlite.Insert:
    """Begin an INSERT that says what becomes of rows that are there already.

    Both databases have `ON CONFLICT`, which each dialect writes for itself.
    """
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def insert_each(into: Insert, values: Values, **shared: ColumnElement[Any]) -> Insert:
    """Insert a batch's columns, which have the table's names, and values that all rows share."""
    if values.table is None:
        return into.values({**values.columns, **shared})
    return insert_from(into, values.table.c, **shared)


@dataclass(frozen=True, slots=True)
class Sending:
    """A statement, the rows to write by it, and the values that they share."""

    write: "Write"
    rows: Sequence[tuple[object, ...]]
    shared: Mapping[str, object]


class Write:
    """A statement that writes a batch and gives no rows back.

    `build` makes it for a dialect, of the batch's values: columns of an array on PostgreSQL, where
    one execution writes all rows; parameters on SQLite, where each row is an execution.
    """

    def __init__(self, batch: Batch, build: Callable[[Values, str], Any]) -> None:
        self._batch = batch
        self._build = build
        self._ready: dict[str, _Ready] = {}

    def of(self, rows: Sequence[tuple[object, ...]], **shared: object) -> Sending:
        """Say what to write; each row in the order of the batch's columns."""
        return Sending(self, rows, shared)

    def made_ready(self, sending: Sending, dialect: Dialect) -> tuple[str, Any]:
        """Give the statement and its parameters for the driver."""
        if dialect.name not in self._ready:
            statement = self._build(self._batch.values(dialect.name), dialect.name)
            self._ready[dialect.name] = _Ready.of(Compiled.of(statement, dialect), self._batch)
        ready = self._ready[dialect.name]
        if dialect.name == "postgresql":
            batch = self._batch.parameters(dialect.name, sending.rows)
            return ready.compiled.sql, ready.compiled.bound({**batch, **sending.shared})
        shared = {**ready.compiled.defaults, **sending.shared}
        tail = tuple(plain(shared[name]) for name in ready.others)
        rows = self._batch.plain_rows(sending.rows)
        return ready.compiled.sql, [ready.pick((*row, *tail)) for row in rows]


@dataclass(frozen=True, slots=True)
class _Ready:
    """A compiled statement; `pick` puts a row, and then the `others`, in the parameters' places."""

    compiled: Compiled
    others: tuple[str, ...]
    pick: Callable[[tuple[object, ...]], tuple[object, ...]]

    @classmethod
    def of(cls, compiled: Compiled, batch: Batch) -> "_Ready":
        names = batch.parameter_names
        others = tuple(name for name in compiled.order if name not in names)
        places = [(*names, *others).index(name) for name in compiled.order]
        return cls(compiled, others, itemgetter(*places) if len(places) > 1 else tuple)


def send(connection: Connection, sendings: Iterable[Sending]) -> tuple[int, ...]:
    """Execute the statements in their order and tell how many rows each has written.

    They go past SQLAlchemy's execution, which costs more than they do, and on PostgreSQL all of
    them in one round trip. Raises SQLAlchemy's errors nevertheless.
    """
    dialect = connection.dialect
    driver: Any = connection.connection.driver_connection
    # Made ready before anything is sent: no other statement may come between.
    ready = [sending.write.made_ready(sending, dialect) for sending in sendings]
    with sqlalchemy_errors(dialect):
        if dialect.name == "postgresql":
            with driver.pipeline():
                cursors = [driver.execute(*one) for one in ready]
        else:
            cursors = [driver.executemany(*one) for one in ready]
        return tuple(cursor.rowcount for cursor in cursors)
