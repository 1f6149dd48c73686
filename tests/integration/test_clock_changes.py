"""Clock changes, leap days, month ends, clocks that jump: nothing is missed, nothing is doubled."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from qualipath import ActingAs, InputError, Qualipath
from qualipath.definition.bundled import bundled
from qualipath.definition.loader import load_catalogue
from qualipath.definition.spec import Definition
from qualipath.definition.values import Period
from qualipath.services.intakes.planning import plan_intake
from qualipath.storage.database import Database
from qualipath.storage.tables import deadline, history, notice
from tests.builders import acting, an_employee, an_installation, employees, offered_as
from tests.integration.services.looking import rows

BERLIN = ZoneInfo("Europe/Berlin")
PATH = "duisburg_digital"
CALENDARS = load_catalogue(bundled("workflows")).calendars
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


def last_sunday(year: int, month: int) -> date:
    last = date(year, month, 31)
    return last - (last.weekday() + 1) % 7 * DAY


CLOCK_CHANGES = [last_sunday(year, month) for year in range(2025, 2036) for month in (3, 10)]
LEAP_DAYS = [date(2028, 2, 29), date(2032, 2, 29)]
MONTH_ENDS = [date(2027, 2, 28), date(2027, 4, 30), date(2027, 12, 31), date(2028, 1, 31)]
DAYS = sorted([*CLOCK_CHANGES, *LEAP_DAYS, *MONTH_ENDS])


def midnight(day: date) -> datetime:
    """Give the instant at which a day begins in Berlin."""
    return datetime.combine(day, time(), BERLIN).astimezone(UTC)


BEFORE, AFTER = midnight(date(2025, 1, 15)), midnight(date(2036, 1, 1))


def hr(engine: Qualipath, at: datetime) -> ActingAs:
    return acting(engine, organisation=None, now=at)


def planned(engine: Qualipath, **wanted: Any) -> int:
    """Plan an intake of the bootcamp long before; gives its id."""
    # Past the API, which would read all definitions each time.
    with hr(engine, BEFORE).acts.writing() as act:
        return plan_intake(act, CALENDARS, PATH, "bootcamp", parallel=True, **wanted).id


@pytest.fixture
def engine(database: Database) -> Qualipath:
    return an_installation(database, offered_as("bootcamp"))


# --- Days on which something happens as they begin and as they end --------------------------------

Told = dict[int, list[tuple[str, datetime]]]
"""What is told of an intake or an enrolment, by its id, and since when it holds."""


def intakes_on_the_days(engine: Qualipath) -> Told:
    """Plan two intakes for each day, and give what is to be told of them.

    One takes applications on that day, the other takes place on it.
    """
    told = {}
    for day in DAYS:
        applied_for = planned(
            engine, starts_on=day + 3 * DAY, opens=day, closes=day, allocates=day + DAY
        )
        told[applied_for] = [
            ("plan", BEFORE),
            ("open", midnight(day)),
            ("close", midnight(day + DAY)),
            ("allocate", midnight(day + 2 * DAY)),
            ("start", midnight(day + 3 * DAY)),
            ("close_list", midnight(day + 3 * DAY)),
            ("finish", midnight(day + 5 * DAY)),
        ]
        given = planned(
            engine, starts_on=day, ends_on=day, opens=day - 5 * DAY, closes=day - 3 * DAY
        )
        told[given] = [
            ("plan", BEFORE),
            ("open", midnight(day - 5 * DAY)),
            ("close", midnight(day - 2 * DAY)),
            ("allocate", midnight(day - 2 * DAY)),
            ("start", midnight(day)),
            ("close_list", midnight(day)),
            ("finish", midnight(day + DAY)),
        ]
    return told


def nominations_for_the_days() -> Iterator[tuple[datetime, datetime]]:
    """Give when to nominate somebody who lapses as a day begins, or as it ends, and when that is.

    The last of 21 days counts in full.
    """
    for day in DAYS:
        for begin in (day - 22 * DAY, day - 21 * DAY):
            yield midnight(begin) + 12 * HOUR, midnight(begin + 22 * DAY)


# --- How a host's clock goes ----------------------------------------------------------------------

Clock = Callable[[datetime], Iterator[datetime]]
"""What a host's clock shows whenever it looks around an instant."""


def right(at: datetime) -> Iterator[datetime]:
    yield from (at - MINUTE, at)


def put_back(at: datetime) -> Iterator[datetime]:
    yield from (at - MINUTE, at, at - HOUR, at - MINUTE, at)


def fast_and_leaping(at: datetime) -> Iterator[datetime]:
    yield from (at - HOUR - MINUTE, at + HOUR - MINUTE, at - MINUTE)


def pass_time(engine: Qualipath, clock: Clock, instants: set[datetime]) -> Told:
    """Let the scheduler look around every instant; gives what is to be told of those nominated."""
    nominations = dict(nominations_for_the_days())
    numbers = iter(employees(engine, len(nominations)))
    told = {}
    for at in sorted(instants | nominations.keys()):
        if at in nominations:
            id_ = hr(engine, at).nominate(next(numbers), PATH, "certificate_1").id
            told[id_] = [("nominate", at), ("lapse", nominations[at])]
            continue
        for shown in clock(at):
            report = engine.tick(shown)
            assert (report.failures, report.refused, report.overdue) == ((), (), 0)
            if shown < at:
                assert report.done == 0
    return told


