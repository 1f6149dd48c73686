"""Reading sheets: every encoding, separator and heading that offices write."""

import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook
from openpyxl.worksheet.formula import ArrayFormula

from qualipath.errors import InputError, Problem, SheetError
from qualipath.services.sheets.problems import Problems
from qualipath.services.sheets.reading import Column, Columns, Row, read_rows
from qualipath.services.sheets.text import encoding_of

COLUMNS = Columns(
    Column("number", ("Personalnummer",), required=True, limit=8),
    Column("name", ("Nachname", "last name"), required=True),
    Column("supervisor", ("Vorgesetzte/r",)),
)
UMLAUTS = "Özgür Müßig"


def read(path: Path, sheet: str | None = None) -> list[Row]:
    problems = Problems(path.name)
    rows = list(read_rows(path, COLUMNS, problems, sheet=sheet))
    problems.stop()
    return rows


def problems_of(path: Path) -> tuple[Problem, ...]:
    with pytest.raises(SheetError) as caught:
        read(path)
    return caught.value.problems


def a_file(folder: Path, content: str | bytes, name: str = "people.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def a_workbook(folder: Path, rows: Sequence[Sequence[object]], name: str = "p.xlsx") -> Path:
    workbook = Workbook()
    sheet = workbook.worksheets[0]
    for row in rows:
        sheet.append(list(row))
    workbook.save(folder / name)
    return folder / name


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_each_encoding_is_read_with_each_separator(
    tmp_path: Path, encoding: str, separator: str, end: str
) -> None:
    lines = [["Personalnummer", "Nachname"], ["4711", UMLAUTS], ["4712", "a;b,c|d\te"]]
    quoted = [separator.join(f'"{cell}"' for cell in line) for line in lines]
    path = a_file(tmp_path, (end.join(quoted) + end).encode(encoding))
    rows = read(path)
    assert [(row.line, row.cells["number"], row.cells["name"]) for row in rows] == [
        (2, "4711", UMLAUTS),
        (3, "4712", "a;b,c|d\te"),
    ]


def test_big_endian_utf_16_is_read_by_its_mark(tmp_path: Path) -> None:
    path = a_file(tmp_path, b"\xfe\xff" + f"number;name\n1;{UMLAUTS}\n".encode("utf-16-be"))
    assert read(path)[0].cells["name"] == UMLAUTS


def test_a_late_byte_decides_for_windows(tmp_path: Path) -> None:
    content = b"number;name\n" + b"1;x\n" * 5_000 + "2;Straße – 5 €\n".encode("cp1252")
    path = a_file(tmp_path, content)
    assert encoding_of(path) == "cp1252"
    assert read(path)[-1].cells["name"] == "Straße – 5 €"


def test_a_byte_that_nothing_defines_is_one_error_with_its_line(tmp_path: Path) -> None:
    path = a_file(tmp_path, b"number;name\n1;a\n2;b\x81c\n")
    assert problems_of(path) == (
        Problem(
            "people.csv",
            3,
            0,
            "",
            "byte 0x81 is neither UTF-8 nor Windows-1252",
            "save it as 'CSV UTF-8'",
        ),
    )


def test_two_encodings_in_one_file_are_not_guessed(tmp_path: Path) -> None:
    path = a_file(tmp_path, "number;name\n1;Jürgen\n".encode() + "2;Jörg\n".encode("cp1252"))
    (problem,) = problems_of(path)
    assert problem.line == 3
    assert problem.what == "this line is not UTF-8, but line 2 is: two encodings in one file"


@pytest.mark.parametrize(
    ("content", "mark"),
    [
        (b"\xff\xfen\x00u", "UTF-16"),
        (b"\xff\xfe\x00\xd8n\x00", "UTF-16"),
        (b"\xef\xbb\xbf\xfc", "UTF-8"),
    ],
)
def test_a_false_mark_is_told(tmp_path: Path, content: bytes, mark: str) -> None:
    (problem,) = problems_of(a_file(tmp_path, content))
    assert problem.what == f"begins with the mark of {mark}, but is not {mark} throughout"


@pytest.mark.parametrize(
    "content", [b"number;name\n1;a\n2;b\x00\n", "number;name\n1;a\n2;b\n".encode("utf-16-le")]
)
def test_nul_bytes_are_refused(tmp_path: Path, content: bytes) -> None:
    (problem,) = problems_of(a_file(tmp_path, content))
    assert problem.line == (3 if b"2;b\x00" in content else 1)
    assert problem.what.startswith("contains NUL bytes")


def test_headings_may_be_written_in_any_case_and_spacing(tmp_path: Path) -> None:
    path = a_file(tmp_path, " PERSONAL-NUMMER ;Last_Name;Vorgesetzter\n1;a;b\n")
    assert read(path)[0] == Row(
        2,
        {"number": "1", "name": "a", "supervisor": "b"},
        {"number": 1, "name": 2, "supervisor": 3},
    )


def test_all_that_is_wrong_with_headings_is_told_at_once(tmp_path: Path) -> None:
    path = a_file(tmp_path, "Personalnumer;supervisor;Zimmer;Vorgesetzte/r\n1;a;b;c\n")
    assert [str(problem) for problem in problems_of(path)] == [
        (
            "people.csv:1: number: the column is missing; "
            "add a column with the heading 'number' (Personalnummer)"
        ),
        (
            "people.csv:1: name: the column is missing; "
            "add a column with the heading 'name' (Nachname)"
        ),
        (
            "people.csv:1:1: Personalnumer: is not a known column; "
            "did you mean 'number' (Personalnummer)?"
        ),
        "people.csv:1:3: Zimmer: is not a known column; remove the column",
        (
            "people.csv:1:4: supervisor: the heading 'Vorgesetzte/r' means the same as column 2; "
            "keep one of them"
        ),
    ]


@pytest.mark.parametrize("content", ["", "\n\n", "\ufeff", " ; ;\n"])
def test_an_empty_file_says_what_its_first_line_must_name(tmp_path: Path, content: str) -> None:
    (problem,) = problems_of(a_file(tmp_path, content))
    assert str(problem) == (
        "people.csv: is empty; "
        "its first line must name 'number' (Personalnummer), 'name' (Nachname)"
    )


def test_empty_lines_are_skipped_and_lines_counted_where_records_begin(tmp_path: Path) -> None:
    path = a_file(tmp_path, '\nnumber;name\n\n1;"a\nb ""c"""\n;\n  ;\n2;d\n\n')
    assert [(row.line, row.cells["name"]) for row in read(path)] == [(4, 'a\nb "c"'), (8, "d")]


def test_a_quote_that_is_never_closed_names_the_record(tmp_path: Path) -> None:
    path = a_file(tmp_path, 'number;name\n1;a\n2;"b\n3;c\n' + "4;d\n" * 10)
    (problem,) = problems_of(path)
    assert problem.line == 3
    assert problem.what.startswith("the quotes of this record are not right")


def test_an_endless_cell_is_refused_and_not_kept(tmp_path: Path) -> None:
    path = a_file(tmp_path, 'number;name\n1;"' + "x" * 200_000)
    (problem,) = problems_of(path)
    assert str(problem) == (
        "people.csv:2:2: this cell has more than 131,072 characters; shorten it, or close its quote"
    )


@pytest.mark.parametrize("before", ["", '"a;b";', '"a\n""b"" c";d;'])
def test_an_endless_cell_is_named_where_it_stands(tmp_path: Path, before: str) -> None:
    path = a_file(tmp_path, f"number;name\n1;a\n{before}{'x' * 200_000};b\n")
    (problem,) = problems_of(path)
    assert (problem.line, problem.column) == (3, before.count(";") + 1 - before.count("a;b"))
    assert problem.what == "this cell has more than 131,072 characters"


def test_cells_are_checked_for_length_control_characters_and_a_heading(tmp_path: Path) -> None:
    path = a_file(tmp_path, "number;name;\n123456789;a\n1;b\x07c\n2;d;e\n3;f;;g\n4;h;;\n5\n")
    assert [str(problem) for problem in problems_of(path)] == [
        "people.csv:2:1: number: has 9 characters; at most 8",
        "people.csv:3:2: name: contains the control character U+0007; remove it",
        (
            "people.csv:4:3: 'e' stands in a column without a heading; "
            "name the column, or quote the separators"
        ),
        (
            "people.csv:5:4: 'g' stands in a column without a heading; "
            "name the column, or quote the separators"
        ),
    ]


def test_only_so_many_problems_are_told_one_by_one(tmp_path: Path) -> None:
    path = a_file(tmp_path, "number;name\n" + "123456789;a\n" * 1_234)
    problems = problems_of(path)
    assert len(problems) == 1_001
    assert str(problems[-1]) == "people.csv: and 234 more problems"


def test_a_missing_file_and_a_folder_are_no_sheets(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no file"):
        read(tmp_path / "none.csv")
    with pytest.raises(InputError, match="there is no file"):
        read(tmp_path)


@pytest.mark.parametrize("suffix", [".xls", ".ods", ".pdf", ""])
def test_other_kinds_of_files_are_refused(tmp_path: Path, suffix: str) -> None:
    (problem,) = problems_of(a_file(tmp_path, "number;name\n1;a\n", f"people{suffix}"))
    assert problem.what == f"is of an unknown kind '{suffix}'"
    assert problem.right == "save it as .xlsx or .csv"


def test_a_workbook_gives_what_people_see(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["Personalnummer", "Nachname", "Vorgesetzte/r"],
        [4711.0, date(2020, 10, 1), True],
        [],
        ["0815", datetime(2020, 10, 1, 12, 30), 1.5],  # noqa: DTZ001 -- Excel knows no zones
        [-5, "a\nb", " x "],
    ]
    read_ = [(row.line, *row.cells.values()) for row in read(a_workbook(tmp_path, rows))]
    assert read_ == [
        (2, "4711", "2020-10-01", "true"),
        (4, "0815", "2020-10-01T12:30:00", "1.5"),
        (5, "-5", "a\nb", "x"),
    ]


def with_values(path: Path) -> Path:
    """Write the workbook anew as a spreadsheet program saves it: formulas with their last value."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    sheet = members["xl/worksheets/sheet1.xml"]
    assert b"<v></v>" in sheet or b"<v />" in sheet or b"<v/>" in sheet
    for empty in (b"<v></v>", b"<v />", b"<v/>"):
        sheet = sheet.replace(empty, b"<v>42</v>")
    members["xl/worksheets/sheet1.xml"] = sheet
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("saved", [True, False])
def test_a_formula_in_a_workbook_is_its_text(tmp_path: Path, saved: bool) -> None:  # noqa: FBT001
    workbook = Workbook()
    sheet = workbook.worksheets[0]
    workbook.create_sheet("other").append(["=1"])
    sheet.append([])
    sheet.append([None, "number", "name", "supervisor"])
    sheet.append([None, 1, '="A"&B3', "=B4"])
    sheet.append([None, 2, "Muster", None])
    sheet["C5"] = ArrayFormula("C5", "=SUM(B3:B4*2)")
    sheet["D5"] = "=B3"
    workbook.save(tmp_path / "p.xlsx")
    path = with_values(tmp_path / "p.xlsx") if saved else tmp_path / "p.xlsx"
    assert [(row.line, *row.cells.values()) for row in read(path)] == [
        (3, "1", '="A"&B3', "=B4"),
        (4, "2", "Muster", ""),
        (5, "", "=SUM(B3:B4*2)", "=B3"),
    ]


def test_a_shared_formula_is_told_as_each_cell_has_it(tmp_path: Path) -> None:
    path = a_workbook(tmp_path, [["number", "name"], [1, "=A2"], [2, "=A3"], [3, "c"]])
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    sheet = members["xl/worksheets/sheet1.xml"]
    shared = sheet.replace(b"<f>A2</f>", b'<f t="shared" ref="B2:B3" si="0">A2</f>')
    shared = shared.replace(b"<f>A3</f>", b'<f t="shared" si="0"/>')
    assert shared.count(b"shared") == 2
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in (members | {"xl/worksheets/sheet1.xml": shared}).items():
            archive.writestr(name, content)
    assert [row.cells["name"] for row in read(path)] == ["=A2", "=A3", "c"]


def test_formulas_that_cannot_be_read_are_one_clear_problem(tmp_path: Path) -> None:
    path = a_workbook(tmp_path, [["number", "name"], [1, "=A2"]])
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["docProps/core.xml"] = b"<broken"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    (problem,) = problems_of(path)
    assert problem.what == "has formulas on the sheet 'Sheet' that can't be read"


def test_a_table_may_stand_anywhere_on_the_sheet(tmp_path: Path) -> None:
    path = a_workbook(tmp_path, [[], [], [None, None, "number", "name"], [None, None, 1, "a"]])
    (row,) = read(path)
    assert (row.line, dict(row.at)) == (4, {"number": 3, "name": 4})


def test_a_sheet_is_chosen_by_name(tmp_path: Path) -> None:
    workbook = Workbook()
    workbook.worksheets[0].append(["something else"])
    people = workbook.create_sheet("Beschäftigte")
    people.append(["number", "name"])
    people.append([1, "a"])
    workbook.save(tmp_path / "p.xlsx")
    assert read(tmp_path / "p.xlsx", "Beschäftigte")[0].cells["name"] == "a"
    with pytest.raises(
        SheetError, match=r"has no sheet 'Beschaftigte'; did you mean 'Beschäftigte'"
    ):
        read(tmp_path / "p.xlsx", "Beschaftigte")


@pytest.mark.parametrize("content", [b"", b"number;name\n1;a\n", b"PK\x03\x04 and then nothing"])
def test_what_only_has_the_name_of_a_workbook_is_refused(tmp_path: Path, content: bytes) -> None:
    (problem,) = problems_of(a_file(tmp_path, content, "p.xlsx"))
    assert str(problem) == "p.xlsx: is not a readable Excel workbook; save it as .xlsx or .csv"


def test_a_zip_of_something_else_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "p.xlsx", "w") as archive:
        archive.writestr("readme.txt", "no workbook")
    (problem,) = problems_of(tmp_path / "p.xlsx")
    assert problem.what == "is not a readable Excel workbook"


def test_one_cell_in_the_last_corner_does_not_take_the_memory(tmp_path: Path) -> None:
    workbook = Workbook()
    sheet = workbook.worksheets[0]
    sheet.append(["number", "name"])
    sheet.cell(1_048_576, 16_384).value = "x"
    workbook.save(tmp_path / "p.xlsx")
    (problem,) = problems_of(tmp_path / "p.xlsx")
    assert problem.what == "reaches to row 1,048,576 and column XFD: too large to read"


def test_what_unpacks_to_far_too_much_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "p.xlsx"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as member,
    ):
        for _ in range(1_025):
            member.write(bytes(1 << 20))
    (problem,) = problems_of(path)
    assert problem.what == "unpacks to more than 1 GiB"
