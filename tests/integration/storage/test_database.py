"""Opening: a database that can't be used as it is says so in one line, and never its password."""

import os
import re
import sys
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, make_url, select, text

from qualipath.errors import DatabaseError, InputError
from qualipath.storage.database import Database, upgrade
from qualipath.storage.engines import Address
from qualipath.storage.tables import enrolment

SECRET = "s3cr3t/="  # noqa: S105


def complaint(url: str) -> str:
    """Give what opening the database at `url` is refused with."""
    with pytest.raises(DatabaseError) as caught:
        Database.open(url, busy_timeout=0.05)
    told = str(caught.value)
    assert "\n" not in told
    return told


def set_version(url: str, version: str) -> None:
    database = Database.open(url)
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": version})
    database.close()


def test_a_missing_file_is_named_and_not_made(tmp_path: Path) -> None:
    told = complaint(f"sqlite:///{tmp_path / 'none.db'}")
    assert told == (
        f"the database '{tmp_path / 'none.db'}' does not exist; qualipath db upgrade creates it"
    )
    assert list(tmp_path.iterdir()) == []


def test_an_empty_database_is_not_set_up(database_url: str) -> None:
    if database_url.startswith("sqlite"):
        Path(make_url(database_url).database or "").touch()
    assert "is not set up yet: run qualipath db upgrade" in complaint(database_url)


def test_create_sets_it_up_and_keeps_what_is_there(database_url: str) -> None:
    for _ in range(2):
        Database.open(database_url, create=True).close()
    Database.open(database_url).close()


@pytest.mark.parametrize(
    ("version", "told"),
    [
        ("0000", r"has the older schema 0000, this program needs \d{4}: run qualipath db upgrade"),
        ("9999", r"has the schema 9999, which is newer than this program's \d{4}: install"),
        ("feed", r"has the schema feed, which is newer"),
    ],
)
def test_another_schema_is_told(migrated_url: str, version: str, told: str) -> None:
    set_version(migrated_url, version)
    assert re.search(told, complaint(migrated_url))


def test_a_newer_schema_is_not_upgraded(migrated_url: str) -> None:
    set_version(migrated_url, "9999")
    with pytest.raises(DatabaseError, match="newer than this program"):
        upgrade(migrated_url)


def test_tables_without_a_version_are_not_touched(migrated_url: str) -> None:
    database = Database.open(migrated_url)
    with database.writing() as connection:
        connection.execute(text("DROP TABLE alembic_version"))
    with pytest.raises(DatabaseError, match="has tables, but not their version"):
        upgrade(migrated_url)
    with pytest.raises(DatabaseError, match="is not set up yet"):
        database.check()
    database.close()


def test_another_file_is_not_a_database(tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("Dear colleagues, " * 100)
    assert "letter.txt' is not a SQLite database" in complaint(f"sqlite:///{file}")
    with pytest.raises(DatabaseError, match="is not a SQLite database"):
        upgrade(f"sqlite:///{file}")
    assert file.read_text().startswith("Dear")


def test_a_folder_can_not_be_opened(tmp_path: Path) -> None:
    assert "can't be opened" in complaint(f"sqlite:///{tmp_path}")


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="its folder does not exist"):
        upgrade(f"sqlite:///{tmp_path}/none/qualipath.db")


def test_a_damaged_file_is_told(migrated_file: Path, tmp_path: Path) -> None:
    file = tmp_path / "qualipath.db"
    healthy = migrated_file.read_bytes()
    file.write_bytes(healthy[:100] + b"\xff" * 3996 + healthy[4096:])
    assert "is damaged; restore a backup" in complaint(f"sqlite:///{file}")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write to everything")
def test_a_read_only_file_is_told(migrated_file: Path, tmp_path: Path) -> None:
    file = tmp_path / "qualipath.db"
    file.write_bytes(migrated_file.read_bytes())
    file.chmod(0o400)
    database = Database.open(f"sqlite:///{file}")
    with pytest.raises(DatabaseError, match="is read-only here"), database.writing():
        pass


