"""The shortest way to a tier, held against trying every way."""

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qualipath.definition.prerequisites import Kind
from qualipath.definition.spec import Definition
from qualipath.domain.eligibility import judge
from qualipath.domain.record import Held, Record
from qualipath.domain.route import Route, shortest_route
from qualipath.domain.truth import every, unknown, weighing
from qualipath.errors import NotFoundError
from tests.builders import TODAY, a_definition, a_record, an_occasion, held

DUISBURG = a_definition(
    {
        "bootcamp": {},
        "certificate_1": {"prerequisites": {"completed": "bootcamp"}},
        "certificate_2": {"prerequisites": {"completed": "certificate_1"}},
        "masters": {
            "prerequisites": {
                "all": [
                    {"degree": "*"},
                    {"experience": "1 year"},
                    {
                        "any": [
                            {"completed": "certificate_2"},
                            {"holds": {"credential": "masters", "kind": "nomination"}},
                        ]
                    },
                ]
            }
        },
    }
)


def route(definition: Definition, goal: str, record: Record | None = None) -> Route:
    return shortest_route(definition, record or a_record(), an_occasion(definition), goal)


def path(goal: dict[str, Any] | None, **tiers: dict[str, Any]) -> Definition:
    return a_definition({**tiers, "goal": {"prerequisites": goal}})


def test_the_way_to_the_masters_leads_over_the_certificates() -> None:
    way = route(DUISBURG, "masters")
    assert way.tiers == ("bootcamp", "certificate_1", "certificate_2")
    assert [("degree" in str(m), "experience" in str(m)) for m in way.missing] == [
        (True, False),
        (False, True),
    ]
    assert way.from_on is None
    assert way.reachable
    assert way.shortest


def test_what_is_held_is_not_asked_for_again() -> None:
    nominated = a_record(
        held("bachelor/x", Kind.DEGREE),
        held("masters", Kind.NOMINATION),
        experience_since=date(2020, 1, 1),
    )
    assert route(DUISBURG, "masters", nominated) == Route("masters", ())
    done = a_record(held("certificate_1"))
    assert route(DUISBURG, "certificate_2", done).tiers == ()
    assert route(DUISBURG, "masters", done).tiers == ("certificate_2",)


def test_where_only_time_is_missing_the_day_is_told() -> None:
    since = date(2026, 2, 1)
    waiting = a_record(held("bachelor/x", Kind.DEGREE), experience_since=since)
    way = route(DUISBURG, "masters", waiting)
    assert (way.from_on, len(way.missing)) == (date(2027, 2, 1), 1)
    assert route(DUISBURG, "masters", a_record(experience_since=since)).from_on is None


def test_the_shorter_alternative_wins_and_the_earlier_of_two_equal_ones() -> None:
    step = {"prerequisites": {"completed": "a"}}
    goal = {"any": [{"completed": "far"}, {"completed": "c"}, {"completed": "b"}]}
    assert route(path(goal, a={}, far=step, b={}, c={}), "goal").tiers == ("b",)


def test_requirements_that_no_tier_meets_are_avoided_where_tiers_can() -> None:
    goal = {"any": [{"holds": "outside"}, {"completed": "b"}]}
    tiers: dict[str, Any] = {"a": {}, "b": {"prerequisites": {"completed": "a"}}}
    way = route(path(goal, **tiers), "goal")
    assert (way.tiers, way.missing) == (("a", "b"), ())
    blocked = route(path(goal, b={"prerequisites": {"holds": "elsewhere"}}), "goal")
    assert (blocked.tiers, len(blocked.missing)) == ((), 1)


def test_credits_add_up_over_tiers() -> None:
    tiers: dict[str, Any] = {"a": {"credits": 5}, "b": {"credits": 10}, "c": {"credits": "2.5"}}
    goal = {"credits": {"at_least": 20}}
    held_already = a_record(held("old", Kind.CERTIFICATE, credits=500))
    assert route(path(goal, **tiers), "goal", held_already).tiers == ("a", "b")
    assert len(route(path(goal, **tiers), "goal").missing) == 1


def test_a_tier_that_must_not_be_completed_comes_too_late() -> None:
    tiers: dict[str, Any] = {"x": {"prerequisites": {"not": {"completed": "y"}}}, "y": {}}
    both = {"all": [{"completed": "y"}, {"completed": "x"}]}
    assert route(path(both, **tiers), "goal").tiers == ("x", "y")
    late = route(path(both, **tiers), "goal", a_record(held("y")))
    assert late.tiers == ("x",)
    assert ["stands against it" in str(hindrance) for hindrance in late.missing] == [True]


def test_a_ring_without_another_way_in_is_no_way() -> None:
    ring = {
        "a": {"prerequisites": {"completed": "b"}},
        "b": {"prerequisites": {"completed": "a"}},
    }
    assert not route(path({"completed": "a"}, **ring), "goal").reachable


def test_a_grade_that_fell_short_is_no_tier_to_complete() -> None:
    goal = {"completed": {"tier": "a", "grade": "2.0"}}
    poor = a_record(held("a", grade=300, scale="german"))
    way = route(path(goal, a={}), "goal", poor)
    assert (way.tiers, len(way.missing)) == ((), 1)
    assert route(path(goal, a={}), "goal").tiers == ("a",)


