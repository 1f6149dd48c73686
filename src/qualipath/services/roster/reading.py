"""A sheet of people, read: each person's values as the file gives them, checked one by one."""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any, TypeVar

from qualipath.definition.prerequisites import FactValue
from qualipath.definition.spec import AttributeSpec
from qualipath.services.organisations import nearest_organisation
from qualipath.services.sheets import cells
from qualipath.services.sheets.problems import CellError, Problems
from qualipath.services.sheets.reading import Column, Columns, Row

Key = tuple[int, str]
"""Who somebody is: the organisation's id and the personnel number."""

_COLUMNS = (
    Column(
        "number", ("Personalnummer", "Personal-Nr.", "personnel number"), required=True, limit=64
    ),
    Column("given_name", ("Vorname", "Vornamen", "first name"), required=True, limit=200),
    Column("family_name", ("Nachname", "Familienname", "last name"), required=True, limit=200),
    Column("email", ("E-Mail", "E-Mail-Adresse", "Mail", "e-mail address"), limit=320),
    Column("locale", ("Sprache", "language"), limit=16),
    Column("organisation", ("Organisation", "Behörde", "organization"), limit=64),
    Column("supervisor", ("Vorgesetzte/r", "Vorgesetzte", "manager"), limit=129),
    Column("deputy", ("Vertretung", "Stellvertretung", "Vertreter/in"), limit=129),
    Column("absent_from", ("abwesend von", "abwesend ab"), limit=40),
    Column("absent_until", ("abwesend bis",), limit=40),
    Column("hired_on", ("Eintrittsdatum", "Eintritt", "eingestellt am", "hire date"), limit=40),
    Column("experience_since", ("Berufserfahrung seit", "berufstätig seit"), limit=40),
)
NAMES = tuple(column.name for column in _COLUMNS)
_ABSENCE = ("absent_from", "absent_until")
_REFERENCES = ("supervisor", "deputy")
_EARLIEST = date(1940, 1, 1)
_YEARS_AHEAD = 2


def _name(text: str) -> str:
    # Names come again and again: kept once, they take a fifth of the memory.
    return sys.intern(cells.visible(text))


_PARSERS: Mapping[str, Callable[[str], object]] = {
    "given_name": _name,
    "family_name": _name,
    "email": cells.email,
    "locale": cells.locale,
    "absent_from": cells.day,
    "absent_until": cells.day,
    "hired_on": cells.day,
    "experience_since": cells.day,
}


_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Person:
    """One person of the file; `values` and `facts` are in the order of the roster's names.

    `supervisor` and `deputy` are as they are written, empty where nobody is named.
    """

    line: int
    key: Key
    values: tuple[Any, ...]
    facts: tuple[FactValue | None, ...]
    supervisor: str
    deputy: str


@dataclass(frozen=True, slots=True)
class Roster:
    """The people of a file, and which of their values it gives: others stay as they are."""

    fields: tuple[str, ...]
    attributes: tuple[str, ...]
    references: tuple[str, ...]
    at: Mapping[str, int]
    people: list[Person] = field(default_factory=list)
    by_key: dict[Key, int] = field(default_factory=dict)


def columns_of(attributes: Mapping[str, AttributeSpec]) -> Columns:
    """Give the columns of a sheet of people: the common ones and the installation's attributes."""
    own = (Column(key, (spec.title.de, spec.title.en)) for key, spec in attributes.items())
    return Columns(*_COLUMNS, *own)


@dataclass(frozen=True, slots=True)
class Reader:
    """How people are read: into which organisations, with which attributes, on which day."""

    reach: Mapping[str, int]
    organisation: str | None
    attributes: Mapping[str, AttributeSpec]
    today: date
    problems: Problems

    def read(self, rows: Iterable[Row]) -> Roster:
        """Read all rows; what is wrong in them is added to the problems."""
        roster = Roster((), (), (), {})
        for row in rows:
            if not roster.at:
                roster = self._layout(row.at)
            person = self._person(roster, row)
            if person is None:
                continue
            first = roster.by_key.setdefault(person.key, len(roster.people))
            if first < len(roster.people):
                what = (
                    f"the number '{person.key[1]}' is already in line {roster.people[first].line}"
                )
                self.problems.add(row.line, row.at["number"], "number", what, "name each once")
            else:
                roster.people.append(person)
        return roster

    def _layout(self, at: Mapping[str, int]) -> Roster:
        given = {name for name in _PARSERS if name in at}
        # The database takes both or neither, so a file that has one of them speaks of both.
        if given.intersection(_ABSENCE):
            given.update(_ABSENCE)
        return Roster(
            fields=tuple(name for name in _PARSERS if name in given),
            attributes=tuple(name for name in self.attributes if name in at and name not in NAMES),
            references=tuple(name for name in _REFERENCES if name in at),
            at=at,
        )

    def _person(self, roster: Roster, row: Row) -> Person | None:
        number = self._value(row, "number", cells.number)
        organisation_id = self._organisation(row)
        values = {name: self._value(row, name, _PARSERS[name]) for name in roster.fields}
        for name in ("number", "given_name", "family_name"):
            if not row.cells[name]:
                self._add(row, name, "is empty", "every person needs one")
        if "locale" in values:
            values["locale"] = values["locale"] or "de"
        self._check_days(row, values)
        facts = tuple(self._facts(roster, row))
        if not number or organisation_id is None:
            return None
        return Person(
            row.line,
            (organisation_id, sys.intern(number)),
            tuple(values.values()),
            facts,
            sys.intern(row.cells.get("supervisor", "")),
            sys.intern(row.cells.get("deputy", "")),
        )

    def _value(self, row: Row, name: str, parse: Callable[[str], _Value]) -> _Value | None:
        cell = row.cells.get(name)
        if not cell:
            return None
        try:
            return parse(cell)
        except CellError as error:
            self._add(row, name, error.what, error.right)
            return None

    def _facts(self, roster: Roster, row: Row) -> Iterator[FactValue | None]:
        for name in roster.attributes:
            spec = self.attributes[name]
            yield self._value(row, name, partial(cells.attribute, spec))

    def _organisation(self, row: Row) -> int | None:
        written = row.cells.get("organisation") or self.organisation
        if written is None:
            right = "fill in the column 'organisation', or import for one organisation"
            self._add(row, "organisation", "is not named", right)
            return None
        found = self.reach.get(written, self.reach.get(written.casefold()))
        if found is None:
            right = nearest_organisation(written, self.reach)
            self._add(row, "organisation", f"there is no organisation '{written}'", right)
        return found

    def _check_days(self, row: Row, values: Mapping[str, Any]) -> None:
        latest = self.today.year + _YEARS_AHEAD
        for name in ("hired_on", "experience_since"):
            day = values.get(name)
            if day and (day < _EARLIEST or day.year > latest):
                right = f"a day from {_EARLIEST.year} to {latest}"
                self._add(row, name, f"{day.isoformat()} can't be right", right)
        since, until = (values.get(name) for name in _ABSENCE)
        if since and until and since > until:
            what = f"ends before it begins on {since.isoformat()}"
            self._add(row, "absent_until", what, "the last day of the absence, or later")
        elif bool(row.cells.get("absent_from")) != bool(row.cells.get("absent_until")):
            lacks = "absent_until" if row.cells.get("absent_from") else "absent_from"
            self._add(row, lacks, "is empty", "an absence has a first and a last day")

    def _add(self, row: Row, name: str, what: str, right: str) -> None:
        self.problems.add(row.line, row.at.get(name, 0), name, what, right)
