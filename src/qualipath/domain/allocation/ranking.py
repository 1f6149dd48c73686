"""The allocation itself: everybody's rank, and who of them gets a seat."""

from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Literal, NamedTuple

from qualipath.definition.intakes import IntakeSpec
from qualipath.domain.allocation.applicant import Applicant
from qualipath.domain.allocation.measures import LOT, QUOTA, Measure, measures_of
from qualipath.domain.allocation.room import Room, home_of

Outcome = Literal["seat", "waiting", "refused"]
"""What an allocation decides; refused is who failed the prerequisites before it."""


# A tuple: there is one for each applicant, and a frozen dataclass takes twice as long to make.
class Ranked(NamedTuple):
    """One applicant's rank and outcome.

    `home` is the organisation of theirs that seats are kept for, and `kept` says that they come
    first for one of those. `decided_by` names the criterion by which they stand behind the rank
    before; the first has none.
    """

    applicant: Applicant
    rank: int
    outcome: Outcome
    home: str | None
    kept: bool
    decided_by: str | None
    measures: tuple[Measure, ...]

    @property
    def enrolment_id(self) -> int:
        """The enrolment that applied."""
        return self.applicant.enrolment_id

    def basis(self) -> dict[str, Any]:
        """Give what the rank rests on, ready for JSON; `explain` tells it in words.

        Made on demand, for it is larger than all the rest; the criteria stand in their order.
        """
        return {
            "criteria": {measure.name: measure.value(self.applicant) for measure in self.measures},
            "kept": self.kept,
            "decided_by": self.decided_by,
        }


def allocate(
    applicants: Sequence[Applicant],
    spec: IntakeSpec,
    *,
    seats: int,
    taken: Mapping[str | None, int],
    pooled: bool,
    seed: int,
    ascending: Container[str] = (),
) -> tuple[Ranked, ...]:
    """Rank all who may be admitted, from 1 without gaps, and give the free seats to the first.

    The same applicants and seed give the same result, in whatever order they come. Criteria count
    as the policy orders them. Those who come first, by all the others, among the people of an
    organisation that seats are kept for, as many as it has kept seats left, meet the criterion
    `quota`. Seats are then given by rank, to everybody whom `Room` has one for. `seats` and
    `taken`, by home, are the intake's as in `Room`; `ascending` names the tiers on whose scale a
    higher grade is better.
    """
    room = Room(seats, spec.quota, taken, pooled=pooled)
    homes = [home_of(applicant.organisations, spec.quota) for applicant in applicants]
    measures = measures_of(spec, seed=seed, ascending=ascending, pooled=pooled)
    names = [measure.name for measure in measures]
    columns: list[list[Any]] = [list(map(measure.key, applicants)) for measure in measures]
    # Behind the lot, so that even equal lots have an order.
    columns.append([applicant.enrolment_id for applicant in applicants])
    order, keys = _ordered(columns)
    kept = [False] * len(applicants)
    for index in _first_of_each_home(order, homes, room):
        kept[index] = True
    if QUOTA in names:
        columns[names.index(QUOTA)] = [not first for first in kept]
        order, keys = _ordered(columns)
    return tuple(
        Ranked(
            applicants[index],
            rank,
            _outcome(room, homes[index]),
            homes[index],
            kept[index],
            decided_by,
            measures,
        )
        for rank, (index, decided_by) in enumerate(
            zip(order, _decided(order, keys, names), strict=True), start=1
        )
    )


def _ordered(columns: Sequence[Sequence[Any]]) -> tuple[list[int], list[tuple[Any, ...]]]:
    """Give the positions in the order of their keys, and the keys: a value of each column."""
    keys = list(zip(*columns, strict=True))
    return sorted(range(len(keys)), key=keys.__getitem__), keys


def _first_of_each_home(
    order: Sequence[int], homes: Sequence[str | None], room: Room
) -> Iterator[int]:
    met: Counter[str | None] = Counter()
    for index in order:
        home = homes[index]
        if met[home] < room.kept(home):
            met[home] += 1
            yield index


def _outcome(room: Room, home: str | None) -> Outcome:
    if not room.has_for(home):
        return "waiting"
    room.take(home)
    return "seat"


def _decided(
    order: Sequence[int], keys: Sequence[tuple[Any, ...]], names: Sequence[str]
) -> Iterator[str | None]:
    # What decides between equal lots is part of the lot.
    names = (*names, LOT)
    if order:
        yield None
    for before, behind in pairwise(order):
        for name, theirs, mine in zip(names, keys[before], keys[behind], strict=True):
            if mine != theirs:
                yield name
                break
