"""What Python explains of one employee, SQL decides alike for all."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine, select

from qualipath.definition.prerequisites import Kind
from qualipath.definition.values import Spec
from qualipath.domain.eligibility import judge
from qualipath.domain.record import Held, Occasion, Record
from qualipath.errors import NotFoundError
from qualipath.storage import tables
from qualipath.storage.clauses import clause
from qualipath.storage.records import load_record, load_records
from tests import corpus
from tests.builders import TODAY, a_record
from tests.stored import store, store_organisations
from tests.strategies import SAMPLE, globs, keys, occasions, prerequisites, records

TREES = Path(__file__).parents[3] / "shared/data/uw_bothell_trees.jsonl"

# One database serves all examples: each is rolled back to a savepoint.
many_examples = settings(
    deadline=None,
    max_examples=100,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    engine = create_engine(database_url)
    with engine.begin() as opened:
        tables.metadata.create_all(opened)
        store_organisations(opened)
        yield opened
    engine.dispose()


def met_in_sql(connection: Connection, prerequisite: Spec | None, occasion: Occasion) -> set[int]:
    found = connection.scalars(select(tables.employee.c.id).where(clause(prerequisite, occasion)))
    return set(found)


def met_by_judge(
    stored: dict[int, Record], prerequisite: Spec | None, occasion: Occasion
) -> set[int]:
    return {id_ for id_, rec in stored.items() if judge(prerequisite, rec, occasion).met}


@many_examples
@given(prerequisites, st.lists(records, min_size=1, max_size=6), occasions)
def test_judge_and_clause_agree(
    connection: Connection, prerequisite: Spec, people: list[Record], occasion: Occasion
) -> None:
    with connection.begin_nested() as savepoint:
        stored = store(connection, people)
        decided = met_in_sql(connection, prerequisite, occasion)
        undecided = connection.scalars(
            select(tables.employee.c.id).where(clause(prerequisite, occasion).is_(None))
        ).all()
        savepoint.rollback()
    assert decided == met_by_judge(stored, prerequisite, occasion)
    assert not undecided


@many_examples
@given(st.lists(globs, min_size=1, max_size=5), st.lists(keys, min_size=1, max_size=8))
def test_globs_match_alike(
    connection: Connection, patterns: list[str], held_keys: list[str]
) -> None:
    people = [a_record(Held(key, Kind.CERTIFICATE, awarded_on=TODAY)) for key in held_keys]
    occasion = Occasion(TODAY, SAMPLE)
    with connection.begin_nested() as savepoint:
        stored = store(connection, people)
        for pattern in patterns:
            asked = corpus.parsed({"course": pattern})
            decided = met_in_sql(connection, asked, occasion)
            assert decided == met_by_judge(stored, asked, occasion)
        savepoint.rollback()


@many_examples
@given(st.lists(records, min_size=1, max_size=4))
def test_records_come_back_as_they_were_stored(
    connection: Connection, people: list[Record]
) -> None:
    with connection.begin_nested() as savepoint:
        stored = store(connection, people)
        loaded = load_records(connection, [*stored, 10**6], SAMPLE.attributes)
        single = load_record(connection, 1, SAMPLE.attributes)
        savepoint.rollback()
    numbered = {id_: replace(rec, number=loaded[id_].number) for id_, rec in stored.items()}
    assert loaded == numbered
    assert single == loaded[1]
    booleans = [rec.facts["part_time"] for rec in loaded.values() if "part_time" in rec.facts]
    assert all(isinstance(value, bool) for value in booleans)


def test_an_unknown_employee_has_no_record(connection: Connection) -> None:
    with pytest.raises(NotFoundError, match="17"):
        load_record(connection, 17, SAMPLE.attributes)
    assert load_records(connection, [], SAMPLE.attributes) == {}


def test_a_key_with_a_nul_matches_alike(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        pytest.skip("PostgreSQL stores no NUL")
    held = [Held(key, Kind.CERTIFICATE, awarded_on=TODAY) for key in ("a\0b", "a\0", "ab")]
    stored = store(connection, [a_record(one) for one in held])
    occasion = Occasion(TODAY, SAMPLE)
    for glob in ("*", "a*", "a?", "a", "?*", "ab"):
        asked = corpus.parsed({"course": glob})
        assert met_in_sql(connection, asked, occasion) == met_by_judge(stored, asked, occasion)


def test_statements_of_one_shape_are_compiled_once() -> None:
    def key_of(glob: str) -> Any:
        asked = corpus.parsed({"course": glob, "min_grade": "2.0"})
        statement = select(tables.employee.c.id).where(clause(asked, Occasion(TODAY, SAMPLE)))
        cached = statement._generate_cache_key()  # noqa: SLF001
        assert cached is not None
        return cached.key

    assert key_of("a*") == key_of("b?c%")
    assert key_of("a") == key_of("b")
    assert key_of("a") != key_of("a*")


def check_trees(
    connection: Connection, trees: Sequence[corpus.Tree], students_each: int
) -> tuple[int, int]:
    """Hold judge and clause against `corpus.satisfied`; give how many were met, and unmet."""
    occasion = Occasion(TODAY, SAMPLE)
    met = unmet = 0
    for start in range(0, len(trees), 10):
        block = trees[start : start + 10]
        students = [s for tree in block for s in corpus.transcripts(tree, students_each)]
        with connection.begin_nested() as savepoint:
            stored = store(connection, [a_record(*student.credentials) for student in students])
            for tree in block:
                asked = corpus.parsed(tree)
                wanted = {
                    id_
                    for id_, student in enumerate(students, start=1)
                    if corpus.satisfied(tree, student)
                }
                assert met_by_judge(stored, asked, occasion) == wanted, tree
                assert met_in_sql(connection, asked, occasion) == wanted, tree
                met += len(wanted)
                unmet += len(students) - len(wanted)
            savepoint.rollback()
    return met, unmet


def test_a_synthetic_catalogue_of_five_levels_is_judged_rightly(connection: Connection) -> None:
    trees = corpus.synthetic_trees(150)
    assert max(map(corpus.depth_of, trees)) == 5
    met, unmet = check_trees(connection, trees, students_each=4)
    assert met > 1000
    assert unmet > 1000


def test_a_real_catalogue_is_judged_rightly(connection: Connection) -> None:
    if not TREES.exists():
        pytest.skip(f"the catalogue {TREES.name} is not beside this checkout")
    trees = [json.loads(line)["tree"] for line in TREES.read_text("utf-8").splitlines()]
    assert len(trees) == 413
    running = [c for t in trees for c in corpus.courses_of(t) if len(c) > 1]
    assert sum("may_be_taken_at_the_same_time" in course for course in running) == 73
    met, unmet = check_trees(connection, trees, students_each=4)
    assert met > 1000
    assert unmet > 1000
