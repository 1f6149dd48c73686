"""What a driver's error means to the people who use the database, in one line."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc

from qualipath.errors import ConflictError, DatabaseError, InputError, QualipathError

# https://www.sqlite.org/rescode.html
_SQLITE = {
    sqlite3.SQLITE_BUSY: "is locked: somebody else is writing for too long; try again",
    sqlite3.SQLITE_LOCKED: "is locked: somebody else is writing for too long; try again",
    sqlite3.SQLITE_READONLY: "is read-only here",
    sqlite3.SQLITE_CANTOPEN: "can't be opened; look at the file's and its folder's permissions",
    sqlite3.SQLITE_PERM: "can't be opened; look at the file's and its folder's permissions",
    sqlite3.SQLITE_NOTADB: "is not a SQLite database",
    sqlite3.SQLITE_CORRUPT: "is damaged; restore a backup (qualipath db restore)",
    sqlite3.SQLITE_FULL: "can't grow: the disk is full",
    sqlite3.SQLITE_IOERR: "can't be read or written: the disk fails or is full",
}

# https://www.postgresql.org/docs/current/errcodes-appendix.html: a whole code, or its class.
_POSTGRESQL = {
    "25006": "is read-only here",
    "28": "lets nobody in with this user and password",
    "3D000": "does not exist; create it first (createdb)",
    "42501": "does not allow this user to do that",
    "53100": "can't grow: the disk is full",
    "53300": "has too many connections; try again",
    "55P03": "is locked: somebody else is writing for too long; try again",
    "57P": "is shutting down or starting; try again",
    "58": "can't be read or written: its disk fails",
    "XX001": "is damaged; restore a backup (qualipath db restore)",
    "XX002": "is damaged; restore a backup (qualipath db restore)",
}
_OVERTAKEN = ("40001", "40P01")


def primary_code(error: sqlite3.Error) -> int:
    """Give SQLite's code without what extends it."""
    # Errors that the driver itself raises carry no code.
    code: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    return code & 0xFF


def complaint(error: BaseException | None, name: str) -> QualipathError | None:
    """Tell a driver's error as one of ours; None where it is none that people could act upon.

    `name` names the database without any secret.
    """
    if isinstance(error, sqlite3.Error):
        told = _SQLITE.get(primary_code(error))
        return DatabaseError(f"the database {name} {told}") if told else None
    state = getattr(error, "sqlstate", None)
    if state in _OVERTAKEN:
        return ConflictError("somebody else changed the same thing first; try again")
    if state is None:
        return None
    for length in (5, 3, 2):
        if told := _POSTGRESQL.get(state[:length]):
            return DatabaseError(f"the database {name} {told}")
    return None


def is_duplicate(error: exc.IntegrityError) -> bool:
    """Tell whether a row was refused because another one has its unique key."""
    duplicates = ("23505", "SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY")
    told = (getattr(error.orig, name, None) for name in ("sqlstate", "sqlite_errorname"))
    return any(code in duplicates for code in told)


@contextmanager
def told_plainly(name: str, *secrets: str) -> Iterator[None]:
    """Turn what went wrong with the database inside into `DatabaseError`.

    A value that the database has no room for becomes `InputError`. What breaks the tables' own
    rules, and mistakes in a statement, pass as they are. `secrets` are blotted out of whatever the
    driver says about a connection.
    """
    try:
        yield
    except exc.TimeoutError as error:
        message = f"the database {name} is too busy: others work with it for too long; try again"
        raise DatabaseError(message) from error
    except (UnicodeEncodeError, OverflowError, exc.DataError) as error:
        # SQLite's driver raises this of integers beyond 64 bits; of days it is a mistake of ours.
        if isinstance(error, OverflowError) and "SQLite" not in str(error):
            raise
        message = "a value can't be kept: too long, too large, or with a character that is no text"
        raise InputError(message) from error
    except exc.DBAPIError as error:
        if told := complaint(error.orig, name):
            raise told from error
        # Without a code there was no answer: nobody listens, or the connection broke.
        if _has_no_answer(error):
            said = " ".join(str(error.orig).split())
            for secret in filter(None, secrets):
                said = said.replace(secret, "***")
            message = f"the database {name} can't be reached: {said}"
            raise DatabaseError(message) from error
        raise


def _has_no_answer(error: exc.DBAPIError) -> bool:
    if error.orig is None or getattr(error.orig, "sqlstate", "") is not None:
        return False
    # What follows the ? of a URL is the driver's, which knows its options.
    refused = "invalid connection option" in str(error.orig)
    return refused or isinstance(error, exc.OperationalError)
