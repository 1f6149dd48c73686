"""Calendar invitations: whose calendar a notice writes the course into, or takes it out of."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from functools import cache
from typing import Any, Self

from sqlalchemy import Row, Select, func, select

from qualipath.definition.spec import Definition, LifecycleSpec, notices_of
from qualipath.notices.appointment import Appointment, Party
from qualipath.services.act import Act
from qualipath.services.courses import REDATE, Course
from qualipath.services.delivery.waiting import Addressee, Subject
from qualipath.storage.batches import among, ids
from qualipath.storage.tables import history, message, notice


@dataclass(frozen=True, slots=True)
class Invitations:
    """What the invitations of a page's notices rest on: load it once, then ask for each mail.

    That is what employees were told of their enrolments, how often the dates of intakes were
    corrected (both by id), and by which definitions tiers of paths are offered.
    """

    told: Mapping[int, Sequence[Row[Any]]]
    redates: Mapping[int, int]
    offering: Mapping[tuple[str, str], Definition]

    @classmethod
    def load(cls, act: Act, subjects: Iterable[Subject]) -> Self:
        """Read what is needed of subjects: two statements, and one for each tier."""
        inviting = [s for s in subjects if s.spec and s.spec.calendar and s.intake]
        intakes = {s.intake.written_id: s.intake for s in inviting if s.intake}
        tiers = {(intake.path, intake.tier) for intake in intakes.values()}
        return cls(
            _told(act, {s.attempt.id for s in inviting if s.attempt}),
            _redates(act, intakes),
            {tier: act.library.offering(act.connection, *tier).definition for tier in tiers},
        )

    def of(self, subject: Subject, addressee: Addressee, organizer: str) -> Appointment | None:
        """Give the appointment that goes with a notice; None where none belongs to it.

        `organizer` is whom the mail comes from. The course is written into the employee's own
        calendar while the enrolment holds a seat in an intake, and taken out again where an
        invitation to it may have arrived.
        """
        attempt, offered, published = subject.attempt, subject.intake, subject.published
        if subject.spec is None or subject.spec.calendar is None:
            return None
        if attempt is None or offered is None or published is None or subject.person is None:
            return None
        if addressee.employee_id != subject.person.id:
            return None
        cancels = subject.spec.calendar == "cancel"
        told = self.told.get(attempt.id, ())
        lifecycles = published.definition.lifecycles
        own = _requesting([published.definition.lifecycle_of(attempt.tier)])
        if cancels and not _may_have_arrived(told, own, _requesting(lifecycles.values())):
            return None
        if not cancels and not (attempt.holds_seat and _is_invited(subject, told, own)):
            return None
        course = Course(
            offered=offered,
            definition=self.offering[offered.path, offered.tier],
            locale=addressee.locale,
            contact=subject.correspondence.hr_address,
            redates=self.redates.get(offered.written_id, 0),
            cancelled=cancels,
        )
        domain = Party(parseaddr(organizer)[1]).domain
        return course.appointment(f"enrolment-{attempt.id}-intake-{offered.id}@{domain}")


def _is_invited(subject: Subject, told: Sequence[Any], own: Collection[str]) -> bool:
    """Tell whether the attempt's own lifecycle has invited: who is only offered a seat waits."""
    return not subject.by_intake or any(
        row.notice in own and row.status != "cancelled" for row in told
    )


def _may_have_arrived(
    told: Sequence[Any], own: Collection[str], requesting: Collection[str]
) -> bool:
    """Tell whether an invitation was sent, or was on its way when nobody heard of it again.

    What an intake has raised brought none before the attempt's own lifecycle invited.
    """
    invited_at = min((row.raised_at for row in told if row.notice in own), default=None)
    return invited_at is not None and any(
        row.notice in requesting and _went_out(row, invited_at) for row in told
    )


def _went_out(row: Any, since: datetime) -> bool:
    if row.status == "sent":
        return row.sent_at is None or bool(row.sent_at >= since)
    return row.message_id is not None and row.status in {"pending", "cancelled"}


def _requesting(lifecycles: Iterable[LifecycleSpec]) -> set[str]:
    return {
        spec.notice
        for lifecycle in lifecycles
        for spec in notices_of(lifecycle)
        if spec.calendar == "request"
    }


def _told(act: Act, enrolment_ids: Collection[int]) -> Mapping[int, Sequence[Row[Any]]]:
    found: defaultdict[int, list[Row[Any]]] = defaultdict(list)
    if enrolment_ids:
        dialect = act.connection.dialect.name
        for row in act.connection.execute(_select_told(dialect), ids(dialect, enrolment_ids)):
            found[row.enrolment_id].append(row)
    return found


def _redates(act: Act, intake_ids: Collection[int]) -> Mapping[int, int]:
    if not intake_ids:
        return {}
    dialect = act.connection.dialect.name
    rows = act.connection.execute(_select_redates(dialect), ids(dialect, intake_ids))
    return {row.intake_id: row.redates for row in rows}


@cache
def _select_told(dialect: str) -> Select[Any]:
    return (
        select(
            notice.c.enrolment_id,
            notice.c.notice,
            notice.c.status,
            notice.c.raised_at,
            notice.c.message_id,
            message.c.sent_at,
        )
        .outerjoin(message, message.c.message_id == notice.c.message_id)
        .where(among(notice.c.enrolment_id, dialect), notice.c.recipient == "employee")
    )


@cache
def _select_redates(dialect: str) -> Select[Any]:
    return (
        select(history.c.intake_id, func.count().label("redates"))
        .where(among(history.c.intake_id, dialect), history.c.trigger == REDATE)
        .group_by(history.c.intake_id)
    )
