"""Who gets the seats of an intake, by which rank, and why: pure and reproducible."""

from qualipath.domain.allocation.applicant import Applicant
from qualipath.domain.allocation.protocol import explain, refusal_basis
from qualipath.domain.allocation.ranking import Outcome, Ranked, allocate
from qualipath.domain.allocation.room import Room, home_of

__all__ = [
    "Applicant",
    "Outcome",
    "Ranked",
    "Room",
    "allocate",
    "explain",
    "home_of",
    "refusal_basis",
]
