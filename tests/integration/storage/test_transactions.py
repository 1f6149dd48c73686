"""Transactions: nothing is lost between writers, readers see one state and write nothing."""

import shutil
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, func, insert, select, text, update

from qualipath.errors import ConflictError, DatabaseError
from qualipath.storage import engines
from qualipath.storage.database import Database
from qualipath.storage.tables import intake
from tests.builders import an_intake_row

WRITERS = 8
ROUNDS = 20


def an_intake(connection: Connection, tier: str = "bootcamp") -> None:
    connection.execute(insert(intake).values(an_intake_row(tier=tier)))


def version(database: Database) -> int:
    with database.reading() as connection:
        found: int = connection.execute(select(intake.c.version)).scalar_one()
    return found


def count_up(
    transaction: Callable[[], AbstractContextManager[Connection]], *, locked: bool = True
) -> None:
    """Let eight writers read a number, think, and write the next one, twenty times each."""
    read = select(intake.c.version)
    start = threading.Barrier(WRITERS)

    def writer(_number: int) -> None:
        start.wait()
        for _ in range(ROUNDS):
            with transaction() as connection:
                found = connection.execute(read.with_for_update() if locked else read).scalar_one()
                time.sleep(0.001)
                connection.execute(update(intake).values(version=found + 1))

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(writer, range(WRITERS)))


def test_no_update_of_eight_writers_is_lost(database: Database) -> None:
    with database.writing() as connection:
        an_intake(connection)
    count_up(database.writing)
    assert version(database) == 1 + WRITERS * ROUNDS


def test_control_by_default_settings_lose_updates(migrated_url: str) -> None:
    database = Database.open(migrated_url)
    with database.writing() as connection:
        an_intake(connection)
    engine = create_engine(database.address.url, pool_size=WRITERS)
    count_up(engine.begin, locked=False)
    assert version(database) < 1 + WRITERS * ROUNDS
    engine.dispose()
    database.close()


def test_control_readers_that_go_on_to_write_are_locked_out(
    migrated_file: Path, tmp_path: Path
) -> None:
    file = tmp_path / "qualipath.db"
    shutil.copyfile(migrated_file, file)
    one, two = (engines.connect(file, busy_timeout=0) for _ in range(2))
    for connection in (one, two):
        connection.execute("BEGIN DEFERRED")
        connection.execute("SELECT count(*) FROM intake").fetchone()
    one.execute("DELETE FROM intake")
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        two.execute("DELETE FROM intake")
    for connection in (one, two):
        connection.rollback()
        connection.close()


def test_a_transaction_is_kept_whole_or_not_at_all(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.writing() as connection:
        _write_one_and_fail(connection)
    with database.writing() as connection:
        an_intake(connection, "masters")
    with database.reading() as connection:
        assert connection.scalars(select(intake.c.tier)).all() == ["masters"]


def test_a_reader_can_not_write(database: Database) -> None:
    with pytest.raises(DatabaseError, match="is read-only here"), database.reading() as connection:
        an_intake(connection)
    with database.writing() as connection:
        an_intake(connection)


def test_a_reader_sees_one_state_from_first_to_last(database: Database) -> None:
    how_many = select(func.count()).select_from(intake)
    with database.reading() as connection:
        before = connection.scalar(how_many)
        writer = threading.Thread(target=_write_one, args=(database,))
        writer.start()
        time.sleep(0.1)
        assert connection.scalar(how_many) == before == 0
    writer.join()
    with database.reading() as connection:
        assert connection.scalar(how_many) == 1


def _write_one_and_fail(connection: Connection) -> None:
    an_intake(connection)
    raise ZeroDivisionError


def _write_one(database: Database) -> None:
    with database.writing() as connection:
        an_intake(connection)


@pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)
def test_threads_wait_for_each_other_and_not_for_the_lock(database: Database) -> None:
    # SQLite lets whoever waits for its lock sleep, and one of many may never wake in time.
    connections: set[sqlite3.Connection | None] = set()

    def writer(_number: int) -> None:
        with database.writing() as connection:
            connections.add(connection.connection.driver_connection)
            time.sleep(0.02)

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(writer, range(2 * WRITERS)))
    assert len(connections) == 1


def test_whoever_waits_too_long_for_a_lock_is_told(migrated_url: str) -> None:
    database = Database.open(migrated_url, busy_timeout=0.05)
    with database.writing() as connection:
        an_intake(connection)
    with database.writing() as first:
        first.execute(update(intake).values(version=2))
        with (
            pytest.raises(DatabaseError, match=r"is locked: somebody else is writing|is too busy"),
            database.writing() as second,
        ):
            second.execute(update(intake).values(version=3))
    assert version(database) == 2
    database.close()


@pytest.mark.parametrize("migrated_url", ["postgresql"], indirect=True)
def test_a_deadlock_that_the_database_breaks_is_a_conflict(database: Database) -> None:
    with database.writing() as connection:
        an_intake(connection, "one")
        an_intake(connection, "two")
    met = threading.Barrier(2)

    def lock(*tiers: str) -> str:
        try:
            with database.writing() as connection:
                for number, tier in enumerate(tiers):
                    connection.execute(
                        update(intake).where(intake.c.tier == tier).values(state="x")
                    )
                    if number == 0:
                        met.wait()
        except ConflictError:
            return "conflict"
        return "done"

    with ThreadPoolExecutor(2) as pool:
        ends = [pool.submit(lock, "one", "two"), pool.submit(lock, "two", "one")]
        assert sorted(end.result() for end in ends) == ["conflict", "done"]


def test_foreign_keys_and_the_time_zone_are_on(database: Database) -> None:
    with database.reading() as connection:
        if database.address.file is None:
            assert connection.scalar(text("SHOW timezone")) == "UTC"
            return
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("foreign_keys", "synchronous", "busy_timeout", "journal_mode")
        }
    assert pragmas == {
        "foreign_keys": 1,
        "synchronous": 2,
        "busy_timeout": 30_000,
        "journal_mode": engines.JOURNAL.lower(),
    }
