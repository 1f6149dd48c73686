"""Mails in a folder and on the screen."""

import mailbox
from email import message_from_binary_file, policy
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path
from threading import Thread

import pytest

from qualipath.errors import UnreachableError
from qualipath.notices.transport import Console, Maildir
from tests.smtp import a_mail


def test_each_mail_becomes_a_file_that_mail_programs_read(tmp_path: Path) -> None:
    maildir = Maildir(tmp_path / "var" / "mail")
    with maildir.connect() as line:
        line.send(a_mail(1, text="Grüße\r\n.\r\nFrom hier"))
        line.send(a_mail(2))
    box = mailbox.Maildir(maildir.folder, factory=None, create=False)
    assert sorted(mail["Subject"] for mail in box) == ["Mail 1", "Mail 2"]
    assert not list((maildir.folder / "tmp").iterdir())
    first = next(
        file for file in (maildir.folder / "new").iterdir() if b"Mail 1" in file.read_bytes()
    )
    with first.open("rb") as file:
        parsed = message_from_binary_file(file, policy=policy.default)
    assert parsed["Message-ID"] == f"<{a_mail(1).message_id}>"
    assert first.read_bytes() == a_mail(1, text="Grüße\n.\nFrom hier").content.replace(
        b"\r\n", b"\n"
    )


def test_a_repeated_mail_becomes_another_copy_of_the_same_message_id(tmp_path: Path) -> None:
    for _ in range(2):
        with Maildir(tmp_path).connect() as line:
            line.send(a_mail())
    box = mailbox.Maildir(tmp_path, create=False)
    assert [mail["Message-ID"] for mail in box] == [f"<{a_mail().message_id}>"] * 2


def test_threads_that_send_at_once_lose_nothing(tmp_path: Path) -> None:
    def send(start: int) -> None:
        with Maildir(tmp_path).connect() as line:
            for number in range(start, start + 100):
                line.send(a_mail(number))

    threads = [Thread(target=send, args=(100 * worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    subjects = {mail["Subject"] for mail in mailbox.Maildir(tmp_path, create=False)}
    assert subjects == {f"Mail {number}" for number in range(400)}


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(UnreachableError, match="file/mail' can't be used"):
        Maildir(file / "mail").connect().__enter__()
    with Maildir(tmp_path / "mail").connect() as line:
        (tmp_path / "mail" / "tmp").rmdir()
        with pytest.raises(UnreachableError, match="mail' can't be used"):
            line.send(a_mail())


def test_the_console_shows_headers_and_text_and_no_control_characters() -> None:
    stream = StringIO()
    mail = a_mail(text="Guten\x1b[31m Tag\u202e\r\nFrau \N{LATIN SMALL LETTER U WITH DIAERESIS}")
    content = mail.content.replace(
        b"Subject", b"Content-Type: text/plain; charset=utf-8\r\nX-Other: 1\r\nSubject"
    )
    with Console(stream).connect() as line:
        line.send(a_mail(content=content))
    told = stream.getvalue()
    assert "Subject: Mail 1\n" in told
    assert "X-Other" not in told
    assert "Guten\\x1b[31m Tag\\u202e\nFrau ü\n" in told


def test_the_console_tells_which_other_parts_there_are() -> None:
    stream = StringIO()
    parts = (
        b"MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: text/plain\r\n\r\nGuten Tag\r\n"
        b"--b\r\nContent-Type: text/html\r\n\r\n<p>Guten Tag\r\n--b--\r\n"
    )
    with Console(stream).connect() as line:
        line.send(a_mail(content=parts))
    assert "Guten Tag\n[text/html]\n" in stream.getvalue()
    assert "<p>" not in stream.getvalue()


def test_the_console_escapes_what_its_stream_cannot_write() -> None:
    written = BytesIO()
    stream = TextIOWrapper(written, encoding="ascii", newline="\n")
    with Console(stream).connect() as line:
        line.send(a_mail(content="Content-Type: text/plain; charset=utf-8\r\n\r\nü\r\n".encode()))
    assert b"\\xfc\n" in written.getvalue()
    stream.close()
    with pytest.raises(UnreachableError), Console(stream).connect() as line:
        line.send(a_mail())
