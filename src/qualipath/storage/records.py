"""Reading what is known of employees: domain records, for one or for 100,000 at once."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, ScalarSelect, Select, func, select

from qualipath.definition.prerequisites import FactValue, Kind
from qualipath.definition.spec import AttributeSpec
from qualipath.domain.record import Held, Record
from qualipath.errors import NotFoundError
from qualipath.storage.batches import among, ids
from qualipath.storage.tables import (
    attribute,
    credential,
    employee,
    organisation,
    organisation_reach,
)

Attributes = Mapping[str, AttributeSpec]

_KINDS: Mapping[str, Kind] = {kind.value: kind for kind in Kind}


def load_records(
    connection: Connection, employee_ids: Sequence[int], attributes: Attributes
) -> dict[int, Record]:
    """Give the records of these employees by id, in four statements however many they are.

    Facts have the types that `attributes` gives them; a value of another type is left out, one
    that `attributes` does not name comes as it is stored. Unknown ids are left out.
    """
    dialect = connection.dialect.name
    rows = connection.execute(_select_employees(dialect), ids(dialect, employee_ids)).all()
    organisations = load_organisations(connection, {row.organisation_id for row in rows})
    facts = _facts(connection, employee_ids, attributes)
    credentials = _credentials(connection, employee_ids)
    return {
        row.id: Record(
            number=row.number,
            organisations=organisations[row.organisation_id],
            hired_on=row.hired_on,
            experience_since=row.experience_since,
            facts=facts.get(row.id, {}),
            credentials=tuple(credentials.get(row.id, ())),
        )
        for row in rows
    }


def load_record(connection: Connection, employee_id: int, attributes: Attributes) -> Record:
    """Give the record of one employee; raises `NotFoundError` if there is none of this id."""
    records = load_records(connection, [employee_id], attributes)
    if employee_id not in records:
        raise NotFoundError(f"there is no employee with the id {employee_id}")
    return records[employee_id]


def depth_of_the_upper() -> ScalarSelect[int]:
    """Count how deep the upper one of a row of `organisation_reach` lies.

    The more organisations stand above one, the deeper it lies.
    """
    higher = organisation_reach.alias("higher")
    return (
        select(func.count())
        .where(higher.c.organisation_id == organisation_reach.c.above_id)
        .correlate(organisation_reach)
        .scalar_subquery()
    )


# Each statement is built once for each database: building costs more than running it for one.


@cache
def _select_employees(dialect: str) -> Select[Any]:
    return select(
        employee.c.id,
        employee.c.number,
        employee.c.organisation_id,
        employee.c.hired_on,
        employee.c.experience_since,
    ).where(among(employee.c.id, dialect))


@cache
def _select_organisations(dialect: str) -> Select[Any]:
    reach = organisation_reach
    return (
        select(reach.c.organisation_id, organisation.c.key)
        .join(organisation, organisation.c.id == reach.c.above_id)
        .where(among(reach.c.organisation_id, dialect))
        .order_by(depth_of_the_upper().desc())
    )


@cache
def _select_facts(dialect: str) -> Select[Any]:
    return select(attribute).where(among(attribute.c.employee_id, dialect))


@cache
def _select_credentials(dialect: str) -> Select[Any]:
    return (
        select(
            credential.c.employee_id,
            credential.c.key,
            credential.c.kind,
            credential.c.awarded_on,
            credential.c.running_until,
            credential.c.valid_until,
            credential.c.revoked_at.is_not(None),
            credential.c.grade,
            credential.c.scale,
            credential.c.credits,
        )
        .where(among(credential.c.employee_id, dialect))
        .order_by(credential.c.id)
    )


def load_organisations(connection: Connection, of: Iterable[int]) -> dict[int, tuple[str, ...]]:
    """Give for each organisation (by id) its key and those of all above it, the nearest first."""
    dialect = connection.dialect.name
    keys: defaultdict[int, tuple[str, ...]] = defaultdict(tuple)
    for id_, key in connection.execute(_select_organisations(dialect), ids(dialect, of)):
        keys[id_] += (key,)
    return keys


def _facts(
    connection: Connection, employee_ids: Sequence[int], attributes: Attributes
) -> dict[int, dict[str, FactValue]]:
    dialect = connection.dialect.name
    facts: defaultdict[int, dict[str, FactValue]] = defaultdict(dict)
    for row in connection.execute(_select_facts(dialect), ids(dialect, employee_ids)):
        value = _typed(row, attributes.get(row.key))
        if value is not None:
            facts[row.employee_id][row.key] = value
    return facts


def _typed(row: Row[Any], spec: AttributeSpec | None) -> FactValue | None:
    if spec is None:
        stored: tuple[str | int | date | None, ...] = (row.text, row.number, row.day)
        return next((value for value in stored if value is not None), None)
    number: int | None = row.number
    match spec.type:
        case "text":
            return str(row.text) if row.text is not None else None
        case "integer":
            return number
        case "boolean":
            return bool(number) if number in {0, 1} else None
        case "date":
            day: date | None = row.day
            return day


def _credentials(connection: Connection, employee_ids: Sequence[int]) -> dict[int, list[Held]]:
    dialect = connection.dialect.name
    rows = connection.execute(_select_credentials(dialect), ids(dialect, employee_ids))
    held: defaultdict[int, list[Held]] = defaultdict(list)
    for employee_id, key, kind, *rest in rows:
        held[employee_id].append(Held(key, _KINDS[kind], *rest))
    return held
