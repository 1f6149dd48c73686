"""A simulation's numbers: intakes put together by term and tier, and two runs compared."""

from datetime import UTC, date, datetime
from typing import Any

from qualipath.definition.bundled import bundled
from qualipath.definition.loader import read_catalogue
from qualipath.scenarios.simulation.report import Run, differences, run_of
from qualipath.services.reports import IntakeReport
from tests.builders import the_shipped_path

DEFINITION = the_shipped_path()
CALENDARS = read_catalogue(bundled("workflows")).calendars


def an_intake(tier: str, starts_on: date, **numbers: Any) -> IntakeReport:
    fields: dict[str, Any] = dict.fromkeys(
        (
            "seats",
            "applied",
            "waited",
            "admitted",
            "attended",
            "completed",
            "failed",
            "outstanding",
            "unused",
            "cost",
        ),
        0,
    )
    fields |= {
        "intake": 1,
        "tier": tier,
        "term": None,
        "starts_on": starts_on,
        "ends_on": starts_on,
        "state": "finished",
        "first_completed_at": None,
    }
    return IntakeReport(**fields | numbers)


def a_run(*intakes: IntakeReport, calendar: str = "nrw_university") -> Run:
    return run_of(DEFINITION, CALENDARS[calendar], {}, intakes)


def test_intakes_of_a_tier_that_begin_in_one_term_are_added_up() -> None:
    run = a_run(
        an_intake("certificate_1", date(2027, 10, 1), applied=5),
        an_intake("bootcamp", date(2027, 11, 8), applied=3, cost=400),
        an_intake("bootcamp", date(2028, 2, 7), applied=4, cost=800),
        an_intake("bootcamp", date(2028, 4, 1), applied=6),
    )

    assert [(t.term, t.tier, t.numbers.intakes, t.numbers.applied) for t in run.terms] == [
        ("WS 2027/28", "bootcamp", 2, 7),
        ("WS 2027/28", "certificate_1", 1, 5),
        ("SS 2028", "bootcamp", 1, 6),
    ]
    assert [(t.tier, t.numbers.applied) for t in run.tiers] == [
        ("bootcamp", 13),
        ("certificate_1", 5),
    ]
    assert run.cost == 1200


def test_first_graduates_are_told_in_the_term_whose_intake_somebody_completed_first() -> None:
    late, early = datetime(2028, 9, 16, 8, tzinfo=UTC), datetime(2028, 3, 16, 23, 30, tzinfo=UTC)
    run = a_run(
        an_intake("masters", date(2027, 4, 1)),
        an_intake("masters", date(2027, 10, 1), completed=4, first_completed_at=early),
        an_intake("masters", date(2028, 4, 1), completed=9, first_completed_at=late),
    )

    assert [term.first_graduates for term in run.terms] == [None, 4, None]
    # The day is the path's: half past eleven in UTC is the next one in Duisburg.
    assert [tier.first_completed_on for tier in run.tiers] == [date(2028, 3, 17)]


def test_a_calendar_without_terms_is_told_by_years() -> None:
    run = a_run(
        an_intake("bootcamp", date(2027, 12, 31)),
        an_intake("bootcamp", date(2028, 1, 1)),
        calendar="on_demand",
    )

    assert [term.term for term in run.terms] == ["2027", "2028"]


def test_two_runs_are_compared_number_by_number() -> None:
    first = a_run(an_intake("bootcamp", date(2027, 4, 5), completed=10, unused=3, cost=100))
    second = a_run(an_intake("bootcamp", date(2027, 4, 5), completed=14, unused=1, cost=180))

    (difference,) = differences(first, second)

    assert difference.tier == "bootcamp"
    assert difference.numbers.completed == 4
    assert difference.numbers.unused == -2
    assert difference.numbers.cost == 80
    assert difference.numbers.applied == 0
