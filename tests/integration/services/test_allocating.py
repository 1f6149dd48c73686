"""Allocating by rank: who is admitted, who waits, who lacks what is asked for, and the protocol."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from qualipath import Qualipath
from qualipath.definition.spec import Definition
from qualipath.services.intakes.asking import protocol
from qualipath.services.intakes.moving import allocate
from qualipath.storage.database import Database
from qualipath.storage.tables import enrolment, history, ranking
from tests.builders import (
    NOW,
    acting,
    an_employee,
    an_installation,
    an_intake,
    employees,
    offered_as,
)
from tests.integration.services.looking import everything, rows
from tests.integration.services.seating import (
    PATH,
    applied,
    hold_seats,
    hr_of_all,
    in_state,
    in_turn,
    queue,
    standing,
    told,
)
from tests.integration.services.test_windows import NEXT

TIER = "certificate_1"
ALLOCATES = datetime(2026, 8, 31, 22, tzinfo=UTC)
STARTS = datetime(2026, 9, 30, 22, tzinfo=UTC)
LIST_CLOSES = datetime(2026, 10, 14, 22, tzinfo=UTC)
QUOTA = {"quota": {"seats": {"town": 2}, "lapses": "2 weeks"}}


def people(*numbers: int) -> list[str]:
    return [f"c{n}" for n in numbers]


def ranked_by(
    database: Database, *criteria: Any, definition: Definition | None = None, **intakes: Any
) -> Qualipath:
    """Make an installation whose first certificate course gives its seats by rank."""
    offered = offered_as(TIER, allocation=[*criteria], carry_over=True, **intakes)
    engine = an_installation(database, definition or offered)
    employees(engine, 9)
    employees(engine, 4, organisation="town")
    return engine


@pytest.fixture
def engine(database: Database) -> Iterator[Qualipath]:
    made = ranked_by(database, "waiting", "tenure")
    yield made
    hold_seats(database)


def allocated(engine: Qualipath, **columns: Any) -> int:
    """Make an intake of two seats, with four people, and give the seats at their time."""
    here = an_intake(engine, TIER, seats=2, **columns)
    in_turn(engine, here, people(3, 1, 4, 2))
    engine.tick(ALLOCATES)
    return here


def test_nobody_has_a_seat_before_the_ranking(engine: Qualipath) -> None:
    here = an_intake(engine, TIER, seats=2)
    in_turn(engine, here, people(1, 2, 3))
    assert set(standing(engine, here).values()) == {"approved"}
    engine.tick(ALLOCATES - timedelta(microseconds=1))
    assert set(standing(engine, here).values()) == {"approved"}


def test_seats_go_by_rank_and_the_others_wait_by_it(engine: Qualipath, database: Database) -> None:
    here = allocated(engine)

    assert in_state(engine, here, "admitted") == people(3, 1)
    assert queue(engine, here) == people(4, 2)
    drawn = hr_of_all(engine).protocol(here)
    assert [(e.rank, e.employee, e.outcome) for e in drawn.entries] == [
        (1, "c3", "seat"),
        (2, "c1", "seat"),
        (3, "c4", "waiting"),
        (4, "c2", "waiting"),
    ]
    assert (drawn.allocated_at, drawn.allocated_by) == (ALLOCATES, "schedule:qualipath")
    reason = drawn.entries[1].reasons[0]
    assert reason.text("en") == "applied on 1 July 2026 at 10:01:00"
    assert len(rows(database, ranking)) == 4


def test_the_longest_employed_come_first(database: Database) -> None:
    engine = ranked_by(database, "tenure")
    an_employee(engine, "c2", hired_on="2001-01-01")
    an_employee(engine, "c4", hired_on="2005-01-01")
    here = allocated(engine)
    assert in_state(engine, here, "admitted") == people(4, 2)


def test_who_found_no_seat_before_comes_first(database: Database) -> None:
    engine = ranked_by(database, "rejections", "waiting")
    before = an_intake(engine, TIER)
    for id_ in in_turn(engine, before, people(2)).values():
        acting(engine).fire(id_, "pass_over")
    hr_of_all(engine).cancel_intake(before, reason="over")

    here = allocated(engine)

    assert set(in_state(engine, here, "admitted")) == {"c2", "c3"}


def test_the_same_lot_is_drawn_whoever_draws_it(database: Database) -> None:
    engine = ranked_by(database, "lot")
    here = an_intake(engine, TIER, seats=2, seed=4711)
    in_turn(engine, here, people(1, 2, 3, 4, 5))
    now = ALLOCATES + timedelta(days=1)
    engine.tick(ALLOCATES - timedelta(days=1))
    rehearsed = []
    for _ in range(2):
        rehearsing = engine.acting_as("hr", "k", now=now, dry_run=True)
        with rehearsing.acts.writing() as act:
            allocate(act, here)
            rehearsed.append([(e.rank, e.employee, e.outcome) for e in protocol(act, here).entries])

    hr_of_all(engine, now).allocate(here)

    real = [(e.rank, e.employee, e.outcome) for e in hr_of_all(engine).protocol(here).entries]
    assert rehearsed == [real, real]
    assert real != sorted(real, key=lambda entry: entry[1])


def test_whom_hr_approves_too_late_to_be_ranked_waits_behind(engine: Qualipath) -> None:
    here = allocated(engine)
    ids = {row.employee: row.enrolment for row in hr_of_all(engine).roster(here).people}
    assert ids
    late = an_intake(engine, TIER, seats=1)
    undecided = applied(engine, late, people(5, 6, 7))
    engine.tick(ALLOCATES)
    assert in_state(engine, late, "applied") == people(5, 6, 7)

    states = [
        acting(engine, now=ALLOCATES).fire(undecided[n], "approve").state for n in people(6, 5, 7)
    ]

    assert states == ["admitted", "waitlisted", "waitlisted"]
    assert queue(engine, late) == people(5, 7)


def test_places_are_by_rank_though_some_steps_came_late(engine: Qualipath) -> None:
    here = an_intake(engine, TIER, seats=1)
    ids: dict[str, int] = {}
    for minutes, number in enumerate(people(1, 2, 3, 4)):
        ids |= applied(engine, here, [number], NOW + timedelta(minutes=minutes))
    for number in people(1, 3, 4):
        acting(engine).fire(ids[number], "approve")
    # No scheduler runs, and HR goes on.
    acting(engine, now=ALLOCATES + timedelta(days=4)).fire(ids["c2"], "approve")

    engine.tick(ALLOCATES + timedelta(days=5))

    ranks = [e.employee for e in hr_of_all(engine).protocol(here).entries]
    assert in_state(engine, here, "admitted") == ranks[:1]
    assert queue(engine, here) == ranks[1:] == people(2, 3, 4)


def test_the_paused_are_not_ranked(engine: Qualipath, database: Database) -> None:
    here = an_intake(engine, TIER, seats=1)
    ids = in_turn(engine, here, people(1, 2))
    acting(engine).fire(ids["c1"], "pause", reason="ill")

    engine.tick(ALLOCATES)

    assert standing(engine, here) == {"c1": "approved", "c2": "admitted"}
    assert [row.enrolment_id for row in rows(database, ranking)] == [ids["c2"]]
    assert acting(engine, now=ALLOCATES).fire(ids["c1"], "resume").state == "waitlisted"


def test_who_lacks_what_admission_asks_for_is_declined_with_the_reasons(
    database: Database,
) -> None:
    engine = an_installation(
        database, offered_as("masters", unconditional=False, allocation=["waiting"])
    )
    employees(engine, 3)
    hr = hr_of_all(engine)
    for number in people(1, 2, 3):
        an_employee(engine, number, experience_since="2015-01-01")
        hr.recognise(number, "bachelor/informatics", kind="degree", evidence="seen")
        hr.recognise(number, "masters", kind="nomination", evidence="seen")
    here = an_intake(engine, "masters", seats=1)
    ids = in_turn(engine, here, people(1, 2, 3))
    degree = next(c for c in hr.credentials("c1") if c.kind == "degree")
    hr.revoke(degree.id, reason="forged")

    engine.tick(ALLOCATES)

    assert standing(engine, here) == {"c1": "declined", "c2": "admitted", "c3": "waitlisted"}
    drawn = hr.protocol(here)
    assert [(e.rank, e.employee, e.outcome) for e in drawn.entries] == [
        (1, "c2", "seat"),
        (2, "c3", "waiting"),
        (3, "c1", "refused"),
    ]
    why = drawn.entries[-1].reasons[0].text("de")
    (declined,) = rows(database, history, enrolment_id=ids["c1"], trigger="decline")
    assert why in declined.reason
    assert declined.actor_role == "schedule"


def test_who_lacks_what_the_start_asks_for_gives_the_seat_to_the_next(
    database: Database,
) -> None:
    engine = an_installation(
        database, offered_as("certificate_2", unconditional=False, allocation=["waiting"])
    )
    employees(engine, 3)
    hr = hr_of_all(engine)
    held = {n: hr.recognise(n, "certificate_1", evidence="seen").id for n in people(1, 2, 3)}
    here = an_intake(engine, "certificate_2", seats=1)
    ids = in_turn(engine, here, people(1, 2, 3))
    engine.tick(ALLOCATES)
    assert standing(engine, here)["c1"] == "admitted"
    hr_of_all(engine, ALLOCATES).revoke(held["c1"], reason="not passed after all")

    engine.tick(STARTS)

    assert standing(engine, here) == {"c1": "declined", "c2": "offered", "c3": "waitlisted"}
    (declined,) = rows(database, history, enrolment_id=ids["c1"], trigger="decline")
    assert (declined.effective_at, declined.actor_role) == (STARTS, "schedule")
    assert "Zertifikatskurs 1" in declined.reason
    # Within the grace period the next one comes too late for the first day, but comes.
    accepted = acting(engine, now=STARTS + timedelta(days=2)).fire(ids["c2"], "accept")
    assert accepted.state == "attending"
    # Whoever accepts and lacks it too is declined at once.
    engine.tick(LIST_CLOSES)
    assert standing(engine, here) == {"c1": "declined", "c2": "attending", "c3": "unserved"}


def test_who_accepts_after_the_start_and_lacks_it_is_declined_at_once(
    database: Database,
) -> None:
    engine = an_installation(
        database, offered_as("certificate_2", unconditional=False, allocation=["waiting"])
    )
    employees(engine, 3)
    hr = hr_of_all(engine)
    held = {n: hr.recognise(n, "certificate_1", evidence="seen").id for n in people(1, 2, 3)}
    here = an_intake(engine, "certificate_2", seats=1)
    ids = in_turn(engine, here, people(1, 2, 3))
    engine.tick(STARTS)
    now = STARTS + timedelta(days=1)
    acting(engine, now=now).fire(ids["c1"], "no_show")
    hr_of_all(engine, now).revoke(held["c2"], reason="not passed after all")

    assert acting(engine, now=now).fire(ids["c2"], "accept").state == "declined"

    assert standing(engine, here)["c3"] == "offered"


@pytest.fixture
def kept(database: Database) -> Iterator[Qualipath]:
    """Make an installation that keeps two seats for the town until two weeks before the start."""
    yield ranked_by(database, QUOTA, "waiting")
    hold_seats(database)


LAPSES = datetime(2026, 9, 16, 22, tzinfo=UTC)


def test_kept_seats_stay_free_until_the_quota_lapses(kept: Qualipath, database: Database) -> None:
    here = an_intake(kept, TIER, seats=3, quotas_lapse_at=LAPSES)
    in_turn(kept, here, people(1, 2, 3))
    in_turn(kept, here, ["t1"], NOW + timedelta(days=1))

    kept.tick(ALLOCATES)
    assert in_state(kept, here, "admitted") == ["c1", "t1"]
    assert queue(kept, here) == people(2, 3)
    kept.tick(LAPSES)

    assert in_state(kept, here, "offered") == ["c2"]
    assert rows(database, history, intake_id=here)[-1].trigger == "release_quotas"


def test_a_kept_seat_that_becomes_free_goes_to_the_next_of_the_same_home(
    kept: Qualipath,
) -> None:
    here = an_intake(kept, TIER, seats=3, quotas_lapse_at=LAPSES)
    in_turn(kept, here, people(1, 2))
    ids = in_turn(kept, here, ["t1", "t2", "t3"], NOW + timedelta(days=1))
    kept.tick(ALLOCATES)
    assert in_state(kept, here, "admitted") == ["c1", "t1", "t2"]
    assert queue(kept, here) == ["c2", "t3"]

    hr_of_all(kept, ALLOCATES).fire(ids["t1"], "withdraw")

    assert in_state(kept, here, "offered") == ["t3"]


def test_seats_are_not_resized_below_those_that_are_kept(kept: Qualipath) -> None:
    here = an_intake(kept, TIER, seats=3, quotas_lapse_at=LAPSES)
    with pytest.raises(Exception, match="2 are kept for organisations"):
        hr_of_all(kept).resize_intake(here, 1, reason="a smaller room")


def test_who_is_left_waits_for_the_next_intake_with_the_time_kept(
    engine: Qualipath, database: Database
) -> None:
    here = allocated(engine)
    following = an_intake(engine, TIER, **NEXT, seats=1)

    engine.tick(LIST_CLOSES)

    assert standing(engine, following) == {"c4": "approved", "c2": "approved"}
    assert set(standing(engine, here)) == {"c3", "c1"}
    now = NEXT["opens_at"] + timedelta(days=1)
    engine.tick(now)
    in_turn(engine, following, people(5), now)
    engine.tick(NEXT["allocates_at"])
    # The first application counts, and not the day of the carry-over.
    assert in_state(engine, following, "admitted") == ["c4"]
    assert queue(engine, following) == ["c2", "c5"]
    row = next(r for r in rows(database, enrolment, intake_id=following) if r.holds_seat)
    assert row.applied_at == NOW + timedelta(minutes=2)
    assert told(database, row.id) == [
        "apply",
        "approve",
        "waitlist",
        "carry_over",
        "admit",
    ]


def test_without_a_next_intake_who_is_left_goes_without_a_seat(engine: Qualipath) -> None:
    here = allocated(engine)
    engine.tick(LIST_CLOSES)
    assert standing(engine, here) == {
        "c3": "attending",
        "c1": "attending",
        "c4": "unserved",
        "c2": "unserved",
    }
    assert hr_of_all(engine).progression("c4", PATH).standing(TIER).state == "available"


def test_a_dry_run_allocates_nothing(engine: Qualipath, database: Database) -> None:
    here = an_intake(engine, TIER, seats=2, state="closed")
    stored = everything(database)
    rehearsing = engine.acting_as("hr", "k", now=NOW, dry_run=True)
    assert rehearsing.allocate(here).state == "allocated"
    assert everything(database) == stored


def test_a_seat_is_offered_in_time_though_the_scheduler_comes_late(engine: Qualipath) -> None:
    here = an_intake(engine, TIER, seats=1)
    ids = in_turn(engine, here, people(1, 2))
    late = LIST_CLOSES + timedelta(days=30)
    engine.tick(late)
    assert standing(engine, here) == {"c1": "attending", "c2": "unserved"}
    entries = hr_of_all(engine).history(ids["c1"])
    assert [(e.trigger, e.effective_at) for e in entries][2:] == [
        ("admit", ALLOCATES),
        ("start", STARTS),
    ]
    assert date(2026, 11, 13) <= entries[-1].recorded_at.date()
