"""Ten years of the scheduler: the same database whether it looks daily, at random or seldom."""

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from qualipath import Qualipath
from qualipath.definition.intakes import IntakeSpec
from qualipath.definition.spec import Definition
from qualipath.definition.values import Period
from qualipath.services import agenda
from qualipath.services.intakes.moving import run_due
from qualipath.storage.database import Database
from qualipath.storage.tables import employee, enrolment
from tests.builders import NOW, acting, an_employee, an_installation, employees, the_shipped_path
from tests.integration.services.looking import everything

PATH = "duisburg_digital"
DAY = timedelta(days=1)
TEN_YEARS_ON = NOW + 3653 * DAY
WRITTEN = {
    "history": {"recorded_at"},
    "command": {"recorded_at"},
    "notice": {"raised_at", "due_at"},
}
"""When something was written, which depends on when somebody looked."""

COUNTED = {"history", "notice", "deadline", "credential"}
"""Tables whose ids nothing but the order of writing decides, or what was tried in vain."""

Stored = Mapping[str, list[dict[str, Any]]]
Look = Callable[[Qualipath, datetime], None]
Looks = Callable[[datetime, datetime], Iterable[datetime]]
"""When the scheduler looks between two instants."""


def the_small_path() -> Definition:
    """Give the shipped path as one whose few seats run out, and whose bootcamp expires."""
    shipped = the_shipped_path()
    few = {"minimum": 2, "allocation": ["waiting", "rejections", "tenure"], "carry_over": True}
    changed: dict[str, dict[str, Any]] = {
        "bootcamp": {"valid_for": Period(2, "years"), "renew": (Period(3, "months"),)},
        "certificate_1": {
            "prerequisites": None,
            "intakes": IntakeSpec.model_validate({"seats": 3} | few),
        },
        "certificate_2": {"intakes": IntakeSpec.model_validate({"seats": 3} | few)},
    }
    tiers = {
        name: tier.model_copy(update=changed.get(name, {}))
        for name, tier in shipped.path.tiers.items()
    }
    return shipped.model_copy(update={"path": shipped.path.model_copy(update={"tiers": tiers})})


# --- What people do, at fixed instants in the first years -----------------------------------------


class Staff:
    """HR of all organisations at one instant, by whom and what rather than by id."""

    def __init__(self, engine: Qualipath, at: datetime) -> None:
        self.engine = engine
        self.hr = acting(engine, organisation=None, now=at)

    def apply(self, tier: str, *numbers: str) -> None:
        for number in numbers:
            self.hr.apply(number, PATH, tier)

    def fire(self, trigger: str, *numbers: str, **further: Any) -> None:
        for number in numbers:
            self.hr.fire(self._newest(number), trigger, **further)

    def intake(self, tier: str, term: str | None) -> int:
        (found,) = (i.id for i in self.hr.intakes(PATH, tier) if i.term == term)
        return found

    def _newest(self, number: str) -> int:
        whose = select(enrolment.c.id).join(employee, employee.c.id == enrolment.c.employee_id)
        newest = whose.where(employee.c.number == number).order_by(enrolment.c.id.desc()).limit(1)
        with self.engine.database.reading() as connection:
            return int(connection.execute(newest).scalar_one())


Deed = tuple[datetime, Callable[[Staff], object]]


def on(year: int, month: int, day: int) -> datetime:
    """Give an instant of a day at which nothing is due."""
    return datetime(year, month, day, 9, 30, tzinfo=UTC)


def applying(tier: str, number: str) -> Callable[[Staff], None]:
    return lambda staff: staff.apply(tier, number)


