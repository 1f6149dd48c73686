"""Who plays in Duisburg's story, as the administration's own files name them."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType

from qualipath.scenarios.folder import write

PEOPLE = "people.csv"
RESULTS = ("results_2021-07.csv", "results_2022-03.csv")
SHEETS = (PEOPLE, *RESULTS)
"""The files that the story reads: HR's people, and the university's two lists of results."""


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody of the city; those without a supervisor are the five who supervise the others."""

    number: str
    name: str
    department: str
    supervisor: str | None


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody by personnel number, and who applied to which course.

    36 employees take part; their five supervisors do not.
    """

    people: Mapping[str, Colleague]
    applicants: Mapping[str, tuple[str, ...]]

    @property
    def participants(self) -> tuple[Colleague, ...]:
        """Those who take part, by number."""
        return tuple(person for person in self.people.values() if person.supervisor)

    def name(self, number: str) -> str:
        """Give somebody's name."""
        return self.people[number].name


def read_cast() -> Cast:
    """Read the people and their applications from the package's files."""
    people = {
        row["number"]: Colleague(
            row["number"],
            f"{row['given_name']} {row['family_name']}",
            row["department"],
            row["supervisor"] or None,
        )
        for row in _rows(PEOPLE)
    }
    applicants: dict[str, tuple[str, ...]] = {}
    for row in _rows("applications.csv"):
        applicants[row["course"]] = (*applicants.get(row["course"], ()), row["number"])
    return Cast(MappingProxyType(people), MappingProxyType(applicants))


def copy_sheets(folder: Path) -> tuple[Path, ...]:
    """Copy the files that the story reads into a folder, where people can look at them."""
    for name in SHEETS:
        write(folder / name, _text(name))
    return tuple(folder / name for name in SHEETS)


def _rows(name: str) -> Iterator[dict[str, str]]:
    yield from csv.DictReader(_text(name).splitlines())


def _text(name: str) -> str:
    return (files(__package__) / name).read_text(encoding="utf-8")
