"""When terms, their windows and their intakes begin and end, where the calendar is."""

import csv
from calendar import SUNDAY, monthcalendar
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qualipath.definition.bundled import bundled
from qualipath.definition.calendars import CalendarSpec, HolidaysSpec
from qualipath.definition.intakes import IntakeSpec
from qualipath.definition.loader import load_catalogue
from qualipath.definition.local_time import day_start, readings
from qualipath.definition.values import Period
from qualipath.definition.working_days import working_day
from qualipath.domain.intake import Dates
from qualipath.domain.terms import Term, dates_of, first_day, last_day, terms_between
from qualipath.errors import InputError
from tests.builders import a_text

BERLIN = ZoneInfo("Europe/Berlin")
NRW = HolidaysSpec(country="DE", subdivision="NW")
SHARED = Path(__file__).parents[4] / "shared/data"
SHIPPED = load_catalogue(bundled("workflows")).calendars
UNIVERSITY = SHIPPED["nrw_university"]
HALF_A_YEAR = Period(6, "months")


def a_calendar(**fields: Any) -> CalendarSpec:
    """Make a calendar of half-years whose windows open 16 and close 6 weeks before."""
    usual = {
        "calendar": "half_years",
        "title": a_text("half-years"),
        "timezone": "Europe/Berlin",
        "windows": {"opens": "16 weeks", "closes": "6 weeks"},
        "terms": [
            {"name": "SS", "month": 4, "day": 1},
            {"name": "WS", "month": 10, "day": 1},
        ],
    }
    return CalendarSpec.model_validate(usual | fields)


def an_offer(**fields: Any) -> IntakeSpec:
    return IntakeSpec.model_validate({"seats": 30} | fields)


def the_term(calendar: CalendarSpec, label: str) -> Term:
    terms = terms_between(calendar, date(2012, 1, 1), date(2040, 12, 31))
    return next(term for term in terms if term.label == label)


def the_dates(
    label: str = "WS 2026/27",
    duration: str | None = "6 months",
    offer: IntakeSpec | None = None,
    **fields: Any,
) -> Dates:
    calendar = a_calendar(**fields)
    lasts = Period.parse(duration) if duration else None
    return dates_of(calendar, offer or an_offer(), lasts, the_term(calendar, label))


def local(instant: datetime | None) -> str:
    """Write an instant as Berlin's clocks show it."""
    assert instant is not None
    assert instant.tzinfo is UTC
    return f"{instant.astimezone(BERLIN):%Y-%m-%d %H:%M}"


def test_a_term_lasts_until_the_next_one() -> None:
    terms = terms_between(UNIVERSITY, date(2026, 4, 1), date(2027, 10, 1))
    assert [(t.label, str(t.starts_on), str(t.ends_on)) for t in terms] == [
        ("SS 2026", "2026-04-01", "2026-09-30"),
        ("WS 2026/27", "2026-10-01", "2027-03-31"),
        ("SS 2027", "2027-04-01", "2027-09-30"),
        ("WS 2027/28", "2027-10-01", "2028-03-31"),
    ]


@pytest.mark.parametrize(
    ("calendar", "labels"),
    [
        ("nrw_fachhochschule", ["SS 2099", "WS 2099/00", "SS 2100"]),
        ("quarters", ["Q1 2099", "Q2 2099", "Q3 2099", "Q4 2099", "Q1 2100"]),
        ("on_demand", []),
    ],
)
def test_terms_are_told_by_their_year_or_years(calendar: str, labels: list[str]) -> None:
    terms = terms_between(SHIPPED[calendar], date(2099, 1, 1), date(2100, 3, 31))
    assert [term.label for term in terms] == labels


def test_a_winter_that_ends_in_february_ends_on_its_last_day() -> None:
    winter = the_term(SHIPPED["nrw_fachhochschule"], "WS 2027/28")
    assert winter.ends_on == date(2028, 2, 29)


