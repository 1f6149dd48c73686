"""What the scheduler does next with an intake that goes through the shipped lifecycle."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qualipath.domain.intake import Dates, Due, next_due
from tests.builders import the_shipped_path

LIFECYCLE = the_shipped_path().lifecycles["intake"]
ONCE = {"flag", "release_quotas", "close_list"}
"""What keeps the state, and is done once."""


def at(month: int, day: int, year: int = 2027) -> datetime:
    return datetime(year, month, day, tzinfo=UTC)


DATES = Dates(
    opens_at=at(6, 1),
    closes_at=at(8, 1),
    allocates_at=at(8, 15),
    quotas_lapse_at=at(9, 1),
    starts_at=at(10, 1),
    list_closes_at=at(10, 15),
    ends_at=at(4, 1, 2028),
    starts_on=date(2027, 10, 1),
    ends_on=date(2028, 3, 31),
)


def due(
    state: str, *done: str, dates: Dates = DATES, waits_for_hr: bool = False
) -> tuple[str, datetime] | None:
    found = next_due(LIFECYCLE, state, dates, waits_for_hr=waits_for_hr, done=frozenset(done))
    return (found.trigger, found.at) if found else None


@pytest.mark.parametrize(
    ("state", "done", "expected"),
    [
        ("planned", (), ("open", at(6, 1))),
        ("open", (), ("close", at(8, 1))),
        ("closed", (), ("allocate", at(8, 15))),
        ("allocated", (), ("release_quotas", at(9, 1))),
        ("allocated", ("release_quotas",), ("start", at(10, 1))),
        ("running", ("release_quotas",), ("close_list", at(10, 15))),
        ("running", ("close_list",), ("finish", at(4, 1, 2028))),
        ("finished", (), None),
        ("cancelled", (), None),
    ],
)
def test_each_state_has_its_next_step_at_its_own_instant(
    state: str, done: tuple[str, ...], expected: tuple[str, datetime] | None
) -> None:
    assert due(state, *done) == expected


def test_an_intake_that_waits_for_hr_is_not_allocated_by_the_scheduler() -> None:
    assert due("closed", waits_for_hr=True) is None
    # HR's decision is about the allocation: what comes before and after it is none of its business.
    assert due("open", waits_for_hr=True) == ("close", at(8, 1))
    assert due("allocated", waits_for_hr=True) == ("release_quotas", at(9, 1))


def test_without_quotas_nothing_lapses() -> None:
    assert due("allocated", dates=replace(DATES, quotas_lapse_at=None)) == ("start", at(10, 1))


def test_quotas_that_lapse_at_the_start_do_so_before_it() -> None:
    dates = replace(DATES, quotas_lapse_at=DATES.starts_at)
    assert due("allocated", dates=dates) == ("release_quotas", DATES.starts_at)
    assert due("allocated", "release_quotas", dates=dates) == ("start", DATES.starts_at)


def test_without_grace_the_list_closes_at_the_start_and_before_the_end() -> None:
    dates = replace(DATES, list_closes_at=DATES.starts_at)
    assert due("running", dates=dates) == ("close_list", DATES.starts_at)


def test_a_list_that_closes_at_the_end_does_so_before_it() -> None:
    dates = replace(DATES, list_closes_at=DATES.ends_at)
    assert due("running", dates=dates) == ("close_list", DATES.ends_at)


@given(
    st.lists(st.integers(0, 3), min_size=6, max_size=6),
    st.none() | st.integers(0, 3),
)
def test_the_scheduler_leads_every_intake_to_its_end_and_never_back_in_time(
    gaps: list[int], lapse: int | None
) -> None:
    names = ("opens_at", "closes_at", "allocates_at", "starts_at", "list_closes_at", "ends_at")
    days = [1 + sum(gaps[: n + 1]) for n in range(len(names))]
    instants: dict[str, Any] = {name: at(9, day) for name, day in zip(names, days, strict=True)}
    dates = replace(DATES, **instants, quotas_lapse_at=None)
    if lapse is not None:
        lapses_at = min(at(9, days[2] + lapse), dates.starts_at)
        dates = replace(dates, quotas_lapse_at=lapses_at)
    steps = _played(dates)
    triggers = [step.trigger for step in steps]
    expected = ["open", "close", "allocate", "release_quotas", "start", "close_list", "finish"]
    assert triggers == [t for t in expected if lapse is not None or t != "release_quotas"]
    assert [step.at for step in steps] == sorted(step.at for step in steps)


def _played(dates: Dates) -> list[Due]:
    state, steps = "planned", list[Due]()
    while step := next_due(
        LIFECYCLE,
        state,
        dates,
        waits_for_hr=False,
        done=frozenset(step.trigger for step in steps if step.trigger in ONCE),
    ):
        steps.append(step)
        (transition,) = (t for t in LIFECYCLE.transitions if t.trigger == step.trigger)
        state = transition.to or state
    assert state == "finished"
    return steps
