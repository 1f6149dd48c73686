"""The university's list of results, read: who reached which grade or result at which tier."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar

from qualipath.definition.values import hundredths
from qualipath.services.sheets import cells
from qualipath.services.sheets.problems import CellError, Problems
from qualipath.services.sheets.reading import Column, Columns, Row, read_rows

_COLUMNS = Columns(
    Column(
        "number",
        ("Personalnummer", "Matrikelnummer", "Matrikel-/Personalnummer", "personnel number"),
        required=True,
        limit=129,
    ),
    Column("tier", ("Modul", "Stufe", "module"), required=True, limit=64),
    Column("grade", ("Note", "mark"), limit=16),
    Column("result", ("Ergebnis",), limit=40),
    Column("on", ("Datum", "date", "Prüfungsdatum"), limit=40),
)
_RESULTS = {
    "passed": "passed",
    "bestanden": "passed",
    "completed": "passed",
    "abgeschlossen": "passed",
    "failed": "failed",
    "nicht bestanden": "failed",
    "no_show": "no_show",
    "no show": "no_show",
    "nicht erschienen": "no_show",
    "did not show up": "no_show",
    "absent": "no_show",
}
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One line of the list.

    `number` is `4711` or `4711@organisation`; `grade` integer hundredths; `result` is `passed`,
    `failed` or `no_show`. At least one of grade and result is known.
    """

    line: int
    number: str
    tier: str
    grade: int | None = None
    result: str | None = None
    on: date | None = None


def read_results(path: Path) -> tuple[ResultRow, ...]:
    """Read a .csv or .xlsx list of results.

    Raises `SheetError` with every problem and its place, `InputError` where there is no such file.
    """
    problems = Problems(path.name)
    rows: list[ResultRow] = []
    first: dict[tuple[str, str], int] = {}
    for row in read_rows(path, _COLUMNS, problems):
        result = _result_row(row, problems)
        before = first.setdefault((result.number, result.tier), row.line)
        if before != row.line and result.number and result.tier:
            what = f"'{result.number}' already has a result for '{result.tier}' in line {before}"
            problems.add(row.line, row.at["number"], "number", what, "keep one of them")
        rows.append(result)
    problems.stop()
    return tuple(rows)


def _result_row(row: Row, problems: Problems) -> ResultRow:
    def read(name: str, parse: Callable[[str], _Value]) -> _Value | None:
        if not row.cells.get(name):
            return None
        try:
            return parse(row.cells[name])
        except CellError as error:
            problems.add(row.line, row.at[name], name, error.what, error.right)
            return None

    for name in ("number", "tier"):
        if not row.cells[name]:
            problems.add(row.line, row.at[name], name, "is empty", "every result needs one")
    result = ResultRow(
        line=row.line,
        number=read("number", _who) or "",
        tier=read("tier", cells.visible) or "",
        grade=read("grade", _grade),
        result=read("result", _result),
        on=read("on", cells.day),
    )
    if not row.cells.get("grade") and not row.cells.get("result"):
        place = row.at.get("grade", row.at.get("result", 0))
        right = "fill in a grade, or a result such as passed"
        problems.add(row.line, place, "grade", "neither a grade nor a result is given", right)
    return result


def _who(text: str) -> str:
    number, at, place = text.partition("@")
    return f"{cells.number(number)}{at}{cells.visible(place)}"


def _grade(text: str) -> int:
    try:
        value = hundredths(text)
    except ValueError as error:
        raise CellError(f"'{text}' is not a grade", "write for example 1,7 or 1.7") from error
    if not 0 <= value <= 10_000:  # noqa: PLR2004
        raise CellError(f"'{text}' is not a grade", "write for example 1,7 or 1.7")
    return value


def _result(text: str) -> str:
    plain = " ".join(text.casefold().split())
    return _RESULTS[cells.one_of(plain, _RESULTS)]
