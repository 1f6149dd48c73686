"""The mails of the demonstration: files that any mail program opens, three of them named."""

import sqlite3
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from qualipath.scenarios.telling import DemoReport


def read(file: Path) -> EmailMessage:
    return message_from_bytes(file.read_bytes(), policy=policy.default)


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert isinstance(body, EmailMessage)
    return str(body.get_content())


def test_every_mail_that_was_sent_is_a_file(report: DemoReport, rows: sqlite3.Connection) -> None:
    files = list(report.mails.iterdir())
    sent = rows.execute("SELECT message_id, address FROM message").fetchall()

    assert len(files) > 500
    assert {file.suffix for file in files} == {".eml"}
    mails = [read(file) for file in files]
    told = {(str(mail["Message-ID"]), mail["To"].addresses[0].addr_spec) for mail in mails}
    assert told == {(f"<{message_id}>", address) for message_id, address in sent}
    assert len(files) == len(sent)


def test_nothing_is_left_undelivered(rows: sqlite3.Connection) -> None:
    statuses = dict(rows.execute("SELECT status, count(*) FROM notice GROUP BY status"))

    assert statuses.keys() == {"sent", "cancelled"}
    assert statuses["sent"] > 10 * statuses["cancelled"]


def test_three_mails_are_named_that_are_worth_opening(report: DemoReport) -> None:
    mails = {letter.notice: read(letter.file) for letter in report.letters}

    assert list(mails) == ["open_requests", "admitted", "weekly_summary"]
    assert text_of(mails["open_requests"]).count("Antrag Nummer:") > 3
    kinds = [part.get_content_type() for part in mails["admitted"].walk()]
    assert "text/calendar" in kinds
    assert mails["weekly_summary"]["To"].addresses[0].addr_spec == "personal@duisburg.example"


def test_the_next_demonstration_takes_the_mails_away(again: DemoReport) -> None:
    subjects = {str(read(file)["Subject"]) for file in again.mails.iterdir()}

    assert len(list(again.mails.iterdir())) > 500
    assert len({file.name.partition("-")[0] for file in again.mails.iterdir()}) == len(
        list(again.mails.iterdir())
    )
    assert any(subject.startswith("Wochenübersicht") for subject in subjects)
