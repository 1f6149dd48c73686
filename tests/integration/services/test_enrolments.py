"""Enrolments through the shipped lifecycles: every transition, who may fire it, what it writes."""

from collections.abc import Mapping
from contextlib import suppress
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
    "decline": (("applied", "approved", "waitlisted", "offered", "admitted"), "declined"),
    "waitlist": (("approved",), "waitlisted"),
    "offer": (("approved", "waitlisted"), "offered"),
    "pass_over": (("applied", "approved", "waitlisted"), "unserved"),
    "carry_over": (("waitlisted",), "approved"),
    "cancel": (RUNNING[1:], "cancelled"),
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
REASONED = {"decline", "cancel", "revoke"}
MAY_FIRE = {
    "approve": {"supervisor", "hr"},
    "decline": {"supervisor", "hr", "schedule"},
    "waitlist": {"hr", "schedule"},
    "offer": {"hr", "schedule"},
    "pass_over": {"hr", "schedule"},
    "carry_over": {"hr", "schedule"},
    "cancel": {"hr", "schedule"},
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
    "pass_over": [("unserved", "employee")],
    "carry_over": [("carried_over", "employee")],
    "cancel": [("intake_cancelled", "employee"), ("intake_cancelled", "supervisor")],
    "accept": [("admitted", "employee"), ("admitted", "supervisor")],
    "lapse": [("lapsed", "employee")],
    "admit": [("admitted", "employee"), ("admitted", "supervisor")],
    "start": [],
    "complete": [("completed", "employee"), ("completed", "supervisor")],
    "fail": [("failed", "employee")],
    "no_show": [("no_show", "employee"), ("no_show", "supervisor")],
    "withdraw": [("withdrawn", "employee"), ("withdrawn", "supervisor")],
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
        needed = {"reason": "so decided"} if trigger in REASONED else {}
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


def test_who_may_fire(engine: Qualipath, database: Database) -> None:
    an_employee(engine, "1")
    for n, (trigger, (sources, target)) in enumerate(LEADS.items(), start=10):
        number = an_employee(engine, f"{n}", supervisor="1")
        enrolment = an_enrolment(engine, sources[0], number=number)
        actors = {"supervisor": "1", "employee": number, "schedule": "clock"}
        stored = everything(database)
        for role in actors.keys() - MAY_FIRE[trigger]:
            with pytest.raises(RefusedError) as refused:
                acting(engine, role, actors[role]).fire(enrolment.id, trigger, reason="why not")
            assert "role" in codes(refused.value)
        assert everything(database) == stored

        for role in sorted(actors.keys() & MAY_FIRE[trigger])[:1]:
            done = acting(engine, role, actors[role]).fire(enrolment.id, trigger, reason="so be it")
            assert done.state == target
            assert acting(engine).history(enrolment.id)[-1].actor == f"{role}:{actors[role]}"


def test_every_wrong_state_is_refused(engine: Qualipath, database: Database) -> None:
    hr = acting(engine)
    states = [
        *RUNNING,
        "completed",
        "failed",
        "declined",
        "lapsed",
        "withdrawn",
        "absent",
        "revoked",
    ]
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
        "intake": None,
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


def test_what_is_in_progress_counts_until_the_start(engine: Qualipath) -> None:
    qualify(engine, "4711", "certificate_1")
    first = an_enrolment(engine, "attending", tier="certificate_1")
    second = an_enrolment(engine, "admitted", tier="certificate_2")
    hr = acting(engine)
    with pytest.raises(RefusedError) as refused:
        hr.fire(second.id, "start")
    assert codes(refused.value) == {"prerequisites"}

    hr.fire(first.id, "complete", grade="4.0")

    assert hr.fire(second.id, "start").state == "attending"


def test_every_reason_is_given_at_once(engine: Qualipath) -> None:
    an_employee(engine, "4711")

    with pytest.raises(RefusedError) as refused:
        acting(engine).apply("4711", PATH, "masters")

    assert [reason.code for reason in refused.value.reasons] == ["prerequisites"] * 3


def test_a_grade_must_lie_on_the_scale_and_pass(engine: Qualipath) -> None:
    qualify(engine, "4711", "certificate_1")
    enrolment = an_enrolment(engine, "attending", tier="certificate_1")
    hr = acting(engine)

    for grade, message in {
        "5.1": "not on the scale",
        "0.9": "not on the scale",
        "4.1": "is a fail",
    }.items():
        with pytest.raises(RefusedError, match=message):
            hr.fire(enrolment.id, "complete", grade=grade)
    for grade in ("sehr gut", "1.755", "", "nan", "1e9"):
        with pytest.raises(InputError, match="grade"):
            hr.fire(enrolment.id, "complete", grade=grade)

    assert hr.fire(enrolment.id, "complete", grade="1,7").grade == "1.7"


def test_a_stale_version_is_a_conflict(engine: Qualipath, database: Database) -> None:
    enrolment = an_enrolment(engine, "applied")
    hr = acting(engine)
    hr.fire(enrolment.id, "approve", version=enrolment.version)
    stored = everything(database)

    with pytest.raises(ConflictError, match="is at version 2 by now, not 1"):
        hr.fire(enrolment.id, "admit", version=enrolment.version)

    assert everything(database) == stored


def test_many_are_fired_with_an_outcome_each(engine: Qualipath) -> None:
    ids = [an_enrolment(engine, "attending", number=n).id for n in ("1", "2", "3")]
    hr = acting(engine)
    hr.fire(ids[1], "withdraw")

    outcomes = hr.fire_many([ids[2], 999_999, ids[1], ids[0]], "complete")

    assert [outcome.id for outcome in outcomes] == [ids[2], 999_999, ids[1], ids[0]]
    assert [outcome.refused for outcome in outcomes] == [False, True, True, False]
    assert [[reason.code for reason in outcome.reasons] for outcome in outcomes] == [
        [],
        ["unknown"],
        ["state"],
        [],
    ]
    assert [hr.enrolment(id_).state for id_ in ids] == ["completed", "withdrawn", "completed"]
    assert outcomes[0].enrolment == hr.enrolment(ids[2])


def test_many_get_a_grade_each(engine: Qualipath) -> None:
    grades = {}
    for number, grade in (("1", "1.3"), ("2", "4.3"), ("3", "2.0")):
        qualify(engine, number, "certificate_1")
        id_ = an_enrolment(engine, "attending", tier="certificate_1", number=number).id
        grades[id_] = grade

    outcomes = acting(engine).fire_many(list(grades), "complete", grades=grades)

    assert [o.enrolment and o.enrolment.grade for o in outcomes] == ["1.3", None, "2.0"]
    assert [reason.code for reason in outcomes[1].reasons] == ["grade"]


def test_many_are_all_or_nothing_if_asked(engine: Qualipath, database: Database) -> None:
    ids = [an_enrolment(engine, "attending", number=n).id for n in ("1", "2", "3")]
    hr = acting(engine)
    hr.fire(ids[1], "withdraw")
    stored = everything(database)

    with pytest.raises(RefusedError, match="1 of 3 are refused, so none is written"):
        hr.fire_many(ids, "complete", atomic=True)
    assert everything(database) == stored

    assert len(hr.fire_many([ids[0], ids[2]], "complete", atomic=True)) == 2
    assert hr.fire_many([], "complete", atomic=True) == ()


def test_what_many_is_asked_for_must_make_sense(engine: Qualipath) -> None:
    id_ = an_enrolment(engine, "attending").id
    hr = acting(engine)

    with pytest.raises(InputError, match="named twice"):
        hr.fire_many([id_, id_], "complete")
    with pytest.raises(InputError, match="not among the ids"):
        hr.fire_many([id_], "complete", grades={id_ + 1: "1.0"})


def test_ids_that_nobody_has(engine: Qualipath) -> None:
    hr = acting(engine)

    for id_ in (0, -1, 999_999, 2**31, 2**63, 2**70):
        for ask in (hr.enrolment, hr.history, lambda n: hr.fire(n, "approve")):
            with pytest.raises(NotFoundError, match=f"there is no enrolment {id_} that"):
                ask(id_)
        with pytest.raises(NotFoundError, match=f"there is no credential {id_} that"):
            hr.revoke(id_, reason="gone")
        (outcome,) = hr.fire_many([id_], "approve")
        assert outcome.reasons[0].code == "unknown"


def test_names_that_nobody_has(engine: Qualipath) -> None:
    an_employee(engine, "4711")
    hr = acting(engine)

    for text in ("", "nobody", "a\x00b", "\ud800", "x" * 10_000, "' OR 1=1 --", "@", "4711@town"):
        with pytest.raises(NotFoundError, match="there is no employee"):
            hr.progression(text, PATH)
        with pytest.raises(NotFoundError, match="there is no employee"):
            hr.apply(text, PATH, "bootcamp")
        with pytest.raises((NotFoundError, InputError), match=r"not published|can't be kept"):
            hr.apply("4711", text, "bootcamp")
        with pytest.raises(NotFoundError, match="has no tier"):
            hr.apply("4711", PATH, text)
        with pytest.raises(RefusedError, match="no trigger"):
            hr.begin("4711", PATH, "bootcamp", text)
        for asked in ("path", "tier", "state"):
            with suppress(InputError, NotFoundError):
                assert hr.enrolments(**{asked: text}) == ()


def test_a_reason_must_be_plain_text(engine: Qualipath) -> None:
    enrolment = an_enrolment(engine)

    for reason in ("a\x00b", "bell \a", "\ud800", "a\x85b"):
        with pytest.raises(InputError, match="control character"):
            acting(engine).fire(enrolment.id, "decline", reason=reason)
    with pytest.raises(InputError, match="at most 2000"):
        acting(engine).fire(enrolment.id, "decline", reason="x" * 2001)


def test_a_reason_is_kept_as_it_is(engine: Qualipath) -> None:
    enrolment = an_enrolment(engine)
    reason = "Ää \U0001f600 „x“ <b>\nnext\tline"

    acting(engine).fire(enrolment.id, "decline", reason=f"  {reason}\r\n")

    assert acting(engine).history(enrolment.id)[-1].reason == reason


def test_only_spaces_are_no_reason(engine: Qualipath) -> None:
    enrolment = an_enrolment(engine)

    with pytest.raises(RefusedError, match="needs a reason"):
        acting(engine).fire(enrolment.id, "decline", reason=" \n ")


def test_the_same_number_in_two_organisations(engine: Qualipath) -> None:
    an_employee(engine, "4711")
    an_employee(engine, "4711", "town")
    district = acting(engine, organisation="district")

    with pytest.raises(InputError, match="write one of 4711@city, 4711@town"):
        district.apply("4711", PATH, "bootcamp")

    assert district.apply("4711@town", PATH, "bootcamp").organisation == "town"
    assert acting(engine).apply("4711", PATH, "bootcamp").organisation == "city"


def test_another_definition_in_the_same_installation(database: Database) -> None:
    sample = a_definition()
    engine = an_installation(database, the_shipped_path(), sample)

    enrolment = an_enrolment(engine, "completed", tier="only", definition=sample, grade="2.0")

    assert (enrolment.path, enrolment.state, enrolment.grade) == ("sample", "completed", "2.0")
