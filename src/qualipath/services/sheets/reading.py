"""Sheets of people and results: rows by their headings, from CSV and Excel files alike."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from qualipath.errors import InputError
from qualipath.services.sheets.export import as_written
from qualipath.services.sheets.problems import Problems, refuse
from qualipath.services.sheets.text import read_text
from qualipath.services.sheets.workbook import read_workbook

_TEXT_FILES = (".csv", ".tsv", ".txt")
_MOST_BYTES = 256 << 20
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Column:
    """A column that a sheet may have: its name, and what else people write above it.

    `limit` is the most characters that one of its cells may hold.
    """

    name: str
    headings: tuple[str, ...] = ()
    required: bool = False
    limit: int = 500

    def __str__(self) -> str:
        return f"'{self.name}'" + (f" ({self.headings[0]})" if self.headings else "")


class Columns:
    """The columns that a kind of sheet may have; where two share a heading, the first has it."""

    def __init__(self, *columns: Column) -> None:
        self.all = columns
        self._by_heading: dict[str, Column] = {}
        for column in columns:
            for heading in (column.name, *column.headings):
                self._by_heading.setdefault(_plain(heading), column)

    def find(self, heading: str) -> Column | None:
        """Give the column under this heading, whatever its case, spaces and hyphens."""
        return self._by_heading.get(_plain(heading))

    def nearest(self, heading: str) -> Column | None:
        """Give the column whose heading is most like this one."""
        near = get_close_matches(_plain(heading), self._by_heading, 1)
        return self._by_heading[near[0]] if near else None


def _plain(heading: str) -> str:
    return re.sub(r"[\W_]+", "", heading.casefold())


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the line on which it begins, its cells by column, and where each column is.

    Cells are stripped, their line ends are line feeds, and formulas have lost the mark that made
    them harmless.
    """

    line: int
    cells: Mapping[str, str]
    at: Mapping[str, int]


def read_rows(
    path: Path, columns: Columns, problems: Problems, *, sheet: str | None = None
) -> Iterator[Row]:
    """Read a sheet's rows one by one; empty ones are left out.

    Problems of single cells are added to `problems` and reading goes on (with the cell mended, so
    that it is not told twice). Raises `SheetError` for headings that don't fit (all of them) and
    for a file that can't be read any further, `InputError` where there is no such file.
    """
    lines = _lines(path, columns, sheet)
    for line, headings in lines:
        if any(cell.strip() for cell in headings):
            at = _match(line, headings, columns, problems)
            break
    else:
        what = "is empty"
        raise refuse(path.name, 0, what, f"its first line must name {_listed(columns)}")
    problems.stop()
    limits = {column.name: column.limit for column in columns.all}
    unnamed = set(range(1, len(headings) + 1)) - set(at.values())
    for line, cells in lines:
        if any(cell and not cell.isspace() for cell in cells):
            _check_width(line, cells, len(headings), unnamed, problems)
            yield Row(line, dict(_mended(line, cells, at, limits, problems)), at)


def _lines(path: Path, columns: Columns, sheet: str | None) -> Iterator[tuple[int, list[str]]]:
    if not path.is_file():
        message = f"there is no file '{path}'"
        raise InputError(message)
    if path.stat().st_size > _MOST_BYTES:
        raise refuse(path.name, 0, "is larger than 256 MiB", "split it")
    suffix = path.suffix.lower()
    try:
        if suffix == ".xlsx":
            yield from read_workbook(path, sheet)
        elif suffix in _TEXT_FILES:
            for line, cells in read_text(path, lambda cell: columns.find(cell) is not None):
                yield line, [as_written(cell) for cell in cells]
        else:
            what = f"is of an unknown kind '{suffix}'"
            raise refuse(path.name, 0, what, "save it as .xlsx or .csv")
    except OSError as error:
        message = f"'{path}' can't be read: {error.strerror or error}"
        raise InputError(message) from error


def _listed(columns: Columns) -> str:
    return ", ".join(str(column) for column in columns.all if column.required)


def _match(line: int, headings: list[str], columns: Columns, problems: Problems) -> dict[str, int]:
    at: dict[str, int] = {}
    for place, heading in enumerate(map(str.strip, headings), 1):
        column = columns.find(heading)
        if column is not None and column.name in at:
            what = f"the heading '{heading}' means the same as column {at[column.name]}"
            problems.add(line, place, column.name, what, "keep one of them")
        elif column is not None:
            at[column.name] = place
        elif heading:
            near = columns.nearest(heading)
            right = f"did you mean {near}?" if near else "remove the column"
            problems.add(line, place, heading[:64], "is not a known column", right)
    for column in columns.all:
        if column.required and column.name not in at:
            right = f"add a column with the heading {column}"
            problems.add(line, 0, column.name, "the column is missing", right)
    return at


def _check_width(
    line: int, cells: list[str], width: int, unnamed: set[int], problems: Problems
) -> None:
    if not unnamed and len(cells) <= width:
        return
    for place, cell in enumerate(cells, 1):
        if cell.strip() and (place > width or place in unnamed):
            what = f"'{cell.strip()[:40]}' stands in a column without a heading"
            problems.add(line, place, "", what, "name the column, or quote the separators")
            return


def _mended(
    line: int,
    cells: list[str],
    at: Mapping[str, int],
    limits: Mapping[str, int],
    problems: Problems,
) -> Iterator[tuple[str, str]]:
    for name, place in at.items():
        cell = cells[place - 1].strip() if place <= len(cells) else ""
        if not cell.isprintable():
            cell = cell.replace("\r\n", "\n").replace("\r", "\n")
            if found := _CONTROL.search(cell):
                what = f"contains the control character U+{ord(found[0]):04X}"
                problems.add(line, place, name, what, "remove it")
                cell = _CONTROL.sub("", cell)
        if len(cell) > limits[name]:
            what = f"has {len(cell):,} characters"
            problems.add(line, place, name, what, f"at most {limits[name]}")
            cell = cell[: limits[name]]
        yield name, cell
