"""Bad files of people: each problem with its place, and nothing half-written."""

from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from sqlalchemy import Connection, select

from qualipath.errors import SheetError
from qualipath.services.organisations import add_organisation
from qualipath.services.people import import_people
from qualipath.storage.database import Database
from qualipath.storage.tables import attribute, employee, history
from tests.builders import an_act
from tests.integration.services.importing import ATTRIBUTES, import_text, names


@pytest.fixture
def connection(database: Database) -> Any:
    """Give a transaction in which a city, two of its companies and a place elsewhere are known."""
    with database.writing() as opened:
        everywhere = an_act(opened, None)
        add_organisation(everywhere, "city", "City")
        add_organisation(everywhere, "harbour", "Harbour", "city")
        add_organisation(everywhere, "zoo", "Zoo", "city")
        add_organisation(everywhere, "prairie", "Prairie")
        yield opened


@pytest.fixture
def staffed(connection: Connection, tmp_path: Path) -> Connection:
    """Give it with 1 led by 2 led by 3, in the city, and a 9 in both companies."""
    heading = "number;given_name;family_name;supervisor;organisation"
    rows = ("1;A;B;2;", "2;A;B;3;", "3;A;B;;", "9;A;B;;harbour", "9;A;B;;zoo")
    import_text(connection, tmp_path, names(*rows, heading=heading))
    return connection


def everything(connection: Connection) -> list[Any]:
    return [
        connection.execute(select(table).order_by(*table.primary_key)).all()
        for table in (employee, attribute, history)
    ]


def problems_of(connection: Connection, folder: Path, text: str, **options: Any) -> list[str]:
    before = everything(connection)
    with pytest.raises(SheetError) as caught:
        import_text(connection, folder, text, **options)
    assert everything(connection) == before
    return [str(problem) for problem in caught.value.problems]


HEADING = "number;given_name;family_name;"
DATE = "write for example 2020-10-01 or 01.10.2020"


@pytest.mark.parametrize(
    ("heading", "row", "told"),
    [
        ("email", "1;A;B;a.muster", ("2:4: email: 'a.muster' is not an e-mail address; "
         "an email address must have an @-sign")),
        ("hired_on", "1;A;B;31.02.2020",
         f"2:4: hired_on: '31.02.2020' is not a day of the calendar; {DATE}"),
        ("hired_on", "1;A;B;gestern", f"2:4: hired_on: 'gestern' is not a date; {DATE}"),
        ("hired_on", "1;A;B;1.1.1066",
         "2:4: hired_on: 1066-01-01 can't be right; a day from 1940 to 2028"),
        ("hired_on", "1;A;B;1.1.2062",
         "2:4: hired_on: 2062-01-01 can't be right; a day from 1940 to 2028"),
        ("experience_since", "1;A;B;0001-01-01",
         "2:4: experience_since: 0001-01-01 can't be right; a day from 1940 to 2028"),
        ("locale", "1;A;B;fr", "2:4: locale: 'fr' is not possible here; one of de, en"),
        ("absent_from;absent_until", "1;A;B;2026-07-02;2026-07-01",
         ("2:5: absent_until: ends before it begins on 2026-07-02; "
         "the last day of the absence, or later")),
        ("absent_from;absent_until", "1;A;B;2026-07-02;",
         "2:5: absent_until: is empty; an absence has a first and a last day"),
        ("absent_until", "1;A;B;2026-07-02",
         "2: absent_from: is empty; an absence has a first and a last day"),
        ("Teilzeit", "1;A;B;halb",
         "2:4: part_time: 'halb' is neither yes nor no; write ja or nein, yes or no"),
        ("pay_grade", "1;A;B;E11",
         "2:4: pay_grade: 'E11' is not a whole number; write digits alone, such as 11"),
        ("Befristet bis", "1;A;B;30.02.2027",
         f"2:4: contract_until: '30.02.2027' is not a day of the calendar; {DATE}"),
        ("organisation", "1;A;B;habour",
         "2:4: organisation: there is no organisation 'habour'; did you mean 'harbour'?"),
        ("organisation", "1;A;B;prairie",
         "2:4: organisation: there is no organisation 'prairie'; there are: city, harbour, zoo"),
        ("supervisor", "1;A;B;4712", ("2:4: supervisor: nobody has the number '4712', "
         "neither in the file nor before; add that person, or leave the cell empty")),
        ("supervisor", "1;A;B;1@zo",
         "2:4: supervisor: there is no organisation 'zo'; did you mean 'zoo'?"),
        ("deputy", "1;A;B;1@zoo", ("2:4: deputy: nobody has the number '1' in 'zoo', "
         "neither in the file nor before; add that person, or leave the cell empty")),
        ("deputy", "1;A;B;1",
         "2:4: deputy: names the person itself; name somebody else, or leave it empty"),
        ("supervisor", "1;A;B;1", ("2:4: supervisor: the supervisors go round in a circle: 1 → 1; "
         "one of them has another supervisor, or none")),
    ],
)  # fmt: skip
def test_a_bad_cell_is_told_with_its_place(
    connection: Connection, tmp_path: Path, heading: str, row: str, told: str
) -> None:
    text = names(row, heading=HEADING + heading)
    assert problems_of(connection, tmp_path, text) == [f"people.csv:{told}"]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (";A;B", "2:1: number: is empty; every person needs one"),
        ("1;;B", "2:2: given_name: is empty; every person needs one"),
        ("1;A; ", "2:3: family_name: is empty; every person needs one"),
        ("1 2;A;B", "2:1: number: '1 2' is not a personnel number; it has no spaces and no @"),
        (
            "1;A\u202e;B",
            "2:2: given_name: contains the invisible character U+202E; type the text anew",
        ),
        (f"1;{'A' * 201};B", "2:2: given_name: has 201 characters; at most 200"),
    ],
)
def test_nobody_is_without_number_and_names(
    connection: Connection, tmp_path: Path, row: str, told: str
) -> None:
    assert problems_of(connection, tmp_path, names(row)) == [f"people.csv:{told}"]


