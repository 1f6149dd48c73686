"""What a mail server says, in one line without secrets."""

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qualipath.notices.replies import Reply, Secrets


@given(st.binary())
def test_any_answer_becomes_one_printable_line(text: bytes) -> None:
    told = Secrets().reply(550, text).text
    assert told.isprintable()
    assert len(told) <= 300


def test_what_follows_the_lines_end_stays_in_the_line() -> None:
    told = Secrets().reply(550, b"5.1.1 No\n5.1.1  such\x1b[31m user\xe2\x80\xae")
    assert str(told) == "550 5.1.1 No 5.1.1 such [31m user"
    assert Secrets().reply(550, b"x" * 301).text == "x" * 299 + "…"


@pytest.mark.parametrize("password", ["geheim", "a", "zwei  Wörter"])
def test_no_form_of_the_password_is_told(password: str) -> None:
    forms = [password, *(b64encode(f"{way}{password}".encode()).decode() for way in ("", "\0hr\0"))]
    told = Secrets("hr", password).clean(" | ".join(forms))
    assert told == "*** | *** | ***"


def test_repr_shows_no_password() -> None:
    assert "geheim" not in repr(Secrets("hr", "geheim"))


@pytest.mark.parametrize(
    ("code", "positive", "transient", "permanent"),
    [(250, True, False, False), (451, False, True, False), (554, False, False, True)],
)
def test_the_first_digit_decides(
    code: int,
    positive: bool,  # noqa: FBT001
    transient: bool,  # noqa: FBT001
    permanent: bool,  # noqa: FBT001
) -> None:
    reply = Reply(code, "")
    assert (reply.positive, reply.transient, reply.permanent) == (positive, transient, permanent)
    assert not any((Reply(-1, "").positive, Reply(-1, "").transient, Reply(-1, "").permanent))
