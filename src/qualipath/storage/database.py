"""One database: opened after a look at its schema, read and written in transactions."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Self

from sqlalchemy import Connection

from qualipath.errors import DatabaseError
from qualipath.storage.engines import BUSY_TIMEOUT, Address, Engines, engines
from qualipath.storage.failures import told_plainly
from qualipath.storage.schema import HEAD, migrate, present_schema, require_head


@dataclass(frozen=True, slots=True)
class Database:
    """An open database; safe to share between threads, not between processes.

    A transaction that fails because of the database (it is locked, read-only, full, away) raises
    `DatabaseError`, and one that PostgreSQL gave up for another's sake raises `ConflictError`.
    Either way nothing was written.
    """

    address: Address
    _engines: Engines = field(repr=False)

    @classmethod
    def open(
        cls,
        url: str,
        *,
        create: bool = False,
        busy_timeout: float = BUSY_TIMEOUT,
        durable: bool = True,
    ) -> Self:
        """Open the database at `url`, whose schema must be this program's.

        `create` makes or upgrades it first. A lock is waited for `busy_timeout` seconds. Without
        `durable` a SQLite file may be damaged by a crash: for what is thrown away anyway.
        Raises `DatabaseError` where it is missing, older, newer, or can't be reached.
        """
        if create:
            upgrade(url, busy_timeout=busy_timeout)
        address = _existing(url)
        database = cls(address, engines(address, busy_timeout=busy_timeout, durable=durable))
        try:
            database.check()
        except BaseException:
            database.close()
            raise
        return database

    @property
    def name(self) -> str:
        """Where the database is, to be shown: without any secret."""
        return self.address.name

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a transaction that sees one state of the database and can't change it."""
        with self._told_plainly(), self._engines.readers.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a transaction that is committed at the end, or rolled back on an error.

        On SQLite it holds the database's one write lock from its first moment. On PostgreSQL it is
        READ COMMITTED: lock the rows that a decision rests on (`with_for_update`).
        Open none while this thread is still reading: it would wait for itself.
        """
        with self._told_plainly(), self._engines.writing() as connection:
            yield connection

    def check(self) -> None:
        """Make sure that the schema is this program's; raises `DatabaseError`."""
        with self.reading() as connection:
            require_head(connection, self.name)

    def close(self) -> None:
        """Close all connections; a later transaction opens new ones."""
        self._engines.close()

    def _told_plainly(self) -> AbstractContextManager[None]:
        return told_plainly(self.name, *self.address.secrets)


def upgrade(url: str, *, busy_timeout: float = BUSY_TIMEOUT) -> None:
    """Create the database's tables or bring them to this program's schema, in one transaction.

    Makes a missing SQLite file. Raises `DatabaseError` where the schema is newer than this program.
    """
    address = _makeable(url)
    opened = engines(address, create=True, busy_timeout=busy_timeout)
    try:
        with told_plainly(address.name, *address.secrets), opened.writers.begin() as connection:
            migrate(connection, address.name)
    finally:
        opened.close()


@dataclass(frozen=True, slots=True)
class SchemaChange:
    """From which schema (None: there is none yet) to which an upgrade brings a database."""

    database: str
    before: str | None
    after: str = HEAD


def pending_upgrade(url: str, *, busy_timeout: float = BUSY_TIMEOUT) -> SchemaChange:
    """Tell what `upgrade` would do, and write nothing; raises `DatabaseError` as it does."""
    address = _makeable(url)
    if address.file is not None and not address.file.exists():
        return SchemaChange(address.name, None)
    opened = engines(address, busy_timeout=busy_timeout)
    try:
        with told_plainly(address.name, *address.secrets), opened.readers.begin() as connection:
            return SchemaChange(address.name, present_schema(connection, address.name))
    finally:
        opened.close()


def _makeable(url: str) -> Address:
    address = Address.parse(url)
    if address.file is not None and not address.file.parent.is_dir():
        message = f"the database {address.name} can't be made: its folder does not exist"
        raise DatabaseError(message)
    return address


def _existing(url: str) -> Address:
    address = Address.parse(url)
    if address.file is not None and not address.file.exists():
        message = f"the database {address.name} does not exist; qualipath db upgrade creates it"
        raise DatabaseError(message)
    return address
