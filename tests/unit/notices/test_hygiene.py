"""Every shipped mail as mail programs and filters see it: its form, its words, and its colours."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from functools import cache

import pytest

from qualipath.definition.bundled import bundled
from qualipath.definition.values import LOCALES, Locale
from qualipath.domain.correspondence import Gendering
from qualipath.engine.drafts import Drafts
from qualipath.notices.about import fields_of
from qualipath.notices.compose import HEADERS, Composer
from qualipath.notices.mail import Draft, Mail, Value
from qualipath.notices.reading import read_mail
from tests.unit.notices.pages import Page, contrast, read_page, words

ABOUTS = Drafts.open().notices()
COMPOSER = Composer(bundled("templates"), '"Stadt Köln, Personal" <hr@köln.example>')
AT = datetime(2027, 3, 1, 7, 30, tzinfo=UTC)
MESSAGE_ID = "n17.0123456789abcdef@xn--kln-sna.example"
NAME = "Łukasz Müller-O'Brien, Dr."

ENOUGH = 4.5
"""The least contrast of a text of any size (WCAG 2.2, 1.4.3, level AA)."""
LONGEST = 78
"""The most characters that a line should have (RFC 5322, 2.1.1)."""
CLIPPED = 102 * 1024
"""From this size on widespread readers of mails show only the beginning."""

ELEMENTS = frozenset(
    {"html", "head", "meta", "title", "style", "body", "h2", "p", "br", "ul", "ol", "li", "a"}
    | {"table", "thead", "tbody", "tr", "th", "td", "strong", "em"}
)
ATTRIBUTES = frozenset(
    {"lang", "name", "content", "http-equiv", "class", "style", "href", "role", "scope", "colspan"}
    | {"width", "align", "border", "cellpadding", "cellspacing"}
)
LOADING = re.compile(r"https?:|url\(|@import|expression\(|script:|data:|cid:")
NEVER_EMPTY = ("h2", "p", "li", "a", "strong", "em", "title")

EVERY = pytest.mark.parametrize(
    ("notice", "locale"), [(notice, locale) for notice in sorted(ABOUTS) for locale in LOCALES]
)


@EVERY
def test_its_form_gives_no_offence(notice: str, locale: Locale) -> None:
    for mail in mails(notice, locale):
        assert mail.content.isascii()
        assert not mail.utf8
        assert not re.search(rb"(?<!\r)\n|\r(?!\n)|\x00", mail.content)
        lines = mail.content.decode().split("\r\n")
        assert max(map(len, lines)) <= LONGEST
        assert [line for line in lines if line != line.rstrip()] == []
        message = message_from_bytes(mail.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        assert tuple(message.keys()) == HEADERS
        assert [part.defects for part in message.walk() if part.defects] == []
        assert [value.defects for value in message.values() if value.defects] == []
        parts = [(p.get_content_type(), p.get_content_charset()) for p in message.iter_parts()]
        assert parts == [("text/plain", "utf-8"), ("text/html", "utf-8")]


@EVERY
def test_its_header_says_from_whom_to_whom_when_and_that_nobody_wrote_it(
    notice: str, locale: Locale
) -> None:
    for mail in mails(notice, locale):
        message = message_from_bytes(mail.content, policy=policy.default)
        assert parsedate_to_datetime(message["Date"]) == AT
        assert message["Message-ID"] == f"<{MESSAGE_ID}>"
        assert message["Subject"] == mail.subject
        # RFC 3834, 5: programs that answer by themselves do not answer it.
        assert message["Auto-Submitted"] == "auto-generated"
        assert message["Content-Language"] == locale
        boxes = {name: message[name].addresses for name in ("From", "To", "Reply-To")}
        assert {name: [(b.display_name, b.addr_spec) for b in boxes[name]] for name in boxes} == {
            "From": [("Stadt Köln, Personal", "hr@xn--kln-sna.example")],
            "To": [(NAME, "l.mueller@stadt.example")],
            "Reply-To": [("", "personal@stadt.example")],
        }


@EVERY
def test_its_text_says_all_that_its_page_says(notice: str, locale: Locale) -> None:
    data = words(" ".join(samples(notice, locale)))
    for text, page in texts(notice, locale):
        shown = page.shown()
        # The names of columns may read otherwise, since a text has none.
        assert words(" ".join(e.text for e in shown if e.tag != "th")) - words(text) == set()
        assert data & words(text) - words(" ".join(e.text for e in shown)) == set()


@EVERY
def test_its_page_is_whole_and_loads_nothing(notice: str, locale: Locale) -> None:
    for _, page in texts(notice, locale):
        assert page.torn == []
        assert {element.tag for element in page.elements} <= ELEMENTS
        assert {name for element in page.elements for name in element.attributes} <= ATTRIBUTES
        assert [element.attributes.get("lang") for element in page.named("html")] == [locale]
        assert len(page.named("title")) == 1
        assert [element.tag for element in page.named(*NEVER_EMPTY) if page.is_empty(element)] == []
        links = {element.attributes["href"] for element in page.named("a")}
        assert links <= {"mailto:personal@stadt.example"}
        assert LOADING.search(page.source) is None
        assert len(page.source.encode()) < CLIPPED
        # Browsers look for it among the first 1024 octets (HTML, determining the encoding).
        assert b"charset=utf-8" in page.source.encode()[:1024]


@EVERY
def test_it_can_be_read_in_the_light_and_in_the_dark(notice: str, locale: Locale) -> None:
    for _, page in texts(notice, locale):
        light, dark = (
            {element.colours(rules) for element in page.shown()} for rules in ((), page.dark())
        )
        assert light.isdisjoint(dark)
        assert {pair for pair in light | dark if contrast(*pair) < ENOUGH} == set()


def test_contrast_is_what_the_guideline_says() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") >= ENOUGH > contrast("#777777", "#ffffff")


@cache
def mails(notice: str, locale: Locale) -> tuple[Mail, ...]:
    """Compose a notice with all that can be known, and with nothing but what always is."""
    fields = fields_of(ABOUTS[notice])
    known = {name: field.shown(locale) for name, field in fields.items()}
    needed = {n: known[n] if field.always else field.empty for n, field in fields.items()}
    return composed(notice, locale, "pair", known), composed(notice, locale, "star", needed)


def composed(notice: str, locale: Locale, gendering: Gendering, fields: dict[str, Value]) -> Mail:
    """Compose a mail to somebody whose name is not easy to write."""
    return COMPOSER.compose(
        Draft(
            notice=notice,
            locale=locale,
            gendering=gendering,
            name=NAME,
            address="l.mueller@stadt.example",
            message_id=MESSAGE_ID,
            dated_at=AT,
            fields=fields,
            reply_to="personal@stadt.example",
        )
    )


@cache
def texts(notice: str, locale: Locale) -> tuple[tuple[str, Page], ...]:
    """Give the text of each mail, and its page."""
    told = [read_mail(mail.content) for mail in mails(notice, locale)]
    return tuple((each.text, read_page(each.html)) for each in told)


def samples(notice: str, locale: Locale) -> Iterator[str]:
    """Give the text of every sample that a notice may tell."""
    for field in fields_of(ABOUTS[notice]).values():
        for each in field.rows or (field,):
            yield each.sample.text(locale) if each.sample else ""
