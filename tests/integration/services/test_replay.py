"""All or nothing, and all of it told: history, refusals, crashes, rehearsals."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.exc import DBAPIError

from qualipath import Qualipath, QualipathError, RefusedError
from qualipath.storage.database import Database
from qualipath.storage.tables import credential, deadline, enrolment, history, notice
from tests.builders import (
    NOW,
    TODAY,
    acting,
    an_employee,
    an_enrolment,
    an_installation,
    publish,
    the_shipped_path,
)
from tests.integration.services.looking import everything, rows
from tests.integration.services.replaying import as_replayed, replay

PATH = "duisburg_digital"


@pytest.fixture
def engine(database: Database) -> Qualipath:
    return an_installation(database)


def test_the_history_gives_the_state(engine: Qualipath) -> None:
    shipped = the_shipped_path()
    second = shipped.model_copy(update={"timezone": "Europe/Vienna"})
    an_employee(engine, "4711")
    hr = acting(engine)
    hr.recognise("4711", "digital/basics", kind="certificate", evidence="seen")
    id_ = an_enrolment(engine, "waitlisted", tier="certificate_1").id
    hr.fire(id_, "pause", reason="ill")
    publish(engine, second)
    hr.migrate(PATH, to=2)
    later = acting(engine, now=NOW + timedelta(days=1))
    later.fire(id_, "resume")
    for trigger in ("offer", "accept", "start"):
        later.fire(id_, trigger)
    later.fire(id_, "complete", grade="2.0")
    later.correct(id_, grade="1.7", reason="misread")
    later.correct(id_, state="failed", grade="5.0", reason="cheated")
    later.correct(id_, state="absent", reason="was not there")

    history_ = hr.history(id_)

    assert len(history_) == 13
    versions = {1: shipped, 2: second}
    for number in range(1, len(history_) + 1):
        replay("certificate_1", history_[:number], versions)
    assert replay("certificate_1", history_, versions) == as_replayed(hr.enrolment(id_))
    assert {entry.path_version: entry.digest for entry in history_} == {
        1: shipped.digest(),
        2: second.digest(),
    }


def test_the_history_can_only_grow(engine: Qualipath, database: Database) -> None:
    an_enrolment(engine, "applied")
    before = rows(database, history)

    for statement in (
        update(history).values(reason="never happened"),
        delete(history),
        delete(history).where(history.c.id == before[0].id),
    ):
        with pytest.raises(DBAPIError, match="append-only"), database.writing() as connection:
            connection.execute(statement)
    assert rows(database, history) == before


FAILING = {
    "enrolment": enrolment,
    "history": history,
    "credential": credential,
    "deadline": deadline,
    "notice": notice,
}


def break_writing(database: Database, table: str) -> None:
    """Let the database refuse the next row of a table, as if it broke down there."""
    with database.writing() as connection:
        if connection.dialect.name == "sqlite":
            for event in ("INSERT", "UPDATE"):
                connection.execute(
                    text(
                        f"CREATE TRIGGER breaks_{event.lower()} BEFORE {event} ON {table} "
                        "BEGIN SELECT RAISE(ABORT, 'broken'); END"
                    )
                )
            return
        connection.execute(
            text(
                "CREATE FUNCTION breaks() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RAISE EXCEPTION 'broken'; END $$"
            )
        )
        connection.execute(
            text(
                f"CREATE TRIGGER breaks BEFORE INSERT OR UPDATE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION breaks()"
            )
        )


@pytest.mark.parametrize("table", FAILING)
def test_a_breakdown_leaves_nothing(engine: Qualipath, database: Database, table: str) -> None:
    starting = an_enrolment(engine, "admitted", number="1").id
    leaving = an_enrolment(engine, "applied", number="2").id
    an_employee(engine, "3")
    hr = acting(engine)
    # Each writes to the table at another place of its transaction.
    breaking: dict[str, list[Callable[[], object]]] = {
        "enrolment": [lambda: hr.apply("3", PATH, "bootcamp", key="cmd-1")],
        "history": [lambda: hr.fire(starting, "start", key="cmd-1")],
        "credential": [lambda: hr.fire(starting, "start", key="cmd-1")],
        "deadline": [
            lambda: hr.fire(leaving, "approve", key="cmd-1"),
            lambda: hr.apply("3", PATH, "bootcamp", key="cmd-1"),
        ],
        "notice": [lambda: hr.fire_many([starting, leaving], "withdraw", key="cmd-1")],
    }
    break_writing(database, table)
    stored = everything(database)

    for run in breaking[table]:
        with pytest.raises((DBAPIError, QualipathError)):
            run()

    assert everything(database) == stored


def test_an_exception_in_between_leaves_nothing(engine: Qualipath, database: Database) -> None:
    enrolled = an_enrolment(engine, "applied")
    stored = everything(database)

    class PowerCutError(Exception):
        pass

    def cut() -> None:
        with acting(engine).acts.writing("cmd-1") as act:
            act.connection.execute(update(enrolment).values(state="approved"))
            raise PowerCutError

    with pytest.raises(PowerCutError):
        cut()

    assert everything(database) == stored
    assert acting(engine).fire(enrolled.id, "approve").state == "approved"


def test_a_rehearsal_answers_and_leaves_nothing(
    engine: Qualipath, database: Database, tmp_path: Path
) -> None:
    applied = an_enrolment(engine, "applied", number="1").id
    attending = an_enrolment(engine, "attending", number="2").id
    done = an_enrolment(engine, "completed", number="3").id
    an_employee(engine, "4")
    held = acting(engine).recognise("4", "driving", kind="certificate", evidence="seen")
    people = tmp_path / "people.csv"
    people.write_text("number;given_name;family_name\n4;Bo;Birke-Neu\n5;Cy;Ceder\n")
    results = tmp_path / "results.csv"
    results.write_text("number;tier;result\n2;bootcamp;passed\n")
    publish(engine, the_shipped_path().model_copy(update={"timezone": "Europe/Vienna"}))
    stored = everything(database)
    hr = engine.acting_as("hr", "k.muster", organisation="city", now=NOW, dry_run=True)

    imported = hr.import_people(people)
    assert (imported.created, imported.updated, imported.dry_run) == (1, 1, True)
    assert hr.apply("4", PATH, "bootcamp").state == "applied"
    assert hr.fire(applied, "approve").version == 2
    assert [o.refused for o in hr.fire_many([applied, attending], "complete")] == [True, False]
    assert hr.import_results(results).completed == 1
    assert hr.correct(done, state="failed", reason="cheated").state == "failed"
    assert hr.recognise("4", "swimming", evidence="seen").key == "swimming"
    assert hr.revoke(held.id, reason="forged").revoked
    assert len(hr.migrate(PATH, to=2).moved) == 2
    hr.mark_absent("1", TODAY, TODAY, deputy="2")
    hr.add_organisation("village", "Village", parent="city")
    with pytest.raises(RefusedError):
        hr.fire(applied, "admit")

    assert everything(database) == stored
    wet = acting(engine)
    assert wet.import_people(people, dry_run=True) == imported
    assert wet.import_results(results, dry_run=True).completed == 1
    assert len(wet.migrate(PATH, to=2, dry_run=True).moved) == 2
    assert everything(database) == stored


def test_publishing_is_rehearsed(database: Database) -> None:
    engine = an_installation(database)
    stored = everything(database)

    rehearsed = engine.publish(PATH, now=NOW, dry_run=True)

    assert (rehearsed.version, rehearsed.new) == (1, False)
    assert everything(database) == stored