def told_of(database: Database, column: str) -> Told:
    told: Told = {}
    for row in rows(database, history):
        if (id_ := getattr(row, column)) is not None:
            told.setdefault(id_, []).append((row.trigger, row.effective_at))
    return told


@pytest.mark.long
@pytest.mark.parametrize("clock", [right, put_back, fast_and_leaping])
def test_what_is_due_on_such_days_is_done_once_as_of_local_midnight(
    engine: Qualipath, database: Database, clock: Clock
) -> None:
    intakes = intakes_on_the_days(engine)
    lapses = [lapse for _, lapse in nominations_for_the_days()]
    # The reminder is a week before the last of the days, which ends as the nomination lapses.
    reminders = [midnight((at - HOUR).astimezone(BERLIN).date() - 7 * DAY) for at in lapses]
    moves = [at for told in intakes.values() for trigger, at in told if trigger != "plan"]

    nominated = pass_time(engine, clock, {*moves, *lapses, *reminders})

    assert told_of(database, "intake_id") == intakes
    assert told_of(database, "enrolment_id") == nominated
    ended = [row.ended_at for row in rows(database, deadline, done=True)]
    assert sorted(ended) == sorted([*lapses, *reminders])
    for name in ("nomination_reminder", "lapsed"):
        raised = [row.enrolment_id for row in rows(database, notice, notice=name)]
        assert sorted(raised) == sorted(nominated)
    assert engine.scheduler_status(AFTER).next_due is None


def test_midnight_is_an_hour_nearer_to_noon_in_summer() -> None:
    # The control: what is expected is no clock of this program's.
    spring, autumn = date(2027, 3, 28), date(2027, 10, 31)
    assert {spring, autumn} < set(CLOCK_CHANGES)
    assert [midnight(spring), midnight(spring + DAY)] == [
        datetime(2027, 3, 27, 23, tzinfo=UTC),
        datetime(2027, 3, 28, 22, tzinfo=UTC),
    ]
    assert [midnight(autumn), midnight(autumn + DAY)] == [
        datetime(2027, 10, 30, 22, tzinfo=UTC),
        datetime(2027, 10, 31, 23, tzinfo=UTC),
    ]


# --- Within the hour that comes twice, or never ---------------------------------------------------


def an_intake_that_opens(engine: Qualipath, at: str) -> int:
    return planned(engine, starts_on=date(2028, 3, 1), opens=at, closes=date(2028, 1, 1))


def test_what_opens_in_the_hour_that_comes_twice_opens_once(engine: Qualipath) -> None:
    with pytest.raises(InputError, match="twice"):
        an_intake_that_opens(engine, "2027-10-31T02:30")
    id_ = an_intake_that_opens(engine, "2027-10-31T02:30+01:00")
    shown = datetime(2027, 10, 31, 2, 30, tzinfo=BERLIN)

    effects = [engine.tick(shown.replace(fold=fold)).done for fold in (0, 1, 0, 1)]

    assert effects == [0, 1, 0, 0]
    assert hr(engine, AFTER).intake(id_).opens_at == datetime(2027, 10, 31, 1, 30, tzinfo=UTC)


def test_what_opens_as_the_clock_leaps_opens_once(engine: Qualipath) -> None:
    with pytest.raises(InputError, match="leaps"):
        an_intake_that_opens(engine, "2027-03-28T02:30")
    an_intake_that_opens(engine, "2027-03-28T03:00")
    clock = (datetime(2027, 3, 28, *shown, tzinfo=BERLIN) for shown in ((1, 59), (3, 0), (3, 1)))
    assert [engine.tick(at).done for at in clock] == [0, 1, 0]


# --- Leap days ------------------------------------------------------------------------------------


def expiring(**fields: Any) -> Definition:
    """Give the shipped path with a bootcamp whose credential holds for some time."""
    offered = offered_as("bootcamp")
    tier = offered.path.tiers["bootcamp"].model_copy(update=fields)
    path = offered.path.model_copy(update={"tiers": offered.path.tiers | {"bootcamp": tier}})
    return offered.model_copy(update={"path": path})


@pytest.mark.parametrize(
    ("awarded_on", "years", "reminded_at", "expires_at"),
    [
        ("2028-02-29", 1, "2029-01-28", "2029-03-01"),
        ("2028-02-29", 4, "2032-01-29", "2032-03-01"),
        ("2027-03-31", 1, "2028-02-29", "2028-04-01"),
        ("2026-03-31", 1, "2027-02-28", "2027-04-01"),
        ("2026-10-31", 1, "2027-09-30", "2027-11-01"),
    ],
)
def test_a_credential_holds_until_the_end_of_its_last_day(
    database: Database, awarded_on: str, years: int, reminded_at: str, expires_at: str
) -> None:
    definition = expiring(valid_for=Period(years, "years"), renew=(Period(1, "months"),))
    engine = an_installation(database, definition)
    an_employee(engine)
    noon = midnight(date.fromisoformat(awarded_on)) + 12 * HOUR
    for trigger in ("apply", "approve", "admit", "start", "complete"):
        hr(engine, noon).begin("4711", PATH, "bootcamp", trigger)
    reminder, expiry = (
        midnight(date.fromisoformat(reminded_at)),
        midnight(date.fromisoformat(expires_at)),
    )

    looks = (reminder - MINUTE, reminder, expiry - MINUTE, expiry, expiry - HOUR, expiry)

    assert [engine.tick(at).done for at in looks] == [0, 1, 0, 1, 0, 0]
    (expired,) = rows(database, history, trigger="expire")
    assert expired.effective_at == expiry
