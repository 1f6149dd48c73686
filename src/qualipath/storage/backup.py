"""Backups: a consistent copy of a database in use, and the way back."""

import os
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import URL, inspect

from qualipath.errors import DatabaseError, InputError
from qualipath.storage.engines import BUSY_TIMEOUT, Address, connect, engines
from qualipath.storage.failures import complaint, primary_code, told_plainly

_NOT_OWNERS = ("--no-owner", "--no-privileges")
_NOT_EMPTY = "the database {} is not empty; name another one, or force to replace all it holds"


def backup(
    database_url: str, target: Path, *, overwrite: bool = False, busy_timeout: float = BUSY_TIMEOUT
) -> None:
    """Write a copy of the database to `target`, as it is at one moment, while others go on.

    SQLite gives a database file, PostgreSQL an archive of pg_dump. Only its owner may read it.
    A lock on a SQLite file is waited for `busy_timeout` seconds.
    Raises `InputError` if `target` exists and `overwrite` is not set, `DatabaseError` where the
    database can't be copied; `target` is then as before.
    """
    address = Address.parse(database_url)
    _refuse_itself(target, address)
    if target.exists() and not overwrite:
        message = f"'{target}' exists; name another file, or allow to overwrite it"
        raise InputError(message)
    if not target.parent.is_dir():
        message = f"the folder '{target.parent}' does not exist; make it first"
        raise InputError(message)
    if address.file is None:
        with _new(target) as copy:
            _run("pg_dump", address, "--format=custom", *_NOT_OWNERS, f"--file={copy}")
            _run("pg_restore", address, "--list", str(copy), connects=False)
        return
    if not address.file.exists():
        message = f"the database {address.name} does not exist"
        raise DatabaseError(message)
    with _plainly(address.name), _new(target) as copy:
        _copy(address.file, copy, busy_timeout)
        with closing(connect(copy)) as connection:
            # One file, which can be read from anywhere: no log beside it.
            connection.execute("PRAGMA journal_mode = DELETE")
        _examine(copy, f"'{target}'")


def restore(
    source: Path,
    database_url: str,
    *,
    force: bool = False,
    dry_run: bool = False,
    busy_timeout: float = BUSY_TIMEOUT,
) -> None:
    """Make the database what it was when `source` was written, wholly or not at all.

    With `dry_run` only make sure, as far as can be told before, that it would go; write nothing.
    Raises `InputError` if `source` is missing, or the database holds anything and `force` is not
    set; `DatabaseError` where `source` is damaged or the database can't be replaced.
    """
    address = Address.parse(database_url)
    if not source.is_file():
        message = f"the backup '{source}' does not exist"
        raise InputError(message)
    _refuse_itself(source, address)
    if address.file is None:
        # Also where all may be replaced, a rehearsal must reach the database.
        if (not force or dry_run) and not _is_empty(address) and not force:
            raise InputError(_NOT_EMPTY.format(address.name))
        if dry_run:
            _run("pg_restore", address, "--list", str(source), connects=False)
            return
        clean = ("--clean", "--if-exists") if force else ()
        whole = ("--single-transaction", "--exit-on-error")
        _run("pg_restore", address, *whole, *_NOT_OWNERS, *clean, str(source))
        return
    if not force and address.file.exists() and address.file.stat().st_size:
        raise InputError(_NOT_EMPTY.format(address.name))
    with _plainly(f"'{source}'"):
        _examine(source, f"'{source}'")
    with _plainly(address.name):
        if dry_run:
            _rehearse(address.file, address.name, busy_timeout)
        else:
            _replace(source, address.file, busy_timeout)


def _refuse_itself(copy: Path, address: Address) -> None:
    file = address.file
    if file is not None and copy.exists() and file.exists() and copy.samefile(file):
        message = f"'{copy}' is the database itself; name another file"
        raise InputError(message)


