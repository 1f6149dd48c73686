"""Look at what notices that wait would tell, and to whom."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, select

from qualipath import Qualipath
from qualipath.definition.values import LOCALES
from qualipath.notices.mail import Value
from qualipath.services.delivery.facts import Facts
from qualipath.services.delivery.leasing import waiting_of
from qualipath.services.delivery.recipients import addressee
from qualipath.services.delivery.subjects import load_subjects
from qualipath.services.delivery.waiting import Addressee, Subject
from qualipath.storage.tables import notice
from tests.builders import NOW


def subjects(
    engine: Qualipath, *conditions: ColumnElement[bool], now: datetime = NOW
) -> list[Subject]:
    """Load what notices are about, in the order in which they were raised."""
    with engine.acting_as("schedule", "qualipath", now=now).acts.reading() as act:
        rows = act.connection.execute(select(notice).where(*conditions).order_by(notice.c.id))
        return list(load_subjects(act, [waiting_of(row) for row in rows]).values())


def subject(engine: Qualipath, name: str, to: str = "employee", now: datetime = NOW) -> Subject:
    """Load what the only notice of a name to a recipient is about."""
    (found,) = subjects(engine, notice.c.notice == name, notice.c.recipient == to, now=now)
    return found


def told(
    engine: Qualipath,
    about: Subject,
    *bundled: Subject,
    to: Addressee | None = None,
    now: datetime = NOW,
) -> Mapping[str, Value]:
    """Tell the facts of a notice to its own addressee, or to another one."""
    with engine.acting_as("schedule", "qualipath", now=now).acts.reading() as act:
        facts = Facts.load(act, [about, *bundled])
        return facts.of(about, to or addressee(about), bundled)


def told_of(
    engine: Qualipath, name: str, to: str = "employee", now: datetime = NOW
) -> Mapping[str, Value]:
    """Tell the facts of the only notice of a name to a recipient."""
    return told(engine, subject(engine, name, to, now), now=now)


ENGLISH, GERMAN = (
    Addressee("reader@example.org", "Rea Reader", locale) for locale in LOCALES[::-1]
)
