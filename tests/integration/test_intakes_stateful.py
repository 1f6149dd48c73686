"""Whatever people and HR do about an intake in whatever order: seats and places hold."""

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from qualipath import ActingAs, InputError, Qualipath, RefusedError
from qualipath.definition.spec import AVAILABLE, Definition
from qualipath.errors import ConflictError
from qualipath.services.models import Enrolment
from qualipath.storage.database import Database
from qualipath.storage.tables import enrolment, history, intake
from tests.builders import NOW, acting, an_employee, an_installation, an_intake, offered_as
from tests.integration.services.looking import how_many, rows
from tests.integration.services.replaying import as_replayed, replay
from tests.integration.services.seating import PATH, hold_seats, queue
from tests.integration.services.test_windows import NEXT

OF_PEOPLE = [
    *["approve", "accept", "pause", "resume", "withdraw"] * 2,
    "admit",
    "decline",
    "lapse",
    "offer",
    "waitlist",
]
ENDED = {"finished", "cancelled"}
STARTS = datetime(2026, 9, 30, 22, tzinfo=UTC)
ENDING = {"cancel", "decline", "lapse", "no_show", "pass_over", "withdraw"}

which = st.integers(0, 99)
numbers = iter(count(1000))


class Courses(RuleBasedStateMachine):
    """Six employees who want two seats, in an intake that is followed by another one."""

    engine: Qualipath
    versions: Mapping[int, Definition]

    @initialize(first=st.integers(0, 5), grace=st.sampled_from([0, 14]))
    def plan(self, first: int, grace: int) -> None:
        self.now = NOW
        self.here = an_intake(
            self.engine, seats=2, list_closes_at=STARTS + timedelta(days=grace), minimum=1
        )
        self.next = an_intake(self.engine, **NEXT, seats=1)
        self.people = employees_named(self.engine, 6)
        self.ids: dict[str, int] = {}
        for person in range(5):
            self.apply(person)
        self.hr.fire_many(list(self.ids.values())[:first], "approve")

    @property
    def hr(self) -> ActingAs:
        return acting(self.engine, organisation=None, now=self.now)

    def attempt(self, run: Callable[[], Any]) -> Any:
        """Do something: gives its answer, or None for a refusal, which changed nothing."""
        stored = self.stored()
        try:
            return run()
        except (RefusedError, InputError, ConflictError):
            assert self.stored() == stored
        return None

    def stored(self) -> Sequence[object]:
        database = self.engine.database
        ours = [rows(database, enrolment, id=id_) for id_ in self.ids.values()]
        offered = [rows(database, intake, id=id_) for id_ in (self.here, self.next)]
        return [*ours, *offered, how_many(database)]

    @rule(person=which)
    def apply(self, person: int) -> None:
        number = self.people[person % 6]
        begun = self.attempt(lambda: self.hr.apply(number, PATH, "bootcamp", intake=self.here))
        if begun:
            self.ids[number] = begun.id

    @precondition(lambda self: self.ids)
    @rule(ns=st.lists(which, min_size=1, max_size=4), trigger=st.sampled_from(OF_PEOPLE))
    def fire(self, ns: Sequence[int], trigger: str) -> None:
        known = list(self.ids.values())
        ids = list(dict.fromkeys(known[n % len(known)] for n in ns))
        if len(ids) == 1:
            self.attempt(lambda: self.fired(ids[0], trigger))
        else:
            self.hr.fire_many(ids, trigger, reason="so it is")

    @precondition(lambda self: self.ids)
    @rule(picks=st.lists(st.tuples(which, which), min_size=3, max_size=10))
    def go_on(self, picks: Sequence[tuple[int, int]]) -> None:
        """Fire triggers that are allowed, one after another, most of them not ending it."""
        for n, pick in picks:
            number = list(self.ids)[n % len(self.ids)]
            standing = self.hr.progression(number, PATH).standing("bootcamp")
            choices = [c for c in standing.allowed if c.source != AVAILABLE]
            going = [c for c in choices if c.trigger not in ENDING]
            if chosen := (going if pick % 4 else choices):
                trigger = chosen[pick % len(chosen)].trigger
                id_ = self.ids[number]
                self.attempt(lambda id_=id_, trigger=trigger: self.fired(id_, trigger))  # type: ignore[misc]
                self.hold()

    def fired(self, id_: int, trigger: str) -> Enrolment:
        return self.hr.fire(id_, trigger, reason="so it is")

    @rule(seats=st.integers(0, 5), where=st.booleans())
    def resize(self, seats: int, where: bool) -> None:  # noqa: FBT001
        chosen = self.here if where else self.next
        taken = len(rows(self.engine.database, enrolment, intake_id=chosen, holds_seat=True))
        done = self.attempt(lambda: self.hr.resize_intake(chosen, seats, reason="so it is"))
        assert not done or (done.seats, seats >= taken) == (seats, True)

    @rule(move=st.sampled_from(["close_intake", "allocate", "start_intake"]))
    def move(self, move: str) -> None:
        self.attempt(lambda: getattr(self.hr, move)(self.here))

    @rule(days=st.sampled_from([0, 1, 8, 30]))
    def tick(self, days: int) -> None:
        self.now += timedelta(days=days)
        report = self.engine.tick(self.now)
        assert report.failures == ()

    @invariant()
    def hold(self) -> None:
        hold_seats(self.engine.database)
        for id_ in (self.here, self.next):
            offered = self.hr.intake(id_)
            entries = rows(self.engine.database, history, intake_id=id_)
            sources = [entry.source for entry in entries] + [offered.state]
            assert [entry.target for entry in entries] == sources[1:]
            assert [entry.version for entry in entries] == list(range(2, len(entries) + 2))
            assert len(queue(self.engine, id_)) == offered.waiting
            if offered.state not in ENDED and offered.list_closes_at > self.now:
                self.hold_moving_up(id_, offered.free)

    def hold_moving_up(self, intake_id: int, free: int) -> None:
        """Nobody who could have a seat waits while one is free."""
        waiting = [
            row
            for row in rows(self.engine.database, enrolment, intake_id=intake_id)
            if row.place is not None and row.paused_at is None
        ]
        assert not free or not waiting

    @precondition(lambda self: self.ids)
    @rule(n=which)
    def look_back(self, n: int) -> None:
        known = list(self.ids.values())
        at = self.hr.enrolment(known[n % len(known)])
        entries = self.hr.history(at.id)
        assert replay(at.tier, entries, self.versions) == as_replayed(at)
        assert [e.effective_at for e in entries] == sorted(e.effective_at for e in entries)

    def teardown(self) -> None:
        for n in range(len(getattr(self, "ids", {}))):
            self.look_back(n)
        # The next example's people are not led into these.
        for id_ in (self.here, self.next) if hasattr(self, "next") else ():
            if self.hr.intake(id_).state not in ENDED:
                self.hr.cancel_intake(id_, reason="the example ends")


def employees_named(engine: Qualipath, count: int) -> list[str]:
    return [an_employee(engine, f"{next(numbers)}") for _ in range(count)]


@pytest.mark.long
def test_courses(database: Database) -> None:
    offered = offered_as("bootcamp", carry_over=True)

    class HereCourses(Courses):
        engine = an_installation(database, offered)
        versions = {1: offered}  # noqa: RUF012 -- shared by all examples on purpose

    examples = int(os.environ.get("QUALIPATH_EXAMPLES", "8"))
    run_state_machine_as_test(
        HereCourses,
        settings=settings(
            max_examples=examples,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
