"""W4: 10,000 mails of text and HTML as bytes, against compiled templates and minimal bytes."""

import resource
from collections.abc import Mapping
from datetime import UTC, datetime

from jinja2 import Environment, Template, select_autoescape

from benchmarks.slices import Ratio, compare
from qualipath.definition.bundled import bundled
from qualipath.notices.about import fields_of
from qualipath.notices.compose import Composer
from qualipath.notices.fields import About
from qualipath.notices.mail import Draft, Value
from qualipath.notices.markup import inline_styles
from qualipath.notices.templating import combined

MAILS = 10_000
NOTICE = "admitted"
SENDER = "qualipath@stadt.example"
NOW = datetime(2027, 3, 1, 7, tzinfo=UTC)
SAMPLE: Mapping[str, Value] = {
    name: field.shown("de") for name, field in fields_of({About.ENROLMENT}).items()
}
FLAT = 8 * 1024
"""How many KiB the process may grow by, whatever the number of mails."""


def composing(target: float | None, mails: int = MAILS) -> Ratio:
    """W4: each mail filled in, encoded and read back, to a person of its own."""
    ids = list(range(2 * mails))
    floor = _Floor()
    composer = Composer(bundled("templates"), f"Personalabteilung <{SENDER}>")
    size = len(composer.compose(_draft(0)).content)
    grown = [_peak()]

    def by_hand(part: list[int]) -> None:
        for id_ in part:
            assert len(floor.compose(id_)) > size / 2

    def ours(part: list[int]) -> None:
        for id_ in part:
            mail = composer.compose(_draft(id_))
            assert len(mail.content) > size / 2
        grown.append(_peak())

    ratio = compare(
        f"W4 compose {mails:,} mails",
        "text and HTML",
        target,
        floor=by_hand,
        ours=ours,
        ids=ids,
        slices=20,
    )
    assert grown[-1] - grown[1] <= FLAT, grown
    return ratio


class _Floor:
    """Fills the same templates in, and puts as few bytes around them as make a mail."""

    def __init__(self) -> None:
        self._environment = Environment(
            autoescape=select_autoescape(["html"]),
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._subject = self._template("{text}", "subject.txt")
        self._text = self._template("layout.txt", "body.txt")
        self._html = self._template("layout.html", "body.html")

    def compose(self, number: int) -> bytes:
        """Compose one mail."""
        values: dict[str, object] = {**_values(number), "locale": "de", "words": {}}
        subject = values["subject"] = self._subject.render(values)
        whole = (
            f"From: {SENDER}\nTo: p{number}@stadt.example\nSubject: {subject}\n"
            "MIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=b\n\n"
            "--b\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
            f"{self._text.render(values)}\n"
            "--b\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
            f"{self._html.render(values)}\n--b--\n"
        )
        return whole.encode().replace(b"\n", b"\r\n")

    def _template(self, layout: str, part: str) -> Template:
        folder = bundled("templates")
        source = (folder / "de" / NOTICE / part).read_text(encoding="utf-8")
        if (around := folder / layout).is_file():
            source = combined(around.read_text(encoding="utf-8"), source)
        if part.endswith(".html"):
            source = inline_styles(source)
        code = self._environment.compile(source, name=part)
        return Template.from_code(self._environment, code, {}, None)


def _values(number: int) -> Mapping[str, Value]:
    return {**SAMPLE, "employee": f"Jörg Müller {number}", "recipient": f"Jörg Müller {number}"}


def _draft(number: int) -> Draft:
    return Draft(
        notice=NOTICE,
        locale="de",
        gendering="colon",
        name=f"Jörg Müller {number}",
        address=f"p{number}@stadt.example",
        message_id=f"n{number}.0123456789abcdef@stadt.example",
        dated_at=NOW,
        fields=_values(number),
        reply_to="personal@stadt.example",
    )


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
