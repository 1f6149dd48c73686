"""Print what qualipath costs, as ratios to a floor measured in the same run: `make bench`.

`python -m benchmarks [LOAD...] [NUMBER]` runs the named loads, or all, at their full size, or with
that many people instead.
"""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence

from benchmarks import (
    allocation,
    delivery,
    invitations,
    machine,
    mails,
    moves,
    questions,
    simulation,
    ticks,
)
from benchmarks.installation import postgresql_server, sqlite_file
from benchmarks.slices import Duration, Ratio

Measured = Ratio | Duration
Size = int | None


def main(loads: Sequence[str], size: Size = None) -> None:
    """Run the loads, or all of them."""
    for load in loads or LOADS:
        for measured in LOADS[load](size):
            print(measured, flush=True)


def _move(size: Size) -> Iterator[Measured]:
    people = size or moves.PEOPLE
    with sqlite_file() as place:
        yield moves.one_by_one(place, 1.5, people)
        yield moves.one_commit(place, 1.0, people)
    with postgresql_server() as place:
        yield moves.one_by_one(place, 1.3, people)
        yield moves.one_commit(place, 0.2, people)
    with sqlite_file("WAL", "NORMAL") as place:
        yield moves.one_by_one(place, 3.0, people)


def _ask(size: Size) -> Iterator[Measured]:
    for place_of in (sqlite_file, postgresql_server):
        with place_of() as place:
            yield questions.eligible(place, 1.5, size or questions.PEOPLE)


def _invite(size: Size) -> Iterator[Measured]:
    for place_of in (sqlite_file, postgresql_server):
        with place_of() as place:
            yield invitations.invitations(place, 1.5, size or invitations.PEOPLE)


def _allocate(size: Size) -> Iterator[Measured]:
    for place_of in (sqlite_file, postgresql_server):
        with place_of() as place:
            yield from allocation.allocation(place, 4.0, size or allocation.PEOPLE)


def _quiet(size: Size) -> Iterator[Measured]:
    people = size or ticks.PEOPLE
    for place_of in (sqlite_file, postgresql_server):
        with place_of() as place:
            yield ticks.quiet(place, 5.0, people, min(people, ticks.INTAKES))


def _busy(size: Size) -> Iterator[Measured]:
    for place_of in (sqlite_file, postgresql_server):
        with place_of() as place:
            yield ticks.busy(place, 1.5, size or ticks.DEADLINES)


def _decide(_size: Size) -> Iterator[Measured]:
    machine.run()
    yield from ()


def _compose(size: Size) -> Iterator[Measured]:
    yield mails.composing(6.0, size or mails.MAILS)


def _deliver(size: Size) -> Iterator[Measured]:
    for place_of in (sqlite_file, postgresql_server):
        with place_of() as place:
            yield from delivery.delivery(place, None, size or delivery.MAILS)


def _simulate(size: Size) -> Iterator[Measured]:
    yield from simulation.ten_years(employees=size or simulation.EMPLOYEES)


LOADS: Mapping[str, Callable[[Size], Iterator[Measured]]] = {
    "move": _move,
    "eligible": _ask,
    "invite": _invite,
    "allocate": _allocate,
    "quiet": _quiet,
    "busy": _busy,
    "machine": _decide,
    "compose": _compose,
    "deliver": _deliver,
    "simulate": _simulate,
}


if __name__ == "__main__":
    words = sys.argv[1:]
    named = [word for word in words if not word.isdecimal()]
    if unknown := set(named) - LOADS.keys():
        sys.exit(f"no load is called {', '.join(sorted(unknown))}; there are {', '.join(LOADS)}")
    main(named, *[int(word) for word in words if word.isdecimal()][:1])
