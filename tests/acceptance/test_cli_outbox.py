"""Mails at the prompt: what waits, what was sent and where it went, and what is done by hand."""

import json
import mailbox
import socket
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser

import pytest

from tests.acceptance.command_line import PATH, Installation

LATER = "2026-03-02T10:00:00+01:00"
MORNING = "2026-03-03T07:00:00+01:00"


@pytest.fixture
def applied(installation: Installation) -> Installation:
    """Give an installation in which 4711 has applied: notice 1 to them, 2 to their supervisor."""
    installation.told("apply", "4711", PATH, "bootcamp")
    installation.told("organisation", "mail", "duisburg", "--hr-address", "hr@example.org")
    return installation


def mails(installation: Installation) -> list[EmailMessage]:
    box = mailbox.Maildir(installation.folder / "var" / "mail", create=False)
    parser = BytesParser(policy=policy.default)
    found = [parser.parsebytes(box.get_bytes(key)) for key in box.iterkeys()]
    return sorted((mail for mail in found), key=lambda mail: str(mail["To"]))


def statuses(installation: Installation) -> dict[int, str]:
    found = installation.answered("outbox", "list")["notices"]
    return {each["id"]: each["status"] for each in found}


def test_the_list_says_what_waits_for_whom(applied: Installation) -> None:
    told = applied.told("outbox", "list")
    for shown in ("ID", "approval_requested", "supervisor", "4711, bootcamp", "waiting"):
        assert shown in told
    told = applied.told("outbox", "list", "--lang", "de")
    for shown in ("Nr.", "Nachricht", "Führungskraft", "wartet"):
        assert shown in told
    assert applied.told("outbox", "list", "--status", "dead") == "no mails\n"


def test_sending_tells_where_mails_went(applied: Installation) -> None:
    told = applied.told("outbox", "send")
    assert told.startswith("1 mail in 'var/mail'\n")
    assert "put into digests: 1" in told
    (mail,) = mails(applied)
    assert mail["To"] == "Mia Muster <mia.muster@example.org>"
    assert mail["Reply-To"] == "hr@example.org"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert statuses(applied) == {1: "sent", 2: "bundled", 3: "pending"}
    assert applied.told("outbox", "send").startswith("0 mails in 'var/mail'\n")


def test_a_digest_comes_at_its_hour(applied: Installation) -> None:
    applied.told("apply", "4713", PATH, "bootcamp")
    applied.told("outbox", "send")
    answer = applied.answered("outbox", "send", now=MORNING)
    assert (answer["sent"], answer["transport"]) == (1, "maildir:var/mail")
    digest = next(mail for mail in mails(applied) if "rita" in mail["To"])
    body = digest.get_body(("plain",))
    assert body is not None
    for number in ("4711", "4713"):
        assert number in body.get_content()
    (listed,) = applied.answered("outbox", "list", "--notice", "open_requests")["notices"]
    told = applied.answered("outbox", "show", str(listed["id"]), now=MORNING)["told"]
    assert {each["employee"] for each in told} == {"4711", "4713"}


def test_what_would_be_sent_is_what_is_sent(applied: Installation) -> None:
    before = applied.answered("outbox", "show", "1")
    assert before["address"] == "mia.muster@example.org"
    applied.told("outbox", "send")
    after = applied.answered("outbox", "show", "1")
    assert after["mail"]["text"].split() == before["mail"]["text"].split()
    assert after["mail"]["subject"] == before["mail"]["subject"]
    assert after["notice"]["sent_at"] is not None
    told = applied.told("outbox", "show", "1", "--html", "mail.html")
    assert f"<{after['notice']['message_id']}>" in told
    assert "<html" in (applied.folder / "mail.html").read_text("utf-8")


def test_what_is_not_kept_is_not_shown(applied: Installation) -> None:
    applied.told("organisation", "mail", "duisburg", "--retention-days", "0")
    applied.told("outbox", "send")
    assert "not kept any more" in applied.told("outbox", "show", "1")
    assert "no mail of notice 1" in applied.run("outbox", "show", "1", "--html", "x").stderr
    assert not (applied.folder / "x").exists()


def test_what_holds_no_longer_says_why(applied: Installation) -> None:
    applied.told("fire", "1", "approve")
    told = applied.told("outbox", "show", "2")
    assert "Will not be sent" in told
    assert "approved" in told
    told = applied.told("outbox", "show", "2", "--lang", "de")
    assert "der Stand ist „genehmigt“" in told


