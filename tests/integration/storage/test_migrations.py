"""Migrations: they make what `tables` says, in one transaction, whoever else runs them."""

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import (
    CheckConstraint,
    Connection,
    Index,
    MetaData,
    String,
    Table,
    delete,
    insert,
    text,
    update,
)
from sqlalchemy.exc import IntegrityError

from qualipath.storage import tables
from qualipath.storage.database import Database, upgrade
from qualipath.storage.engines import Address, engines
from qualipath.storage.schema import HEAD
from tests.builders import an_intake_row

Catalogue = frozenset[tuple[str, ...]]

_POSTGRESQL = """
SELECT c.relname, 'column', a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull::text,
       coalesce(pg_get_expr(d.adbin, d.adrelid), '')
  FROM pg_attribute a
  JOIN pg_class c ON c.oid = a.attrelid AND c.relkind = 'r'
  LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
 WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT c.relname, 'constraint', k.conname, k.contype::text, pg_get_constraintdef(k.oid), ''
  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
 WHERE c.relnamespace = 'public'::regnamespace
UNION ALL
SELECT tablename, 'index', indexname, indexdef, '', '' FROM pg_indexes WHERE schemaname = 'public'
"""


def catalogue(connection: Connection) -> Catalogue:
    """Give what the database itself says of its tables: each column, constraint and index."""
    if connection.dialect.name == "postgresql":
        found = {tuple(row) for row in connection.execute(text(_POSTGRESQL))}
    else:
        found = set()
        rows = connection.execute(
            text("SELECT type, name, tbl_name, sql FROM sqlite_master WHERE type <> 'trigger'")
        )
        for kind, name, table, written in rows:
            # SQLite keeps the statement, and nothing else that would tell a CHECK.
            for part in parts(written) if kind == "table" else [" ".join((written or "").split())]:
                found.add((table, kind, name, part))
    return frozenset(row for row in found if row[0] != "alembic_version")


def parts(statement: str) -> list[str]:
    """Take a CREATE TABLE apart at the commas that are in no parentheses and no quotes."""
    body = " ".join(statement.split())
    body = body[body.index("(") + 1 : body.rindex(")")]
    found, depth, quoted = [""], 0, False
    for character in body:
        quoted ^= character == "'"
        depth += 0 if quoted else (character == "(") - (character == ")")
        if character == "," and depth == 0 and not quoted:
            found.append("")
        else:
            found[-1] += character
    return [part.strip() for part in found]


def made_by_metadata(url: str, metadata: MetaData) -> Catalogue:
    opened = engines(Address.parse(url), create=True)
    with opened.writers.connect() as connection, connection.begin() as transaction:
        metadata.create_all(connection)
        found = catalogue(connection)
        transaction.rollback()
    opened.close()
    return found


def made_by_migrations(url: str) -> Catalogue:
    database = Database.open(url, create=True)
    with database.reading() as connection:
        found = catalogue(connection)
    database.close()
    return found


def test_migrations_make_what_the_tables_say(database_url: str) -> None:
    by_metadata = made_by_metadata(database_url, tables.metadata)
    by_migrations = made_by_migrations(database_url)
    assert sorted(by_metadata - by_migrations) == []
    assert sorted(by_migrations - by_metadata) == []
    assert len(by_metadata) > 150


def _without_a_check(history: Table) -> None:
    checks = [c for c in history.constraints if isinstance(c, CheckConstraint)]
    history.constraints.remove(checks[0])


def _without_an_index(history: Table) -> None:
    history.indexes.clear()


def _with_a_longer_column(history: Table) -> None:
    history.c.reason.type = String(2001)


def _with_a_required_column(history: Table) -> None:
    history.c.reason.nullable = False


def _with_another_predicate(history: Table) -> None:
    Index(
        "ix_x",
        history.c.version,
        sqlite_where=text("version > 1"),
        postgresql_where=text("version > 1"),
    )


@pytest.mark.parametrize(
    "change",
    [
        _without_a_check,
        _without_an_index,
        _with_a_longer_column,
        _with_a_required_column,
        _with_another_predicate,
    ],
)
def test_control_a_difference_is_seen(database_url: str, change: Callable[[Table], None]) -> None:
    copied = MetaData(naming_convention=tables.metadata.naming_convention)
    for table in tables.metadata.sorted_tables:
        table.to_metadata(copied)
    assert made_by_metadata(database_url, copied) == made_by_metadata(database_url, tables.metadata)
    change(copied.tables["history"])
    assert made_by_metadata(database_url, copied) != made_by_metadata(database_url, tables.metadata)


def test_the_program_needs_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", "qualipath.storage:migrations")
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_upgrading_says_nothing(database_url: str, capfd: pytest.CaptureFixture[str]) -> None:
    upgrade(database_url)
    assert capfd.readouterr() == ("", "")


@pytest.mark.long
def test_programs_may_upgrade_at_once(database_url: str) -> None:
    program = "import sys; from qualipath.storage.database import upgrade; upgrade(sys.argv[1])"
    running = [
        subprocess.Popen([sys.executable, "-c", program, database_url], stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    assert [process.communicate()[1] for process in running] == [b""] * 3
    Database.open(database_url).close()


def test_an_upgrade_that_fails_leaves_nothing(database_url: str) -> None:
    opened = engines(Address.parse(database_url), create=True)
    with opened.writers.begin() as connection:
        connection.execute(text("CREATE TABLE notice (id integer)"))
    with pytest.raises(Exception, match="notice"):
        upgrade(database_url)
    with opened.readers.begin() as connection:
        assert {row[0] for row in catalogue(connection)} == {"notice"}
    opened.close()


@pytest.mark.parametrize(
    "statement",
    [update(tables.history).values(reason="another"), delete(tables.history)],
    ids=["update", "delete"],
)
def test_history_is_append_only(database: Database, statement: object) -> None:
    now = datetime(2020, 11, 17, tzinfo=UTC)
    with database.writing() as connection:
        (intake_id,) = connection.execute(
            insert(tables.intake).values(an_intake_row())
        ).inserted_primary_key or (0,)
        connection.execute(
            insert(tables.history).values(
                intake_id=intake_id,
                trigger="plan",
                actor_role="hr",
                actor_id="k.muster",
                effective_at=now,
                recorded_at=now,
            )
        )
    with (
        pytest.raises(IntegrityError, match="history is append-only"),
        database.writing() as connection,
    ):
        connection.execute(statement)  # type: ignore[call-overload]
