"""Excel workbooks read safely: cells as the text that people see in them."""

import re
import zipfile
from collections.abc import Iterator
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

from qualipath.services.sheet_problems import refuse

_MOST_UNPACKED = 1 << 30
_MOST_CELLS = 20_000_000
_CHUNK = 1 << 20
_PLACE = re.compile(rb"""\br\s*=\s*["']([A-Z]{0,3})(\d{1,7})["']""")
_LONGEST_PLACE = 32


def read_workbook(path: Path, sheet: str | None = None) -> Iterator[tuple[int, list[str]]]:
    """Read the named sheet's rows (the first sheet's, for None), each with its number.

    A formula gives the value that was last computed for it. Raises `SheetError` for what is no
    readable workbook, has a password, lacks the sheet, or would not fit into memory.
    """
    _guard(path)
    try:
        with CalamineWorkbook.from_path(path) as workbook:
            read = _choose(path.name, workbook, sheet)
            margin = [""] * read.start[1] if read.start else []
            for number, cells in enumerate(read.iter_rows(), 1):
                yield number, [*margin, *map(_text, cells)]
    except PasswordError as error:
        raise refuse(path.name, 0, "has a password", "save it without one") from error
    except CalamineError as error:
        raise _unreadable(path.name) from error


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


def _guard(path: Path) -> None:
    # calamine keeps a full table up to the last cell. A single one in the last corner makes it ask
    # for 512 GB and end the process, however small the file is.
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > _MOST_UNPACKED:
                raise refuse(path.name, 0, "unpacks to more than 1 GiB", "split it")
            for member in archive.namelist():
                if member.lower().startswith("xl/worksheets/"):
                    _guard_sheet(path.name, archive, member)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise _unreadable(path.name) from error


def _guard_sheet(name: str, archive: zipfile.ZipFile, member: str) -> None:
    columns: set[bytes] = set()
    rows = 0
    with archive.open(member) as file:
        rest = b""
        while chunk := file.read(_CHUNK):
            rest = rest[-_LONGEST_PLACE:] + chunk
            found = _PLACE.findall(rest)
            columns.update(letters for letters, _ in found)
            rows = max(rows, max((int(number) for _, number in found), default=0))
    last = max(columns, key=_column, default=b"")
    if _column(last) * rows > _MOST_CELLS:
        what = f"reaches to row {rows:,} and column {last.decode()}: too large to read"
        raise refuse(name, 0, what, "delete the far-off cells, or save it as .csv")


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
