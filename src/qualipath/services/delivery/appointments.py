"""Calendar invitations: whose calendar a notice writes the course into, or takes it out of."""

from collections.abc import Collection, Iterable, Sequence
from email.utils import parseaddr
from typing import Any

from sqlalchemy import Integer, bindparam, func, select

from qualipath.definition.spec import LifecycleSpec, notices_of
from qualipath.notices.appointment import Party
from qualipath.services.act import Act
from qualipath.services.courses import REDATE, Course
from qualipath.services.delivery.waiting import Addressee, Attempt, Subject
from qualipath.storage.driver import Read
from qualipath.storage.tables import enrolment, history, notice


def calendar_for(act: Act, subject: Subject, addressee: Addressee, organizer: str) -> bytes | None:
    """Write the invitation that goes with a notice; None where none belongs to it.

    `organizer` is whom the mail comes from. The course is written into the employee's own calendar
    while the enrolment holds a seat in an intake, and taken out again where an invitation to it
    may have arrived.
    """
    attempt, offered, published = subject.attempt, subject.intake, subject.published
    if subject.spec is None or subject.spec.calendar is None:
        return None
    if attempt is None or offered is None or published is None or subject.person is None:
        return None
    if addressee.employee_id != subject.person.id:
        return None
    cancels = subject.spec.calendar == "cancel"
    told = _TOLD.rows(act.connection, {"of": attempt.id})
    lifecycles = published.definition.lifecycles
    if cancels and not _may_have_arrived(told, _requesting(lifecycles.values())):
        return None
    own = _requesting([published.definition.lifecycle_of(attempt.tier)])
    if not cancels and not (_holds_seat(act, attempt) and _is_invited(subject, told, own)):
        return None
    # It takes as long to import as a short command takes to run.
    from qualipath.notices.invitation import write_invitation  # noqa: PLC0415

    name, address = parseaddr(organizer)
    sender = Party(address, name)
    course = Course(
        offered=offered,
        definition=act.library.offering(act.connection, offered.path, offered.tier).definition,
        locale=addressee.locale,
        contact=subject.correspondence.hr_address,
        redates=_REDATES.rows(act.connection, {"of": offered.id})[0].redates,
        cancelled=cancels,
    )
    uid = f"enrolment-{attempt.id}-intake-{offered.id}@{sender.domain}"
    return write_invitation(
        course.appointment(uid),
        sender,
        Party(addressee.address, addressee.name),
        act.effective_at,
    )


def _holds_seat(act: Act, attempt: Attempt) -> bool:
    return any(row.holds_seat for row in _SEAT.rows(act.connection, {"of": attempt.id}))


def _is_invited(subject: Subject, told: Sequence[Any], own: Collection[str]) -> bool:
    """Tell whether the attempt's own lifecycle has invited: who is only offered a seat waits."""
    return not subject.by_intake or any(
        row.notice in own and row.status != "cancelled" for row in told
    )


def _may_have_arrived(told: Sequence[Any], requesting: Collection[str]) -> bool:
    """Tell whether an invitation was sent, or was on its way when nobody heard of it again."""
    return any(
        row.notice in requesting
        and (row.status == "sent" or (row.message_id and row.status in {"pending", "cancelled"}))
        for row in told
    )


def _requesting(lifecycles: Iterable[LifecycleSpec]) -> set[str]:
    return {
        spec.notice
        for lifecycle in lifecycles
        for spec in notices_of(lifecycle)
        if spec.calendar == "request"
    }


_ID = bindparam("of", None, type_=Integer())
_SEAT = Read(lambda _: select(enrolment.c.holds_seat).where(enrolment.c.id == _ID))
_REDATES = Read(
    lambda _: select(func.count().label("redates")).where(
        history.c.intake_id == _ID, history.c.trigger == REDATE
    )
)
_TOLD = Read(
    lambda _: select(notice.c.id, notice.c.notice, notice.c.status, notice.c.message_id).where(
        notice.c.enrolment_id == _ID, notice.c.recipient == "employee"
    )
)