def test_without_an_address_it_waits_for_one(installation: Installation) -> None:
    (installation.folder / "more.csv").write_text(
        "number;given_name;family_name;organisation;supervisor\n8;Neu;Neumann;duisburg;1001\n",
        "utf-8",
    )
    assert installation.told("import", "people", "more.csv").startswith("1 person: 1 new, ")
    installation.told("apply", "8", PATH, "bootcamp")
    assert "undeliverable (outbox list --status dead): 1" in installation.told("outbox", "send")
    (dead,) = installation.answered("outbox", "list", "--status", "dead")["notices"]
    assert "has no e-mail address" in dead["error"]["en"]
    german = installation.told("outbox", "list", "--status", "dead", "--lang", "de")
    assert "hat keine E-Mail-Adresse; lesen Sie eine ein" in german
    assert "has no e-mail address" not in german
    told = installation.told("scheduler", "status")
    assert "1 undeliverable; look: qualipath outbox list --status dead" in told

    (installation.folder / "more.csv").write_text(
        "number;given_name;family_name;email;organisation\n"
        "8;Neu;Neumann;neu@example.org;duisburg\n",
        "utf-8",
    )
    installation.told("import", "people", "more.csv")
    installation.told("outbox", "retry", str(dead["id"]))
    installation.told("outbox", "send", now=LATER)
    assert "neu@example.org" in [mail["To"].addresses[0].addr_spec for mail in mails(installation)]


def test_what_exceeds_the_cap_is_held_until_it_is_released(applied: Installation) -> None:
    applied.told("organisation", "mail", "duisburg", "--hourly-cap", "0")
    assert "on hold (outbox release): 1" in applied.told("outbox", "send")
    assert applied.told("outbox", "release", "--dry-run").startswith("1 mail released\n")
    assert applied.told("outbox", "release") == "1 mail released\n"
    assert applied.told("outbox", "send").startswith("1 mail in 'var/mail'\n")


def test_a_cancelled_one_is_told_in_the_history(applied: Installation) -> None:
    told = applied.told("outbox", "cancel", "1", "--reason", "told by phone")
    assert told == "notice 1: application_received, 4711, bootcamp: cancelled\n"
    assert "told by phone" in applied.told("history", "1")
    assert applied.told("outbox", "send").startswith("0 mails")
    refused = applied.fails(4, "outbox", "retry", "1")
    assert refused == (
        "qualipath: notice 1 is not sent again:\n- it was cancelled: told by phone\n"
    )
    assert "sie ist entfallen: told by phone" in applied.fails(
        4, "outbox", "retry", "1", "--lang", "de"
    )


@pytest.mark.parametrize(
    ("arguments", "exit_code", "hint"),
    [
        (("outbox", "list", "--status", "ded"), 2, "did you mean 'dead'"),
        (("outbox", "list", "--notice", "aproved"), 3, "did you mean 'approved'"),
        (("outbox", "show", "99"), 3, "no notice 99"),
        (("outbox", "retry"), 2, "--all-dead"),
        (("outbox", "retry", "1", "--all-dead"), 2, "--all-dead"),
        (("outbox", "cancel", "1"), 2, "--reason"),
        (("outbox", "cancel", "1", "--reason", " "), 2, "reason"),
        (("outbox", "release", "--organisation", "duisbrg"), 3, "did you mean 'duisburg'"),
        (("outbox", "list", "--as", "employee:4711"), 4, "only HR may do this"),
        (("organisation", "mail", "duisbrg"), 3, "did you mean 'duisburg'"),
        (("organisation", "mail", "duisburg", "--hr-address", "hr"), 2, "'hr'"),
        (("organisation", "mail", "duisburg", "--hour", "24"), 2, "24"),
        (("organisation", "mail", "duisburg", "--inherit", "houre"), 2, "did you mean 'hour'"),
        (("organisation", "mail", "duisburg", "--rhythm", "hourly"), 2, "weekly"),
        (("organisation", "mail", "duisburg", "--hour", "8", "--inherit", "hour"), 2, "contradict"),
        (("provider", "add", "academy", "Academy", "nowhere"), 2, "nowhere"),
        (("mail", "test", "nowhere"), 7, "nowhere"),
        (("mail", "test", "a@b@example.org"), 7, "exactly one @"),
    ],
)
def test_a_mistake_is_told_in_one_line(
    applied: Installation, arguments: tuple[str, ...], exit_code: int, hint: str
) -> None:
    told = applied.run(*arguments)
    assert told.exit_code == exit_code
    assert told.stdout == ""
    assert told.stderr.startswith("qualipath: ")
    assert hint in told.stderr
    assert "Traceback" not in told.stderr


