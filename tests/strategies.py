"""Hypothesis strategies: any prerequisite, and any employee whom it may be about."""

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st
from pydantic import TypeAdapter

from qualipath.definition.prerequisites import Kind, Prerequisite
from qualipath.definition.spec import Definition
from qualipath.definition.values import Spec, hundredths
from qualipath.domain.record import Held, Occasion, Record
from tests.builders import a_definition, a_text

ORGANISATIONS = {"kreis": None, "city": "kreis", "office": "city", "other": None}
"""The organisations' keys, each with the one above it."""

_ADAPTER: TypeAdapter[Spec] = TypeAdapter(Prerequisite)
_ATTRIBUTES = {
    "desk": {"title": a_text("desk"), "type": "text"},
    "level": {"title": a_text("level"), "type": "text", "one_of": ["E9a", "E10", "A2", "e10"]},
    "pay": {"title": a_text("pay"), "type": "integer"},
    "part_time": {"title": a_text("part-time"), "type": "boolean"},
    "until": {"title": a_text("until"), "type": "date"},
}


def _sample() -> Definition:
    plain = a_definition({"basic": {}, "pointed": {"grading": "grade_point"}})
    document = plain.model_dump(by_alias=True) | {"attributes": _ATTRIBUTES}
    return Definition.model_validate(document)


SAMPLE = _sample()
"""A path of two tiers, one of them with a scale of its own, and an attribute of every type."""

# Wildcards of ours, of GLOB and of LIKE, both cases, a combining mark, beyond the first plane.
_CHARACTERS = "aAbB*?[]^-%_\\' éÉe\u0301ß😀"
keys = st.sampled_from(["basic", "pointed", "ab", "aB", "a ", "", "a%", "[a]"]) | st.text(
    _CHARACTERS, max_size=4
)
globs = st.sampled_from(["*", "**", "a*", "?", "*b", "a?", "[a]", "?*?", "a%", "_", "basic"]) | (
    st.text(_CHARACTERS, min_size=1, max_size=4)
)
_NEAR = [
    date(2023, 2, 28),
    date(2024, 2, 28),
    date(2024, 2, 29),
    date(2024, 3, 1),
    date(2025, 2, 28),
    date(2025, 3, 1),
    date(2025, 3, 31),
    date(2026, 2, 28),
]
near_days = st.sampled_from(_NEAR)
days = st.sampled_from([*_NEAR, *_NEAR, date.min, date(1, 1, 2), date.max])
periods = st.builds(
    "{} {}".format,
    st.sampled_from([0, 1, 1, 2, 12, 13]),
    st.sampled_from(["day", "weeks", "months", "years"]),
) | st.sampled_from(["9999 years", "9999 weeks"])
_grades = st.sampled_from(["0.7", "1", "2.5", "3.99", "4", "5"])
_scales = st.sampled_from(["german", "grade_point"])
_kinds = st.lists(st.sampled_from(Kind), min_size=1, max_size=3)


def _fields(
    required: Any = None, /, **optional: st.SearchStrategy[Any]
) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(required or {}, optional=optional)


_HOW: dict[str, st.SearchStrategy[Any]] = {
    "grade": _grades,
    "scale": _scales,
    "within": periods,
    "expired": st.booleans(),
    "or_running": st.booleans(),
}
_texts = st.sampled_from(["", "x", "X", "x ", "é", "2025-02-28", "86400", "E9a", "E10", "1"])
_values = (
    _texts
    | st.booleans()
    | st.integers(-2, 2)
    | st.sampled_from([2**31 - 1, -(2**31)])
    | near_days
    | near_days.map(str)
)
_facts = st.one_of(
    [
        _fields({"attribute": st.sampled_from([*_ATTRIBUTES, "unheard_of"]), comparison: asked})
        for comparison, asked in (
            ("is", _values),
            ("one_of", st.lists(_values, max_size=3)),
            ("at_least", _values),
            ("at_most", _values),
        )
    ]
)
_leaves = st.one_of(
    st.builds(lambda asked: {"holds": asked}, _fields(credential=globs, kind=_kinds, **_HOW)),
    st.builds(
        lambda asked: {"completed": asked},
        _fields({"tier": st.sampled_from(["basic", "pointed", "gone"])}, **_HOW),
    ),
    st.builds(
        lambda asked: {"degree": asked}, _fields({"degree": globs}, grade=_grades, scale=_scales)
    ),
    st.builds(
        lambda asked: {"credits": asked},
        _fields({"at_least": st.sampled_from([1, "2.5", 10])}, credential=globs, kind=_kinds),
    ),
    st.builds(lambda period: {"tenure": period}, periods),
    st.builds(lambda period: {"experience": period}, periods),
    st.builds(lambda key: {"organisation": key}, st.sampled_from([*ORGANISATIONS, "c%", "CITY"])),
    st.builds(lambda asked: {"fact": asked}, _facts),
)


def _nested(parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    several = st.lists(parts, min_size=1, max_size=3)
    return st.one_of(
        st.builds(lambda among: {"all": among}, several),
        st.builds(lambda among: {"any": among}, several),
        st.builds(lambda part: {"not": part}, parts),
        several.flatmap(
            lambda among: st.builds(
                lambda n: {"at_least": {"n": n, "of": among}}, st.integers(1, len(among))
            )
        ),
    )


prerequisites: st.SearchStrategy[Spec] = st.recursive(_leaves, _nested, max_leaves=8).map(
    _ADAPTER.validate_python
)
"""Any condition, nested."""


@st.composite
def _held(draw: st.DrawFn) -> Held:
    grade = draw(st.none() | _grades.map(hundredths))
    running = draw(st.booleans()) and draw(st.booleans())
    awarded = None if running else draw(days)
    valid = draw(st.none() | st.sampled_from([0, 1, 29, 31, 365, 366]))
    return Held(
        key=draw(keys),
        kind=draw(st.sampled_from(Kind)),
        awarded_on=awarded,
        running_until=draw(days) if running else None,
        valid_until=_later(awarded, valid),
        revoked=draw(st.integers(0, 5)) == 0,
        grade=grade,
        scale=None if grade is None else draw(_scales),
        credits=draw(st.sampled_from([0, 100, 250, 1000])),
    )


def _later(day: date | None, by: int | None) -> date | None:
    if day is None or by is None:
        return None
    return date.max if (date.max - day).days < by else day + timedelta(days=by)


_facts_known = _fields(
    desk=_texts,
    level=st.sampled_from(["E9a", "E10", "A2", "elsewhere"]),
    pay=st.integers(-2, 2) | st.sampled_from([2**31 - 1, -(2**31)]),
    part_time=st.booleans(),
    until=near_days,
)


def above(key: str) -> tuple[str, ...]:
    """Give an organisation's key and those of all above it, the nearest first."""
    higher = ORGANISATIONS[key]
    return (key, *(above(higher) if higher else ()))


records: st.SearchStrategy[Record] = st.builds(
    Record,
    number=st.just("4711"),
    organisations=st.sampled_from([*ORGANISATIONS]).map(above),
    hired_on=st.none() | days,
    experience_since=st.none() | days,
    facts=_facts_known,
    credentials=st.lists(_held(), max_size=4).map(tuple),
)
"""Any employee of one of the organisations."""

occasions: st.SearchStrategy[Occasion] = st.builds(
    Occasion, on=days, definition=st.just(SAMPLE), running_until=st.none() | days
)
"""Any day, judged strictly or provisionally."""
