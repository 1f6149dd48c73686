"""Keeping a database: made, brought up to date, looked at, copied and brought back."""

from pathlib import Path

from qualipath.storage import backup
from qualipath.storage.database import Database, SchemaChange, pending_upgrade, upgrade


def upgrade_database(url: str, *, dry_run: bool = False) -> SchemaChange:
    """Create a database, or bring it to this program's schema, and tell which one it had before.

    With `dry_run` nothing is written. Raises `DatabaseError`.
    """
    change = pending_upgrade(url)
    if not dry_run:
        upgrade(url)
    return change


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


def restore_database(
    source: str | Path, url: str, *, force: bool = False, dry_run: bool = False
) -> None:
    """Make a database what it was when it was copied; `force` replaces what it holds.

    With `dry_run` it only makes sure that this could be done. Raises `InputError` and
    `DatabaseError`; the database is then as before.
    """
    backup.restore(Path(source), url, force=force, dry_run=dry_run)
