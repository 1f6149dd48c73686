"""The whole chain, once: notices raised, sent over SMTP, delivered by a real server, and read."""

from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from qualipath import Qualipath
from qualipath.engine.delivering import Mailing
from tests.acceptance.mail_server import MailServer, running, why_absent
from tests.builders import (
    NOW,
    acting,
    an_employee,
    an_intake,
    publish,
    the_shipped_path,
)

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(why_absent() is not None, reason=why_absent() or ""),
]

DOMAIN = "stadt.example"
SENDER = f"Personalamt „Bildung“ <bildung@{DOMAIN}>"
GIVEN, FAMILY = "Jürgen", 'Groß, "Bo" <b@anders.example>'
LATER = NOW + timedelta(days=7)


@pytest.fixture
def server() -> Iterator[MailServer]:
    with running(DOMAIN) as server:
        yield server


@pytest.fixture
def engine(server: MailServer, tmp_path: Path) -> Iterator[Qualipath]:
    url, mailing = f"sqlite:///{tmp_path / 'qualipath.db'}", Mailing(server.address, SENDER)
    with Qualipath.open(url, mail=mailing, create=True, durable=False) as engine:
        engine.acting_as("hr", "root", now=NOW).add_organisation("city", "Stadt Musterhausen")
        publish(engine, the_shipped_path())
        acting(engine).set_correspondence("city", hr_address=f"hr@{DOMAIN}")
        yield engine


def admitted(engine: Qualipath, number: str, intake: int, **columns: str) -> None:
    an_employee(engine, number, **columns)
    hr = acting(engine)
    enrolment = hr.begin(number, "duisburg_digital", "bootcamp", "apply", intake=intake)
    assert hr.fire(enrolment.id, "approve").state == "admitted"


def the_one(mails: list[EmailMessage], to: str, about: str) -> EmailMessage:
    (found,) = (m for m in mails if m["Delivered-To"] == to and about in str(m["Subject"]))
    return found


def text_of(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert isinstance(part, EmailMessage)
    return str(part.get_content())


def test_what_was_meant_comes_out_of_the_mailbox(engine: Qualipath, server: MailServer) -> None:
    address = f"juergen.gross@{DOMAIN}"
    intake = an_intake(engine)
    admitted(engine, "4711", intake, given_name=GIVEN, family_name=FAMILY, email=address)
    admitted(engine, "4712", intake, email="somebody@anders.example")

    report = engine.deliver(now=LATER)

    # Nothing leaves this machine: the server refuses every other domain for good.
    assert (report.deferred, report.dead, report.failures) == (0, 1, ())
    mails = server.mails(report.sent)
    assert len(mails) == report.sent, server.told()
    assert {mail["Delivered-To"] for mail in mails} == {address, f"hr@{DOMAIN}"}
    mail = the_one(mails, address, "Zulassung")
    (to,) = mail["To"].addresses
    assert (to.addr_spec, to.display_name) == (address, f"{GIVEN} {FAMILY}")
    (sender,) = mail["From"].addresses
    assert (sender.display_name, sender.addr_spec) == ("Personalamt „Bildung“", f"bildung@{DOMAIN}")
    assert mail["Return-Path"] == f"<bildung@{DOMAIN}>"
    assert [str(reply) for reply in mail["Reply-To"].addresses] == [f"hr@{DOMAIN}"]
    assert mail["Date"].datetime == LATER
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Subject"] == "Zulassung: Bootcamp Digitalisierung, Beginn 1. Oktober 2026"
    assert mail.defects == []

    plain, html = text_of(mail, "plain"), text_of(mail, "html")
    assert f"Guten Tag {GIVEN} {FAMILY}," in plain
    assert "1. Oktober 2026" in plain
    assert "Groß, &#34;Bo&#34; &lt;b@anders.example&gt;" in html
    assert "<script" not in html
    (calendar,) = (part for part in mail.walk() if part.get_content_type() == "text/calendar")
    assert calendar.get_param("method") == "REQUEST"
    assert "BEGIN:VEVENT" in calendar.get_content()
    assert "ESMTPS" in mail["Received"]
