"""The employees of a simulation: made up, hired and leaving, and a file that tells of them."""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from random import Random

from qualipath.scenarios.simulation.behaviour import StaffSpec

_TEAM = 12
_GIVEN = ("Ada", "Bela", "Cem", "Dora", "Emil", "Fatma", "Gustav")
_HEADINGS = (
    "number",
    "given_name",
    "family_name",
    "email",
    "supervisor",
    "hired_on",
    "experience_since",
)


@dataclass(frozen=True, slots=True)
class Hired:
    """Somebody made up, with what the rules ask for; only the first one has no supervisor."""

    number: str
    supervisor: str | None
    hired_on: date
    experience_since: date
    degree: bool


@dataclass
class Staff:
    """Everybody who works there; one in twelve supervises those who were hired next.

    The same seed gives the same people. `present` are those who have not left.
    """

    spec: StaffSpec
    seed: int
    hired: int = 0
    present: dict[str, Hired] = field(default_factory=dict)

    def hire(self, count: int, today: date, *, new: bool) -> Sequence[Hired]:
        """Hire so many, today (`new`) or at days in the past."""
        chance = self._chance("hire", today)
        people = [self._somebody(chance, today, new=new) for _ in range(count)]
        self.present.update((person.number, person) for person in people)
        return people

    def leave(self, today: date) -> Sequence[Hired]:
        """Let a year's leavers go, and tell who they were."""
        count = round(len(self.present) * self.spec.turnover)
        leavers = self._chance("leave", today).sample(list(self.present), count)
        return [self.present.pop(number) for number in leavers]

    def draw(self, *event: object) -> Callable[[str], float]:
        """Draw a number from 0 to 1 for everybody, and give it by personnel number.

        It depends on the seed, the event and the person alone: two runs that differ in their seats
        differ by nothing else.
        """
        chance = self._chance(*event)
        drawn = [chance.random() for _ in range(self.hired)]
        return lambda number: drawn[int(number) - 1]

    def chosen(self, numbers: Iterable[str], share: float, *event: object) -> set[str]:
        """Choose a share of people by lot."""
        drawn = self.draw(*event)
        return {number for number in numbers if drawn(number) < share}

    def _chance(self, *event: object) -> Random:
        return Random("/".join(map(str, (self.seed, *event))))  # noqa: S311 -- no secret

    def _somebody(self, chance: Random, today: date, *, new: bool) -> Hired:
        before = self.hired - self.hired % _TEAM
        leader = before + 1 if before != self.hired else before - _TEAM + 1
        self.hired += 1
        longest = (today - self.spec.experience.before(today)).days
        since = today - timedelta(days=chance.randint(0, longest))
        here = 0 if new else chance.randint(0, (today - since).days)
        return Hired(
            number=_number(self.hired),
            supervisor=_number(leader) if leader > 0 else None,
            hired_on=today - timedelta(days=here),
            experience_since=since,
            degree=chance.random() < self.spec.degree,
        )


def write_people(file: Path, people: Sequence[Hired]) -> None:
    """Write a file of people as an import takes it."""
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=";")
        writer.writerow(_HEADINGS)
        writer.writerows(_rows(people))


def _rows(people: Sequence[Hired]) -> Iterator[tuple[str, ...]]:
    for person in people:
        yield (
            person.number,
            _GIVEN[int(person.number) % len(_GIVEN)],
            f"Beispiel {person.number}",
            f"p{person.number}@stadt.example",
            person.supervisor or "",
            person.hired_on.isoformat(),
            person.experience_since.isoformat(),
        )


def _number(n: int) -> str:
    return f"{n:07}"
