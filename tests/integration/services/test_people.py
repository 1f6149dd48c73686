"""Importing people: who is created, changed or left alone, and who leads whom."""

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from sqlalchemy import Connection, func, select

from qualipath.definition.spec import Role
from qualipath.errors import InputError, NotFoundError, RefusedError
from qualipath.services.organisations import add_organisation
from qualipath.services.people import ImportReport, import_people
from qualipath.services.people_export import export_people
from qualipath.storage.database import Database
from qualipath.storage.tables import attribute, employee, history
from tests.builders import NOW, an_act
from tests.integration.services.importing import ATTRIBUTES, a_file, import_text, names

FULL = """\
Personalnummer;Vorname;Nachname;E-Mail;Sprache;Vorgesetzte/r;Vertretung;abwesend von;abwesend bis;\
Eintrittsdatum;Berufserfahrung seit;Amt;Entgeltgruppe;Teilzeit;Befristet bis
4711;Anna;Muster;a.muster@stadt.example;de;4712;;;;2020-10-01;;Amt 10;11;ja;31.12.2027
4712;Bülent;Beispiel;b.beispiel@stadt.example;en;;4711;01.07.2026;2026-07-31;1.4.2010;2001-01-01;;;nein;
4713;Çiğdem;=1+1;;;4712;4711;;;;;'=2+2;-5;;
"""


@pytest.fixture
def connection(database: Database) -> Any:
    """Give a transaction in which the city and two of its companies are known."""
    with database.writing() as opened:
        everywhere = an_act(opened, None)
        add_organisation(everywhere, "city", "City")
        add_organisation(everywhere, "harbour", "Harbour", "city")
        add_organisation(everywhere, "zoo", "Zoo", "city")
        yield opened


def person(connection: Connection, number: str) -> Mapping[str, Any]:
    row = connection.execute(select(employee).where(employee.c.number == number)).mappings().one()
    return {key: value for key, value in row.items() if value is not None}


def entries(connection: Connection, number: str) -> list[dict[str, list[str]]]:
    rows = connection.scalars(
        select(history.c.details)
        .join(employee, employee.c.id == history.c.employee_id)
        .where(employee.c.number == number)
        .order_by(history.c.id)
    )
    return [json.loads(row or "{}") for row in rows]


def facts(connection: Connection, number: str) -> dict[str, Any]:
    rows = connection.execute(
        select(attribute)
        .join(employee, employee.c.id == attribute.c.employee_id)
        .where(employee.c.number == number)
    )
    return {row.key: (row.text, row.number, row.day) for row in rows}


def test_new_people_are_created_with_all_that_the_file_says(
    connection: Connection, tmp_path: Path
) -> None:
    report = import_text(connection, tmp_path, FULL)
    assert report == ImportReport(created=3, updated=0, unchanged=0, total=3, dry_run=False)
    anna, bulent = person(connection, "4711"), person(connection, "4712")
    assert anna == {
        "id": anna["id"],
        "number": "4711",
        "organisation_id": anna["organisation_id"],
        "given_name": "Anna",
        "family_name": "Muster",
        "email": "a.muster@stadt.example",
        "locale": "de",
        "supervisor_id": bulent["id"],
        "hired_on": date(2020, 10, 1),
        "experience_since": date(2020, 10, 1),
    }
    assert bulent["deputy_id"] == anna["id"]
    assert (bulent["absent_from"], bulent["absent_until"]) == (date(2026, 7, 1), date(2026, 7, 31))
    assert bulent["experience_since"] == date(2001, 1, 1)
    assert facts(connection, "4711") == {
        "department": ("Amt 10", None, None),
        "pay_grade": (None, 11, None),
        "part_time": (None, 1, None),
        "contract_until": (None, None, date(2027, 12, 31)),
    }
    assert facts(connection, "4712") == {"part_time": (None, 0, None)}


def test_a_formula_is_text(connection: Connection, tmp_path: Path) -> None:
    import_text(connection, tmp_path, FULL)
    assert person(connection, "4713")["family_name"] == "=1+1"
    assert facts(connection, "4713") == {
        "department": ("=2+2", None, None),
        "pay_grade": (None, -5, None),
    }


def test_a_formula_in_a_workbook_is_text_and_keeps_nothing_from_being_seen(
    connection: Connection, tmp_path: Path
) -> None:
    import_text(connection, tmp_path, FULL)
    path = tmp_path / "people.xlsx"
    workbook = Workbook()
    workbook.worksheets[0].append(["number", "given_name", "family_name", "Amt"])
    workbook.worksheets[0].append(["4711", "Anna", '="Mus"&"ter"', "=A1"])
    workbook.save(path)
    import_people(an_act(connection), path, attributes=ATTRIBUTES)
    assert person(connection, "4711")["family_name"] == '="Mus"&"ter"'
    assert facts(connection, "4711")["department"] == ("=A1", None, None)
    export_people(an_act(connection), tmp_path / "out.csv", attributes=ATTRIBUTES)
    assert "'=A1" in (tmp_path / "out.csv").read_text(encoding="utf-8-sig")


