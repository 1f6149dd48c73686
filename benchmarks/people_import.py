"""Measure the import of 100,000 people: new, unchanged, and checked only; time and memory.

Run `python -m benchmarks.people_import [ROWS]`. The floor is the same file read by `csv` and
written by `sqlite3`: the people, then their supervisors, and a history row each.
"""

import csv
import random
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from qualipath.definition.spec import AttributeSpec, Role
from qualipath.definition.values import Text
from qualipath.domain.actor import Actor
from qualipath.services.act import Act
from qualipath.services.library import Library
from qualipath.services.organisations import add_organisation
from qualipath.services.people import ImportReport, import_people
from qualipath.services.people_export import export_people
from qualipath.storage.database import Database

NOW = datetime(2026, 7, 1, 8, tzinfo=UTC)
HEADINGS = (
    "number",
    "given_name",
    "family_name",
    "email",
    "supervisor",
    "hired_on",
    "department",
    "pay_grade",
)
ATTRIBUTES = {
    "department": AttributeSpec(title=Text(de="Amt", en="Department"), type="text"),
    "pay_grade": AttributeSpec(title=Text(de="Entgeltgruppe", en="Pay grade"), type="integer"),
}


def write_people(path: Path, rows: int) -> None:
    chance = random.Random(4711)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(HEADINGS)
        for n in range(rows):
            given = chance.choice(("Anna", "Bülent", "Çiğdem", "Dörte", "Emil", "Fatma"))
            family = f"{chance.choice(('Muster', 'Beispiel', 'Probe'))}{n % 997}"
            leader = str(100_000 + (n - 1) // 12) if n else ""
            hired = f"{chance.randint(1985, 2025)}-{chance.randint(1, 12):02}-01"
            mail = f"p{n}@stadt.example"
            cells = (100_000 + n, given, family, mail, leader, hired)
            writer.writerow((*cells, f"Amt {n % 60}", chance.randint(5, 15)))


def floor(source: Path, database: Path) -> None:
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA synchronous=FULL")
    connection.executescript(
        "CREATE TABLE employee (id INTEGER PRIMARY KEY, number TEXT, given TEXT, family TEXT,"
        " email TEXT, supervisor_id INTEGER, hired_on TEXT);"
        "CREATE UNIQUE INDEX by_number ON employee (number);"
        "CREATE TABLE attribute (employee_id INTEGER, key TEXT, text TEXT, number INTEGER,"
        " PRIMARY KEY (employee_id, key));"
        "CREATE TABLE history (id INTEGER PRIMARY KEY, employee_id INTEGER, trigger TEXT, at TEXT);"
    )
    ids: dict[str, int] = {}
    leaders: list[tuple[str, str]] = []
    with connection, source.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file, delimiter=";")
        next(reader)
        for number, given, family, email, leader, hired, department, pay in reader:
            id_ = connection.execute(
                "INSERT INTO employee (number, given, family, email, hired_on) VALUES (?,?,?,?,?)",
                (number, given, family, email, hired),
            ).lastrowid
            assert id_ is not None
            ids[number] = id_
            leaders.append((number, leader))
            connection.executemany(
                "INSERT INTO attribute VALUES (?,?,?,?)",
                ((id_, "department", department, None), (id_, "pay_grade", None, int(pay))),
            )
            connection.execute(
                "INSERT INTO history (employee_id, trigger, at) VALUES (?,?,?)",
                (id_, "import", NOW.isoformat()),
            )
        for number, leader in leaders:
            connection.execute(
                "UPDATE employee SET supervisor_id = ? WHERE id = ?",
                (ids.get(leader), ids[number]),
            )
    connection.close()


def timed(name: str, run: Callable[[], object]) -> float:
    start = time.perf_counter()
    told = run()
    took = time.perf_counter() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{name:<12} {took:6.2f} s   most memory so far {memory} MB   {told or ''}")
    return took


def measure(database: Database, source: Path, folder: Path) -> float:
    def act(connection: object) -> Act:
        hr = Actor(Role.HR, "k.muster", "stadt")
        return Act(connection, hr, NOW, NOW, Library())  # type: ignore[arg-type]

    def run(path: Path, *, dry_run: bool = False) -> ImportReport:
        with database.writing() as connection:
            return import_people(act(connection), path, attributes=ATTRIBUTES, dry_run=dry_run)

    def export() -> int:
        with database.reading() as connection:
            return export_people(act(connection), folder / "again.csv", attributes=ATTRIBUTES)

    with database.writing() as connection:
        add_organisation(act(connection), "stadt", "Stadt")
    timed("checked", lambda: run(source, dry_run=True))
    took = timed("new", lambda: run(source))
    timed("unchanged", lambda: run(source))
    timed("exported", export)
    timed("round trip", lambda: run(folder / "again.csv"))
    return took


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = folder / "people.csv"
        write_people(source, rows)
        url = sys.argv[2] if len(sys.argv) > 2 else f"sqlite:///{folder / 'qualipath.db'}"
        database = Database.open(url, create=True)
        took = measure(database, source, folder)
        database.close()
        least = timed("floor", lambda: floor(source, folder / "floor.db"))
        print(f"{rows:,} people: {took / least:.2f} × the floor (SQLite)")


if __name__ == "__main__":
    main()
