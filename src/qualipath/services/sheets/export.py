"""Sheets written so that no cell becomes a formula where they are opened, and none is changed."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from qualipath.errors import InputError

if TYPE_CHECKING:
    from openpyxl.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

# OWASP, "CSV Injection": a cell that begins so is computed, or may be, by a spreadsheet program.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n]")
_MARKED = re.compile(r"'+[=+\-@\t\r\n]")
# What begins with a sign and still is only a number, or a telephone number in groups.
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?|\+\d+( \d+)+")
# Excel reads _x0041_ as the letter A; this is how it writes the underscore itself.
_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")

_Rows = Iterable[Sequence[str]]


def neutralised(cell: str) -> str:
    """Mark a text with an apostrophe if a spreadsheet program could take it for a formula."""
    return f"'{cell}" if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell) else cell


def as_written(cell: str) -> str:
    """Take the mark away again that `neutralised` sets, so that a round trip changes nothing."""
    return cell[1:] if cell.startswith("'") and _MARKED.match(cell) else cell


def write_sheet(path: Path, headings: Sequence[str], rows: _Rows) -> int:
    """Write a new .csv or .xlsx file, by the path's suffix, and give the number of rows.

    A file of that name is replaced only once the new one is complete. Raises `InputError` for
    another suffix and where the file can't be written.
    """
    writers = {".csv": _write_csv, ".xlsx": _write_xlsx}
    writer = writers.get(path.suffix.lower())
    if writer is None:
        message = f"'{path}' is of an unknown kind; write a .csv or .xlsx file"
        raise InputError(message)
    part = path.with_name(f".{path.name}.part")
    counted = _Counted(rows)
    try:
        try:
            writer(part, headings, counted)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        message = f"'{path}' can't be written: {error.strerror or error}"
        raise InputError(message) from error
    return counted.number


class _Counted:
    def __init__(self, rows: _Rows) -> None:
        self._rows = rows
        self.number = 0

    def __iter__(self) -> Iterator[Sequence[str]]:
        for row in self._rows:
            self.number += 1
            yield row


def _write_csv(path: Path, headings: Sequence[str], rows: _Rows) -> None:
    # With a byte-order mark and semicolons: what Excel opens rightly on a German desktop.
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(headings)
        writer.writerows([neutralised(cell) for cell in row] for row in rows)


def _write_xlsx(path: Path, headings: Sequence[str], rows: _Rows) -> None:
    # It takes as long to import as a short command takes to run.
    from openpyxl import Workbook  # noqa: PLC0415

    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet()
    sheet.append(list(headings))
    for row in rows:
        sheet.append([_cell(sheet, cell) for cell in row])
    workbook.save(path)


def _cell(sheet: "Worksheet", text: str) -> "Cell | str":
    text = _ESCAPED.sub("_x005F_", text)
    if not _FORMULA.match(text):
        return text
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415 -- as above

    cell = WriteOnlyCell(sheet, text)
    # Text now, and still text after somebody edits the cell.
    cell.data_type = "s"
    cell.quotePrefix = True
    return cell
