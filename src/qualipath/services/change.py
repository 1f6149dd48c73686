"""What recording writes: one change of one enrolment, planned before anything is written."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from qualipath.definition.prerequisites import Kind
from qualipath.definition.spec import StateSpec
from qualipath.services.library import Published


@dataclass(frozen=True, slots=True)
class Enrolled:
    """One enrolment as it was loaded (or, with id None, as it is about to begin)."""

    id: int | None
    employee_id: int
    number: str
    organisation_id: int
    organisation: str
    published: Published
    tier: str
    attempt: int
    state: str
    version: int
    entered_at: datetime
    paused_at: datetime | None = None
    grade: int | None = None
    intake_id: int | None = None

    def moved(
        self, *, state: str, entered_at: datetime, paused_at: datetime | None, grade: int | None
    ) -> "Enrolled":
        """Give the enrolment as it is after a move: one version on."""
        return Enrolled(
            self.id,
            self.employee_id,
            self.number,
            self.organisation_id,
            self.organisation,
            self.published,
            self.tier,
            self.attempt,
            state,
            self.version + 1,
            entered_at,
            paused_at,
            grade,
            self.intake_id,
        )

    @property
    def spec(self) -> StateSpec:
        """The state as the enrolment's own version describes it."""
        return self.published.definition.lifecycle_of(self.tier).states[self.state]

    @property
    def title(self) -> str:
        """Tell people which one it is."""
        return f"{self.tier} of {self.number}"


@dataclass(frozen=True, slots=True)
class Award:
    """A credential that the enrolment gives, or that is in progress through it."""

    kind: Kind
    key: str
    grade: int | None = None
    scale: str | None = None
    credits: int = 0
    awarded_on: date | None = None
    running_until: date | None = None
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """A deadline that begins: when it is due, and what happens then."""

    due_at: datetime
    trigger: str | None = None
    notice: str | None = None
    recipient: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One enrolment before and after, the history entry's words, and what follows from it.

    `leaves_state` ends the deadlines of the state that was left; `revokes` ends the credentials
    that the enrolment gave; `shift_from` moves the running deadlines on by the time since then.
    """

    before: Enrolled
    after: Enrolled
    state: StateSpec
    trigger: str
    reason: str | None = None
    details: str | None = None
    award: Award | None = None
    revokes: bool = False
    leaves_state: bool = False
    shift_from: datetime | None = None
    deadlines: tuple[Due, ...] = ()
    notices: tuple[tuple[str, str], ...] = ()

    @property
    def id(self) -> int:
        """The enrolment's id; known of those that have begun."""
        if self.after.id is None:
            message = "the enrolment has no id before it is written"
            raise ValueError(message)
        return self.after.id

    def begun(self, enrolment_id: int) -> "Change":
        """Give the change with the id that a new enrolment got."""
        return replace(
            self,
            before=replace(self.before, id=enrolment_id),
            after=replace(self.after, id=enrolment_id),
        )