def test_no_prerequisites_need_no_way() -> None:
    assert route(path(None), "goal") == Route("goal", ())


def test_an_unknown_goal_names_the_tiers() -> None:
    with pytest.raises(NotFoundError, match="its tiers are: bootcamp, certificate_1"):
        route(DUISBURG, "master")


MANY = [f"t{i:02}" for i in range(19)]


@contextmanager
def counted_calls() -> Iterator[Counter[str]]:
    """Count the calls of Python functions, which no busy machine changes."""
    calls: Counter[str] = Counter()
    before = sys.getprofile()
    sys.setprofile(
        lambda _frame, event, _argument: calls.update([event] if event == "call" else [])
    )
    try:
        yield calls
    finally:
        sys.setprofile(before)


@pytest.mark.parametrize(
    ("goal", "tiers"),
    [
        ({"at_least": {"n": 10, "of": [{"completed": t} for t in MANY]}}, 10),
        (
            {
                "at_least": {
                    "n": 45,
                    "of": [
                        {"all": [{"completed": a}, {"completed": b}]}
                        for a, b in combinations(MANY, 2)
                    ],
                }
            },
            10,
        ),
        ({"credits": {"at_least": 86}}, 18),
    ],
    ids=["ten of all", "pairs", "credits"],
)
def test_twenty_tiers_are_no_burden(goal: dict[str, Any], tiers: int) -> None:
    definition = path(goal, **{tier: {"credits": 5} for tier in MANY})
    with counted_calls() as calls:
        way = route(definition, "goal")
    # Trying the half million combinations one by one would take a call for each at least.
    assert calls.total() < 100_000
    assert (way.tiers, way.shortest) == (tuple(MANY[:tiers]), True)


def test_beyond_twenty_a_way_without_detours_is_found() -> None:
    names = [f"t{i:02}" for i in range(30)]
    tiers: dict[str, dict[str, Any]] = {name: {} for name in names}
    tiers["t29"] = {"prerequisites": {"any": [{"holds": "outside"}, {"completed": "t28"}]}}
    goal = {
        "all": [
            {"completed": "t29"},
            {"at_least": {"n": 3, "of": [{"completed": t} for t in names]}},
        ]
    }
    way = route(path(goal, **tiers), "goal")
    assert (len(way.tiers), way.missing, way.shortest) == (3, (), False)
    assert way.tiers[-2:] == ("t28", "t29")
    out_of_reach = path({"all": [goal, {"not": {"completed": "t29"}}]}, **tiers)
    assert not route(out_of_reach, "goal").reachable


# --- Held against trying every way ----------------------------------------------------------------

SOME = ["a", "b", "c", "d"]
LEAVES = st.one_of(
    st.sampled_from(SOME).map(lambda t: {"completed": t}),
    st.just({"holds": "[abc]*"}),
    st.just({"holds": "outside"}),
    st.sampled_from([5, 10, 15, 40]).map(lambda n: {"credits": {"at_least": n}}),
)
PREREQUISITES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"all": parts}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"any": parts}),
        st.lists(inner, min_size=2, max_size=4).map(lambda p: {"at_least": {"n": 2, "of": p}}),
        inner.map(lambda part: {"not": part}),
    ),
    max_leaves=6,
)


def completions(tiers: frozenset[str]) -> Record:
    """Hold these tiers, as if they had been completed today."""
    return a_record(
        *(
            Held(t, Kind.COMPLETION, awarded_on=TODAY, grade=100, scale="german", credits=500)
            for t in sorted(tiers)
        )
    )


def fewest(definition: Definition, goal: str) -> int | None:
    """Try every way, breadth first."""
    tiers = definition.path.tiers

    def opened(tier: str, done: frozenset[str]) -> bool:
        record = completions(done)
        return judge(tiers[tier].prerequisites, record, an_occasion(definition)).met

    layer, steps = {frozenset[str]()}, 0
    while layer:
        if any(opened(goal, done) for done in layer):
            return steps
        layer = {done | {t} for done in layer for t in SOME if t not in done and opened(t, done)}
        steps += 1
    return None


@settings(max_examples=200)
@given(st.lists(st.none() | PREREQUISITES, min_size=5, max_size=5))
def test_the_way_is_as_short_as_trying_every_way_finds(asked: list[dict[str, Any] | None]) -> None:
    tiers = {t: {"prerequisites": a, "credits": 5} for t, a in zip(SOME, asked, strict=False)}
    definition = path(asked[-1], **tiers)
    way = route(definition, "goal")
    steps = fewest(definition, "goal")
    assert (way.reachable and not way.missing) == (steps is not None)
    if steps is not None:
        assert len(way.tiers) == steps
        for i, tier in enumerate((*way.tiers, "goal")):
            record = completions(frozenset(way.tiers[:i]))
            prerequisites = definition.path.tiers[tier].prerequisites
            assert judge(prerequisites, record, an_occasion(definition)).met


@given(st.lists(st.integers(0, 20), min_size=1, max_size=5), st.integers(0, 60))
def test_a_weighing_decides_every_combination(weights: list[int], least: int) -> None:
    n = len(weights)
    table = weighing([(unknown(i, n), w) for i, w in enumerate(weights)], least, every(n))
    for combination in range(1 << n):
        total = sum(w for i, w in enumerate(weights) if combination >> i & 1)
        assert bool(table >> combination & 1) == (total >= least)
