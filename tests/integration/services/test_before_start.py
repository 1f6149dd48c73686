"""What is due so long before an intake starts: set with the state, and moved with the dates."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from qualipath import Qualipath
from qualipath.storage.database import Database
from qualipath.storage.tables import deadline, notice
from tests.builders import NOW, an_installation, an_intake, employees, offered_as
from tests.integration.services.looking import rows
from tests.integration.services.seating import hr_of_all, in_turn

BERLIN = ZoneInfo("Europe/Berlin")
WEEK_BEFORE = datetime(2026, 9, 24, tzinfo=BERLIN)


@pytest.fixture
def engine(database: Database) -> Qualipath:
    return an_installation(database, offered_as("bootcamp"))


def an_admitted_one(engine: Qualipath, now: datetime = NOW) -> tuple[int, int]:
    """Admit somebody to an intake that starts on 1 October; gives intake and enrolment."""
    numbers = employees(engine, 1)
    intake_id = an_intake(engine)
    (enrolment_id,) = in_turn(engine, intake_id, numbers, now).values()
    return intake_id, enrolment_id


def due_before_start(database: Database, enrolment_id: int) -> list[datetime]:
    found = rows(database, deadline, enrolment_id=enrolment_id, from_start=True, ended_at=None)
    return [row.due_at for row in found]


def test_it_is_due_as_the_day_so_long_before_begins(engine: Qualipath, database: Database) -> None:
    _, enrolment_id = an_admitted_one(engine)
    (row,) = rows(database, deadline, enrolment_id=enrolment_id, from_start=True)
    assert (row.due_at, row.notice, row.recipient) == (WEEK_BEFORE, "starts_soon", "employee")

    engine.tick(WEEK_BEFORE - timedelta(seconds=1))
    assert rows(database, notice, notice="starts_soon") == []
    engine.tick(WEEK_BEFORE)
    (raised,) = rows(database, notice, notice="starts_soon")
    assert raised.enrolment_id == enrolment_id


def test_it_moves_with_the_start_over_the_clock_change(
    engine: Qualipath, database: Database
) -> None:
    intake_id, enrolment_id = an_admitted_one(engine)
    hr_of_all(engine).redate_intake(intake_id, reason="rooms", starts_on=date(2026, 11, 2))
    assert due_before_start(database, enrolment_id) == [datetime(2026, 10, 26, tzinfo=BERLIN)]


def test_it_is_due_at_once_where_the_start_comes_nearer_than_that(
    engine: Qualipath, database: Database
) -> None:
    intake_id, enrolment_id = an_admitted_one(engine)
    later = datetime(2026, 9, 10, 9, tzinfo=UTC)
    engine.tick(later)
    hr_of_all(engine, later).redate_intake(intake_id, reason="rooms", starts_on=date(2026, 9, 14))
    assert due_before_start(database, enrolment_id) == [later]


def test_who_is_admitted_later_is_not_reminded(engine: Qualipath, database: Database) -> None:
    numbers = employees(engine, 2)
    intake_id = an_intake(engine, seats=1)
    first, second = in_turn(engine, intake_id, numbers).values()
    engine.tick(datetime(2026, 9, 25, 6, tzinfo=UTC))
    hr_of_all(engine, datetime(2026, 9, 25, 9, tzinfo=UTC)).fire(first, "withdraw")
    hr_of_all(engine, datetime(2026, 9, 25, 10, tzinfo=UTC)).fire(second, "accept")
    assert rows(database, deadline, enrolment_id=second, from_start=True) == []


def test_a_pause_does_not_put_it_off(engine: Qualipath, database: Database) -> None:
    _, enrolment_id = an_admitted_one(engine)
    hr_of_all(engine).fire(enrolment_id, "pause", reason="parental leave")
    hr_of_all(engine, NOW + timedelta(days=10)).fire(enrolment_id, "resume")
    assert due_before_start(database, enrolment_id) == [WEEK_BEFORE]


def test_whoever_goes_is_not_reminded(engine: Qualipath, database: Database) -> None:
    _, enrolment_id = an_admitted_one(engine)
    hr_of_all(engine, NOW + timedelta(days=1)).fire(enrolment_id, "withdraw")
    engine.tick(WEEK_BEFORE)
    assert rows(database, notice, notice="starts_soon") == []
