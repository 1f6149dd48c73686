"""Writing sheets: nothing becomes a formula, and a round trip changes nothing."""

import csv
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from qualipath.errors import InputError
from qualipath.services.sheets.export import as_written, neutralised, write_sheet
from qualipath.services.sheets.problems import Problems
from qualipath.services.sheets.reading import Column, Columns, read_rows

COLUMNS = Columns(Column("number", limit=1_000), Column("name", limit=1_000))
FORMULAS = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "'=1", "''=1", "+49-203", "-"]

# Control characters are refused when a sheet is read; outer spaces and CR are not kept.
CELLS = st.text(
    st.one_of(
        st.sampled_from("=+-@'\"; ,\t\n|_x0041"),
        st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"),
    ),
    max_size=20,
).map(str.strip)


def round_trip(path: Path, rows: list[tuple[str, str]]) -> list[tuple[str, ...]]:
    write_sheet(path, ["number", "name"], rows)
    problems = Problems(path.name)
    read = [tuple(row.cells.values()) for row in read_rows(path, COLUMNS, problems)]
    problems.stop()
    return read


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(rows=st.lists(st.tuples(CELLS, CELLS), max_size=5))
@example(rows=[(formula, "'") for formula in FORMULAS])
@example(rows=[("_x0041_", "_x005F_x0041_"), ("a\nb", '"')])
def test_a_round_trip_changes_nothing(
    tmp_path: Path, suffix: str, rows: list[tuple[str, str]]
) -> None:
    assert round_trip(tmp_path / f"sheet{suffix}", rows) == [row for row in rows if any(row)]


@given(CELLS)
def test_the_mark_is_taken_away_exactly_where_it_was_set(cell: str) -> None:
    assert as_written(neutralised(cell)) == cell


@pytest.mark.parametrize("cell", FORMULAS)
def test_a_formula_is_marked_in_csv(tmp_path: Path, cell: str) -> None:
    path = tmp_path / "sheet.csv"
    write_sheet(path, ["number"], [[cell]])
    with path.open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file, delimiter=";")) == [["number"], [f"'{cell}"]]


@pytest.mark.parametrize("cell", FORMULAS)
def test_a_formula_is_text_in_a_workbook(tmp_path: Path, cell: str) -> None:
    path = tmp_path / "sheet.xlsx"
    write_sheet(path, ["number"], [[cell]])
    written = load_workbook(path).worksheets[0]["A2"]
    assert (written.value, written.data_type, written.quotePrefix) == (cell, "s", True)


@pytest.mark.parametrize("cell", ["-5", "+7", "-1,5", "-1.5", "+49 203 283 0", "4711", "a=b", ""])
def test_numbers_stay_as_they_are(cell: str) -> None:
    assert neutralised(cell) == cell


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"write a \.csv or \.xlsx file"):
        write_sheet(tmp_path / "people.ods", ["number"], [])


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="can't be written: No such file or directory"):
        write_sheet(tmp_path / "none" / "people.csv", ["number"], [])


def test_a_failed_export_leaves_the_old_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("as it was")

    def broken() -> list[str]:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_sheet(path, ["number"], (broken() for _ in range(1)))
    assert path.read_text() == "as it was"
    assert list(tmp_path.iterdir()) == [path]
