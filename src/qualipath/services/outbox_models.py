"""What the outbox answers with: notices that wait, and mails that were sent."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from qualipath.domain.wording import Wording

Status = Literal["pending", "bundled", "held", "sent", "cancelled", "dead"]
"""What a notice can be: of these, `sent`, `cancelled` and `dead` are its end."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice: what was raised, for whom, and what became of it.

    `recipient` is the rule by which it is addressed when it is sent: `employee`, `supervisor`,
    `deputy`, `hr`, `provider`, or `digest` for a mail that tells a superior of several others.
    `employee` is the personnel number of whom it is about, `organisation` whose notice it is.
    `due_at` is when it is sent, or tried again after `attempts` that failed since `tried_at`;
    `digest` is the notice that tells a `bundled` one. `error` says why it failed, is held
    or was cancelled.
    `address`, `subject` and `sent_at` are those of the mail that was sent under `message_id`.
    """

    id: int
    notice: str
    recipient: str
    status: Status
    enrolment: int | None
    intake: int | None
    employee: str | None
    organisation: str | None
    tier: str | None
    raised_at: datetime
    due_at: datetime
    digest: int | None
    attempts: int
    tried_at: datetime | None
    error: Wording | None
    message_id: str | None
    address: str | None
    subject: str | None
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class OutboxState:
    """How many notices wait in the outbox, and how many need somebody to look at them.

    `pending` counts those that are sent at their instant (a digest counts once), `overdue` those of
    them that should have been; `held` waits for its release, `dead` could not be delivered.
    """

    pending: int
    overdue: int
    held: int
    dead: int
    next_due: datetime | None
