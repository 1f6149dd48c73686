"""Writing domain records into a database, so that SQL can be asked about them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, insert

from qualipath.definition.prerequisites import FactValue
from qualipath.domain.record import Record
from qualipath.storage import tables
from tests.strategies import ORGANISATIONS, above

_IDS = {key: n for n, key in enumerate(ORGANISATIONS, start=1)}


def store_organisations(connection: Connection) -> None:
    """Write the organisations of `tests.strategies`, and which stands above which."""
    connection.execute(
        insert(tables.organisation),
        [
            {"id": _IDS[key], "key": key, "title": key, "parent_id": higher and _IDS[higher]}
            for key, higher in ORGANISATIONS.items()
        ],
    )
    connection.execute(
        insert(tables.organisation_reach),
        [
            {"above_id": _IDS[higher], "organisation_id": _IDS[key]}
            for key in ORGANISATIONS
            for higher in above(key)
        ],
    )


def store(connection: Connection, records: Sequence[Record]) -> dict[int, Record]:
    """Write the records of employees; gives them by the employees' ids."""
    stored = dict(enumerate(records, start=1))
    employees = [
        {
            "id": id_,
            "number": record.number if len(records) == 1 else f"{record.number}-{id_}",
            "organisation_id": _IDS[record.organisations[0]],
            "given_name": "Erika",
            "family_name": "Muster",
            "hired_on": record.hired_on,
            "experience_since": record.experience_since,
        }
        for id_, record in stored.items()
    ]
    connection.execute(insert(tables.employee), employees)
    facts = [
        {"employee_id": id_, "key": key} | _columns(value)
        for id_, record in stored.items()
        for key, value in record.facts.items()
    ]
    if facts:
        connection.execute(insert(tables.attribute), facts)
    credentials = [
        {
            "employee_id": id_,
            "kind": held.kind.value,
            "key": held.key,
            "awarded_on": held.awarded_on,
            "running_until": held.running_until,
            "valid_until": held.valid_until,
            "revoked_at": datetime(2026, 1, 1, tzinfo=UTC) if held.revoked else None,
            "grade": held.grade,
            "scale": held.scale,
            "credits": held.credits,
        }
        for id_, record in stored.items()
        for held in record.credentials
    ]
    if credentials:
        connection.execute(insert(tables.credential), credentials)
    return stored


def _columns(value: FactValue) -> dict[str, Any]:
    columns: dict[str, Any] = dict.fromkeys(("text", "number", "day"))
    match value:
        case str():
            columns["text"] = value
        case int():
            columns["number"] = int(value)
        case _:
            columns["day"] = value
    return columns
