"""What is wrong in a sheet: every problem with its place, collected until somebody asks."""

from qualipath.errors import Problem, SheetError

MOST = 1_000
"""So many problems are told one by one; the rest is counted."""


class CellError(ValueError):
    """What is written in one cell can't be read: what is wrong, and what would be right."""

    def __init__(self, what: str, right: str = "") -> None:
        self.what = what
        self.right = right
        super().__init__(f"{what}; {right}" if right else what)


class Problems:
    """The problems of one file; nothing of a file that has any is written."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._found: list[Problem] = []
        self._more = 0

    def add(self, line: int, column: int, field: str, what: str, right: str = "") -> None:
        """Note one problem; `line` and `column` count from 1, 0 is the whole file or line."""
        if len(self._found) < MOST:
            self._found.append(Problem(self._file, line, column, field, what, right))
        else:
            self._more += 1

    def stop(self) -> None:
        """Raise `SheetError` with all problems in the order of the file, if there are any."""
        if not self._found:
            return
        told = sorted(self._found, key=lambda problem: (problem.line, problem.column))
        if self._more:
            told.append(Problem(self._file, 0, 0, "", f"and {self._more} more problems"))
        raise SheetError(told)


def refuse(file: str, line: int, what: str, right: str = "", column: int = 0) -> SheetError:
    """Make the error for a file that can't be read any further."""
    return SheetError([Problem(file, line, column, "", what, right)])
