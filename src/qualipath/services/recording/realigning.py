"""Write what follows for people from an intake's new dates."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import null, select, update

from qualipath.definition.local_time import day_start
from qualipath.services.act import Act
from qualipath.services.change import Offered
from qualipath.storage.tables import credential, deadline, enrolment


def realign(act: Act, before: Offered, redated: Offered) -> None:
    """Let offers lapse no later than people may move up, and courses in progress end as it does.

    What is due so long before the start keeps its distance from it.
    """
    _move_with_start(act, redated, redated.dates.starts_on - before.dates.starts_on)
    # At once, where people may not move up any more: nothing lapses before it was redated.
    _cap_offers(act, redated, max(redated.dates.list_closes_at, act.effective_at))
    here = select(enrolment.c.id).where(enrolment.c.intake_id == redated.id, enrolment.c.is_open)
    act.connection.execute(
        update(credential)
        .where(
            credential.c.enrolment_id.in_(here),
            credential.c.running_until.is_not(null()),
            credential.c.revoked_at.is_(null()),
        )
        .values(running_until=redated.dates.ends_on)
    )


def _move_with_start(act: Act, redated: Offered, later: timedelta) -> None:
    """Keep the distance of what is due so long before the start."""
    zone = ZoneInfo(redated.timezone)
    here = select(enrolment.c.id).where(enrolment.c.intake_id == redated.id, enrolment.c.is_open)
    running = select(deadline.c.id, deadline.c.due_at).where(
        deadline.c.enrolment_id.in_(here), deadline.c.from_start, deadline.c.ended_at.is_(null())
    )
    for row in act.connection.execute(running).all():
        day = row.due_at.astimezone(zone).date() + later
        act.connection.execute(
            update(deadline)
            .where(deadline.c.id == row.id)
            .values(due_at=max(day_start(day, zone), act.effective_at))
        )


def _cap_offers(act: Act, redated: Offered, latest: datetime) -> None:
    before_course = select(enrolment.c.id).where(
        enrolment.c.intake_id == redated.id, enrolment.c.holds_seat, ~enrolment.c.counts
    )
    act.connection.execute(
        update(deadline)
        .where(
            deadline.c.enrolment_id.in_(before_course),
            deadline.c.trigger.is_not(null()),
            deadline.c.ended_at.is_(null()),
            deadline.c.due_at > latest,
        )
        .values(due_at=latest)
    )
