"""Delivery rounds: all that is due goes out, once, whatever fails and whoever else is at it."""

import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from threading import Barrier
from typing import TypeVar

import pytest
import time_machine
from sqlalchemy import event, select, update

from qualipath import Qualipath
from qualipath.domain.wording import Wording
from qualipath.engine.delivering import Mailing
from qualipath.errors import (
    DeliveryError,
    UnansweredError,
    UndeliverableError,
    UnreachableError,
)
from qualipath.notices.mail import Mail
from qualipath.notices.transport import Maildir
from qualipath.services.words import read_wording
from qualipath.storage.database import Database
from qualipath.storage.tables import message, notice
from tests.builders import NOW, acting, an_employee, an_installation
from tests.integration.posting import (
    SENDER,
    Desk,
    delivering,
    invited,
    leased,
    noticed,
    refusing,
    requested,
    statuses,
    with_hr,
)
from tests.integration.services.looking import rows

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def engine(database: Database) -> Qualipath:
    return with_hr(an_installation(database))


# --- A round --------------------------------------------------------------------------------------


def test_what_is_due_is_sent_once(engine: Qualipath, database: Database) -> None:
    invited(engine, 3)
    desk = Desk()

    report = engine.deliver(desk, now=NOW)

    assert (report.at, report.sent, report.failures, report.next_due) == (NOW, 3, (), None)
    assert desk.recipients == ["c1@stadt.example", "c2@stadt.example", "c3@stadt.example"]
    assert desk.lines == 1
    kept = {row.message_id: row for row in rows(database, message)}
    for mail in desk.mails:
        assert kept[mail.message_id].body == mail.content
        assert f"<{mail.message_id}>".encode() in mail.content
    assert statuses(engine) == ["sent"] * 3
    assert engine.deliver(desk, now=NOW).sent == 0


def test_by_default_nothing_leaves_this_machine(engine: Qualipath, tmp_path: Path) -> None:
    invited(engine, 2)
    local = replace(engine, mail=Mailing(Maildir(tmp_path / "mail")))
    assert local.deliver(now=NOW).sent == 2
    assert len([*(tmp_path / "mail" / "new").iterdir()]) == 2
    assert Mailing().transport.name == "maildir:var/mail"


def test_with_nothing_due_it_takes_one_statement_and_no_line(
    migrated_file: Path, tmp_path: Path
) -> None:
    file = tmp_path / "quiet.db"
    shutil.copyfile(migrated_file, file)
    database = Database.open(f"sqlite:///{file}")
    engine = an_installation(database)
    executed: list[str] = []
    invited(engine, 1)

    for kind in (database._engines.readers, database._engines.writers):  # noqa: SLF001

        @event.listens_for(kind, "checkout")
        def _watch(connection: sqlite3.Connection, *_more: object) -> None:
            connection.set_trace_callback(executed.append)

    desk = Desk()
    report = engine.deliver(desk, now=NOW - MINUTE)
    asked = [each for each in executed if not each.startswith(("BEGIN", "COMMIT", "ROLLBACK"))]
    assert (len(asked), desk.lines, report.next_due) == (1, 0, NOW)
    database.close()


def test_at_most_so_many_are_sent(engine: Qualipath) -> None:
    invited(engine, 5)
    desk = Desk()
    assert [engine.deliver(desk, now=NOW, limit=n).sent for n in (2, 0, 9)] == [2, 0, 3]
    assert [row.leased_by for row in noticed(engine)] == [None] * 5


def test_told_to_stop_it_gives_the_rest_back(engine: Qualipath) -> None:
    invited(engine, 4)
    desk = Desk()
    report = engine.deliver(desk, now=NOW, stop=lambda: len(desk.mails) == 2)
    assert (report.sent, report.next_due) == (2, NOW)
    assert [row.leased_by for row in noticed(engine)] == [None] * 4
    assert engine.deliver(desk, now=NOW).sent == 2


