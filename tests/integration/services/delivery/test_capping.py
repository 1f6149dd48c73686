"""The cap: what exceeds it within an hour waits until HR releases it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from qualipath import Qualipath
from qualipath.services.delivery.marking import mark_sent
from qualipath.services.delivery.preparing import Prepared, prepare
from qualipath.services.words import read_wording
from qualipath.storage.database import Database
from qualipath.storage.tables import correspondence, organisation
from tests.builders import NOW, acting, an_installation
from tests.integration.posting import (
    SENDER,
    delivering,
    invited,
    leased,
    noticed,
    prepared,
    requested,
    statuses,
    with_hr,
)
from tests.integration.services.delivery.test_marking import as_mail
from tests.integration.services.looking import rows

HOUR = timedelta(hours=1)


@pytest.fixture
def engine(database: Database) -> Qualipath:
    return an_installation(database)


def counted(database: Database, key: str = "city") -> int:
    (city,) = rows(database, organisation, key=key)
    (row,) = rows(database, correspondence, organisation_id=city.id)
    return int(row.counted)


def test_what_exceeds_the_cap_is_held(engine: Qualipath, database: Database) -> None:
    with_hr(engine, hourly_cap=2)
    ids = invited(engine, 5)

    page = prepared(engine)

    assert [ready.notice_ids for ready in page.drafts] == [(ids[0],), (ids[1],)]
    assert (page.held, counted(database)) == (3, 2)
    assert statuses(engine) == ["pending", "pending", "held", "held", "held"]
    (row,) = noticed(engine, id=ids[2])
    assert (row.leased_by, row.message_id) == (None, None)
    assert read_wording(row.error).en == (
        "the cap of 2 an hour is reached; let them go by: qualipath outbox release"
    )


def test_what_was_released_goes_and_counts(engine: Qualipath, database: Database) -> None:
    with_hr(engine, hourly_cap=1)
    invited(engine, 3)
    prepared(engine)
    assert acting(engine).release_notices() == 2

    page = prepared(engine, "b")

    assert (len(page.drafts), page.held, counted(database)) == (2, 0, 3)
    assert prepared(engine, "c").drafts == ()


def test_an_hour_later_as_many_go_again(engine: Qualipath, database: Database) -> None:
    with_hr(engine, hourly_cap=2)
    ids = invited(engine, 5)
    found = []
    for at, limit in ((NOW, 1), (NOW + HOUR / 2, 2), (NOW + HOUR, 2)):
        page = leased(engine, "a", limit=limit, now=at)
        with delivering(engine, at) as act:
            found.append(prepare(act, "a", page, sender=SENDER))
            for ready in found[-1].drafts:
                mark_sent(act, ready, as_mail(ready))
    assert [[ready.notice_ids[0] for ready in each.drafts] for each in found] == [
        ids[:1],
        ids[1:2],
        ids[3:],
    ]
    assert (statuses(engine)[2], counted(database)) == ("held", 2)


def test_what_was_let_go_does_not_count_again(engine: Qualipath, database: Database) -> None:
    with_hr(engine, hourly_cap=2)
    invited(engine, 2)
    prepared(engine)
    # Its worker was killed, and another one takes over.
    page = prepared(engine, "b", now=NOW + HOUR / 6)
    assert (len(page.drafts), page.held, counted(database)) == (2, 0, 2)


def test_each_organisation_has_its_own_count_under_a_cap_from_above(
    engine: Qualipath, database: Database
) -> None:
    hr = engine.acting_as("hr", "root", now=NOW)
    hr.set_correspondence("district", hr_address="hr@kreis.example", hourly_cap=0)
    invited(engine, 2)
    hr.set_correspondence("city", hourly_cap=1)
    page = prepared(engine)
    assert (len(page.drafts), page.held, counted(database)) == (1, 1, 1)


def test_a_held_digest_makes_room_for_the_next(engine: Qualipath) -> None:
    with_hr(engine, hourly_cap=0)
    requested(engine, "1")
    prepared(engine)
    (first,) = noticed(engine, recipient="digest")
    assert prepared(engine, now=first.due_at).held == 1
    requested(engine, "2")
    prepared(engine, now=first.due_at)

    assert statuses(engine, recipient="digest") == ["held", "pending"]
    # Two that collected for one superior would break the table's own rule.
    acting(engine).release_notices()
    assert statuses(engine, recipient="digest") == ["pending", "pending"]


def test_two_at_once_do_not_exceed_it(engine: Qualipath, database: Database) -> None:
    with_hr(engine, hourly_cap=5)
    invited(engine, 8)
    pages = [leased(engine, worker, limit=4) for worker in "ab"]
    start = Barrier(2)

    def run(worker: str) -> Prepared:
        start.wait()
        with delivering(engine) as act:
            return prepare(act, worker, pages["ab".index(worker)], sender=SENDER)

    with ThreadPoolExecutor(2) as two:
        found = list(two.map(run, "ab"))

    assert (sum(len(each.drafts) for each in found), sum(each.held for each in found)) == (5, 3)
    assert counted(database) == 5