def _copy(source: Path, target: Path, busy_timeout: float) -> None:
    with (
        closing(connect(source, busy_timeout=busy_timeout)) as read,
        closing(connect(target, create=True, busy_timeout=busy_timeout)) as written,
    ):
        # The copy is of this transaction: writers may go on, and it need not start anew.
        read.execute("BEGIN")
        read.execute("SELECT count(*) FROM sqlite_master").fetchone()
        read.backup(written, progress=_patience(busy_timeout))


def _patience(busy_timeout: float) -> Callable[[int, int, int], None]:
    until = time.monotonic() + busy_timeout

    def go_on(status: int, _left: int, _all: int) -> None:
        # Python would try again for ever.
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) and time.monotonic() > until:
            error = sqlite3.OperationalError("database is locked")
            error.sqlite_errorcode = status
            raise error

    return go_on


def _replace(source: Path, target: Path, busy_timeout: float) -> None:
    # Written through SQLite where it can be: that is one transaction, and programs that have the
    # database open see it, whereas a new file in its place would leave them with the old one.
    try:
        _copy(source, target, busy_timeout)
    except sqlite3.DatabaseError as error:
        if primary_code(error) not in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
            raise
    else:
        return
    with _new(target) as copy:
        _copy(source, copy, busy_timeout)
        for rest in ("-journal", "-wal", "-shm"):
            target.with_name(target.name + rest).unlink(missing_ok=True)


def _rehearse(target: Path, name: str, busy_timeout: float) -> None:
    """Make sure that a file could be replaced now."""
    if not os.access(target.parent, os.W_OK):
        message = f"the database {name} can't be made: its folder does not exist or is read-only"
        raise DatabaseError(message)
    if not target.exists():
        return
    try:
        with closing(connect(target, busy_timeout=busy_timeout)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
    except sqlite3.DatabaseError as error:
        # A damaged file is no hindrance: `_replace` puts a new one in its place.
        if primary_code(error) not in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
            raise


def _examine(file: Path, name: str) -> None:
    with closing(connect(file)) as connection:
        found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        versioned = connection.execute(
            "SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version'"
        ).fetchone()[0]
    if found != "ok":
        message = f"{name} is damaged: {' '.join(found.split())}"
        raise DatabaseError(message)
    if not versioned:
        message = f"{name} is not a database of qualipath"
        raise DatabaseError(message)


@contextmanager
def _new(target: Path) -> Iterator[Path]:
    """Give a new file beside `target`, which takes its place at the end unless something fails."""
    name = None
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        os.close(handle)
        yield Path(name)
        Path(name).replace(target)
    except OSError as error:
        message = f"'{target}' can't be written: {error.strerror}"
        raise DatabaseError(message) from error
    finally:
        if name is not None:
            Path(name).unlink(missing_ok=True)


@contextmanager
def _plainly(name: str) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        told = complaint(error, name) or DatabaseError(f"the database {name}: {error}")
        raise told from error


def _is_empty(address: Address) -> bool:
    opened = engines(address)
    try:
        with told_plainly(address.name, *address.secrets), opened.readers.begin() as connection:
            return not inspect(connection).get_table_names()
    finally:
        opened.close()


def _run(program: str, address: Address, *arguments: str, connects: bool = True) -> None:
    found = shutil.which(program)
    if found is None:
        message = f"{program} is not installed here; it comes with PostgreSQL's client programs"
        raise DatabaseError(message)
    url = address.url.difference_update_query(["password"])
    bare = URL.create(
        "postgresql", url.username, None, url.host, url.port, url.database, url.query
    ).render_as_string()
    # Everybody can read a command line, but not another one's environment.
    environment = {"PGCONNECT_TIMEOUT": "10"} | os.environ
    if address.secrets:
        environment["PGPASSWORD"] = address.secrets[0]
    where = ["--no-password", f"--dbname={bare}"] if connects else []
    done = subprocess.run(  # noqa: S603
        [found, *where, *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        said = " ".join(done.stderr.split()) or f"ended with {done.returncode}"
        for hidden in address.secrets:
            said = said.replace(hidden, "***")
        message = f"the database {address.name}: {said}"
        raise DatabaseError(message)
