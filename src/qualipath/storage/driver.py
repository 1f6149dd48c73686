"""Statements compiled once and given to the driver itself, for what every change does.

SQLAlchemy finds a compiled statement again by walking over it, and adapts what goes in and comes
out: for a statement that looks at one row that costs more than executing it.
"""

from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Dialect, Select, exc


@dataclass(frozen=True, slots=True)
class Compiled:
    """A statement as the driver takes it; `order` names SQLite's parameters by their places."""

    sql: str
    defaults: Mapping[str, object]
    order: tuple[str, ...]

    @classmethod
    def of(cls, statement: Any, dialect: Dialect) -> "Compiled":
        """Compile a statement, with what its lists hold."""
        made = statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
        defaults = {name: _adapted(made, name, value) for name, value in made.params.items()}
        return cls(str(made), defaults, tuple(made.positiontup or ()))

    def bound(self, given: Mapping[str, object]) -> Any:
        """Give the parameters as the driver takes them."""
        values = {**self.defaults, **given}
        return [values[name] for name in self.order] if self.order else values


def _adapted(made: Any, name: str, value: object) -> object:
    """Give a statement's own value as its column's type writes it."""
    if name in made.binds:
        kind = made.binds[name].type.dialect_impl(made.dialect)
        if process := kind.bind_processor(made.dialect):
            return process(value)
    return value


class Read:
    """A statement that gives rows as named tuples; `build` makes it for a database's dialect."""

    def __init__(self, build: Callable[[str], Select[Any]]) -> None:
        self._build = build
        self._ready: dict[str, tuple[Compiled, Callable[[Sequence[Any]], Any]]] = {}

    def rows(self, connection: Connection, given: Mapping[str, object]) -> Sequence[Any]:
        """Execute it; raises SQLAlchemy's errors."""
        dialect = connection.dialect
        if dialect.name not in self._ready:
            self._ready[dialect.name] = self._made_ready(dialect)
        compiled, row = self._ready[dialect.name]
        driver: Any = connection.connection.driver_connection
        with sqlalchemy_errors(dialect):
            found = driver.execute(compiled.sql, compiled.bound(given)).fetchall()
        return [row(values) for values in found]

    def _made_ready(self, dialect: Dialect) -> tuple[Compiled, Callable[[Sequence[Any]], Any]]:
        statement = self._build(dialect.name)
        columns = statement.selected_columns
        made = namedtuple("Row", [column.name for column in columns])  # type: ignore[misc]  # noqa: PYI024
        adapting = [
            (place, process)
            for place, column in enumerate(columns)
            if (process := column.type.dialect_impl(dialect).result_processor(dialect, None))
        ]

        def row(values: Sequence[Any]) -> Any:
            adapted = list(values)
            for place, process in adapting:
                adapted[place] = process(adapted[place])
            return made._make(adapted)

        return Compiled.of(statement, dialect), row


@contextmanager
def sqlalchemy_errors(dialect: Dialect) -> Iterator[None]:
    """Raise the driver's errors as SQLAlchemy's, and without any parameters in them."""
    error_class = dialect.loaded_dbapi.Error
    try:
        yield
    except error_class as error:
        raise exc.DBAPIError.instance(
            None, None, error, error_class, hide_parameters=True, dialect=dialect
        ) from error
