"""What an entry of a calendar tells, before it is written."""

from dataclasses import dataclass
from datetime import datetime

from qualipath.domain.timetable import Times


@dataclass(frozen=True, slots=True)
class Party:
    """Who sends an invitation, or gets it."""

    address: str
    name: str = ""

    @property
    def domain(self) -> str:
        """The domain of the address, which makes identifiers unique."""
        return self.address.rpartition("@")[2].lower()


@dataclass(frozen=True, slots=True)
class Appointment:
    """One entry of a calendar; `uid` stays the same for ever, `sequence` grows with each change.

    `changed_at` (aware) is when what it tells last changed, where that is known.
    """

    uid: str
    summary: str
    description: str
    times: Times
    sequence: int
    cancelled: bool = False
    changed_at: datetime | None = None
