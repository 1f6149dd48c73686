"""CSV as offices write it: four encodings, four separators, and the lines of its records."""

import csv
from collections.abc import Callable, Iterator
from itertools import chain, islice
from pathlib import Path

from qualipath.services.sheets.problems import refuse

SEPARATORS = (";", ",", "\t", "|")
_RESAVE = "save it as 'CSV UTF-8'"
_BOMS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


def encoding_of(path: Path) -> str:
    """Decide a text file's encoding: by its byte-order mark, else UTF-8, else Windows-1252.

    The whole file is decoded, so that reading it again can't fail. Raises `SheetError` where it is
    in none of these, or changes between lines: half of its umlauts would come out wrong.
    """
    with path.open("rb") as file:
        start = file.read(3)
    for mark, encoding in _BOMS.items():
        if start.startswith(mark):
            _decode_all(path, encoding)
            return encoding
    in_utf8 = other = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if line.isascii():
                continue
            try:
                line.decode("utf-8")
                in_utf8 = in_utf8 or number
            except UnicodeDecodeError:
                other = other or number
                _decode_as_windows(path.name, number, line)
    if in_utf8 and other:
        what = f"this line is not UTF-8, but line {in_utf8} is: two encodings in one file"
        raise refuse(path.name, other, what, _RESAVE)
    return "cp1252" if other else "utf-8"


def _decode_all(path: Path, encoding: str) -> None:
    try:
        with path.open(encoding=encoding, newline="") as file:
            for _ in file:
                pass
    except UnicodeError as error:
        claimed = encoding.removesuffix("-sig").upper()
        what = f"begins with the mark of {claimed}, but is not {claimed} throughout"
        raise refuse(path.name, 0, what, _RESAVE) from error


def _decode_as_windows(file: str, number: int, line: bytes) -> None:
    try:
        line.decode("cp1252")
    except UnicodeDecodeError as error:
        byte = line[error.start]
        what = f"byte 0x{byte:02X} is neither UTF-8 nor Windows-1252"
        raise refuse(file, number, what, _RESAVE) from error


def read_text(path: Path, is_heading: Callable[[str], bool]) -> Iterator[tuple[int, list[str]]]:
    """Read a CSV file's records, each with the line on which it begins.

    The separator is the one that finds most known headings in the first record.
    Raises `SheetError` for bytes that are no text, for cells that are far too long and for quotes
    that are never closed.
    """
    encoding = encoding_of(path)
    separator = max(SEPARATORS, key=lambda each: _headings(path, encoding, each, is_heading))
    yield from _records(path, encoding, separator)


def _headings(path: Path, encoding: str, separator: str, is_heading: Callable[[str], bool]) -> int:
    with path.open(encoding=encoding, newline="") as file:
        try:
            first = next(filter(None, csv.reader(file, delimiter=separator, strict=True)), [])
        except csv.Error:
            return 0
    return sum(map(is_heading, first))


def _records(path: Path, encoding: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    begins = 1
    with path.open(encoding=encoding, newline="") as file:
        reader = csv.reader(_without_nul(path.name, file), delimiter=separator, strict=True)
        try:
            for cells in reader:
                if cells:
                    yield begins, cells
                begins = reader.line_num + 1
        except csv.Error as error:
            if "field limit" in str(error):
                column = _endless(path, encoding, separator, begins)
                what = f"this cell has more than {csv.field_size_limit():,} characters"
                right = "shorten it, or close its quote"
                raise refuse(path.name, begins, what, right, column) from error
            what = f"the quotes of this record are not right ({error})"
            right = 'close every quote, and double one inside a quoted cell: "Anna ""Ann"" Muster"'
            raise refuse(path.name, begins, what, right) from error


def _endless(path: Path, encoding: str, separator: str, begins: int) -> int:
    """Give the column of the cell, in the record of this line, that is too long; 0 for none."""
    most = csv.field_size_limit()
    column, length, quoted = 1, 0, False
    with path.open(encoding=encoding, newline="") as file:
        for character in chain.from_iterable(islice(file, begins - 1, None)):
            if character == '"':
                quoted = not quoted
            elif character == separator and not quoted:
                column, length = column + 1, 0
            else:
                length += 1
                if length > most:
                    return column
    return 0


def _without_nul(name: str, lines: Iterator[str]) -> Iterator[str]:
    for number, line in enumerate(lines, 1):
        if "\0" in line:
            what = "contains NUL bytes: not a text file, or UTF-16 without its mark"
            raise refuse(name, number, what, "save it as 'CSV UTF-8' or as an Excel workbook")
        yield line
