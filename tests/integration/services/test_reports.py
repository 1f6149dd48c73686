"""A path's intakes in numbers: whoever came how far, also those who moved on to a later intake."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import insert, update

from qualipath.engine import Qualipath
from qualipath.errors import NotFoundError, RefusedError
from qualipath.services.reports import IntakeReport
from qualipath.storage.database import Database
from qualipath.storage.tables import enrolment, history, intake, ranking
from tests.builders import NOW, acting, an_enrolment, an_installation, an_intake_row

PATH = "duisburg_digital"


@pytest.fixture
def engine(database: Database) -> Qualipath:
    return an_installation(database)


def an_intake(engine: Qualipath, **columns: Any) -> int:
    with engine.database.writing() as connection:
        row = an_intake_row(**columns)
        made = connection.execute(insert(intake).values(row).returning(intake.c.id))
        return int(made.scalar_one())


def put(engine: Qualipath, enrolment_id: int, into: int) -> None:
    """Put an enrolment into an intake."""
    with engine.database.writing() as connection:
        moved = update(enrolment).where(enrolment.c.id == enrolment_id)
        connection.execute(moved.values(intake_id=into, applied_at=NOW))


def reported(engine: Qualipath, intake_id: int) -> IntakeReport:
    (row,) = (r for r in acting(engine).report(PATH) if r.intake == intake_id)
    return row


def test_everybody_is_counted_by_how_far_they_came(engine: Qualipath) -> None:
    states = ("applied", "waitlisted", "admitted", "attending", "completed", "failed", "absent")
    ids = [an_enrolment(engine, state, number=state).id for state in states]
    made = an_intake(engine, state="running", seats=10)
    for id_ in ids:
        put(engine, id_, made)

    row = reported(engine, made)

    cost = engine.drafts.definition(PATH).path.tiers[row.tier].cost
    assert (row.applied, row.waited, row.admitted) == (7, 1, 5)
    assert (row.attended, row.completed, row.failed, row.outstanding) == (3, 1, 1, 1)
    assert (row.unused, row.cost) == (7, 3 * cost)
    assert row.first_completed_at == NOW


def test_seats_are_unused_only_once_an_intake_has_begun(engine: Qualipath) -> None:
    planned, cancelled = (an_intake(engine, state=s, seats=10) for s in ("planned", "cancelled"))
    finished = an_intake(engine, state="finished", seats=10)

    assert [reported(engine, each).unused for each in (planned, cancelled, finished)] == [0, 0, 10]


def test_who_was_carried_over_counts_where_they_were_ranked_and_where_they_are(
    engine: Qualipath,
) -> None:
    id_ = an_enrolment(engine, "waitlisted").id
    before = an_intake(engine, state="running", starts_on=date(2026, 4, 1))
    after = an_intake(engine, state="open", starts_on=date(2026, 10, 1))
    put(engine, id_, after)
    with engine.database.writing() as connection:
        version = connection.execute(
            update(enrolment)
            .where(enrolment.c.id == id_)
            .values(state="approved", version=enrolment.c.version + 1)
            .returning(enrolment.c.version)
        ).scalar_one()
        connection.execute(
            insert(history).values(
                enrolment_id=id_,
                version=version,
                trigger="carry_over",
                source="waitlisted",
                target="approved",
                actor_role="schedule",
                actor_id="qualipath",
                effective_at=NOW,
                recorded_at=NOW,
            )
        )
        connection.execute(
            insert(ranking).values(
                intake_id=before, enrolment_id=id_, rank=1, outcome="waiting", basis="{}"
            )
        )

    assert (reported(engine, before).applied, reported(engine, before).waited) == (1, 1)
    # It waited for the first one; the second one has not ranked anybody yet.
    assert (reported(engine, after).applied, reported(engine, after).waited) == (1, 0)


def test_only_hr_is_told(engine: Qualipath) -> None:
    with pytest.raises(RefusedError, match="only HR"):
        acting(engine, "employee", "4711").report(PATH)
    with pytest.raises(NotFoundError):
        acting(engine).report("nowhere")