def the_first_years() -> Iterator[Deed]:
    """Tell what people do; whatever else happens is the scheduler's."""
    # Six for three seats: one is never approved, one is paused for a while, two wait.
    for day, number in enumerate(("c1", "c2", "c3", "c4", "c5", "c6"), 2):
        yield on(2026, 7, day), applying("certificate_1", number)
    yield on(2026, 7, 9), lambda s: s.fire("approve", "c1", "c2", "c3", "c4", "c5")
    yield on(2026, 7, 10), lambda s: s.fire("pause", "c6", reason="a long illness")
    yield on(2026, 7, 20), lambda s: s.fire("resume", "c6")
    # One offer is not answered in time, the next one is; then it is too late for another.
    yield on(2026, 9, 16), lambda s: s.fire("withdraw", "c1")
    yield on(2026, 9, 28), lambda s: s.fire("accept", "c5")
    yield on(2026, 10, 13), lambda s: s.fire("withdraw", "c2")
    # Nominated, and then nothing.
    yield on(2026, 11, 2), lambda s: s.hr.nominate("c7", PATH, "masters")
    # Who was carried over is ranked in the summer; the intake after that is too small.
    yield on(2027, 1, 4), lambda s: s.apply("certificate_1", "c7", "c8", "c9", "c10")
    yield on(2027, 1, 8), lambda s: s.fire("approve", "c7", "c8", "c9", "c10")
    # One result comes, the others are chased.
    yield on(2027, 4, 9), lambda s: s.fire("complete", "c3", grade="1.7")
    yield on(2027, 7, 1), lambda s: s.apply("certificate_2", "c3")
    yield on(2027, 7, 2), lambda s: s.fire("approve", "c3")
    yield (
        on(2027, 8, 30),
        lambda s: s.hr.cancel_intake(
            s.intake("certificate_2", "WS 2027/28"), reason="only one has applied"
        ),
    )
    # A bootcamp on a day of its own; what it gives expires, if it is not renewed.
    yield (
        on(2027, 9, 1),
        lambda s: s.hr.plan_intake(
            PATH, "bootcamp", starts_on=date(2027, 11, 30), seats=2, provider="the institute"
        ),
    )
    yield on(2027, 9, 2), lambda s: s.apply("bootcamp", "c10", "c11", "c12")
    yield on(2027, 9, 3), lambda s: s.fire("approve", "c10", "c11", "c12")
    yield on(2027, 12, 3), lambda s: s.fire("complete", "c10", "c11")
    # The dates of a term are put right, with people in it.
    yield on(2028, 1, 5), lambda s: s.apply("certificate_1", "c11", "c12")
    yield on(2028, 1, 6), lambda s: s.fire("approve", "c11", "c12")
    yield (
        on(2028, 1, 7),
        lambda s: s.hr.redate_intake(
            s.intake("certificate_1", "SS 2028"),
            reason="a late start",
            closes=date(2028, 2, 29),
            allocates=date(2028, 2, 29),
            starts_on=date(2028, 4, 10),
        ),
    )
    yield on(2029, 2, 28), lambda s: s.hr.recognise("c10", "bootcamp", evidence="a certificate")


# --- How the scheduler looks ----------------------------------------------------------------------


def tick(engine: Qualipath, at: datetime) -> None:
    report = engine.tick(at)
    assert (report.failures, report.refused, report.overdue) == ((), (), 0)


def tick_as_of_now(engine: Qualipath, at: datetime) -> None:
    """Do all that a tick does, but move intakes as of when it is done, not of when it was due."""
    schedule = acting(engine, "schedule", "qualipath", None, at)
    while (due := next_due(engine)) and due.at <= at:
        for intake_id in intakes_due(engine, due.at):
            with schedule.acts.writing() as act:
                run_due(act, intake_id, due.at)
        tick(engine, due.at)


def next_due(engine: Qualipath) -> agenda.Agenda | None:
    with acting(engine).acts.reading() as act:
        return agenda.next_due(act)


def intakes_due(engine: Qualipath, at: datetime) -> tuple[int, ...]:
    with acting(engine).acts.reading() as act:
        return agenda.intakes_due(act, at)


def hardly_ever(_begin: datetime, _end: datetime) -> Iterator[datetime]:
    return iter(())


def daily(begin: datetime, end: datetime) -> Iterator[datetime]:
    day = begin.replace(hour=4, minute=0) + DAY
    while day < end:
        yield day
        day += DAY


def at_random(seed: int) -> Looks:
    """Look within seconds or after months, and now and then again by a clock that was put back."""
    random = Random(seed)  # noqa: S311 -- to be repeated, not to be secret

    def some(begin: datetime, end: datetime) -> Iterator[datetime]:
        while (begin := begin + DAY * 10 ** random.uniform(-4, 2)) < end:
            yield begin
            if random.random() < 1 / 5:
                yield begin - timedelta(hours=1)

    return some


