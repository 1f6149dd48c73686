"""Our globs: two wildcards, and nothing else that is special."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qualipath.domain.globs import is_literal, matcher, takes_all
from tests.cases import GLOBS


@pytest.mark.parametrize(
    ("glob", "key", "matches"),
    GLOBS,
)
def test_a_key_matches_a_glob(glob: str, key: str, *, matches: bool) -> None:
    assert bool(matcher(glob)(key)) is matches


def slowly(glob: str, key: str) -> bool:
    if not glob:
        return not key
    if glob[0] == "*":
        return slowly(glob[1:], key) or (key != "" and slowly(glob, key[1:]))
    return key != "" and glob[0] in ("?", key[0]) and slowly(glob[1:], key[1:])


@given(st.text("ab?*", max_size=7), st.text("ab", max_size=7))
def test_matching_is_what_the_grammar_says(glob: str, key: str) -> None:
    assert bool(matcher(glob)(key)) is slowly(glob, key)


def test_literal_and_all_taking_globs_are_known() -> None:
    assert is_literal("a[b]%")
    assert not is_literal("a?")
    assert takes_all("**")
    assert not takes_all("")
    assert not takes_all("*?")


def test_a_glob_of_many_runs_takes_no_exponential_time() -> None:
    assert not matcher("*a" * 100 + "b")("a" * 200)
