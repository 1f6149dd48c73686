"""Mails as those who get them see them: who, about what, both parts, and the calendar."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html import unescape
from typing import Any

from qualipath import Qualipath
from qualipath.engine.delivering import DeliveryReport
from qualipath.notices.mail import Mail
from tests.integration.posting import Desk
from tests.unit.notices.calendars import read


@dataclass(frozen=True)
class Letter:
    """One mail, read from its bytes alone."""

    message: EmailMessage

    @classmethod
    def of(cls, mail: Mail) -> "Letter":
        return cls(message_from_bytes(mail.content, policy=default))

    @property
    def to(self) -> str:
        (address,) = self.message["To"].addresses
        return str(address.addr_spec)

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def replies_to(self) -> str | None:
        answers = self.message["Reply-To"]
        return None if answers is None else str(answers.addresses[0].addr_spec)

    @property
    def text(self) -> str:
        """The text part, each run of white space as one blank."""
        return _in_one_line(self._part("plain"))

    @property
    def page(self) -> str:
        """What the HTML part shows."""
        shown = re.sub(r"(?s)<(head|style|title).*?</\1>|<!--.*?-->", " ", self._part("html"))
        return _in_one_line(unescape(re.sub(r"<[^>]+>", " ", shown)))

    def says(self, *told: str) -> bool:
        """Tell whether both parts say all of it, however they are set."""
        parts = _bare(self.text), _bare(self.page)
        return all(_bare(each) in part for each in told for part in parts)

    @property
    def calendar(self) -> Any:
        """The calendar object, as a second implementation reads it; None without one."""
        for part in self.message.walk():
            if part.get_content_type() == "text/calendar":
                return read(part.get_content().encode())
        return None

    def _part(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        assert part is not None
        return str(part.get_content())


def _in_one_line(text: str) -> str:
    return " ".join(text.split())


def _bare(text: str) -> str:
    """Leave out what differs between a line and a table."""
    return re.sub(r"[\s:]+", "", text)


@dataclass
class Post:
    """An installation's mails, as they go out: the letters of each round, by their order."""

    engine: Qualipath
    desk: Desk

    def round(self, at: datetime) -> list[Letter]:
        """Tick, deliver what is due by an instant, and give the letters of that."""
        self.engine.tick(now=at)
        return self.sent(at)

    def sent(self, at: datetime) -> list[Letter]:
        """Deliver what is due at an instant, and give the letters; no tick comes before."""
        report, letters = self.reported(at)
        assert report.failures == ()
        return letters

    def reported(self, at: datetime) -> tuple[DeliveryReport, list[Letter]]:
        """Deliver what is due at an instant; gives the report as well."""
        before = len(self.desk.mails)
        report = self.engine.deliver(self.desk, now=at)
        return report, [Letter.of(mail) for mail in self.desk.mails[before:]]


def post_of(engine: Qualipath, fault: Callable[[Mail], Exception | None] = lambda _: None) -> Post:
    return Post(engine, Desk(fault=fault))


def to(letters: list[Letter], address: str) -> Letter:
    """Give the only letter to an address."""
    (letter,) = [each for each in letters if each.to == address]
    return letter


def addressed(letters: list[Letter]) -> list[tuple[str, str]]:
    """Give to whom letters went, and their subjects."""
    return sorted((letter.to, letter.subject) for letter in letters)
