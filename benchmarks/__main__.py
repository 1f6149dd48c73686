"""Print what qualipath costs, as ratios to a floor measured in the same run: `make bench`."""

import sys

from benchmarks import machine, moves
from benchmarks.installation import postgresql_server, sqlite_file
from benchmarks.slices import Ratio


def main(people: int = moves.PEOPLE) -> None:
    """Run every load at its full size, or W1 and W2 with fewer people."""
    with sqlite_file() as place:
        _show(moves.one_by_one(place, 1.5, people))
        _show(moves.one_commit(place, 1.0, people))
    with postgresql_server() as place:
        _show(moves.one_by_one(place, 1.3, people))
        _show(moves.one_commit(place, 0.2, people))
    machine.run()


def _show(ratio: Ratio) -> None:
    print(ratio, flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
