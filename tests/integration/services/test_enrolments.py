"""Enrolments through the shipped lifecycles: every transition, who may fire it, what it writes."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from qualipath import ConflictError, InputError, NotFoundError, Qualipath, RefusedError
from qualipath.storage.database import Database
from qualipath.storage.tables import history, notice
from tests.builders import (
    NOW,
    a_definition,
    acting,
    an_employee,
    an_enrolment,
    an_installation,
    the_shipped_path,
)
from tests.integration.services.looking import everything, rows

PATH = "duisburg_digital"
TIERS = ("bootcamp", "certificate_1", "masters")
RUNNING = ("nominated", "applied", "approved", "waitlisted", "offered", "admitted", "attending")
LEADS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "approve": (("applied",), "approved"),
    "decline": (("applied", "approved", "waitlisted", "admitted"), "declined"),
    "waitlist": (("approved",), "waitlisted"),
    "offer": (("approved", "waitlisted"), "offered"),
    "accept": (("offered",), "admitted"),
    "lapse": (("nominated", "offered"), "lapsed"),
    "admit": (("approved", "waitlisted"), "admitted"),
    "start": (("admitted",), "attending"),
    "complete": (("attending",), "completed"),
    "fail": (("attending",), "failed"),
    "no_show": (("admitted", "attending"), "absent"),
    "withdraw": (RUNNING, "withdrawn"),
    "revoke": (("completed",), "revoked"),
}
WAYS = [(source, trigger) for trigger, (sources, _) in LEADS.items() for source in sources]
MAY_FIRE = {
    "approve": {"supervisor", "hr"},
    "decline": {"supervisor", "hr"},
    "waitlist": {"hr", "schedule"},
    "offer": {"hr", "schedule"},
    "accept": {"employee", "hr"},
    "lapse": {"schedule", "hr"},
    "admit": {"hr", "schedule"},
    "start": {"hr", "schedule", "provider"},
    "complete": {"hr", "provider"},
    "fail": {"hr", "provider"},
    "no_show": {"hr", "provider"},
    "withdraw": {"employee", "hr"},
    "revoke": {"hr"},
}
TOLD = {
    "approve": [("approved", "employee")],
    "decline": [("declined", "employee")],
    "waitlist": [("waitlisted", "employee")],
    "offer": [("seat_offered", "employee")],
    "accept": [("admitted", "employee"), ("admitted", "supervisor")],
    "lapse": [("lapsed", "employee")],
    "admit": [("admitted", "employee"), ("admitted", "supervisor")],
    "start": [],
    "complete": [("completed", "employee"), ("completed", "supervisor")],
    "fail": [("failed", "employee")],
    "no_show": [("no_show", "employee"), ("no_show", "supervisor")],
    "withdraw": [("withdrawn", "supervisor")],
    "revoke": [("revoked", "employee")],
}


@pytest.fixture
def engine(database: Database) -> Qualipath:
    return an_installation(database)


def qualify(engine: Qualipath, number: str, tier: str) -> None:
    """Record all that a tier's prerequisites ask for."""
    an_employee(engine, number, hired_on="2010-01-01")
    asked = {
        "bootcamp": (),
        "certificate_1": (("digital/basics", "certificate"),),
        "masters": (("bachelor/informatics", "degree"), ("masters", "nomination")),
    }
    for key, kind in asked[tier]:
        acting(engine).recognise(number, key, kind=kind, evidence="seen")


def codes(error: RefusedError) -> set[str]:
    return {reason.code for reason in error.reasons}


