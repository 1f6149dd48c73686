"""Planning intakes: by hand with dates of one's own, and by term as the scheduler does."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from qualipath import ConflictError, InputError, NotFoundError, Qualipath, RefusedError
from qualipath.definition.bundled import bundled
from qualipath.definition.intakes import IntakeSpec
from qualipath.definition.loader import load_catalogue
from qualipath.definition.spec import AVAILABLE, Definition, LifecycleSpec, Role
from qualipath.domain.terms import dates_of
from qualipath.engine import ActingAs
from qualipath.services.intakes.drafting import draft
from qualipath.services.intakes.offers import Offer
from qualipath.services.intakes.planning import plan_due, plan_intake, plan_terms
from qualipath.services.intakes.steps import take_step
from qualipath.services.models import Intake
from qualipath.storage.database import Database
from qualipath.storage.tables import history, intake, planning
from tests.builders import NOW, acting, an_installation, publish, the_shipped_path
from tests.integration.services.looking import rows

PATH = "duisburg_digital"
CALENDARS = load_catalogue(bundled("workflows")).calendars
BERLIN = ZoneInfo("Europe/Berlin")
BLOCKED = 0.5
"""Seconds after which who has not come back is taken to wait for a lock."""

# The tiers whose intakes follow a calendar's terms, and their next two as of NOW, 1 July 2026.
NEXT = [
    ("certificate_1", "WS 2026/27"),
    ("certificate_2", "WS 2026/27"),
    ("masters", "WS 2026/27"),
    ("certificate_1", "SS 2027"),
    ("certificate_2", "SS 2027"),
]


@pytest.fixture
def engine(database: Database) -> Qualipath:
    return an_installation(database)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as threads:
        yield threads


def hr(engine: Qualipath, now: datetime = NOW) -> ActingAs:
    return acting(engine, organisation=None, now=now)


def the_schedule(engine: Qualipath, now: datetime = NOW) -> ActingAs:
    return acting(engine, "schedule", "tick", None, now)


def planned_by_hand(
    engine: Qualipath, tier: str = "bootcamp", now: datetime = NOW, **wanted: Any
) -> Intake:
    """Plan an intake that starts on 11 January 2027, unless told otherwise."""
    usual = {"starts_on": date(2027, 1, 11)}
    with hr(engine, now).acts.writing() as act:
        return plan_intake(act, CALENDARS, PATH, tier, **(usual | wanted))


def all_terms(
    engine: Qualipath, until: date = date(2027, 6, 30), now: datetime = NOW
) -> tuple[Intake, ...]:
    with hr(engine, now).acts.writing() as act:
        return plan_terms(act, CALENDARS, PATH, until=until)


def what_is_due(engine: Qualipath, at: datetime, path: str = PATH) -> int:
    with the_schedule(engine, at).acts.writing() as act:
        return plan_due(act, CALENDARS, path, at)


def due_at(database: Database) -> datetime | None:
    (row,) = rows(database, planning)
    due: datetime | None = row.due_at
    return due


def terms(database: Database) -> list[tuple[str, str]]:
    return [(row.tier, row.term) for row in rows(database, intake)]


def with_tier(tier: str, **fields: Any) -> Definition:
    """Change some fields of a tier of the shipped path."""
    definition = the_shipped_path()
    changed = definition.path.tiers[tier].model_copy(update=fields)
    tiers = definition.path.tiers | {tier: changed}
    path = definition.path.model_copy(update={"tiers": tiers})
    return definition.model_copy(update={"path": path})


def offering(tier: str, **intakes: Any) -> Definition:
    return with_tier(tier, intakes=IntakeSpec.model_validate({"seats": 30} | intakes))


def local(instant: datetime) -> str:
    return f"{instant.astimezone(BERLIN):%Y-%m-%d %H:%M}"


# By hand.


def test_an_intake_of_its_own_dates(engine: Qualipath, database: Database) -> None:
    made = planned_by_hand(
        engine,
        opens=date(2026, 10, 1),
        closes=date(2026, 11, 30),
        seats=12,
        minimum=4,
        provider="institute",
        seed=7,
    )

    assert (made.tier, made.term, made.state) == ("bootcamp", None, "planned")
    assert (made.starts_on, made.ends_on) == (date(2027, 1, 11), date(2027, 1, 12))
    assert local(made.opens_at) == "2026-10-01 00:00"
    assert local(made.closes_at) == "2026-12-01 00:00"
    assert made.allocates_at == made.closes_at
    assert (made.seats, made.minimum, made.provider, made.seed) == (12, 4, "institute", 7)
    assert made.due_at == made.opens_at
    (told,) = rows(database, history, intake_id=made.id)
    assert (told.trigger, told.source, told.target) == ("plan", AVAILABLE, "planned")
    assert (told.version, told.effective_at) == (1, NOW)


def test_where_there_are_no_windows_it_opens_at_once_and_closes_as_it_starts(
    engine: Qualipath,
) -> None:
    made = planned_by_hand(engine)
    assert made.opens_at == NOW
    assert local(made.closes_at) == "2027-01-11 00:00"
    assert made.seats == 20


def test_what_is_left_out_is_the_calendar_s(engine: Qualipath) -> None:
    made = planned_by_hand(engine, "certificate_1")
    assert made.term is None
    assert local(made.opens_at) == "2026-09-21 00:00"
    assert local(made.closes_at) == "2026-12-01 00:00"
    assert local(made.allocates_at) == "2026-12-15 00:00"
    assert made.ends_on == date(2027, 7, 10)
    later = planned_by_hand(
        engine, "certificate_1", opens=date(2026, 12, 2), closes=date(2026, 12, 20)
    )
    assert later.allocates_at == later.closes_at


def test_an_intake_that_starts_with_a_term_is_the_term_s(
    engine: Qualipath, database: Database
) -> None:
    made = planned_by_hand(engine, "certificate_1", starts_on=date(2026, 10, 1), seats=40)
    assert made.term == "WS 2026/27"
    assert (made.lectures_from, made.lectures_until) == (date(2026, 10, 12), date(2027, 2, 5))
    second = planned_by_hand(
        engine, "certificate_1", starts_on=date(2026, 10, 1), seats=40, parallel=True
    )
    assert second.term is None

    all_terms(engine)

    assert terms(database).count(("certificate_1", "WS 2026/27")) == 1


def test_the_lot_is_the_same_wherever_the_same_intake_is_planned(engine: Qualipath) -> None:
    first = planned_by_hand(engine, "certificate_1")
    again = planned_by_hand(engine, "certificate_1", parallel=True)
    other = planned_by_hand(engine, "certificate_2")
    assert first.seed == again.seed
    assert first.seed != other.seed
    assert 0 <= first.seed < 2**31


def test_it_does_not_open_before_it_is_planned(engine: Qualipath) -> None:
    made = planned_by_hand(engine, opens=date(2026, 1, 1))
    assert made.opens_at == NOW


def test_a_time_without_an_offset_is_the_calendar_s(engine: Qualipath) -> None:
    for given, shown in (
        ("2026-10-25T03:00", "2026-10-25 03:00"),
        (datetime(2026, 10, 25, 1, 59), "2026-10-25 01:59"),  # noqa: DTZ001 -- as people give it
        ("2026-10-25T02:30+01:00", "2026-10-25 02:30"),
        (datetime(2026, 10, 25, 12, tzinfo=UTC), "2026-10-25 13:00"),
        ("2026-10-25", "2026-10-26 00:00"),
    ):
        assert local(planned_by_hand(engine, closes=given, parallel=True).closes_at) == shown


BAD: list[tuple[dict[str, Any], str]] = [
    (
        {"closes": "2026-10-25T02:30"},
        r"02:30 twice on 2026-10-25; write 2026-10-25T02:30:00\+02:00 or 2026-10-25T02:30:00\+01",
    ),
    (
        {"starts_on": "2027-06-01", "closes": "2027-03-28T02:30"},
        "'closes': there is no 02:30 on 2027-03-28 in Europe/Berlin",
    ),
    ({"closes": "soon"}, "'closes': 'soon' is neither a day nor an instant; write 2027-01-11"),
    ({"opens": "2026-12-01", "closes": "2026-11-30"}, r"would close \(.*\) before they open"),
    ({"opens": "2026-12-01", "closes": "2026-12-01T00:00"}, r"would close \(.*\) before they"),
    ({"closes": "2026-06-30"}, "applications would have closed already"),
    ({"closes": "2027-01-11"}, r"applications would close \(.*\) after the start"),
    ({"closes": "2026-12-01", "allocates": "2026-11-30"}, "before applications close"),
    ({"closes": "2026-12-01", "allocates": "2027-01-11"}, r"seats would be given \(.*\) after"),
    ({"ends_on": date(2027, 1, 10)}, "end on 2027-01-10, before it starts on 2027-01-11"),
    ({"starts_on": "2027-02-29"}, "'starts_on': '2027-02-29' is neither a day"),
    ({"starts_on": "2027-01-11T09:00"}, "'starts_on' is a day such as 2027-01-11"),
    ({"starts_on": date(9999, 12, 31)}, "9999-12-31 can't be right; a year from 1900 to 2999"),
    ({"seats": -1}, "'seats': -1 can't be; write a number from 0"),
    ({"seats": 2**31}, "'seats': 2147483648 can't be"),
    ({"minimum": -1}, "'minimum': -1 can't be"),
    ({"seats": 3, "minimum": 4}, "a minimum of 4 can't be reached with 3 seats"),
    ({"seed": -1}, "the seed -1 can't be"),
    ({"seed": 2**31}, "the seed 2147483648 can't be"),
    ({"provider": "x" * 201}, "the provider has 201 characters"),
]


def test_what_cannot_be_is_refused_and_nothing_is_written(
    engine: Qualipath, database: Database
) -> None:
    for wanted, told in BAD:
        with pytest.raises(InputError, match=told):
            planned_by_hand(engine, **wanted)
    assert rows(database, intake) == []
    assert [row for row in rows(database, history) if row.intake_id] == []


def test_quotas_cannot_keep_more_seats_than_there_are(database: Database) -> None:
    kept = {"quota": {"seats": {"city": 20, "town": 10}, "lapses": "1 week"}}
    engine = an_installation(database, offering("certificate_1", allocation=[kept]))
    with pytest.raises(InputError, match="30 seats are kept for organisations, and there would be"):
        planned_by_hand(engine, "certificate_1", seats=29)
    assert planned_by_hand(engine, "certificate_1", seats=30).quotas_lapse_at is not None


def test_windows_of_a_tier_must_not_overlap_unless_somebody_says_so(engine: Qualipath) -> None:
    first = planned_by_hand(engine, opens=date(2026, 10, 1), closes=date(2026, 10, 31))
    with pytest.raises(
        InputError,
        match=rf"overlap that of intake {first.id} \(bootcamp 2027-01-11: 2026-10-01 00:00 to "
        r"2026-11-01 00:00\); name other dates, or plan it as parallel",
    ):
        planned_by_hand(engine, opens=date(2026, 10, 31), closes=date(2026, 11, 30))
    planned_by_hand(engine, opens=date(2026, 11, 1), closes=date(2026, 11, 30))
    planned_by_hand(engine, opens=date(2026, 10, 31), closes=date(2026, 11, 30), parallel=True)
    hr(engine).cancel_intake(first.id, reason="too few rooms")
    planned_by_hand(engine, opens=date(2026, 9, 1), closes=date(2026, 10, 30))


def test_a_tier_without_rules_needs_its_seats_named(database: Database) -> None:
    engine = an_installation(database, with_tier("bootcamp", intakes=None))
    with pytest.raises(InputError, match="the tier 'bootcamp' says nothing of seats"):
        planned_by_hand(engine)
    made = planned_by_hand(engine, seats=5)
    assert (made.seats, made.minimum) == (5, 0)


def test_a_tier_without_a_duration_needs_its_last_day_named(database: Database) -> None:
    engine = an_installation(database, with_tier("bootcamp", duration=None))
    with pytest.raises(InputError, match="'bootcamp' has no duration; say on which day"):
        planned_by_hand(engine)
    assert planned_by_hand(engine, ends_on="2027-01-31").ends_on == date(2027, 1, 31)


def test_what_is_not_there_is_told(engine: Qualipath) -> None:
    with pytest.raises(NotFoundError, match="bootcmp"):
        planned_by_hand(engine, "bootcmp")
    with pytest.raises(NotFoundError, match="'elsewhere' is not published"), writing(engine) as act:
        plan_intake(act, CALENDARS, "elsewhere", "bootcamp", starts_on="2027-01-11")
    with (
        pytest.raises(InputError, match="calendar 'on_demand' of tier 'bootcamp' can't be read"),
        writing(engine) as act,
    ):
        plan_intake(act, {}, PATH, "bootcamp", starts_on="2027-01-11")


def test_a_calendar_that_nobody_checked_is_told(engine: Qualipath) -> None:
    damaged = CALENDARS["nrw_university"].model_copy(
        update={"terms": (CALENDARS["nrw_university"].terms[0].model_copy(update={"day": 31}),)}
    )
    with (
        pytest.raises(InputError, match="can't be worked out from the calendar 'nrw_university'"),
        writing(engine) as act,
    ):
        plan_terms(act, {**CALENDARS, "nrw_university": damaged}, PATH, until=date(2030, 1, 1))


def test_a_path_without_an_intake_lifecycle_has_no_intakes(database: Database) -> None:
    definition = the_shipped_path()
    path = definition.path.model_copy(update={"intake_lifecycle": None})
    engine = an_installation(database, definition.model_copy(update={"path": path}))
    with pytest.raises(InputError, match="has no intakes; add 'intake_lifecycle: intake' to it"):
        planned_by_hand(engine)
    assert what_is_due(engine, NOW) == 0


def test_only_those_plan_whom_the_lifecycle_lets(engine: Qualipath, database: Database) -> None:
    for role in ("employee", "supervisor", "provider"):
        who = acting(engine, role, "4711", None)
        with pytest.raises(RefusedError) as refused, who.acts.writing() as act:
            plan_intake(act, CALENDARS, PATH, "bootcamp", starts_on=date(2027, 1, 11))
        assert "'plan' is refused for intake bootcamp 2027-01-11" in str(refused.value)
        assert [reason.code for reason in refused.value.reasons] == ["role"]
    with pytest.raises(RefusedError) as refused, acting(engine).acts.writing() as act:
        plan_intake(act, CALENDARS, PATH, "bootcamp", starts_on=date(2027, 1, 11))
    assert [reason.code for reason in refused.value.reasons] == ["organisation"]
    assert rows(database, intake) == []


def test_planned_again_with_the_same_key_it_is_the_same_intake(
    engine: Qualipath, database: Database
) -> None:
    made = []
    for _ in range(2):
        with hr(engine).acts.writing("january") as act:
            made.append(plan_intake(act, CALENDARS, PATH, "bootcamp", starts_on=date(2027, 1, 11)))
    assert made[0] == made[1]
    assert len(rows(database, intake)) == 1


def writing(engine: Qualipath) -> Any:
    return hr(engine).acts.writing()


# By term.


def test_all_terms_to_come_are_planned_once(engine: Qualipath, database: Database) -> None:
    made = all_terms(engine)
    assert [(each.tier, each.term) for each in made] == NEXT
    assert {each.seats for each in made} == {30, 5}
    assert all_terms(engine) == ()
    more = all_terms(engine, until=date(2028, 3, 31))
    assert [(each.tier, each.term) for each in more] == [
        ("certificate_1", "WS 2027/28"),
        ("certificate_2", "WS 2027/28"),
        ("masters", "WS 2027/28"),
    ]
    assert terms(database) == [*NEXT, *((each.tier, each.term) for each in more)]


def test_a_cancelled_term_is_not_planned_again(engine: Qualipath, database: Database) -> None:
    first, *_ = all_terms(engine)
    hr(engine).cancel_intake(first.id, reason="no teacher")
    assert all_terms(engine) == ()
    assert what_is_due(engine, NOW) == 0
    assert terms(database) == NEXT


def test_a_term_to_which_nobody_could_apply_any_more_is_left_alone(engine: Qualipath) -> None:
    # Applications for the winter close at the end of 20 August.
    closing = datetime(2026, 8, 20, 22, tzinfo=UTC)
    before = all_terms(engine, until=date(2026, 12, 31), now=closing - timedelta(seconds=1))
    assert len(before) == 3
    assert {each.opens_at for each in before} == {closing - timedelta(seconds=1)}


def test_a_window_that_is_over_is_not_opened(engine: Qualipath) -> None:
    closing = datetime(2026, 8, 20, 22, tzinfo=UTC)
    assert all_terms(engine, until=date(2026, 12, 31), now=closing) == ()


def test_publishing_lets_the_scheduler_plan_what_is_due(
    engine: Qualipath, database: Database
) -> None:
    assert due_at(database) == NOW

    assert what_is_due(engine, NOW) == 5

    assert terms(database) == NEXT
    # A year before the winter term 2027/28, at local midnight.
    assert due_at(database) == datetime(2026, 9, 30, 22, tzinfo=UTC)


def test_what_is_not_due_is_not_planned(engine: Qualipath, database: Database) -> None:
    assert what_is_due(engine, NOW + timedelta(seconds=1)) == 0
    assert what_is_due(engine, NOW, "elsewhere") == 0
    assert what_is_due(engine, NOW) == 5
    assert what_is_due(engine, NOW) == 0
    assert len(rows(database, intake)) == 5


def test_an_unchanged_path_is_not_looked_at_again_and_a_changed_one_is(
    engine: Qualipath, database: Database
) -> None:
    what_is_due(engine, NOW)
    later = due_at(database)
    publish(engine, the_shipped_path())
    assert due_at(database) == later
    publish(engine, offering("masters"))
    assert due_at(database) == NOW
    assert what_is_due(engine, NOW) == 1
    assert terms(database)[5:] == [("masters", "SS 2027")]
    tiers = {
        name: tier.model_copy(update={"intakes": None})
        for name, tier in the_shipped_path().path.tiers.items()
    }
    path = the_shipped_path().path.model_copy(update={"tiers": tiers})
    publish(engine, the_shipped_path().model_copy(update={"path": path}))
    assert due_at(database) is None


def test_ten_years_are_planned_each_a_year_ahead_at_local_midnight(
    engine: Qualipath, database: Database
) -> None:
    while (due := due_at(database)) and due < datetime(2036, 1, 1, tzinfo=UTC):
        assert due == NOW or local(due).endswith("00:00")
        what_is_due(engine, due)
    planned = {(row.tier, row.term): row for row in rows(database, intake)}
    told = {row.intake_id: row for row in rows(database, history) if row.intake_id}
    assert len(planned) == len(rows(database, intake))
    for (tier, _), row in planned.items():
        on = told[row.id].effective_at.astimezone(BERLIN)
        assert on == NOW or (on.day, on.month, on.year) == (1, row.starts_on.month, on.year)
        assert on == NOW or row.starts_on.year == on.year + 1
        assert local(row.opens_at).endswith("00:00") or row.opens_at == NOW
        assert tier != "masters" or row.starts_on.month == 10
    labels = {term for tier, term in planned if tier == "certificate_1"}
    winters = {f"WS {year}/{year - 1999:02}" for year in range(2026, 2037)}
    assert labels == winters | {f"SS {year}" for year in range(2027, 2037)}


def test_the_lifecycle_may_leave_planning_to_hr(database: Database) -> None:
    definition = the_shipped_path()
    lifecycle = definition.lifecycles["intake"]
    first, *others = lifecycle.transitions
    by_hr = LifecycleSpec.model_validate(
        lifecycle.model_dump(by_alias=True)
        | {"transitions": [first.model_copy(update={"roles": (Role.HR,)}), *others]}
    )
    engine = an_installation(
        database,
        definition.model_copy(update={"lifecycles": definition.lifecycles | {"intake": by_hr}}),
    )
    assert what_is_due(engine, NOW) == 0
    assert due_at(database) is None
    assert len(all_terms(engine)) == 5


# At once.


def test_two_who_plan_at_once_plan_each_term_once(
    engine: Qualipath, database: Database, pool: ThreadPoolExecutor
) -> None:
    with writing(engine) as act:
        assert len(plan_terms(act, CALENDARS, PATH, until=date(2027, 6, 30))) == 5
        second = pool.submit(all_terms, engine)
        third = pool.submit(what_is_due, engine, NOW)
        assert not wait([second], BLOCKED).done
        assert not third.done()

    assert second.result() == ()
    assert third.result() == 0
    assert terms(database) == NEXT


def test_without_the_lock_the_constraint_still_refuses(
    engine: Qualipath, database: Database
) -> None:
    offer = Offer.of(the_shipped_path().path, "certificate_1", CALENDARS)
    with hr(engine).acts.reading() as act:
        assert act.connection.execute(select(intake.c.id)).all() == []
        winter, *_ = offer.terms(date(2026, 7, 1), date(2027, 6, 30))
        dates = dates_of(offer.calendar, offer.rules, offer.tier.duration, winter)
        drafted = draft(offer, dates, winter.label)
    all_terms(engine)

    with pytest.raises(ConflictError, match="certificate_1 WS 2026/27"), writing(engine) as act:
        take_step(act, drafted, "plan")

    assert terms(database) == NEXT
