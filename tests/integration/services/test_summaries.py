"""HR's weekly summaries: raised on Mondays, each once, whoever does it and however late."""

from datetime import UTC, datetime, timedelta

import pytest

from qualipath import Qualipath
from qualipath.services.correspondence import set_correspondence
from qualipath.services.recording.summaries import raise_summary
from qualipath.services.summaries import raise_summaries
from qualipath.storage.database import Database
from qualipath.storage.tables import correspondence, notice
from tests.builders import acting, an_installation
from tests.integration.services.looking import rows

MONDAY = datetime(2026, 7, 6, 5, tzinfo=UTC)
WEEK = timedelta(weeks=1)
CITY, TOWN = 2, 3


@pytest.fixture
def engine(database: Database) -> Qualipath:
    """Make an installation in which the city and the town have an HR of their own."""
    engine = an_installation(database)
    with acting(engine, organisation=None).acts.writing() as act:
        set_correspondence(act, "city", hr_address="hr@stadt.example")
        set_correspondence(act, "town", hr_address="hr@gemeinde.example", hour=8)
    return engine


def raised(engine: Qualipath, at: datetime) -> int:
    with engine.acting_as("schedule", "qualipath", now=at).acts.writing() as act:
        return raise_summaries(act)


def due(database: Database) -> dict[int, datetime]:
    return {row.organisation_id: row.summary_due_at for row in rows(database, correspondence)}


def test_each_is_raised_at_its_hour_and_once(engine: Qualipath, database: Database) -> None:
    assert raised(engine, MONDAY - timedelta(seconds=1)) == 0
    assert raised(engine, MONDAY) == 1
    assert raised(engine, MONDAY) == 0
    (row,) = rows(database, notice)
    assert (row.organisation_id, row.notice, row.recipient, row.status) == (
        CITY,
        "weekly_summary",
        "hr",
        "pending",
    )
    assert (row.raised_at, row.due_at) == (MONDAY, MONDAY)
    assert due(database) == {CITY: MONDAY + WEEK, TOWN: MONDAY + timedelta(hours=1)}


def test_weeks_that_were_missed_are_not_made_up_for(engine: Qualipath, database: Database) -> None:
    late = MONDAY + 3 * WEEK + timedelta(days=2)
    assert raised(engine, late) == 2
    assert len(rows(database, notice)) == 2
    assert due(database) == {CITY: MONDAY + 4 * WEEK, TOWN: MONDAY + 4 * WEEK + timedelta(hours=1)}


def test_it_keeps_its_local_hour_over_the_clock_change(
    engine: Qualipath, database: Database
) -> None:
    before = datetime(2026, 10, 19, 12, tzinfo=UTC)
    raised(engine, before)
    assert due(database)[CITY] == datetime(2026, 10, 26, 6, tzinfo=UTC)


def test_who_comes_second_raises_nothing(engine: Qualipath, database: Database) -> None:
    for expected in (True, False):
        with acting(engine, now=MONDAY).acts.writing() as act:
            assert raise_summary(act, CITY, MONDAY, MONDAY + WEEK) is expected
    assert len(rows(database, notice)) == 1


def test_without_an_address_none_is_raised(engine: Qualipath, database: Database) -> None:
    with acting(engine, organisation=None).acts.writing() as act:
        set_correspondence(act, "city", hr_address="inherit")
        set_correspondence(act, "town", summary=False)
    assert raised(engine, MONDAY + WEEK) == 0
    assert rows(database, notice) == []
