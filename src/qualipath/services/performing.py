"""Carry out orders on enrolments: decided by the machine, planned, and written together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select

from qualipath.definition.spec import AVAILABLE
from qualipath.domain.guards import Situation
from qualipath.domain.machine import Move
from qualipath.domain.wording import Refusal, sentence
from qualipath.services.act import Act
from qualipath.services.change import Change, Enrolled
from qualipath.services.judging import Order, situations
from qualipath.services.planning import plan
from qualipath.services.recording import record
from qualipath.storage.batches import among, ids
from qualipath.storage.columns import as_indexed
from qualipath.storage.driver import Read
from qualipath.storage.tables import enrolment, history, intake

Decided = Change | tuple[Refusal, ...]
"""What became of an order: what is to be written, or every reason why it may not be."""


def perform(act: Act, orders: Sequence[tuple[Enrolled, Order]]) -> list[Decided]:
    """Decide orders on loaded enrolments and write what is allowed; answers in their order."""
    return write(act, decide(act, orders))


def decide(act: Act, orders: Sequence[tuple[Enrolled, Order]]) -> list[Decided]:
    """Decide orders on loaded enrolments by the rules, and by the seats that there are."""
    decided = [_decided(act, *each) for each in situations(act, orders)]
    return _within_seats(act, decided)


def write(act: Act, decided: Sequence[Decided]) -> list[Decided]:
    """Write what is to be written, and give everything in its order as it is then."""
    written = iter(record(act, [each for each in decided if isinstance(each, Change)]))
    return [next(written) if isinstance(each, Change) else each for each in decided]


def _decided(act: Act, enrolled: Enrolled, order: Order, situation: Situation) -> Decided:
    machine = enrolled.published.machine(enrolled.tier)
    if before := _too_early(act, enrolled):
        return (*before, *machine.refusals(enrolled.state, order.trigger, situation))
    move = machine.decide(enrolled.state, order.trigger, situation)
    return _planned(act, enrolled, order, move) if isinstance(move, Move) else move


def _planned(act: Act, enrolled: Enrolled, order: Order, move: Move) -> Change:
    return plan(
        act,
        enrolled,
        move,
        reason=order.reason,
        grade=order.grade,
        intake=order.intake,
        place=order.place,
        refusals=order.refusals,
    )


def _too_early(act: Act, enrolled: Enrolled) -> tuple[Refusal, ...]:
    zone = enrolled.published.definition.timezone
    return before_last_step(act, enrolled.last_step_at, zone)


def before_last_step(act: Act, last: datetime, timezone: str) -> tuple[Refusal, ...]:
    """Refuse what would hold on a day before the last change: a history runs forward."""
    day = last.astimezone(ZoneInfo(timezone)).date()
    if act.today(timezone) >= day:
        return ()
    told = sentence(
        "der letzte Schritt war erst am {last}; davor kann nichts mehr geschehen",
        "the last step was only on {last}; nothing can happen before it any more",
        last=day,
    )
    return (Refusal("time", told),)


def later_steps(act: Act, who: Sequence[Enrolled]) -> dict[int, datetime]:
    """Give the last step of those (by id) who took it after the act's instant.

    There can be none after an act that holds from when it is recorded on.
    """
    if act.effective_at >= act.recorded_at:
        return {}
    dialect = act.connection.dialect.name
    last = (history.c.enrolment_id == enrolment.c.id) & (history.c.version == enrolment.c.version)
    later = (
        select(enrolment.c.id, history.c.effective_at)
        .join(history, last)
        .where(among(enrolment.c.id, dialect), history.c.effective_at > act.effective_at)
    )
    rows = act.connection.execute(later, ids(dialect, [enrolled.id or 0 for enrolled in who]))
    return {row.id: row.effective_at for row in rows}


# --- Seats and places -----------------------------------------------------------------------------


@dataclass(slots=True)
class Seating:
    """The seats of an intake, how many are taken, and the last number on its waiting list."""

    seats: int
    taken: int
    last_place: int

    @property
    def free(self) -> int:
        """How many seats nobody holds."""
        return max(self.seats - self.taken, 0)


def seatings(act: Act, intake_ids: Iterable[int]) -> dict[int, Seating]:
    """Count the seats of intakes, which must be locked, by their ids."""
    bound = ids(act.connection.dialect.name, sorted(set(intake_ids)))
    rows = _SEATINGS.rows(act.connection, bound)
    return {row.id: Seating(row.seats, row.taken, row.last_place) for row in rows}


def _within_seats(act: Act, decided: list[Decided]) -> list[Decided]:
    """Refuse who finds no seat free, and number who joins a waiting list."""
    concerned = {
        change.after.intake_id
        for change in decided
        if isinstance(change, Change) and (_takes_seat(change) or _joins_list(change))
    } - {None}
    if not concerned:
        return decided
    counted = seatings(act, (id_ for id_ in concerned if id_ is not None))
    return [_seated(each, counted) for each in decided]


def _seated(decided: Decided, counted: dict[int, Seating]) -> Decided:
    if not isinstance(decided, Change) or decided.after.intake_id is None:
        return decided
    if _takes_seat(decided):
        seating = counted[decided.after.intake_id]
        if not seating.free:
            return (_full(seating),)
        seating.taken += 1
    elif _joins_list(decided):
        seating = counted[decided.after.intake_id]
        seating.last_place += 1
        return replace(decided, after=replace(decided.after, place=seating.last_place))
    return decided


def _takes_seat(change: Change) -> bool:
    return change.state.seat and not holds_seat(change.before)


def _joins_list(change: Change) -> bool:
    return change.state.waiting and change.after.place is None


def holds_seat(enrolled: Enrolled) -> bool:
    """Tell whether an enrolment holds a seat where it stands."""
    return enrolled.state != AVAILABLE and enrolled.spec.seat


def _full(seating: Seating) -> Refusal:
    told = sentence(
        "kein Platz ist frei: {taken} von {seats} sind belegt",
        "no seat is free: {taken} of {seats} are taken",
        taken=seating.taken,
        seats=seating.seats,
    )
    return Refusal("seats", told)


def _seatings_statement(dialect: str) -> Select[tuple[int, int, int, int]]:
    here = enrolment.c.intake_id == intake.c.id
    taken = select(func.count()).where(here, as_indexed(enrolment.c.holds_seat))
    last = select(func.max(enrolment.c.place)).where(here, enrolment.c.place.is_not(None))
    return select(
        intake.c.id,
        intake.c.seats,
        taken.correlate(intake).scalar_subquery().label("taken"),
        func.coalesce(last.correlate(intake).scalar_subquery(), 0).label("last_place"),
    ).where(among(intake.c.id, dialect))


_SEATINGS = Read(_seatings_statement)
