"""What is known of one employee: everything that prerequisites may ask for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from qualipath.definition.prerequisites import FactValue, Kind
from qualipath.definition.spec import Definition


@dataclass(frozen=True, slots=True)
class Held:
    """One credential, held or in progress.

    Exactly one of `awarded_on` and `running_until` is set. `grade` (on `scale`) and `credits` are
    integer hundredths. A revoked credential has never counted, whatever the day.
    """

    key: str
    kind: Kind
    awarded_on: date | None = None
    running_until: date | None = None
    valid_until: date | None = None
    revoked: bool = False
    grade: int | None = None
    scale: str | None = None
    credits: int = 0


@dataclass(frozen=True, slots=True)
class Record:
    """One employee: the organisation and all above it, first days, facts and credentials."""

    number: str
    organisations: tuple[str, ...]
    hired_on: date | None = None
    experience_since: date | None = None
    facts: Mapping[str, FactValue] = field(default_factory=dict)
    credentials: tuple[Held, ...] = ()


@dataclass(frozen=True, slots=True)
class Occasion:
    """The occasion on which prerequisites are judged.

    `on` is the day; the definition tells scales, attributes and titles. `running_until` makes the
    judgement provisional: what is in progress and due to end by that day counts as held already
    (its grade is not known yet and is not asked for).
    """

    on: date
    definition: Definition
    running_until: date | None = None
