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
    with pytest.raises(DefinitionError, match=r"nowhere: is not a folder; .*qualipath init"):
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


def test_credits_are_not_negative(tmp_path: Path) -> None:
    path = changed(PATH, "    prerequisites:", "    credits: -5\n    prerequisites:")
    (problem,) = told(tmp_path, {"way.yaml": path})
    assert "tiers.second.credits: -5 is below 0; write 0 or more" in problem


CONDITIONS = st.recursive(
    st.sampled_from(
        [
            {"completed": "first"},
            {"completed": {"tier": "first", "grade": "2,5", "within": "2 years"}},
            {"holds": {"credential": "ANTH 2*", "kind": "recognition", "or_running": True}},
            {"degree": "*"},
            {"credits": {"at_least": 30.5}},
            {"tenure": "1 month"},
            {"experience": "2 years"},
            {"organisation": "city"},
            {"fact": {"attribute": "until", "at_most": "2026-12-31"}},
            {"fact": {"attribute": "grade", "one_of": [9, 10]}},
            {"fact": {"attribute": "part_time", "is": False}},
            {"fact": {"attribute": "level", "at_least": "B1"}},
        ]
    ),
    lambda parts: st.one_of(
        st.fixed_dictionaries({"all": st.lists(parts, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"any": st.lists(parts, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"not": parts}),
        st.lists(parts, min_size=2, max_size=3).map(lambda of: {"at_least": {"n": 2, "of": of}}),
    ),
    max_leaves=8,
)


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