def test_a_digest_counts_as_one_mail(engine: Qualipath) -> None:
    requested(engine, "1", "2")
    desk = Desk()
    report = engine.deliver(desk, now=NOW)
    assert (report.sent, report.bundled) == (0, 2)
    assert report.next_due is not None
    report = engine.deliver(desk, now=report.next_due)
    assert (report.sent, report.next_due) == (1, None)
    assert desk.recipients == ["chef@stadt.example"]
    assert set(statuses(engine, notice="approval_requested")) == {"sent"}


def test_bodies_are_forgotten_by_the_round_after(engine: Qualipath, database: Database) -> None:
    invited(engine, 1)
    engine.deliver(Desk(), now=NOW)
    engine.deliver(Desk(), now=NOW + 89 * DAY)
    assert rows(database, message)[0].body is not None
    engine.deliver(Desk(), now=NOW + 90 * DAY)
    assert rows(database, message)[0].body is None


# --- Faults ---------------------------------------------------------------------------------------


def test_one_that_fails_keeps_no_other_waiting(engine: Qualipath) -> None:
    invited(engine, 4)
    faults = {
        "c1@stadt.example": UndeliverableError("no such mailbox"),
        "c2@stadt.example": DeliveryError("mailbox full"),
        "c3@stadt.example": UnansweredError("silence"),
    }
    desk = Desk(lambda mail: faults.get(mail.recipient))

    report = engine.deliver(desk, now=NOW)

    assert (report.sent, report.dead, report.deferred, report.failures) == (1, 1, 2, ())
    told = [(row.status, row.error and read_wording(row.error).en) for row in noticed(engine)]
    assert told == [
        ("dead", "no such mailbox"),
        ("pending", "mailbox full"),
        ("pending", "silence; it may have arrived"),
        ("sent", None),
    ]
    assert report.next_due is not None
    assert NOW + MINUTE / 2 <= report.next_due <= NOW + 1.5 * MINUTE
    assert engine.deliver(Desk(), now=NOW + 2 * MINUTE).sent == 2


def test_a_mail_that_may_have_arrived_comes_again_under_its_name(engine: Qualipath) -> None:
    invited(engine, 1)
    arrived: list[Mail] = []

    def swallow(mail: Mail) -> DeliveryError | None:
        arrived.append(mail)
        return UnansweredError("silence") if len(arrived) == 1 else None

    desk = Desk(swallow)
    engine.deliver(desk, now=NOW)
    engine.deliver(desk, now=NOW + 2 * MINUTE)
    assert len({mail.message_id for mail in arrived}) == 1
    assert len(arrived) == 2
    assert statuses(engine) == ["sent"]


def test_what_can_not_be_reached_is_left_alone_for_a_minute(engine: Qualipath) -> None:
    invited(engine, 60)
    report = engine.deliver(Desk(closed=True), now=NOW)
    assert (report.sent, report.deferred, report.failures) == (
        0,
        0,
        (Wording.of("the desk is closed"),),
    )
    leased_ones = noticed(engine)[:50]
    assert {(row.attempts, row.leased_by) for row in noticed(engine)} == {(0, None)}
    assert {row.due_at for row in leased_ones} == {NOW + MINUTE}
    assert {row.due_at for row in noticed(engine)[50:]} == {NOW}
    assert engine.deliver(Desk(), now=NOW + MINUTE).sent == 60


def test_reached_no_longer_it_counts_one_try(engine: Qualipath) -> None:
    invited(engine, 5)
    desk = Desk(refusing("c3@stadt.example", error=UnreachableError("log in first")))
    report = engine.deliver(desk, now=NOW)
    assert (report.sent, report.deferred, report.failures) == (
        2,
        1,
        (Wording.of("log in first"),),
    )
    assert [row.attempts for row in noticed(engine)] == [0, 0, 1, 0, 0]
    assert [row.due_at for row in noticed(engine)[3:]] == [NOW + MINUTE] * 2


