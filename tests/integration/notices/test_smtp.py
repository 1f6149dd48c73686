"""Sending over SMTP: what each answer, and each silence, of a mail server means."""

import traceback
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qualipath.errors import (
    DeliveryError,
    UnansweredError,
    UndeliverableError,
    UnreachableError,
)
from qualipath.notices.smtp import SmtpServer
from tests.smtp import (
    HALF_CLOSE,
    HANG_UP,
    SILENCE,
    Fault,
    FaultyServer,
    Stage,
    a_mail,
    certificate,
)

ANSWERED: list[Stage] = ["MAIL", "RCPT", "DATA", "end"]
PASSWORD = "Gürteltier+geheim"  # noqa: S105 -- of nobody


def only_first(fault: Fault) -> FaultyServer:
    return FaultyServer(plan=lambda number: fault if number == 0 else None)


def test_sends_many_mails_over_one_connection() -> None:
    with FaultyServer() as server, server.address.connect() as line:
        mails = [a_mail(number) for number in range(5)]
        for mail in mails:
            line.send(mail)
    assert [kept.content for kept in server.kept] == [mail.content for mail in mails]
    assert [kept.recipients for kept in server.kept] == [(mail.recipient,) for mail in mails]
    assert server.kept[0].sender == "hr@stadt.example"
    assert server.kept[0].options == (f"SIZE={len(mails[0].content)}",)
    assert server.connections == 1


@settings(max_examples=30)
@given(st.lists(st.sampled_from(["", ".", "..", ".a", "a.", "b"]), max_size=6))
def test_sends_every_line_as_it_is(stuffed: FaultyServer, lines: list[str]) -> None:
    mail = a_mail(text="\r\n".join(lines))
    with stuffed.address.connect() as line:
        line.send(mail)
    assert stuffed.kept[-1].content == mail.content


@pytest.fixture(scope="module")
def stuffed() -> Iterator[FaultyServer]:
    with FaultyServer() as server:
        yield server


@pytest.mark.parametrize("at", ANSWERED)
def test_a_mail_refused_for_now_may_be_sent_later(at: Stage) -> None:
    with (
        only_first(Fault(at, "451 4.3.0 Later, please")) as server,
        server.address.connect() as line,
    ):
        with pytest.raises(DeliveryError, match=r"451 4\.3\.0 Later, please") as caught:
            line.send(a_mail(1))
        line.send(a_mail(2))
    assert type(caught.value) is DeliveryError
    assert [kept.message_id for kept in server.kept] == [a_mail(2).message_id]
    assert (server.connections, server.resets) == (1, 1)


@pytest.mark.parametrize("at", ANSWERED)
def test_a_mail_refused_for_good_is_undeliverable(at: Stage) -> None:
    with only_first(Fault(at, "550 5.1.1 Nobody here")) as server, server.address.connect() as line:
        with pytest.raises(UndeliverableError, match=r"550 5\.1\.1 Nobody here"):
            line.send(a_mail(1))
        line.send(a_mail(2))
    assert [kept.message_id for kept in server.kept] == [a_mail(2).message_id]
    assert (server.connections, server.resets) == (1, 1)


