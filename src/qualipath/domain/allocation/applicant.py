"""An applicant for a seat, as far as an allocation looks at one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Applicant:
    """One who may be admitted: the prerequisites are met.

    `organisations` are the employee's own and those above it, the nearest first. `applied_at` is
    aware, and after a carry-over still the first application's. `rejections` counts how often no
    seat was found for the tier before; `grades` are in hundredths by tier, each on the tier's own
    scale. Who has no grade in a tier, or no known day of hiring, stands behind all others there.
    """

    enrolment_id: int
    organisations: tuple[str, ...]
    applied_at: datetime
    hired_on: date | None = None
    rejections: int = 0
    grades: Mapping[str, int] = field(default_factory=dict)
