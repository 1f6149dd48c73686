"""What migrations make tables of: keys, constraints and indexes, named as `tables` names them."""

from typing import Any

import sqlalchemy as sa
from alembic import op


def identity(table: str) -> list[sa.schema.SchemaItem]:
    """Make the column that numbers a table's rows, and its key."""
    column = sa.Column("id", sa.Integer(), nullable=False)
    return [column, sa.PrimaryKeyConstraint("id", name=f"pk_{table}")]


def instants(*names: str) -> list[sa.Column[Any]]:
    """Make columns of instants that are always there."""
    return [sa.Column(name, sa.DateTime(timezone=True), nullable=False) for name in names]


def check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    """Make a CHECK constraint, named as `tables` names it."""
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def exactly_one(table: str, *columns: str) -> sa.CheckConstraint:
    """Let exactly one of the columns hold a value."""
    counted = " + ".join(f"CASE WHEN {column} IS NULL THEN 0 ELSE 1 END" for column in columns)
    return check(table, "exactly_one_" + "_".join(columns), f"{counted} = 1")


def references(table: str, **columns: str) -> list[sa.ForeignKeyConstraint]:
    """Let columns name rows of other tables."""
    return [
        sa.ForeignKeyConstraint([column], [f"{other}.id"], name=f"fk_{table}_{column}")
        for column, other in columns.items()
    ]


def index_where(
    condition: str, name: str, table: str, columns: list[str], *, unique: bool = False
) -> None:
    """Index the rows for which a condition holds."""
    held = sa.text(condition)
    op.create_index(name, table, columns, unique=unique, sqlite_where=held, postgresql_where=held)