def test_a_number_that_comes_twice_names_both_lines(connection: Connection, tmp_path: Path) -> None:
    text = names("1;A;B", "2;A;B", "1;C;D", " 1 ;E;F")
    assert problems_of(connection, tmp_path, text) == [
        "people.csv:4:1: number: the number '1' is already in line 2; name each once",
        "people.csv:5:1: number: the number '1' is already in line 2; name each once",
    ]


def test_all_problems_are_told_in_the_order_of_the_file(
    connection: Connection, tmp_path: Path
) -> None:
    text = names(
        "1;A;B;x;4", "2;A;B;a@stadt.example;5", "3;;B;y;1", heading=f"{HEADING}email;supervisor"
    )
    told = problems_of(connection, tmp_path, text)
    assert [line.split(": ")[0:2] for line in told] == [
        ["people.csv:2:4", "email"],
        ["people.csv:2:5", "supervisor"],
        ["people.csv:3:5", "supervisor"],
        ["people.csv:4:2", "given_name"],
        ["people.csv:4:4", "email"],
    ]


def test_more_than_a_thousand_problems_are_counted(connection: Connection, tmp_path: Path) -> None:
    rows = [f"{n};A;B;x" for n in range(1_500)]
    told = problems_of(connection, tmp_path, names(*rows, heading=f"{HEADING}email"))
    assert len(told) == 1_001
    assert told[-1] == "people.csv: and 500 more problems"


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_dry_run_finds_the_same_problems(
    connection: Connection, tmp_path: Path, *, dry_run: bool
) -> None:
    text = names("1;A;B;1", heading=f"{HEADING}supervisor")
    assert len(problems_of(connection, tmp_path, text, dry_run=dry_run)) == 1


