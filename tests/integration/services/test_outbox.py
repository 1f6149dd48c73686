"""The outbox as HR sees it: who sees what, and what retrying, cancelling and releasing do."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from qualipath import (
    ActingAs,
    ConflictError,
    InputError,
    NotFoundError,
    Qualipath,
    RefusedError,
)
from qualipath.domain.wording import Wording
from qualipath.notices.transport import Maildir
from qualipath.services import outbox
from qualipath.storage.database import Database
from qualipath.storage.tables import employee, history, message, notice
from tests.builders import (
    NOW,
    acting,
    an_employee,
    an_enrolment,
    an_installation,
    an_intake,
)

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def engine(database: Database) -> Qualipath:
    """Make an installation with one enrolment, which raised two notices: 1 and 2."""
    engine = an_installation(database)
    an_enrolment(engine)
    return engine


def altered(database: Database, notice_id: int, **values: Any) -> None:
    with database.writing() as connection:
        connection.execute(update(notice).where(notice.c.id == notice_id).values(**values))


def made(database: Database, **values: Any) -> int:
    usual = {"notice": "paused", "recipient": "employee", "raised_at": NOW, "due_at": NOW}
    with database.writing() as connection:
        new = insert(notice).values(usual | values).returning(notice.c.id)
        return int(connection.execute(new).scalar_one())


def dead(database: Database, notice_id: int) -> None:
    altered(database, notice_id, status="dead", attempts=3, tried_at=NOW, error="no such mailbox")


def state_of(database: Database, notice_id: int) -> Any:
    with database.reading() as connection:
        return connection.execute(select(notice).where(notice.c.id == notice_id)).one()


def told(database: Database) -> list[Any]:
    with database.reading() as connection:
        asked = select(history).where(history.c.trigger == "cancel_notice").order_by(history.c.id)
        return list(connection.execute(asked))


def test_it_lists_what_waits_the_latest_first(engine: Qualipath) -> None:
    second, first = acting(engine).outbox()
    assert (first.id, first.notice, first.recipient) == (1, "application_received", "employee")
    assert (second.id, second.notice, second.recipient) == (2, "approval_requested", "supervisor")
    assert (first.status, first.enrolment, first.employee) == ("pending", 1, "4711")
    assert (first.tier, first.organisation) == ("bootcamp", "city")
    assert first.raised_at == first.due_at == NOW


def test_it_is_asked_by_status_and_by_name(engine: Qualipath, database: Database) -> None:
    hr = acting(engine)
    dead(database, 1)
    assert [each.id for each in hr.outbox("dead")] == [1]
    assert [each.id for each in hr.outbox("pending")] == [2]
    assert [each.id for each in hr.outbox(notice="approval_requested")] == [2]
    assert [each.id for each in hr.outbox(limit=1)] == [2]
    with pytest.raises(InputError, match="did you mean 'pending'"):
        hr.outbox("pendign")


def test_a_sent_one_tells_its_mail(engine: Qualipath, database: Database) -> None:
    with database.writing() as connection:
        connection.execute(
            insert(message).values(
                message_id="n1@x.example",
                organisation_id=2,
                address="bo@x.example",
                subject="Your application",
                sha256="0" * 64,
                sent_at=LATER,
                body=b"Subject: Your application\r\n\r\n",
            )
        )
    altered(database, 1, status="sent", message_id="n1@x.example")
    (sent,) = acting(engine).outbox("sent")
    assert (sent.address, sent.subject, sent.sent_at) == ("bo@x.example", "Your application", LATER)


@pytest.fixture
def everywhere(engine: Qualipath, database: Database) -> Callable[[ActingAs], set[int]]:
    """Make one notice of each kind in the city, and one of the town; tell who sees which."""
    an_employee(engine, "9", organisation="town")
    intake_id = an_intake(engine)
    with database.reading() as connection:
        ids = select(employee.c.id, employee.c.number)
        people = {row.number: row.id for row in connection.execute(ids)}
    context = f'{{"intake": {intake_id}}}'
    made(database, intake_id=intake_id, notice="results_due", recipient="provider")
    made(database, employee_id=people["4711"], notice="intake_opened", context=context)
    made(database, organisation_id=2, notice="weekly_summary", recipient="hr")
    made(database, employee_id=people["9"], notice="intake_opened", context=context)
    return lambda hr: {each.id for each in hr.outbox()}


def test_hr_sees_what_is_of_its_organisation(
    engine: Qualipath, everywhere: Callable[[ActingAs], set[int]]
) -> None:
    # The path is Duisburg's, which is none of these: only whoever sees all sees its intakes' mails.
    assert everywhere(acting(engine, organisation="city")) == {1, 2, 4, 5}
    assert everywhere(acting(engine, organisation="town")) == {6}
    assert everywhere(acting(engine, organisation="district")) == {1, 2, 4, 5, 6}
    assert everywhere(acting(engine, organisation=None)) == {1, 2, 3, 4, 5, 6}
    engine.acting_as("hr", "root", now=NOW).add_organisation("duisburg", "Stadt Duisburg")
    assert everywhere(acting(engine, organisation="duisburg")) == {3}


def test_an_invitation_tells_the_tier(
    engine: Qualipath, everywhere: Callable[[ActingAs], set[int]]
) -> None:
    assert everywhere(acting(engine)) == {1, 2, 4, 5}
    (invited, _) = acting(engine, organisation=None).outbox(notice="intake_opened")
    assert (invited.employee, invited.tier, invited.intake) == ("9", "bootcamp", 1)


@pytest.mark.parametrize("role", ["supervisor", "employee", "provider", "schedule"])
def test_it_is_nobody_elses_business(engine: Qualipath, role: str) -> None:
    somebody = acting(engine, role, "4711")
    for ask in (
        somebody.outbox,
        lambda: somebody.retry_notice(1),
        somebody.retry_dead_notices,
        lambda: somebody.cancel_notice(1, reason="mine"),
        somebody.release_notices,
    ):
        with pytest.raises(RefusedError, match="only HR may do this"):
            ask()


def test_out_of_reach_is_not_there(engine: Qualipath, database: Database) -> None:
    dead(database, 1)
    altered(database, 2, status="held")
    town = acting(engine, organisation="town")
    with pytest.raises(NotFoundError):
        town.retry_notice(1)
    with pytest.raises(NotFoundError):
        town.cancel_notice(2, reason="not mine")
    assert (town.retry_dead_notices(), town.release_notices()) == (0, 0)
    assert [state_of(database, n).status for n in (1, 2)] == ["dead", "held"]


def test_a_dead_one_is_tried_again_as_the_same_mail(engine: Qualipath, database: Database) -> None:
    dead(database, 1)
    altered(database, 1, message_id="n1@x.example", leased_by="gone", leased_until=NOW)
    again = acting(engine, now=LATER).retry_notice(1)
    assert (again.status, again.due_at, again.error) == ("pending", LATER, None)
    assert again.message_id == "n1@x.example"
    row = state_of(database, 1)
    assert (row.attempts, row.tried_at, row.leased_by) == (0, None, None)


@pytest.mark.parametrize(
    ("status", "more", "why"),
    [
        ("sent", {}, "it was sent"),
        ("cancelled", {"error": "no longer true"}, "it was cancelled: no longer true"),
        ("held", {}, "it is held"),
        ("bundled", {"bundle_id": 2}, "it is told by the digest 2"),
    ],
)
def test_only_what_failed_or_waits_is_tried_again(
    engine: Qualipath, database: Database, status: str, more: dict[str, Any], why: str
) -> None:
    altered(database, 1, status=status, **more)
    with pytest.raises(RefusedError, match=why):
        acting(engine).retry_notice(1)
    assert state_of(database, 1).status == status


def test_what_is_being_sent_is_left_alone(engine: Qualipath, database: Database) -> None:
    altered(database, 1, leased_by="worker", leased_until=NOW + timedelta(minutes=10))
    with pytest.raises(ConflictError, match="being sent"):
        acting(engine).cancel_notice(1, reason="too late")
    with pytest.raises(ConflictError, match="being sent"):
        acting(engine).retry_notice(1)
    assert acting(engine, now=LATER).cancel_notice(1, reason="lease over").status == "cancelled"


def test_a_key_tries_once(engine: Qualipath, database: Database) -> None:
    hr = acting(engine)
    dead(database, 1)
    first = hr.retry_notice(1, key="again")
    dead(database, 1)
    assert hr.retry_notice(1, key="again") == first
    assert state_of(database, 1).status == "dead"
    hr.retry_notice(1)
    assert state_of(database, 1).status == "pending"


def test_all_dead_ones_are_tried_again(engine: Qualipath, database: Database) -> None:
    dead(database, 1)
    dead(database, 2)
    assert acting(engine).retry_dead_notices() == 2
    assert acting(engine).outbox("dead") == ()


def test_cancelling_needs_a_reason_and_is_told(engine: Qualipath, database: Database) -> None:
    hr = acting(engine)
    with pytest.raises(InputError, match="reason"):
        hr.cancel_notice(1, reason=" ")
    assert hr.cancel_notice(1, reason="told by phone").error == Wording.of("told by phone")
    (entry,) = told(database)
    assert (entry.enrolment_id, entry.reason, entry.version) == (1, "told by phone", None)
    assert (entry.actor_role, entry.actor_id) == ("hr", "k.muster")
    last = hr.history(1)[-1]
    assert last.trigger == "cancel_notice"
    assert last.details == {"notice": "application_received", "recipient": "employee"}
    with pytest.raises(RefusedError, match="told by phone"):
        hr.cancel_notice(1, reason="again")


def test_a_digest_is_cancelled_with_all_that_it_tells(
    engine: Qualipath, database: Database
) -> None:
    digest = made(database, employee_id=1, notice="open_requests", recipient="digest")
    altered(database, 2, status="bundled", bundle_id=digest)
    acting(engine).cancel_notice(digest, reason="told in person")
    assert [state_of(database, n).status for n in (1, 2, digest)] == [
        "pending",
        "cancelled",
        "cancelled",
    ]
    assert [(entry.employee_id, entry.enrolment_id) for entry in told(database)] == [
        (1, None),
        (None, 1),
    ]


def test_what_is_about_an_organisation_has_no_history(
    engine: Qualipath, database: Database
) -> None:
    id_ = made(database, organisation_id=2, notice="weekly_summary", recipient="hr")
    assert acting(engine).cancel_notice(id_, reason="not needed").status == "cancelled"
    assert told(database) == []


def test_held_ones_are_released_for_good(engine: Qualipath, database: Database) -> None:
    altered(database, 1, status="held")
    district = acting(engine, organisation="district")
    with pytest.raises(NotFoundError, match="did you mean 'town'"):
        district.release_notices("twon")
    assert district.release_notices("town") == 0
    assert district.release_notices("city") == 1
    row = state_of(database, 1)
    assert (row.status, row.released) == ("pending", True)
    assert district.release_notices() == 0


def test_in_full_it_is_what_would_be_sent(engine: Qualipath, tmp_path: Path) -> None:
    an_employee(engine, "4711", email="bo@x.example")
    before = acting(engine).notice(1)
    assert (before.address, before.name, before.why_not) == ("bo@x.example", "Bo Birke", None)
    report = engine.deliver(Maildir(tmp_path / "mail"), now=NOW, limit=1)
    assert (report.sent, report.failures) == (1, ())
    after = acting(engine).notice(1)
    assert after.notice.address == "bo@x.example"
    assert before.mail is not None
    assert after.mail is not None
    assert after.mail.subject == before.mail.subject
    assert after.mail.text.split() == before.mail.text.split()
    assert after.mail.html.split() == before.mail.html.split()


def test_in_full_it_says_why_it_can_not_be_sent(engine: Qualipath) -> None:
    full = acting(engine).notice(1)
    assert (full.address, full.mail) == (None, None)
    assert full.why_not is not None
    assert "no e-mail address" in full.why_not.en
    an_employee(engine, "4711", email="bo@x.example")
    acting(engine).set_correspondence("city", hr_address="hr@x.example")
    acting(engine).fire(1, "approve")
    no_more = acting(engine).notice(2)
    assert no_more.why_not is not None
    assert "approved" in no_more.why_not.en
    assert "genehmigt" in no_more.why_not.de


def test_a_digest_in_full_tells_what_it_holds(engine: Qualipath, tmp_path: Path) -> None:
    an_employee(engine, "1", email="superior@x.example")
    an_employee(engine, "4711", email="bo@x.example", supervisor="1")
    engine.deliver(Maildir(tmp_path / "mail"), now=NOW)
    (digest,) = acting(engine).outbox(notice="open_requests")
    full = acting(engine).notice(digest.id)
    assert [each.id for each in full.told] == [2]
    assert full.address == "superior@x.example"
    assert full.mail is not None
    assert "4711" in full.mail.text
    acting(engine).fire(1, "approve")
    empty = acting(engine).notice(digest.id).why_not
    assert empty is not None
    assert empty.code == "untrue"


def test_a_dry_run_writes_nothing(engine: Qualipath, database: Database) -> None:
    dead(database, 1)
    altered(database, 2, status="held")
    rehearsing = engine.acting_as("hr", "k.muster", organisation="city", now=NOW, dry_run=True)
    assert rehearsing.retry_notice(1).status == "pending"
    assert rehearsing.cancel_notice(2, reason="no").status == "cancelled"
    assert rehearsing.release_notices() == 1
    assert [state_of(database, n).status for n in (1, 2)] == ["dead", "held"]


def test_the_state_counts_what_waits(engine: Qualipath, database: Database) -> None:
    altered(database, 1, due_at=LATER)
    made(database, enrolment_id=1, status="held")
    made(database, enrolment_id=1, status="dead")
    with acting(engine, organisation=None, now=NOW).acts.reading() as act:
        state = outbox.outbox_state(act)
    assert (state.pending, state.overdue, state.held, state.dead) == (2, 1, 1, 1)
    assert state.next_due == NOW
