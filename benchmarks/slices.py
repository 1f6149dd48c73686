"""Compare two ways of doing the same work: slices that alternate in one run, and their medians."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median
from time import perf_counter

Work = Callable[[list[int]], None]


@dataclass(frozen=True, slots=True)
class Ratio:
    """How much one load costs: seconds a unit for the floor and for qualipath."""

    load: str
    where: str
    target: float | None
    floor: float
    ours: float

    @property
    def ratio(self) -> float:
        """How many times the floor's cost qualipath's is."""
        return self.ours / self.floor

    def __str__(self) -> str:
        held = "" if self.target is None else f"  target ≤ {self.target:g}"
        missed = "" if self.target is None or self.ratio <= self.target else "  MISSED"
        per_second = f"{1 / self.floor:>12,.0f}/s floor {1 / self.ours:>12,.0f}/s ours"
        return f"{self.load:<44}{self.where:<24}{per_second}  × {self.ratio:5.2f}{held}{missed}"


@dataclass(frozen=True, slots=True)
class Duration:
    """How long one load takes that has no floor: milliseconds, and how many it may take."""

    load: str
    where: str
    target: float
    ours: float

    def __str__(self) -> str:
        missed = "" if self.ours <= self.target else "  MISSED"
        took = f"{self.ours:>42.2f} ms"
        return f"{self.load:<44}{self.where:<24}{took}  target ≤ {self.target:g}{missed}"


def compare(
    load: str,
    where: str,
    target: float | None,
    *,
    floor: Work,
    ours: Work,
    ids: list[int],
    slices: int,
) -> Ratio:
    """Let both work on alternating slices of the ids, each id once, and compare the medians."""
    size = len(ids) // (2 * slices)
    cut = _cut(ids, size)
    times: tuple[list[float], list[float]] = ([], [])
    for turn in range(slices):
        order = ((0, floor), (1, ours)) if turn % 2 else ((1, ours), (0, floor))
        for which, work in order:
            part = next(cut)
            start = perf_counter()
            work(part)
            times[which].append((perf_counter() - start) / size)
    return Ratio(load, where, target, median(times[0]), median(times[1]))


def _cut(ids: list[int], size: int) -> Iterator[list[int]]:
    for start in range(0, len(ids), size):
        yield ids[start : start + size]
