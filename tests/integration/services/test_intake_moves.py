"""Moves of intakes: by the scheduler at their instants, or by HR; what they do to people."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from qualipath import KeyReusedError, NotFoundError, Qualipath, RefusedError
from qualipath.services.intakes.moving import run_due
from qualipath.storage.database import Database
from qualipath.storage.tables import enrolment, history, intake, notice
from tests.builders import (
    NOW,
    acting,
    an_installation,
    an_intake,
    employees,
    offered_as,
)
from tests.integration.services.looking import everything, rows
from tests.integration.services.seating import (
    PATH,
    applied,
    approved,
    hold_seats,
    hr_of_all,
    names,
    standing,
    told,
    told_of_intake,
)

OPENS = datetime(2026, 6, 1, 22, tzinfo=UTC)
CLOSES = datetime(2026, 8, 20, 22, tzinfo=UTC)
ALLOCATES = datetime(2026, 8, 31, 22, tzinfo=UTC)
STARTS = datetime(2026, 9, 30, 22, tzinfo=UTC)
LIST_CLOSES = datetime(2026, 10, 14, 22, tzinfo=UTC)
ENDS = datetime(2027, 3, 31, 22, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)


@pytest.fixture
def engine(database: Database) -> Iterator[Qualipath]:
    made = an_installation(database, offered_as("bootcamp", minimum=2))
    employees(made, 6)
    yield made
    hold_seats(database)


def people(*numbers: int) -> list[str]:
    return [f"c{n}" for n in numbers]


def run(engine: Qualipath, intake_id: int, due_at: datetime) -> bool:
    """Do what the scheduler owes an intake at an instant."""
    acts = engine.acting_as("schedule", "qualipath", now=ENDS, as_of=due_at).acts
    with acts.writing() as act:
        return run_due(act, intake_id, due_at)


def state(engine: Qualipath, intake_id: int) -> str:
    return hr_of_all(engine).intake(intake_id).state


# --- By the scheduler, and by hand ----------------------------------------------------------------


def test_the_scheduler_moves_an_intake_at_its_own_instants(
    engine: Qualipath, database: Database
) -> None:
    here = an_intake(engine, state="planned")
    seen = []
    for at in (OPENS, CLOSES, ALLOCATES, STARTS, LIST_CLOSES, ENDS):
        engine.tick(at - MOMENT)
        before = state(engine, here)
        engine.tick(at)
        seen.append((before, state(engine, here)))

    assert seen == [
        ("planned", "open"),
        ("open", "closed"),
        ("closed", "allocated"),
        ("allocated", "running"),
        ("running", "running"),
        ("running", "finished"),
    ]
    entries = told_of_intake(database, here)
    assert [(e.trigger, e.effective_at, e.actor_role) for e in entries] == [
        (trigger, at, "schedule")
        for trigger, at in zip(
            ("open", "close", "allocate", "start", "close_list", "finish"),
            (OPENS, CLOSES, ALLOCATES, STARTS, LIST_CLOSES, ENDS),
            strict=True,
        )
    ]
    (row,) = rows(database, intake)
    assert (row.due_at, row.list_closed, row.version) == (None, True, 7)


def test_what_is_due_is_done_once_and_at_its_instant_alone(
    engine: Qualipath, database: Database
) -> None:
    here = an_intake(engine)
    assert not run(engine, here, CLOSES - MOMENT)
    assert not run(engine, here, ALLOCATES)
    assert run(engine, here, CLOSES)
    stored = everything(database)
    assert not run(engine, here, CLOSES)
    assert not run(engine, 99, CLOSES)
    assert everything(database) == stored


def test_hr_moves_an_intake_whenever_it_likes(engine: Qualipath, database: Database) -> None:
    here = an_intake(engine, state="planned")
    hr = hr_of_all(engine)

    assert hr.open_intake(here).state == "open"
    ids = approved(engine, here, people(1, 2))
    assert hr.close_intake(here).state == "closed"
    assert hr.allocate(here).state == "allocated"
    assert hr.start_intake(here).state == "running"
    assert standing(engine, here) == {"c1": "attending", "c2": "attending"}
    assert hr.finish_intake(here).state == "finished"

    # Whose result is outstanding stays attending.
    assert standing(engine, here) == {"c1": "attending", "c2": "attending"}
    assert acting(engine).fire(ids["c1"], "complete").state == "completed"
    by = {e.trigger: e.actor_role for e in told_of_intake(database, here)}
    assert by.pop("close_list") == "schedule"
    assert set(by.values()) == {"hr"}


@pytest.mark.parametrize("at", ["planned", "finished", "cancelled"])
def test_a_move_out_of_turn_is_refused(engine: Qualipath, database: Database, at: str) -> None:
    here = an_intake(engine, state=at)
    hr = hr_of_all(engine)
    stored = everything(database)
    for move in (hr.close_intake, hr.allocate, hr.start_intake, hr.finish_intake):
        with pytest.raises(RefusedError) as refused:
            move(here)
        assert names(refused.value.reasons) == ["state"]
        assert f"intake {here} (bootcamp 2026-10-01)" in str(refused.value)
    assert everything(database) == stored


def test_there_is_no_such_intake(engine: Qualipath) -> None:
    for wanted in (99, -1, 2**40):
        with pytest.raises(NotFoundError, match=f"no intake {wanted} "):
            hr_of_all(engine).open_intake(wanted)


def test_finishing_closes_the_waiting_list(engine: Qualipath, database: Database) -> None:
    here = an_intake(engine, seats=1)
    approved(engine, here, people(1, 2))
    applied(engine, here, people(3))
    engine.tick(STARTS)

    hr_of_all(engine, STARTS).finish_intake(here)

    assert standing(engine, here) == {"c1": "attending", "c2": "unserved", "c3": "unserved"}
    assert [e.trigger for e in told_of_intake(database, here)][-2:] == ["close_list", "finish"]


def test_an_intake_goes_forward_though_the_scheduler_comes_late(
    engine: Qualipath, database: Database
) -> None:
    here = an_intake(engine, minimum=2)
    approved(engine, here, people(1))
    engine.tick(STARTS + timedelta(days=1))
    hr_of_all(engine, STARTS + timedelta(days=2)).allocate(here)

    engine.tick(STARTS + timedelta(days=3))

    assert state(engine, here) == "running"
    instants = [e.effective_at for e in told_of_intake(database, here)]
    assert instants == sorted(instants)
    of_person = [e.effective_at for e in rows(database, history) if e.enrolment_id]
    assert of_person == sorted(of_person)


# --- The minimum ----------------------------------------------------------------------------------


@pytest.fixture
def flagged(engine: Qualipath) -> int:
    """Make an intake that closed with one application where two are needed."""
    here = an_intake(engine, minimum=2, seats=4)
    approved(engine, here, people(1))
    engine.tick(CLOSES)
    return here


def test_too_few_are_flagged_and_left_to_hr(
    engine: Qualipath, database: Database, flagged: int
) -> None:
    found = hr_of_all(engine).intake(flagged)
    assert (found.state, found.undersized, found.due_at) == ("closed", True, None)
    assert [(n.notice, n.recipient) for n in rows(database, notice, intake_id=flagged)] == [
        ("intake_undersized", "hr")
    ]
    assert [e.trigger for e in told_of_intake(database, flagged)] == ["close", "flag"]

    engine.tick(ENDS)

    assert state(engine, flagged) == "closed"
    assert not run(engine, flagged, ALLOCATES)


def test_the_schedule_may_not_decide_for_hr(engine: Qualipath, flagged: int) -> None:
    with pytest.raises(RefusedError) as refused:
        acting(engine, "schedule", "qualipath", None, now=ALLOCATES).allocate(flagged)
    assert names(refused.value.reasons) == ["minimum"]


def test_hr_lets_a_small_intake_take_place(engine: Qualipath, flagged: int) -> None:
    allocated = hr_of_all(engine, ALLOCATES).allocate(flagged)
    assert (allocated.state, allocated.due_at) == ("allocated", STARTS)
    engine.tick(STARTS)
    assert standing(engine, flagged) == {"c1": "attending"}


def test_hr_cancels_a_small_intake(engine: Qualipath, flagged: int) -> None:
    cancelled = hr_of_all(engine, ALLOCATES).cancel_intake(flagged, reason="too few")
    assert (cancelled.state, cancelled.due_at) == ("cancelled", None)
    assert standing(engine, flagged) == {"c1": "cancelled"}


def test_enough_are_not_flagged(engine: Qualipath) -> None:
    here = an_intake(engine, minimum=2)
    applied(engine, here, people(1, 2))
    engine.tick(CLOSES)
    assert not hr_of_all(engine).intake(here).undersized


# --- Cancelling -----------------------------------------------------------------------------------


def test_cancelling_gives_everybody_back(engine: Qualipath, database: Database) -> None:
    here = an_intake(engine, seats=2)
    ids = approved(engine, here, people(1, 2, 3, 4))
    ids |= applied(engine, here, people(5, 6))
    acting(engine).fire(ids["c1"], "withdraw")
    for number in people(2, 4):
        acting(engine).fire(ids[number], "pause", reason="ill")
    before = len(rows(database, notice))

    hr_of_all(engine).cancel_intake(here, reason="the teacher is ill")

    assert standing(engine, here) == {"c1": "withdrawn"} | dict.fromkeys(
        people(2, 3, 4, 5, 6), "cancelled"
    )
    for number in people(2, 3, 4, 5, 6):
        assert hr_of_all(engine).progression(number, PATH).standing("bootcamp").state == "available"
        entry = rows(database, history, enrolment_id=ids[number])[-1]
        assert (entry.trigger, entry.reason) == ("cancel", "the teacher is ill")
    raised = [(n.enrolment_id, n.recipient) for n in rows(database, notice)[before:]]
    expected = [(ids[n], to) for n in people(2, 3, 4, 5, 6) for to in ("employee", "supervisor")]
    assert sorted(r for r in raised if r[0]) == sorted(expected)
    assert [n.recipient for n in rows(database, notice, intake_id=here)] == ["provider"]
    assert {row.paused_at for row in rows(database, enrolment, intake_id=here)} == {None}


def test_cancelling_a_running_intake_takes_back_what_was_in_progress(engine: Qualipath) -> None:
    here = an_intake(engine)
    approved(engine, here, people(1, 2))
    engine.tick(STARTS)
    assert len(hr_of_all(engine).credentials("c1")) == 1

    hr_of_all(engine, STARTS).cancel_intake(here, reason="the teacher is ill")

    assert [c.revoked for c in hr_of_all(engine).credentials("c1")] == [True]


def test_cancelling_needs_a_reason_and_hr(engine: Qualipath, database: Database) -> None:
    here = an_intake(engine)
    stored = everything(database)
    for reason in ("", "  "):
        with pytest.raises(RefusedError) as refused:
            hr_of_all(engine).cancel_intake(here, reason=reason)
        assert names(refused.value.reasons) == ["reason"]
    for role in ("schedule", "supervisor", "employee"):
        with pytest.raises(RefusedError) as refused:
            acting(engine, role, "c1", None).cancel_intake(here, reason="no")
        assert "role" in names(refused.value.reasons)
    assert everything(database) == stored


# --- The end of the waiting list ------------------------------------------------------------------


def test_the_paused_do_not_wait_for_ever(engine: Qualipath, database: Database) -> None:
    here = an_intake(engine, seats=1)
    ids = approved(engine, here, people(1, 2, 3))
    ids |= applied(engine, here, people(4))
    for number in people(2, 4):
        acting(engine).fire(ids[number], "pause", reason="ill")

    engine.tick(LIST_CLOSES)

    assert standing(engine, here) == {"c1": "attending"} | dict.fromkeys(
        people(2, 3, 4), "unserved"
    )
    assert told(database, ids["c2"])[-2:] == ["pause", "pass_over"]


def test_who_was_paused_at_the_start_attends_on_coming_back(engine: Qualipath) -> None:
    here = an_intake(engine, seats=2)
    ids = approved(engine, here, people(1, 2))
    acting(engine).fire(ids["c1"], "pause", reason="ill")
    engine.tick(LIST_CLOSES + timedelta(days=1))
    assert standing(engine, here) == {"c1": "admitted", "c2": "attending"}

    now = LIST_CLOSES + timedelta(days=2)
    assert acting(engine, now=now).fire(ids["c1"], "resume").state == "attending"


# --- Who may --------------------------------------------------------------------------------------


def test_intakes_are_moved_by_the_hr_of_the_path_alone(database: Database) -> None:
    offered = offered_as("bootcamp")
    path = offered.path.model_copy(update={"organisation": "city"})
    engine = an_installation(database, offered.model_copy(update={"path": path}))
    here = an_intake(engine, state="planned")
    stored = everything(database)

    with pytest.raises(RefusedError) as refused:
        acting(engine, organisation="town").open_intake(here)
    (reason,) = refused.value.reasons
    assert reason.code == "organisation"
    assert reason.text("de") == "die Durchgänge dieses Pfades verwaltet city, nicht town"
    for verb in ("resize_intake", "cancel_intake"):
        call = getattr(acting(engine, organisation="town"), verb)
        with pytest.raises(RefusedError, match="are kept by city"):
            call(here, *([3] if verb == "resize_intake" else []), reason="so be it")
    for role in ("supervisor", "employee"):
        with pytest.raises(RefusedError, match="may not be fired by"):
            acting(engine, role, "c1").open_intake(here)
    assert everything(database) == stored

    assert acting(engine, organisation="city").open_intake(here).state == "open"
    assert acting(engine, organisation="district").close_intake(here).state == "closed"


def test_a_provider_starts_and_finishes_its_own(engine: Qualipath) -> None:
    here = an_intake(engine, provider="academy", state="allocated")
    academy = acting(engine, "provider", "academy", None)
    with pytest.raises(NotFoundError):
        acting(engine, "provider", "other", None).start_intake(here)
    with pytest.raises(RefusedError, match="may not be fired by"):
        academy.resize_intake(here, 40, reason="more")

    assert academy.start_intake(here).state == "running"
    assert academy.finish_intake(here).state == "finished"


# --- Keys and rehearsals --------------------------------------------------------------------------


def test_a_repeated_command_is_done_once(engine: Qualipath, database: Database) -> None:
    here = an_intake(engine, state="planned")
    hr = hr_of_all(engine)
    first = hr.open_intake(here, key="open-1")
    resized = hr.resize_intake(here, 5, reason="fewer", key="resize-1")
    stored = everything(database)

    assert hr.open_intake(here, key="open-1") == first
    assert hr.resize_intake(here, 5, reason="fewer", key="resize-1") == resized
    with pytest.raises(KeyReusedError):
        hr.resize_intake(here, 6, reason="fewer", key="resize-1")
    with pytest.raises(KeyReusedError):
        hr.close_intake(here, key="open-1")
    with pytest.raises(KeyReusedError):
        hr.cancel_intake(here, reason="no", key="open-1")
    assert everything(database) == stored


def test_a_rehearsal_writes_nothing(engine: Qualipath, database: Database) -> None:
    here = an_intake(engine, state="planned")
    stored = everything(database)
    rehearsing = engine.acting_as("hr", "k", now=NOW, dry_run=True)

    assert rehearsing.open_intake(here).state == "open"
    assert rehearsing.cancel_intake(here, reason="what if", key="k").state == "cancelled"

    assert everything(database) == stored