@pytest.mark.parametrize(
    ("rows", "line", "ring"),
    [
        (["5;A;B;6", "6;A;B;5"], 2, "5 → 6 → 5"),
        (["7;A;B;8", "8;A;B;5", "5;A;B;6", "6;A;B;5"], 4, "5 → 6 → 5"),
        (["5;A;B;6", "6;A;B;7", "7;A;B;5", "8;A;B;5"], 2, "5 → 6 → 7 → 5"),
        (["3;A;B;1"], 2, "3 → 1 → 2 → 3"),
        (["4;A;B;1", "3;A;B;4"], 2, "4 → 1 → 2 → 3 → 4"),
    ],
)
def test_a_ring_is_spelled_out_over_file_and_database(
    staffed: Connection, tmp_path: Path, rows: list[str], line: int, ring: str
) -> None:
    text = names(*rows, heading=f"{HEADING}supervisor")
    assert problems_of(staffed, tmp_path, text) == [
        (
            f"people.csv:{line}:4: supervisor: the supervisors go round in a circle: {ring}; "
            "one of them has another supervisor, or none"
        )
    ]


def test_a_ring_that_the_file_itself_opens_is_none(staffed: Connection, tmp_path: Path) -> None:
    text = names("3;A;B;1", "2;A;B;", heading=f"{HEADING}supervisor")
    assert import_text(staffed, tmp_path, text).updated == 2


def test_a_ring_across_organisations_names_them(staffed: Connection, tmp_path: Path) -> None:
    rows = ("1;A;B;8@zoo;city", "8;A;B;1@city;zoo")
    text = names(*rows, heading=f"{HEADING}supervisor;organisation")
    (told,) = problems_of(staffed, tmp_path, text)
    assert "1 → 8@zoo → 1;" in told


def test_a_number_in_several_organisations_asks_for_one(
    staffed: Connection, tmp_path: Path
) -> None:
    text = names("1;A;B;9", heading=f"{HEADING}supervisor")
    assert problems_of(staffed, tmp_path, text) == [
        (
            "people.csv:2:4: supervisor: several people have the number '9'; "
            "write one of 9@harbour, 9@zoo"
        )
    ]


def test_hr_without_an_organisation_must_name_one(connection: Connection, tmp_path: Path) -> None:
    assert problems_of(connection, tmp_path, names("1;A;B"), at=None) == [
        (
            "people.csv:2: organisation: is not named; "
            "fill in the column 'organisation', or import for one organisation"
        )
    ]


def test_a_wrong_heading_is_told_with_the_nearest_attribute(
    connection: Connection, tmp_path: Path
) -> None:
    assert problems_of(connection, tmp_path, names("1;A;B;11", heading=f"{HEADING}paygrad")) == [
        "people.csv:1:4: paygrad: is not a known column; did you mean 'pay_grade' (Entgeltgruppe)?"
    ]


def test_a_workbook_names_its_rows_and_columns(connection: Connection, tmp_path: Path) -> None:
    workbook = Workbook()
    workbook.worksheets[0].append(["number", "given_name", "family_name", "hired_on"])
    workbook.worksheets[0].append([4711, "A", "B", 44105])
    workbook.save(tmp_path / "people.xlsx")
    with pytest.raises(SheetError, match=r"people\.xlsx:2:4: hired_on: '44105' is not a date"):
        import_people(an_act(connection), tmp_path / "people.xlsx", attributes=ATTRIBUTES)


def test_a_formula_is_no_day_and_no_number(connection: Connection, tmp_path: Path) -> None:
    workbook = Workbook()
    sheet = workbook.worksheets[0]
    sheet.append(["number", "given_name", "family_name", "hired_on", "pay_grade", "supervisor"])
    sheet.append([1, "A", "B", "=DATE(2020,10,1)", "=5+6", "=A3"])
    sheet.append(["=A2+1", "A", "B", None, None, None])
    workbook.save(tmp_path / "people.xlsx")
    with pytest.raises(SheetError) as caught:
        import_people(an_act(connection), tmp_path / "people.xlsx", attributes=ATTRIBUTES)
    told = [str(problem).removeprefix("people.xlsx:") for problem in caught.value.problems]
    assert told == [
        f"2:4: hired_on: '=DATE(2020,10,1)' is not a date; {DATE}",
        "2:5: pay_grade: '=5+6' is not a whole number; write digits alone, such as 11",
        (
            "2:6: supervisor: nobody has the number '=A3', neither in the file nor before; "
            "add that person, or leave the cell empty"
        ),
        "3:1: number: '=A2+1' is not a personnel number; write it instead of a formula",
    ]
