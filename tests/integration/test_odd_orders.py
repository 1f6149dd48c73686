"""Unusual orders: rules that change while intakes run, and HR that is ahead of the scheduler."""

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from typing import Any

import pytest

from qualipath import Qualipath, RefusedError
from qualipath.definition.spec import Definition
from qualipath.storage.database import Database
from qualipath.storage.tables import enrolment, history
from tests.builders import an_installation, an_intake, employees, offered_as, publish
from tests.integration.services.looking import rows
from tests.integration.services.seating import (
    applied,
    hr_of_all,
    in_turn,
    standing,
    told,
    told_of_intake,
)

LATER = datetime(2028, 1, 1, tzinfo=UTC)


def renamed(definition: Definition, names: Mapping[str, str]) -> Definition:
    """Give other names to states, in all lifecycles."""
    document = json.dumps(definition.model_dump(mode="json", by_alias=True))
    for name, other in names.items():
        document = document.replace(f'"{name}"', f'"{other}"')
    return Definition.model_validate_json(document)


def changed(definition: Definition, **path: Any) -> Definition:
    return definition.model_copy(update={"path": definition.path.model_copy(update=path)})


def in_everybodys_way(engine: Qualipath, **columns: Any) -> int:
    """Fill an intake of one seat: c1 has it, c2 waits, c3 is not approved yet; gives its id."""
    employees(engine, 3)
    intake_id = an_intake(engine, seats=1, **columns)
    in_turn(engine, intake_id, ["c1", "c2"])
    applied(engine, intake_id, ["c3"])
    return intake_id


# --- Rules that change while an intake runs -------------------------------------------------------

OTHER_NAMES = {
    "applied": "asked",
    "approved": "endorsed",
    "waitlisted": "queued",
    "admitted": "placed",
}


@pytest.mark.parametrize("allocation", [[], ["waiting"]])
def test_who_began_under_other_names_of_states_starts_and_is_passed_over(
    database: Database, allocation: list[str]
) -> None:
    definition = offered_as("bootcamp", allocation=allocation)
    engine = an_installation(database, definition)
    intake_id = in_everybodys_way(engine)
    publish(engine, renamed(definition, OTHER_NAMES))

    assert engine.tick(LATER).failures == ()

    assert standing(engine, intake_id) == {"c1": "attending", "c2": "unserved", "c3": "unserved"}


def test_who_began_under_other_names_of_states_is_cancelled_with_the_intake(
    database: Database,
) -> None:
    definition = offered_as("bootcamp")
    engine = an_installation(database, definition)
    intake_id = in_everybodys_way(engine)
    publish(engine, renamed(definition, OTHER_NAMES))

    hr_of_all(engine).cancel_intake(intake_id, reason="no room")

    assert not any(row.is_open for row in rows(database, enrolment))


def test_rejections_count_under_whatever_name(database: Database) -> None:
    definition = offered_as("bootcamp", allocation=["rejections", "waiting"])
    engine = an_installation(database, definition)
    employees(engine, 2)
    rejecting = an_intake(engine, seats=0)
    in_turn(engine, rejecting, ["c2"])
    engine.tick(datetime(2026, 10, 15, tzinfo=UTC))
    assert standing(engine, rejecting) == {"c2": "unserved"}
    publish(engine, renamed(definition, {"unserved": "left_out"}))
    later = datetime(2026, 11, 2, 9, tzinfo=UTC)
    again = an_intake(
        engine,
        seats=1,
        closes_at=datetime(2026, 11, 30, 23, tzinfo=UTC),
        allocates_at=datetime(2026, 11, 30, 23, tzinfo=UTC),
        starts_at=datetime(2027, 1, 10, 23, tzinfo=UTC),
        list_closes_at=datetime(2027, 1, 10, 23, tzinfo=UTC),
        starts_on=date(2027, 1, 11),
    )
    in_turn(engine, again, ["c1", "c2"], later)

    engine.tick(datetime(2026, 12, 1, tzinfo=UTC))

    assert standing(engine, again) == {"c1": "waitlisted", "c2": "admitted"}


def test_an_intake_runs_out_though_its_path_offers_none_any_more(database: Database) -> None:
    definition = offered_as("bootcamp")
    engine = an_installation(database, definition)
    intake_id = in_everybodys_way(engine)
    direct = {n: t.model_copy(update={"intakes": None}) for n, t in definition.path.tiers.items()}
    publish(engine, changed(definition, tiers=direct, intake_lifecycle=None))

    assert engine.tick(LATER).failures == ()

    assert told_of_intake(database, intake_id)[-1].trigger == "finish"
    assert standing(engine, intake_id)["c1"] == "attending"


