"""The weekly summaries of HR: raised as they fall due, each once."""

from zoneinfo import ZoneInfo

from sqlalchemy import select

from qualipath.services.act import Act
from qualipath.services.correspondence import TIMEZONE, correspondence_of
from qualipath.services.recording.summaries import raise_summary
from qualipath.storage.tables import correspondence


def raise_summaries(act: Act) -> int:
    """Raise the summaries that are due at the act's instant, and give how many.

    One that was missed for several weeks is raised once. Called twice, or by several at once, it
    has the effect of one call.
    """
    columns = correspondence.c
    due = act.connection.execute(
        select(columns.organisation_id, columns.summary_due_at)
        .where(columns.summary_due_at <= act.effective_at)
        .order_by(columns.organisation_id)
    ).all()
    holds = correspondence_of(act, (row.organisation_id for row in due))
    raised = 0
    for id_, due_at in due:
        next_at = holds[id_].next_summary(act.effective_at, ZoneInfo(TIMEZONE))
        raised += raise_summary(act, id_, due_at, next_at)
    return raised
