"""The shipped JSON Schemas are those of this code, and take whatever the loader takes."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings

from qualipath.definition.bundled import bundled
from qualipath.definition.guarded_yaml import parse_yaml, read_yaml
from qualipath.definition.loader import FOLDERS
from qualipath.definition.schema import schema_text, schemas
from tests.unit.definition.json_schema import accepts
from tests.unit.definition.test_loader import CONDITIONS
from tests.unit.definition.writing import COURSE, FILES, PATH, asking, changed

SCHEMAS = schemas()
SHIPPED = sorted(bundled("workflows").rglob("*.yaml"))


def kind_of(file: Path) -> str:
    return FOLDERS.get(file.parent.name) or (file.stem if file.stem in SCHEMAS else "path")


def data(text: str) -> object:
    return parse_yaml(text.encode(), "f.yaml").data


@pytest.mark.parametrize("kind", SCHEMAS)
def test_the_shipped_schemas_are_up_to_date(kind: str) -> None:
    written = (bundled("workflows") / "schema" / f"{kind}.json").read_text(encoding="utf-8")
    assert written == schema_text(SCHEMAS[kind])


def test_no_other_schema_is_shipped() -> None:
    files = (bundled("workflows") / "schema").iterdir()
    assert {file.name for file in files} == {f"{kind}.json" for kind in SCHEMAS}


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.name)
def test_every_shipped_file_names_its_schema_and_is_valid(file: Path) -> None:
    first, *_ = file.read_text(encoding="utf-8").splitlines()
    named = (file.parent / first.removeprefix("# yaml-language-server: $schema=")).resolve()
    assert named == (bundled("workflows") / "schema" / f"{kind_of(file)}.json").resolve()
    assert accepts(json.loads(named.read_text(encoding="utf-8")), read_yaml(file).data)


@pytest.mark.parametrize("name", FILES)
def test_the_small_definitions_are_valid(name: str) -> None:
    assert accepts(SCHEMAS[kind_of(Path(name))], data(FILES[name]))


@settings(max_examples=60, deadline=None)
@given(CONDITIONS)
def test_whatever_the_loader_takes_is_valid(condition: object) -> None:
    assert accepts(SCHEMAS["path"], data(asking(json.dumps(condition))))


@pytest.mark.parametrize(
    "condition",
    [
        "complete: first",
        "{completed: first, tenure: 1 year}",
        "completed: {tier: first, grad: 1.0}",
        "completed: 5",
        "all: []",
        "any: {tenure: 1 year}",
        "tenure: one year",
        "holds: {credential: x, kind: diploma}",
        "credits: 30",
        "not: [tenure: 1 year]",
        "fact: {is: 5}",
    ],
)
def test_a_wrong_condition_is_not_valid(condition: str) -> None:
    assert not accepts(SCHEMAS["path"], data(asking(condition)))


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("path", changed(PATH, "calendar: year\n", "calender: year\n")),
        ("path", changed(PATH, "  first:\n", "  First:\n")),
        ("path", changed(PATH, "{de: Erste, en: First}", "First")),
        ("lifecycle", changed(COURSE, "roles: [hr, schedule]", "roles: [hr, boss]")),
        ("lifecycle", changed(COURSE, "closed: abandoned", "closed: given up")),
        ("lifecycle", changed(COURSE, "attempt: true", "attempt: yes")),
        ("attributes", changed(FILES["attributes.yaml"], "integer", "number")),
        ("grading", changed(FILES["grading.yaml"], "best: 1.0, ", "")),
        ("calendar", "calendar: year\ntitle: {de: J, en: Y}\n"),
    ],
)
def test_a_wrong_file_is_not_valid(kind: str, text: str) -> None:
    assert not accepts(SCHEMAS[kind], data(text))


@pytest.mark.parametrize("kind", SCHEMAS)
def test_a_schema_says_what_it_is_about(kind: str) -> None:
    schema = SCHEMAS[kind]
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["title"]
    assert schema["description"]
    for name, part in schema.get("$defs", {}).items():
        assert part.get("description"), f"{name} tells editors nothing"
