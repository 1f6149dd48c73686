"""What tables are made of: instants, keys, references, and the constraints that recur."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    ColumnElement,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    TypeDecorator,
    literal_column,
    text,
)


class Instant(TypeDecorator[datetime]):
    """An instant, aware and in UTC in Python, without an offset where SQLite keeps it."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """Use the database's own instants where it has them."""
        return dialect.type_descriptor(DateTime(timezone=dialect.name == "postgresql"))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Write UTC; a naive instant is a mistake in the program."""
        if value is None:
            return None
        if value.tzinfo is None:
            message = f"instant without a time zone: {value}"
            raise ValueError(message)
        value = value.astimezone(UTC)
        return value if dialect.name == "postgresql" else value.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Read UTC."""
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


def identity() -> Column[int]:
    """Make the column that numbers a table's rows."""
    return Column("id", Integer, primary_key=True)


def refers(name: str, table: str, *, required: bool = True) -> Column[int]:
    """Make a column that names a row of another table."""
    return Column(name, Integer, ForeignKey(f"{table}.id"), nullable=not required)


def one_of(column: str, values: Iterable[str]) -> CheckConstraint:
    """Let a column hold one of these values, or NULL if it may."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def exactly_one(*columns: str) -> CheckConstraint:
    """Let exactly one of the columns hold a value."""
    counted = " + ".join(f"CASE WHEN {column} IS NULL THEN 0 ELSE 1 END" for column in columns)
    return CheckConstraint(f"{counted} = 1", name="exactly_one_" + "_".join(columns))


def index_where(condition: str, name: str, *columns: Column[Any], unique: bool = False) -> Index:
    """Index the rows of the columns' table for which the condition holds."""
    held = text(condition)
    return Index(name, *columns, unique=unique, sqlite_where=held, postgresql_where=held)


def as_indexed(column: Column[bool]) -> ColumnElement[bool]:
    """Ask for a boolean in the words of its partial index: SQLite finds that by its wording."""
    return literal_column(f"{column.table.name}.{column.name}")
