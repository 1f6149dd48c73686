"""Look at what is stored, past every service."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Table, func, select

from qualipath.storage.database import Database
from qualipath.storage.tables import metadata

Rows = Sequence[Row[Any]]


def rows(database: Database, table: Table, **where: object) -> Rows:
    """Give a table's rows with these values, in the order of writing."""
    conditions = [table.c[column] == value for column, value in where.items()]
    statement = select(table).where(*conditions).order_by(*table.primary_key.columns)
    with database.reading() as connection:
        return connection.execute(statement).all()


def everything(database: Database) -> dict[str, Rows]:
    """Give all rows of all tables, to be compared."""
    return {table.name: rows(database, table) for table in metadata.sorted_tables}


def how_many(database: Database) -> dict[str, int]:
    """Count the rows of every table."""
    with database.reading() as connection:
        return {
            table.name: connection.scalar(select(func.count()).select_from(table)) or 0
            for table in metadata.sorted_tables
        }
