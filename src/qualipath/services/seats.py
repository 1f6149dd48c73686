"""Seats in motion: who comes gets one or a place on the waiting list; a freed one is offered."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from qualipath.definition.intakes import IntakeSpec
from qualipath.definition.spec import Role
from qualipath.domain.actor import Actor
from qualipath.domain.allocation import Room
from qualipath.domain.wording import Refusal
from qualipath.services.act import Act
from qualipath.services.change import Change, Enrolled, Offered
from qualipath.services.intakes.loading import lock_intakes
from qualipath.services.intakes.people import Homes, in_states_before, told, waiting
from qualipath.services.judging import Order
from qualipath.services.performing import Decided, holds_seat, later_steps, perform, seatings

SCHEDULE = Actor(Role.SCHEDULE, "qualipath")
"""Who does what follows by itself."""

ADMIT, WAITLIST, OFFER, START, DECLINE = "admit", "waitlist", "offer", "start", "decline"
"""What the consequences of seats are called in every lifecycle that knows seats."""


def settle(act: Act, changes: Sequence[Change]) -> dict[int, Change]:
    """Let what was written have its consequences for the seats of the intakes concerned.

    Whoever has arrived gets a seat or a place on the waiting list, a seat that became free is
    offered to the next one waiting, and who is admitted while the intake runs attends at once.
    Gives the last change of each enrolment that moved, by its id.
    """
    concerned = {
        change.after.intake_id
        for change in changes
        if change.after.intake_id is not None and _concerns_seats(change)
    }
    moved: dict[int, Change] = {}
    for loaded in lock_intakes(act, concerned):
        moved |= settle_intake(act, loaded)
    return moved


def settle_intake(act: Act, loaded: Offered) -> dict[int, Change]:
    """Bring the seats of a locked intake in order, as far as people move up in it now.

    Gives the last change of each enrolment that moved, by its id.
    """
    published = act.library.offering(act.connection, loaded.path, loaded.tier)
    spec = published.definition.path.tiers[loaded.tier].intakes
    settling = _Settling(by_schedule(act), loaded, Homes(act, spec.quota if spec else None))
    settling.start_admitted()
    if _moves_up(act, loaded, spec):
        settling.run()
    return settling.moved


def by_schedule(act: Act) -> Act:
    """Give the act of what follows by itself: in the same transaction, at the same instant."""
    return replace(act, actor=SCHEDULE, key=None)


def perform_due(act: Act, orders: Sequence[tuple[Enrolled, Order]]) -> list[Decided]:
    """Carry out what is due at the act's instant, but on nobody before their last step.

    After a downtime something may have been due before what HR did meanwhile.
    """
    # Coming back from a pause is a step that the enrolment itself does not show.
    late = later_steps(act, [enrolled for enrolled, _ in orders])
    instants = [
        max(late.get(enrolled.id or 0, act.effective_at), enrolled.last_step_at)
        for enrolled, _ in orders
    ]
    decided: dict[int, Decided] = {}
    for at in sorted(set(instants)):
        numbers = [number for number, instant in enumerate(instants) if instant == at]
        outcomes = perform(replace(act, effective_at=at), [orders[n] for n in numbers])
        decided |= zip(numbers, outcomes, strict=True)
    return [decided[number] for number in range(len(orders))]


def wait_in_order(act: Act, loaded: Offered, who: Sequence[Enrolled]) -> list[Decided]:
    """Put people behind each other at the end of a locked intake's waiting list.

    In their own order, also where some had their last step later than others.
    """
    if not who:
        return []
    last = seatings(act, [loaded.written_id])[loaded.written_id].last_place
    orders = [(e, Order(WAITLIST, place=place)) for place, e in enumerate(who, last + 1)]
    return perform_due(act, orders)


def decline_for(refusals: tuple[Refusal, ...]) -> Order:
    """Give the order to decline somebody whom the rules refuse, with the reasons."""
    return Order(DECLINE, reason=told(refusals), refusals=refusals)


def start_admitted(act: Act, loaded: Offered) -> list[Decided]:
    """Let everybody attend who is admitted; who lacks what is asked for then loses the seat."""
    return _or_decline(act, in_states_before(act, loaded, START), START)


def _or_decline(act: Act, who: Sequence[Enrolled], trigger: str) -> list[Decided]:
    """Fire a trigger on everybody, and decline who lacks what it asks for, with the reasons."""
    outcomes = perform_due(act, [(enrolled, Order(trigger)) for enrolled in who])
    declined = [
        (enrolled, decline_for(outcome))
        for enrolled, outcome in zip(who, outcomes, strict=True)
        if isinstance(outcome, tuple) and any(r.code == "prerequisites" for r in outcome)
    ]
    return [*outcomes, *perform_due(act, declined)]


def _moves_up(act: Act, loaded: Offered, spec: IntakeSpec | None) -> bool:
    """Tell whether people come to seats in an intake one by one now."""
    if loaded.list_closed or act.effective_at >= loaded.dates.list_closes_at:
        return False
    if loaded.state in {"open", "closed"}:
        return spec is None or spec.first_come
    return loaded.state in {"allocated", "running"}


def _concerns_seats(change: Change) -> bool:
    after = change.after
    if change.state.waiting or (holds_seat(change.before) and not change.state.seat):
        return True
    ways = after.published.machine(after.tier).table
    return (after.state, WAITLIST) in ways or (after.state, START) in ways


@dataclass(slots=True)
class _Settling:
    """One locked intake whose seats are being brought in order.

    `moved` are the changes so far, `passed` the enrolments that no seat can be offered to.
    """

    act: Act
    loaded: Offered
    homes: Homes
    moved: dict[int, Change] = field(default_factory=dict)
    passed: set[int | None] = field(default_factory=set)

    def run(self) -> None:
        """Place who has arrived, and offer what is still free."""
        if arrivals := in_states_before(self.act, self.loaded, WAITLIST):
            self._place(arrivals)
        while self._offer():
            pass

    def _place(self, arrivals: Sequence[Enrolled]) -> None:
        """Admit arrivals while a seat is free and nobody waits, and let the others wait."""
        if not waiting(self.act, self.loaded, limit=1):
            while admitted := self._fitting(arrivals):
                self._note(_or_decline(self.act, admitted, ADMIT))
                self.start_admitted()
                arrivals = [enrolled for enrolled in arrivals if enrolled not in admitted]
        self._note(wait_in_order(self.act, self.loaded, arrivals))

    def _offer(self) -> bool:
        """Offer what is free to those who wait, in order; tell whether to look again."""
        room = self.homes.room(self.loaded)
        if not room.free:
            return False
        # Where seats are kept, the next one may be anywhere on the list.
        limit = None if self.homes.quota else room.free + len(self.passed)
        queue = waiting(self.act, self.loaded, limit)
        chosen = self._fitting([e for e in queue if e.id not in self.passed], room)
        outcomes = perform_due(self.act, [(enrolled, Order(OFFER)) for enrolled in chosen])
        self._note(outcomes)
        refused = {e.id for e, o in zip(chosen, outcomes, strict=True) if isinstance(o, tuple)}
        self.passed |= refused
        return bool(refused)

    def start_admitted(self) -> None:
        """Let who is admitted attend, if the intake runs, whenever the seat was given."""
        if self.loaded.state == "running":
            self._note(start_admitted(self.act, self.loaded))

    def _note(self, outcomes: Sequence[Decided]) -> None:
        self.moved |= {each.id: each for each in outcomes if isinstance(each, Change)}

    def _fitting(self, queue: Sequence[Enrolled], room: Room | None = None) -> list[Enrolled]:
        """Give those to whom the free seats go, in the queue's order."""
        return list(_seated(queue, self.homes, room or self.homes.room(self.loaded)))


def _seated(queue: Sequence[Enrolled], homes: Homes, room: Room) -> Iterator[Enrolled]:
    for enrolled, home in zip(queue, homes.of(queue), strict=True):
        if room.has_for(home):
            room.take(home)
            yield enrolled