@pytest.mark.parametrize("tier", TIERS)
def test_every_transition(engine: Qualipath, database: Database, tier: str) -> None:
    hr = acting(engine)
    graded = tier != "bootcamp"
    for number, (source, trigger) in enumerate(WAYS):
        qualify(engine, f"{number}", tier)
        before = an_enrolment(engine, source, tier=tier, number=f"{number}")
        needed = {"reason": "so decided"} if trigger in {"decline", "revoke"} else {}
        needed |= {"grade": "2.3"} if trigger == "complete" and graded else {}
        for left_out in needed:
            given = {name: value for name, value in needed.items() if name != left_out}
            with pytest.raises(RefusedError) as refused:
                hr.fire(before.id, trigger, **given)  # type: ignore[arg-type]
            assert codes(refused.value) == {left_out}

        after = hr.fire(before.id, trigger, **needed)  # type: ignore[arg-type]

        assert (after.state, after.version) == (LEADS[trigger][1], before.version + 1)
        assert after.grade == needed.get("grade", before.grade)
        assert after == hr.enrolment(before.id)
        told = rows(database, notice, enrolment_id=before.id, version=after.version)
        assert [(row.notice, row.recipient) for row in told] == TOLD[trigger]
        assert {row.raised_at for row in told} <= {NOW}
        entry = hr.history(before.id)[-1]
        assert (entry.trigger, entry.source, entry.target) == (trigger, source, after.state)
        assert entry.reason == needed.get("reason")


def test_a_grade_is_refused_where_none_is_given(engine: Qualipath) -> None:
    enrolment = an_enrolment(engine, "attending")

    with pytest.raises(RefusedError, match="takes no grade"):
        acting(engine).fire(enrolment.id, "complete", grade="1.0")


@pytest.mark.parametrize("trigger", LEADS)
def test_who_may_fire(engine: Qualipath, database: Database, trigger: str) -> None:
    an_employee(engine, "1")
    an_employee(engine, "4711", supervisor="1")
    source = LEADS[trigger][0][0]
    enrolment = an_enrolment(engine, source)
    actors = {"supervisor": "1", "employee": "4711", "schedule": "clock"}
    stored = everything(database)
    for role in actors.keys() - MAY_FIRE[trigger]:
        with pytest.raises(RefusedError) as refused:
            acting(engine, role, actors[role]).fire(enrolment.id, trigger, reason="why not")
        assert "role" in codes(refused.value)
    assert everything(database) == stored

    for role in sorted(actors.keys() & MAY_FIRE[trigger])[:1]:
        done = acting(engine, role, actors[role]).fire(enrolment.id, trigger, reason="decided")
        assert done.state == LEADS[trigger][1]
        assert acting(engine).history(enrolment.id)[-1].actor == f"{role}:{actors[role]}"


def test_every_wrong_state_is_refused(engine: Qualipath, database: Database) -> None:
    hr = acting(engine)
    states = [*RUNNING, "completed", "failed", "declined", "lapsed", "withdrawn", "absent", "revoked"]
    ids = {
        state: an_enrolment(engine, state, number=f"{number}").id
        for number, state in enumerate(states)
    }
    stored = everything(database)
    for state, id_ in ids.items():
        for trigger, (sources, _) in LEADS.items():
            if state in sources:
                continue
            with pytest.raises(RefusedError) as refused:
                hr.fire(id_, trigger, reason="anyhow")
            assert "state" in codes(refused.value)
    assert everything(database) == stored


def test_an_unknown_trigger_names_the_nearest(engine: Qualipath) -> None:
    enrolment = an_enrolment(engine)

    with pytest.raises(RefusedError, match="no trigger 'aprove'; possible: approve"):
        acting(engine).fire(enrolment.id, "aprove")


def test_history_tells_who_did_what_when(engine: Qualipath) -> None:
    an_employee(engine, "4711", supervisor="", hired_on="2020-01-01")
    later = NOW + timedelta(days=3)
    applied = acting(engine, "employee", "4711").apply("4711", PATH, "bootcamp", reason="I like it")
    acting(engine, now=later).fire(applied.id, "approve")

    first, second = acting(engine).history(applied.id)

    assert first.model_dump() == {
        "enrolment": applied.id,
        "employee": "4711",
        "trigger": "apply",
        "source": "available",
        "target": "applied",
        "actor": "employee:4711",
        "reason": "I like it",
        "details": {},
        "effective_at": NOW,
        "recorded_at": NOW,
        "path_version": 1,
        "digest": the_shipped_path().digest(),
    }
    assert (second.effective_at, second.recorded_at) == (later, later)
    assert second.effective_at.utcoffset() == timedelta()
    assert acting(engine).history_of("4711")[-2:] == (first, second)


