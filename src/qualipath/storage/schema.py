"""The schema's version: what this program needs, what a database has, and the way forward."""

import re
import threading
from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from qualipath.errors import DatabaseError

HEAD = "0002"
"""The newest migration, which this program needs."""

# Any number will do, if only all programs take the same.
_UPGRADING = 7_361_746_001
_one_at_a_time = threading.Lock()


def require_head(connection: Connection, name: str) -> None:
    """Make sure, by one statement, that the schema is the one that this program needs.

    Raises `DatabaseError` where it is older, newer, or not there at all; `name` names the database.
    """
    try:
        found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    except (OperationalError, ProgrammingError) as error:
        if not _says_no_table(error):
            raise
        found = None
    if found is None:
        message = f"the database {name} is not set up yet: run qualipath db upgrade"
        raise DatabaseError(message)
    _refuse_newer(found, name)
    if found != HEAD:
        message = (
            f"the database {name} has the older schema {found}, this program needs {HEAD}: "
            "run qualipath db upgrade"
        )
        raise DatabaseError(message)


def migrate(connection: Connection, name: str) -> None:
    """Bring the schema to `HEAD` within the connection's transaction, from nothing if need be.

    Several programs may do so at once: the first one works, the others wait and find it done.
    Raises `DatabaseError` where the schema is newer, or the tables have no version.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADING})
    if present_schema(connection, name) != HEAD:
        _run_migrations(connection)


def present_schema(connection: Connection, name: str) -> str | None:
    """Give the schema from which a database can go to `HEAD`: None where there is none yet.

    Raises `DatabaseError` where the schema is newer, or the tables have no version.
    """
    tables = inspect(connection)
    if tables.has_table("alembic_version"):
        found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        if found is not None:
            _refuse_newer(found, name)
        return found
    if tables.has_table("enrolment"):
        message = (
            f"the database {name} has tables, but not their version: "
            "it was not made by qualipath db upgrade; start with an empty one"
        )
        raise DatabaseError(message)
    return None


def _run_migrations(connection: Connection) -> None:
    # Loaded here alone: whoever only opens a database need not wait for Alembic.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config(attributes={"connection": connection})
    folder = str(Path(__file__).parent / "migrations")
    config.set_main_option("script_location", folder.replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    # Alembic keeps what it works on in global names.
    with _one_at_a_time:
        command.upgrade(config, "head")


def _refuse_newer(found: str, name: str) -> None:
    if not re.fullmatch(r"\d{4}", found) or found > HEAD:
        message = (
            f"the database {name} has the schema {found}, which is newer than this program's "
            f"{HEAD}: install the newer qualipath"
        )
        raise DatabaseError(message)


def _says_no_table(error: OperationalError | ProgrammingError) -> bool:
    undefined_table = "42P01"
    return getattr(error.orig, "sqlstate", None) == undefined_table or "no such table" in str(
        error.orig
    )
