"""The shape of definitions: paths, tiers, lifecycles, grading scales, attributes."""

import hashlib
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import (
    BeforeValidator,
    Field,
    StrictBool,
    StrictInt,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from qualipath.definition.intakes import IntakeSpec
from qualipath.definition.prerequisites import Kind, Prerequisite
from qualipath.definition.values import Hundredths, Name, Names, Period, Spec, Text, as_list

AVAILABLE = "available"
"""Where an attempt starts: not a stored state, but a tier whose prerequisites hold."""

GUARDS = ("attempts_left", "not_yet_completed", "minimum_reached")
"""The further rules that a transition may name."""

Credits = Annotated[
    Hundredths,
    Field(ge=0),
    WithJsonSchema({"anyOf": [{"type": "number", "minimum": 0}, {"type": "string"}]}),
]

Share = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class Role(StrEnum):
    """Who acts."""

    HR = "hr"
    SUPERVISOR = "supervisor"
    EMPLOYEE = "employee"
    PROVIDER = "provider"
    SCHEDULE = "schedule"


class Outcome(StrEnum):
    """How a closed attempt ended."""

    COMPLETED = "completed"
    FAILED = "failed"
    ABANDONED = "abandoned"


class Effect(StrEnum):
    """What a transition does that leaves the state as it is."""

    PAUSE = "pause"
    RESUME = "resume"
    CORRECT = "correct"
    AMEND = "amend"


class Asked(StrEnum):
    """Whether prerequisites are asked for, and how strictly: what is in progress may count."""

    NOT = "no"
    PROVISIONALLY = "provisionally"
    MET = "met"


Moment = Literal[
    "opens_at",
    "closes_at",
    "allocates_at",
    "quotas_lapse_at",
    "starts_at",
    "list_closes_at",
    "ends_at",
]
"""The instants that an intake has."""


class NoticeSpec(Spec):
    """A mail that a transition or deadline raises, and to whom.

    It is sent only while the attempt (or the intake) is in one of the states of `send_while`, if
    there are any. `digest` names the notice under which several to one supervisor are sent as one
    mail; `calendar` puts the course into the recipient's calendar, or takes it out again.
    """

    notice: Name
    to: Literal["employee", "supervisor", "deputy", "hr", "provider"]
    send_while: Names = ()
    digest: Name | None = None
    calendar: Literal["request", "cancel"] | None = None


class DeadlineSpec(Spec):
    """How long an attempt may stay in a state, who is reminded before, and what happens then.

    It runs `after` the state was entered, or out so long `before_start` of the attempt's intake.
    """

    after: Period | None = None
    before_start: Period | None = None
    remind: Annotated[tuple[Period, ...], BeforeValidator(as_list)] = ()
    notices: tuple[NoticeSpec, ...] = ()
    then: Name | None = None

    @model_validator(mode="after")
    def _has_one_end(self) -> Self:
        if (self.after is None) == (self.before_start is None):
            message = "needs either 'after', a period, or 'before_start', a period"
            raise ValueError(message)
        return self


class StateSpec(Spec):
    """A state: open unless `closed` says how the attempt ended.

    `attempt` counts it as one of the tier's `max_attempts`; `seat` takes a seat of the intake,
    `waiting` a place on its waiting list; `rejection` says that the attempt found no seat. `awards`
    gives the employee a credential, `running` one that is in progress until the tier's end.
    """

    title: Text
    closed: Outcome | None = None
    attempt: StrictBool = False
    seat: StrictBool = False
    waiting: StrictBool = False
    rejection: StrictBool = False
    awards: Kind | None = None
    running: Kind | None = None
    deadlines: tuple[DeadlineSpec, ...] = ()

    @property
    def open(self) -> bool:
        """Whether the attempt is still going on."""
        return self.closed is None


class TransitionSpec(Spec):
    """A trigger, the states from which it may fire, where it leads, and what it asks for.

    `to` is left out exactly where an `effect` keeps the state. `paused` lets it fire while the
    enrolment is paused. `guards` name further rules, of `GUARDS`. `window` puts the enrolment into
    an intake whose applications are open. `at`, of an intake's own lifecycle, names the instant of
    the intake at which the scheduler fires it.
    """

    trigger: Name
    sources: Annotated[Names, Field(alias="from", min_length=1)]
    to: Name | None = None
    effect: Effect | None = None
    roles: Annotated[tuple[Role, ...], BeforeValidator(as_list), Field(min_length=1)]
    prerequisites: Asked = Asked.NOT
    guards: Names = ()
    reason: Literal["required", "optional"] = "optional"
    grade: Literal["required", "optional", "none"] = "none"
    paused: StrictBool = False
    window: StrictBool = False
    at: Moment | None = None
    notices: tuple[NoticeSpec, ...] = ()

    @model_validator(mode="after")
    def _leads_somewhere(self) -> Self:
        if (self.to is None) == (self.effect is None):
            message = "needs either 'to', a state, or 'effect', which keeps the state"
            raise ValueError(message)
        return self


class LifecycleSpec(Spec):
    """The states and transitions that one attempt at a tier goes through."""

    lifecycle: Name
    title: Text
    states: Annotated[dict[Name, StateSpec], Field(min_length=1)]
    transitions: Annotated[tuple[TransitionSpec, ...], Field(min_length=1)]


class ScaleSpec(Spec):
    """A grading scale: its best grade, its worst, and the worst that still passes."""

    title: Text
    best: Hundredths
    worst: Hundredths
    passing: Hundredths

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.best == self.worst or not self.holds(self.passing):
            message = "needs 'best' and 'worst' to differ and 'passing' to lie between them"
            raise ValueError(message)
        return self

    @property
    def ascending(self) -> bool:
        """Whether a higher number is a better grade."""
        return self.best > self.worst

    def holds(self, grade: int) -> bool:
        """Tell whether the grade (in hundredths) lies on the scale."""
        return min(self.best, self.worst) <= grade <= max(self.best, self.worst)

    def reaches(self, grade: int, least: int) -> bool:
        """Tell whether a grade is at least as good as another (both in hundredths)."""
        return grade >= least if self.ascending else grade <= least


class AttributeSpec(Spec):
    """One extra attribute of employees, and the type of its values."""

    title: Text
    type: Literal["text", "integer", "boolean", "date"]
    one_of: tuple[Share, ...] = ()


class TierSpec(Spec):
    """One rung of a path.

    `credits` are ECTS, `cost` whole EUR for one seat, `valid_for` how long its credential holds,
    and `renew` when before its end people are reminded; `intakes` tells how it is offered.
    `sample` names the fields that are editable sample data rather than known facts.
    """

    title: Text
    lifecycle: Name
    calendar: Name | None = None
    grading: Name | None = None
    duration: Period | None = None
    credits: Credits = 0
    cost: Annotated[StrictInt, Field(ge=0)] = 0
    valid_for: Period | None = None
    renew: Annotated[tuple[Period, ...], BeforeValidator(as_list)] = ()
    max_attempts: Annotated[StrictInt, Field(ge=1)] | None = None
    prerequisites: Prerequisite | None = None
    intakes: IntakeSpec | None = None
    sample: Names = ()


class MigrationSpec(Spec):
    """How enrolments of an earlier version continue in this one; what is unnamed keeps its name.

    `tiers` maps old to new tiers; `states` maps, for a new tier, old to new states.
    """

    version: Annotated[StrictInt, Field(ge=1)]
    tiers: dict[Name, Name] = Field(default_factory=dict)
    states: dict[Name, dict[Name, Name]] = Field(default_factory=dict)


class PathSpec(Spec):
    """A tiered qualification path; its intakes go through `intake_lifecycle`."""

    path: Name
    title: Text
    source: Text | None = None
    organisation: Share
    calendar: Name
    grading: Name
    intake_lifecycle: Name | None = None
    tiers: Annotated[dict[Name, TierSpec], Field(min_length=1)]
    migrates_from: tuple[MigrationSpec, ...] = ()


class Grading(Spec):
    """The grading scales of a definition, and the one that holds where none is named."""

    scales: dict[Name, ScaleSpec]
    default: Name

    def scale(self, name: str | None) -> ScaleSpec:
        """Give the named scale, or the default one for None."""
        return self.scales[name or self.default]

    def name(self, name: str | None) -> str:
        """Give the name of the scale that holds where `name` (or none) is written."""
        return name or self.default


class GradingFile(Spec):
    """`workflows/grading.yaml`: the installation's grading scales."""

    scales: Annotated[dict[Name, ScaleSpec], Field(min_length=1)]


class AttributesFile(Spec):
    """`workflows/attributes.yaml`: the installation's extra attributes of employees."""

    attributes: dict[Name, AttributeSpec]


class Definition(Spec):
    """A path with all that it refers to: what is published, pinned, and told apart by its hash.

    Calendars stay outside, but for the time zone in which the path's days begin: an intake holds
    its own dates.
    """

    path: PathSpec
    timezone: Share
    lifecycles: dict[Name, LifecycleSpec]
    scales: dict[Name, ScaleSpec]
    attributes: dict[Name, AttributeSpec]

    @property
    def grading(self) -> Grading:
        """The path's grading scales."""
        return Grading.model_construct(scales=self.scales, default=self.path.grading)

    def lifecycle_of(self, tier: str) -> LifecycleSpec:
        """Give the lifecycle that a tier's attempts go through."""
        return self.lifecycles[self.path.tiers[tier].lifecycle]

    def scale_of(self, tier: str) -> str:
        """Name the scale that a tier's grades are on: its own, or the path's."""
        return self.path.tiers[tier].grading or self.path.grading

    def document(self) -> str:
        """Write the whole definition as JSON; the same definition gives the same text."""
        return self.model_dump_json(by_alias=True, exclude_defaults=True)

    def digest(self) -> str:
        """Hash the document (SHA-256, hexadecimal)."""
        return hashlib.sha256(self.document().encode()).hexdigest()


def notices_of(lifecycle: LifecycleSpec) -> Iterator[NoticeSpec]:
    """Walk over every notice that a lifecycle names."""
    for transition in lifecycle.transitions:
        yield from transition.notices
    for state in lifecycle.states.values():
        for deadline in state.deadlines:
            yield from deadline.notices