def play(database: Database, until: datetime, looks: Looks, look: Look = tick) -> Stored:
    """Let time pass from deed to deed and to the end; give what is stored then.

    Whenever people do something, the scheduler has done what was due until then.
    """
    engine = an_installation(database, the_small_path())
    employees(engine, 12)
    an_employee(engine, "c6", supervisor="c2", deputy="c3")
    deeds = [(at, do) for at, do in the_first_years() if at < until]
    for (begin, _), (end, do) in pairwise([(NOW, None), *deeds, (until, None)]):
        for at in (*looks(begin, end), end):
            look(engine, at)
        if do is not None:
            do(Staff(engine, end))
    return stored(database)


def stored(database: Database) -> Stored:
    """Give all that is stored, less when it was written, and less who looked when.

    Ids that databases count as they like are left out, or replaced by what they stand for.
    """
    found = everything(database)
    del found["tick"]
    held = {row.id: f"{row.employee_id}: {row.kind} {row.key}" for row in found["credential"]}
    return {
        table: sorted((compared(table, row._asdict(), held) for row in some), key=str)
        for table, some in found.items()
    }


def compared(table: str, row: Mapping[str, Any], held: Mapping[int, str]) -> dict[str, Any]:
    left_out = WRITTEN.get(table, set()) | ({"id"} if table in COUNTED else set())
    return {k: spelled_out(k, v, held) for k, v in row.items() if k not in left_out}


def spelled_out(column: str, value: Any, held: Mapping[int, str]) -> Any:
    """Say which credential is meant, where one is."""
    if column == "credential_id":
        return held.get(value)
    if column in {"details", "context"} and value is not None:
        told = json.loads(value)
        return told | {"credential": held.get(told.get("credential"))}
    return value


def undated(told: Iterable[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
    """Give history entries without their instants."""
    return sorted(
        (tuple(v for k, v in row.items() if k != "effective_at") for row in told), key=str
    )


# --- The same database ----------------------------------------------------------------------------


@contextmanager
def a_new(migrated_file: Path, file: Path) -> Iterator[Database]:
    shutil.copyfile(migrated_file, file)
    database = Database.open(f"sqlite:///{file}", durable=False)
    yield database
    database.close()


@pytest.fixture(scope="module")
def one_jump(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Stored:
    """Give what ten years leave behind in which the scheduler looked as seldom as it could."""
    with a_new(migrated_file, tmp_path_factory.mktemp("years") / "one_jump.db") as database:
        return play(database, TEN_YEARS_ON, hardly_ever)


def test_the_years_have_everything_in_them(one_jump: Stored) -> None:
    intakes = {"plan", "open", "close", "flag", "allocate", "start", "close_list", "finish"}
    seats = {"admit", "waitlist", "offer", "lapse", "carry_over", "pass_over", "cancel"}
    assert {row["trigger"] for row in one_jump["history"]} > intakes | seats | {"expire", "redate"}
    assert {row["notice"] for row in one_jump["notice"]} > {
        "approval_reminder",
        "approval_escalated",
        "offer_lapsing",
        "nomination_reminder",
        "intake_undersized",
        "results_overdue",
        "credential_expires",
        "dates_changed",
    }


@pytest.mark.long
def test_ten_years_of_days_are_one_jump(
    migrated_file: Path, tmp_path: Path, one_jump: Stored
) -> None:
    with a_new(migrated_file, tmp_path / "daily.db") as database:
        assert play(database, TEN_YEARS_ON, daily) == one_jump


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 2])
def test_ten_years_of_random_steps_are_one_jump(
    database: Database, seed: int, one_jump: Stored
) -> None:
    assert play(database, TEN_YEARS_ON, at_random(seed)) == one_jump


def test_a_tick_that_dates_by_its_own_clock_is_found_out(
    migrated_file: Path, tmp_path: Path
) -> None:
    # The control: what is compared would tell.
    well, badly = (
        played_for_a_year(migrated_file, tmp_path / f"{look.__name__}.db", look)
        for look in (tick, tick_as_of_now)
    )
    assert badly != well
    assert undated(badly) == undated(well)


def played_for_a_year(migrated_file: Path, file: Path, look: Look) -> list[dict[str, Any]]:
    """Give the history of a year in which the scheduler looked in this way."""
    with a_new(migrated_file, file) as database:
        return play(database, NOW + 365 * DAY, at_random(3), look)["history"]
