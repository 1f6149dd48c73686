"""Preparing: a notice is sent only while it is true, and to whom it concerns then."""

import json
from dataclasses import asdict
from datetime import timedelta

import pytest
from sqlalchemy import event, insert, update

from qualipath import Qualipath
from qualipath.domain.wording import Wording
from qualipath.services.delivery.preparing import prepare
from qualipath.services.words import read_wording
from qualipath.storage.database import Database
from qualipath.storage.tables import employee, history, notice
from tests.builders import NOW, acting, an_employee, an_enrolment, an_installation, an_intake
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
from tests.integration.services.looking import rows

PATH = "duisburg_digital"


@pytest.fixture
def engine(database: Database) -> Qualipath:
    return with_hr(an_installation(database))


def told(engine: Qualipath, name: str, recipient: str = "employee") -> list[str]:
    return statuses(engine, notice=name, recipient=recipient)


def test_a_draft_has_all_that_a_mail_needs(engine: Qualipath) -> None:
    with_hr(engine, gendering="star")
    (id_,) = invited(engine, 1)

    (ready,) = prepared(engine).drafts

    draft = ready.draft
    assert (draft.notice, draft.locale, draft.gendering) == ("intake_opened", "de", "star")
    assert (draft.name, draft.address) == ("Bo Birke", "c1@stadt.example")
    assert (draft.reply_to, draft.dated_at) == ("personal@stadt.example", NOW)
    assert draft.fields["employee"] == "Bo Birke"
    (row,) = noticed(engine)
    assert row.message_id == draft.message_id
    assert draft.message_id.startswith(f"n{id_}.")
    assert draft.message_id.endswith("@stadt.example")
    assert (row.status, row.leased_by) == ("pending", "a")


def test_the_message_id_is_kept_for_ever(engine: Qualipath) -> None:
    invited(engine, 1)
    (first,) = prepared(engine).drafts
    page = leased(engine, "b", now=NOW + timedelta(days=3))
    with delivering(engine, NOW + timedelta(days=3)) as act:
        (again,) = prepare(act, "b", page, sender="Other <hr@other.example>").drafts
    assert again.draft.message_id == first.draft.message_id


def test_what_was_left_is_not_told_and_history_says_so(
    engine: Qualipath, database: Database
) -> None:
    (id_,) = requested(engine, "1")
    (row,) = noticed(engine, id=id_)
    acting(engine).fire(row.enrolment_id, "withdraw")

    page = prepared(engine)

    assert told(engine, "approval_requested", "supervisor") == ["cancelled"]
    assert told(engine, "withdrawn") == ["pending"]
    (cancelled,) = noticed(engine, id=id_)
    why = read_wording(cancelled.error)
    assert why == Wording(
        "der Stand ist „zurückgezogen“, und sie gilt nur in: beantragt",
        "the state is 'withdrawn', and it holds only in: applied",
    )
    assert page.cancelled == len(rows(database, history, trigger="cancel_notice"))
    entry = next(
        entry
        for entry in acting(engine).history(row.enrolment_id)
        if entry.details.get("notice") == "approval_requested"
    )
    assert (entry.trigger, entry.source, entry.target) == ("cancel_notice", None, None)
    assert entry.details == {
        "notice": "approval_requested",
        "recipient": "supervisor",
        "why": asdict(why),
    }
    assert entry.actor.startswith("schedule:")


def test_an_invitation_holds_while_the_intake_is_open(
    engine: Qualipath, database: Database
) -> None:
    (id_,) = invited(engine, 1)
    (row,) = noticed(engine, id=id_)
    acting(engine, organisation=None).close_intake(json.loads(row.context)["intake"])
    assert prepared(engine).cancelled == 1
    assert statuses(engine, id=id_) == ["cancelled"]
    (entry,) = rows(database, history, trigger="cancel_notice")
    assert entry.employee_id == row.employee_id


