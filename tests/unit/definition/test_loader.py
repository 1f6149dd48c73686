"""A folder is read whole: every problem of all files at its place, and each path on its own."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qualipath.definition.bundled import bundled
from qualipath.definition.catalogue import Catalogue
from qualipath.definition.loader import load_catalogue, load_definition, read_catalogue
from qualipath.definition.spec import Definition
from qualipath.errors import DefinitionError, Problem
from tests.unit.definition.test_guarded_yaml import NAUGHTY
from tests.unit.definition.writing import COURSE, FILES, PATH, a_folder, asking, changed, told

YEAR = "calendars/year.yaml"
COURSES = "lifecycles/course.yaml"


def test_the_small_definitions_are_fine(tmp_path: Path) -> None:
    assert told(tmp_path, {}) == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("calendar: year\n", "calender: year\n",
         "4:1: calender: is not known here; did you mean 'calendar'? Known: calendar, grading, "
         "migrates_from, organisation, path, source, tiers, title"),
        ("organisation: city\n", "", "1:1: organisation: is missing; add 'organisation: …'"),
        ("organisation: city", "organisation: 05112",
         "3:15: organisation: 5112 is not a text; put it in quotes"),
        ("path: way", "path: weg",
         "1:7: path: the file is named 'way', the path in it 'weg'; write 'path: way', or rename "
         "the file"),
        ("path: way", "path: My Way",
         "1:7: path: 'My Way' is not a name; use lower-case letters, digits and underscores, "
         "beginning with a letter"),
        ("  first:\n", "  First:\n",
         "7:3: tiers.First: 'First' is not a name; use lower-case letters, digits and underscores, "
         "beginning with a letter"),
        ("{de: Erste, en: First}", "{de: Erste}",
         "8:5: tiers.first.title.en: is missing; add 'en: …'"),
        ("{de: Erste, en: First}", "First",
         "8:12: tiers.first.title: 'First' is not a mapping; write 'key: value' with keys of: "
         "de, en"),
        ("{de: Erste, en: First}", "{de: '', en: First}",
         "8:17: tiers.first.title.de: is empty; write a text"),
        ("{de: Erste, en: First}\n", "{de: Erste, en: First}\n    credits: ten\n",
         "9:14: tiers.first.credits: 'ten' is not a number with at most two decimals, such as "
         "'2.5'"),
        ("{de: Erste, en: First}\n", "{de: Erste, en: First}\n    cost: -5\n",
         "9:11: tiers.first.cost: -5 is below 0; write 0 or more"),
        ("{de: Erste, en: First}\n", "{de: Erste, en: First}\n    cost: '400'\n",
         "9:11: tiers.first.cost: '400' is not a whole number; write a whole number, without "
         "quotes"),
        ("{de: Erste, en: First}\n", "{de: Erste, en: First}\n    max_attempts: yes\n",
         "9:19: tiers.first.max_attempts: 'yes' is not a whole number; write a whole number, "
         "without quotes"),
        ("{de: Erste, en: First}\n", "{de: Erste, en: First}\n    duration: 2 terms\n",
         "9:15: tiers.first.duration: '2 terms' is not a period; write for example '14 days' or "
         "'1 year'"),
        ("{de: Erste, en: First}\n", "{de: Erste, en: First}\n    sample: {cost: true}\n",
         "9:5: tiers.first.sample: a mapping is not a list; write '[…]', or one '- …' a line"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_path_is_told(tmp_path: Path, old: str, new: str, problem: str) -> None:
    problems = told(tmp_path, {"way.yaml": PATH.replace(old, new)})
    assert f"way.yaml:{problem}" in problems


@pytest.mark.parametrize(
    ("condition", "problem"),
    [
        ("complete: first", "14:7: tiers.second.prerequisites.complete: is not a condition; did you "
         "mean 'completed'? Known: all, any, at_least, completed, credits, degree, experience, "
         "fact, holds, not, organisation, tenure"),
        ("{completed: first, tenure: 1 year}", "13:5: tiers.second.prerequisites: a condition has "
         "one key, this has 2: completed, tenure; list them as conditions under 'all' or 'any'"),
        ("{}", "13:5: tiers.second.prerequisites: an empty mapping is not a condition; write a "
         "mapping with one of: all, any, at_least, not, holds, completed, degree, credits, tenure, "
         "experience, organisation, fact"),
        ("all: [first]", "14:13: tiers.second.prerequisites.all[0]: 'first' is not a condition; "
         "write a mapping with one of: all, any, at_least, not, holds, completed, degree, credits, "
         "tenure, experience, organisation, fact"),
        ("all: []", "14:7: tiers.second.prerequisites.all: is empty; name at least one"),
        ("parts: [{completed: first}]", "14:7: tiers.second.prerequisites.parts: is not a "
         "condition; known: all, any, at_least, completed, credits, degree, experience, fact, "
         "holds, not, organisation, tenure"),
        ("not: {not: {not: 5}}", "14:24: tiers.second.prerequisites.not.not.not: 5 is not a "
         "condition; write a mapping with one of: all, any, at_least, not, holds, completed, "
         "degree, credits, tenure, experience, organisation, fact"),
        ("at_least: {n: 2, of: [{completed: first}]}", "14:7: tiers.second.prerequisites.at_least: "
         "asks for 2 of only 1 parts; at most 1"),
        ("holds: {credential: x, kind: diploma}", "14:36: tiers.second.prerequisites.holds.kind: "
         "'diploma' is not allowed; known: certificate, completion, degree, nomination, "
         "recognition"),
        ("holds: {kind: [degree, certificat]}", "14:30: tiers.second.prerequisites.holds.kind[1]: "
         "'certificat' is not allowed; did you mean 'certificate'? Known: certificate, completion, "
         "degree, nomination, recognition"),
        ("completed: {tier: first, or_running: no}", "14:44: "
         "tiers.second.prerequisites.completed.or_running: 'no' is not true or false; write true "
         "or false, without quotes"),
        ("fact: {attribute: grade}", "14:7: tiers.second.prerequisites.fact: needs exactly one of "
         "'is', 'one_of', 'at_least', 'at_most'"),
        ("fact: {attribute: grade, is: 2.5}", "14:36: tiers.second.prerequisites.fact.is: 2.5 can't "
         "be compared with; write a text, a whole number, a day such as 2026-12-31, true or false"),
        ("fact: {attribute: grade, one_of: [1, [2]]}", "14:44: "
         "tiers.second.prerequisites.fact.one_of[1]: a list can't be compared with; write a text, "
         "a whole number, a day such as 2026-12-31, true or false"),
        ("credits: {at_least: 0}", "14:27: tiers.second.prerequisites.credits.at_least: 0 is not "
         "above 0; write a larger number"),
        ("holds: {grade: 1e99999999, credential: x}", "14:22: "
         "tiers.second.prerequisites.holds.grade: inf is not a number with at most two decimals, "
         "such as '2.5'"),
        ("holds: {grade: '1e99999999', credential: x}", "14:22: "
         "tiers.second.prerequisites.holds.grade: '1e99999999' is not a number with at most two "
         "decimals, such as '2.5'"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_condition_is_told(tmp_path: Path, condition: str, problem: str) -> None:
    assert told(tmp_path, {"way.yaml": asking(condition)}) == [f"way.yaml:{problem}"]


@pytest.mark.parametrize(
    ("file", "old", "new", "problem"),
    [
        (YEAR, "Europe/Berlin", "Europe/Berln",
         "3:11: timezone: there is no time zone 'Europe/Berln'; write an IANA name such as "
         "'Europe/Berlin'"),
        (YEAR, "Europe/Berlin", "../../etc/passwd",
         "3:11: timezone: there is no time zone '../../etc/passwd'; write an IANA name such as "
         "'Europe/Berlin'"),
        (YEAR, "calendar: year", "calendar: term",
         "1:11: calendar: the file is named 'year', the calendar in it 'term'; write 'calendar: "
         "year', or rename the file"),
        (COURSES, "lifecycle: course", "lifecycle: seminar",
         "1:12: lifecycle: the file is named 'course', the lifecycle in it 'seminar'; write "
         "'lifecycle: course', or rename the file"),
        (COURSES, "{trigger: start, from: applied, to: attending, roles: hr,",
         "{trigger: start, from: applied, to: attending, roles: [hr, boss],",
         "20:64: transitions[1].roles[1]: 'boss' is not allowed; known: employee, hr, provider, schedule, "
         "supervisor"),
        (COURSES, "effect: pause, roles", "effect: pausing, roles",
         "23:47: transitions[4].effect: 'pausing' is not allowed; did you mean 'pause'? Known: correct, pause, "
         "resume"),
        (COURSES, "to: attending, roles: hr,", "to: attending, effect: pause, roles: hr,",
         "20:5: transitions[1]: needs either 'to', a state, or 'effect', which keeps the state"),
        (COURSES, "reason: required", "reason: no",
         "25:94: transitions[6].reason: 'no' is not allowed; known: optional, required"),
        ("grading.yaml", "best: 1.0", "best: 5.0",
         "2:3: scales.german: needs 'best' and 'worst' to differ and 'passing' to lie between "
         "them"),
        ("attributes.yaml", "type: integer", "type: number",
         "3:49: attributes.grade.type: 'number' is not allowed; known: boolean, date, integer, "
         "text"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_other_files_is_told(
    tmp_path: Path, file: str, old: str, new: str, problem: str
) -> None:
    problems = told(tmp_path, {file: changed(FILES[file], old, new)})
    assert problems == [f"{file}:{problem}"]


def test_every_problem_of_all_files_is_told_and_hides_none(tmp_path: Path) -> None:
    problems = told(
        tmp_path,
        {
            "way.yaml": changed(PATH, "completed: first", "completed: frist"),
            "other.yaml": "path: [",
            COURSES: changed(COURSE, "to: attending", "to: atending"),
            YEAR: "calendar: year\nextra: 1\n",
        },
    )
    files = [problem.split(":")[0] for problem in problems]
    assert sorted(set(files)) == [YEAR, COURSES, "other.yaml", "way.yaml"]
    assert files == sorted(files)
    assert len([f for f in files if f == YEAR]) == 3


def test_a_broken_file_makes_no_follow_up_problems(tmp_path: Path) -> None:
    problems = told(tmp_path, {COURSES: "[", "grading.yaml": "[", YEAR: "["})
    assert len(problems) == 3


def test_files_that_are_not_read_are_named(tmp_path: Path) -> None:
    problems = told(tmp_path, {"other.yml": PATH, ".hidden.yaml": "[", "notes.txt": "["})
    assert problems == ["other.yml: is not read; name it other.yaml"]


def test_a_missing_folder_is_one_problem(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="nowhere: is not a folder; .*qualipath init"):
        load_catalogue(tmp_path / "nowhere")


def test_an_unknown_path_is_named_with_the_nearest(tmp_path: Path) -> None:
    folder = a_folder(tmp_path)
    with pytest.raises(DefinitionError, match="there is no path 'wya'; did you mean 'way'"):
        load_definition(folder, "wya")
    with pytest.raises(DefinitionError, match="there is no path"):
        load_definition(folder, "../way")


def test_a_definition_holds_only_what_its_path_refers_to(tmp_path: Path) -> None:
    other = COURSE.replace("lifecycle: course", "lifecycle: other")
    folder = a_folder(tmp_path, {"lifecycles/other.yaml": other})
    plain = load_definition(folder, "way")
    assert (set(plain.lifecycles), set(plain.scales), plain.attributes) == (
        {"course"},
        {"german"},
        {},
    )
    assert plain.timezone == "Europe/Berlin"
    asks = asking("""
        all:
          - holds: {credential: x, grade: 3.0, scale: points}
          - any: [not: {fact: {attribute: until, at_least: 2026-12-31}}]
        """)
    asking_more = load_definition(a_folder(folder, {"way.yaml": asks}), "way")
    assert set(asking_more.scales) == {"german", "points"}
    assert set(asking_more.attributes) == {"until"}


def test_only_what_concerns_a_path_changes_its_hash_or_stops_it(tmp_path: Path) -> None:
    digest = load_definition(a_folder(tmp_path), "way").digest()
    attributes = changed(FILES["attributes.yaml"], "integer", "text")
    a_folder(tmp_path, {"attributes.yaml": attributes, "other.yaml": "path: ["})
    assert load_definition(tmp_path, "way").digest() == digest
    a_folder(tmp_path, {"way.yaml": changed(PATH, "en: Way", "en: Path")})
    assert load_definition(tmp_path, "way").digest() != digest
    a_folder(tmp_path, {COURSES: "["})
    with pytest.raises(DefinitionError) as caught:
        load_definition(tmp_path, "way")
    assert [Path(problem.file).name for problem in caught.value.problems] == ["course.yaml"]


def test_a_definition_with_unknown_names_is_refused(tmp_path: Path) -> None:
    path = changed(PATH, "calendar: year", "calendar: yaer").replace("german", "german_grades")
    with pytest.raises(DefinitionError) as caught:
        load_definition(a_folder(tmp_path, {"way.yaml": path}), "way")
    assert [(p.line, p.what, p.right) for p in caught.value.problems] == [
        (4, "there is no calendar 'yaer'", "did you mean 'year'? Known: year"),
        (5, "there is no scale 'german_grades'", "did you mean 'german'? Known: german, points"),
    ]


def test_a_stored_document_reads_back_as_the_same_definition() -> None:
    definition = load_definition(bundled("workflows"), "duisburg_digital")
    again = Definition.model_validate_json(definition.document())
    assert again == definition
    assert again.digest() == definition.digest()


CONDITIONS = st.recursive(
    st.sampled_from([
        {"completed": "first"}, {"completed": {"tier": "first", "grade": "2,5", "within": "2 years"}},
        {"holds": {"credential": "ANTH 2*", "kind": "recognition", "or_running": True}},
        {"degree": "*"}, {"credits": {"at_least": 30.5}}, {"tenure": "1 month"},
        {"experience": "2 years"}, {"organisation": "city"},
        {"fact": {"attribute": "until", "at_most": "2026-12-31"}},
        {"fact": {"attribute": "grade", "one_of": [9, 10]}},
        {"fact": {"attribute": "part_time", "is": False}},
        {"fact": {"attribute": "level", "at_least": "B1"}},
    ]),
    lambda parts: st.one_of(
        st.fixed_dictionaries({"all": st.lists(parts, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"any": st.lists(parts, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"not": parts}),
        st.lists(parts, min_size=2, max_size=3).map(lambda of: {"at_least": {"n": 2, "of": of}}),
    ),
    max_leaves=8,
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(CONDITIONS)
def test_whatever_a_path_asks_for_reads_back_the_same(
    tmp_path_factory: pytest.TempPathFactory, condition: object
) -> None:
    folder = tmp_path_factory.mktemp("folder")
    a_folder(folder, {"way.yaml": asking(json.dumps(condition))})
    definition = load_definition(folder, "way")
    again = Definition.model_validate_json(definition.document())
    assert again == definition
    assert again.digest() == definition.digest()


def naughty_titles() -> list[str]:
    """Give our own naughty strings, and a bigger list of them where it lies beside the project."""
    shared = Path(__file__).parents[4] / "shared/data/blns.json"
    more = json.loads(shared.read_text(encoding="utf-8")) if shared.is_file() else []
    return NAUGHTY + [text for text in more if text]


def test_any_title_is_kept_as_it_is_or_refused(tmp_path: Path) -> None:
    titles = {f"t{number}": text for number, text in enumerate(naughty_titles())}
    refused = {field_of(problem) for problem in read_titles(tmp_path, titles).problems}
    assert not refused & {f"t{number}" for number in range(len(NAUGHTY))}
    kept = {name: text for name, text in titles.items() if name not in refused}
    definition = read_titles(tmp_path, kept).definition("way")
    assert {name: tier.title.en for name, tier in definition.path.tiers.items()} == kept
    assert Definition.model_validate_json(definition.document()) == definition


def read_titles(folder: Path, titles: dict[str, str]) -> Catalogue:
    """Read a path of tiers with these titles; what no file may hold is written as escapes."""
    tiers = "".join(
        f"  {name}: {{title: {{de: x, en: {quoted(text)}}}, lifecycle: course}}\n"
        for name, text in titles.items()
    )
    return read_catalogue(a_folder(folder, {"way.yaml": PATH[: PATH.index("  first")] + tiers}))


def quoted(text: str) -> str:
    raw = json.dumps(text, ensure_ascii=False)
    return re.sub(r"[\x7f-\x9f\u2028\u2029\ufffe\uffff]", lambda c: f"\\u{ord(c[0]):04x}", raw)


def field_of(problem: Problem) -> str:
    """Give the tier that a problem is about."""
    return problem.field.split(".")[1]
