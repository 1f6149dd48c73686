"""Compare a checked roster with the database: who is new, and what differs for the others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection, Integer, String, select

from qualipath.services.roster.checks import Leaders
from qualipath.services.roster.reading import Key, Person, Roster
from qualipath.storage.batches import Batch, among, ids
from qualipath.storage.tables import attribute, employee

Fact = str | int | date
_KEYS = Batch("asked", organisation_id=Integer(), number=String())


@dataclass(frozen=True, slots=True)
class Difference:
    """One person's columns as the file has them, and what of that is new.

    `names` are the changed fields and attributes; `facts` the changed attributes' values, None for
    one that is no longer known.
    """

    id: int
    created: bool
    names: tuple[str, ...]
    columns: Mapping[str, Any]
    facts: Mapping[str, Fact | None]


@dataclass(frozen=True, slots=True)
class _Standing:
    id: int | None = None
    columns: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Fact] = field(default_factory=dict)
    hired_on: date | None = None


class Comparison:
    """Compares a roster's people with the database, a batch at a time."""

    def __init__(self, connection: Connection, roster: Roster, leaders: Leaders) -> None:
        self._connection = connection
        self._dialect = connection.dialect.name
        self._roster = roster
        self._leaders = leaders
        keys = _KEYS.table(self._dialect).c
        self._asked = (
            employee.c.organisation_id == keys.organisation_id,
            employee.c.number == keys.number,
        )

    def unknown(self, people: Sequence[Person]) -> list[Person]:
        """Give those whom the database does not know yet."""
        rows = self._connection.execute(
            select(employee.c.organisation_id, employee.c.number).where(*self._asked),
            _KEYS.parameters(self._dialect, [person.key for person in people]),
        )
        known = {(row.organisation_id, row.number) for row in rows}
        return [person for person in people if person.key not in known]

    def differences(self, people: Sequence[Person], created: Mapping[Key, int]) -> list[Difference]:
        """Give what differs for those people; `created` has the ids of those just made known."""
        standing = self._standing([p.key for p in people if p.key not in created])
        compared = (
            self._difference(person, standing.get(person.key, _Standing()), created)
            for person in people
        )
        return [difference for difference in compared if difference.names]

    def _difference(
        self, person: Person, before: _Standing, created: Mapping[Key, int]
    ) -> Difference:
        columns = new_columns(self._roster, person, before.hired_on)
        for reference in self._roster.references:
            leader = self._leaders.of(person, reference)
            columns[f"{reference}_id"] = leader and (
                created.get(leader) or self._leaders.ids[leader]
            )
        facts = {
            key: int(fact) if isinstance(fact, bool) else fact
            for key, fact in zip(self._roster.attributes, person.facts, strict=True)
        }
        changed = {key: fact for key, fact in facts.items() if before.facts.get(key) != fact}
        names = [key for key, value in columns.items() if before.columns.get(key) != value]
        return Difference(
            id=created[person.key] if before.id is None else before.id,
            created=before.id is None,
            names=(*(name.removesuffix("_id") for name in names), *changed),
            columns=columns,
            facts=changed,
        )

    def _standing(self, keys: Sequence[Key]) -> Mapping[Key, _Standing]:
        found = self._connection.execute(
            select(employee).where(*self._asked), _KEYS.parameters(self._dialect, keys)
        )
        rows = [dict(row) for row in found.mappings()]
        facts = self._facts([row["id"] for row in rows])
        return {
            (row["organisation_id"], row["number"]): _Standing(
                row["id"], row, facts.get(row["id"], {}), row["hired_on"]
            )
            for row in rows
        }

    def _facts(self, people: Sequence[int]) -> Mapping[int, Mapping[str, Fact]]:
        found: dict[int, dict[str, Fact]] = {}
        if not self._roster.attributes:
            return found
        statement = select(attribute).where(
            among(attribute.c.employee_id, self._dialect),
            attribute.c.key.in_(self._roster.attributes),
        )
        for row in self._connection.execute(statement, ids(self._dialect, people)):
            value = next(v for v in (row.text, row.number, row.day) if v is not None)
            found.setdefault(row.employee_id, {})[row.key] = value
        return found


def new_columns(roster: Roster, person: Person, hired_on: date | None) -> dict[str, Any]:
    """Give a person's columns but the leaders; experience begins, if not stated, when hired."""
    columns = dict(zip(roster.fields, person.values, strict=True))
    if "experience_since" in columns and columns["experience_since"] is None:
        columns["experience_since"] = columns.get("hired_on", hired_on)
    return columns
