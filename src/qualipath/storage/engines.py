"""Engines: how to speak with SQLite and PostgreSQL so that no update is lost."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Self

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from qualipath.errors import DatabaseError
from qualipath.storage.turns import Turns, begin_in_turn

BUSY_TIMEOUT = 30.0
_RIGHT = "write sqlite:///file.db or postgresql://user@host/database"

# Settings of a session on PostgreSQL; libpq wants a blank in a value escaped.
_SNAPSHOT = (r"default_transaction_isolation=repeatable\ read", "default_transaction_read_only=on")
# A change's statements look rows up by key whatever their parameters: planning them anew each time
# costs more than executing them.
_COMMITTED = (
    r"default_transaction_isolation=read\ committed",
    "plan_cache_mode=force_generic_plan",
)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a database is; `name` can be shown, for it holds no secret."""

    url: URL = field(repr=False)
    name: str

    @classmethod
    def parse(cls, written: str) -> Self:
        """Read a URL; raises `DatabaseError` where it names no database that can be used."""
        try:
            url = make_url(written)
        except (ArgumentError, ValueError):
            # The text is not shown: it may hold a password.
            message = f"the database's URL can't be read; {_RIGHT}"
            raise DatabaseError(message) from None
        match url.drivername:
            case "sqlite" | "sqlite+pysqlite":
                if not url.database or url.database == ":memory:" or url.query or url.host:
                    message = f"a SQLite database is a plain file here; {_RIGHT}"
                    raise DatabaseError(message)
                return cls(url, f"'{url.database}'")
            case "postgresql" | "postgres" | "postgresql+psycopg":
                host = url.host or ", ".join(url.normalized_query.get("host", ("localhost",)))
                # What follows an @ in a password is read as the host, which would be shown.
                if not _is_host(url.host or "") or written.count("@") > 1:
                    right = "write %40 for an @ in a password"
                    message = f"the database's URL names no host; {right}, or {_RIGHT}"
                    raise DatabaseError(message)
                name = f"'{url.database or url.username or 'postgres'}' on {host}"
                return cls(url.set(drivername="postgresql+psycopg"), name)
        message = f"'{url.drivername}' is no kind of database that can be used; {_RIGHT}"
        raise DatabaseError(message)

    @property
    def file(self) -> Path | None:
        """The file of a SQLite database."""
        return Path(self.url.database or "") if self.url.drivername.startswith("sqlite") else None

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be shown."""
        return tuple(
            str(secret)
            for secret in (self.url.password, *self.url.normalized_query.get("password", ()))
            if secret
        )


def _is_host(name: str) -> bool:
    try:
        name.encode("idna")
    except UnicodeError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Engines:
    """Two ways into one database: `readers` can't write, `writers` lock at once on SQLite.

    Where one can write at a time, threads take turns.
    """

    readers: Engine
    writers: Engine
    turns: Turns | None = None

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a transaction that may write; raises `TimeoutError` where the turn does not come."""
        with self.turns.turn() if self.turns else nullcontext(), self.writers.begin() as connection:
            yield connection

    def close(self) -> None:
        """Close every connection that is not in use."""
        self.readers.dispose()
        self.writers.dispose()


def engines(
    address: Address,
    *,
    create: bool = False,
    busy_timeout: float = BUSY_TIMEOUT,
    durable: bool = True,
) -> Engines:
    """Make the engines; nothing is opened yet.

    A lock is waited for `busy_timeout` seconds. `create` allows SQLite to make a new file. Without
    `durable` SQLite never waits for the disk: a crash may damage the file.
    Raises `DatabaseError` if the driver for PostgreSQL is not installed.
    """
    if (file := address.file) is not None:
        opening = partial(connect, file, create=create, busy_timeout=busy_timeout)
        return Engines(
            readers=_sqlite(address.url, opening, _READING, busy_timeout),
            # One at a time can write anyway. Waiting here, threads take turns; waiting for SQLite's
            # lock they sleep, and one may sleep whenever the lock is free until its time is up.
            writers=_sqlite(
                address.url,
                opening,
                _WRITING if durable else _THROWING_AWAY,
                busy_timeout,
                pool_size=1,
                max_overflow=0,
                pool_timeout=busy_timeout,
            ),
            turns=Turns(busy_timeout),
        )
    return Engines(
        readers=_postgresql(address.url, busy_timeout, *_SNAPSHOT),
        writers=_postgresql(address.url, busy_timeout, *_COMMITTED),
    )


