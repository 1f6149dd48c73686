"""Write what follows for people from an intake's new dates."""

from datetime import datetime

from sqlalchemy import null, select, update

from qualipath.services.act import Act
from qualipath.services.change import Offered
from qualipath.storage.tables import credential, deadline, enrolment


def realign(act: Act, redated: Offered) -> None:
    """Let offers lapse no later than people may move up, and courses in progress end as it does."""
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