@pytest.mark.parametrize("at", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("what", [HANG_UP, HALF_CLOSE, "421 4.4.2 Idle for too long"])
def test_connects_anew_where_the_server_had_enough_of_the_connection(at: Stage, what: str) -> None:
    fault = Fault(at, what)
    with (
        FaultyServer(plan=lambda number: fault if number == 1 else None) as server,
        server.address.connect() as line,
    ):
        line.send(a_mail(1))
        line.send(a_mail(2))
    assert [kept.message_id for kept in server.kept] == [
        a_mail(1).message_id,
        a_mail(2).message_id,
    ]
    assert server.connections == 2


def test_connects_anew_after_as_many_mails_as_the_server_wants() -> None:
    with FaultyServer(mails_a_connection=2) as server, server.address.connect() as line:
        for number in range(5):
            line.send(a_mail(number))
    assert len(server.kept) == 5
    assert server.connections == 3


@pytest.mark.parametrize("at", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("what", [HANG_UP, HALF_CLOSE, "421 4.3.2 Going down", SILENCE])
def test_gives_up_for_now_where_the_server_hangs_up_each_time(at: Stage, what: str) -> None:
    with FaultyServer(plan=lambda _: Fault(at, what)) as server, server.address.connect() as line:
        line.timeout = 0.05
        with pytest.raises(DeliveryError) as caught:
            line.send(a_mail())
    assert not isinstance(caught.value, UndeliverableError | UnansweredError | UnreachableError)
    assert server.connections == 2


def test_a_mail_cut_off_within_its_text_was_surely_not_taken() -> None:
    large = a_mail(text="\r\n".join(["x" * 70] * 200_000))
    with only_first(Fault("body", HANG_UP)) as server, server.address.connect() as line:
        with pytest.raises(DeliveryError, match="within the mail") as caught:
            line.send(large)
        line.send(a_mail(2))
    assert type(caught.value) is DeliveryError
    assert [kept.message_id for kept in server.kept] == [a_mail(2).message_id]


@pytest.mark.parametrize("kept", [0, 1])
@pytest.mark.parametrize("what", [HANG_UP, HALF_CLOSE, SILENCE, "250-Well", "xyz", "300 And?"])
def test_a_mail_without_a_clear_answer_is_unanswered(what: str, kept: int) -> None:
    def plan(number: int) -> Fault | None:
        if number:
            return None
        if what in {SILENCE, "250-Well"}:
            # From here on, so that a busy server's other answers have their time.
            line.timeout = 0.02
        return Fault("end", what, keeps=bool(kept))

    with FaultyServer(plan=plan) as server, server.address.connect() as line:
        with pytest.raises(UnansweredError):
            line.send(a_mail(1))
        line.timeout = 30
        line.send(a_mail(2))
    assert len(server.kept) == 1 + kept
    assert server.connections == 2


def test_a_server_that_wants_a_login_is_not_the_mails_fault() -> None:
    with (
        only_first(Fault("MAIL", "530 5.7.0 Log in first")) as server,
        server.address.connect() as line,
        pytest.raises(UnreachableError, match="530"),
    ):
        line.send(a_mail())


def test_an_address_that_would_be_another_command_is_never_sent() -> None:
    with FaultyServer() as server, server.address.connect() as line:
        for wrong in ("a@b.example>\r\nRCPT TO:<c@d.example", "ä@b.example"):
            with pytest.raises(UndeliverableError):
                line.send(a_mail(recipient=wrong))
        line.send(a_mail(2))
    assert [kept.recipients for kept in server.kept] == [("p2@stadt.example",)]


def test_an_address_beyond_ascii_goes_where_the_server_takes_it() -> None:
    mail = a_mail(recipient="jürgen@stadt.example", utf8=True)
    with FaultyServer() as server, server.address.connect() as line:
        line.send(mail)
        line.send(a_mail(2))
    assert server.kept[0].recipients == ("jürgen@stadt.example",)
    assert "SMTPUTF8" in server.kept[0].options
    assert "BODY=8BITMIME" in server.kept[0].options
    assert "SMTPUTF8" not in server.kept[1].options
    with FaultyServer(smtputf8=False) as server, server.address.connect() as line:
        with pytest.raises(UndeliverableError, match="SMTPUTF8"):
            line.send(mail)
        line.send(a_mail(2))
    assert len(server.kept) == 1


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("way", ["PLAIN", "LOGIN"])
def test_logs_in_over_a_secured_connection(security: str, way: str) -> None:
    with (
        FaultyServer(
            security=security,  # type: ignore[arg-type]
            login=("hr", PASSWORD),
            login_ways=(way,),
        ) as server,
        server.address.connect() as line,
    ):
        line.send(a_mail())
    assert len(server.kept) == 1


def reaching(address: SmtpServer) -> str:
    with pytest.raises(UnreachableError) as caught, address.connect():
        pass
    told = "".join(traceback.format_exception(caught.value))
    assert PASSWORD not in told
    assert address.name in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_that_is_not_trusted_or_of_another_host_ends_it(security: str) -> None:
    with FaultyServer(security=security) as server:  # type: ignore[arg-type]
        assert "self-signed certificate" in reaching(replace(server.address, ca=None))
        assert "127.0.0.1" in reaching(replace(server.address, host="127.0.0.1"))
        reaching(replace(server.address, ca=certificate().with_name("nowhere.pem")))


def test_never_goes_on_in_clear_text() -> None:
    with FaultyServer(login=("hr", PASSWORD)) as server:
        assert "STARTTLS" in reaching(replace(server.address, security="starttls"))
        assert "can't be secured" in reaching(replace(server.address, security="tls"))
        assert server.mails == 0


def test_a_server_that_is_not_there_is_named() -> None:
    with FaultyServer() as server:
        gone = server.address
    assert "refused" in reaching(gone)
    assert "no such host" in reaching(replace(gone, host="mail.invalid"))
    reaching(replace(gone, host="x" * 64 + ".example"))


@pytest.mark.parametrize(
    ("greeting", "told"),
    [
        ("554 No service", "it answered '554 No service'"),
        ("421 Too busy", "it answered '421 Too busy'"),
        ("nonsense", "it answered 'what is no SMTP'"),
        ("220-And", "it closed the connection"),
    ],
)
def test_a_server_that_takes_nobody_is_named_with_its_words(greeting: str, told: str) -> None:
    with FaultyServer(greeting=greeting) as server:
        assert reaching(server.address).endswith(told)


@pytest.mark.parametrize("way", ["PLAIN", "LOGIN"])
def test_a_refused_login_shows_no_password(way: str) -> None:
    # The server repeats, as some do, what it was told.
    plain = b64encode(f"\0hr\0{PASSWORD}".encode()).decode()
    alone = b64encode(PASSWORD.encode()).decode()
    answer = f"535 5.7.8 Not {PASSWORD} nor {plain} nor {alone}"
    with FaultyServer(
        security="tls", login=("hr", "another"), login_ways=(way,), login_refused=answer
    ) as server:
        wrong = replace(server.address, password=PASSWORD)
        told = reaching(wrong)
    assert "535 5.7.8 Not *** nor *** nor ***" in told
    assert "hr" in told
    assert PASSWORD not in repr(wrong)
    assert PASSWORD not in wrong.name


def test_a_server_without_a_login_is_told_so() -> None:
    with FaultyServer(security="tls", login=("hr", PASSWORD), login_ways=()) as server:
        assert "no login" in reaching(server.address)


def test_no_later_answer_shows_the_password() -> None:
    with (
        FaultyServer(
            plan=lambda _: Fault("RCPT", f"550 {PASSWORD}"), security="tls", login=("hr", PASSWORD)
        ) as server,
        server.address.connect() as line,
    ):
        assert PASSWORD not in repr(line)
        with pytest.raises(UndeliverableError) as caught:
            line.send(a_mail())
    assert PASSWORD not in "".join(traceback.format_exception(caught.value))
