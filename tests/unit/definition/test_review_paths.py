"""A path that can be read is still held against what it refers to, and against itself."""

from pathlib import Path

import pytest

from qualipath.definition.bundled import bundled
from qualipath.definition.checking import check, reviewed_definition
from qualipath.definition.loader import load_catalogue, read_catalogue
from qualipath.definition.review import review
from qualipath.errors import DefinitionError
from tests.unit.definition.writing import COURSE, FILES, PATH, a_folder, asking, changed, told

FIRST = "    title: {de: Erste, en: First}\n"
COURSES = "lifecycles/course.yaml"
YEAR = "calendars/year.yaml"


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
        (
            "way.yaml:9:19: tiers.first.max_attempts: the lifecycle 'course' does not limit "
            f"attempts; give it {lacking}"
        )
    ]


def test_each_way_to_begin_an_attempt_limits_attempts(tmp_path: Path) -> None:
    path = changed(PATH, FIRST, f"{FIRST}    max_attempts: 2\n")
    course = f"{COURSE}  - {{trigger: jump, from: available, to: attending, roles: hr}}\n"
    (problem,) = told(tmp_path, {COURSES: course, "way.yaml": path})
    assert problem.endswith("give it the guard 'attempts_left' at 'jump' too")


def test_terms_that_cannot_be_are_told(tmp_path: Path) -> None:
    terms = "terms:\n- {name: A, month: 2, day: 29}\n- {name: A, month: 2, day: 29}\n"
    problems = told(tmp_path, {YEAR: FILES[YEAR] + terms})
    assert [p.removeprefix(f"{YEAR}:") for p in problems] == [
        "5:28: terms[0].day: month 2 does not have a day 29 in every year; write 28 or less",
        "6:10: terms[1].name: there is another term 'A'; give it a name of its own",
        "6:28: terms[1].day: another term begins on the same day; let it begin on another day",
        "6:28: terms[1].day: month 2 does not have a day 29 in every year; write 28 or less",
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
    with pytest.raises(DefinitionError, match=r"course\.yaml:7:83"):
        reviewed_definition(folder, "way", None)
    with pytest.raises(DefinitionError, match="no tier 'x'"):
        reviewed_definition(folder, "other", None)


def test_what_is_salvaged_for_review_is_never_a_definition(tmp_path: Path) -> None:
    folder = a_folder(tmp_path, {"way.yaml": f"{PATH}    duraton: 5 days\n"})
    catalogue = read_catalogue(folder)
    assert catalogue.salvaged is not None
    assert set(catalogue.salvaged.paths) == {"way"}
    assert not catalogue.paths
    for read in (catalogue.definition, lambda path: reviewed_definition(folder, path, None)):
        with pytest.raises(DefinitionError, match="duraton"):
            read("way")


def test_the_shipped_definitions_have_no_problems() -> None:
    workflows, templates = bundled("workflows"), bundled("templates")
    assert check(workflows, templates) == []
    assert review(load_catalogue(workflows), templates) == []