def test_an_intake_runs_out_though_its_tier_is_gone(database: Database) -> None:
    definition = offered_as("bootcamp")
    engine = an_installation(database, definition)
    intake_id = in_everybodys_way(engine)
    others = {n: t for n, t in definition.path.tiers.items() if n != "bootcamp"}
    unasked = others["certificate_1"].model_copy(update={"prerequisites": None})
    publish(engine, changed(definition, tiers=others | {"certificate_1": unasked}))

    assert engine.tick(LATER).failures == ()

    assert told_of_intake(database, intake_id)[-1].trigger == "finish"
    assert standing(engine, intake_id)["c1"] == "attending"


# --- HR ahead of the scheduler --------------------------------------------------------------------


@pytest.fixture
def offered_until_later(database: Database) -> tuple[Qualipath, int]:
    """Give an intake that runs, in which c2 has a week to take the seat that c1 has given up."""
    engine = an_installation(database, offered_as("bootcamp"))
    intake_id = in_everybodys_way(engine)
    engine.tick(datetime(2026, 10, 2, tzinfo=UTC))
    (absent,) = (row.id for row in rows(database, enrolment, state="attending"))
    hr_of_all(engine, datetime(2026, 10, 3, 9, tzinfo=UTC)).fire(absent, "no_show")
    assert standing(engine, intake_id)["c2"] == "offered"
    return engine, intake_id


def test_no_offer_outlives_an_intake_that_hr_finishes(
    offered_until_later: tuple[Qualipath, int],
) -> None:
    engine, intake_id = offered_until_later
    hr_of_all(engine, datetime(2026, 10, 4, 9, tzinfo=UTC)).finish_intake(intake_id)
    assert standing(engine, intake_id) == {"c1": "absent", "c2": "lapsed", "c3": "unserved"}


def test_no_offer_lapses_before_the_dates_were_changed(
    offered_until_later: tuple[Qualipath, int], database: Database
) -> None:
    engine, intake_id = offered_until_later
    redated_at = datetime(2026, 10, 5, 9, tzinfo=UTC)
    hr_of_all(engine, redated_at).redate_intake(
        intake_id, reason="it ended early", ends_on=date(2026, 10, 3)
    )

    engine.tick(LATER)

    (lapsed,) = rows(database, history, trigger="lapse")
    assert lapsed.effective_at == redated_at
    assert told(database, lapsed.enrolment_id)[-2:] == ["offer", "lapse"]


def test_nothing_happens_to_an_intake_before_its_last_step(database: Database) -> None:
    engine = an_installation(database, offered_as("bootcamp"))
    intake_id = an_intake(engine)
    engine.tick(datetime(2026, 9, 2, tzinfo=UTC))
    too_early = hr_of_all(engine, datetime(2026, 8, 30, 9, tzinfo=UTC))

    with refused_as_too_early():
        too_early.start_intake(intake_id)
    with refused_as_too_early():
        too_early.cancel_intake(intake_id, reason="no room")
    with refused_as_too_early():
        too_early.resize_intake(intake_id, 7, reason="a larger room")

    assert told_of_intake(database, intake_id)[-1].trigger == "allocate"


def test_nobody_is_passed_over_before_they_came_back_from_a_pause(database: Database) -> None:
    engine = an_installation(database, offered_as("bootcamp"))
    intake_id = in_everybodys_way(engine)
    (waits,) = (row.id for row in rows(database, enrolment, state="waitlisted"))
    back = datetime(2026, 10, 20, 9, tzinfo=UTC)
    # No scheduler runs while the waiting list should have closed.
    hr_of_all(engine).fire(waits, "pause", reason="ill")
    hr_of_all(engine, back).fire(waits, "resume")

    engine.tick(LATER)

    resumed, passed_over = rows(database, history, enrolment_id=waits)[-2:]
    assert (resumed.trigger, passed_over.trigger) == ("resume", "pass_over")
    assert passed_over.effective_at == back
    assert told_of_intake(database, intake_id)[-2].trigger == "close_list"


def refused_as_too_early() -> AbstractContextManager[object]:
    return pytest.raises(RefusedError, match="the last step was only on 1 September 2026")
