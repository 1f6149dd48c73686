"""What deadlines do when they are due: remind, fire a trigger, let a credential expire."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, null, select

from qualipath.domain.wording import Refusal
from qualipath.services.act import Act
from qualipath.services.change import Change, Enrolled
from qualipath.services.judging import Order
from qualipath.services.loading import load_enrolments
from qualipath.services.performing import Decided, later_steps, perform
from qualipath.services.recording import deadlines as recording
from qualipath.services.seats import settle
from qualipath.storage.tables import deadline, enrolment

PAGE = 10_000
"""How many deadlines are looked at, and done in one transaction, at a time."""


class Job(StrEnum):
    """What a deadline is about, which says what it does."""

    REMINDERS = "reminders"
    TRIGGERS = "triggers"
    CREDENTIALS = "credentials"
    INTAKES = "intake_reminders"


@dataclass(frozen=True, slots=True)
class Ripe:
    """One deadline that is due; `enrolment_id` and `trigger` are there where one is fired."""

    id: int
    enrolment_id: int | None = None
    trigger: str | None = None


@dataclass(frozen=True, slots=True)
class Fired:
    """How many deadlines did what they were set for, and why the others that ended did not."""

    done: int = 0
    refused: tuple[str, ...] = ()


def running() -> tuple[ColumnElement[bool], ...]:
    """Give the conditions under which a deadline runs: those of what is paused stand still."""
    paused_at = select(enrolment.c.paused_at).where(enrolment.c.id == deadline.c.enrolment_id)
    # A look at one row by key, and not a join: no statistics turn it into a look at all rows.
    return (
        deadline.c.ended_at.is_(null()),
        paused_at.correlate(deadline).scalar_subquery().is_(null()),
    )


def due_at(
    act: Act, instant: datetime, *, after: int = 0, limit: int = PAGE
) -> Mapping[Job, Sequence[Ripe]]:
    """Give a page of the deadlines that are due at an instant, from the id `after` on, by job."""
    rows = act.connection.execute(
        select(deadline.c.id, deadline.c.enrolment_id, deadline.c.credential_id, deadline.c.trigger)
        .where(deadline.c.due_at == instant, deadline.c.id > after, *running())
        .order_by(deadline.c.id)
        .limit(limit)
    )
    page: defaultdict[Job, list[Ripe]] = defaultdict(list)
    for id_, enrolment_id, credential_id, trigger in rows:
        if enrolment_id is not None:
            job = Job.REMINDERS if trigger is None else Job.TRIGGERS
        else:
            job = Job.INTAKES if credential_id is None else Job.CREDENTIALS
        page[job].append(Ripe(id_, enrolment_id, trigger))
    return page


def fire_due(act: Act, job: Job, ripe: Sequence[Ripe]) -> Fired:
    """Do what deadlines of one job are set for, all of which are due at the act's instant.

    Whatever ended or changed since they were looked up is left alone: called again, late or by
    several at once it has the effect of one call. A trigger that the rules refuse ends its
    deadline as not done. One job a transaction, for each locks other things first.
    """
    return _JOBS[job](act, ripe)


def _remind(act: Act, ripe: Sequence[Ripe]) -> Fired:
    return Fired(recording.remind(act, [each.id for each in ripe]))


def _remind_of_intakes(act: Act, ripe: Sequence[Ripe]) -> Fired:
    return Fired(recording.remind_of_intakes(act, [each.id for each in ripe]))


def _expire(act: Act, ripe: Sequence[Ripe]) -> Fired:
    return Fired(recording.expire(act, [each.id for each in ripe]))


def _fire(act: Act, ripe: Sequence[Ripe]) -> Fired:
    # Of several that are due for one enrolment the first is fired; it ends the others.
    first = {each.enrolment_id or 0: each for each in reversed(ripe)}
    loaded = load_enrolments(act, sorted(first))
    ready = {
        first[id_].id: (enrolled, Order(first[id_].trigger or ""))
        for id_, enrolled in loaded.items()
        if enrolled.paused_at is None
    }
    claimed = recording.claim(act, ready)
    orders = {id_: order for id_, order in ready.items() if id_ in claimed}
    outcomes = dict(zip(orders, _performed(act, list(orders.values())), strict=True))
    refused = {id_: told for id_, told in outcomes.items() if not isinstance(told, Change)}
    if refused:
        recording.leave_undone(act, refused)
    return Fired(
        len(orders) - len(refused),
        tuple(_told(*orders[id_], reasons) for id_, reasons in refused.items()),
    )


def _performed(act: Act, orders: Sequence[tuple[Enrolled, Order]]) -> list[Decided]:
    """Carry the orders out as of the instant at which they were due.

    Where a later step was taken in the meantime, since no scheduler ran, it is as of now: a history
    runs forward.
    """
    late = later_steps(act, [enrolled for enrolled, _ in orders])
    on_time = [order for order in orders if order[0].id not in late]
    overdue = [order for order in orders if order[0].id in late]
    decided: dict[int | None, Decided] = {}
    for at, some in ((act, on_time), (replace(act, effective_at=act.recorded_at), overdue)):
        if some:
            outcomes = perform(at, some)
            settle(at, [outcome for outcome in outcomes if isinstance(outcome, Change)])
            decided |= {e.id: outcome for (e, _), outcome in zip(some, outcomes, strict=True)}
    return [decided[enrolled.id] for enrolled, _ in orders]


def _told(enrolled: Enrolled, order: Order, reasons: Sequence[Refusal]) -> str:
    why = "; ".join(reason.text("en") for reason in reasons)
    return f"enrolment {enrolled.id}, {enrolled.tier}: '{order.trigger}' is refused: {why}"


_JOBS: Mapping[Job, Callable[[Act, Sequence[Ripe]], Fired]] = {
    Job.REMINDERS: _remind,
    Job.TRIGGERS: _fire,
    Job.CREDENTIALS: _expire,
    Job.INTAKES: _remind_of_intakes,
}
