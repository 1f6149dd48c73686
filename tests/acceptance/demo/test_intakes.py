"""Duisburg's story runs through intakes, and the scheduler moves them."""

import sqlite3
from collections import defaultdict
from datetime import UTC, date, datetime, time

import pytest

from qualipath.engine import ActingAs, Qualipath
from qualipath.scenarios.duisburg.stage import PATH
from qualipath.scenarios.telling import Story
from tests.acceptance.demo.looking import (
    BERLIN,
    an_intake,
    day,
    steps,
)

HOLDING = {"offered", "admitted", "attending"}


@pytest.mark.parametrize(
    ("trigger", "number", "on"),
    [("admit", "1006", date(2021, 9, 4)), ("start", "1023", date(2022, 4, 1))],
)
def test_who_failed_after_applying_is_refused_when_it_must_be_met(
    story: Story, hr: ActingAs, trigger: str, number: str, on: date
) -> None:
    (refused,) = (r for r in story.refused if r.trigger == trigger)
    (declined,) = (
        e for e in hr.enrolments(PATH, "certificate_2", "declined") if e.employee == number
    )
    *_, last = hr.history(declined.id)

    assert (refused.number, refused.on) == (number, on)
    assert last.actor.startswith("schedule:")
    assert last.reason == refused.reasons[0].de
    assert "begonnen, aber nicht abgeschlossen" in refused.reasons[0].de
    assert "begun, but not completed" in refused.reasons[0].en


def test_the_scheduler_moves_the_intakes_at_local_midnight(hr: ActingAs) -> None:
    moved = [
        entry
        for intake in hr.intakes(PATH)
        for entry in hr.history_of_intake(intake.id)
        if entry.actor.startswith("schedule:") and entry.trigger not in {"plan", "flag"}
    ]

    assert {"open", "close", "allocate", "start", "finish"} <= {entry.trigger for entry in moved}
    assert {entry.effective_at.astimezone(BERLIN).time() for entry in moved} == {time(0)}


def test_terms_are_planned_by_the_scheduler_and_the_others_by_hr(hr: ActingAs) -> None:
    planned = {
        (i.tier, i.starts_on): steps(hr, i)["plan"].actor.partition(":")[0]
        for i in hr.intakes(PATH)
    }
    by_hand = {intake for intake, role in planned.items() if role == "hr"}

    assert by_hand == {
        ("bootcamp", date(2020, 9, 24)),
        ("bootcamp", date(2020, 10, 15)),
        ("masters", date(2020, 10, 1)),
        ("certificate_1", date(2021, 1, 18)),
        ("certificate_2", date(2021, 1, 18)),
    }
    assert len(planned) - len(by_hand) == 12


def test_nothing_that_was_due_is_left_undone(qualipath: Qualipath) -> None:
    status = qualipath.scheduler_status(datetime(2022, 4, 4, 7, tzinfo=UTC))

    assert (status.overdue, status.failures) == (0, 0)


def test_never_are_more_seats_held_than_there_are(hr: ActingAs, rows: sqlite3.Connection) -> None:
    seats = {intake.id: intake.seats for intake in hr.intakes(PATH)}
    held: dict[int, set[int]] = defaultdict(set)
    filled = set()
    for intake, enrolment, state in rows.execute(
        "SELECT e.intake_id, e.id, h.target FROM history h "
        "JOIN enrolment e ON e.id=h.enrolment_id ORDER BY h.id"
    ):
        (held[intake].add if state in HOLDING else held[intake].discard)(enrolment)
        assert len(held[intake]) <= seats[intake]
        if len(held[intake]) == seats[intake]:
            filled.add(intake)

    assert len(filled) == 3


def test_a_freed_seat_goes_to_who_waits_until_somebody_accepts(hr: ActingAs) -> None:
    first = an_intake(hr, "bootcamp", date(2020, 9, 24))
    by_number = {entry.employee: entry.enrolment for entry in hr.roster(first.id).people}
    ways = {
        number: {entry.trigger: entry for entry in hr.history(by_number[number])}
        for number in ("1008", "1013", "1016")
    }
    lapsed = ways["1013"]["lapse"]

    assert all("waitlist" in way and "offer" in way for way in ways.values())
    assert ["accept" in way for way in ways.values()] == [True, False, True]
    assert lapsed.actor.startswith("schedule:")
    assert day(ways["1013"]["offer"]) == date(2020, 9, 15)
    assert lapsed.effective_at == datetime(2020, 9, 23, tzinfo=BERLIN)
    assert ways["1016"]["offer"].effective_at == lapsed.effective_at


