"""What is going to happen in a simulation, and when."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from heapq import heappop, heappush
from itertools import count

Happening = Callable[[], None]


@dataclass(slots=True)
class Diary:
    """Happenings by their instants; those of one instant in the order in which they were noted."""

    _noted: list[tuple[datetime, int, Happening]] = field(default_factory=list)
    _counter: Iterator[int] = field(default_factory=count)

    def note(self, at: datetime, happening: Happening) -> None:
        """Note what happens at an instant."""
        heappush(self._noted, (at, next(self._counter), happening))

    def until(self, end: datetime) -> Iterator[tuple[datetime, Happening]]:
        """Give what happens before `end`, also what is noted meanwhile."""
        while self._noted and self._noted[0][0] < end:
            at, _, happening = heappop(self._noted)
            yield at, happening
