"""How far an import of people is: told from the first row read to the last one written."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from qualipath.services.sheets.reading import Row

Progress = Callable[[int], None]
_PARTS = 3
_AT_A_TIME = 500


@dataclass(slots=True)
class ImportProgress:
    """The work that is done, in parts of people: each is read, added if new, and compared."""

    tell: Progress | None
    done: int = 0

    def step(self, people: int) -> None:
        """Count one more part of so many people as done, and tell how many people that makes."""
        self.done += people
        if self.tell is not None:
            self.tell(self.done // _PARTS)

    def through(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Give the rows on, and count them as they are taken."""
        taken = 0
        for row in rows:
            yield row
            taken += 1
            if taken % _AT_A_TIME == 0:
                self.step(_AT_A_TIME)
        self.step(taken % _AT_A_TIME)
