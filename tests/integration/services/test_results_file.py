"""The university's list of results."""

from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook

from qualipath.errors import SheetError
from qualipath.services.results_file import ResultRow, read_results


def a_list(folder: Path, text: str) -> Path:
    path = folder / "results.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_list_with_german_headings_is_read(tmp_path: Path) -> None:
    path = a_list(
        tmp_path,
        "Matrikelnummer;Modul;Note;Ergebnis;Datum\n"
        "4711;certificate_1;1,7;bestanden;01.03.2021\n"
        "4712@moers;certificate_1;5.0;Nicht  bestanden;\n"
        "4713;certificate_1;;nicht erschienen;2021-03-01\n",
    )
    assert read_results(path) == (
        ResultRow(2, "4711", "certificate_1", 170, "passed", date(2021, 3, 1)),
        ResultRow(3, "4712@moers", "certificate_1", 500, "failed", None),
        ResultRow(4, "4713", "certificate_1", None, "no_show", date(2021, 3, 1)),
    )


def test_a_workbook_is_read_with_its_typed_cells(tmp_path: Path) -> None:
    workbook = Workbook()
    workbook.worksheets[0].append(["number", "tier", "grade", "result", "date"])
    workbook.worksheets[0].append([4711, "masters", 1.7, "passed", date(2021, 3, 1)])
    workbook.save(tmp_path / "results.xlsx")
    assert read_results(tmp_path / "results.xlsx") == (
        ResultRow(2, "4711", "masters", 170, "passed", date(2021, 3, 1)),
    )


def test_every_problem_is_told_with_its_place(tmp_path: Path) -> None:
    path = a_list(
        tmp_path,
        "number;tier;grade;result;date\n"
        ";bootcamp;;passed;\n"
        "4711;;1,777;passed;\n"
        "4712;bootcamp;sehr gut;;\n"
        "4713;bootcamp;;;31.02.2021\n"
        "4714;bootcamp;;bestandn;\n"
        "4715;bootcamp;1,0;;\n"
        "4715;bootcamp;2,0;;\n"
        "4716;bootcamp;-1;;\n",
    )
    with pytest.raises(SheetError) as caught:
        read_results(path)
    assert [str(problem) for problem in caught.value.problems] == [
        "results.csv:2:1: number: is empty; every result needs one",
        "results.csv:3:2: tier: is empty; every result needs one",
        "results.csv:3:3: grade: '1,777' is not a grade; write for example 1,7 or 1.7",
        "results.csv:4:3: grade: 'sehr gut' is not a grade; write for example 1,7 or 1.7",
        (
            "results.csv:5:3: grade: neither a grade nor a result is given; "
            "fill in a grade, or a result such as passed"
        ),
        (
            "results.csv:5:5: on: '31.02.2021' is not a day of the calendar; "
            "write for example 2020-10-01 or 01.10.2020"
        ),
        "results.csv:6:4: result: 'bestandn' is not possible here; did you mean 'bestanden'?",
        (
            "results.csv:8:1: number: '4715' already has a result for 'bootcamp' in line 7; "
            "keep one of them"
        ),
        "results.csv:9:3: grade: '-1' is not a grade; write for example 1,7 or 1.7",
    ]


def test_missing_columns_are_named(tmp_path: Path) -> None:
    with pytest.raises(SheetError, match="tier: the column is missing"):
        read_results(a_list(tmp_path, "number;grade\n4711;1,0\n"))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("completed", "passed"),
        ("Abgeschlossen", "passed"),
        ("failed", "failed"),
        ("absent", "no_show"),
        ("did not show up", "no_show"),
    ],
)
def test_the_words_of_the_states_are_results_too(tmp_path: Path, written: str, meant: str) -> None:
    (row,) = read_results(a_list(tmp_path, f"number;tier;result\n1;bootcamp;{written}\n"))
    assert row.result == meant
