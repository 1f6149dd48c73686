"""What the services answer with: frozen values that programs, the command line and a page show.

What a bulk command gives by the thousand is a plain dataclass: it is made ten times faster.
"""

from dataclasses import dataclass
from datetime import date, datetime

from pydantic import BaseModel, ConfigDict

from qualipath.definition.values import Text
from qualipath.errors import Reason


class Model(BaseModel):
    """An answer: frozen, and printable as JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True, slots=True)
class Enrolment:
    """One employee's attempt at one tier. `employee` is the personnel number."""

    id: int
    employee: str
    organisation: str
    path: str
    tier: str
    attempt: int
    state: str
    state_title: Text
    open: bool
    paused: bool
    grade: str | None
    path_version: int
    version: int


@dataclass(frozen=True, slots=True)
class Told:
    """One reason for a refusal, in both languages; `code` names its kind for programs."""

    code: str
    de: str
    en: str

    @classmethod
    def of(cls, reason: Reason) -> "Told":
        """Tell a reason in both languages."""
        return cls(reason.code, reason.text("de"), reason.text("en"))

    def text(self, locale: str = "en") -> str:
        """Tell the reason in the language of `locale`."""
        return self.de if locale.startswith("de") else self.en


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one row of a bulk command: the enrolment as it is now, or every reason."""

    id: int
    enrolment: Enrolment | None = None
    reasons: tuple[Told, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether the rules did not allow it."""
        return self.enrolment is None


@dataclass(frozen=True, slots=True)
class Application:
    """What became of one employee's application: the enrolment as it is now, or every reason."""

    number: str
    enrolment: Enrolment | None = None
    reasons: tuple[Told, ...] = ()


class Organisation(Model):
    """A district, city or municipality; `parent` is the key of the one above it."""

    key: str
    title: str
    parent: str | None


class Publication(Model):
    """A published version of a path; `new` is False where nothing had changed since the last."""

    path: str
    version: int
    digest: str
    new: bool


@dataclass(frozen=True, slots=True)
class Person:
    """An employee, by number and name."""

    number: str
    given_name: str
    family_name: str
    organisation: str


class Entry(Model):
    """One entry of the history: who did what to whom, when it holds and when it was written."""

    enrolment: int | None
    intake: int | None
    employee: str | None
    trigger: str
    source: str | None
    target: str | None
    actor: str
    reason: str | None
    details: dict[str, object]
    effective_at: datetime
    recorded_at: datetime
    path_version: int | None
    digest: str | None


class Credential(Model):
    """What an employee holds or is about to; grades and credits as decimal numbers."""

    id: int
    employee: str
    kind: str
    key: str
    grade: str | None
    scale: str | None
    credits: str
    awarded_on: date | None
    running_until: date | None
    valid_until: date | None
    revoked: bool
    basis: str | None
    evidence: str | None


class Moved(Model):
    """One enrolment that a migration moves, leaves as it is, or can't move, and why."""

    enrolment: int
    employee: str
    tier: str
    state: str
    to_tier: str | None = None
    to_state: str | None = None
    why: Told | None = None


class Migration(Model):
    """What a migration did, or with a dry run would do."""

    path: str
    to: int
    dry_run: bool
    moved: tuple[Moved, ...]
    unchanged: tuple[Moved, ...]
    stuck: tuple[Moved, ...]


class ResultsReport(Model):
    """What an import of results did, or (`dry_run`) would do: numbers of rows."""

    completed: int
    failed: int
    absent: int
    unchanged: int
    total: int


@dataclass(frozen=True, slots=True)
class Intake:
    """One tier offered at one time, and how far it is filled; instants are UTC.

    `taken` counts who holds a seat or held it to the end, `waiting` who stands on the waiting list,
    `applied` everybody who was ever in it. Applications are taken from `opens_at` until
    `closes_at`, both in the time zone `timezone`; from `list_closes_at` on nobody moves up.
    `undersized` waits for HR's decision; `due_at` is when the scheduler moves it next.
    """

    id: int
    path: str
    tier: str
    tier_title: Text
    term: str | None
    provider: str | None
    state: str
    state_title: Text
    seats: int
    minimum: int
    taken: int
    waiting: int
    applied: int
    undersized: bool
    timezone: str
    opens_at: datetime
    closes_at: datetime
    allocates_at: datetime
    quotas_lapse_at: datetime | None
    starts_on: date
    ends_on: date
    lectures_from: date | None
    lectures_until: date | None
    list_closes_at: datetime
    due_at: datetime | None
    seed: int
    version: int

    @property
    def free(self) -> int:
        """The seats that nobody has."""
        return max(self.seats - self.taken, 0)


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """One employee in an intake; `place` is the place on its waiting list, 1 for the next one."""

    enrolment: int
    employee: str
    given_name: str
    family_name: str
    organisation: str
    state: str
    state_title: Text
    open: bool
    seat: bool
    place: int | None
    applied_at: datetime | None


@dataclass(frozen=True, slots=True)
class Roster:
    """Everybody in an intake whom the actor may see.

    First those with a seat, by name; then the waiting list; then who applied and is undecided, in
    the order of their applications; then who is out.
    """

    intake: Intake
    people: tuple[RosterEntry, ...]


@dataclass(frozen=True, slots=True)
class ProtocolEntry:
    """One employee's rank in an allocation, and what it rests on.

    `outcome` is `seat`, `waiting` or `refused`; `basis` what each criterion went by, for programs,
    and `reasons` the same as sentences.
    """

    rank: int
    enrolment: int
    employee: str
    given_name: str
    family_name: str
    organisation: str
    outcome: str
    basis: dict[str, object]
    reasons: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Protocol:
    """How an intake's seats were given by rank; `allocated_at` is None as long as they are not."""

    intake: Intake
    allocated_at: datetime | None
    allocated_by: str | None
    entries: tuple[ProtocolEntry, ...]
