"""A mail is what its draft says: headers, parts, encodings, and bytes that stay the same."""

from datetime import UTC, date, datetime, timedelta, timezone
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from qualipath.domain.timetable import WholeDays
from qualipath.errors import UndeliverableError
from qualipath.notices.appointment import Appointment
from qualipath.notices.compose import HEADERS, Composer
from qualipath.notices.mail import Draft, Mail
from qualipath.notices.mime import calendar_part
from qualipath.notices.rereading import Meant, differences
from tests.unit.notices.calendars import read
from tests.unit.notices.writing import a_draft, a_folder

SENDER = "Personalabteilung <qualipath@stadt.example>"
DAY = date(2027, 4, 1)
COURSE = Appointment("enrolment-1@stadt.example", "Übung", "Fragen", WholeDays(DAY, DAY), 0)


@pytest.fixture(scope="module")
def composer(tmp_path_factory: pytest.TempPathFactory) -> Composer:
    return Composer(a_folder(tmp_path_factory.mktemp("templates")), SENDER)


def parsed(mail: Mail) -> EmailMessage:
    message = message_from_bytes(mail.content, policy=policy.default)
    for part in message.walk():
        assert not part.defects
    return message


def test_the_header_says_who_what_and_when(composer: Composer) -> None:
    mail = composer.compose(a_draft())
    message = parsed(mail)
    assert tuple(message.keys()) == HEADERS
    assert {name: str(message[name]) for name in HEADERS if name != "Content-Type"} == {
        "Date": "Mon, 01 Mar 2027 07:30:00 +0000",
        "Message-ID": "<n17.0123456789abcdef@stadt.example>",
        "From": "Personalabteilung <qualipath@stadt.example>",
        "To": "Anna Amsel <anna.amsel@stadt.example>",
        "Reply-To": "hr@stadt.example",
        "Subject": "Bootcamp: Anna Amsel",
        "MIME-Version": "1.0",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "Content-Language": "de",
    }
    assert (mail.sender, mail.recipient) == ("qualipath@stadt.example", "anna.amsel@stadt.example")
    assert (mail.message_id, mail.subject, mail.utf8) == (
        "n17.0123456789abcdef@stadt.example",
        "Bootcamp: Anna Amsel",
        False,
    )


def test_a_shared_mailbox_and_nobody_to_reply_to(composer: Composer) -> None:
    mail = composer.compose(a_draft(name="", reply_to=None))
    assert b"\r\nTo: anna.amsel@stadt.example\r\n" in mail.content
    assert "Reply-To" not in parsed(mail)


def test_text_and_html_are_alternatives(composer: Composer) -> None:
    message = parsed(composer.compose(a_draft({"reason": "Grüße"})))
    assert message.get_content_type() == "multipart/alternative"
    text, html = message.iter_parts()
    assert (text.get_content_type(), text.get_content_charset()) == ("text/plain", "utf-8")
    assert (html.get_content_type(), html.get_content_charset()) == ("text/html", "utf-8")
    assert "Anna Amsel, Bootcamp\r\nGrüße\r\n" in text.get_content()
    assert "<b>Bootcamp</b>" in html.get_content()


def test_an_invitation_is_an_alternative_and_a_file(composer: Composer) -> None:
    message = parsed(composer.compose(a_draft(appointment=COURSE)))
    assert message.get_content_type() == "multipart/mixed"
    alternatives, file = message.iter_parts()
    kinds = [part.get_content_type() for part in alternatives.iter_parts()]
    assert kinds == ["text/plain", "text/html", "text/calendar"]
    invitation = list(alternatives.iter_parts())[2]
    assert invitation.get_param("method") == "REQUEST"
    assert invitation["Content-Transfer-Encoding"] == "base64"
    written = invitation.get_payload(decode=True)
    assert isinstance(written, bytes)
    assert "SUMMARY:Übung\r\n".encode() in written
    event = read(written).vevent
    assert event.organizer.value == "mailto:qualipath@stadt.example"
    assert event.attendee.value == f"mailto:{a_draft().address}"
    assert event.dtstamp.value == a_draft().dated_at
    assert file.get_content_type() == "application/ics"
    assert file.get_filename() == "invite.ics"
    assert file.get_content_disposition() == "attachment"
    assert file.get_payload(decode=True) == written


def test_bytes_are_fit_for_any_way(composer: Composer) -> None:
    hard = "\u4e2d\u6587" * 500 + "\n.\nFrom x\n" + "a" * 3000 + " \t\n\x00\x1b\x85\u2028"
    for reason in ("kurz", hard, "=" * 500, " " * 200):
        content = composer.compose(a_draft({"reason": reason}, appointment=COURSE)).content
        assert content.isascii()
        assert content.count(b"\n") == content.count(b"\r") == content.count(b"\r\n")
        assert max(map(len, content.split(b"\r\n"))) <= 78
        assert content.endswith(b"\r\n")


def test_the_shorter_encoding_is_chosen(composer: Composer) -> None:
    def encodings(reason: str) -> list[str]:
        message = parsed(composer.compose(a_draft({"reason": reason})))
        return [str(part["Content-Transfer-Encoding"]) for part in message.iter_parts()]

    assert encodings("Gruß") == ["quoted-printable"] * 2
    assert encodings("中" * 2000) == ["base64"] * 2


def test_the_same_draft_gives_the_same_bytes(composer: Composer) -> None:
    assert composer.compose(a_draft()) == composer.compose(a_draft())
    other = composer.compose(a_draft(message_id="n18.0123456789abcdef@stadt.example"))
    assert boundary(other) != boundary(composer.compose(a_draft()))


