"""How organisations write their mails: set by HR, and else as in the organisation above."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from qualipath import InputError, NotFoundError, Qualipath, RefusedError
from qualipath.domain.correspondence import Correspondence
from qualipath.services.correspondence import (
    Settings,
    correspondence_of,
    correspondences,
    set_correspondence,
)
from qualipath.storage.database import Database
from qualipath.storage.tables import correspondence
from tests.builders import NOW, acting, an_installation
from tests.integration.services.looking import everything, rows

MONDAY = datetime(2026, 7, 6, 5, tzinfo=UTC)
DISTRICT, CITY, TOWN = 1, 2, 3


@pytest.fixture
def engine(database: Database) -> Qualipath:
    return an_installation(database)


def change(
    engine: Qualipath,
    key: str = "city",
    *,
    within: str | None = "district",
    now: datetime = NOW,
    **settings: Any,
) -> Settings:
    with acting(engine, organisation=within, now=now).acts.writing() as act:
        return set_correspondence(act, key, **settings)


def holds(engine: Qualipath) -> dict[int, Correspondence]:
    """Give what holds for the district, the city and the town."""
    with acting(engine).acts.reading() as act:
        return dict(correspondence_of(act, [DISTRICT, CITY, TOWN]))


def due(database: Database) -> dict[int, datetime | None]:
    return {row.organisation_id: row.summary_due_at for row in rows(database, correspondence)}


def test_without_settings_the_usual_ones_hold(engine: Qualipath) -> None:
    assert set(holds(engine).values()) == {Correspondence()}


def test_each_setting_comes_from_the_nearest_organisation_that_makes_it(engine: Qualipath) -> None:
    change(engine, "district", hr_address="hr@kreis.example", gendering="colon", hour=9)
    change(engine, "city", hr_address="hr@stadt.example", summary=False, rhythm="weekly")
    change(engine, "city", hourly_cap=0, retention_days=3650)
    assert holds(engine) == {
        DISTRICT: Correspondence("hr@kreis.example", "colon", hour=9),
        CITY: Correspondence(
            "hr@stadt.example", "colon", "weekly", 9, 0, 3650, summary=False
        ),
        TOWN: Correspondence("hr@kreis.example", "colon", hour=9),
    }  # fmt: skip


def test_what_is_left_out_stays_and_what_is_inherited_is_taken_back(engine: Qualipath) -> None:
    change(engine, "district", hour=9)
    changed = change(engine, hour=10, rhythm="weekly", summary=True)
    assert changed.own == {"hour", "rhythm", "summary"}
    changed = change(engine, hour="inherit", summary="inherit")
    assert (changed.organisation, changed.own) == ("city", frozenset({"rhythm"}))
    assert changed.holds == Correspondence(hour=9, rhythm="weekly")
    assert change(engine, rhythm="").own == frozenset()


def test_hr_lists_the_settings_of_the_organisations_that_it_sees(engine: Qualipath) -> None:
    change(engine, "district", hour=9)
    change(engine, "city", rhythm="at_once")
    with acting(engine).acts.reading() as act:
        assert correspondences(act) == (
            Settings("city", Correspondence(rhythm="at_once", hour=9), frozenset({"rhythm"})),
        )
    with acting(engine, organisation=None).acts.reading() as act:
        assert [settings.organisation for settings in correspondences(act)] == [
            "city",
            "district",
            "town",
        ]


@pytest.mark.parametrize(
    ("settings", "wrong"),
    [
        ({"hr_address": "hr@"}, "'hr@' is not an e-mail address; "),
        ({"hr_address": "HR <hr@stadt.example>"}, "is not an e-mail address; "),
        ({"hr_address": "jörg@stadt.example"}, "use ASCII letters alone before the @"),
        ({"hr_address": "a@b.example\r\nBcc: x@y.example"}, "is not an e-mail address; "),
        (
            {"gendering": "colons"},
            "'colons' is not a gendering style; write one of neutral, colon, star, pair",
        ),
        ({"rhythm": "hourly"}, "write one of at_once, daily, weekly, or inherit"),
        ({"hour": 24}, "the hour can't be '24'; write 0 to 23, or inherit"),
        ({"hour": -1}, "the hour can't be '-1'"),
        ({"hour": True}, "the hour can't be 'True'"),
        ({"hour": "7"}, "the hour can't be '7'"),
        ({"hourly_cap": 1_000_001}, "write 0 to 1000000, or inherit"),
        ({"retention_days": 3651}, "write 0 to 3650, or inherit"),
        ({"summary": 1}, "the weekly summary can't be '1'; write True or False, or inherit"),
    ],
)
def test_what_is_not_of_its_form_is_refused_and_nothing_written(
    engine: Qualipath, database: Database, settings: dict[str, Any], wrong: str
) -> None:
    stored = everything(database)
    with pytest.raises(InputError) as raised:
        change(engine, **{"rhythm": "weekly", **settings})
    assert wrong in str(raised.value)
    assert everything(database) == stored


def test_only_hr_of_the_organisation_or_above_may_change_them(
    engine: Qualipath, database: Database
) -> None:
    stored = everything(database)
    for key, within in (("town", "city"), ("district", "city"), ("nowhere", "district")):
        with pytest.raises(NotFoundError, match=f"there is no organisation '{key}'"):
            change(engine, key, within=within, hour=8)
    for role in ("supervisor", "employee", "provider", "schedule"):
        with acting(engine, role).acts.writing() as act, pytest.raises(RefusedError):
            set_correspondence(act, "city", hour=8)
    assert everything(database) == stored


# --- When the weekly summary is due ---------------------------------------------------------------


def test_a_summary_is_due_where_there_is_an_address_of_its_own(
    engine: Qualipath, database: Database
) -> None:
    change(engine, "district", hour=9)
    assert due(database) == {DISTRICT: None}
    change(engine, "city", hr_address="hr@stadt.example")
    assert due(database) == {DISTRICT: None, CITY: MONDAY + timedelta(hours=2)}
    change(engine, "city", gendering="star")
    assert due(database)[CITY] == MONDAY + timedelta(hours=2)
    change(engine, "city", hr_address="inherit")
    assert due(database)[CITY] is None


def test_what_is_set_above_says_when_the_summaries_below_are_due(
    engine: Qualipath, database: Database
) -> None:
    change(engine, "city", hr_address="hr@stadt.example")
    assert due(database) == {CITY: MONDAY}
    change(engine, "district", hour=0)
    assert due(database)[CITY] == datetime(2026, 7, 5, 22, tzinfo=UTC)
    change(engine, "district", summary=False)
    assert due(database)[CITY] is None
    change(engine, "city", summary=True)
    assert due(database)[CITY] == datetime(2026, 7, 5, 22, tzinfo=UTC)


def test_a_summary_that_is_overdue_is_still_owed(engine: Qualipath, database: Database) -> None:
    change(engine, hr_address="hr@stadt.example")
    change(engine, hour=12, now=MONDAY + timedelta(days=1))
    assert due(database) == {CITY: MONDAY}
