"""Digests: one mail a day to a superior for all that waits, and looked at again before it goes."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import insert, update

from qualipath import Qualipath
from qualipath.services.delivery.marking import mark_deferred, mark_sent
from qualipath.services.delivery.preparing import Ready, prepare
from qualipath.storage.database import Database
from qualipath.storage.tables import employee, history, notice
from tests.builders import NOW, acting, an_employee, an_installation
from tests.integration.posting import (
    SENDER,
    delivering,
    leased,
    noticed,
    prepared,
    requested,
    statuses,
    with_hr,
)
from tests.integration.services.delivery.test_marking import as_mail
from tests.integration.services.looking import rows

TOMORROW_AT_7 = datetime(2026, 7, 2, 5, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def engine(database: Database) -> Qualipath:
    return with_hr(an_installation(database))


def digests(engine: Qualipath) -> list[tuple[str, datetime]]:
    return [(row.status, row.due_at) for row in noticed(engine, recipient="digest")]


def sent(engine: Qualipath, ready: Ready, at: datetime) -> None:
    with delivering(engine, at) as act:
        mark_sent(act, ready, as_mail(ready))


def test_several_requests_become_one_mail(engine: Qualipath) -> None:
    ids = requested(engine, "1", "2", "3")

    page = prepared(engine)

    assert page.bundled == 3
    assert statuses(engine, notice="approval_requested") == ["bundled"] * 3
    assert [row.leased_by for row in noticed(engine, notice="approval_requested")] == [None] * 3
    assert digests(engine) == [("pending", TOMORROW_AT_7)]

    (ready,) = prepared(engine, now=TOMORROW_AT_7).drafts
    assert (ready.draft.notice, ready.draft.address) == ("open_requests", "chef@stadt.example")
    assert ready.notice_ids[1:] == tuple(ids)
    sent(engine, ready, TOMORROW_AT_7)
    told = noticed(engine, notice="approval_requested")
    assert {(row.status, row.message_id) for row in told} == {("sent", ready.draft.message_id)}


def test_each_superior_has_their_own(engine: Qualipath) -> None:
    requested(engine, "1", supervisor="north")
    requested(engine, "2", "3", supervisor="south")
    prepared(engine)
    page = prepared(engine, now=TOMORROW_AT_7)
    assert sorted((ready.draft.address, len(ready.notice_ids)) for ready in page.drafts) == [
        ("north@stadt.example", 2),
        ("south@stadt.example", 3),
    ]


def test_weekly_or_at_once_if_the_organisation_wants_it(engine: Qualipath) -> None:
    with_hr(engine, rhythm="weekly", hour=9)
    requested(engine, "1")
    prepared(engine)
    assert digests(engine) == [("pending", datetime(2026, 7, 6, 7, tzinfo=UTC))]

    with_hr(engine, rhythm="at_once")
    (second,) = requested(engine, "2")
    page = prepared(engine)
    # The digest that was to come on Monday does not wait for it any more.
    assert (page.bundled, [ready.draft.notice for ready in page.drafts]) == (
        0,
        ["open_requests", "approval_requested"],
    )
    assert page.drafts[1].notice_ids == (second,)


def test_what_is_decided_meanwhile_is_not_told(engine: Qualipath, database: Database) -> None:
    first, second = requested(engine, "1", "2")
    prepared(engine)
    (row,) = noticed(engine, id=first)
    acting(engine).fire(row.enrolment_id, "approve")

    page = prepared(engine, now=TOMORROW_AT_7)

    (ready,) = [each for each in page.drafts if each.draft.notice == "open_requests"]
    assert ready.notice_ids[1:] == (second,)
    assert statuses(engine, id=first) == ["cancelled"]
    (entry,) = rows(database, history, trigger="cancel_notice")
    assert entry.enrolment_id == row.enrolment_id


def test_with_nothing_left_no_digest_is_sent(engine: Qualipath) -> None:
    (id_,) = requested(engine, "1")
    prepared(engine)
    acting(engine).fire(noticed(engine, id=id_)[0].enrolment_id, "withdraw")
    page = prepared(engine, now=TOMORROW_AT_7)
    assert [ready.draft.notice for ready in page.drafts if ready.notice_ids[1:]] == []
    assert statuses(engine, recipient="digest") == ["cancelled"]
    assert statuses(engine, id=id_) == ["cancelled"]


def test_the_deputy_gets_it_while_the_superior_is_away(engine: Qualipath) -> None:
    requested(engine, "1")
    an_employee(engine, "deputy", email="deputy@stadt.example")
    an_employee(engine, "chef", email="chef@stadt.example", deputy="deputy")
    prepared(engine)
    with delivering(engine) as act:
        away = {"absent_from": date(2026, 7, 2), "absent_until": date(2026, 7, 3)}
        act.connection.execute(update(employee).where(employee.c.number == "chef").values(away))
    (ready,) = prepared(engine, now=TOMORROW_AT_7).drafts
    assert ready.draft.address == "deputy@stadt.example"
    assert ready.draft.fields["on_behalf_of"] == "Bo Birke"


def test_another_superior_gets_it_in_their_own(engine: Qualipath) -> None:
    first, second = requested(engine, "1", "2")
    prepared(engine)
    an_employee(engine, "new", email="new@stadt.example")
    an_employee(engine, "1", supervisor="new")

    (ready,) = prepared(engine, now=TOMORROW_AT_7).drafts
    assert ready.notice_ids[1:] == (second,)
    assert prepared(engine, now=TOMORROW_AT_7).bundled == 1
    (moved,) = noticed(engine, id=first)
    assert noticed(engine, id=moved.bundle_id)[0].due_at == TOMORROW_AT_7 + timedelta(days=1)


def test_what_comes_while_it_is_sent_goes_into_the_next(engine: Qualipath) -> None:
    requested(engine, "1")
    prepared(engine)
    (ready,) = prepared(engine, now=TOMORROW_AT_7).drafts
    requested(engine, "2")
    prepared(engine, now=TOMORROW_AT_7)
    assert [row.message_id for row in noticed(engine, recipient="digest")] == [
        ready.draft.message_id,
        None,
    ]
    sent(engine, ready, TOMORROW_AT_7)
    assert statuses(engine, notice="approval_requested") == ["sent", "bundled"]


def test_what_comes_before_it_is_prepared_comes_along(engine: Qualipath) -> None:
    requested(engine, "1")
    prepared(engine)
    requested(engine, "2")
    # Both the digest and what is new are due now, and in one page.
    (ready,) = prepared(engine, now=TOMORROW_AT_7).drafts
    assert len(ready.notice_ids) == 3


def test_put_off_it_is_looked_at_again_under_the_same_name(engine: Qualipath) -> None:
    first, second = requested(engine, "1", "2")
    prepared(engine)
    (ready,) = prepared(engine, now=TOMORROW_AT_7).drafts
    with delivering(engine, TOMORROW_AT_7) as act:
        mark_deferred(act, "a", ready.notice_ids[0], "busy")
    acting(engine).fire(noticed(engine, id=first)[0].enrolment_id, "approve")

    page = prepared(engine, now=TOMORROW_AT_7 + MINUTE)

    (again,) = [each for each in page.drafts if each.draft.notice == "open_requests"]
    assert again.draft.message_id == ready.draft.message_id
    assert again.notice_ids[1:] == (second,)


def two_at_once(engine: Qualipath, *, begin: Callable[[int], None] | None = None) -> list[object]:
    """Let two workers, who have a request to the same superior each, put it under a digest."""
    pages = [leased(engine, worker, limit=1) for worker in "ab"]
    start = Barrier(2)

    def run(number: int) -> object:
        start.wait()
        try:
            if begin is not None:
                return begin(number)
            with delivering(engine) as act:
                return prepare(act, "ab"[number], pages[number], sender=SENDER).bundled
        except Exception as error:  # noqa: BLE001 -- it is what is asked for
            return type(error).__name__

    with ThreadPoolExecutor(2) as two:
        return list(two.map(run, range(2)))


def test_two_workers_make_one_digest(engine: Qualipath) -> None:
    requested(engine, *(str(number) for number in range(10)))
    for _ in range(5):
        assert two_at_once(engine) == [1, 1]
        with delivering(engine) as act:
            # The next two begin with none.
            named = {"message_id": notice.c.notice + "@city"}
            collecting = notice.c.recipient == "digest"
            act.connection.execute(update(notice).where(collecting).values(named))
    assert len(digests(engine)) == 5
    under = [row.bundle_id for row in noticed(engine, notice="approval_requested")]
    assert sorted(under) == sorted(2 * list(dict.fromkeys(under)))


def test_without_the_rule_for_conflicts_one_of_two_fails(engine: Qualipath) -> None:
    requested(engine, "1", "2")
    (chef,) = rows(engine.database, employee, number="chef")

    def carelessly(_number: int) -> None:
        told = {"notice": "open_requests", "recipient": "digest", "employee_id": chef.id}
        with delivering(engine) as act:
            act.connection.execute(insert(notice).values(raised_at=NOW, due_at=NOW, **told))

    answers = two_at_once(engine, begin=carelessly)
    assert sorted(map(str, answers)) == ["IntegrityError", "None"]


def test_nobody_known_as_superior_is_no_digest(engine: Qualipath) -> None:
    requested(engine, "1")
    with delivering(engine) as act:
        alone = update(employee).where(employee.c.number == "1").values(supervisor_id=None)
        act.connection.execute(alone)
    page = prepared(engine)
    (ready,) = page.drafts
    assert (page.bundled, ready.draft.address) == (0, "personal@stadt.example")
