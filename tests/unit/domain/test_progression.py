"""Where an employee stands on each tier, what may be done now, and why the rest may not."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qualipath.definition.prerequisites import Kind
from qualipath.definition.spec import Definition, Role
from qualipath.domain.machine import LifecycleMachine
from qualipath.domain.progression import Progression, TierAttempt
from qualipath.domain.record import Record
from qualipath.errors import NotFoundError
from tests.builders import (
    TODAY,
    a_definition,
    a_lifecycle,
    a_record,
    a_situation,
    a_text,
    an_attempt,
    held,
)

PATH = a_definition(
    {
        "first": {"max_attempts": 2},
        "second": {"prerequisites": {"completed": "first"}},
        "third": {"prerequisites": {"tenure": "1 year"}},
    }
)


def a_progression(
    *attempts: TierAttempt,
    record: Record | None = None,
    definition: Definition = PATH,
    role: Role = Role.HR,
    **fields: Any,
) -> Progression:
    record = record or a_record()
    return Progression(definition, record, attempts, role=role, on=TODAY, **fields)


def failed(number: int) -> TierAttempt:
    return an_attempt(PATH, "first", "failed", id=number, number=number)


def triggers(progression: Progression, tier: str) -> set[str]:
    return {choice.trigger for choice in progression.standing(tier).allowed}


def test_tiers_come_in_the_order_of_the_definition() -> None:
    standings = a_progression().tiers
    assert [s.tier for s in standings] == ["first", "second", "third"]
    assert [s.state for s in standings] == ["available", "locked", "locked"]
    assert standings[1].state_title.text("de") == "gesperrt"


def test_a_locked_tier_says_why() -> None:
    second = a_progression().standing("second")
    (apply,) = [choice for choice in second.choices if choice.trigger == "apply"]
    assert [reason.code for reason in apply.refusals] == ["prerequisites"]
    assert not second.verdict.met
    assert second.enrolment is None


def test_a_tier_that_time_alone_opens_tells_from_when() -> None:
    third = a_progression(record=a_record(hired_on=date(2026, 2, 1))).standing("third")
    assert (third.state, third.next_on) == ("locked", date(2027, 2, 1))
    assert a_progression().standing("third").next_on is None


def test_an_open_enrolment_shows_its_state_and_what_may_happen_next() -> None:
    going = an_attempt(PATH, "first", "attending", id=7)
    progression = a_progression(going)
    first = progression.standing("first")
    assert (first.state, first.enrolment, first.attempts_used, first.attempts_allowed) == (
        "attending",
        7,
        1,
        2,
    )
    assert triggers(progression, "first") == {"complete", "fail", "withdraw", "pause"}
    assert all(choice.source == "attending" for choice in first.choices)


def test_a_paused_enrolment_only_shows_what_pausing_lets_through() -> None:
    going = an_attempt(PATH, "first", "attending", paused=True)
    assert triggers(a_progression(going), "first") == {"withdraw", "resume"}
    assert a_progression(going).standing("first").paused


def test_the_role_decides_what_is_allowed() -> None:
    going = an_attempt(PATH, "first", "attending")
    assert triggers(a_progression(going, role=Role.EMPLOYEE), "first") == {"withdraw"}
    assert a_progression(going, role=Role.SCHEDULE).allowed == {}


def test_a_completed_tier_opens_the_next_one() -> None:
    done = an_attempt(PATH, "first", "completed", id=3)
    progression = a_progression(done, record=a_record(held("first")))
    first = progression.standing("first")
    assert (first.state, first.enrolment) == ("completed", 3)
    assert triggers(progression, "first") == {"correct"}
    assert "completed" in {
        r.code for c in first.choices if c.trigger == "apply" for r in c.refusals
    }
    assert progression.standing("second").state == "available"


def test_a_recognised_tier_is_completed_without_an_enrolment() -> None:
    record = a_record(held("first", Kind.RECOGNITION))
    first = a_progression(record=record).standing("first")
    assert (first.state, first.enrolment, first.allowed) == ("completed", None, ())


def test_a_completion_that_is_no_longer_valid_allows_a_new_attempt() -> None:
    record = a_record(held("first", valid_until=date(2026, 6, 30)))
    progression = a_progression(an_attempt(PATH, "first", "completed"), record=record)
    assert progression.standing("first").state == "available"
    assert triggers(progression, "first") == {"apply", "correct"}
    assert progression.standing("second").state == "locked"


def test_after_failing_a_new_attempt_may_begin_and_the_old_one_be_corrected() -> None:
    progression = a_progression(failed(1))
    first = progression.standing("first")
    assert (first.state, first.enrolment, first.attempts_used) == ("available", 1, 1)
    sources = {choice.trigger: choice.source for choice in first.allowed}
    assert sources == {"apply": "available", "correct": "failed"}


def test_the_last_allowed_attempt_settles_the_tier() -> None:
    progression = a_progression(failed(2), failed(1))
    first = progression.standing("first")
    assert (first.state, first.enrolment, first.attempts_used) == ("failed", 2, 2)
    assert triggers(progression, "first") == {"correct"}
    refusals = [r for c in first.choices if c.trigger == "apply" for r in c.refusals]
    assert [r.code for r in refusals] == ["attempts"]


def test_an_open_attempt_is_not_one_of_its_own_earlier_ones() -> None:
    again = {"trigger": "again", "from": "attending", "to": "applied", "roles": "hr"}
    lifecycle = a_lifecycle(transitions=[again | {"guards": "attempts_left"}])
    definition = a_definition({"first": {"max_attempts": 1}}, lifecycle)
    going = an_attempt(definition, "first", "attending")
    assert triggers(a_progression(going, definition=definition), "first") == {"again"}


def test_an_attempt_that_does_not_count_leaves_the_tier_open() -> None:
    gone = an_attempt(PATH, "first", "withdrawn", number=2)
    assert a_progression(failed(1), gone).standing("first").state == "available"


def test_what_is_in_progress_counts_if_it_ends_before_the_intake_starts() -> None:
    record = a_record(held("first", running_until=date(2026, 9, 30)))
    going = an_attempt(PATH, "first", "attending")

    def second(**fields: Any) -> tuple[str, bool]:
        standing = a_progression(going, record=record, **fields).standing("second")
        return standing.state, standing.verdict.provisional

    assert second() == ("available", True)
    assert second(running_until={"second": date(2026, 9, 30)}) == ("available", True)
    assert second(running_until={"second": date(2026, 9, 29)}) == ("locked", False)


def test_an_open_enrolment_follows_the_version_that_it_is_pinned_to() -> None:
    stricter = a_lifecycle(
        transitions=[
            {"trigger": "apply", "from": "available", "to": "applied", "roles": "hr"},
            {"trigger": "finish", "from": "attending", "to": "completed", "roles": "hr"},
        ]
    )
    now = a_definition({"first": {"title": a_text("renamed")}}, stricter)
    going = an_attempt(PATH, "first", "attending")
    first = a_progression(going, definition=now).standing("first")
    assert first.title.en == "first"
    assert "complete" in {choice.trigger for choice in first.allowed}
    ended = a_progression(failed(1), definition=now)
    assert triggers(ended, "first") == {"apply", "correct"}


def test_an_open_enrolment_in_a_tier_that_is_gone_still_shows() -> None:
    now = a_definition({"new": {}})
    progression = a_progression(an_attempt(PATH, "first", "applied"), definition=now)
    assert [s.tier for s in progression.tiers] == ["new", "first"]
    ended = a_progression(an_attempt(PATH, "first", "withdrawn"), definition=now)
    assert [s.tier for s in ended.tiers] == ["new"]


def test_an_unknown_tier_names_the_known_ones() -> None:
    with pytest.raises(
        NotFoundError, match=r"no tier 'frist'; did you mean 'first'\? its tiers are: first, second"
    ):
        a_progression().standing("frist")


@given(
    state=st.sampled_from(sorted(a_lifecycle().states)),
    paused=st.booleans(),
    role=st.sampled_from(Role),
    met=st.booleans(),
)
def test_every_allowed_choice_fires_once_it_gets_what_it_needs(
    *, state: str, paused: bool, role: Role, met: bool
) -> None:
    paused = paused and PATH.lifecycle_of("first").states[state].open
    attempt = an_attempt(PATH, "first", state, paused=paused)
    record = a_record(held("first")) if met else a_record()
    progression = a_progression(attempt, record=record, role=role)
    machine = LifecycleMachine(a_lifecycle())
    for standing in progression.tiers:
        assert {choice.trigger for choice in standing.choices} == set(machine.triggers)
        for choice in standing.allowed:
            ready = a_situation(
                role=role,
                paused=paused and choice.source == state,
                reason="because" if choice.needs_reason else None,
                grade=100 if choice.needs_grade else None,
            )
            move = machine.fire(choice.source, choice.trigger, ready)
            assert move.target == (choice.target or choice.source)
