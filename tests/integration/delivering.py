"""Many notices that wait, the processes that send them, and what is wrong with careless ones."""

from datetime import datetime
from multiprocessing.connection import Connection
from typing import Any

from sqlalchemy import Connection as Transaction
from sqlalchemy import event, func, insert, literal, select, update

from qualipath import Qualipath
from qualipath.engine.delivering import Mailing
from qualipath.notices.smtp import SmtpServer
from qualipath.storage.database import Database
from qualipath.storage.tables import employee, enrolment, notice, path_version
from tests.builders import NOW, an_installation, employees
from tests.integration.killing import ask_to_go_on
from tests.smtp import a_mail

SENDER = "Personalamt <hr@stadt.example>"


def waiting(database: Database, count: int) -> None:
    """Let as many people have applied, none of whom was told yet that it was received."""
    engine = an_installation(database)
    employees(engine, count)
    with database.writing() as connection:
        address = employee.c.number + "@stadt.example"
        connection.execute(update(employee).values(email=address))
        connection.execute(_applied())
        connection.execute(_received())


def _applied() -> Any:
    version = select(func.max(path_version.c.id)).scalar_subquery()
    columns: dict[str, Any] = {
        "employee_id": employee.c.id,
        "organisation_id": employee.c.organisation_id,
        "path_version_id": version,
        "path": literal("duisburg_digital"),
        "tier": literal("bootcamp"),
        "attempt": literal(1),
        "state": literal("applied"),
        "entered_at": literal(NOW, notice.c.due_at.type),
        "applied_at": literal(NOW, notice.c.due_at.type),
        "version": literal(1),
        "is_open": literal(value=True),
        "holds_seat": literal(value=False),
        "counts": literal(value=False),
    }
    return insert(enrolment).from_select([*columns], select(*columns.values()))


def _received() -> Any:
    columns: dict[str, Any] = {
        "enrolment_id": enrolment.c.id,
        "version": literal(1),
        "notice": literal("application_received"),
        "recipient": literal("employee"),
        "raised_at": literal(NOW, notice.c.due_at.type),
        "due_at": literal(NOW, notice.c.due_at.type),
    }
    return insert(notice).from_select([*columns], select(*columns.values()))


def deliver_along(server: SmtpServer, url: str, at: datetime, pipe: Connection) -> None:
    """Deliver what is due; ask before each commit."""
    with Qualipath.open(url, mail=Mailing(server, SENDER)) as qualipath:

        @event.listens_for(qualipath.database._engines.writers, "commit")  # noqa: SLF001
        def _ask(_transaction: Transaction) -> None:
            ask_to_go_on(pipe)

        qualipath.deliver(now=at)


def deliver_without_leases(server: SmtpServer, url: str, _at: datetime, pipe: Connection) -> None:
    """Send what waits, and mark it then, without a look whether somebody else is at it."""
    with Qualipath.open(url) as qualipath, server.connect() as line:
        waits = _pending(qualipath.database)
        ask_to_go_on(pipe)
        for id_ in waits:
            line.send(a_mail(id_))
            _mark_sent(qualipath.database, id_)


def deliver_after_marking(server: SmtpServer, url: str, _at: datetime, pipe: Connection) -> None:
    """Mark each as sent, and send it then."""
    with Qualipath.open(url) as qualipath, server.connect() as line:
        for id_ in _pending(qualipath.database):
            _mark_sent(qualipath.database, id_)
            ask_to_go_on(pipe)
            line.send(a_mail(id_))


def _pending(database: Database) -> list[int]:
    with database.reading() as connection:
        wanted = select(notice.c.id).where(notice.c.status == "pending").order_by(notice.c.id)
        return [*connection.scalars(wanted)]


def _mark_sent(database: Database, id_: int) -> None:
    with database.writing() as connection:
        connection.execute(update(notice).where(notice.c.id == id_).values(status="sent"))
