"""What recording writes: a change of an enrolment or an intake, planned before it is written."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from qualipath.definition.prerequisites import Kind
from qualipath.definition.spec import LifecycleSpec, StateSpec
from qualipath.domain.intake import Dates, next_due
from qualipath.domain.intake import Due as NextDue
from qualipath.services.library import Published


@dataclass(frozen=True, slots=True)
class Offered:
    """One intake as it was loaded (or, with id None, as it is about to be planned).

    `undersized` waits for HR's decision; `pooled` says that quotas have lapsed, `list_closed` that
    nobody moves up any more. `seed` decides the lot.
    """

    id: int | None
    path: str
    tier: str
    term: str | None
    provider: str | None
    timezone: str
    seats: int
    minimum: int
    seed: int
    dates: Dates
    state: str
    version: int
    undersized: bool = False
    pooled: bool = False
    list_closed: bool = False

    @property
    def written_id(self) -> int:
        """The intake's id; known of those that have been written."""
        if self.id is None:
            message = "the intake has no id before it is written"
            raise ValueError(message)
        return self.id

    @property
    def title(self) -> str:
        """Tell people which one it is."""
        return f"{self.tier} {self.term or self.dates.starts_on}"

    @property
    def last_day_to_apply(self) -> date:
        """Give the last day, where the intake is, on which applications are taken."""
        last = self.dates.closes_at.astimezone(ZoneInfo(self.timezone)) - timedelta(microseconds=1)
        return last.date()

    @property
    def slot(self) -> "Slot":
        """What an enrolment's moves need of it."""
        dates = self.dates
        return Slot(self.written_id, dates.starts_on, dates.ends_on, dates.list_closes_at)

    def due_at(self, lifecycle: LifecycleSpec) -> datetime | None:
        """Give the instant at which the scheduler has something to do next."""
        due = self.due(lifecycle)
        return due.at if due else None

    def due(self, lifecycle: LifecycleSpec) -> NextDue | None:
        """Give what the scheduler does next, and when."""
        done = {"release_quotas": self.pooled, "close_list": self.list_closed}
        return next_due(
            lifecycle,
            self.state,
            self.dates,
            waits_for_hr=self.undersized,
            done=frozenset(trigger for trigger, is_done in done.items() if is_done),
        )


@dataclass(frozen=True, slots=True)
class IntakeChange:
    """One intake before and after, the history entry's words, and what it raises.

    `path_version_id` is the version whose intake lifecycle allowed it. `notices` are pairs of
    notice and recipient about the intake itself.
    """

    before: Offered
    after: Offered
    lifecycle: LifecycleSpec
    path_version_id: int
    trigger: str
    reason: str | None = None
    details: str | None = None
    notices: tuple[tuple[str, str], ...] = ()
    deadlines: tuple["Due", ...] = ()


@dataclass(frozen=True, slots=True)
class Slot:
    """The intake of an enrolment, as far as its moves need it."""

    id: int
    starts_on: date
    ends_on: date
    list_closes_at: datetime


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
    intake: Slot | None = None
    applied_at: datetime | None = None
    place: int | None = None

    def moved(
        self, *, state: str, entered_at: datetime, paused_at: datetime | None, grade: int | None
    ) -> "Enrolled":
        """Give the enrolment as it is after a move: one version on, on no waiting list."""
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
            self.intake,
            self.applied_at,
        )

    @property
    def intake_id(self) -> int | None:
        """The id of the intake that the enrolment is in, if any."""
        return self.intake.id if self.intake else None

    @property
    def spec(self) -> StateSpec:
        """The state as the enrolment's own version describes it."""
        return self.published.definition.lifecycle_of(self.tier).states[self.state]

    @property
    def last_step_at(self) -> datetime:
        """When the enrolment last changed: nothing can happen to it before."""
        return max(self.entered_at, self.paused_at or self.entered_at)


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
    """A deadline that begins: when it is due, and what happens then.

    One `from_start` is due so long before an intake starts, and moves with it.
    """

    due_at: datetime
    trigger: str | None = None
    notice: str | None = None
    recipient: str | None = None
    from_start: bool = False


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
