"""One step of an intake: decided by its own machine, written with its history and notices."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from qualipath.definition.spec import NoticeSpec, StateSpec
from qualipath.domain.guards import Situation
from qualipath.domain.intake import Dates
from qualipath.domain.machine import LifecycleMachine, Move
from qualipath.domain.wording import Refusal, sentence
from qualipath.errors import InputError, RefusedError
from qualipath.services.act import Act
from qualipath.services.change import Due, IntakeChange, Offered
from qualipath.services.intakes.loading import last_step_at
from qualipath.services.judging import MET
from qualipath.services.library import Published
from qualipath.services.loading import find_enrolments
from qualipath.services.performing import before_last_step
from qualipath.services.planning import dues_of
from qualipath.services.recording import raise_about, record_intakes
from qualipath.services.words import written
from qualipath.storage.tables import enrolment

PEOPLE = ("employee", "supervisor", "deputy")
"""Recipients of an intake's notice who get one for each enrolment."""


@dataclass(frozen=True, slots=True)
class Step:
    """What a step of an intake was: the intake before and as it is now, and the move between."""

    before: Offered
    after: Offered
    published: Published
    move: Move

    @property
    def to_people(self) -> tuple[NoticeSpec, ...]:
        """The notices that go to people rather than to HR or the provider."""
        return tuple(n for n in self.move.transition.notices if n.to in PEOPLE)


def machine_of(published: Published) -> LifecycleMachine:
    """Give the machine that a path's intakes go through; raises `InputError` if it names none."""
    path = published.definition.path
    if path.intake_lifecycle is None:
        message = (
            f"version {published.version} of the path '{path.path}' has no intakes; add "
            "'intake_lifecycle: intake' to it and publish it"
        )
        raise InputError(message)
    return published.machines[path.intake_lifecycle]


def take_step(
    act: Act, loaded: Offered, trigger: str, *, reason: str | None = None, **changed: Any
) -> Step:
    """Fire a trigger on a locked intake and write it; `changed` are fields that it changes.

    Raises:
        RefusedError: the intake's lifecycle does not allow it; every reason is given.
    """
    published = act.library.offering(act.connection, loaded.path, loaded.tier)
    move = _decide(act, loaded, trigger, published, written(reason))
    after = replace(loaded, state=move.target, version=loaded.version + 1, **changed)
    quiet = trigger == "finish" and not _somebody_is_in(act, loaded)
    change = IntakeChange(
        before=loaded,
        after=after,
        lifecycle=machine_of(published).lifecycle,
        path_version_id=published.id,
        trigger=trigger,
        reason=written(reason),
        details=_details(loaded, after, changed),
        notices=() if quiet else _about_intake(move.transition.notices),
        deadlines=() if quiet or move.effect else tuple(_deadlines(act, after, move.state)),
    )
    (written_,) = record_intakes(act, [change])
    return Step(loaded, written_.after, published, move)


def tell_people(act: Act, step: Step) -> None:
    """Raise the notices of a step that go to everybody in the intake."""
    if not step.to_people:
        return
    here = (enrolment.c.intake_id == step.after.id, enrolment.c.is_open)
    rows = [
        (enrolled.id, enrolled.version, notice.notice, notice.to)
        for enrolled in find_enrolments(act, *here, order=enrolment.c.id)
        if enrolled.id is not None
        for notice in step.to_people
    ]
    raise_about(act, rows)


def _decide(
    act: Act, loaded: Offered, trigger: str, published: Published, reason: str | None
) -> Move:
    definition = published.definition
    situation = Situation(
        role=act.actor.role,
        tier=definition.path.tiers[loaded.tier],
        scale=definition.scales[definition.scale_of(loaded.tier)],
        verdict=lambda _asked: MET,
        reason=reason,
        undersized=loaded.undersized,
    )
    decided = machine_of(published).decide(loaded.state, trigger, situation)
    early = _too_early(act, loaded)
    if isinstance(decided, Move) and not early:
        return decided
    refusals = early if isinstance(decided, Move) else (*early, *decided)
    what = sentence(
        "„{trigger}“ ist abgelehnt für Durchgang {which}",
        "'{trigger}' is refused for intake {which}",
        trigger=trigger,
        which=loaded.title if loaded.id is None else f"{loaded.id} ({loaded.title})",
    )
    raise RefusedError(refusals, what)


def _too_early(act: Act, loaded: Offered) -> tuple[Refusal, ...]:
    last = None if loaded.id is None else last_step_at(act, loaded.id)
    return () if last is None else before_last_step(act, last, loaded.timezone)


def _somebody_is_in(act: Act, loaded: Offered) -> bool:
    here = (enrolment.c.intake_id == loaded.id, enrolment.c.is_open)
    return any(True for _ in find_enrolments(act, *here, limit=1))


def _about_intake(notices: Iterable[NoticeSpec]) -> tuple[tuple[str, str], ...]:
    return tuple((n.notice, n.to) for n in notices if n.to not in PEOPLE)


def _deadlines(act: Act, after: Offered, state: StateSpec) -> Iterable[Due]:
    zone = ZoneInfo(after.timezone)
    on = act.effective_at.astimezone(zone).date()
    return (due for spec in state.deadlines for due in dues_of(spec, on, zone))


def _details(before: Offered, after: Offered, changed: Iterable[str]) -> str | None:
    """Tell what a step changed of the intake's own data, as it was and as it is."""
    told = {name: _plain(getattr(after, name), getattr(before, name)) for name in changed}
    return json.dumps(told, default=str) if told else None


def _plain(after: Any, before: Any) -> object:
    if not isinstance(after, Dates):
        return {"now": after, "before": before}
    names = [name for name in asdict(after) if getattr(after, name) != getattr(before, name)]
    return {n: {"now": getattr(after, n), "before": getattr(before, n)} for n in names}