@pytest.mark.parametrize("migrated_url", ["postgresql"], indirect=True)
def test_a_read_only_server_is_told(migrated_url: str) -> None:
    with psycopg.connect(migrated_url, autocommit=True) as connection:
        name = connection.info.dbname
        connection.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    database = Database.open(migrated_url)
    with (
        pytest.raises(DatabaseError, match="is read-only here"),
        database.writing() as connection,
    ):
        connection.execute(text("DELETE FROM command"))
    database.close()


@pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)
def test_a_full_disk_is_told(migrated_url: str) -> None:
    database = Database.open(migrated_url)
    with database.writing() as connection:
        connection.execute(text("PRAGMA max_page_count = 1"))
    with (
        pytest.raises(DatabaseError, match="the disk is full"),
        database.writing() as connection,
    ):
        connection.execute(text("CREATE TABLE large AS SELECT zeroblob(1000000)"))
    database.close()


def test_a_number_beyond_all_databases_is_told(database: Database) -> None:
    with (
        pytest.raises(InputError, match="a value can't be kept: too long, too large"),
        database.reading() as connection,
    ):
        connection.execute(select(enrolment).where(enrolment.c.id == 2**70))


def test_nobody_listens(tmp_path: Path) -> None:
    told = complaint(f"postgresql://hr:{SECRET.replace('/', '%2F')}@127.0.0.1:1/people")
    assert "the database 'people' on 127.0.0.1 can't be reached: " in told
    assert SECRET not in told
    assert "can't be reached" in complaint(f"postgresql:///people?host={tmp_path}")
    told = complaint(f"postgresql:///people?password={SECRET}&colour=red")
    assert "can't be reached: invalid connection option" in told
    assert SECRET not in told


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_an_unknown_name_on_the_server(database_url: str) -> None:
    url = make_url(database_url).set(database="nowhere").render_as_string(hide_password=False)
    told = complaint(url)
    assert "'nowhere'" in told
    assert "does not exist" in told


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("sqlite://", "is a plain file here"),
        ("sqlite:///:memory:", "is a plain file here"),
        ("sqlite:///file.db?mode=memory", "is a plain file here"),
        (f"mysql://hr:{SECRET}@host/people", "'mysql' is no kind of database"),
        (f"postgresql://hr:{SECRET}@host:port/people", "URL can't be read"),
        (f"postgresql://hr:is@{SECRET}@host/people", "write %40 for an @ in a password"),
        (f"postgresql://hr:is@host/{SECRET}?x@host/people", "write %40 for an @ in a password"),
        (f"postgresql://hr:{SECRET}@{'x' * 64}/people", "names no host"),
        (f"hr:{SECRET}", "URL can't be read"),
        ("", "URL can't be read"),
    ],
)
def test_urls_that_name_no_database(url: str, told: str) -> None:
    found = complaint(url)
    assert told in found
    assert "sqlite:///file.db or postgresql://user@host/database" in found
    assert SECRET not in found


def test_passwords_are_in_no_representation() -> None:
    url = "postgresql://hr:s3cr3t@db.example.org/people?password=s3cr3t&sslmode=require"
    address = Address.parse(url)
    assert "s3cr3t" not in repr(address) + address.name
    assert address.name == "'people' on db.example.org"


def test_the_driver_for_postgresql_is_an_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    told = complaint("postgresql://hr@host/people")
    assert told == "PostgreSQL needs its driver: pip install 'qualipath[postgres]'"


@pytest.mark.parametrize("migrated_url", ["postgresql"], indirect=True)
def test_a_connection_that_breaks_is_told_and_replaced(
    database: Database, migrated_url: str
) -> None:
    with (
        psycopg.connect(migrated_url) as other,
        pytest.raises(DatabaseError, match=r"is shutting down|can't be reached"),
        database.writing() as connection,
    ):
        _break(connection, other)
    with database.writing() as connection:
        connection.execute(text("DELETE FROM command"))


def _break(connection: Connection, other: psycopg.Connection) -> None:
    process = connection.scalar(text("SELECT pg_backend_pid()"))
    other.execute("SELECT pg_terminate_backend(%s)", [process])
    connection.execute(text("DELETE FROM command"))