@given(
    st.lists(st.tuples(st.integers(1, 12), st.integers(1, 28)), min_size=1, unique=True),
    st.dates(date(1950, 1, 1), date(2900, 1, 1)),
    st.integers(0, 1500),
)
def test_terms_follow_each_other_without_a_gap(
    begins: list[tuple[int, int]], first: date, days: int
) -> None:
    terms = [{"name": f"T{n}", "month": m, "day": d} for n, (m, d) in enumerate(begins)]
    last = first + timedelta(days=days)
    found = terms_between(a_calendar(terms=terms), first, last)
    assert all(first <= term.starts_on <= last for term in found)
    assert len(found) >= len(begins) * ((last - first).days // 366)
    for term, following in pairwise(found):
        assert term.ends_on + timedelta(days=1) == following.starts_on
    assert len({term.label for term in found}) == len(found)


def test_there_are_terms_to_the_end_of_the_calendar() -> None:
    terms = terms_between(UNIVERSITY, date(9997, 1, 1), date.max)
    assert terms[-1].label == "SS 9999"


def test_an_intake_of_a_term_has_the_term_s_dates() -> None:
    dates = the_dates()
    assert local(dates.opens_at) == "2026-06-11 00:00"
    assert local(dates.closes_at) == "2026-08-21 00:00"
    assert dates.allocates_at == dates.closes_at
    assert local(dates.starts_at) == "2026-10-01 00:00"
    assert dates.list_closes_at == dates.starts_at
    assert local(dates.ends_at) == "2027-04-01 00:00"
    assert (dates.starts_on, dates.ends_on) == (date(2026, 10, 1), date(2027, 3, 31))
    assert dates.quotas_lapse_at is None
    assert dates.lectures_from is None


def test_windows_may_name_a_time_of_day() -> None:
    windows = {
        "opens": {"before": "16 weeks", "at": "09:30"},
        "closes": {"before": "6 weeks", "at": "12:00"},
        "allocates": "5 weeks",
        "grace": "2 weeks",
    }
    dates = the_dates(windows=windows)
    assert local(dates.opens_at) == "2026-06-11 09:30"
    assert local(dates.closes_at) == "2026-08-20 12:00"
    assert local(dates.allocates_at) == "2026-08-28 00:00"
    assert local(dates.list_closes_at) == "2026-10-15 00:00"


def test_a_tier_s_own_windows_count_instead_of_the_calendar_s() -> None:
    offer = an_offer(windows={"opens": "8 weeks", "closes": "1 week"})
    dates = the_dates(offer=offer)
    assert (local(dates.opens_at), local(dates.closes_at)) == (
        "2026-08-06 00:00",
        "2026-09-25 00:00",
    )


def test_without_any_windows_nothing_can_be_planned() -> None:
    with pytest.raises(InputError, match="'half_years' has no windows"):
        the_dates(windows=None)


@pytest.mark.parametrize(
    ("duration", "ends_on"),
    [
        (None, date(2027, 3, 31)),
        ("6 months", date(2027, 3, 31)),
        ("30 months", date(2029, 3, 31)),
        ("2 weeks", date(2026, 10, 14)),
        ("1 day", date(2026, 10, 1)),
        ("0 days", date(2026, 10, 1)),
    ],
)
def test_the_last_day_follows_from_the_duration_or_else_the_term(
    duration: str | None, ends_on: date
) -> None:
    assert the_dates(duration=duration).ends_on == ends_on


@pytest.mark.parametrize(
    ("duration", "begins_on", "ends_on"),
    [
        ("1 month", date(2027, 1, 31), date(2027, 2, 27)),
        ("1 month", date(2028, 1, 31), date(2028, 2, 28)),
        ("1 year", date(2028, 2, 29), date(2029, 2, 27)),
        ("6 months", date(2027, 8, 31), date(2028, 2, 28)),
        ("4 years", date(2028, 2, 29), date(2032, 2, 28)),
    ],
)
def test_months_end_where_they_end(duration: str, begins_on: date, ends_on: date) -> None:
    assert last_day(Period.parse(duration), begins_on, begins_on) == ends_on


def test_a_start_moves_to_a_working_day_and_days_are_counted_from_there() -> None:
    moving: dict[str, Any] = {
        "working_days": "starts",
        "holidays": {"country": "DE", "subdivision": "NW"},
    }
    # 1 October 2033 is a Saturday, and the Monday after it is German Unity Day.
    dates = the_dates("WS 2033/34", **moving)
    assert (dates.starts_on, dates.ends_on) == (date(2033, 10, 4), date(2034, 3, 31))
    assert local(dates.starts_at) == "2033-10-04 00:00"
    assert local(dates.opens_at) == "2033-06-11 00:00"
    assert the_dates("WS 2033/34", "2 days", **moving).ends_on == date(2033, 10, 5)
    assert first_day(a_calendar(), date(2033, 10, 1)) == date(2033, 10, 1)


def test_only_the_named_edges_move_to_a_working_day() -> None:
    windows = {"opens": "4 days", "closes": "2 days", "allocates": "2 days"}
    # Easter Sunday is on 28 March 2032; four and two days before 1 April are 28 and 30 March.
    moving: dict[str, Any] = {
        "holidays": {"country": "DE", "subdivision": "NW"},
        "windows": windows,
    }
    dates = the_dates("SS 2032", working_days=["opens", "allocates"], **moving)
    assert local(dates.opens_at) == "2032-03-30 00:00"
    assert local(dates.closes_at) == "2032-03-31 00:00"
    assert local(the_dates("SS 2032", **moving).opens_at) == "2032-03-28 00:00"


def test_quotas_lapse_before_the_start_but_not_before_the_allocation() -> None:
    kept: dict[str, Any] = {"quota": {"seats": {"city": 20}, "lapses": "2 weeks"}}
    dates = the_dates(offer=an_offer(allocation=[kept]))
    assert local(dates.quotas_lapse_at) == "2026-09-17 00:00"
    kept["quota"]["lapses"] = "10 weeks"
    dates = the_dates(offer=an_offer(allocation=[kept]))
    assert dates.quotas_lapse_at == dates.allocates_at


def test_nobody_moves_up_after_the_end() -> None:
    windows = {"opens": "16 weeks", "closes": "6 weeks", "grace": "2 weeks"}
    dates = the_dates(duration="2 days", windows=windows)
    assert dates.list_closes_at == dates.ends_at


def test_lectures_are_those_of_the_term() -> None:
    dates = dates_of(UNIVERSITY, an_offer(), HALF_A_YEAR, the_term(UNIVERSITY, "WS 2026/27"))
    assert (dates.lectures_from, dates.lectures_until) == (date(2026, 10, 12), date(2027, 2, 5))
    dates = dates_of(UNIVERSITY, an_offer(), HALF_A_YEAR, the_term(UNIVERSITY, "WS 2030/31"))
    assert dates.lectures_from is None


def clock_changes() -> list[date]:
    """Give the last Sundays of March and October, on which Berlin changes its clocks."""
    return [
        date(year, month, max(week[SUNDAY] for week in monthcalendar(year, month)))
        for year in range(2025, 2036)
        for month in (3, 10)
    ]


@pytest.mark.parametrize("change", clock_changes(), ids=str)
def test_windows_open_at_local_midnight_around_every_clock_change(change: date) -> None:
    for days in (-1, 0, 1):
        day = change + timedelta(days=days)
        opens = Period((date(change.year + 1, 4, 1) - day).days, "days")
        terms = [{"name": "SS", "month": 4, "day": 1}]
        dates = the_dates(
            f"SS {change.year + 1}/{(change.year + 2) % 100:02}",
            terms=terms,
            windows={"opens": str(opens), "closes": str(opens)},
        )
        assert local(dates.opens_at) == f"{day} 00:00"
        assert local(dates.closes_at) == f"{day + timedelta(days=1)} 00:00"
        length = dates.closes_at - dates.opens_at
        hours = {3: 23, 10: 25}[change.month] if days == 0 else 24
        assert length == timedelta(hours=hours)
    leapt_or_twice = datetime.combine(change, datetime.min.time().replace(hour=2, minute=30))
    assert len(readings(leapt_or_twice, BERLIN)) == {3: 0, 10: 2}[change.month]
    assert len(readings(leapt_or_twice.replace(hour=4), BERLIN)) == 1


def test_a_time_that_clocks_leap_over_means_the_leap_s_end_and_one_shown_twice_the_first() -> None:
    windows = {"opens": {"before": "1 week", "at": "02:30"}, "closes": "1 day"}
    spring = the_dates("T 2027/28", terms=[{"name": "T", "month": 4, "day": 4}], windows=windows)
    assert local(spring.opens_at) == "2027-03-28 03:00"
    autumn = the_dates("T 2027/28", terms=[{"name": "T", "month": 11, "day": 7}], windows=windows)
    assert autumn.opens_at == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)