def test_versions_are_gapless(engine: Qualipath, database: Database) -> None:
    enrolment = an_enrolment(engine, "completed")

    versions = [row.version for row in rows(database, history, enrolment_id=enrolment.id)]

    assert versions == list(range(1, enrolment.version + 1))


def test_a_new_attempt_after_failing_up_to_the_last(engine: Qualipath) -> None:
    qualify(engine, "4711", "certificate_1")
    for attempt in (1, 2, 3):
        assert an_enrolment(engine, "failed", tier="certificate_1").attempt == attempt

    with pytest.raises(RefusedError) as refused:
        acting(engine).apply("4711", PATH, "certificate_1")

    assert codes(refused.value) == {"attempts"}
    assert "3 of 3 used" in str(refused.value)
    assert "3 von 3 verbraucht" in refused.value.text("de")


def test_not_to_show_up_counts_where_the_lifecycle_says_so(engine: Qualipath) -> None:
    qualify(engine, "4711", "masters")
    an_enrolment(engine, "absent", tier="masters")
    an_enrolment(engine, "withdrawn", tier="masters")
    assert acting(engine).progression("4711", PATH).standing("masters").attempts_used == 1
    an_enrolment(engine, "absent", tier="masters")

    with pytest.raises(RefusedError, match="2 of 2 used"):
        acting(engine).apply("4711", PATH, "masters")


def test_what_is_completed_is_not_repeated_until_it_is_revoked(engine: Qualipath) -> None:
    done = an_enrolment(engine, "completed")
    hr = acting(engine)
    with pytest.raises(RefusedError) as refused:
        hr.apply("4711", PATH, "bootcamp")
    assert codes(refused.value) == {"completed"}

    hr.fire(done.id, "revoke", reason="plagiarism")

    assert hr.apply("4711", PATH, "bootcamp").attempt == 2


def test_a_second_application_is_refused_while_one_is_open(engine: Qualipath) -> None:
    an_enrolment(engine, "approved")

    with pytest.raises(RefusedError) as refused:
        acting(engine).apply("4711", PATH, "bootcamp")

    assert "state" in codes(refused.value)


def test_a_nominated_employee_applies_with_the_same_attempt(engine: Qualipath) -> None:
    nominated = an_enrolment(engine, "nominated")

    applied = acting(engine, "employee", "4711").apply("4711", PATH, "bootcamp")

    assert (applied.id, applied.attempt, applied.state) == (nominated.id, 1, "applied")


def test_locked_and_available(engine: Qualipath) -> None:
    an_employee(engine, "4711")
    hr = acting(engine)

    def states() -> list[str]:
        return [standing.state for standing in hr.progression("4711", PATH).tiers]

    assert states() == ["available", "locked", "locked", "locked"]
    an_enrolment(engine, "attending")
    assert states() == ["attending", "available", "locked", "locked"]
    hr.fire(hr.enrolments(PATH)[0].id, "complete")
    assert states() == ["completed", "available", "locked", "locked"]


def test_prerequisites_are_asked_for_strictly_at_the_start(engine: Qualipath) -> None:
    bootcamp = an_enrolment(engine, "attending")
    hr = acting(engine)
    course = hr.apply("4711", PATH, "certificate_1")
    follow_up = an_enrolment(engine, "admitted", tier="certificate_1")
    assert follow_up.id == course.id if False else True
    hr.fire(bootcamp.id, "fail")
    with pytest.raises(RefusedError) as refused:
        hr.fire(course.id, "start")
    assert codes(refused.value) == {"prerequisites"}
