"""Addresses: which are ones, and what goes to the wire."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qualipath.errors import UndeliverableError
from qualipath.notices.addresses import Mailbox, mailbox, named_mailbox


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("anna.amsel@stadt.example", "anna.amsel@stadt.example"),
        ("Anna.Amsel@Stadt.Example", "Anna.Amsel@stadt.example"),
        ("a@localhost", "a@localhost"),
        (
            "o'brien+tag_x/y=z!#$%&*?^`{|}~-@a-b.example",
            "o'brien+tag_x/y=z!#$%&*?^`{|}~-@a-b.example",
        ),
        ("hr@städt.example", "hr@xn--stdt-moa.example"),
        ("hr@STÄDT.example", "hr@xn--stdt-moa.example"),
        ("hr@straße.example", "hr@xn--strae-oqa.example"),
        ("hr@xn--stdt-moa.example", "hr@xn--stdt-moa.example"),
        ("a@例え。jp", "a@xn--r8jz45g.jp"),
        ("a@" + "b" * 63 + ".example", "a@" + "b" * 63 + ".example"),
        ("x" * 64 + "@stadt.example", "x" * 64 + "@stadt.example"),
    ],
)
def test_an_address_goes_to_the_wire_with_its_domain_encoded(written: str, address: str) -> None:
    box = mailbox(written)
    assert box.address == address
    assert not box.utf8


def test_a_local_part_that_is_not_ascii_needs_a_server_that_takes_it() -> None:
    assert mailbox("jörg@stadt.example") == Mailbox("jörg", "stadt.example", utf8=True)
    assert mailbox("jo\u0308rg@stadt.example").local == "jörg"


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("", "it needs exactly one @"),
        ("anna", "it needs exactly one @"),
        ("a@b@c.de", "it needs exactly one @"),
        ("@b.de", "nothing stands before the @"),
        ("a@", "nothing stands after the @"),
        ("a b@c.de", "a blank or line end can't be in one"),
        ("a@c.de\r\nBcc: x@y.de", "a blank or line end can't be in one"),
        ("a@c.de\n", "a blank or line end can't be in one"),
        ('"a b"@c.de', "'\"' can't be in one"),
        ("a(b)@c.de", "'(' can't be in one"),
        ("a@(b)c.de", "'(' can't be in one"),
        ("Anna <a@b.de>", "can't be in one"),
        ("a@b.de,c@d.de", "',' can't be in one"),
        ("a@b.de;", "';' can't be in one"),
        ("a@[1.2.3.4]", "'[' can't be in one"),
        ("a\\b@c.de", "can't be in one"),
        ("a\x00b@c.de", "it holds a character that can't be seen"),
        ("a\u202eb@c.de", "it holds a character that can't be seen"),
        ("a@b\u200b.de", "it holds a character that can't be seen"),
        ("a\ud800@c.de", "it holds a character that can't be seen"),
        (".a@c.de", "a dot must stand between other characters"),
        ("a.@c.de", "a dot must stand between other characters"),
        ("a..b@c.de", "a dot must stand between other characters"),
        ("x" * 65 + "@c.de", "more than 64 characters stand before the @"),
        ("ü" * 33 + "@c.de", "more than 64 characters stand before the @"),
        ("x" * 20 + "@" + ".".join(["b" * 60] * 4), "longer than 254"),
        ("a@" + "b" * 64 + ".de", "is no domain"),
        ("a@-b.de", "is no domain"),
        ("a@b-.de", "is no domain"),
        ("a@b_c.de", "is no domain"),
        ("a@b..de", "is no domain"),
        ("a@b.de.", "is no domain"),
        ("a@.de", "is no domain"),
        ("a@1.2.3.4", "its domain is a number"),
        ("a@xn--\u00fc.de", "its domain can't be encoded"),
        ("a@xn--zzzzzz99999.de", "its domain can't be encoded"),
        ("a@☃.de", "its domain can't be encoded"),
        ("a\uff20b.de", "it needs exactly one @"),
    ],
)
def test_what_is_no_address_is_refused_with_the_reason(written: str, why: str) -> None:
    with pytest.raises(UndeliverableError) as error:
        mailbox(written)
    assert why in str(error.value)
    assert "is no e-mail address: " in str(error.value)
    assert str(error.value).isprintable()


@given(st.text(max_size=80))
def test_whatever_is_taken_is_one_bare_address(written: str) -> None:
    for text in (written, f"{written}@b.example", f"a@{written}", f"a{written}@{written}.example"):
        try:
            box = mailbox(text)
        except UndeliverableError:
            continue
        assert box.address.count("@") == 1
        assert box.address.isprintable()
        assert box.domain.isascii()
        assert box.local.isascii() is not box.utf8
        assert not set(box.address) & set(' "(),:;<>[]\\')
        assert len(box.address.encode()) <= 254
        assert mailbox(box.address) == box


@pytest.mark.parametrize(
    ("written", "name", "address"),
    [
        ("Personalabteilung <hr@stadt.example>", "Personalabteilung", "hr@stadt.example"),
        ('"Amsel, Anna" <a@b.de>', "Amsel, Anna", "a@b.de"),
        ("hr@stadt.example", "", "hr@stadt.example"),
        ("Städte <hr@städt.example>", "Städte", "hr@xn--stdt-moa.example"),
    ],
)
def test_a_sender_may_have_a_name(written: str, name: str, address: str) -> None:
    box = named_mailbox(written)
    assert (box.name, box.address) == (name, address)


@pytest.mark.parametrize("written", ["", "Personalabteilung", "A <b>", "A <b@c.de>, D <e@f.de>"])
def test_a_sender_without_one_address_is_refused(written: str) -> None:
    with pytest.raises(UndeliverableError):
        named_mailbox(written)
