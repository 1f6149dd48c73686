"""Seats: who comes gets one or a place on the waiting list; a freed one goes to the next."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from qualipath import InputError, Qualipath, RefusedError
from qualipath.storage.database import Database
from qualipath.storage.tables import deadline, enrolment, history
from tests.builders import NOW, acting, an_installation, an_intake, employees, offered_as, publish
from tests.integration.services.looking import everything, rows
from tests.integration.services.seating import (
    applied,
    approved,
    hold_seats,
    hr_of_all,
    in_state,
    names,
    queue,
    standing,
    told,
)

STARTS = datetime(2026, 9, 30, 22, tzinfo=UTC)
LIST_CLOSES = datetime(2026, 10, 14, 22, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)


@pytest.fixture
def engine(database: Database) -> Iterator[Qualipath]:
    """Make an installation whose bootcamp gives seats as people come."""
    made = an_installation(database, offered_as("bootcamp"))
    employees(made, 12)
    yield made
    hold_seats(database)


@pytest.fixture
def two_seats(engine: Qualipath) -> int:
    return an_intake(engine, seats=2)


def people(count: int, first: int = 1) -> list[str]:
    return [f"c{n}" for n in range(first, first + count)]


def running(engine: Qualipath, intake_id: int) -> None:
    """Let the intake close, give its seats and start, each at its time."""
    engine.tick(STARTS)
    assert hr_of_all(engine).intake(intake_id).state == "running"


def test_who_comes_first_has_a_seat_and_the_others_wait(engine: Qualipath, two_seats: int) -> None:
    ids = applied(engine, two_seats, people(5))
    order = ["c3", "c1", "c5", "c2", "c4"]

    states = [acting(engine).fire(ids[number], "approve").state for number in order]

    assert states == ["admitted"] * 2 + ["waitlisted"] * 3
    assert queue(engine, two_seats) == ["c5", "c2", "c4"]
    assert hr_of_all(engine).intake(two_seats).free == 0


def test_many_who_are_approved_together_come_in_the_order_of_their_applications(
    engine: Qualipath, two_seats: int
) -> None:
    late = applied(engine, two_seats, people(3), NOW)
    early = applied(engine, two_seats, people(3, first=4), NOW - timedelta(days=1))

    outcomes = acting(engine).fire_many([*late.values(), *early.values()], "approve")

    assert [o.enrolment.state for o in outcomes if o.enrolment] == [
        *["waitlisted"] * 3,
        *["admitted"] * 2,
        "waitlisted",
    ]
    assert queue(engine, two_seats) == ["c6", "c1", "c2", "c3"]


def test_a_freed_seat_is_offered_to_the_next_until_a_day(
    engine: Qualipath, database: Database, two_seats: int
) -> None:
    ids = approved(engine, two_seats, people(4))

    acting(engine).fire(ids["c1"], "withdraw")

    assert in_state(engine, two_seats, "offered") == ["c3"]
    assert queue(engine, two_seats) == ["c4"]
    (answer_by,) = rows(database, deadline, enrolment_id=ids["c3"], trigger="lapse")
    # Seven days, the last of which counts in full: until midnight in Berlin.
    assert answer_by.due_at == datetime(2026, 7, 8, 22, tzinfo=UTC)
    offer = rows(database, history, enrolment_id=ids["c3"], trigger="offer")[0]
    assert (offer.actor_role, offer.effective_at) == ("schedule", NOW)
    assert acting(engine).fire(ids["c3"], "accept").state == "admitted"


def test_an_offer_that_lapses_goes_to_the_next(engine: Qualipath, two_seats: int) -> None:
    ids = approved(engine, two_seats, people(4))
    acting(engine).fire(ids["c1"], "withdraw")

    engine.tick(NOW + timedelta(days=8))

    assert standing(engine, two_seats)["c3"] == "lapsed"
    assert in_state(engine, two_seats, "offered") == ["c4"]


@pytest.mark.parametrize("trigger", ["withdraw", "decline"])
def test_a_cancelled_offer_frees_the_seat_at_once(
    engine: Qualipath, database: Database, two_seats: int, trigger: str
) -> None:
    ids = approved(engine, two_seats, people(4))
    acting(engine).fire(ids["c1"], "withdraw")

    acting(engine).fire(ids["c3"], trigger, reason="so be it")

    assert in_state(engine, two_seats, "offered") == ["c4"]
    assert [row.done for row in rows(database, deadline, enrolment_id=ids["c3"])][-1] is False


def test_several_seats_that_become_free_together_are_all_offered(
    engine: Qualipath, two_seats: int
) -> None:
    ids = approved(engine, two_seats, people(5))

    acting(engine).fire_many([ids["c2"], ids["c1"], ids["c4"]], "withdraw")

    assert in_state(engine, two_seats, "offered") == ["c3", "c5"]


def test_whoever_leaves_the_list_leaves_no_gap(engine: Qualipath, two_seats: int) -> None:
    ids = approved(engine, two_seats, people(6))

    acting(engine).fire(ids["c4"], "withdraw")
    approved(engine, two_seats, people(2, first=7))

    assert queue(engine, two_seats) == ["c3", "c5", "c6", "c7", "c8"]


def test_a_newcomer_waits_behind_the_others_though_a_seat_is_free(
    engine: Qualipath, database: Database, two_seats: int
) -> None:
    ids = approved(engine, two_seats, people(3))
    acting(engine).fire(ids["c1"], "withdraw")
    assert standing(engine, two_seats)["c3"] == "offered"

    approved(engine, two_seats, people(1, first=4))
    assert queue(engine, two_seats) == ["c4"]
    acting(engine).fire(ids["c3"], "withdraw")

    assert standing(engine, two_seats)["c4"] == "offered"
    assert told(database, ids["c3"])[-2:] == ["offer", "withdraw"]


def test_an_answer_is_wanted_before_nobody_moves_up_any_more(
    engine: Qualipath, database: Database, two_seats: int
) -> None:
    ids = approved(engine, two_seats, people(4))
    running(engine, two_seats)

    late = LIST_CLOSES - timedelta(days=4)
    acting(engine, now=late).fire(ids["c1"], "withdraw")

    dues = [(row.trigger, row.due_at) for row in rows(database, deadline, enrolment_id=ids["c3"])]
    assert ("lapse", LIST_CLOSES) in dues
    assert [due for _, due in dues if due > LIST_CLOSES] == []
    assert acting(engine, now=late).fire(ids["c3"], "accept").state == "attending"


@pytest.mark.parametrize(("before", "state"), [(MOMENT, "offered"), (0 * MOMENT, "waitlisted")])
def test_nobody_moves_up_after_the_grace_period(
    engine: Qualipath, two_seats: int, before: timedelta, state: str
) -> None:
    ids = approved(engine, two_seats, people(3))
    running(engine, two_seats)

    acting(engine, now=LIST_CLOSES - before).fire(ids["c1"], "withdraw")

    assert standing(engine, two_seats)["c3"] == state


def test_nobody_moves_up_after_the_start_without_a_grace_period(engine: Qualipath) -> None:
    here = an_intake(engine, seats=1, list_closes_at=STARTS)
    ids = approved(engine, here, people(2))
    acting(engine, now=STARTS - timedelta(days=2)).fire(ids["c1"], "withdraw")

    engine.tick(STARTS)

    assert standing(engine, here) == {"c1": "withdrawn", "c2": "lapsed"}


def test_who_accepts_late_attends_at_once(engine: Qualipath, two_seats: int) -> None:
    ids = approved(engine, two_seats, people(3))
    running(engine, two_seats)
    acting(engine, now=LIST_CLOSES - MOMENT).fire(ids["c1"], "withdraw")

    # No scheduler has run in the meantime that would have let the offer lapse.
    accepted = acting(engine, now=LIST_CLOSES + MOMENT).fire(ids["c3"], "accept")

    assert accepted.state == "attending"


def test_nobody_is_admitted_by_hand_where_no_seat_is_free(
    engine: Qualipath, database: Database, two_seats: int
) -> None:
    ids = approved(engine, two_seats, people(4))
    stored = everything(database)

    for trigger in ("admit", "offer"):
        with pytest.raises(RefusedError) as refused:
            acting(engine).fire(ids["c4"], trigger)
        (reason,) = refused.value.reasons
        assert reason.code == "seats"
        assert reason.text("en") == "no seat is free: 2 of 2 are taken"
        assert reason.text("de") == "kein Platz ist frei: 2 von 2 sind belegt"
    assert everything(database) == stored


def test_orders_are_carried_out_as_they_are_named(engine: Qualipath) -> None:
    publish(engine, offered_as("certificate_1", allocation=["waiting"]))
    here = an_intake(engine, "certificate_1", seats=2)
    ids = approved(engine, here, people(4))
    assert set(standing(engine, here).values()) == {"approved"}

    outcomes = acting(engine).fire_many([ids[n] for n in ("c4", "c3", "c2", "c1")], "admit")

    assert [names(outcome.reasons) for outcome in outcomes] == [[], [], ["seats"], ["seats"]]


def test_the_paused_are_passed_and_come_back(engine: Qualipath, two_seats: int) -> None:
    ids = approved(engine, two_seats, people(5))
    hr = acting(engine)
    hr.fire(ids["c3"], "pause", reason="ill")

    hr.fire(ids["c1"], "withdraw")
    assert in_state(engine, two_seats, "offered") == ["c4"]
    hr.fire(ids["c3"], "resume")
    # The own place was kept.
    assert queue(engine, two_seats) == ["c3", "c5"]
    hr.fire(ids["c4"], "withdraw")

    assert in_state(engine, two_seats, "offered") == ["c3"]


def test_a_seat_that_only_the_paused_waited_for_is_offered_as_they_come_back(
    engine: Qualipath, two_seats: int
) -> None:
    ids = approved(engine, two_seats, people(3))
    hr = acting(engine)
    hr.fire(ids["c3"], "pause", reason="ill")
    hr.fire(ids["c1"], "withdraw")
    assert hr_of_all(engine).intake(two_seats).free == 1

    hr.fire(ids["c3"], "resume")

    assert standing(engine, two_seats)["c3"] == "offered"


def test_who_is_paused_before_a_seat_is_given_comes_later(
    engine: Qualipath, two_seats: int
) -> None:
    hr = acting(engine)
    ids = applied(engine, two_seats, people(3))
    hr.fire(ids["c1"], "pause", reason="ill")
    for number in ("c2", "c3"):
        hr.fire(ids[number], "approve")

    hr.fire(ids["c1"], "resume")
    assert hr.fire(ids["c1"], "approve").state == "waitlisted"
    assert in_state(engine, two_seats, "admitted") == ["c2", "c3"]


def test_more_seats_are_offered_at_once(
    engine: Qualipath, database: Database, two_seats: int
) -> None:
    approved(engine, two_seats, people(5))

    resized = hr_of_all(engine).resize_intake(two_seats, 4, reason="a larger room")

    assert (resized.seats, resized.taken, resized.waiting) == (4, 4, 1)
    assert in_state(engine, two_seats, "offered") == ["c3", "c4"]
    (entry,) = rows(database, history, intake_id=two_seats)
    assert (entry.trigger, entry.reason, entry.version) == ("resize", "a larger room", 2)
    assert entry.details == '{"seats": {"now": 4, "before": 2}}'


@pytest.mark.parametrize(
    ("seats", "match"),
    [
        (1, "can't have 1 seats: 2 are taken; write 2 or more"),
        (-1, "can't have -1 seats; write 0 to 1000000"),
        (10**12, "can't have 1000000000000 seats"),
    ],
)
def test_seats_can_not_be_fewer_than_are_taken(
    engine: Qualipath, database: Database, two_seats: int, seats: int, match: str
) -> None:
    approved(engine, two_seats, people(3))
    stored = everything(database)

    with pytest.raises(InputError, match=match):
        hr_of_all(engine).resize_intake(two_seats, seats, reason="so be it")

    assert everything(database) == stored
    assert hr_of_all(engine).resize_intake(two_seats, 2, reason="the same").seats == 2


def test_an_offered_seat_counts_as_taken(engine: Qualipath, two_seats: int) -> None:
    ids = approved(engine, two_seats, people(3))
    acting(engine).fire(ids["c1"], "withdraw")

    with pytest.raises(InputError, match="2 are taken"):
        hr_of_all(engine).resize_intake(two_seats, 1, reason="a smaller room")


def test_a_no_show_within_the_grace_period_gives_the_seat_to_the_next(
    engine: Qualipath, two_seats: int
) -> None:
    ids = approved(engine, two_seats, people(3))
    running(engine, two_seats)
    now = STARTS + timedelta(days=1)

    acting(engine, now=now).fire(ids["c1"], "no_show")
    acting(engine, now=now).fire(ids["c3"], "accept")

    assert standing(engine, two_seats) == {"c1": "absent", "c2": "attending", "c3": "attending"}


def test_who_is_in_no_intake_needs_no_seat(database: Database, engine: Qualipath) -> None:
    begun = acting(engine).apply("c1", "duisburg_digital", "bootcamp")
    for trigger in ("approve", "admit", "start"):
        begun = acting(engine).fire(begun.id, trigger)
    assert begun.state == "attending"
    (row,) = rows(database, enrolment)
    assert (row.intake_id, row.place) == (None, None)


def test_seats_in_two_intakes_are_apart(engine: Qualipath, two_seats: int) -> None:
    other = an_intake(engine, seats=1)
    ids = approved(engine, two_seats, people(3))
    others = approved(engine, other, people(3, first=4))

    acting(engine).fire_many([ids["c1"], others["c4"]], "withdraw")

    assert in_state(engine, two_seats, "offered") == ["c3"]
    assert in_state(engine, other, "offered") == ["c5"]


def test_a_dry_run_gives_no_seat(engine: Qualipath, database: Database, two_seats: int) -> None:
    ids = approved(engine, two_seats, people(3))
    stored = everything(database)
    rehearsing = engine.acting_as("hr", "k.muster", now=NOW, dry_run=True)

    rehearsing.fire(ids["c1"], "withdraw")
    assert rehearsing.resize_intake(two_seats, 5, reason="what if").seats == 5

    assert everything(database) == stored
