"""Excel workbooks read safely: cells as the text that people see in them, or its formula."""

import re
import zipfile
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from difflib import get_close_matches
from pathlib import Path

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    WorksheetNotFound,
)

from qualipath.services.sheets.formulas import formulas_of
from qualipath.services.sheets.problems import refuse

_MOST_UNPACKED = 1 << 30
_MOST_CELLS = 20_000_000
_CHUNK = 1 << 20
_PLACE = re.compile(rb"""\br\s*=\s*["']([A-Z]{0,3})(\d{1,7})["']""")
_FORMULA = re.compile(rb"<(\w+:)?f[\s/>]")
_LONGEST_PLACE = 32


def read_workbook(path: Path, sheet: str | None = None) -> Iterator[tuple[int, list[str]]]:
    """Read the named sheet's rows (the first sheet's, for None), each with its number.

    A formula gives its own text, `=…`: what was last computed for it may be old, or not there.
    Raises `SheetError` for what is no readable workbook, has a password, lacks the sheet, or would
    not fit into memory.
    """
    has_formulas = _guard(path)
    try:
        with CalamineWorkbook.from_path(path) as workbook:
            read = _choose(path.name, workbook, sheet)
            formulas = formulas_of(path, read.name) if has_formulas else {}
            yield from _rows(read, formulas)
    except PasswordError as error:
        raise refuse(path.name, 0, "has a password", "save it without one") from error
    except CalamineError as error:
        raise _unreadable(path.name) from error


def _rows(
    sheet: CalamineSheet, formulas: Mapping[int, Mapping[int, str]]
) -> Iterator[tuple[int, list[str]]]:
    margin = [""] * sheet.start[1] if sheet.start else []
    number = 0
    for number, cells in enumerate(sheet.iter_rows(), 1):
        yield number, _with([*margin, *map(_text, cells)], formulas.get(number, {}))
    # Rows of nothing but formulas without a value are empty, and left out where they come last.
    for later in sorted(formulas):
        if later > number:
            yield later, _with([], formulas[later])


def _with(cells: list[str], formulas: Mapping[int, str]) -> list[str]:
    for column, formula in formulas.items():
        cells += [""] * (column - len(cells))
        cells[column - 1] = formula
    return cells


def _unreadable(name: str) -> Exception:
    return refuse(name, 0, "is not a readable Excel workbook", "save it as .xlsx or .csv")


def _choose(name: str, workbook: CalamineWorkbook, sheet: str | None) -> CalamineSheet:
    names = workbook.sheet_names
    if not names:
        raise refuse(name, 0, "has no sheet")
    try:
        return workbook.get_sheet_by_name(names[0] if sheet is None else sheet)
    except WorksheetNotFound as error:
        near = get_close_matches(sheet or "", names, 1) or names
        what = f"has no sheet '{sheet}'"
        raise refuse(name, 0, what, f"did you mean '{near[0]}'?") from error


def _guard(path: Path) -> bool:
    """Refuse what would not fit into memory, and tell whether any sheet has formulas."""
    # calamine keeps a full table up to the last cell. A single one in the last corner makes it ask
    # for 512 GB and end the process, however small the file is.
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > _MOST_UNPACKED:
                raise refuse(path.name, 0, "unpacks to more than 1 GiB", "split it")
            members = [m for m in archive.namelist() if m.lower().startswith("xl/worksheets/")]
            # Each sheet is looked at, also after one with formulas.
            found = [_guard_sheet(path.name, archive, member) for member in members]
            return any(found)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise _unreadable(path.name) from error


def _guard_sheet(name: str, archive: zipfile.ZipFile, member: str) -> bool:
    has_formulas = False
    columns: set[bytes] = set()
    rows = 0
    with archive.open(member) as file:
        rest = b""
        while chunk := file.read(_CHUNK):
            rest = rest[-_LONGEST_PLACE:] + chunk
            found = _PLACE.findall(rest)
            columns.update(letters for letters, _ in found)
            has_formulas = has_formulas or _FORMULA.search(rest) is not None
            rows = max(rows, max((int(number) for _, number in found), default=0))
    last = max(columns, key=_column, default=b"")
    if _column(last) * rows > _MOST_CELLS:
        what = f"reaches to row {rows:,} and column {last.decode()}: too large to read"
        raise refuse(name, 0, what, "delete the far-off cells, or save it as .csv")
    return has_formulas


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _text(value: object) -> str:
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer():
            return str(int(value))
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case date() | time():
            return value.isoformat()
    return str(value)
