"""Work out what follows from a move: state, credential, deadlines and notices, unwritten yet."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from qualipath.definition.prerequisites import Kind
from qualipath.definition.spec import Effect, NoticeSpec, Outcome, StateSpec
from qualipath.definition.values import decimals
from qualipath.domain.machine import Move
from qualipath.services.act import Act
from qualipath.services.change import Award, Change, Due, Enrolled


def plan(
    act: Act,
    before: Enrolled,
    move: Move,
    *,
    reason: str | None = None,
    grade: int | None = None,
) -> Change:
    """Plan a move that the machine has allowed."""
    after = replace(
        before,
        state=move.target,
        version=before.version + 1,
        grade=before.grade if grade is None else grade,
    )
    change = Change(
        before=before,
        after=after,
        state=move.state,
        trigger=move.trigger,
        reason=reason,
        details=_details(before, grade),
        notices=_pairs(move.transition.notices),
    )
    match move.effect:
        case Effect.PAUSE:
            return replace(change, after=replace(after, paused_at=act.effective_at))
        case Effect.RESUME:
            return replace(
                change, after=replace(after, paused_at=None), shift_from=before.paused_at
            )
        case Effect.CORRECT:
            return _with_credential(change, _day(before, before.entered_at))
    return entering(act, change)


def entering(act: Act, change: Change) -> Change:
    """Complete a change whose `after` enters its state now: credential and deadlines."""
    after = replace(
        change.after,
        entered_at=act.effective_at,
        paused_at=change.after.paused_at if change.state.open else None,
    )
    today = _day(after, act.effective_at)
    deadlines = tuple(_deadlines(change.state, today, _zone(after)))
    entered = replace(change, after=after, leaves_state=True, deadlines=deadlines)
    return _with_credential(entered, today)


def carried(change: Change) -> Change:
    """Complete a change that keeps its state in another version: what is in progress follows."""
    return _with_credential(change, _day(change.after, change.after.entered_at))


def _zone(enrolled: Enrolled) -> ZoneInfo:
    return ZoneInfo(enrolled.published.definition.timezone)


def _day(enrolled: Enrolled, instant: datetime) -> date:
    return instant.astimezone(_zone(enrolled)).date()


def _details(before: Enrolled, grade: int | None) -> str | None:
    if grade is None:
        return None
    told = {"grade": decimals(grade)}
    if before.grade is not None:
        told["grade_before"] = decimals(before.grade)
    return json.dumps(told)


def _pairs(notices: Iterable[NoticeSpec]) -> tuple[tuple[str, str], ...]:
    return tuple((notice.notice, notice.to) for notice in notices)


def _with_credential(change: Change, on: date) -> Change:
    """Give what the state awards; an attempt that ends otherwise takes back what it had given."""
    state, after = change.state, change.after
    definition = after.published.definition
    tier = definition.path.tiers[after.tier]
    if state.running is not None:
        until = tier.duration.after(on) if tier.duration else on
        running = Award(state.running, after.tier, credits=tier.credits, running_until=until)
        return replace(change, award=running)
    if state.awards is not None:
        earned = state.awards is Kind.COMPLETION
        award = Award(
            state.awards,
            after.tier,
            grade=after.grade if earned else None,
            scale=definition.scale_of(after.tier) if earned and after.grade is not None else None,
            credits=tier.credits if earned else 0,
            awarded_on=on,
            valid_until=tier.valid_for.after(on) if tier.valid_for else None,
        )
        return replace(change, award=award)
    return replace(change, revokes=state.closed not in (None, Outcome.COMPLETED))


def _deadlines(state: StateSpec, entered_on: date, zone: ZoneInfo) -> Iterator[Due]:
    """Set deadlines whose last day counts in full: due as the next day begins where the path is."""
    for deadline in state.deadlines:
        last = deadline.after.after(entered_on)
        due_at = _midnight(last + timedelta(days=1), zone)
        days = [remind.before(last) for remind in deadline.remind]
        reminders = [_midnight(day, zone) for day in days if day > entered_on]
        if deadline.then is None:
            reminders.append(due_at)
        else:
            yield Due(due_at, trigger=deadline.then)
        for notice in deadline.notices:
            for at in reminders:
                yield Due(at, notice=notice.notice, recipient=notice.to)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)
