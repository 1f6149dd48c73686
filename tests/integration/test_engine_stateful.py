"""Whatever people do in whatever order: what is written holds, what is refused leaves nothing."""

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from qualipath import ActingAs, InputError, NotFoundError, Qualipath, RefusedError
from qualipath.definition.prerequisites import Kind
from qualipath.definition.spec import AVAILABLE, Definition, Outcome
from qualipath.domain.machine import Choice
from qualipath.errors import ConflictError
from qualipath.services.models import Enrolment
from qualipath.storage.database import Database
from qualipath.storage.tables import credential, deadline, employee, enrolment
from tests.builders import (
    NOW,
    acting,
    an_employee,
    an_enrolment,
    an_installation,
    publish,
    the_shipped_path,
)
from tests.integration.services.looking import how_many, rows
from tests.integration.services.replaying import as_replayed, replay

PATH = "duisburg_digital"
TIERS = tuple(the_shipped_path().path.tiers)
LIFECYCLES = the_shipped_path().lifecycles.values()
TRIGGERS = ["pause", "resume"] * 3 + sorted(
    {t.trigger for lifecycle in LIFECYCLES for t in lifecycle.transitions}
)
STATES = sorted({state for lifecycle in LIFECYCLES for state in lifecycle.states})
LEAVING = {"decline", "lapse", "no_show", "withdraw"}
ENDS = ("completed", "failed", "absent")
KEYS = (
    ("bachelor/informatics", Kind.DEGREE),
    ("digital/basics", Kind.CERTIFICATE),
    ("masters", Kind.NOMINATION),
    ("bootcamp", Kind.RECOGNITION),
    ("certificate_1", Kind.RECOGNITION),
)
INPUTS = {"reason", "grade", "correction"}
"""The codes of refusals that the values given with a command cause."""

roles = st.sampled_from(["hr", "hr", "hr", "supervisor", "employee", "schedule"])
tiers = st.sampled_from(TIERS)
which = st.integers(0, 99)
grades = st.sampled_from([None, "1.0", "2.7", "4.0", "4.3", "5.0", "0.7"])
reasons = st.sampled_from([None, "so it is", "  "])
numbers = iter(count(1000))