def test_who_did_not_come_makes_room_for_who_waits_after_the_start(hr: ActingAs) -> None:
    (moved_up,) = (e for e in hr.enrolments(PATH, "certificate_1") if e.employee == "1036")
    triggers = [entry.trigger for entry in hr.history(moved_up.id)]

    assert triggers == ["apply", "approve", "waitlist", "offer", "accept", "start", "complete"]
    protocol = hr.protocol(an_intake(hr, "certificate_1", date(2021, 1, 18)).id)
    assert [e.outcome for e in protocol.entries] == ["seat"] * 25 + ["waiting"]
    assert protocol.entries[-1].employee == "1036"


def test_an_application_outside_the_window_is_told_the_next_one(story: Story) -> None:
    (refused,) = (r for r in story.refused if r.number == "1036")
    (reason,) = refused.reasons

    assert reason.code == "window"
    assert "16. November 2020 bis 27. November 2020" in reason.de
    assert "16 November 2020 to 27 November 2020" in reason.en


def test_hr_cancels_what_too_few_applied_to_and_who_did_applies_again(hr: ActingAs) -> None:
    cancelled = an_intake(hr, "certificate_1", date(2021, 4, 1))
    way = steps(hr, cancelled)
    (person,) = hr.roster(cancelled.id).people
    later = [e for e in hr.enrolments(PATH, "certificate_1") if e.employee == person.employee]

    assert (cancelled.state, cancelled.applied, cancelled.minimum) == ("cancelled", 1, 8)
    assert way["flag"].actor.startswith("schedule:")
    assert way["cancel"].actor.startswith("hr:")
    assert "Zu wenige Anträge" in (way["cancel"].reason or "")
    assert [e.state for e in later] == ["absent", "cancelled", "completed"]


def test_hr_runs_a_course_to_which_too_few_applied(hr: ActingAs) -> None:
    small = an_intake(hr, "certificate_1", date(2021, 10, 1))
    way = steps(hr, small)

    assert small.applied < small.minimum
    assert {"flag", "allocate", "start", "finish"} <= way.keys()
    assert way["allocate"].actor.startswith("hr:")


def test_who_has_applied_is_told_of_other_dates(hr: ActingAs, rows: sqlite3.Connection) -> None:
    moved = an_intake(hr, "bootcamp", date(2020, 10, 15))
    redated = steps(hr, moved)["redate"]
    told = rows.execute(
        "SELECT count(*) FROM notice n JOIN enrolment e ON e.id=n.enrolment_id "
        "WHERE n.notice='dates_changed' AND n.recipient='employee' AND e.intake_id=?",
        (moved.id,),
    ).fetchone()

    assert redated.reason == "Der Schulungsraum ist am 8. und 9. Oktober belegt."
    assert told == (15,)


def test_the_scheduler_reminds_and_asks_again_for_results(
    story: Story, rows: sqlite3.Connection
) -> None:
    raised = dict(rows.execute("SELECT notice, count(*) FROM notice GROUP BY notice"))
    did = {work.job: work.times for work in story.works}

    assert raised["approval_reminder"] >= 25
    assert raised["offer_lapsing"] >= 1
    assert raised["results_overdue"] == did["intake_reminders"]
    assert did["triggers"] == 1
    assert did["planning"] == 12


def test_the_summary_counts_every_intake_that_has_opened(
    story: Story, hr: ActingAs, rows: sqlite3.Connection
) -> None:
    applied = dict(
        rows.execute("SELECT intake_id, count(*) FROM enrolment GROUP BY intake_id").fetchall()
    )
    completed = dict(
        rows.execute(
            "SELECT intake_id, count(*) FROM enrolment WHERE state='completed' GROUP BY intake_id"
        ).fetchall()
    )
    begun = [intake for intake in hr.intakes(PATH) if intake.state != "planned"]
    told = {(row.tier, row.starts_on): row for row in story.intakes}

    assert len(told) == len(begun) == 12
    for intake in begun:
        row = told[intake.tier, intake.starts_on]
        assert (row.seats, row.applied) == (intake.seats, applied.get(intake.id, 0))
        assert row.completed == completed.get(intake.id, 0)
    assert [row.waited for row in story.intakes if row.waited] == [3, 1]
    assert [window.opens_on for window in story.windows] == [date(2022, 6, 11)] * 3 + [
        date(2022, 12, 10)
    ] * 2
