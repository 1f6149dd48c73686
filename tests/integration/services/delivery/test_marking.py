"""What becomes of a mail is written once, also where its lease was lost meanwhile."""

import json
from datetime import timedelta
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qualipath import Qualipath
from qualipath.domain.wording import Wording
from qualipath.errors import DeliveryError, UnansweredError
from qualipath.notices.mail import Mail
from qualipath.services.delivery.marking import (
    mark_dead,
    mark_deferred,
    mark_sent,
    pause,
    purge_bodies,
)
from qualipath.services.delivery.preparing import Ready
from qualipath.services.words import read_wording
from qualipath.storage.database import Database
from qualipath.storage.tables import history, message
from tests.builders import NOW, an_installation
from tests.integration.posting import (
    delivering,
    invited,
    leased,
    noticed,
    prepared,
    statuses,
    with_hr,
)
from tests.integration.services.looking import rows

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def engine(database: Database) -> Qualipath:
    return an_installation(database)


def as_mail(ready: Ready) -> Mail:
    return Mail(ready.draft.message_id, "hr@stadt.example", ready.draft.address, "Come", b"Do.\r\n")


def test_a_sent_mail_is_kept_with_its_body(engine: Qualipath, database: Database) -> None:
    (id_,) = invited(engine, 1)
    (ready,) = prepared(engine).drafts
    mail = as_mail(ready)
    for minute in range(2):
        with delivering(engine, NOW + minute * MINUTE) as act:
            mark_sent(act, ready, mail)

    (row,) = noticed(engine)
    assert (row.status, row.leased_by, row.message_id) == ("sent", None, mail.message_id)
    (kept,) = rows(database, message)
    assert kept.message_id == mail.message_id
    assert mail.message_id.startswith(f"n{id_}.")
    assert (kept.address, kept.subject) == (mail.recipient, "Come")
    assert (kept.sha256, kept.body) == (sha256(b"Do.\r\n").hexdigest(), b"Do.\r\n")
    assert (kept.sent_at, kept.purge_at) == (NOW, NOW + 90 * DAY)


def test_bodies_are_forgotten_in_time(engine: Qualipath, database: Database) -> None:
    with_hr(engine, retention_days=2)
    invited(engine, 1)
    (ready,) = prepared(engine).drafts
    with delivering(engine) as act:
        mark_sent(act, ready, as_mail(ready))
    purged = []
    for at in (NOW + 2 * DAY - MINUTE, NOW + 2 * DAY, NOW + 3 * DAY):
        with delivering(engine, at) as act:
            purged.append(purge_bodies(act))
    assert purged == [0, 1, 0]
    (kept,) = rows(database, message)
    assert (kept.body, kept.purge_at) == (None, None)
    assert kept.sha256 == sha256(b"Do.\r\n").hexdigest()


def test_without_retention_no_body_is_kept(engine: Qualipath, database: Database) -> None:
    with_hr(engine, retention_days=0)
    invited(engine, 1)
    (ready,) = prepared(engine).drafts
    with delivering(engine) as act:
        mark_sent(act, ready, as_mail(ready))
    (kept,) = rows(database, message)
    assert (kept.body, kept.purge_at) == (None, None)


def test_a_mail_is_put_off_for_longer_and_longer_and_given_up(engine: Qualipath) -> None:
    (id_,) = invited(engine, 1)
    at, waited, tries = NOW, [], 0
    while statuses(engine) == ["pending"]:
        leased(engine, "a", now=at)
        with delivering(engine, at) as act:
            mark_deferred(act, "a", id_, DeliveryError("mailbox\nfull"))
        tries += 1
        (row,) = noticed(engine)
        assert (row.attempts, row.tried_at, row.leased_by) == (tries, NOW, None)
        if row.status == "pending":
            assert row.error == "mailbox full"
            waited.append(row.due_at - at)
            at = row.due_at

    hours = [timedelta(hours=4)] * (len(waited) - 8)
    assert waited == [*(MINUTE * 2**n for n in range(8)), *hours]
    assert at - NOW >= 5 * DAY > at - NOW - waited[-1]
    assert row.status == "dead"
    assert read_wording(row.error) == Wording(
        f"nach {tries} Versuchen aufgegeben: mailbox full",
        f"given up after {tries} tries: mailbox full",
    )


@given(attempts=st.integers(1, 10**6))
def test_a_pause_is_never_longer_than_four_hours(attempts: int) -> None:
    assert MINUTE <= pause(attempts) <= pause(attempts + 1) <= timedelta(hours=4)


def test_no_answer_may_mean_that_it_arrived(engine: Qualipath) -> None:
    (id_,) = invited(engine, 1)
    leased(engine, "a")
    with delivering(engine) as act:
        assert mark_deferred(act, "a", id_, UnansweredError("no answer"), jitter=1.5)
    (row,) = noticed(engine)
    assert read_wording(row.error) == Wording(
        "no answer; vielleicht ist sie angekommen", "no answer; it may have arrived"
    )
    assert row.due_at == NOW + 1.5 * MINUTE


def test_what_was_refused_for_good_waits_for_somebody(engine: Qualipath) -> None:
    (id_,) = invited(engine, 1)
    leased(engine, "a")
    with delivering(engine) as act:
        mark_dead(act, "a", id_, "no such mailbox")
    (row,) = noticed(engine)
    assert (row.status, row.error, row.leased_by) == ("dead", "no such mailbox", None)
    assert (row.attempts, row.tried_at) == (1, NOW)


def test_who_has_lost_the_lease_puts_nothing_off(engine: Qualipath) -> None:
    (id_,) = invited(engine, 1)
    leased(engine, "a")
    leased(engine, "b", now=NOW + 10 * MINUTE)
    with delivering(engine, NOW + 10 * MINUTE) as act:
        assert mark_deferred(act, "a", id_, "late")
        mark_dead(act, "a", id_, "late")
    (row,) = noticed(engine)
    assert (row.status, row.leased_by, row.attempts, row.error) == ("pending", "b", 0, None)


def test_what_was_sent_is_sent_though_the_lease_was_lost(
    engine: Qualipath, database: Database
) -> None:
    invited(engine, 1)
    (first,) = prepared(engine, "a").drafts
    (second,) = prepared(engine, "b", now=NOW + 10 * MINUTE).drafts
    assert first.draft.message_id == second.draft.message_id

    with delivering(engine, NOW + 11 * MINUTE) as act:
        mark_sent(act, first, as_mail(first))
    assert statuses(engine) == ["sent"]
    with delivering(engine, NOW + 12 * MINUTE) as act:
        mark_deferred(act, "b", second.notice_ids[0], "refused")
        mark_sent(act, second, as_mail(second))

    (row,) = noticed(engine)
    assert (row.status, row.error, row.attempts) == ("sent", None, 0)
    assert [kept.sent_at for kept in rows(database, message)] == [NOW + 11 * MINUTE]
    assert not [row for row in rows(database, history) if "cancel" in row.trigger]
    assert json.loads(row.context)