def test_the_same_file_again_changes_nothing(connection: Connection, tmp_path: Path) -> None:
    import_text(connection, tmp_path, FULL)
    report = import_text(connection, tmp_path, FULL)
    assert report == ImportReport(created=0, updated=0, unchanged=3, total=3, dry_run=False)
    assert len(entries(connection, "4711")) == 1


def test_history_tells_who_did_it_and_which_fields_but_no_values(
    connection: Connection, tmp_path: Path
) -> None:
    import_text(connection, tmp_path, FULL)
    changed = FULL.replace("Anna", "Annabel").replace("Amt 10;11", "Amt 10;")
    assert import_text(connection, tmp_path, changed).updated == 1
    created, updated = entries(connection, "4711")
    assert updated == {"changed": ["given_name", "pay_grade"]}
    assert "supervisor" in created["created"]
    assert "deputy" not in created["created"]
    row = connection.execute(select(history).order_by(history.c.id.desc()).limit(1)).one()
    assert (row.trigger, row.actor_role, row.actor_id) == ("import", "hr", "k.muster")
    assert (row.effective_at, row.recorded_at) == (NOW, NOW)
    assert "pay_grade" not in facts(connection, "4711")


def test_columns_that_are_not_there_stay_and_empty_cells_are_emptied(
    connection: Connection, tmp_path: Path
) -> None:
    import_text(connection, tmp_path, FULL)
    report = import_text(connection, tmp_path, names("4711;Anna;Muster", "4712;Bülent;Beispiel"))
    assert report.unchanged == 2
    heading = "number;given_name;family_name;email;supervisor;absent_from"
    text = names("4711;Anna;Muster;;;", "4712;Bülent;Beispiel;;;", heading=heading)
    assert import_text(connection, tmp_path, text).updated == 2
    assert person(connection, "4711").keys().isdisjoint({"email", "supervisor_id"})
    assert person(connection, "4712").keys().isdisjoint({"absent_from", "absent_until"})
    assert "deputy_id" in person(connection, "4712")


def test_experience_begins_at_the_latest_when_hired(connection: Connection, tmp_path: Path) -> None:
    heading = "number;given_name;family_name;hired_on"
    import_text(connection, tmp_path, names("1;A;B;2020-01-01", heading=heading))
    assert person(connection, "1")["experience_since"] == date(2020, 1, 1)
    heading = "number;given_name;family_name;experience_since"
    import_text(connection, tmp_path, names("1;A;B;2010-01-01", heading=heading))
    assert person(connection, "1")["experience_since"] == date(2010, 1, 1)
    import_text(connection, tmp_path, names("1;A;B;", heading=heading))
    assert person(connection, "1")["experience_since"] == date(2020, 1, 1)


def test_a_dry_run_counts_the_same_and_writes_nothing(
    connection: Connection, tmp_path: Path
) -> None:
    import_text(connection, tmp_path, names("4711;Anna;Muster", "4712;Bülent;Beispiel"))
    before = connection.execute(select(employee).order_by(employee.c.id)).all()
    report = import_text(connection, tmp_path, FULL, dry_run=True)
    assert report == ImportReport(created=1, updated=2, unchanged=0, total=3, dry_run=True)
    assert connection.execute(select(employee).order_by(employee.c.id)).all() == before
    assert connection.scalar(select(func.count()).select_from(history)) == 2
    assert import_text(connection, tmp_path, FULL).model_copy(update={"dry_run": True}) == report


def test_progress_is_told_up_to_the_last_row(connection: Connection, tmp_path: Path) -> None:
    told: list[int] = []
    rows = [f"{n};A;B;{n - 1 or ''}" for n in range(1, 5_001)]
    heading = "number;given_name;family_name;supervisor"
    text = names(*rows, heading=heading)
    report = import_text(connection, tmp_path, text, on_progress=told.append)
    assert report.created == 5_000
    assert told[0] <= 500, "the bar moves while the file is read"
    assert told == sorted(told)
    assert sum(n < 5_000 / 3 for n in told) > 5
    assert told[-1] == 5_000
    dry: list[int] = []
    import_text(connection, tmp_path, text, on_progress=dry.append, dry_run=True)
    assert dry == told
    assert person(connection, "5000")["supervisor_id"] == person(connection, "4999")["id"]


def test_people_belong_to_the_organisation_of_the_row_the_call_or_the_actor(
    connection: Connection, tmp_path: Path
) -> None:
    heading = "number;given_name;family_name;organisation"
    text = names("1;A;B;harbour", "2;A;B;", heading=heading)
    import_text(connection, tmp_path, text)
    import_text(connection, tmp_path, names("3;A;B"), organisation="zoo")
    import_text(connection, tmp_path, names("4;A;B"), at="harbour")
    ids = {number: person(connection, number)["organisation_id"] for number in "1234"}
    assert ids["1"] == ids["4"]
    assert len({ids["1"], ids["2"], ids["3"]}) == 3