def test_a_mistake_of_the_programme_is_told_with_its_place(engine: Qualipath) -> None:
    invited(engine, 3)
    secret = "hunter2"  # noqa: S105 -- it is no password of anybody's

    def fail(mail: Mail) -> Exception | None:
        return ValueError(secret) if mail.recipient.startswith("c2") else None

    report = engine.deliver(Desk(fail), now=NOW)

    (told,) = report.failures
    assert told.en.startswith("notice 2: ValueError in posting.py:")
    assert (report.sent, report.deferred) == (2, 1)
    assert noticed(engine, id=2)[0].error == told.en


def test_one_that_can_not_be_prepared_keeps_no_other_waiting(engine: Qualipath) -> None:
    ids = invited(engine, 7)
    with delivering(engine) as act:
        spoilt = update(notice).where(notice.c.id == ids[3])
        act.connection.execute(spoilt.values(context="no JSON"))

    report = engine.deliver(desk := Desk(), now=NOW)

    assert (report.sent, report.deferred) == (6, 1)
    assert f"notice {ids[3]}: JSONDecodeError" in report.failures[0].en
    assert "c4@stadt.example" not in desk.recipients


def test_a_template_that_can_not_be_filled_in_waits_for_hr(
    engine: Qualipath, tmp_path: Path
) -> None:
    invited(engine, 1)
    templates = tmp_path / "templates"
    shutil.copytree(engine.drafts.templates, templates)
    (templates / "de" / "intake_opened" / "body.txt").write_text("{{ unheard_of }}", "utf-8")
    spoilt = replace(engine, drafts=replace(engine.drafts, templates=templates))

    report = spoilt.deliver(Desk(), now=NOW)

    assert (report.sent, report.dead) == (0, 1)
    (row,) = noticed(engine)
    assert row.status == "dead"
    assert "intake_opened" in row.error
    assert "unheard_of" in row.error
    acting(engine).retry_notice(row.id)
    assert engine.deliver(Desk(), now=NOW).sent == 1


@dataclass
class Slow:
    """A way out that takes minutes for each mail, and notes for how long it is still leased."""

    engine: Qualipath
    clock: time_machine.Traveller
    left: list[timedelta] = field(default_factory=list)
    name: str = "slow"

    @contextmanager
    def connect(self) -> Iterator["Slow"]:
        yield self

    def send(self, mail: Mail) -> None:
        (row,) = noticed(self.engine, message_id=mail.message_id)
        self.left.append(row.leased_until - datetime.now(UTC))
        self.clock.shift(9 * MINUTE)


def test_with_little_time_left_it_leases_anew(engine: Qualipath) -> None:
    invited(engine, 3)
    with time_machine.travel(NOW, tick=False) as clock:
        slow = Slow(engine, clock)
        assert engine.deliver(slow).sent == 3
    assert slow.left == [20 * MINUTE] * 3


def test_a_locked_database_ends_the_round(migrated_file: Path, tmp_path: Path) -> None:
    file = tmp_path / "locked.db"
    shutil.copyfile(migrated_file, file)
    database = Database.open(f"sqlite:///{file}", busy_timeout=0.1)
    engine = an_installation(database)
    invited(engine, 2)
    other = Database.open(f"sqlite:///{file}")
    with other.writing():
        report = engine.deliver(Desk(), now=NOW)
    assert "is locked" in report.failures[0].en
    assert (report.sent, report.next_due) == (0, None)
    assert engine.deliver(Desk(), now=NOW).sent == 2
    for opened in (database, other):
        opened.close()


# --- Several at once ------------------------------------------------------------------------------


Given = TypeVar("Given")


def at_once(count: int, work: Callable[[], Given]) -> list[Given]:
    """Let as many begin in the same moment."""
    start = Barrier(count)

    def run(_number: int) -> Given:
        start.wait()
        return work()

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(run, range(count)))


