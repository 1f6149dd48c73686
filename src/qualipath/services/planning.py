"""Work out what follows from a move: state, credential, deadlines and notices, unwritten yet."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from qualipath.definition.prerequisites import Kind
from qualipath.definition.spec import DeadlineSpec, Effect, NoticeSpec, Outcome, StateSpec
from qualipath.definition.values import LOCALES, decimals
from qualipath.domain.machine import Move
from qualipath.domain.wording import Refusal
from qualipath.services.act import Act
from qualipath.services.change import Award, Change, Due, Enrolled, Slot
from qualipath.services.library import Published


def plan(
    act: Act,
    before: Enrolled,
    move: Move,
    *,
    reason: str | None = None,
    grade: int | None = None,
    intake: Slot | None = None,
    place: int | None = None,
    refusals: Sequence[Refusal] = (),
) -> Change:
    """Plan a move that the machine has allowed.

    `intake` is the one that the move leads into, `place` a number on its waiting list: they count
    where the move is one into an intake, or to the waiting list. `refusals` are what the reason
    consists of, where the programme itself has given it.
    """
    entered_at, paused_at = before.entered_at, before.paused_at
    match move.effect:
        case None:
            entered_at = act.effective_at
            paused_at = _still_paused(before, move.state, entered_at)
        case Effect.PAUSE:
            paused_at = act.effective_at
        case Effect.RESUME:
            paused_at = None
    corrected = move.effect is Effect.CORRECT and move.target != before.state
    # The grade of a result that was wrong is not that of the right one.
    kept = None if corrected else before.grade
    after = before.moved(
        state=move.target,
        entered_at=entered_at,
        paused_at=paused_at,
        grade=kept if grade is None else grade,
    )
    if intake is not None or move.transition.window:
        applied_at = act.effective_at if move.transition.window else before.applied_at
        after = replace(after, intake=intake, applied_at=applied_at)
    if move.state.waiting:
        after = replace(after, place=place if move.effect is None else before.place)
    moves_on = move.effect is None or corrected
    keeps_credential = move.effect in (Effect.PAUSE, Effect.RESUME)
    return Change(
        before=before,
        after=after,
        state=move.state,
        trigger=move.trigger,
        reason=reason,
        details=_details(before, after, refusals, given=grade is not None),
        award=None if keeps_credential else _award(after, move.state),
        revokes=_revokes(move.state),
        leaves_state=moves_on,
        shift_from=before.paused_at if move.effect is Effect.RESUME else None,
        deadlines=_deadlines(after, move.state, entered_at) if moves_on else (),
        notices=_pairs(move.transition.notices),
    )


def migrated(
    act: Act, before: Enrolled, published: Published, tier: str, state: str, *, attempt: int
) -> Change:
    """Plan that an enrolment goes on in another version of its path, as that tier's attempt.

    Where the state has another name there, or ends the attempt, it is entered anew. Deadlines that
    the state did not have before begin now: new rules do not reach back.
    """
    spec = published.definition.lifecycle_of(tier).states[state]
    left = before.published.definition.lifecycle_of(before.tier).states[before.state]
    enters = state != before.state or not spec.open
    new_deadlines = enters or spec.deadlines != left.deadlines
    entered_at = act.effective_at if enters else before.entered_at
    paused_at = before.paused_at
    if new_deadlines:
        paused_at = _still_paused(before, spec, act.effective_at)
    after = replace(
        before.moved(state=state, entered_at=entered_at, paused_at=paused_at, grade=before.grade),
        published=published,
        tier=tier,
        attempt=attempt,
        place=before.place if spec.waiting else None,
    )
    return Change(
        before=before,
        after=after,
        state=spec,
        trigger="migrate",
        details=json.dumps({"tier": tier, "tier_before": before.tier})
        if tier != before.tier
        else None,
        award=_award(after, spec),
        revokes=_revokes(spec),
        leaves_state=new_deadlines,
        deadlines=_deadlines(after, spec, act.effective_at) if new_deadlines else (),
    )


def _zone(enrolled: Enrolled) -> ZoneInfo:
    return ZoneInfo(enrolled.published.definition.timezone)


def _day(enrolled: Enrolled, instant: datetime) -> date:
    return instant.astimezone(_zone(enrolled)).date()


def _still_paused(before: Enrolled, state: StateSpec, at: datetime) -> datetime | None:
    """Tell since when the deadlines of the state that is entered stand still, if they do."""
    return at if before.paused_at is not None and state.open else None


def _details(
    before: Enrolled, after: Enrolled, refusals: Sequence[Refusal], *, given: bool
) -> str | None:
    """Tell the intake that is entered, a grade that is given, or taken away, and refusals."""
    told: dict[str, object] = {}
    if after.intake_id != before.intake_id:
        told["intake"] = after.intake_id
    if given or before.grade != after.grade:
        told["grade"] = None if after.grade is None else decimals(after.grade)
        if before.grade is not None:
            told["grade_before"] = decimals(before.grade)
    if refusals:
        told["reasons"] = {
            locale: [refusal.text(locale) for refusal in refusals] for locale in LOCALES
        }
    return json.dumps(told) if told else None


def _pairs(notices: Iterable[NoticeSpec]) -> tuple[tuple[str, str], ...]:
    return tuple((notice.notice, notice.to) for notice in notices)


def _award(after: Enrolled, state: StateSpec) -> Award | None:
    """Give the credential that the state awards, or that is in progress in it."""
    kind = state.awards or state.running
    if kind is None:
        return None
    on = _day(after, after.entered_at)
    definition = after.published.definition
    tier = definition.path.tiers[after.tier]
    earned = kind is Kind.COMPLETION
    if state.awards is None:
        until = tier.duration.after(on) if tier.duration else on
        if after.intake is not None:
            until = max(after.intake.ends_on, on)
        return Award(kind, after.tier, credits=tier.credits if earned else 0, running_until=until)
    graded = earned and after.grade is not None
    return Award(
        kind,
        after.tier,
        grade=after.grade if graded else None,
        scale=definition.scale_of(after.tier) if graded else None,
        credits=tier.credits if earned else 0,
        awarded_on=on,
        valid_until=tier.valid_for.after(on) if tier.valid_for else None,
    )


def _revokes(state: StateSpec) -> bool:
    """Tell whether an attempt that ends so takes back what it had given."""
    return state.closed not in (None, Outcome.COMPLETED)


def _deadlines(after: Enrolled, state: StateSpec, since: datetime) -> tuple[Due, ...]:
    """Set deadlines whose last day counts in full: due as the next day begins where the path is."""
    if not state.deadlines:
        return ()
    on, zone = _day(after, since), _zone(after)
    starts_on = after.intake.starts_on if after.intake else None
    dues = (due for spec in state.deadlines for due in dues_of(spec, on, zone, starts_on))
    if after.intake is None or not state.seat or state.attempt:
        return tuple(dues)
    # A seat that is held before the course can't be held longer than people may move up.
    latest = max(after.intake.list_closes_at, since)
    return tuple(
        replace(due, due_at=min(due.due_at, latest))
        for due in dues
        if due.trigger is not None or due.due_at < latest
    )


def dues_of(
    spec: DeadlineSpec, entered_on: date, zone: ZoneInfo, starts_on: date | None = None
) -> Iterator[Due]:
    """Give what falls due by a deadline of a state that was entered on that day.

    `starts_on` is the first day of the enrolment's intake, if it is in one.
    """
    if spec.after is None:
        yield from _before_start(spec, entered_on, zone, starts_on)
        return
    last = spec.after.after(entered_on)
    due_at = _midnight(last + timedelta(days=1), zone)
    days = [remind.before(last) for remind in spec.remind]
    reminders = [_midnight(day, zone) for day in days if day > entered_on]
    if spec.then is None:
        reminders.append(due_at)
    else:
        yield Due(due_at, trigger=spec.then)
    for notice in spec.notices:
        for at in reminders:
            yield Due(at, notice=notice.notice, recipient=notice.to)


def _before_start(
    spec: DeadlineSpec, entered_on: date, zone: ZoneInfo, starts_on: date | None
) -> Iterator[Due]:
    if spec.before_start is None or starts_on is None:
        return
    day = spec.before_start.before(starts_on)
    if day > entered_on:
        for notice in spec.notices:
            at = _midnight(day, zone)
            yield Due(at, notice=notice.notice, recipient=notice.to, from_start=True)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)
