"""Statements that write a batch: compiled once, and sent to the driver together."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, Connection, Dialect, Insert

from qualipath.storage.batches import Batch, Values, insert_from, plain
from qualipath.storage.driver import Compiled, sqlalchemy_errors


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
        self.batch = batch
        self._build = build
        self._compiled: dict[str, Compiled] = {}

    def of(self, rows: Sequence[tuple[object, ...]], **shared: object) -> Sending:
        """Say what to write; each row in the order of the batch's columns."""
        return Sending(self, rows, shared)

    def compiled(self, dialect: Dialect) -> Compiled:
        """Give the statement for the driver."""
        if dialect.name not in self._compiled:
            statement = self._build(self.batch.values(dialect.name), dialect.name)
            self._compiled[dialect.name] = Compiled.of(statement, dialect)
        return self._compiled[dialect.name]


def send(connection: Connection, sendings: Iterable[Sending]) -> tuple[int, ...]:
    """Execute the statements in their order and tell how many rows each has written.

    They go past SQLAlchemy's execution, which costs more than they do, and on PostgreSQL all of
    them in one round trip. Raises SQLAlchemy's errors nevertheless.
    """
    dialect = connection.dialect
    driver: Any = connection.connection.driver_connection
    # Made ready before anything is sent: no other statement may come between.
    made_ready = _by_name if dialect.name == "postgresql" else _by_place
    ready = [made_ready(sending, dialect) for sending in sendings]
    with sqlalchemy_errors(dialect):
        if dialect.name == "postgresql":
            with driver.pipeline():
                cursors = [driver.execute(*one) for one in ready]
        else:
            cursors = [driver.executemany(*one) for one in ready]
        return tuple(cursor.rowcount for cursor in cursors)


def _by_name(sending: Sending, dialect: Dialect) -> tuple[str, Any]:
    made = sending.write.compiled(dialect)
    rows = sending.write.batch.parameters(dialect.name, sending.rows)
    return made.sql, {**made.defaults, **rows, **sending.shared}


def _by_place(sending: Sending, dialect: Dialect) -> tuple[str, Any]:
    made, batch = sending.write.compiled(dialect), sending.write.batch
    shared = {**made.defaults, **sending.shared}
    others = [name for name in made.order if name not in batch.parameter_names]
    places = {name: n for n, name in enumerate((*batch.parameter_names, *others))}
    tail = tuple(plain(shared[name]) for name in others)
    pick = itemgetter(*(places[name] for name in made.order), 0)
    return made.sql, [pick((*row, *tail))[:-1] for row in batch.plain_rows(sending.rows)]
