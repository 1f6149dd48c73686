"""Leases: what is due goes to one worker at a time, and comes back when it does not come back."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from qualipath import Qualipath
from qualipath.services.delivery.leasing import Upcoming, give_back, lease, upcoming
from qualipath.storage.database import Database
from qualipath.storage.tables import notice
from tests.builders import NOW, an_installation
from tests.integration.posting import delivering, invited, leased, noticed

MINUTE = timedelta(minutes=1)


@pytest.fixture
def engine(database: Database) -> Qualipath:
    return an_installation(database)


def test_the_longest_due_go_first_and_to_one_only(engine: Qualipath) -> None:
    first, second, third = invited(engine, 3)
    with delivering(engine) as act:
        waits = update(notice).where(notice.c.id == first)
        act.connection.execute(waits.values(due_at=NOW + MINUTE))

    one = leased(engine, "a", limit=1)
    rest = leased(engine, "b")
    later = leased(engine, "c", now=NOW + MINUTE)

    assert [[each.id for each in page] for page in (one, rest, later)] == [
        [second],
        [third],
        [first],
    ]
    assert [row.leased_by for row in noticed(engine)] == ["c", "a", "b"]


def test_without_a_lease_two_see_the_same(engine: Qualipath) -> None:
    ids = invited(engine, 3)
    due = select(notice.c.id).where(notice.c.status == "pending", notice.c.due_at <= NOW)
    seen = []
    for _ in range(2):
        with delivering(engine) as act:
            seen.append(sorted(act.connection.scalars(due)))
    assert seen == [ids, ids]


def test_a_lease_that_has_run_out_is_nobodys(engine: Qualipath) -> None:
    (id_,) = invited(engine, 1)
    leased(engine, "a", until=NOW + 10 * MINUTE)
    assert leased(engine, "b", now=NOW + 9 * MINUTE) == ()
    assert [each.id for each in leased(engine, "b", now=NOW + 10 * MINUTE)] == [id_]


def test_nobody_waits_for_who_is_leasing(engine: Qualipath) -> None:
    ids = invited(engine, 4)
    with ThreadPoolExecutor(1) as other:
        with delivering(engine) as act:
            mine = lease(act, "a", limit=2, until=NOW + MINUTE)
            theirs = other.submit(leased, engine, "b")
            if engine.database.address.file is None:
                # The first has not committed, and is not waited for.
                assert [each.id for each in theirs.result(60)] == ids[2:]
        assert [each.id for each in (*mine, *theirs.result(60))] == ids


def test_what_is_given_back_is_due_when_it_was_but_not_before(engine: Qualipath) -> None:
    first, second, third = invited(engine, 3)
    leased(engine, "a", limit=2)
    leased(engine, "b")
    with delivering(engine) as act:
        give_back(act, "a", [first])
        give_back(act, "a", [second, third], NOW + MINUTE)
    assert [(row.leased_by, row.due_at - NOW) for row in noticed(engine)] == [
        (None, timedelta()),
        (None, MINUTE),
        # It is another's.
        ("b", timedelta()),
    ]


def test_tells_when_the_next_mail_is_due(engine: Qualipath) -> None:
    def told() -> Upcoming:
        with delivering(engine) as act:
            return upcoming(act)

    assert told() == Upcoming(None, None, None)
    first, _ = invited(engine, 2)
    assert told().mail_at == NOW
    assert told().due(NOW)
    leased(engine, "a", until=NOW + 10 * MINUTE)
    assert told().mail_at == NOW + 10 * MINUTE
    assert not told().due(NOW)
    with delivering(engine) as act:
        give_back(act, "a", [first], NOW + MINUTE)
    assert told().mail_at == NOW + MINUTE