def test_one_number_may_exist_in_two_organisations(connection: Connection, tmp_path: Path) -> None:
    heading = "number;given_name;family_name;organisation"
    text = names("1;A;B;harbour", "1;C;D;zoo", heading=heading)
    assert import_text(connection, tmp_path, text).created == 2


def test_a_leader_is_found_at_home_first_then_elsewhere_or_where_the_cell_says(
    connection: Connection, tmp_path: Path
) -> None:
    heading = "number;given_name;family_name;organisation;supervisor"
    import_text(connection, tmp_path, names("8;A;B;zoo;", "9;A;B;zoo;", heading=heading))
    text = names("1;A;B;city;9", "2;A;B;city;8", "3;A;B;city;9@zoo", "9;A;B;city;", heading=heading)
    import_text(connection, tmp_path, text)
    boss = employee.alias()
    led = {
        row.number: (row.boss, row.place)
        for row in connection.execute(
            select(
                employee.c.number,
                boss.c.number.label("boss"),
                boss.c.organisation_id.label("place"),
            ).join(boss, boss.c.id == employee.c.supervisor_id)
        )
    }
    zoo = person(connection, "8")["organisation_id"]
    city = person(connection, "1")["organisation_id"]
    assert led == {"1": ("9", city), "2": ("8", zoo), "3": ("9", zoo)}


def test_who_leads_people_from_above_stays_their_leader(
    connection: Connection, tmp_path: Path
) -> None:
    heading = "number;given_name;family_name;organisation;supervisor"
    text = names("1;A;B;city;", "2;A;B;harbour;1@city", heading=heading)
    import_text(connection, tmp_path, text)
    export_people(an_act(connection, "harbour"), tmp_path / "x.csv", attributes=ATTRIBUTES)
    again = import_people(an_act(connection, "harbour"), tmp_path / "x.csv", attributes=ATTRIBUTES)
    assert (again.unchanged, again.total) == (1, 1)


@pytest.mark.parametrize("name", ["people.csv", "people.xlsx"])
def test_an_export_imports_again_as_unchanged(
    connection: Connection, tmp_path: Path, name: str
) -> None:
    import_text(connection, tmp_path, FULL)
    heading = "number;given_name;family_name;organisation;supervisor"
    import_text(connection, tmp_path, names("4711;+49-203;-5;zoo;4711@city", heading=heading))
    act = an_act(connection)
    assert export_people(act, tmp_path / name, attributes=ATTRIBUTES) == 4
    report = import_people(act, tmp_path / name, attributes=ATTRIBUTES)
    assert (report.unchanged, report.total) == (4, 4)


def test_hr_exports_its_own_people_only(connection: Connection, tmp_path: Path) -> None:
    import_text(connection, tmp_path, names("1;A;B"))
    import_text(connection, tmp_path, names("2;A;B"), organisation="zoo")
    assert export_people(an_act(connection, "zoo"), tmp_path / "x.csv", attributes={}) == 1


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.HR])
def test_only_hr_imports_and_exports(connection: Connection, tmp_path: Path, role: Role) -> None:
    act = an_act(connection, "city", role, "4711")
    path = a_file(tmp_path, FULL)
    with pytest.raises(RefusedError) as caught:
        import_people(act, path, attributes=ATTRIBUTES)
    assert [reason.code for reason in caught.value.reasons] == ["role"]
    assert caught.value.text("de") == f"- das darf nur die Personalstelle, nicht {act.actor}"
    with pytest.raises(RefusedError):
        export_people(act, tmp_path / "x.csv", attributes=ATTRIBUTES)
    assert not (tmp_path / "x.csv").exists()


def test_an_organisation_that_is_not_seen_answers_as_if_there_were_none(
    connection: Connection, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=r"no organisation 'zou'; did you mean 'zoo'\?"):
        import_text(connection, tmp_path, FULL, organisation="zou")
    with pytest.raises(InputError, match="no organisation 'zoo'; there are: harbour"):
        import_text(connection, tmp_path, FULL, at="harbour", organisation="zoo")
    with pytest.raises(NotFoundError, match="there is no organisation 'elsewhere'"):
        import_text(connection, tmp_path, FULL, at="elsewhere")


def test_two_imports_at_once_wait_for_each_other(database: Database, tmp_path: Path) -> None:
    path = a_file(tmp_path, FULL)

    def import_file(connection: Connection) -> ImportReport:
        return import_people(an_act(connection), path, attributes=ATTRIBUTES)

    def second() -> ImportReport:
        with database.writing() as connection:
            return import_file(connection)

    with database.writing() as connection:
        add_organisation(an_act(connection, None), "city", "City")
    with ThreadPoolExecutor(1) as pool:
        with database.writing() as connection:
            assert import_file(connection).created == 3
            waiting = pool.submit(second)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.3)
        assert waiting.result(timeout=30).unchanged == 3
