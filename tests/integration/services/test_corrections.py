"""Results and what they earn: awarded, in progress, corrected, revoked, recognised."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from qualipath import ConflictError, InputError, NotFoundError, Qualipath, RefusedError
from qualipath.services.models import Credential
from qualipath.storage.database import Database
from qualipath.storage.tables import credential, deadline
from tests.builders import (
    COURSE,
    NOW,
    TODAY,
    a_definition,
    a_lifecycle,
    acting,
    an_employee,
    an_enrolment,
    an_installation,
)
from tests.integration.services.looking import everything, rows

DEFINITION = a_definition(
    {"only": {"credits": 5, "duration": "6 months", "valid_for": "2 years", "max_attempts": 2}}
)
LATER = NOW + timedelta(days=40)


@pytest.fixture
def engine(database: Database) -> Qualipath:
    return an_installation(database, DEFINITION)


def an_attempt_at(engine: Qualipath, state: str, grade: str = "1.7") -> int:
    return an_enrolment(engine, state, tier="only", definition=DEFINITION, grade=grade).id


def holding(engine: Qualipath) -> list[Credential]:
    return [held for held in acting(engine).credentials("4711") if not held.revoked]


def test_nothing_is_held_before_it_starts(engine: Qualipath) -> None:
    an_attempt_at(engine, "applied")

    assert acting(engine).credentials("4711") == ()


def test_what_is_in_progress_becomes_what_is_held(engine: Qualipath, database: Database) -> None:
    id_ = an_attempt_at(engine, "attending")
    (running,) = acting(engine).credentials("4711")
    assert running.running_until == date(2027, 1, 1)
    assert (running.awarded_on, running.grade, running.credits) == (None, None, "5.0")

    acting(engine, now=LATER).fire(id_, "complete", grade="2.3")

    (held,) = acting(engine).credentials("4711")
    assert held == running.model_copy(
        update={
            "grade": "2.3",
            "scale": "german",
            "awarded_on": LATER.date(),
            "running_until": None,
            "valid_until": date(2028, 8, 10),
        }
    )
    assert [row.enrolment_id for row in rows(database, credential)] == [id_]


@pytest.mark.parametrize("trigger", ["fail", "withdraw"])
def test_an_attempt_that_ends_otherwise_holds_nothing(engine: Qualipath, trigger: str) -> None:
    id_ = an_attempt_at(engine, "attending")

    acting(engine).fire(id_, trigger)

    assert holding(engine) == []
    assert len(acting(engine).credentials("4711")) == 1


def test_a_grade_is_corrected(engine: Qualipath) -> None:
    id_ = an_attempt_at(engine, "completed", "2.3")
    (before,) = holding(engine)

    after = acting(engine, now=LATER).correct(id_, grade="1.7", reason="misread")

    assert (after.state, after.grade) == ("completed", "1.7")
    assert holding(engine) == [before.model_copy(update={"grade": "1.7"})]
    entry = acting(engine).history(id_)[-1]
    assert entry.details == {"grade": "1.7", "grade_before": "2.3"}
    assert (entry.trigger, entry.reason, entry.effective_at) == ("correct", "misread", LATER)


def test_failed_was_passed(engine: Qualipath) -> None:
    id_ = an_attempt_at(engine, "failed")

    after = acting(engine, now=LATER).correct(
        id_, state="completed", grade="2.0", reason="mixed up"
    )

    assert (after.state, after.grade) == ("completed", "2.0")
    (held,) = holding(engine)
    # What was earned was earned on the day of the result, not of its correction.
    assert (held.awarded_on, held.valid_until) == (TODAY, date(2028, 7, 1))
    assert (held.grade, held.credits) == ("2.0", "5.0")
    entry = acting(engine).history(id_)[-1]
    assert (entry.source, entry.target) == ("failed", "completed")


def test_passed_was_failed(engine: Qualipath) -> None:
    id_ = an_attempt_at(engine, "completed", "2.3")

    after = acting(engine, now=LATER).correct(id_, state="failed", reason="cheated")

    assert (after.state, after.grade) == ("failed", None)
    assert holding(engine) == []
    entry = acting(engine).history(id_)[-1]
    assert entry.details == {"grade": None, "grade_before": "2.3"}
    assert acting(engine).apply("4711", "sample", "only").attempt == 2


def test_to_and_fro(engine: Qualipath) -> None:
    id_ = an_attempt_at(engine, "completed", "2.3")
    hr = acting(engine, now=LATER)

    hr.correct(id_, state="failed", grade="5.0", reason="cheated")
    hr.correct(id_, state="completed", grade="2.3", reason="had not cheated")

    assert [held.revoked for held in hr.credentials("4711")] == [True, False]
    assert [held.awarded_on for held in holding(engine)] == [TODAY]


def test_a_pass_needs_the_grade_that_a_pass_needs(engine: Qualipath, database: Database) -> None:
    id_ = an_attempt_at(engine, "failed")
    hr = acting(engine)
    stored = everything(database)

    with pytest.raises(RefusedError, match="needs a grade"):
        hr.correct(id_, state="completed", reason="mixed up")
    with pytest.raises(RefusedError, match="is a fail"):
        hr.correct(id_, state="completed", grade="5.0", reason="mixed up")

    assert everything(database) == stored


def test_what_a_correction_needs(engine: Qualipath) -> None:
    id_ = an_attempt_at(engine, "completed")
    hr = acting(engine)

    with pytest.raises(InputError, match="needs the right grade, the right state, or both"):
        hr.correct(id_, reason="because")
    with pytest.raises(RefusedError, match="needs a reason"):
        hr.correct(id_, grade="1.0", reason=" ")
    with pytest.raises(RefusedError, match="can't be corrected to 'withdrawn'"):
        hr.correct(id_, state="withdrawn", reason="because")
    with pytest.raises(RefusedError, match="may not be fired by"):
        acting(engine, "employee", "4711").correct(id_, grade="1.0", reason="I was better")
    with pytest.raises(NotFoundError):
        hr.correct(id_ + 1, grade="1.0", reason="because")


def test_nothing_is_corrected_before_there_is_a_result(engine: Qualipath) -> None:
    id_ = an_attempt_at(engine, "attending")

    with pytest.raises(RefusedError) as refused:
        acting(engine).correct(id_, grade="1.0", reason="because")

    assert "state" in {reason.code for reason in refused.value.reasons}


def test_a_lifecycle_without_corrections(database: Database) -> None:
    transitions = [t for t in COURSE["transitions"] if t["trigger"] != "correct"]
    definition = a_definition(lifecycle=a_lifecycle(transitions=transitions))
    engine = an_installation(database, definition)
    id_ = an_enrolment(engine, "completed", tier="only", definition=definition).id

    with pytest.raises(RefusedError, match="no trigger 'correct'"):
        acting(engine).correct(id_, grade="1.0", reason="because")


def test_a_nomination_ends_with_its_enrolment(database: Database) -> None:
    engine = an_installation(database)
    an_employee(engine, "4711", hired_on="2010-01-01")
    hr = acting(engine)
    hr.recognise("4711", "bachelor/informatics", kind="degree", evidence="seen")
    nominated = hr.nominate("4711", "duisburg_digital", "masters")
    assert [(held.kind, held.key) for held in holding(engine)][1:] == [("nomination", "masters")]

    hr.fire(nominated.id, "apply")
    assert len(holding(engine)) == 2
    hr.fire(nominated.id, "decline", reason="no budget")

    assert [held.kind for held in holding(engine)] == ["degree"]


def test_what_an_enrolment_gave_ends_with_it_alone(engine: Qualipath, database: Database) -> None:
    id_ = an_attempt_at(engine, "attending")
    hr = acting(engine)
    (given,) = holding(engine)
    for triggers in ("fail, withdraw", "correct"):
        stored = everything(database)
        with pytest.raises(RefusedError) as refused:
            hr.revoke(given.id, reason="cheated")
        assert f"belongs to enrolment {id_} (tier 'only')" in str(refused.value)
        assert f"fire there: {triggers}" in str(refused.value)
        assert f"gehört zu Eintrag {id_}" in refused.value.text("de")
        assert everything(database) == stored
        if triggers != "correct":
            hr.fire(id_, "complete", grade="1.0")

    hr.correct(id_, state="failed", reason="cheated")
    with pytest.raises(ConflictError, match="was revoked before"):
        hr.revoke(given.id, reason="cheated")


def test_the_shipped_lifecycles_name_revoke(database: Database) -> None:
    engine = an_installation(database)
    an_enrolment(engine, "completed")
    (given,) = holding(engine)

    with pytest.raises(RefusedError, match="fire there: revoke"):
        acting(engine).revoke(given.id, reason="cheated")


def test_a_recognition_is_recorded_and_ended(engine: Qualipath) -> None:
    an_employee(engine, "4711")
    hr = acting(engine)

    recorded = hr.recognise(
        "4711",
        "only",
        evidence="certificate of 2019",
        basis="§ 63a HG NRW",
        grade="1,3",
        scale="german",
        credits="5",
        awarded_on=date(2019, 5, 1),
        valid_until=date(2030, 1, 1),
    )

    assert hr.credentials("4711") == (recorded,)
    assert (recorded.kind, recorded.grade, recorded.credits) == ("recognition", "1.3", "5.0")
    with pytest.raises(RefusedError, match="completed or recognised already"):
        hr.apply("4711", "sample", "only")
    ended = hr.revoke(recorded.id, reason="forged")
    assert ended == recorded.model_copy(update={"revoked": True})
    assert hr.apply("4711", "sample", "only").state == "applied"
    told = [entry for entry in hr.history_of("4711") if entry.enrolment is None][-2:]
    assert [(entry.trigger, entry.reason) for entry in told] == [
        ("recognise", None),
        ("revoke", "forged"),
    ]
    assert told[0].details == {"credential": recorded.id, "kind": "recognition", "key": "only"}


WRONG: Sequence[tuple[dict[str, object], str]] = [
    ({"kind": "completion"}, "can't be recorded"),
    ({"kind": "nonsense"}, "can't be recorded"),
    ({"evidence": " "}, "the evidence is missing"),
    ({"evidence": "x" * 2001}, "at most 2000"),
    ({"what": ""}, "the key is missing"),
    ({"what": "x" * 201}, "at most 200"),
    ({"basis": "x" * 501}, "at most 500"),
    ({"basis": "a\x00b"}, "control character"),
    ({"grade": "1.0"}, "a grade comes with its scale"),
    ({"scale": "german"}, "a grade comes with its scale"),
    ({"grade": "good", "scale": "german"}, "the grade 'good'"),
    ({"grade": "1.0", "scale": "x" * 65}, "at most 64"),
    ({"credits": "-1"}, "can't be negative"),
    ({"credits": "many"}, "the credits 'many'"),
    ({"credits": "1e8"}, "the credits '1e8'"),
    ({"awarded_on": TODAY, "running_until": TODAY}, "either awarded or in progress"),
    ({"valid_until": date(2020, 1, 1)}, "before it is awarded"),
]


def test_what_a_recognition_must_be(engine: Qualipath, database: Database) -> None:
    an_employee(engine, "4711")
    stored = everything(database)
    usual: dict[str, object] = {"what": "only", "evidence": "seen"}

    for fields, message in WRONG:
        with pytest.raises(InputError, match=message):
            acting(engine).recognise("4711", **(usual | fields))  # type: ignore[arg-type]

    assert everything(database) == stored


def test_only_hr_keeps_credentials(engine: Qualipath) -> None:
    an_employee(engine, "4711")
    recorded = acting(engine).recognise("4711", "only", evidence="seen")

    for role in ("supervisor", "employee", "provider", "schedule"):
        somebody = acting(engine, role, "4711")
        with pytest.raises(RefusedError, match="only HR"):
            somebody.recognise("4711", "only", evidence="seen")
        with pytest.raises(RefusedError, match="only HR"):
            somebody.revoke(recorded.id, reason="no")


def test_no_deadline_is_left_behind(engine: Qualipath, database: Database) -> None:
    id_ = an_attempt_at(engine, "completed")

    acting(engine).correct(id_, grade="1.0", reason="misread")

    assert rows(database, deadline, enrolment_id=id_, ended_at=None) == []
