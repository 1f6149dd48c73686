"""Move intakes on, as HR says or as their instants come, with all that follows for their people."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import func, select

from qualipath.services.act import Act
from qualipath.services.change import Offered
from qualipath.services.commands import once
from qualipath.services.intakes.allocating import allocate_by_rank
from qualipath.services.intakes.asking import intake as asked_intake
from qualipath.services.intakes.loading import last_step_at, load_intake, lock_intakes
from qualipath.services.intakes.people import in_states_before
from qualipath.services.intakes.steps import machine_of, take_step, tell_people
from qualipath.services.intakes.window import next_to_apply_to
from qualipath.services.inviting import invite, tell_superiors
from qualipath.services.judging import Order
from qualipath.services.models import Intake
from qualipath.services.permission import only_owner
from qualipath.services.seats import by_schedule, perform_due, settle_intake, start_admitted
from qualipath.storage.tables import enrolment

LAPSE, PASS_OVER, CARRY_OVER = "lapse", "pass_over", "carry_over"


def open_intake(act: Act, intake_id: int) -> Intake:
    """Open an intake for applications, and invite who may apply.

    Raises `NotFoundError`, and `RefusedError` with every reason; so do all moves here.
    """
    return _moved(act, intake_id, "open")


def close_intake(act: Act, intake_id: int) -> Intake:
    """Close an intake for applications; one with too few is flagged for HR to decide."""
    return _moved(act, intake_id, "close")


def allocate(act: Act, intake_id: int) -> Intake:
    """Give the seats: by rank with a protocol, or as people came."""
    return _moved(act, intake_id, "allocate")


def release_quotas(act: Act, intake_id: int) -> Intake:
    """Let seats that were kept for organisations and not used go to anybody."""
    return _moved(act, intake_id, "release_quotas")


def start_intake(act: Act, intake_id: int) -> Intake:
    """Start: who is admitted attends; who lacks what is asked for then loses the seat."""
    return _moved(act, intake_id, "start")


def close_list(act: Act, intake_id: int) -> Intake:
    """Close the waiting list: who is left waits for the next intake, or goes without a seat."""
    return _moved(act, intake_id, "close_list")


def finish_intake(act: Act, intake_id: int) -> Intake:
    """Finish: whose result is outstanding stays attending until it comes."""
    return _moved(act, intake_id, "finish")


def run_due(act: Act, intake_id: int, due_at: datetime) -> bool:
    """Do what the scheduler owes an intake at an instant; False if it is not due any more."""
    for loaded in lock_intakes(act, [intake_id]):
        published = act.library.offering(act.connection, loaded.path, loaded.tier)
        due = loaded.due(machine_of(published).lifecycle)
        if due is not None and due.at == due_at:
            # What HR did since it was due stays before it: a history runs forward.
            at = max(act.effective_at, last_step_at(act, intake_id) or due_at)
            _MOVES[due.trigger](replace(act, effective_at=at), loaded)
            return True
    return False


def _moved(act: Act, intake_id: int, trigger: str) -> Intake:
    def run() -> Intake:
        loaded = load_intake(act, intake_id, lock=True)
        only_owner(act, loaded.path)
        _MOVES[trigger](act, loaded)
        return asked_intake(act, intake_id)

    return once(act, f"{trigger} intake", {"id": intake_id}, Intake, run)


def _open(act: Act, loaded: Offered) -> None:
    step = take_step(act, loaded, "open")
    for notice in step.to_people:
        if notice.to == "employee":
            invite(act, step.after, step.published, notice.notice)
    for notice in step.to_people:
        if notice.to != "employee":
            tell_superiors(act, step.after, step.published, notice.notice, notice.to)
    settle_intake(act, step.after)


def _close(act: Act, loaded: Offered) -> None:
    step = take_step(act, loaded, "close")
    tell_people(act, step)
    here = (enrolment.c.intake_id == loaded.id, enrolment.c.is_open)
    applied = act.connection.scalar(select(func.count()).where(*here)) or 0
    if applied < loaded.minimum:
        take_step(by_schedule(act), step.after, "flag", undersized=True)


def _allocate(act: Act, loaded: Offered) -> None:
    lapse = loaded.dates.quotas_lapse_at
    pooled = lapse is None or lapse <= act.effective_at
    step = take_step(act, loaded, "allocate", pooled=pooled)
    tell_people(act, step)
    spec = step.published.definition.path.tiers[loaded.tier].intakes
    if spec is not None and not spec.first_come:
        allocate_by_rank(act, step.after, step.published, spec)
    settle_intake(act, step.after)


def _release_quotas(act: Act, loaded: Offered) -> None:
    step = take_step(act, loaded, "release_quotas", pooled=True)
    tell_people(act, step)
    settle_intake(act, step.after)


def _start(act: Act, loaded: Offered) -> None:
    step = take_step(act, loaded, "start", pooled=True)
    tell_people(act, step)
    start_admitted(by_schedule(act), step.after)
    settle_intake(act, step.after)


def _close_list(act: Act, loaded: Offered) -> Offered:
    following = _following(act, loaded)
    step = take_step(act, loaded, "close_list", list_closed=True)
    tell_people(act, step)
    scheduled = by_schedule(act)
    if following is not None:
        order = Order(CARRY_OVER, intake=following.slot)
        left = in_states_before(scheduled, step.after, CARRY_OVER)
        perform_due(scheduled, [(enrolled, order) for enrolled in left])
        settle_intake(scheduled, following)
    # An offer is open here only where HR ends the intake before it was due to be answered.
    for trigger in (LAPSE, PASS_OVER):
        left = in_states_before(scheduled, step.after, trigger, paused=True)
        perform_due(scheduled, [(enrolled, Order(trigger)) for enrolled in left])
    return step.after


def _following(act: Act, loaded: Offered) -> Offered | None:
    """Lock the intake for which those wait on who are left, if they may."""
    published = act.library.offering(act.connection, loaded.path, loaded.tier)
    spec = published.definition.path.tiers[loaded.tier].intakes
    return next_to_apply_to(act, loaded) if spec is not None and spec.carry_over else None


def _finish(act: Act, loaded: Offered) -> None:
    if loaded.state == "running" and not loaded.list_closed:
        # Nobody can move up any more.
        loaded = _close_list(by_schedule(act), loaded)
    tell_people(act, take_step(act, loaded, "finish"))


_MOVES: Mapping[str, Callable[[Act, Offered], object]] = {
    "open": _open,
    "close": _close,
    "allocate": _allocate,
    "release_quotas": _release_quotas,
    "start": _start,
    "close_list": _close_list,
    "finish": _finish,
}