def test_a_day_begins_with_the_leap_where_clocks_leap_over_midnight() -> None:
    # https://www.iana.org/time-zones: Egypt changes its clocks at midnight.
    assert day_start(date(2026, 4, 24), ZoneInfo("Africa/Cairo")) == datetime(
        2026, 4, 23, 22, tzinfo=UTC
    )


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.sampled_from([None, NRW]))
def test_a_working_day_is_the_next_one_that_is_worked(day: date, holidays: Any) -> None:
    found = working_day(day, holidays)
    assert found >= day
    assert found.weekday() < 5
    assert working_day(found, holidays) == found
    assert (found - day).days <= 5


@pytest.mark.parametrize("year", range(2015, 2036))
def test_public_holidays_are_those_of_the_state(year: int) -> None:
    file = SHARED / "nrw_public_holidays_2015_2035.csv"
    if not file.is_file():
        pytest.skip(f"{file} lies beside the checkout, and is not there")
    with file.open(encoding="utf-8") as rows:
        listed = {date.fromisoformat(row["date"]) for row in csv.DictReader(rows)}
    days = (date(year, 1, 1) + timedelta(days=n) for n in range(365 + (year % 4 == 0)))
    for day in days:
        free = day.weekday() > 4 or day in listed
        assert (working_day(day, NRW) != day) is free, day


def test_the_shipped_lectures_are_those_published() -> None:
    file = SHARED / "nrw_terms.csv"
    if not file.is_file():
        pytest.skip(f"{file} lies beside the checkout, and is not there")
    shipped = {lectures.term: lectures for lectures in UNIVERSITY.lectures}
    with file.open(encoding="utf-8") as rows:
        published = list(csv.DictReader(rows))
    assert len(published) == len(shipped) == 16
    for row in published:
        label = f"{row['term'][:2]} {row['term'][2:]}"
        term = the_term(UNIVERSITY, label)
        assert str(term.starts_on) == row["semester_first_day"]
        assert str(term.ends_on) == row["semester_last_day"]
        assert str(shipped[label].first) == row["first_lecture_day"]
        assert str(shipped[label].last) == row["last_lecture_day"]
