"""One act: who does something, when, in which transaction."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from qualipath.domain.actor import Actor
from qualipath.services.library import Library


@dataclass(frozen=True, slots=True)
class Act:
    """One frozen value that every service takes first.

    `effective_at` is when it holds, `recorded_at` when it is written (both aware, UTC); `key` is
    the idempotency key, if any. `library` gives the published definitions.
    """

    connection: Connection
    actor: Actor
    effective_at: datetime
    recorded_at: datetime
    library: Library
    key: str | None = None

    def today(self, timezone: str = "Europe/Berlin") -> date:
        """Give the day of the act where a calendar's time zone is."""
        return self.effective_at.astimezone(ZoneInfo(timezone)).date()
