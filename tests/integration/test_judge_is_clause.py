"""What Python explains of one employee, SQL decides alike for all."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter
from sqlalchemy import Connection, create_engine, select
from sqlalchemy.dialects import postgresql

from qualipath.definition.prerequisites import FactValue, Kind, Prerequisite
from qualipath.definition.values import Spec
from qualipath.domain.eligibility import judge
from qualipath.domain.facts import known
from qualipath.domain.record import Held, Occasion, Record
from qualipath.errors import NotFoundError
from qualipath.storage import tables
from qualipath.storage.clauses import clause
from qualipath.storage.records import load_record, load_records
from tests import corpus
from tests.builders import TODAY, a_record, held
from tests.cases import FACTS, GLOBS, HOLDS
from tests.stored import store, store_organisations
from tests.strategies import SAMPLE, globs, keys, occasions, prerequisites, records

_ADAPTER: TypeAdapter[Spec] = TypeAdapter(Prerequisite)
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


def written_as(written: Any) -> Spec:
    return _ADAPTER.validate_python(written)


def met_in_sql(connection: Connection, prerequisite: Spec | None, occasion: Occasion) -> set[int]:
    found = connection.scalars(select(tables.employee.c.id).where(clause(prerequisite, occasion)))
    return set(found)


def met_by_judge(
    stored: dict[int, Record], prerequisite: Spec | None, occasion: Occasion
) -> set[int]:
    return {id_ for id_, rec in stored.items() if judge(prerequisite, rec, occasion).met}


@pytest.mark.long
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


def check(connection: Connection, asked: Sequence[Any], people: Sequence[Record]) -> None:
    """Ask everything about everybody: what meets one case is near the edge of another."""
    stored = store(connection, people)
    for written in asked:
        for occasion in (Occasion(TODAY, SAMPLE), Occasion(TODAY, SAMPLE, TODAY)):
            prerequisite = written_as(written)
            wanted = met_by_judge(stored, prerequisite, occasion)
            assert met_in_sql(connection, prerequisite, occasion) == wanted, written


def test_the_edges_of_holding_are_alike(connection: Connection) -> None:
    asked = [{"holds": query} for query, _, _ in HOLDS]
    check(connection, asked, [a_record(credential) for _, credential, _ in HOLDS])


def test_the_edges_of_facts_are_alike(connection: Connection) -> None:
    asked = [{"fact": query} for query, _, _ in FACTS]
    people = [a_record(facts=facts) for _, facts, _ in FACTS]
    typed = [
        replace(rec, facts={k: v for k, v in rec.facts.items() if fits(k, v)}) for rec in people
    ]
    check(connection, [*asked, *({"not": fact} for fact in asked)], typed)


def fits(attribute: str, value: FactValue) -> bool:
    """Tell whether a column of the attribute's type can hold the value as what it is."""
    spec = SAMPLE.attributes.get(attribute)
    return spec is not None and known(value, spec) == value


def test_the_edges_of_globs_are_alike(connection: Connection) -> None:
    asked = [{"holds": glob} for glob, _, _ in GLOBS]
    keys_held = {key for _, key, _ in GLOBS}
    check(connection, asked, [a_record(held(key)) for key in sorted(keys_held)])


def test_credits_are_summed_alike(connection: Connection) -> None:
    asked = [{"credits": {"at_least": n, "credential": glob}} for n in (2, 5) for glob in "x*"]
    people = [a_record(replace(credential, credits=200)) for _, credential, _ in HOLDS]
    both = [replace(rec, credentials=rec.credentials * 3) for rec in people]
    check(connection, [*asked, *({"not": part} for part in asked)], [*people, *both, a_record()])


@pytest.mark.parametrize("on", [date.min, date(2025, 2, 28), date(2025, 3, 1), date.max])
def test_employment_is_counted_alike(connection: Connection, on: date) -> None:
    begun = [None, date.min, date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 1), date.max]
    people = [a_record(hired_on=a, experience_since=b) for a in begun for b in begun]
    stored = store(connection, people)
    for period in ("0 days", "1 year", "12 months", "366 days", "9999 years"):
        for kind in ("tenure", "experience"):
            prerequisite, occasion = written_as({kind: period}), Occasion(on, SAMPLE)
            wanted = met_by_judge(stored, prerequisite, occasion)
            assert met_in_sql(connection, prerequisite, occasion) == wanted
            opposite = met_in_sql(connection, written_as({"not": {kind: period}}), occasion)
            assert opposite == stored.keys() - wanted


def test_texts_are_ordered_by_code_points_whatever_the_language() -> None:
    asked = written_as({"fact": {"attribute": "desk", "at_least": "b"}})
    told = clause(asked, Occasion(TODAY, SAMPLE)).compile(dialect=postgresql.dialect())  # type: ignore[no-untyped-call]
    assert 'attribute.text COLLATE "C") >=' in str(told)


def test_an_unknown_employee_has_no_record(connection: Connection) -> None:
    with pytest.raises(NotFoundError, match="17"):
        load_record(connection, 17, SAMPLE.attributes)
    assert load_records(connection, [], SAMPLE.attributes) == {}


def test_a_key_with_a_nul_matches_alike(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        pytest.skip("PostgreSQL stores no NUL")
    stored = store(connection, [a_record(held(key)) for key in ("a\0b", "a\0", "ab")])
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


@pytest.mark.long
def test_a_synthetic_catalogue_of_five_levels_is_judged_rightly(connection: Connection) -> None:
    trees = corpus.synthetic_trees(150)
    assert max(map(corpus.depth_of, trees)) == 5
    met, unmet = check_trees(connection, trees, students_each=4)
    assert met > 1000
    assert unmet > 1000


@pytest.mark.long
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