class Careers(RuleBasedStateMachine):
    """Two employees and their supervisor, and everybody who may do something about them."""

    engine: Qualipath
    versions: dict[int, Definition]

    def hire(self) -> None:
        self.now = NOW
        self.known: list[int] = []
        self.boss = an_employee(self.engine, f"{next(numbers)}")
        self.people = [
            an_employee(
                self.engine, f"{next(numbers)}", supervisor=self.boss, hired_on="2010-01-01"
            )
            for _ in range(2)
        ]
        self.ids = [rows(self.engine.database, employee, number=n)[0].id for n in self.people]

    @initialize(
        tier=tiers, state=st.sampled_from(["applied", "admitted", "attending", "completed"])
    )
    def enrol(self, tier: str, state: str) -> None:
        """Hire them, and begin further on than blind choice would lead."""
        self.hire()
        number = self.people[0]
        for key, kind in KEYS:
            if key != tier and kind is not Kind.RECOGNITION:
                self.hr.recognise(number, key, kind=kind, evidence="seen")
        if tier == "certificate_2":
            self.hr.recognise(number, "certificate_1", evidence="seen")
        if tier == "masters":
            self.hr.recognise(number, "masters", kind=Kind.NOMINATION, evidence="seen")
        for person, at, stage in ((number, tier, state), (self.people[1], "bootcamp", "applied")):
            begun = an_enrolment(self.engine, stage, tier=at, number=person)
            self.known.append(begun.id)

    def somebody(self, role: str, number: str) -> ActingAs:
        id_ = {"supervisor": self.boss, "employee": number}.get(role, "k.muster")
        return acting(self.engine, role, id_, now=self.now)

    @property
    def hr(self) -> ActingAs:
        return self.somebody("hr", "")

    def chosen(self, n: int) -> Enrolment:
        return self.hr.enrolment(self.known[n % len(self.known)])

    def attempt(self, run: Callable[[], Any]) -> tuple[Any, Sequence[str]]:
        """Do something: gives its answer, or the codes of a refusal, which changed nothing."""
        stored = self.stored()
        try:
            return run(), ()
        except RefusedError as refused:
            codes = [reason.code for reason in refused.reasons]
            assert codes
        except (NotFoundError, InputError, ConflictError):
            codes = ["error"]
        assert self.stored() == stored
        return None, codes

    def stored(self) -> Sequence[object]:
        """Give the rows about the two, and how many there are of all others."""
        database = self.engine.database
        ours = [
            row
            for id_ in self.ids
            for table in (enrolment, credential)
            for row in rows(database, table, employee_id=id_)
        ]
        dues = [row for id_ in self.known for row in rows(database, deadline, enrolment_id=id_)]
        return [*ours, *dues, how_many(database)]

    def expect(self, choice: Choice, given: Mapping[str, str | None], codes: Sequence[str]) -> None:
        """Hold what happened against what the progression had said."""
        by_rules = [code for code in codes if code not in INPUTS]
        assert by_rules == [refusal.code for refusal in choice.refusals]
        fits = bool(given["reason"]) == choice.needs_reason and (
            given["grade"] == "2.7" if choice.needs_grade else given["grade"] is None
        )
        if choice.allowed and fits:
            assert codes == ()

    @rule(role=roles, person=which, tier=tiers, trigger=st.sampled_from(["apply", "nominate"]))
    def begin(self, role: str, person: int, tier: str, trigger: str) -> None:
        number = self.people[person % 2]
        somebody = self.somebody(role, number)
        standing = somebody.progression(number, PATH).standing(tier)
        (choice,) = (c for c in standing.choices if c.trigger == trigger)

        begun, codes = self.attempt(lambda: somebody.begin(number, PATH, tier, trigger))

        self.expect(choice, {"reason": None, "grade": None}, codes)
        if begun:
            if begun.id not in self.known:
                self.known.append(begun.id)
            self.check(begun.id)

    @precondition(lambda self: self.known)
    @rule(role=roles, n=which, trigger=st.sampled_from(TRIGGERS), grade=grades, reason=reasons)
    def fire(self, role: str, n: int, trigger: str, grade: str | None, reason: str | None) -> None:
        self.fired(role, self.chosen(n), trigger, grade, reason)

    @precondition(lambda self: self.known)
    @rule(n=which, picks=st.lists(which, min_size=3, max_size=8))
    def go_on(self, n: int, picks: Sequence[int]) -> None:
        """Fire triggers that are allowed, one after another, most of them not ending it."""
        for pick in picks:
            choices = self.allowed("hr", self.chosen(n))
            going = [c for c in choices if c.trigger not in LEAVING]
            self.fire_choice("hr", n, going if pick % 6 else choices, pick)

    @precondition(lambda self: self.known)
    @rule(role=roles, n=which, pick=which)
    def fire_allowed(self, role: str, n: int, pick: int) -> None:
        self.fire_choice(role, n, self.allowed(role, self.chosen(n)), pick)

    def allowed(self, role: str, at: Enrolment) -> Sequence[Choice]:
        standing = self.somebody(role, at.employee).progression(at.employee, PATH).standing(at.tier)
        mine = standing.enrolment == at.id
        return [c for c in standing.allowed if c.source != AVAILABLE] if mine else []

    def fire_choice(self, role: str, n: int, choices: Sequence[Choice], pick: int) -> None:
        """Fire one of the choices, with what it needs."""
        if choices:
            choice = choices[pick % len(choices)]
            reason = "so it is" if choice.needs_reason else None
            grade = "2.7" if choice.needs_grade else None
            self.fired(role, self.chosen(n), choice.trigger, grade, reason)

    def fired(
        self, role: str, at: Enrolment, trigger: str, grade: str | None, reason: str | None
    ) -> None:
        somebody = self.somebody(role, at.employee)
        standing = somebody.progression(at.employee, PATH).standing(at.tier)
        choice = next((c for c in standing.choices if c.trigger == trigger), None)

        done, codes = self.attempt(
            lambda: somebody.fire(at.id, trigger, grade=grade, reason=reason)
        )

        assert bool(done) != bool(codes)
        if standing.enrolment == at.id and choice and choice.source != AVAILABLE:
            self.expect(choice, {"grade": grade, "reason": (reason or "").strip()}, codes)
        if done:
            assert done.version == at.version + 1
            self.check(at.id)

    @precondition(lambda self: self.known)
    @rule(
        ns=st.lists(which, min_size=1, max_size=4),
        trigger=st.sampled_from(TRIGGERS),
        atomic=st.booleans(),
    )
    def fire_many(self, ns: Sequence[int], trigger: str, atomic: bool) -> None:  # noqa: FBT001
        ids = list(dict.fromkeys(self.known[n % len(self.known)] for n in ns))
        hr = self.hr
        before = {id_: hr.enrolment(id_) for id_ in ids}

        outcomes, codes = self.attempt(
            lambda: hr.fire_many(ids, trigger, reason="so it is", atomic=atomic)
        )

        assert not codes or atomic
        for outcome in outcomes or ():
            assert outcome.refused == bool(outcome.reasons)
            after = hr.enrolment(outcome.id)
            assert after == (before[outcome.id] if outcome.refused else outcome.enrolment)
            self.check(outcome.id)

    @precondition(lambda self: self.known)
    @rule(n=which, state=st.none() | st.sampled_from([*ENDS, *STATES]), grade=grades)
    def correct(self, n: int, state: str | None, grade: str | None) -> None:
        ended = [at for at in map(self.hr.enrolment, self.known) if not at.open]
        at = ended[n % len(ended)] if ended else self.chosen(n)

        done, _ = self.attempt(
            lambda: self.hr.correct(at.id, reason="misread", state=state, grade=grade)
        )

        if done:
            assert (done.state, done.grade) == (
                state or at.state,
                grade if grade or (state and state != at.state) else at.grade,
            )
            self.check(at.id)

    @rule(person=which, what=st.sampled_from(KEYS))
    def recognise(self, person: int, what: tuple[str, Kind]) -> None:
        key, kind = what
        self.hr.recognise(self.people[person % 2], key, kind=kind, evidence="seen")

    @rule(person=which, n=which)
    def revoke(self, person: int, n: int) -> None:
        held = self.hr.credentials(self.people[person % 2])
        if held:
            one = held[n % len(held)]
            row = rows(self.engine.database, credential, id=one.id)[0]

            ended, codes = self.attempt(lambda: self.hr.revoke(one.id, reason="forged"))

            assert bool(ended) == (row.enrolment_id is None and row.revoked_at is None)
            assert codes in ((), ["enrolment"], ["error"])

    @rule(days=st.sampled_from([0, 1, 10, 40]), minutes=st.integers(0, 1439))
    def wait(self, days: int, minutes: int) -> None:
        self.now += timedelta(days=days, minutes=minutes)

    @rule(cost=st.integers(1, 2))
    def migrate(self, cost: int) -> None:
        newest = self.versions[max(self.versions)]
        tiers_ = dict(newest.path.tiers)
        tiers_["bootcamp"] = tiers_["bootcamp"].model_copy(update={"cost": cost})
        changed = newest.model_copy(
            update={"path": newest.path.model_copy(update={"tiers": tiers_})}
        )
        published = publish(self.engine, changed)
        self.versions.setdefault(published.version, changed)
        assert sorted(self.versions) == list(range(1, published.version + 1))

        done, _ = self.attempt(lambda: self.hr.migrate(PATH, to=published.version))

        assert not done.stuck
        for id_ in self.known:
            self.check(id_)

    def check(self, id_: int) -> None:
        """Hold an enrolment against its history, and what it gives against its state."""
        at, entries = self.hr.enrolment(id_), self.hr.history(id_)
        assert replay(at.tier, entries, self.versions) == as_replayed(at)
        assert at.version == len(entries)
        state = self.versions[at.path_version].lifecycle_of(at.tier).states[at.state]
        database = self.engine.database
        held = [
            (row.kind, row.awarded_on is not None)
            for row in rows(database, credential, enrolment_id=id_, revoked_at=None)
            if row.kind == Kind.COMPLETION
        ]
        earned = state.closed is Outcome.COMPLETED
        expected = [(str(Kind.COMPLETION), earned)] if earned or state.running else []
        assert held == expected
        running = rows(database, deadline, enrolment_id=id_, ended_at=None)
        assert {row.state for row in running} <= {at.state}
        # Nobody is in an intake here, before whose start something could be due.
        assert bool(running) == any(each.after for each in state.deadlines)
        (row,) = rows(database, enrolment, id=id_)
        assert (row.is_open, row.holds_seat, row.counts) == (state.open, state.seat, state.attempt)
        same = rows(database, enrolment, employee_id=row.employee_id, tier=at.tier, is_open=True)
        assert len(same) <= 1

    def teardown(self) -> None:
        known = getattr(self, "known", [])
        for id_ in known:
            self.check(id_)
        # The next example's migrations need not move these.
        if known:
            self.hr.fire_many(known, "withdraw")


@pytest.mark.long
def test_careers(database: Database) -> None:
    class HereCareers(Careers):
        engine = an_installation(database)
        versions = {1: the_shipped_path()}  # noqa: RUF012 -- shared by all examples on purpose

    examples = int(os.environ.get("QUALIPATH_EXAMPLES", "8"))
    run_state_machine_as_test(
        HereCareers,
        settings=settings(
            max_examples=examples,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