def test_an_organisation_tells_what_holds_and_whence(installation: Installation) -> None:
    installation.told("organisation", "add", "walsum", "Walsum", "--parent", "duisburg")
    installation.told("organisation", "mail", "duisburg", "--hour", "6", "--no-summary")
    installation.told("organisation", "mail", "walsum", "--gendering", "colon", "--hour", "8")
    answer = installation.answered("organisation", "mail", "walsum")
    assert (answer["holds"]["hour"], answer["holds"]["summary"]) == (8, False)
    assert answer["from"]["hour"] == answer["from"]["gendering"] == "walsum"
    assert (answer["from"]["summary"], answer["from"]["rhythm"]) == ("duisburg", None)
    told = installation.told("organisation", "mail", "walsum", "--inherit", "hour", "--lang", "de")
    (hour,) = [line for line in told.splitlines() if line.startswith("Stunde")]
    assert hour.split()[-2:] == ["6", "duisburg"]
    assert "hier" in told
    assert "Vorgabe" in told


def test_providers_are_listed(installation: Installation) -> None:
    installation.told("provider", "add", "academy", "Studieninstitut", "kurse@example.org")
    told = installation.told("provider", "list")
    assert "kurse@example.org" in told
    (one,) = installation.answered("provider", "list")["providers"]
    assert (one["key"], one["locale"]) == ("academy", "de")


# --- Where mails go -------------------------------------------------------------------------------


def test_a_test_mail_tells_each_step(installation: Installation) -> None:
    told = installation.told("mail", "test", "k.muster@example.org")
    composed, ready, done = told.splitlines()
    assert "to k.muster@example.org" in composed
    assert ready.endswith("sending in 'var/mail'")
    (mail,) = mails(installation)
    assert mail["Message-ID"] in done
    assert statuses(installation) == {}
    assert "übergeben" in installation.told("mail", "test", "a@example.org", "--lang", "de")


def smtp(monkeypatch: pytest.MonkeyPatch, **settings: str) -> None:
    given = {"MAIL_TRANSPORT": "smtp", "MAIL_FROM": "HR <hr@example.org>"} | settings
    for name, value in given.items():
        monkeypatch.setenv(f"QUALIPATH_{name}", value)


@pytest.fixture
def closed_port() -> int:
    """Give a port on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
    return port


def test_what_is_wrong_with_a_mail_server_is_one_sentence(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, closed_port: int
) -> None:
    smtp(monkeypatch)
    told = installation.fails(2, "mail", "test", "a@example.org")
    assert "smtp_host is missing" in told

    smtp(monkeypatch, SMTP_HOST="127.0.0.1", SMTP_PORT=str(closed_port))
    failed = installation.run("mail", "test", "a@example.org")
    assert failed.exit_code == 7
    assert failed.stdout.count("\n") == 1
    (line,) = failed.stderr.splitlines()
    assert f"127.0.0.1:{closed_port} can't be used" in line
    answer = json.loads(installation.fails(7, "mail", "test", "a@example.org", "--json"))
    assert line == f"qualipath: {answer['error']}"
    german = installation.run("mail", "test", "a@example.org", "--lang", "de").stderr
    assert "ist nicht benutzbar: die Verbindung wurde abgelehnt" in german


def test_what_can_not_be_sent_now_stays(
    applied: Installation, monkeypatch: pytest.MonkeyPatch, closed_port: int
) -> None:
    smtp(monkeypatch, SMTP_HOST="127.0.0.1", SMTP_PORT=str(closed_port))
    failed = applied.run("outbox", "send")
    assert failed.exit_code == 7
    assert "can't be used" in failed.stdout
    assert statuses(applied)[1] == "pending"
    german = applied.run("outbox", "send", "--lang", "de", now=LATER).stdout
    assert "fehlgeschlagen: der Mailserver" in german
    assert "can't be used" not in german
    monkeypatch.setenv("QUALIPATH_MAIL_TRANSPORT", "maildir")
    assert applied.told("outbox", "send", now=MORNING).startswith("2 mails ")


def test_other_commands_need_no_mail_server(
    applied: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    smtp(monkeypatch)
    assert "applied" in applied.told("status", "4711", PATH)
    assert "waiting" in applied.told("outbox", "list")
    assert "smtp_host is missing" in applied.fails(2, "outbox", "send")
