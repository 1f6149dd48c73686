"""A path that can be read is still held against what it refers to, and against itself."""

from pathlib import Path

import pytest

from qualipath.definition.bundled import bundled
from qualipath.definition.checking import check, reviewed_definition
from qualipath.definition.loader import load_catalogue
from qualipath.definition.review import review
from qualipath.errors import DefinitionError
from tests.unit.definition.writing import COURSE, FILES, PATH, a_folder, asking, changed, told

FIRST = "    title: {de: Erste, en: First}\n"
COURSES = "lifecycles/course.yaml"
YEAR = "calendars/year.yaml"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("calendar: year", "calendar: yaer"),
         "4:11: calendar: there is no calendar 'yaer'; did you mean 'year'? Known: year"),
        (("grading: german", "grading: french"),
         "5:10: grading: there is no scale 'french'; known: german, points"),
        (("First}\n    lifecycle: course", "First}\n    lifecycle: curse"),
         "9:16: tiers.first.lifecycle: there is no lifecycle 'curse'; did you mean 'course'? Known: "
         "course"),
        ((FIRST, FIRST + "    calendar: month\n"),
         "9:15: tiers.first.calendar: there is no calendar 'month'; known: year"),
        ((FIRST, FIRST + "    grading: point\n"),
         "9:14: tiers.first.grading: there is no scale 'point'; did you mean 'points'? Known: "
         "german, points"),
        ((FIRST, FIRST + "    sample: [cost, price]\n"),
         "9:20: tiers.first.sample[1]: a tier has no field 'price'; known: calendar, cost, credits, "
         "duration, grading, lifecycle, max_attempts, prerequisites, title, valid_for"),
        ((FIRST, FIRST + "    duration: 9999 years\n"),
         "9:15: tiers.first.duration: 9999 years is too long; write at most 100 years"),
        (("      completed: first\n", "      completed: second\n"),
         "13:5: tiers.second.prerequisites: 'second' asks for itself, so nobody can ever reach it; "
         "give it another way in, such as 'any' with a condition that can be met"),
        ((PATH[-1:], "\nmigrates_from: [{version: 1, tiers: {old: frist}}]\n"),
         "15:43: migrates_from[0].tiers.old: there is no tier 'frist'; did you mean 'first'? Known: "
         "first, second"),
        ((PATH[-1:], "\nmigrates_from: [{version: 1, states: {third: {a: b}}}]\n"),
         "15:39: migrates_from[0].states.third: there is no tier 'third'; known: first, second"),
        ((PATH[-1:], "\nmigrates_from: [{version: 1, states: {first: {a: laps}}}]\n"),
         "15:50: migrates_from[0].states.first.a: 'course' has no state 'laps'; did you mean "
         "'lapsed'? Known: applied, attending, completed, lapsed"),
        ((PATH[-1:], "\nmigrates_from: [{version: 1}, {version: 1}]\n"),
         "15:41: migrates_from[1].version: version 1 is mapped twice; keep one mapping a version"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_in_a_path_is_told(
    tmp_path: Path, change: tuple[str, str], problem: str
) -> None:
    old, new = change
    path = PATH[:-1] + new if old == "\n" else changed(PATH, old, new)
    assert told(tmp_path, {"way.yaml": path}) == [f"way.yaml:{problem}"]


@pytest.mark.parametrize(
    ("condition", "problem"),
    [
        ("completed: frist", "14:18: tiers.second.prerequisites.completed.tier: there is no tier "
         "'frist'; did you mean 'first'? Known: first, second"),
        ("completed: {tier: first, grade: 5.5}", "14:39: "
         "tiers.second.prerequisites.completed.grade: the grade 5.5 is not on the scale 'german'; "
         "write a grade from 1.0 (best) to 5.0"),
        ("degree: {degree: x, grade: 4.1, scale: points}", "14:34: "
         "tiers.second.prerequisites.degree.grade: the grade 4.1 is not on the scale 'points'; "
         "write a grade from 4.0 (best) to 0.0"),
        ("holds: {credential: x, grade: 2, scale: dots}", "14:47: "
         "tiers.second.prerequisites.holds.scale: there is no scale 'dots'; did you mean 'points'? "
         "Known: german, points"),
        ("holds: {credential: x, scale: points}", "14:37: "
         "tiers.second.prerequisites.holds.scale: a scale means nothing without a grade; add "
         "'grade', or leave 'scale' out"),
        ("completed: {tier: first, grade: 2.0, scale: points}", "14:51: "
         "tiers.second.prerequisites.completed.scale: the grades of 'first' are on 'german', not "
         "'points'; write 'german', or leave it out"),
        ("fact: {attribute: levl, is: A1}", "14:25: "
         "tiers.second.prerequisites.fact.attribute: there is no attribute 'levl'; did you mean "
         "'level'? Known: grade, level, part_time, until"),
        ("fact: {attribute: grade, is: '9'}", "14:36: tiers.second.prerequisites.fact.is: 'grade' "
         "is of type integer, and '9' is not; write a whole number, without quotes"),
        ("fact: {attribute: part_time, is: no}", "14:40: tiers.second.prerequisites.fact.is: "
         "'part_time' is of type boolean, and 'no' is not; write true or false, without quotes"),
        ("fact: {attribute: until, at_least: 2026}", "14:42: "
         "tiers.second.prerequisites.fact.at_least: 'until' is of type date, and 2026 is not; "
         "write a day such as 2026-12-31"),
        ("fact: {attribute: until, at_least: 2026-02-30}", "14:42: "
         "tiers.second.prerequisites.fact.at_least: 'until' is of type date, and '2026-02-30' is "
         "not; write a day such as 2026-12-31"),
        ("fact: {attribute: level, is: true}", "14:36: tiers.second.prerequisites.fact.is: "
         "'level' is of type text, and true is not; write a text, in quotes"),
        ("fact: {attribute: level, one_of: [A1, D1]}", "14:45: "
         "tiers.second.prerequisites.fact.one_of[1]: 'D1' is none of the values of 'level'; known: "
         "A1, B1, C1"),
        ("fact: {attribute: level, one_of: []}", "14:32: "
         "tiers.second.prerequisites.fact.one_of: is empty; name at least one"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_in_a_condition_is_told(
    tmp_path: Path, condition: str, problem: str
) -> None:
    found = told(tmp_path, {"way.yaml": asking(condition)})
    assert found == [f"way.yaml:{problem}"]


def ring(second: str, third: str) -> str:
    """Ask in the second tier for one thing and in a third for another."""
    tier = "  third:\n    title: {de: D, en: T}\n    lifecycle: course\n    prerequisites:\n"
    return asking(second) + f"{tier}      {third}\n"


def test_a_ring_without_another_way_in_is_told_for_each_of_its_tiers(tmp_path: Path) -> None:
    assert told(tmp_path, {"way.yaml": ring("completed: third", "completed: second")}) == [
        f"way.yaml:{line}:5: tiers.{one}.prerequisites: '{one}' can never be reached: it asks for "
        f"'{other}', never reached either; give it another way in, such as 'any' with a condition "
        "that can be met"
        for line, one, other in ((13, "second", "third"), (18, "third", "second"))
    ]


@pytest.mark.parametrize(
    "second",
    [
        "any: [completed: third, tenure: 1 year]",
        "any: [completed: third, completed: first]",
        "at_least: {n: 1, of: [completed: third, degree: '*']}",
        "not: {completed: third}",
        "not: {all: [completed: third, completed: first]}",
        "any: [completed: second, completed: first]",
    ],
)
def test_a_ring_with_another_way_in_is_legal(tmp_path: Path, second: str) -> None:
    assert told(tmp_path, {"way.yaml": ring(second, "completed: second")}) == []


@pytest.mark.parametrize(
    "second",
    [
        "all: [completed: third, tenure: 1 year]",
        "at_least: {n: 2, of: [completed: third, degree: '*']}",
        "not: {any: [not: {completed: third}, degree: '*']}",
        "completed: {tier: third, or_running: true}",
    ],
)
def test_a_ring_stays_one_whatever_else_is_asked(tmp_path: Path, second: str) -> None:
    assert len(told(tmp_path, {"way.yaml": ring(second, "completed: second")})) == 2


def test_prerequisites_that_are_never_asked_for_are_told(tmp_path: Path) -> None:
    course = changed(COURSE, ", prerequisites: met", ", prerequisites: provisionally")
    assert told(tmp_path, {COURSES: course}) == [
        "way.yaml:13:5: tiers.second.prerequisites: nothing in the lifecycle 'course' asks for them "
        "to be met; write 'prerequisites: met' at one of its transitions"
    ]


@pytest.mark.parametrize(
    ("old", "lacking"),
    [
        ("    attempt: true\n", "a state with 'attempt: true'"),
        (", guards: attempts_left", "the guard 'attempts_left'"),
    ],
)
def test_attempts_that_nothing_limits_are_told(tmp_path: Path, old: str, lacking: str) -> None:
    path = changed(PATH, FIRST, f"{FIRST}    max_attempts: 2\n")
    problems = told(tmp_path, {COURSES: changed(COURSE, old, ""), "way.yaml": path})
    assert problems == [
        "way.yaml:9:19: tiers.first.max_attempts: the lifecycle 'course' does not limit attempts; "
        f"give it {lacking}"
    ]


def test_terms_that_cannot_be_are_told(tmp_path: Path) -> None:
    terms = "terms:\n- {name: A, month: 2, day: 29}\n- {name: A, month: 2, day: 29}\n"
    problems = told(tmp_path, {YEAR: FILES[YEAR] + terms})
    assert [p.removeprefix(f"{YEAR}:") for p in problems] == [
        "5:28: terms[0].day: month 2 does not have a day 29 in every year; write 28 or less",
        "6:10: terms[1].name: there is another term 'A'; give it a name of its own",
        "6:28: terms[1].day: another term begins on the same day; let it begin on another day",
        "6:28: terms[1].day: month 2 does not have a day 29 in every year; write 28 or less",
    ]


def test_only_texts_are_listed(tmp_path: Path) -> None:
    attributes = changed(FILES["attributes.yaml"], "type: integer", "type: integer, one_of: ['1']")
    assert told(tmp_path, {"attributes.yaml": attributes}) == [
        "attributes.yaml:3:58: attributes.grade.one_of: only texts can be listed, and this is of "
        "type integer; leave it out, or write 'type: text'"
    ]


def test_files_are_checked_alone_in_the_light_of_their_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    course = changed(COURSE, "to: lapsed", "to: laps").replace("guards: ", "guards: all_")
    path = changed(PATH, "completed: first", "completed: frist")
    a_folder(tmp_path, {COURSES: course, "way.yaml": path, "bad.yaml": "["})
    monkeypatch.chdir(tmp_path / "lifecycles")
    places = [str(p) for p in check(tmp_path, None, [Path("course.yaml")])]
    assert len(places) == 2
    assert all(place.startswith("course.yaml:") for place in places)
    (problem,) = check(tmp_path, None, [tmp_path / "way.yaml"])
    assert (problem.file, problem.line) == (str(tmp_path / "way.yaml"), 14)
    (missing,) = check(tmp_path, None, [Path("gone.yaml")])
    assert str(missing) == "gone.yaml: does not exist; name a file of a definition"
    (other,) = check(tmp_path, None, [Path(__file__)])
    assert str(other).endswith("is not read; name it so that it ends in .yaml")


def test_a_definition_is_reviewed_with_all_that_it_needs_and_no_more(tmp_path: Path) -> None:
    other = changed(PATH, "path: way", "path: other").replace("completed: first", "completed: x")
    folder = a_folder(tmp_path, {"other.yaml": other})
    assert reviewed_definition(folder, "way", None).path.path == "way"
    course = changed(COURSE, "then: lapse}", "then: start}")
    a_folder(tmp_path, {COURSES: course, "other.yaml": other})
    with pytest.raises(DefinitionError, match="course.yaml:7:83"):
        reviewed_definition(folder, "way", None)
    with pytest.raises(DefinitionError, match="no tier 'x'"):
        reviewed_definition(folder, "other", None)


def test_the_shipped_definitions_have_no_problems() -> None:
    workflows, templates = bundled("workflows"), bundled("templates")
    assert check(workflows, templates) == []
    assert review(load_catalogue(workflows), templates) == []
