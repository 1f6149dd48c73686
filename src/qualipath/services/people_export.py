"""People written to a file that imports again without a change."""

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any

from sqlalchemy import select

from qualipath.definition.spec import AttributeSpec
from qualipath.services.act import Act
from qualipath.services.permission import only_hr
from qualipath.services.roster.reading import NAMES
from qualipath.services.sheets.export import write_sheet
from qualipath.storage.scope import visible_employees
from qualipath.storage.tables import attribute, employee, organisation

_AT_A_TIME = 2_000


def export_people(act: Act, target: Path, *, attributes: Mapping[str, AttributeSpec]) -> int:
    """Write everybody whom HR may see to a new .csv or .xlsx file, and give their number.

    Cells that a spreadsheet program could take for formulas are made harmless; importing the file
    again changes nobody. Raises `RefusedError` for others than HR, `InputError` for another kind
    of file.
    """
    only_hr(act)
    facts = [key for key in attributes if key not in NAMES]
    return write_sheet(target, [*NAMES, *facts], _rows(act, facts, attributes))


def _rows(
    act: Act, facts: list[str], attributes: Mapping[str, AttributeSpec]
) -> Iterator[list[str]]:
    for _, rows in groupby(_people(act), key=attrgetter("id")):
        same = list(rows)
        person = same[0]
        told = {row.key: _fact(row, attributes[row.key]) for row in same if row.key in attributes}
        cells = {
            **{name: getattr(person, name) for name in NAMES},
            "supervisor": _leader(person, "supervisor"),
            "deputy": _leader(person, "deputy"),
        }
        yield [_cell(cells[name]) for name in NAMES] + [told.get(key, "") for key in facts]


def _people(act: Act) -> Iterator[Any]:
    """Give a row for each attribute of each employee, and one for those who have none."""
    joined = employee.join(organisation, organisation.c.id == employee.c.organisation_id)
    columns: list[Any] = []
    for name in ("supervisor", "deputy"):
        leader, place = employee.alias(name), organisation.alias(f"{name}_organisation")
        joined = joined.outerjoin(leader, leader.c.id == employee.c[f"{name}_id"]).outerjoin(
            place, place.c.id == leader.c.organisation_id
        )
        columns += [leader.c.number.label(name), place.c.key.label(f"{name}_organisation")]
    joined = joined.outerjoin(attribute, attribute.c.employee_id == employee.c.id)
    statement = (
        select(
            employee,
            organisation.c.key.label("organisation"),
            *columns,
            attribute.c.key,
            attribute.c.text,
            attribute.c.number.label("amount"),
            attribute.c.day,
        )
        .select_from(joined)
        .where(visible_employees(act.actor, act.today()))
        .order_by(organisation.c.key, employee.c.number, employee.c.id, attribute.c.key)
        .execution_options(yield_per=_AT_A_TIME)
    )
    yield from act.connection.execute(statement)


def _leader(person: Any, name: str) -> str | None:
    number, place = getattr(person, name), getattr(person, f"{name}_organisation")
    return number if number is None or place == person.organisation else f"{number}@{place}"


def _fact(row: Any, spec: AttributeSpec) -> str:
    if spec.type == "boolean":
        return "yes" if row.amount else "no"
    return _cell(next(v for v in (row.text, row.amount, row.day) if v is not None))


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case date():
            return value.isoformat()
    return str(value)