def test_several_workers_share_the_work(engine: Qualipath) -> None:
    ids = invited(engine, 120)
    desk = Desk()
    shared = replace(engine, mail=Mailing(desk, SENDER, connections=3))

    at_once(2, partial(shared.deliver, now=NOW))

    assert Counter(desk.recipients) == {f"c{n}@stadt.example": 1 for n in range(1, 121)}
    assert len(desk.mails) == len(ids)
    assert set(statuses(engine)) == {"sent"}


def test_without_a_lease_everything_is_sent_twice(engine: Qualipath) -> None:
    invited(engine, 20)
    desk, seen = Desk(), Barrier(2)

    def careless() -> None:
        with delivering(engine) as act:
            pending = select(notice.c.id).where(notice.c.status == "pending")
            found = act.connection.scalars(pending).all()
        seen.wait()
        for id_ in found:
            desk.send(Mail(f"n{id_}@city", "", f"{id_}@stadt.example", "", b""))
            with delivering(engine) as act:
                sent = update(notice).where(notice.c.id == id_)
                act.connection.execute(sent.values(status="sent"))

    at_once(2, careless)
    assert set(Counter(desk.recipients).values()) == {2}


def two_collect(engine: Qualipath) -> bool:
    """Tell whether two digests collect for one superior at the same time."""
    collecting = [
        (row.employee_id, row.notice)
        for row in noticed(engine, recipient="digest", status="pending")
        if row.message_id is None
    ]
    return len(set(collecting)) < len(collecting)


@pytest.mark.parametrize("seed", range(3))
def test_whatever_fails_everything_ends_and_is_told_once(
    engine: Qualipath, database: Database, seed: int
) -> None:
    random = Random(seed)  # noqa: S311 -- to be the same each time
    requests = requested(engine, *(f"{n}" for n in range(8)))
    requested(engine, *(f"o{n}" for n in range(4)), supervisor="other")
    invitations = invited(engine, 30)[-30:]
    an_employee(engine, "c30", email="")
    arrived: Counter[str] = Counter()
    ambiguous: Counter[str] = Counter()
    faults = (DeliveryError("busy"), UndeliverableError("gone"), UnreachableError("away"))

    def fault(mail: Mail) -> Exception | None:
        fate = random.choices(("taken", "unclear", "failed"), (80, 10, 10))[0]
        ambiguous[mail.message_id] += fate == "unclear"
        arrived[mail.message_id] += fate == "taken" or (fate == "unclear" and random.random() < 0.5)
        if fate == "unclear":
            return UnansweredError("silence")
        return random.choice(faults) if fate == "failed" else None

    desk = Desk(fault)
    shared = replace(engine, mail=Mailing(desk, SENDER, connections=2))
    at: datetime | None = NOW
    for number in range(60):
        if at is None:
            break
        reports = at_once(2, partial(shared.deliver, now=at))
        assert not two_collect(engine)
        if number == 1:
            for id_ in requests[:3]:
                (row,) = noticed(engine, id=id_)
                acting(engine, now=at).fire(row.enrolment_id, "withdraw")
        dues = [report.next_due for report in reports if report.next_due]
        at = max(at + MINUTE, *dues) if dues else None

    ends = Counter(statuses(engine))
    assert ends.keys() <= {"sent", "dead", "cancelled", "bundled"}
    digests = {row.id: row.status for row in noticed(engine, recipient="digest")}
    assert {digests[row.bundle_id] for row in noticed(engine, status="bundled")} <= {"dead"}
    sent = {row.message_id for row in rows(database, message)}
    assert sent == {row.message_id for row in noticed(engine, status="sent")} - {None}
    assert len(sent) > len(invitations) / 2
    for message_id in sent:
        assert 1 <= arrived[message_id] <= 1 + ambiguous[message_id]


def test_a_killed_worker_s_notices_come_back(engine: Qualipath) -> None:
    invited(engine, 2)
    leased(engine, "killed")
    desk = Desk()
    report = engine.deliver(desk, now=NOW)
    assert (report.sent, report.next_due) == (0, NOW + 10 * MINUTE)
    assert engine.deliver(desk, now=NOW + 10 * MINUTE).sent == 2
