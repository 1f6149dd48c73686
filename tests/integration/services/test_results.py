"""Lists of results: all of one is written, or nothing and every line that is wrong is named."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from qualipath import InputError, Qualipath, RefusedError, SheetError
from qualipath.services.models import ResultsReport
from qualipath.storage.database import Database
from tests.builders import (
    NOW,
    TODAY,
    a_definition,
    a_lifecycle,
    acting,
    an_employee,
    an_enrolment,
    an_installation,
    the_shipped_path,
)
from tests.integration.services.looking import everything

PATH = "duisburg_digital"
COURSE = "certificate_1"
LATER = NOW + timedelta(days=30)


@pytest.fixture
def engine(database: Database) -> Qualipath:
    return an_installation(database)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "results.csv"


def attending(engine: Qualipath, *numbers: str, tier: str = COURSE) -> list[int]:
    """Make employees who attend a course."""
    for number in numbers:
        an_employee(engine, number)
        if tier == COURSE:
            acting(engine).recognise(number, "digital/a", kind="certificate", evidence="seen")
    return [an_enrolment(engine, "attending", tier=tier, number=n).id for n in numbers]


def import_(
    engine: Qualipath, file: Path, *lines: str, path: str | None = None, now: datetime = LATER
) -> ResultsReport:
    file.write_text("\n".join(["number;tier;grade;result;on", *lines]) + "\n")
    return acting(engine, now=now).import_results(file, path=path)


def problems(engine: Qualipath, file: Path, *lines: str) -> list[tuple[int, str, str]]:
    """Import lines that must be refused as a whole; gives line, field and what is wrong."""
    stored = everything(engine.database)
    with pytest.raises(SheetError) as refused:
        import_(engine, file, *lines)
    assert everything(engine.database) == stored
    return [(p.line, p.field, f"{p.what}; {p.right}") for p in refused.value.problems]


def test_passed_failed_and_not_there(engine: Qualipath, file: Path) -> None:
    ids = attending(engine, "1", "2", "3", "4", "5")

    report = import_(
        engine,
        file,
        f"1;{COURSE};1,7;;",
        f"2;{COURSE};4.0;bestanden;",
        f"3;{COURSE};4.3;;",
        f"4;{COURSE};;nicht bestanden;",
        f"5;{COURSE};;no_show;",
    )

    assert (report.completed, report.failed, report.absent) == (2, 2, 1)
    assert (report.unchanged, report.total) == (0, 5)
    after = [acting(engine).enrolment(id_) for id_ in ids]
    assert [(e.state, e.grade) for e in after] == [
        ("completed", "1.7"),
        ("completed", "4.0"),
        ("failed", "4.3"),
        ("failed", None),
        ("absent", None),
    ]
    entry = acting(engine).history(ids[0])[-1]
    assert (entry.effective_at, entry.recorded_at) == (LATER, LATER)


def test_once_more_changes_nothing(engine: Qualipath, file: Path) -> None:
    attending(engine, "1", "2", "3")
    lines = [f"1;{COURSE};1,7;;", f"2;{COURSE};5,0;;", f"3;{COURSE};;no_show;"]
    import_(engine, file, *lines)
    stored = everything(engine.database)

    again = import_(engine, file, *lines)

    assert (again.unchanged, again.completed, again.failed, again.absent) == (3, 0, 0, 0)
    assert everything(engine.database) == stored
    assert import_(engine, file, f"1;{COURSE};;passed;").unchanged == 1


def test_the_list_s_day_is_when_it_holds(engine: Qualipath, file: Path) -> None:
    (id_,) = attending(engine, "1")

    import_(engine, file, f"1;{COURSE};1,7;;2026-07-15")

    entry = acting(engine).history(id_)[-1]
    assert entry.effective_at == datetime(2026, 7, 15, 10, tzinfo=UTC)
    assert entry.recorded_at == LATER
    held = acting(engine).credentials("1")[-1]
    assert held.awarded_on == date(2026, 7, 15)


def test_today_s_results_do_not_hold_later_than_now(engine: Qualipath, file: Path) -> None:
    (id_,) = attending(engine, "1")

    import_(engine, file, f"1;{COURSE};1,7;;2026-07-01", now=NOW)

    assert acting(engine).history(id_)[-1].effective_at == NOW


def test_another_grade_is_a_correction(engine: Qualipath, file: Path) -> None:
    (id_,) = attending(engine, "1")
    import_(engine, file, f"1;{COURSE};1,7;;")

    ((line, field, what), *more) = problems(engine, file, f"1;{COURSE};2,0;;")

    assert (line, field, more) == (2, "number", [])
    assert "'complete' is not possible in the state 'completed'" in what
    assert "a recorded result is changed by correct" in what
    assert acting(engine).enrolment(id_).grade == "1.7"


def test_every_line_that_is_refused_is_named(engine: Qualipath, file: Path) -> None:
    attending(engine, "1", "2", "3", "4")
    an_employee(engine, "5")
    applied = an_enrolment(engine, "applied", number="6").id
    an_employee(engine, "9", "town")

    found = problems(
        engine,
        file,
        f"1;{COURSE};1,7;;",
        f"2;{COURSE};5,5;;",
        f"3;{COURSE};4,7;passed;",
        f"4;{COURSE};;passed;",
        f"1;{COURSE};1,7;;",
    )
    assert [line for line, _, _ in found] == [6]
    found = problems(
        engine,
        file,
        f"1;{COURSE};1,7;;",
        f"5;{COURSE};1,7;;",
        f"9;{COURSE};1,7;;",
        f"nobody;{COURSE};1,7;;",
        "1;masters;1,7;;",
        "1;no_such_tier;1,7;;",
    )
    assert [line for line, _, _ in found] == [3, 4, 5, 6, 7]
    assert (
        len(
            {
                what.replace(n, "N")
                for (_, _, what), n in zip(found[:3], ("5", "9", "nobody"), strict=True)
            }
        )
        == 1
    )
    found = problems(
        engine,
        file,
        f"1;{COURSE};1,7;;",
        f"2;{COURSE};5,5;;",
        f"3;{COURSE};4,7;passed;",
        f"4;{COURSE};;passed;",
        "6;bootcamp;;passed;",
    )
    assert [(line, field) for line, field, _ in found] == [
        (3, "grade"),
        (4, "grade"),
        (5, "grade"),
        (6, "number"),
    ]
    assert acting(engine).enrolment(applied).state == "applied"


def test_a_day_in_the_future(engine: Qualipath, file: Path) -> None:
    attending(engine, "1", "2")
    tomorrow = LATER.date() + timedelta(days=1)

    found = problems(engine, file, f"1;{COURSE};1,7;;{LATER.date()}", f"2;{COURSE};1,7;;{tomorrow}")

    assert [(line, field) for line, field, _ in found] == [(3, "on")]


def test_who_left_was_not_absent(engine: Qualipath, file: Path) -> None:
    for number, state in (("1", "withdrawn"), ("2", "declined"), ("3", "lapsed"), ("4", "revoked")):
        an_enrolment(engine, state, number=number)

    found = problems(
        engine,
        file,
        "1;bootcamp;;no_show;",
        "2;bootcamp;;no_show;",
        "3;bootcamp;;no_show;",
        "4;bootcamp;;failed;",
    )

    assert [line for line, _, _ in found] == [2, 3, 4, 5]


def test_one_enrolment_named_in_two_ways(engine: Qualipath, file: Path) -> None:
    attending(engine, "1")

    found = problems(engine, file, f"1;{COURSE};1,7;;", f"1@city;{COURSE};5,0;;2026-07-15")

    assert [line for line, _, _ in found] == [3]
    assert "already has a result" in found[0][2]


def test_last_year_s_list_does_not_touch_the_new_attempt(engine: Qualipath, file: Path) -> None:
    attending(engine, "1")
    lines = [f"1;{COURSE};5,0;;2026-07-15"]
    import_(engine, file, *lines)
    (second,) = attending(engine, "1")
    assert acting(engine).enrolment(second).attempt == 2

    again = import_(engine, file, *lines, now=LATER + timedelta(days=300))

    assert (again.unchanged, again.failed) == (1, 0)
    assert acting(engine).enrolment(second).state == "attending"
    assert import_(engine, file, f"1;{COURSE};2,0;;").completed == 1
    assert acting(engine).enrolment(second).state == "completed"


def test_two_organisations_with_one_number(engine: Qualipath, file: Path) -> None:
    (ours,) = attending(engine, "1", tier="bootcamp")
    an_employee(engine, "1", "town")
    town = acting(engine, organisation="town")
    theirs = town.apply("1", PATH, "bootcamp").id
    for trigger in ("approve", "admit", "start"):
        town.fire(theirs, trigger)
    file.write_text("number;tier;result\n1;bootcamp;passed\n")
    district = acting(engine, organisation="district")

    with pytest.raises(SheetError, match="several enrolments fit '1'; write number@organisation"):
        district.import_results(file)
    assert acting(engine).import_results(file).completed == 1
    assert district.enrolment(theirs).state == "attending"
    file.write_text("number;tier;result\n1@town;bootcamp;failed\n1@city;bootcamp;passed\n")
    report = district.import_results(file)

    assert (report.failed, report.unchanged) == (1, 1)
    assert (district.enrolment(ours).state, district.enrolment(theirs).state) == (
        "completed",
        "failed",
    )


def test_a_number_in_two_organisations_is_asked_for_even_when_closed(
    engine: Qualipath, file: Path
) -> None:
    for organisation in ("city", "town"):
        an_employee(engine, "1", organisation)
        hr = acting(engine, organisation=organisation)
        id_ = hr.apply("1", PATH, "bootcamp").id
        for trigger in ("approve", "admit", "start", "complete"):
            hr.fire(id_, trigger)
    file.write_text("number;tier;result\n1;bootcamp;passed\n")

    with pytest.raises(SheetError, match="several enrolments fit '1'"):
        acting(engine, organisation="district").import_results(file)


def test_two_paths_with_one_tier(database: Database, file: Path) -> None:
    sample = a_definition({"bootcamp": {}}, a_lifecycle())
    engine = an_installation(database, the_shipped_path(), sample)
    (shipped,) = attending(engine, "1", tier="bootcamp")
    other = an_enrolment(
        engine, "attending", tier="bootcamp", number="1", definition=sample, grade="1.0"
    ).id

    ((_, _, what),) = problems(engine, file, "1;bootcamp;;failed;")
    assert "name the path: 1@city on duisburg_digital, 1@city on sample" in what

    assert import_(engine, file, "1;bootcamp;;failed;", path="sample").failed == 1
    assert [acting(engine).enrolment(id_).state for id_ in (shipped, other)] == [
        "attending",
        "failed",
    ]


def test_who_may_import(engine: Qualipath, file: Path) -> None:
    (id_,) = attending(engine, "1")
    file.write_text(f"number;tier;grade\n1;{COURSE};1,0\n")

    with pytest.raises(SheetError, match="may not be fired by: the employee"):
        acting(engine, "employee", "1").import_results(file)
    with pytest.raises(SheetError, match="has no enrolment"):
        acting(engine, "provider", "university", None).import_results(file)
    with pytest.raises(InputError):
        acting(engine).import_results(file.with_name("nowhere.csv"))
    assert acting(engine).enrolment(id_).state == "attending"


def test_a_key_stands_for_a_list(engine: Qualipath, file: Path) -> None:
    attending(engine, "1", "2")
    file.write_text(f"number;tier;grade\n1;{COURSE};1,7\n")
    hr = acting(engine)
    first = hr.import_results(file, key="list-1")

    assert hr.import_results(file, key="list-1") == first
    assert first.completed == 1
    assert acting(engine).credentials("1")[-1].awarded_on == TODAY
    with pytest.raises(RefusedError):
        hr.apply("1", PATH, COURSE)


def test_a_wrong_tier_is_what_is_wrong(engine: Qualipath, file: Path) -> None:
    attending(engine, "1")

    found = problems(engine, file, "1;certificate1;1,7;;", "1;masters;1,7;;")

    assert [(line, field) for line, field, _ in found] == [(2, "tier"), (3, "number")]
    assert "'certificate1' is not possible here; did you mean 'certificate_1'?" in found[0][2]
    file.write_text("number;tier;result\n1;sample;passed\n")
    with pytest.raises(SheetError, match="tier: 'sample' is not possible here"):
        acting(engine).import_results(file, path=PATH)


def test_midday_is_where_the_path_is(database: Database, file: Path) -> None:
    definition = a_definition({"bootcamp": {}}, a_lifecycle()).model_copy(
        update={"timezone": "America/New_York"}
    )
    engine = an_installation(database, definition)
    id_ = an_enrolment(engine, "attending", number="1", definition=definition).id

    import_(engine, file, "1;bootcamp;1,7;;2026-07-15")

    entry = acting(engine).history(id_)[-1]
    assert entry.effective_at == datetime(2026, 7, 15, 16, tzinfo=UTC)


def test_a_result_is_not_from_before_the_attendance(engine: Qualipath, file: Path) -> None:
    attending(engine, "1", "2")
    day, before = NOW.date(), NOW.date() - timedelta(days=1)

    found = problems(engine, file, f"1;{COURSE};1,7;;{day}", f"2;{COURSE};1,7;;{before}")

    assert [(line, field) for line, field, _ in found] == [(3, "on")]
    assert f"the day {before} lies before {day}" in found[0][2]
    assert "'attending'" in found[0][2]


def test_a_result_of_the_first_day_holds_after_its_beginning(engine: Qualipath, file: Path) -> None:
    evening = NOW.replace(hour=18)
    id_ = an_enrolment(engine, "attending", number="1", now=evening).id

    import_(engine, file, f"1;bootcamp;;passed;{NOW.date()}")

    assert acting(engine).history(id_)[-1].effective_at == evening