def boundary(mail: Mail) -> str | None:
    return message_from_bytes(mail.content).get_boundary()


@pytest.mark.parametrize(
    ("zone", "told"),
    [
        (ZoneInfo("Europe/Berlin"), "Mon, 01 Mar 2027 08:30:00 +0100"),
        (timezone(timedelta(hours=-3, minutes=-30)), "Mon, 01 Mar 2027 04:00:00 -0330"),
    ],
)
def test_the_date_has_its_offset(composer: Composer, zone: ZoneInfo | timezone, told: str) -> None:
    at = datetime(2027, 3, 1, 7, 30, tzinfo=UTC).astimezone(zone)
    assert f"Date: {told}\r\n".encode() in composer.compose(a_draft(dated_at=at)).content


def test_addresses_are_encoded_or_need_a_server_that_takes_them(composer: Composer) -> None:
    mail = composer.compose(a_draft(address="jo@städt.example", reply_to="hr@städt.example"))
    assert (mail.recipient, mail.utf8) == ("jo@xn--stdt-moa.example", False)
    assert mail.content.isascii()
    mail = composer.compose(a_draft(address="jörg@stadt.example"))
    assert (mail.recipient, mail.utf8) == ("jörg@stadt.example", True)
    head = mail.content.split(b"\r\n\r\n")[0]
    assert 'To: "Anna Amsel" <jörg@stadt.example>' in head.decode()


@pytest.mark.parametrize(
    "draft",
    [
        a_draft(address="anna"),
        a_draft(address="a@b.de\r\nBcc: x@evil.example"),
        a_draft(address="a@b.de, x@evil.example"),
        a_draft(reply_to="hr"),
    ],
)
def test_an_address_that_is_none_is_undeliverable(composer: Composer, draft: Draft) -> None:
    with pytest.raises(UndeliverableError, match="is no e-mail address"):
        composer.compose(draft)


@pytest.mark.parametrize(
    "draft",
    [
        a_draft(message_id="a"),
        a_draft(message_id="a@b\r\nBcc: c@d"),
        a_draft(message_id="a@b> <c@d"),
        a_draft(message_id="a" * 400 + "@b"),
        a_draft(dated_at=datetime(2027, 3, 1)),  # noqa: DTZ001 (that is the point)
    ],
)
def test_a_draft_that_the_programme_got_wrong_is_refused(composer: Composer, draft: Draft) -> None:
    with pytest.raises(ValueError, match=r"is no Message-ID|no time zone"):
        composer.compose(draft)


def test_a_calendar_without_a_method_is_no_invitation() -> None:
    with pytest.raises(ValueError, match="names no method"):
        calendar_part(b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")


def test_a_sender_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UndeliverableError, match="is no e-mail address"):
        Composer(a_folder(tmp_path), "Personalabteilung")


# --- What was written is read back ----------------------------------------------------------------

FIELDS = (
    b"From: a@b.de\r\nTo: =?utf-8?q?J=C3=B6rg?=\r\n <c@d.de>\r\nSubject: =?utf-8?q?=C3=BC?=\r\n"
)
END = b'Message-ID: <1@b>\r\nContent-Type: multipart/alternative; boundary="=_1"\r\n\r\n'
BODY = (
    b"--=_1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=C3=A4\r\n\r\n"
    b"--=_1\r\nContent-Transfer-Encoding: base64\r\n\r\nw6Q=\r\n\r\n--=_1--\r\n"
)
MEANT = Meant(
    headers=("From", "To", "Subject", "Message-ID", "Content-Type"),
    boxes={"From": ("", "a@b.de"), "To": ("Jörg", "c@d.de")},
    subject="ü",
    message_id="1@b",
    leaves=("ä\r\n".encode(), "ä".encode()),
)


def test_what_reads_as_it_was_meant_has_no_differences() -> None:
    assert list(differences(FIELDS + END + BODY, MEANT)) == []


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (FIELDS + b"Bcc: x@y.de\r\n" + END + BODY, "the header fields are From, To, Subject, Bcc"),
        (FIELDS + FIELDS + END + BODY, "the header fields are"),
        (FIELDS.replace(b"c@d.de", b"x@y.de") + END + BODY, "To is [('Jörg', 'x@y.de')]"),
        (
            FIELDS.replace(b"<c@d.de>", b"<c@d.de>, <x@y.de>") + END + BODY,
            "To is [('Jörg', 'c@d.de'), ",
        ),
        (FIELDS.replace(b"J=C3", b"K=C3") + END + BODY, "To is [('Körg'"),
        (FIELDS.replace(b"=C3=BC", b"=C3=B6") + END + BODY, "Subject is 'ö'"),
        (FIELDS + END.replace(b"<1@b>", b"<2@b>") + BODY, "Message-ID is '<2@b>'"),
        (FIELDS + END.replace(b"1@b", b"1@b\x00") + BODY, "a line of the header is too long or"),
        (FIELDS + END.replace(b"1@b", b"1" * 999) + BODY, "a line of the header is too long or"),
        (FIELDS + END + BODY.replace(b"w6Q=", b"w7w="), "the parts are others"),
        (FIELDS + END + BODY.replace(b"=A4", b"=B6"), "the parts are others"),
        (FIELDS + END + BODY + b"x", "the parts are others"),
        (
            FIELDS + END + BODY.replace(b"--=_1--", b"--=_1\r\n\r\nx\r\n--=_1--"),
            "the parts are others",
        ),
    ],
)
def test_what_does_not_is_told(content: bytes, told: str) -> None:
    (first, *_) = differences(content, MEANT)
    assert first.startswith(told)
