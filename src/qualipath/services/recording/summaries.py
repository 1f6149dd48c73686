"""Write the weekly summaries that fall due: each is claimed once, by whoever puts it on first."""

from datetime import datetime

from sqlalchemy import insert, update

from qualipath.services.act import Act
from qualipath.storage.tables import correspondence, notice

SUMMARY = "weekly_summary"


def raise_summary(act: Act, organisation_id: int, due_at: datetime, next_at: datetime) -> bool:
    """Raise the summary that an organisation is due, and set the next one; False if it was raised.

    It is claimed by compare-and-swap on the instant at which it is due.
    """
    claimed = act.connection.execute(
        update(correspondence)
        .where(
            correspondence.c.organisation_id == organisation_id,
            correspondence.c.summary_due_at == due_at,
        )
        .values(summary_due_at=next_at)
    )
    if not claimed.rowcount:
        return False
    act.connection.execute(
        insert(notice).values(
            organisation_id=organisation_id,
            notice=SUMMARY,
            recipient="hr",
            raised_at=act.recorded_at,
            due_at=act.recorded_at,
        )
    )
    return True
