"""The state machine: what fires, what is refused and why."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qualipath.definition import spec
from qualipath.definition.spec import AVAILABLE, Asked, LifecycleSpec, Role, TransitionSpec
from qualipath.domain.guards import NAMED, Situation
from qualipath.domain.machine import LifecycleMachine, Move
from qualipath.domain.wording import Refusal
from qualipath.errors import RefusedError
from tests.builders import GRADE_POINT, a_lifecycle, a_situation, a_text, a_tier

COURSE = LifecycleMachine(a_lifecycle())


def refused(state: str, trigger: str, **situation: Any) -> dict[str, str]:
    """Fire what must be refused, and give the English sentences by their codes."""
    with pytest.raises(RefusedError) as caught:
        COURSE.fire(state, trigger, a_situation(**situation))
    return {reason.code: reason.text("en") for reason in caught.value.reasons}


def test_the_registry_holds_the_guards_that_definitions_may_name() -> None:
    assert tuple(sorted(NAMED)) == tuple(sorted(spec.GUARDS))


def test_applying_starts_an_attempt() -> None:
    move = COURSE.fire(AVAILABLE, "apply", a_situation())
    assert (move.source, move.target, move.effect) == (AVAILABLE, "applied", None)
    assert move.state is COURSE.lifecycle.states["applied"]
    assert move.transition.trigger == move.trigger == "apply"


def test_an_effect_keeps_the_state() -> None:
    move = COURSE.fire("attending", "pause", a_situation(reason="parental leave"))
    assert (move.source, move.target, move.effect) == ("attending", "attending", "pause")


def test_every_reason_is_given_at_once() -> None:
    told = refused(
        "attending",
        "apply",
        role=Role.PROVIDER,
        paused=True,
        met={Asked.PROVISIONALLY: False},
        completed=True,
        attempts=2,
        tier=a_tier(max_attempts=2),
        grade=170,
        to="failed",
    )
    assert list(told) == [
        "state",
        "role",
        "paused",
        "prerequisites",
        "completed",
        "attempts",
        "grade",
        "correction",
    ]
    assert "possible in: available" in told["state"]
    assert "the employee, HR" in told["role"]
    assert "something is missing" in told["prerequisites"]
    assert "2 of 2" in told["attempts"]


def test_refusals_are_told_in_german_too() -> None:
    (reason,) = COURSE.refusals(AVAILABLE, "apply", a_situation(role=Role.SCHEDULE))
    assert "das dürfen: beschäftigte Person selbst, Personalstelle" in reason.text("de")


def test_an_unknown_trigger_names_the_nearest() -> None:
    assert "possible: complete" in refused("attending", "completed")["trigger"]
    assert "apply, start" in refused("attending", "xyz")["trigger"]


def test_an_unknown_state_is_a_mistake_of_the_caller() -> None:
    for ask in (COURSE.fire, COURSE.decide, COURSE.refusals):
        with pytest.raises(ValueError, match="has no state 'gone'; its states are: available"):
            ask("gone", "apply", a_situation())


def test_prerequisites_are_asked_as_strictly_as_the_transition_says() -> None:
    in_progress = {"met": {Asked.PROVISIONALLY: True, Asked.MET: False}}
    COURSE.fire(AVAILABLE, "apply", a_situation(**in_progress))
    assert list(refused("applied", "start", **in_progress)) == ["prerequisites"]


def test_what_asks_for_no_prerequisites_does_not_judge_them() -> None:
    def never(_: Asked) -> Any:
        raise AssertionError

    COURSE.fire("applied", "withdraw", a_situation(verdict=never))


def test_a_paused_enrolment_only_takes_what_may_fire_while_paused() -> None:
    assert "resumed first" in refused("attending", "fail", paused=True)["paused"]
    assert "paused already" in refused("attending", "pause", paused=True, reason="x")["paused"]
    assert "not paused" in refused("attending", "resume")["paused"]
    COURSE.fire("attending", "resume", a_situation(paused=True))
    COURSE.fire("attending", "withdraw", a_situation(paused=True))


@pytest.mark.parametrize("reason", [None, "", "  \n"])
def test_a_required_reason_must_say_something(reason: str | None) -> None:
    assert list(refused("attending", "pause", reason=reason)) == ["reason"]


@pytest.mark.parametrize(
    ("trigger", "grade", "told"),
    [
        ("complete", None, "needs a grade on the scale 'German grades': 1.0 to 5.0"),
        ("complete", 90, "the grade 0.9 is not on the scale 'German grades': 1.0 to 5.0"),
        ("complete", 410, "the grade 4.1 is a fail; 'completed' asks for at least 4.0"),
        ("withdraw", 170, "takes no grade"),
    ],
)
def test_a_grade_must_suit_the_transition(trigger: str, grade: int | None, told: str) -> None:
    assert told in refused("attending", trigger, grade=grade)["grade"]


def test_passing_follows_the_direction_of_the_scale() -> None:
    COURSE.fire("attending", "complete", a_situation(grade=400))
    COURSE.fire("attending", "fail", a_situation(grade=500))
    COURSE.fire("attending", "complete", a_situation(grade=70, scale=GRADE_POINT))
    assert "0.6 is a fail" in refused("attending", "complete", grade=60, scale=GRADE_POINT)["grade"]


def test_german_grades_have_a_comma() -> None:
    refusals = COURSE.decide("attending", "complete", a_situation(grade=410))
    assert isinstance(refusals, tuple)
    assert "Note 4,1" in refusals[0].text("de")


def test_a_correction_keeps_the_state_or_names_the_right_one() -> None:
    kept = COURSE.fire("completed", "correct", a_situation(reason="misread", grade=170))
    assert (kept.source, kept.target) == ("completed", "completed")
    put_right = COURSE.fire("completed", "correct", a_situation(reason="x", grade=500, to="failed"))
    assert (put_right.source, put_right.target) == ("completed", "failed")
    assert put_right.state is COURSE.lifecycle.states["failed"]


def test_a_correction_is_as_strict_as_the_state_that_it_leads_to() -> None:
    assert "grade" in refused("completed", "correct", reason="x", grade=500)
    assert "grade" in refused("failed", "correct", reason="x", grade=500, to="completed")
    elsewhere = refused("failed", "correct", reason="x", to="applied")
    assert "completed, failed" in elsewhere["correction"]
    assert "only a correction" in refused("attending", "fail", to="completed")["correction"]


def test_choices_show_every_trigger_without_asking_for_inputs() -> None:
    choices = {c.trigger: c for c in COURSE.allowed("attending", a_situation(role=Role.PROVIDER))}
    assert tuple(choices) == COURSE.triggers
    assert [c.trigger for c in choices.values() if c.allowed] == ["complete", "fail"]
    assert choices["complete"].target == "completed"
    assert choices["complete"].needs_grade
    assert choices["pause"].needs_reason
    assert choices["pause"].target is None
    assert choices["apply"].target is None
    assert [r.code for r in choices["apply"].refusals] == ["state", "role"]


def test_where_transitions_share_a_trigger_only_the_common_reasons_are_told() -> None:
    lifecycle = a_lifecycle(
        transitions=[
            {"trigger": "go", "from": "available", "to": "applied", "roles": "hr"},
            {
                "trigger": "go",
                "from": "applied",
                "to": "attending",
                "roles": "provider",
                "reason": "required",
            },
        ]
    )
    machine = LifecycleMachine(lifecycle)
    by = {role: explained(machine, "failed", "go", a_situation(role=role)) for role in Role}
    codes = {role: [r.code for r in told] for role, told in by.items() if isinstance(told, tuple)}
    assert codes[Role.HR] == codes[Role.PROVIDER] == ["state"]
    assert codes[Role.EMPLOYEE] == ["state", "role"]


def test_whatever_is_a_name_may_name_a_trigger() -> None:
    for name in ("state", "trigger", "model", "initial", "at"):
        transitions = [{"trigger": name, "from": "available", "to": "applied", "roles": "hr"}]
        machine = LifecycleMachine(a_lifecycle(transitions=transitions))
        assert machine.fire(AVAILABLE, name, a_situation()).target == "applied"


def transition(**fields: Any) -> dict[str, Any]:
    return {"trigger": "go", "from": "available", "to": "applied", "roles": "hr"} | fields


@pytest.mark.parametrize(
    ("transitions", "told"),
    [
        ([transition(to="gone")], "'go' leads to the unknown state 'gone'"),
        ([transition(to="available")], "'go' leads to the unknown state 'available'"),
        ([transition(**{"from": "gone"})], "'go' comes from the unknown state 'gone'"),
        ([transition(guards="lucky")], "'go' names the unknown guard 'lucky'"),
        ([transition(), transition(to="failed")], "'go' leads out of 'available' in two ways"),
        ([transition(to=None, effect="pause")], "'go' can't pause what has not begun"),
    ],
)
def test_what_transitions_lets_pass_is_refused_when_building(
    transitions: list[dict[str, Any]], told: str
) -> None:
    with pytest.raises(ValueError, match="lifecycle 'course'") as caught:
        LifecycleMachine(a_lifecycle(transitions=transitions))
    assert told in str(caught.value)


def test_all_mistakes_are_named_at_once() -> None:
    wrong = [transition(to="gone", guards="lucky")]
    states = {AVAILABLE: {"title": a_text("free")}}
    with pytest.raises(ValueError, match=r"can't be a state; .*unknown state.*; .*unknown guard"):
        LifecycleMachine(a_lifecycle(states=states, transitions=wrong))


# --- Properties over any lifecycle ----------------------------------------------------------------

STATES = ["s1", "s2", "s3", "s4"]
TRIGGERS = ["t1", "t2", "t3"]
CLOSED = [None, None, "completed", "failed"]


@st.composite
def lifecycles(draw: st.DrawFn) -> LifecycleSpec:
    states = {s: {"title": a_text(s), "closed": draw(st.sampled_from(CLOSED))} for s in STATES}
    free = {(s, t) for s in [AVAILABLE, *STATES] for t in TRIGGERS}
    transitions: list[dict[str, Any]] = []
    for _ in range(draw(st.integers(1, 6))):
        trigger = draw(st.sampled_from(TRIGGERS))
        effect = draw(st.sampled_from([None, None, "pause", "resume", "correct"]))
        sources = sorted(s for s, t in free if t == trigger and not (effect and s == AVAILABLE))
        if not sources:
            continue
        chosen = draw(st.lists(st.sampled_from(sources), min_size=1, unique=True))
        free -= {(s, trigger) for s in chosen}
        transitions.append(
            {
                "trigger": trigger,
                "from": chosen,
                "effect": effect,
                "to": None if effect else draw(st.sampled_from(STATES)),
                "roles": draw(st.lists(st.sampled_from(Role), min_size=1, unique=True)),
                "prerequisites": draw(st.sampled_from(Asked)),
                "guards": draw(st.lists(st.sampled_from(sorted(NAMED)), unique=True)),
                "reason": draw(st.sampled_from(["required", "optional"])),
                "grade": draw(st.sampled_from(["required", "optional", "none"])),
                "paused": draw(st.booleans()),
            }
        )
    return a_lifecycle(states=states, transitions=transitions)


situations = st.builds(
    a_situation,
    role=st.sampled_from(Role),
    tier=st.sampled_from([a_tier(), a_tier(max_attempts=1)]),
    attempts=st.integers(0, 2),
    completed=st.booleans(),
    paused=st.booleans(),
    met=st.fixed_dictionaries({Asked.PROVISIONALLY: st.booleans(), Asked.MET: st.booleans()}),
    reason=st.sampled_from([None, " ", "because"]),
    grade=st.sampled_from([None, 100, 410, 900]),
    to=st.sampled_from([None, None, None, "s1", "s2", AVAILABLE, "gone"]),
)


def explained(
    machine: LifecycleMachine, state: str, trigger: str, situation: Situation
) -> Move | tuple[Refusal, ...]:
    try:
        return machine.fire(state, trigger, situation)
    except RefusedError as refusal:
        return tuple(r for r in refusal.reasons if isinstance(r, Refusal))


def written(lifecycle: LifecycleSpec, state: str, trigger: str) -> TransitionSpec:
    (meant,) = [t for t in lifecycle.transitions if t.trigger == trigger and state in t.sources]
    return meant


@given(lifecycles(), st.lists(situations, min_size=1, max_size=5))
def test_the_compiled_table_decides_like_the_machine(
    lifecycle: LifecycleSpec, tried: list[Situation]
) -> None:
    machine = LifecycleMachine(lifecycle)
    for state in [AVAILABLE, *STATES]:
        for trigger in [*TRIGGERS, "unknown"]:
            for situation in tried:
                decided = machine.decide(state, trigger, situation)
                assert decided == explained(machine, state, trigger, situation)
                assert decided
                if isinstance(decided, Move):
                    meant = written(lifecycle, state, trigger)
                    assert decided.target == (meant.to or situation.to or state)
                    assert decided.transition == meant
                    assert situation.role in meant.roles


@settings(max_examples=50)
@given(lifecycles(), situations)
def test_an_allowed_choice_fires_once_it_gets_what_it_needs(
    lifecycle: LifecycleSpec, base: Situation
) -> None:
    machine = LifecycleMachine(lifecycle)
    plain = {name: getattr(base, name) for name in ("role", "tier", "scale", "verdict", "attempts")}
    plain |= {"completed": base.completed, "paused": base.paused}
    for state in [AVAILABLE, *STATES]:
        for choice in machine.allowed(state, Situation(**plain)):
            given_then = Situation(
                **plain,
                reason="because" if choice.needs_reason else None,
                grade=100 if choice.needs_grade else None,
            )
            decided = machine.decide(state, choice.trigger, given_then)
            assert isinstance(decided, Move) == choice.allowed
            if isinstance(decided, Move):
                assert decided.target == (choice.target or state)
            else:
                assert set(map(str, choice.refusals)) <= set(map(str, decided))


@settings(max_examples=50)
@given(lifecycles(), situations)
def test_firing_leaves_the_machine_as_it_was(
    lifecycle: LifecycleSpec, situation: Situation
) -> None:
    machine = LifecycleMachine(lifecycle)
    before = dict(machine.table)
    everything = [(s, t) for s in [AVAILABLE, *STATES] for t in machine.triggers]
    first = [explained(machine, s, t, situation) for s, t in everything]
    again = [explained(machine, s, t, situation) for s, t in reversed(everything)]
    assert first == again[::-1]
    assert dict(machine.table) == before


def everything() -> list[tuple[str, str, Situation]]:
    """Give every state, trigger and kind of situation of the course."""
    situations = [
        a_situation(role=role, paused=paused, reason=reason, grade=grade, met={Asked.MET: met})
        for role in (Role.HR, Role.PROVIDER)
        for paused in (False, True)
        for reason in (None, "because")
        for grade in (None, 170)
        for met in (False, True)
    ]
    return [
        (state, trigger, situation)
        for state in (AVAILABLE, *COURSE.lifecycle.states)
        for trigger in (*COURSE.triggers, "unknown")
        for situation in situations
    ]


def test_the_compiled_table_decides_like_the_machine_whatever_comes() -> None:
    for case in everything():
        assert COURSE.decide(*case) == explained(COURSE, *case)


@pytest.mark.long
def test_threads_share_one_machine() -> None:
    cases = everything()
    alone = [COURSE.decide(*case) for case in cases]

    def run(offset: int) -> bool:
        turned = [*range(offset, len(cases)), *range(offset)]
        return all(explained(COURSE, *cases[i]) == alone[i] for i in turned)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(run, range(0, len(cases), len(cases) // 8)))