def journal_mode(version: tuple[int, int, int]) -> str:
    """Choose how SQLite of that version shall journal: readers go on beside a writer by WAL.

    Before some versions, a log that starts anew may damage the database
    (https://www.sqlite.org/wal.html, "The WAL-Reset Bug").
    """
    mended = version >= (3, 51, 3) or any(
        first <= version < (3, first[1] + 1) for first in ((3, 44, 6), (3, 50, 7))
    )
    return "WAL" if mended else "DELETE"


JOURNAL = journal_mode(sqlite3.sqlite_version_info)


def connect(
    file: Path, *, create: bool = False, busy_timeout: float = BUSY_TIMEOUT
) -> sqlite3.Connection:
    """Connect to a SQLite file, in autocommit mode; raises `sqlite3.OperationalError`."""
    return sqlite3.connect(
        f"{file.absolute().as_uri()}?mode={'rwc' if create else 'rw'}",
        uri=True,
        timeout=busy_timeout,
        # The driver's own BEGIN comes only before the first write: what was read until then may
        # be out of date, and the update that rests on it overwrites another one.
        isolation_level=None,
        check_same_thread=False,
    )


@dataclass(frozen=True, slots=True)
class _Mode:
    """How a connection to SQLite is set up, and whether its transactions write."""

    pragmas: tuple[str, ...]
    writes: bool = True


_READING = _Mode(("synchronous = FULL", "query_only = ON"), writes=False)
_WRITING = _Mode(("synchronous = FULL", f"journal_mode = {JOURNAL}"))
_THROWING_AWAY = _Mode(("synchronous = OFF", "journal_mode = MEMORY"))


def _sqlite(
    url: URL,
    opening: Callable[[], sqlite3.Connection],
    mode: _Mode,
    busy_timeout: float,
    **pool: float,
) -> Engine:
    engine = create_engine(url, creator=opening, **pool)
    event.listen(engine, "connect", partial(_set_up, mode))
    begin = partial(begin_in_turn, busy_timeout=busy_timeout) if mode.writes else _begin_to_read
    event.listen(engine, "begin", begin)
    return engine


def _set_up(mode: _Mode, connection: sqlite3.Connection, _record: object) -> None:
    for pragma in ("foreign_keys = ON", *mode.pragmas):
        connection.execute(f"PRAGMA {pragma}")


def _begin_to_read(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN DEFERRED")


def _postgresql(url: URL, busy_timeout: float, *modes: str) -> Engine:
    ours = [f"lock_timeout={int(busy_timeout * 1000)}", "timezone=UTC", *modes]
    # Ours come last, for the last one counts.
    options = [*url.normalized_query.get("options", ()), *(f"-c {option}" for option in ours)]
    settings: dict[str, Any] = {"options": " ".join(options)}
    if "connect_timeout" not in url.query:
        settings["connect_timeout"] = 10
    try:
        engine = create_engine(
            url,
            connect_args=settings,
            pool_size=4,
            max_overflow=4,
            pool_pre_ping=True,
            pool_timeout=busy_timeout,
        )
    except ModuleNotFoundError as error:
        message = "PostgreSQL needs its driver: pip install 'qualipath[postgres]'"
        raise DatabaseError(message) from error
    event.listen(engine, "connect", _send_arrays_as_they_are)
    return engine


def _send_arrays_as_they_are(connection: Any, _record: object) -> None:
    # Else each becomes a text first: of a mail's content four times as slow, of instants twenty.
    from psycopg.types.array import ListBinaryDumper  # noqa: PLC0415 -- it need not be installed

    connection.adapters.register_dumper(list, ListBinaryDumper)
