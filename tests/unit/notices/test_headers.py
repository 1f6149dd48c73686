"""Header fields say what was meant, to more than one reader, on lines that fit."""

import unicodedata
from collections.abc import Callable
from email import message_from_string, policy
from email.header import decode_header, make_header
from email.utils import getaddresses

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qualipath.notices.headers import (
    MAX_LENGTH,
    address_field,
    clean,
    text_field,
    token_field,
)

ADDRESS = "anna.amsel@stadt.example"
TEXTS = st.text(max_size=260)
TRAPS = (
    "=?utf-8?q?=0D=0ABcc:_x=40evil.example?=",
    'Amsel, Anna "die Erste" <x@evil.example>',
    "Anna\r\nBcc: x@evil.example",
    "\u202eelpmaxe\u202c \u2066a\u2069",
    "ü" * 200,
    "\U0001d538" * 100,
    'a "' + "b c " * 60,
    "\\" * 100,
    "a" * 300,
)


Test = Callable[[str], None]


def each_trap(test: Test) -> Test:
    for trap in TRAPS:
        test = example(trap)(test)
    return test


@each_trap
@given(TEXTS)
def test_a_cleaned_text_is_one_line_of_what_can_be_seen(text: str) -> None:
    cleaned = clean(text)
    assert cleaned.isprintable()
    assert len(cleaned) <= MAX_LENGTH
    assert cleaned == " ".join(cleaned.split())
    assert clean(cleaned) == cleaned
    seen = [c for c in text if unicodedata.category(c)[0] not in "CZ"]
    kept = [c for c in cleaned if c != " "]
    assert kept == seen or (kept[-1] == "…" and kept[:-1] == seen[: len(kept) - 1])


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("  a \t b\r\nc\u2028d\x00e ", "a b c d e"),
        ("a\u200bb\u202ec\ufeffd\ue000e\u0378f", "abcdef"),
        ("a\ud800b", "ab"),
        ("a\u00a0b\u3000c", "a b c"),
        ("x" * 201, "x" * 199 + "…"),
        ("x" * 198 + " yyy", "x" * 198 + "…"),
    ],
)
def test_cleaning(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


@each_trap
@given(TEXTS)
def test_a_text_reads_as_it_was_meant(text: str) -> None:
    meant = clean(text)
    field = text_field("Subject", meant)
    assert_lines_fit(field)
    legacy = message_from_string(f"{field}\r\n", policy=policy.compat32)
    assert legacy.keys() == ["Subject"]
    raw = legacy["Subject"].replace("\r\n", "").replace("\n", "")
    assert str(make_header(decode_header(raw))) == meant
    modern = message_from_string(f"{field}\r\n", policy=policy.default)
    assert modern.keys() == ["Subject"]
    assert modern["Subject"] == meant


@each_trap
@given(TEXTS)
def test_a_mailbox_reads_as_it_was_meant(text: str) -> None:
    name = clean(text)
    field = address_field("To", name, ADDRESS)
    assert_lines_fit(field)
    legacy = message_from_string(f"{field}\r\n", policy=policy.compat32)
    assert legacy.keys() == ["To"]
    ((shown, address),) = getaddresses([legacy["To"].replace("\r\n", "").replace("\n", "")])
    assert (str(make_header(decode_header(shown))), address) == (name, ADDRESS)
    modern = message_from_string(f"{field}\r\n", policy=policy.default)
    assert modern.keys() == ["To"]
    (box,) = modern["To"].addresses
    assert box.addr_spec == ADDRESS
    # This reader keeps the blanks between encoded words of a name, which RFC 2047, 6.2, drops.
    assert box.display_name.replace(" ", "") == name.replace(" ", "")


def assert_lines_fit(field: str) -> None:
    *lines, end = field.split("\r\n")
    assert end == ""
    for line in lines:
        assert line.isascii()
        assert line.isprintable()
        assert line.strip()
        assert len(line) <= 78 or " " not in line.strip().removeprefix("Subject: ")
    for word in field.replace("\r\n", "").split():
        assert not word.startswith("=?utf-8?") or len(word) <= 75


@pytest.mark.parametrize("text", ["a\nb", "a\rb", "a\x00b", "a\u202eb", "a\ud800", "x" * 201])
def test_what_was_not_cleaned_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not cleaned"):
        text_field("Subject", text)
    with pytest.raises(ValueError, match="not cleaned"):
        address_field("To", text, ADDRESS)


@pytest.mark.parametrize(
    "address", ["a b@c", "a@c>", "a@b,c@d", 'a"@c', "a@c\r\nBcc: x@y", "(a)@b"]
)
def test_an_address_that_is_more_than_one_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="no bare address"):
        address_field("To", "", address)


@pytest.mark.parametrize(
    ("name", "value"), [("A", "b\r\nC: d"), ("A:", "b"), ("A", "ü"), ("A", "x" * 998)]
)
def test_a_token_that_is_none_is_refused(name: str, value: str) -> None:
    with pytest.raises(ValueError, match="no header field"):
        token_field(name, value)


def test_names_are_quoted_or_encoded() -> None:
    assert address_field("To", "Amsel, Anna", "a@b.de") == 'To: "Amsel, Anna" <a@b.de>\r\n'
    assert address_field("To", 'A "B" \\', "a@b.de") == 'To: "A \\"B\\" \\\\" <a@b.de>\r\n'
    assert address_field("To", "Jörg", "a@b.de") == "To: =?utf-8?b?SsO2cmc=?= <a@b.de>\r\n"
    assert address_field("To", "=?x", "a@b.de") == "To: =?utf-8?b?PT94?= <a@b.de>\r\n"
    assert address_field("To", "", "a@b.de") == "To: a@b.de\r\n"
