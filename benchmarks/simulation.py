"""W10: ten years of Duisburg's programme through the real services, and how the cost grows.

Each size runs in a process of its own, so that its peak of memory is its own too.
"""

import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from math import log
from time import perf_counter

from benchmarks.slices import Duration
from qualipath.scenarios.simulation.simulate import simulate

EMPLOYEES = 5_000
SEMESTERS = 20
TARGET = 60_000.0
EXPONENT = 1.1


def ten_years(target: float | None = TARGET, employees: int = EMPLOYEES) -> Iterator[Duration]:
    """Play ten years with a tenth, with all and with ten times as many employees."""
    sizes = [size for size in (employees // 10, employees, employees * 10) if size]
    took = []
    for size in sizes:
        milliseconds, megabytes = _measured(size)
        took.append(milliseconds)
        load = f"W10 {size:,} employees, ten years ({megabytes} MB)"
        most = target if size == employees else None
        yield Duration(load, "SQLite", most or float("inf"), milliseconds)
    exponent = log(took[-1] / took[-2]) / log(sizes[-1] / sizes[-2])
    missed = "" if exponent <= EXPONENT else "  MISSED"
    print(f"W10 grows with the employees to the power of {exponent:.2f}, target {EXPONENT}{missed}")


def _measured(employees: int) -> tuple[float, int]:
    told = subprocess.run(
        [sys.executable, "-m", __name__, str(employees)], check=True, capture_output=True
    )
    milliseconds, megabytes = json.loads(told.stdout)
    return float(milliseconds), int(megabytes)


def _play(employees: int) -> None:
    start = perf_counter()
    played = simulate(
        "duisburg_digital", employees=employees, years=10, seed=7, begins_on=date(2027, 1, 1)
    )
    took = (perf_counter() - start) * 1000
    (run,) = played.runs
    terms = {term.term for term in run.terms if term.tier == "certificate_1"}
    assert len(terms) == SEMESTERS, terms
    assert run.tiers[0].numbers.completed, run
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps([took, peak]))


if __name__ == "__main__":
    _play(int(sys.argv[1]))
