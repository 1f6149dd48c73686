"""Batches: whatever Python gives, the database reads the same, whichever way it is sent."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Boolean, Date, Integer, String, select

from qualipath.storage.batches import Batch
from qualipath.storage.columns import Instant
from qualipath.storage.database import Database

BATCH = Batch("told", a=Integer(), b=String(), c=Instant(), d=Date(), e=Boolean())
DAYS = st.dates(date(1900, 1, 1), date(2999, 12, 31))
ROWS = st.lists(
    st.tuples(
        st.none() | st.integers(-(2**31), 2**31 - 1),
        st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\0")),
        st.none() | st.datetimes(datetime(1900, 1, 1), datetime(2999, 1, 1)),  # noqa: DTZ001
        st.none() | DAYS,
        st.none() | st.booleans(),
    ),
    max_size=5,
)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS)
def test_a_batch_is_read_as_it_was_given(database: Database, rows: list[Any]) -> None:
    given_rows = [(a, b, c and c.replace(tzinfo=UTC), d, e) for a, b, c, d, e in rows]
    assert _read_back(database, given_rows) == given_rows


def test_numbers_of_any_size_and_instants_of_any_zone_go_together(database: Database) -> None:
    at = datetime(2026, 10, 25, 2, 30, 0, 1, UTC)
    elsewhere = at.astimezone(UTC) + timedelta(hours=1)
    rows = [(1, '"\\{,}', at, None, True), (2**31 - 1, None, elsewhere, at.date(), None)]
    assert _read_back(database, rows) == rows


def _read_back(database: Database, rows: list[Any]) -> list[Any]:
    with database.writing() as connection:
        dialect = connection.dialect.name
        told = select(BATCH.table(dialect))
        return [tuple(row) for row in connection.execute(told, BATCH.parameters(dialect, rows))]
