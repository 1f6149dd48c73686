"""When a course takes place: in sessions within its lectures, or on whole days."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qualipath.definition.intakes import WEEKDAYS, SessionsSpec
from qualipath.domain.intake import Dates
from qualipath.domain.timetable import MOST_DAYS, Sessions, WholeDays, times_of

AT = datetime(2026, 6, 1, tzinfo=UTC)
MONDAY = date(2026, 10, 5)
AFTERNOONS = SessionsSpec.model_validate({"from": "16:00", "until": "19:30"})
THURSDAYS = AFTERNOONS.model_copy(update={"days": ("thursday",)})


def dates(starts_on: date, days: int, **further: Any) -> Dates:
    instants = dict.fromkeys(
        ("opens_at", "closes_at", "allocates_at", "starts_at", "list_closes_at", "ends_at"), AT
    )
    ends_on = starts_on + timedelta(days=days - 1)
    return replace(Dates(**instants, starts_on=starts_on, ends_on=ends_on), **further)


@pytest.mark.parametrize(
    ("days", "last"),
    [(1, MONDAY), (MOST_DAYS, date(2026, 10, 18)), (MOST_DAYS + 1, MONDAY), (900, MONDAY)],
)
def test_without_sessions_a_short_course_is_shown_whole(days: int, last: date) -> None:
    assert times_of(dates(MONDAY, days), None, "Europe/Berlin") == WholeDays(MONDAY, last)


def test_sessions_begin_and_end_on_days_of_theirs() -> None:
    found = times_of(dates(MONDAY, 180), THURSDAYS, "Europe/Berlin")
    assert found == Sessions(
        date(2026, 10, 8), date(2027, 4, 1), (3,), time(16), time(19, 30), "Europe/Berlin"
    )


def test_sessions_are_held_within_the_lecture_period() -> None:
    lectured = dates(MONDAY, 180, lectures_from=date(2026, 10, 12), lectures_until=date(2027, 2, 5))
    found = times_of(lectured, THURSDAYS, "Europe/Berlin")
    assert (found.first, found.last) == (date(2026, 10, 15), date(2027, 2, 4))


def test_lectures_of_another_time_do_not_hide_the_sessions() -> None:
    past = dates(MONDAY, 30, lectures_from=date(2026, 4, 13), lectures_until=date(2026, 7, 24))
    found = times_of(past, THURSDAYS, "Europe/Berlin")
    assert (found.first, found.last) == (date(2026, 10, 8), date(2026, 10, 29))


def test_a_course_on_none_of_its_days_is_shown_whole() -> None:
    saturday = MONDAY + timedelta(days=5)
    assert times_of(dates(saturday, 2), AFTERNOONS, "UTC") == WholeDays(
        saturday, saturday + timedelta(days=1)
    )


@given(
    st.dates(date(2026, 1, 1), date(2030, 12, 31)),
    st.integers(1, 400),
    st.lists(st.sampled_from(WEEKDAYS), unique=True),
)
def test_the_first_and_the_last_session_are_found(first: date, days: int, named: list[str]) -> None:
    sessions = SessionsSpec.model_validate({"days": named, "from": "08:00", "until": "09:00"})
    span = (first + timedelta(days=n) for n in range(days))
    held = [day for day in span if WEEKDAYS[day.weekday()] in (named or WEEKDAYS[:5])]

    found = times_of(dates(first, days), sessions, "UTC")

    if held:
        assert (found.first, found.last) == (held[0], held[-1])
    assert isinstance(found, Sessions) == bool(held)
