"""Notices that wait, and ways out for mails that do as they are told."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from sqlalchemy import insert, update

from qualipath import Qualipath
from qualipath.errors import DeliveryError, UnreachableError
from qualipath.notices.mail import Mail
from qualipath.services.act import Act
from qualipath.services.delivery.leasing import PAGE, lease
from qualipath.services.delivery.preparing import Prepared, prepare
from qualipath.services.delivery.waiting import Waiting
from qualipath.storage.tables import employee, notice
from tests.builders import NOW, acting, an_employee, an_enrolment, an_intake, employees
from tests.integration.services.looking import Rows, rows

SENDER = "HR <hr@stadt.example>"
HR = "personal@stadt.example"


@dataclass
class Desk:
    """A way out that keeps what it is handed, in order.

    `fault` gives the error that a mail meets, if any. `closed` refuses to open a line.
    """

    fault: Callable[[Mail], Exception | None] = lambda _: None
    closed: bool = False
    mails: list[Mail] = field(default_factory=list)
    lines: int = 0
    name: str = "desk"
    _guard: Lock = field(default_factory=Lock)

    @contextmanager
    def connect(self) -> Iterator["Desk"]:
        if self.closed:
            raise UnreachableError("the desk is closed")
        with self._guard:
            self.lines += 1
        yield self

    def send(self, mail: Mail) -> None:
        if error := self.fault(mail):
            raise error
        with self._guard:
            self.mails.append(mail)

    @property
    def message_ids(self) -> list[str]:
        return [mail.message_id for mail in self.mails]

    @property
    def recipients(self) -> list[str]:
        return [mail.recipient for mail in self.mails]


def refusing(*addresses: str, error: DeliveryError) -> Callable[[Mail], DeliveryError | None]:
    """Meet mails to these addresses with an error."""
    return lambda mail: error if mail.recipient in addresses else None


# --- Notices --------------------------------------------------------------------------------------


def with_hr(engine: Qualipath, **settings: object) -> Qualipath:
    """Give the city's HR an address, and other settings for its mails."""
    hr = acting(engine)
    hr.set_correspondence("city", hr_address=HR, **settings)  # type: ignore[arg-type]
    return engine


def invited(engine: Qualipath, count: int) -> list[int]:
    """Make people, invite each to an intake that is open, and give the ids of the notices."""
    employees(engine, count)
    context = json.dumps({"intake": an_intake(engine)})
    told = {"notice": "intake_opened", "recipient": "employee", "context": context}
    at = {"raised_at": NOW, "due_at": NOW}
    with acting(engine).acts.writing() as act:
        execute = act.connection.execute
        address = employee.c.number + "@stadt.example"
        execute(update(employee).values(email=address))
        ids = act.connection.scalars(employee.select().with_only_columns(employee.c.id)).all()
        execute(insert(notice), [{"employee_id": id_, **told, **at} for id_ in sorted(ids)])
    return [row.id for row in rows(engine.database, notice)]


def requested(engine: Qualipath, *numbers: str, supervisor: str = "chef") -> list[int]:
    """Let people apply, whose supervisor is asked; gives the ids of the requests to approve.

    What else was raised counts as sent.
    """
    an_employee(engine, supervisor, email=f"{supervisor}@stadt.example")
    ids = []
    for number in numbers:
        an_enrolment(engine, "applied", number=number)
        an_employee(engine, number, email=f"{number}@stadt.example", supervisor=supervisor)
        ids.append(rows(engine.database, notice, notice="approval_requested")[-1].id)
    with acting(engine).acts.writing() as act:
        others = notice.c.notice.not_in(["approval_requested", "open_requests"])
        act.connection.execute(update(notice).where(others).values(status="sent"))
    return ids


def noticed(engine: Qualipath, **where: object) -> Rows:
    """Give the notices with these values."""
    return rows(engine.database, notice, **where)


def statuses(engine: Qualipath, **where: object) -> list[str]:
    """Give the status of each notice."""
    return [row.status for row in noticed(engine, **where)]


# --- Steps of a round -----------------------------------------------------------------------------


@contextmanager
def delivering(engine: Qualipath, now: datetime = NOW) -> Iterator[Act]:
    """Act as the schedule does, in one transaction."""
    with acting(engine, "schedule", "scheduler", None, now).acts.writing() as act:
        yield act


def leased(
    engine: Qualipath,
    worker: str = "a",
    *,
    limit: int = PAGE,
    now: datetime = NOW,
    until: datetime | None = None,
) -> Sequence[Waiting]:
    """Lease what is due, for ten minutes unless told otherwise."""
    with delivering(engine, now) as act:
        return lease(act, worker, limit=limit, until=until or now + timedelta(minutes=10))


def prepared(engine: Qualipath, worker: str = "a", *, now: datetime = NOW) -> Prepared:
    """Lease what is due, and prepare it."""
    page = leased(engine, worker, now=now)
    with delivering(engine, now) as act:
        return prepare(act, worker, page, sender=SENDER)