def test_of_a_revoked_credential_nothing_is_told(engine: Qualipath) -> None:
    an_employee(engine, "1", email="1@stadt.example")
    hr = acting(engine)
    ids = [hr.recognise("1", key, kind="certificate", evidence="seen").id for key in ("a", "b")]
    (person,) = rows(engine.database, employee, number="1")
    with delivering(engine) as act:
        told = {"notice": "credential_expires", "recipient": "employee", "employee_id": person.id}
        each = [{**told, "context": json.dumps({"credential": id_})} for id_ in ids]
        act.connection.execute(insert(notice).values(raised_at=NOW, due_at=NOW), each)
    hr.revoke(ids[0], reason="forged")
    prepared(engine)
    assert statuses(engine, notice="credential_expires") == ["cancelled", "pending"]


def dates_changed(engine: Qualipath, enrolment_id: int) -> int:
    raised = {"notice": "dates_changed", "recipient": "employee", "version": 1}
    with delivering(engine) as act:
        at = {"raised_at": NOW, "due_at": NOW}
        row = insert(notice).values(enrolment_id=enrolment_id, **raised, **at)
        return int(act.connection.execute(row.returning(notice.c.id)).scalar_one())


def applied(engine: Qualipath, number: str = "1") -> int:
    an_intake(engine)
    an_employee(engine, number, email=f"{number}@stadt.example")
    id_ = acting(engine).apply(number, PATH, "bootcamp").id
    with delivering(engine) as act:
        act.connection.execute(update(notice).values(status="sent"))
    return id_


def test_of_changed_dates_only_the_newest_are_told(engine: Qualipath) -> None:
    id_ = applied(engine)
    old, newer, newest = (dates_changed(engine, id_) for _ in range(3))
    page = prepared(engine)
    assert [ready.notice_ids for ready in page.drafts] == [(newest,)]
    assert statuses(engine, id=old) == statuses(engine, id=newer) == ["cancelled"]
    assert (
        read_wording(noticed(engine, id=old)[0].error).en == "a newer notice tells the newest dates"
    )


def test_who_has_left_is_told_no_dates(engine: Qualipath) -> None:
    id_ = applied(engine)
    changed = dates_changed(engine, id_)
    acting(engine).fire(id_, "withdraw")
    prepared(engine)
    assert statuses(engine, id=changed) == ["cancelled"]
    assert read_wording(noticed(engine, id=changed)[0].error).en == "the enrolment is closed"


def test_without_an_address_it_waits_for_somebody(engine: Qualipath) -> None:
    an_enrolment(engine, "applied", number="1")
    page = prepared(engine)
    assert (page.dead, page.drafts[1:]) == (1, ())
    (row,) = noticed(engine, notice="application_received")
    assert (row.status, row.leased_by, row.message_id) == ("dead", None, None)
    assert read_wording(row.error) == Wording(
        f"1 (Bo Birke) hat keine E-Mail-Adresse; lesen Sie eine ein, dann: "
        f"qualipath outbox retry {row.id}",
        f"1 (Bo Birke) has no e-mail address; import it, then: qualipath outbox retry {row.id}",
    )

    an_employee(engine, "1", email="1@stadt.example")
    acting(engine).retry_notice(row.id)
    (ready,) = prepared(engine).drafts
    assert ready.notice_ids == (row.id,)


def test_what_somebody_else_has_leased_since_is_left_to_them(engine: Qualipath) -> None:
    first, second = invited(engine, 2)
    page = leased(engine, "a")
    with delivering(engine) as act:
        lost = update(notice).where(notice.c.id == first).values(leased_by="b")
        act.connection.execute(lost)
    with delivering(engine) as act:
        mine = prepare(act, "a", page, sender=SENDER)
    assert [ready.notice_ids for ready in mine.drafts] == [(second,)]
    assert noticed(engine, id=first)[0].message_id is None


def test_a_page_takes_as_many_statements_as_one_notice(engine: Qualipath) -> None:
    executed: list[str] = []
    writers = engine.database._engines.writers  # noqa: SLF001

    @event.listens_for(writers, "before_cursor_execute")
    def _note(_conn: object, _cursor: object, statement: str, *_more: object) -> None:
        executed.append(statement)

    ids = invited(engine, 40)
    counts = []
    for number in (1, 39):
        page = leased(engine, "a", limit=number)
        executed.clear()
        with delivering(engine) as act:
            assert len(prepare(act, "a", page, sender=SENDER).drafts) == number
        counts.append(len(executed))
    assert counts[0] == counts[1]
    assert len(rows(engine.database, employee)) == len(ids)
