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
