"""Keeping a database: made, brought up to date, looked at, copied and brought back."""

from pathlib import Path

from qualipath.storage import backup
from qualipath.storage.database import Database, upgrade


def upgrade_database(url: str) -> None:
    """Create a database, or bring it to this program's schema; raises `DatabaseError`."""
    upgrade(url)


def check_database(url: str) -> str:
    """Make sure that a database can be used, and give its name, which holds no secret.

    Raises `DatabaseError` where it is missing, locked, or of another version.
    """
    database = Database.open(url)
    database.close()
    return database.name


def backup_database(url: str, target: str | Path, *, overwrite: bool = False) -> None:
    """Write a consistent copy of a database in use; raises `InputError` and `DatabaseError`."""
    backup.backup(url, Path(target), overwrite=overwrite)


def restore_database(source: str | Path, url: str, *, force: bool = False) -> None:
    """Make a database what it was when it was copied; `force` replaces what it holds.

    Raises `InputError` and `DatabaseError`; the database is then as before.
    """
    backup.restore(Path(source), url, force=force)
