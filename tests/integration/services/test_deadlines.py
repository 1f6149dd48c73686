"""Deadlines: set with a state, shifted by a pause, ended when the state is left."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from qualipath import InputError, Qualipath, RefusedError
from qualipath.storage.database import Database
from qualipath.storage.tables import deadline
from tests.builders import (
    COURSE,
    NOW,
    a_definition,
    a_lifecycle,
    a_text,
    acting,
    an_enrolment,
    an_installation,
)
from tests.integration.services.looking import Rows, everything, rows

BERLIN = ZoneInfo("Europe/Berlin")


def berlin(*at: int) -> datetime:
    return datetime(*at, tzinfo=BERLIN)  # type: ignore[arg-type, misc]


@pytest.fixture
def engine(database: Database) -> Qualipath:
    return an_installation(database)


def running(database: Database, enrolment_id: int) -> Rows:
    return rows(database, deadline, enrolment_id=enrolment_id, ended_at=None)


def dues(found: Rows) -> set[tuple[datetime, str | None, str | None, str | None]]:
    return {
        (row.due_at.astimezone(BERLIN), row.trigger, row.notice, row.recipient) for row in found
    }


def test_an_application_reminds_then_escalates(engine: Qualipath, database: Database) -> None:
    applied = an_enrolment(engine, "applied", now=berlin(2026, 7, 1, 23, 59))

    found = running(database, applied.id)

    # 14 days, of which 15 July counts in full; 16 days and 21 days likewise.
    assert dues(found) == {
        (berlin(2026, 7, 8), None, "approval_reminder", "supervisor"),
        (berlin(2026, 7, 13), None, "approval_reminder", "supervisor"),
        (berlin(2026, 7, 16), None, "approval_reminder", "supervisor"),
        (berlin(2026, 7, 18), None, "approval_escalated", "deputy"),
        (berlin(2026, 7, 23), None, "approval_escalated", "hr"),
    }
    assert {row.state for row in found} == {"applied"}
    assert {row.done for row in found} == {None}


def test_an_offer_lapses(engine: Qualipath, database: Database) -> None:
    offered = an_enrolment(engine, "offered", now=berlin(2026, 7, 1, 0, 0))

    assert dues(running(database, offered.id)) == {
        (berlin(2026, 7, 9), "lapse", None, None),
        (berlin(2026, 7, 6), None, "offer_lapsing", "employee"),
    }


LAST_DAYS = [
    # The day in Berlin counts, not the one in UTC: it is 2 July there already.
    (datetime(2026, 7, 1, 22, 0, tzinfo=UTC), "2026-07-09", "2026-07-09T22:00+00:00"),
    # Over the end of summer time, 25 October 2026: midnight moves from 22:00 to 23:00 UTC.
    (datetime(2026, 10, 20, 12, 0, tzinfo=UTC), "2026-10-27", "2026-10-27T23:00+00:00"),
    # On the very night: the day that is 25 hours long is the last.
    (datetime(2026, 10, 18, 12, 0, tzinfo=UTC), "2026-10-25", "2026-10-25T23:00+00:00"),
    # Over the beginning, 29 March 2026.
    (datetime(2026, 3, 25, 12, 0, tzinfo=UTC), "2026-04-01", "2026-04-01T22:00+00:00"),
    (datetime(2026, 3, 22, 12, 0, tzinfo=UTC), "2026-03-29", "2026-03-29T22:00+00:00"),
    (datetime(2028, 2, 22, 12, 0, tzinfo=UTC), "2028-02-29", "2028-02-29T23:00+00:00"),
]


def test_the_last_day_counts_in_full(engine: Qualipath, database: Database) -> None:
    for number, (at, last, due) in enumerate(LAST_DAYS):
        offered = an_enrolment(engine, "offered", number=f"{number}", now=at)

        (lapse,) = rows(database, deadline, enrolment_id=offered.id, trigger="lapse")

        assert lapse.due_at == datetime.fromisoformat(due)
        before = lapse.due_at.astimezone(BERLIN) - timedelta(seconds=1)
        assert before.date().isoformat() == last


def test_leaving_the_state_ends_its_deadlines(engine: Qualipath, database: Database) -> None:
    applied = an_enrolment(engine, "applied")
    later = NOW + timedelta(days=2)

    acting(engine, now=later).fire(applied.id, "approve")

    found = rows(database, deadline, enrolment_id=applied.id)
    assert len(found) == 5
    assert {(row.ended_at, row.done) for row in found} == {(later, False)}


def test_another_s_deadlines_run_on(engine: Qualipath, database: Database) -> None:
    one = an_enrolment(engine, "applied", number="1")
    other = an_enrolment(engine, "applied", number="2")

    acting(engine).fire_many([one.id], "approve")

    assert len(running(database, one.id)) == 0
    assert len(running(database, other.id)) == 5


def test_a_pause_shifts_deadlines_by_exactly_its_time(
    engine: Qualipath, database: Database
) -> None:
    applied = an_enrolment(engine, "applied")
    before = {row.id: row.due_at for row in running(database, applied.id)}
    paused_at = NOW + timedelta(days=1, microseconds=1)
    paused = timedelta(days=100, hours=7, minutes=3, seconds=2, microseconds=987_654)

    held = acting(engine, now=paused_at).fire(applied.id, "pause", reason="ill")
    assert held.paused
    assert {row.id: row.due_at for row in running(database, applied.id)} == before
    resumed = acting(engine, now=paused_at + paused).fire(applied.id, "resume")

    assert not resumed.paused
    after = {row.id: row.due_at for row in running(database, applied.id)}
    assert after == {id_: due_at + paused for id_, due_at in before.items()}


def test_a_clock_put_back_takes_no_time_away(engine: Qualipath, database: Database) -> None:
    applied = an_enrolment(engine, "applied")
    before = running(database, applied.id)
    acting(engine, now=NOW + timedelta(days=3)).fire(applied.id, "pause", reason="ill")
    paused_at = NOW + timedelta(days=3)
    acting(engine, now=paused_at - timedelta(minutes=5)).fire(applied.id, "resume")
    assert running(database, applied.id) == before


def test_nothing_happens_on_a_day_before_the_last_step(engine: Qualipath) -> None:
    applied = an_enrolment(engine, "applied")
    yesterday = acting(engine, now=NOW - timedelta(days=1))
    with pytest.raises(RefusedError, match="nothing can happen before it") as refused:
        yesterday.fire(applied.id, "approve")
    assert [reason.code for reason in refused.value.reasons] == ["time"]
    acting(engine, now=NOW + timedelta(days=3)).fire(applied.id, "pause", reason="ill")
    with pytest.raises(RefusedError, match="nothing can happen before it"):
        acting(engine, now=NOW + timedelta(days=1)).fire(applied.id, "resume")


def test_what_happened_earlier_tells_when_it_was_recorded(engine: Qualipath) -> None:
    applied = an_enrolment(engine, "applied")
    today = NOW + timedelta(days=9)
    hr = engine.acting_as("hr", "late", now=today, as_of=NOW + timedelta(days=2))
    hr.fire(applied.id, "approve")
    entry = hr.history(applied.id)[-1]
    assert (entry.effective_at, entry.recorded_at) == (NOW + timedelta(days=2), today)
    with pytest.raises(InputError, match="in the future"):
        engine.acting_as("hr", "late", now=NOW, as_of=today)


def test_pausing_twice_shifts_twice(engine: Qualipath, database: Database) -> None:
    applied = an_enrolment(engine, "applied")
    (before, *_) = running(database, applied.id)
    for start, end in ((1, 3), (10, 15)):
        acting(engine, now=NOW + timedelta(days=start)).fire(applied.id, "pause", reason="ill")
        acting(engine, now=NOW + timedelta(days=end)).fire(applied.id, "resume")

    (after, *_) = running(database, applied.id)

    assert after.due_at - before.due_at == timedelta(days=7)


def test_many_paused_at_different_times_resume_at_once(
    engine: Qualipath, database: Database
) -> None:
    ids = [an_enrolment(engine, "applied", number=f"{n}").id for n in range(3)]
    before = {id_: running(database, id_)[0].due_at for id_ in ids}
    for day, id_ in enumerate(ids):
        acting(engine, now=NOW + timedelta(days=day)).fire(id_, "pause", reason="ill")

    acting(engine, now=NOW + timedelta(days=9)).fire_many(ids, "resume")

    shifts = [(running(database, id_)[0].due_at - before[id_]).days for id_ in ids]
    assert shifts == [9, 8, 7]


def test_what_is_paused_refuses_all_but_resuming_and_leaving(
    engine: Qualipath, database: Database
) -> None:
    enrolment = an_enrolment(engine, "admitted")
    hr = acting(engine)
    hr.fire(enrolment.id, "pause", reason="leave")
    stored = everything(database)

    for trigger in ("start", "no_show", "decline", "pause"):
        with pytest.raises(RefusedError) as refused:
            hr.fire(enrolment.id, trigger, reason="anyhow")
        assert [reason.code for reason in refused.value.reasons] == ["paused"]
    assert everything(database) == stored

    assert hr.fire(enrolment.id, "resume").paused is False
    with pytest.raises(RefusedError, match="is not paused"):
        hr.fire(enrolment.id, "resume")


def test_withdrawing_ends_the_pause(engine: Qualipath, database: Database) -> None:
    enrolment = an_enrolment(engine, "applied")
    hr = acting(engine)
    hr.fire(enrolment.id, "pause", reason="leave")

    withdrawn = acting(engine, "employee", "4711").fire(enrolment.id, "withdraw")

    assert (withdrawn.state, withdrawn.paused, withdrawn.open) == ("withdrawn", False, False)
    assert len(running(database, enrolment.id)) == 0


def test_a_pause_needs_a_reason(engine: Qualipath) -> None:
    enrolment = an_enrolment(engine, "applied")

    with pytest.raises(RefusedError, match="needs a reason"):
        acting(engine).fire(enrolment.id, "pause")


def a_lifecycle_with(states: Mapping[str, Any], *transitions: Mapping[str, Any]) -> Any:
    return a_lifecycle(
        states=COURSE["states"] | states, transitions=[*COURSE["transitions"], *transitions]
    )


def test_a_state_entered_while_paused_is_shifted_from_then(database: Database) -> None:
    after = {"after": "10 days", "notices": [{"notice": "late", "to": "hr"}]}
    waits = {"title": a_text("waits"), "deadlines": [after]}
    wait = {"trigger": "wait", "from": "applied", "to": "waits", "roles": "hr", "paused": True}
    resume = {"trigger": "go_on", "from": "waits", "effect": "resume", "roles": "hr"}
    definition = a_definition(lifecycle=a_lifecycle_with({"waits": waits}, wait, resume))
    engine = an_installation(database, definition)
    enrolment = an_enrolment(engine, "applied", tier="only", definition=definition)
    days = [NOW + timedelta(days=day) for day in (0, 5, 7)]

    acting(engine, now=days[0]).fire(enrolment.id, "pause", reason="ill")
    acting(engine, now=days[1]).fire(enrolment.id, "wait")
    (before,) = running(database, enrolment.id)
    acting(engine, now=days[2]).fire(enrolment.id, "go_on")

    (shifted,) = running(database, enrolment.id)
    assert shifted.due_at - before.due_at == timedelta(days=2)


def test_reminders_come_after_the_first_day(database: Database) -> None:
    after = {
        "after": "1 month",
        "remind": ["1 month", "30 days", "1 day"],
        "notices": [{"notice": "late", "to": "hr"}],
    }
    applied = {"title": a_text("applied"), "deadlines": [after]}
    definition = a_definition(lifecycle=a_lifecycle_with({"applied": applied}))
    engine = an_installation(database, definition)

    enrolment = an_enrolment(
        engine, "applied", tier="only", definition=definition, now=berlin(2026, 1, 31, 9)
    )

    # A month after 31 January is 28 February; what would have come before 1 February is left out.
    assert {due[0] for due in dues(running(database, enrolment.id))} == {
        berlin(2026, 2, 27),
        berlin(2026, 3, 1),
    }


def test_a_correction_ends_the_wrong_result_s_deadlines(database: Database) -> None:
    def after(days: int) -> Any:
        return [{"after": f"{days} days", "notices": [{"notice": "evaluate", "to": "employee"}]}]

    completed = COURSE["states"]["completed"] | {"deadlines": after(30)}
    failed = COURSE["states"]["failed"] | {"deadlines": after(60)}
    definition = a_definition(
        lifecycle=a_lifecycle_with({"completed": completed, "failed": failed})
    )
    engine = an_installation(database, definition)
    enrolment = an_enrolment(engine, "failed", tier="only", definition=definition)
    later = NOW + timedelta(days=3)

    acting(engine, now=later).correct(
        enrolment.id, state="completed", grade="2.0", reason="mixed up"
    )

    wrong, right = rows(database, deadline, enrolment_id=enrolment.id)
    assert (wrong.state, wrong.ended_at) == ("failed", later)
    assert (right.state, right.ended_at) == ("completed", None)
    assert right.due_at.astimezone(BERLIN) == berlin(2026, 8, 1)
