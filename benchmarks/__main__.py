"""Print what qualipath costs, as ratios to a floor measured in the same run: `make bench`."""

import sys

from benchmarks import machine, moves, questions
from benchmarks.installation import postgresql_server, sqlite_file
from benchmarks.slices import Ratio


def main(people: int = moves.PEOPLE, million: int = questions.PEOPLE) -> None:
    """Run every load at its full size, or with fewer people."""
    with sqlite_file() as place:
        _show(moves.one_by_one(place, 1.5, people))
        _show(moves.one_commit(place, 1.0, people))
    with postgresql_server() as place:
        _show(moves.one_by_one(place, 1.3, people))
        _show(moves.one_commit(place, 0.2, people))
    for place_of in (sqlite_file, postgresql_server):
        with place_of() as place:
            _show(questions.eligible(place, 1.5, million))
    with sqlite_file("WAL", "NORMAL") as place:
        _show(moves.one_by_one(place, 3.0, people))
    machine.run()


def _show(ratio: Ratio) -> None:
    print(ratio, flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
