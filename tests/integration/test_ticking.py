"""Ticks: everything that is due, once and in order, however often, late or violently they run."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from qualipath import InputError, Qualipath
from qualipath.engine.counters import Counters
from qualipath.services.ticks import leads
from qualipath.storage.database import Database
from qualipath.storage.tables import deadline, enrolment, history, intake, notice, tick
from tests.builders import (
    NOW,
    acting,
    an_employee,
    an_enrolment,
    an_installation,
    an_intake_row,
    the_path_without_intakes,
)
from tests.integration.killing import Killing, Work, remind_carelessly, tick_along
from tests.integration.services.looking import everything, rows

BERLIN = ZoneInfo("Europe/Berlin")
PATH = "duisburg_digital"
LATER = NOW + timedelta(days=60)


@pytest.fixture
def engine(database: Database) -> Qualipath:
    return an_installation(database, the_path_without_intakes())


def nominated(engine: Qualipath, count: int) -> list[int]:
    """Nominate as many people, each of whom is reminded once, and lapses, at its own minutes."""
    hr = acting(engine)
    ids = []
    for number in range(count):
        an_employee(engine, f"{number}")
        ids.append(hr.nominate(f"{number}", PATH, "certificate_1").id)
    with hr.acts.writing() as act:
        for row in act.connection.execute(select(deadline.c.id, deadline.c.due_at)).all():
            later = row.due_at + timedelta(minutes=row.id)
            act.connection.execute(
                update(deadline).where(deadline.c.id == row.id).values(due_at=later)
            )
    return ids


def effects(database: Database) -> dict[str, list[int]]:
    """Give whom each kind of effect has had, as often as it has."""
    told = {"reminded": "nomination_reminder", "told of it": "lapsed"}
    found = {
        name: sorted(row.enrolment_id for row in rows(database, notice, notice=each))
        for name, each in told.items()
    }
    lapsed = [row.enrolment_id for row in rows(database, history, trigger="lapse")]
    return found | {"lapsed": sorted(lapsed)}


def each_once(ids: list[int]) -> dict[str, list[int]]:
    return dict.fromkeys(("reminded", "told of it", "lapsed"), sorted(ids))


# --- Killed ---------------------------------------------------------------------------------------


@pytest.fixture
def due(engine: Qualipath) -> Iterator[list[int]]:
    ids = nominated(engine, 50)
    # The processes open it by themselves.
    engine.close()
    yield ids
    engine.close()


def killing(work: Work, database: Database) -> Killing:
    url = database.address.url.render_as_string(hide_password=False)
    return Killing(work, url, LATER)


@pytest.mark.long
def test_killed_sixty_times_while_a_hundred_things_are_due(
    database: Database, due: list[int]
) -> None:
    alone = database.address.file is not None

    killed = killing(tick_along, database).run(1 if alone else 4, kills=60)

    assert killed == 60
    assert effects(database) == each_once(due)
    assert {(row.state, row.version) for row in rows(database, enrolment)} == {("lapsed", 2)}
    assert {row.done for row in rows(database, deadline)} == {True}


@pytest.mark.long
def test_several_without_the_claim_do_everything_several_times(
    database: Database, due: list[int]
) -> None:
    killing(remind_carelessly, database).run(2, together=True)
    assert effects(database)["reminded"] == sorted([*due, *due])


# --- In order, and once ---------------------------------------------------------------------------


def test_a_clock_that_jumps_neither_misses_nor_doubles(
    engine: Qualipath, database: Database
) -> None:
    ids = nominated(engine, 4)
    dues = [row.due_at for row in rows(database, deadline)]
    hour = timedelta(hours=1)

    for at in sorted(dues):
        for jump in (-hour, hour, timedelta(), -hour):
            engine.tick(at + jump)

    assert effects(database) == each_once(ids)


def test_what_was_missed_comes_in_order_as_of_when_it_was_due(
    engine: Qualipath, database: Database
) -> None:
    nominated(engine, 3)
    report = engine.tick(LATER)
    told = rows(database, history, trigger="lapse")
    dues = sorted(row.due_at for row in rows(database, deadline, trigger="lapse"))
    assert [row.effective_at for row in told] == dues
    assert report.effects == {"reminders": 3, "triggers": 3}
    assert (report.next_due, report.overdue, report.failures) == (None, 0, ())


def some_time(database: Database, ticks: list[datetime]) -> dict[str, list[tuple[Any, ...]]]:
    """Let time pass, and give all that is stored then, less when it was written."""
    engine = an_installation(database)
    for number, state in enumerate(("nominated", "applied", "admitted")):
        an_enrolment(
            engine, state, number=f"{number}", tier="certificate_1" if not number else "bootcamp"
        )
    acting(engine, organisation=None).plan_terms(PATH, years=1)
    for at in ticks:
        report = engine.tick(at)
        assert (report.failures, report.overdue) == ((), 0)
    written = {"history": {"recorded_at"}, "notice": {"raised_at", "due_at"}}
    stored = everything(database)
    del stored["tick"]
    return {
        table: [
            tuple(v for k, v in row._asdict().items() if k not in written.get(table, ()))
            for row in found
        ]
        for table, found in stored.items()
    }


@pytest.mark.long
def test_one_jump_is_as_many_steps(migrated_file: Path, tmp_path: Path) -> None:
    end, day, random = NOW + timedelta(days=150), timedelta(days=1), Random(7)  # noqa: S311
    steps = sorted(NOW + random.random() * 150 * day for _ in range(20))
    stored = []
    for number, ticks in enumerate(
        ([end], [*(NOW + n * day for n in range(150)), end], [*steps, end])
    ):
        file = tmp_path / f"{number}.db"
        shutil.copyfile(migrated_file, file)
        opened = Database.open(f"sqlite:///{file}")
        stored.append(some_time(opened, ticks))
        opened.close()
    assert len(stored[0]["history"]) > 10
    assert stored[1] == stored[0]
    assert stored[2] == stored[0]


def test_an_offer_lapses_before_the_intake_starts(database: Database) -> None:
    engine = an_installation(database)
    offered = an_enrolment(engine, "offered")
    start = datetime(2026, 7, 5, 22, tzinfo=UTC)
    row = an_intake_row(
        opens_at=NOW - timedelta(days=1),
        **dict.fromkeys(("closes_at", "allocates_at"), NOW),
        **dict.fromkeys(("starts_at", "list_closes_at", "due_at"), start),
        state="allocated",
    )
    with acting(engine).acts.writing() as act:
        act.connection.execute(intake.insert().values(row))
        act.connection.execute(update(enrolment).values(intake_id=1))
        lapse = update(deadline).where(deadline.c.trigger == "lapse")
        act.connection.execute(lapse.values(due_at=start))

    report = engine.tick(start)

    assert (report.failures, report.overdue) == ((), 0)
    (lapsed,) = rows(database, history, enrolment_id=offered.id, trigger="lapse")
    started, closed = rows(database, history, intake_id=1)
    assert [lapsed.effective_at, started.effective_at, closed.effective_at] == [start] * 3
    assert (started.trigger, closed.trigger) == ("start", "close_list")
    assert lapsed.id < started.id


# --- Failures -------------------------------------------------------------------------------------


def test_what_fails_keeps_nobody_else_waiting(engine: Qualipath, database: Database) -> None:
    first, broken, last = (
        an_enrolment(engine, "nominated", tier="certificate_1", number=f"{n}").id for n in range(3)
    )
    an_enrolment(engine, "applied", number="3", now=NOW + timedelta(days=7))
    with acting(engine).acts.writing() as act:
        spoilt = update(enrolment).where(enrolment.c.id == broken).values(state="unheard_of")
        act.connection.execute(spoilt)

    report = engine.tick(LATER)

    (failure,) = report.failures
    assert (failure.job, failure.due_at.astimezone(BERLIN).day) == ("triggers", 23)
    assert failure.message.startswith(("ValueError in ", "KeyError in "))
    assert report.overdue == 1
    assert report.next_due == failure.due_at
    assert effects(database)["lapsed"] == [first, last]
    # What came later was done.
    assert len(rows(database, notice, notice="approval_escalated")) == 2
    (noted,) = rows(database, tick)
    assert (noted.failures, noted.error) == (1, str(failure))

    with acting(engine).acts.writing() as act:
        mended = update(enrolment).where(enrolment.c.id == broken).values(state="nominated")
        act.connection.execute(mended)
    assert engine.tick(LATER).effects == {"triggers": 1}


def test_a_locked_database_ends_the_tick(migrated_file: Path, tmp_path: Path) -> None:
    file = tmp_path / "locked.db"
    shutil.copyfile(migrated_file, file)
    database = Database.open(f"sqlite:///{file}", busy_timeout=0.1)
    engine = an_installation(database, the_path_without_intakes())
    nominated(engine, 3)
    other = Database.open(f"sqlite:///{file}")
    with other.writing():
        report = engine.tick(LATER)
    assert {failure.job for failure in report.failures} == {"database"}
    assert "is locked" in report.failures[0].message
    assert report.effects == {}
    assert engine.tick(LATER).effects == {"reminders": 3, "triggers": 3}
    for opened in (database, other):
        opened.close()


def test_told_to_stop_it_leaves_the_rest(engine: Qualipath) -> None:
    nominated(engine, 3)
    asked: list[int] = []

    def after_two_units() -> bool:
        asked.append(0)
        return len(asked) > 4

    report = engine.tick(LATER, stop=after_two_units)

    assert report.effects == {"reminders": 2}
    assert report.overdue == 4
    assert engine.tick(LATER).done == 4


# --- Leading, and being watched -------------------------------------------------------------------


def test_a_leader_saves_work_and_nothing_else(engine: Qualipath, database: Database) -> None:
    nominated(engine, 1)
    if database.address.file is not None:
        assert engine.tick(NOW).led
        return
    with acting(engine).acts.reading() as act:
        assert leads(act)
        left = engine.tick(LATER)
        assert (left.led, left.done) == (False, 0)
        assert rows(database, tick) == []
        # With nothing to do there is nothing to lead.
        assert engine.tick(NOW).led
        assert engine.tick(LATER, leader=False).done == 2
    assert engine.tick(LATER).led


def test_every_host_s_last_tick_is_kept(engine: Qualipath) -> None:
    ids = nominated(engine, 2)
    assert engine.scheduler_status(LATER).overdue == 2 * len(ids)
    for host in ("a", "b", "a"):
        engine.tick(LATER, host=host)

    status = engine.scheduler_status(LATER)

    assert [(last.host, last.at, last.effects) for last in status.ticks] == [
        ("a", LATER, 0),
        ("b", LATER, 0),
    ]
    assert (status.next_due, status.overdue, status.failures) == (None, 0, 0)


def test_a_tick_needs_a_real_instant(engine: Qualipath) -> None:
    with pytest.raises(InputError, match="no time zone"):
        engine.tick(datetime(2027, 1, 1))  # noqa: DTZ001


def test_counters_tell_what_ticks_add_up_to(engine: Qualipath) -> None:
    nominated(engine, 2)
    counters = Counters()
    at = datetime(2026, 7, 15, tzinfo=UTC)
    for until in (at, LATER):
        counters.count(engine.tick(until), ended_at=at)
    assert counters.exposition() == (
        "# HELP qualipath_ticks_total Ticks of the scheduler.\n"
        "# TYPE qualipath_ticks_total counter\n"
        "qualipath_ticks_total 2\n"
        "# HELP qualipath_ticks_skipped_total Ticks that left the work to the leader.\n"
        "# TYPE qualipath_ticks_skipped_total counter\n"
        "qualipath_ticks_skipped_total 0\n"
        "# HELP qualipath_tick_failures_total Units of work that failed.\n"
        "# TYPE qualipath_tick_failures_total counter\n"
        "qualipath_tick_failures_total 0\n"
        "# HELP qualipath_tick_refused_total Triggers of deadlines that the rules refused.\n"
        "# TYPE qualipath_tick_refused_total counter\n"
        "qualipath_tick_refused_total 0\n"
        "# HELP qualipath_tick_effects_total Effects, by job.\n"
        "# TYPE qualipath_tick_effects_total counter\n"
        'qualipath_tick_effects_total{job="planning"} 0\n'
        'qualipath_tick_effects_total{job="reminders"} 2\n'
        'qualipath_tick_effects_total{job="triggers"} 2\n'
        'qualipath_tick_effects_total{job="credentials"} 0\n'
        'qualipath_tick_effects_total{job="intake_reminders"} 0\n'
        'qualipath_tick_effects_total{job="intakes"} 0\n'
        "# HELP qualipath_last_tick_timestamp_seconds When the last tick ended.\n"
        "# TYPE qualipath_last_tick_timestamp_seconds gauge\n"
        "qualipath_last_tick_timestamp_seconds 1784073600.0\n"
        "# HELP qualipath_overdue What was due and is not done.\n"
        "# TYPE qualipath_overdue gauge\n"
        "qualipath_overdue 0\n"
    )
