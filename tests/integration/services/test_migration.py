"""Publishing versions, and moving running enrolments from one to another."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest

from qualipath import NotFoundError, Qualipath, RefusedError
from qualipath.definition.spec import Definition
from qualipath.storage.database import Database
from qualipath.storage.tables import credential, deadline, path_version
from tests.builders import (
    COURSE,
    NOW,
    a_definition,
    a_lifecycle,
    a_text,
    acting,
    an_employee,
    an_enrolment,
    an_installation,
    publish,
)
from tests.integration.services.looking import everything, rows

LATER = NOW + timedelta(days=3)


def reminding(days: int) -> list[Any]:
    return [{"after": f"{days} days", "notices": [{"notice": "late", "to": "hr"}]}]


def a_version(
    *tiers: str,
    mapping: dict[str, Any] | None = None,
    states: dict[str, Any] | None = None,
    **fields: Any,
) -> Definition:
    """Make a version with these tiers; `mapping` says how version 1 goes on in it."""
    lifecycle = a_lifecycle(states=COURSE["states"] | (states or {}))
    definition = a_definition(
        {tier: {"title": a_text(tier), **fields} for tier in tiers}, lifecycle
    )
    migrates_from = [{"version": 1} | mapping] if mapping is not None else []
    path = definition.path.model_dump(by_alias=True) | {"migrates_from": migrates_from}
    return Definition.model_validate(definition.model_dump(by_alias=True) | {"path": path})


FIRST = a_version("a", "b")


@pytest.fixture
def engine(database: Database) -> Qualipath:
    return an_installation(database, FIRST)


def at(engine: Qualipath, state: str, tier: str = "a", number: str = "4711") -> int:
    return an_enrolment(engine, state, tier=tier, number=number, definition=FIRST).id


def test_publishing_what_changed(engine: Qualipath, database: Database) -> None:
    second = a_version("a", "b", credits=5)

    again = publish(engine, FIRST)
    changed = publish(engine, second)
    back = publish(engine, FIRST)

    assert (again.version, again.new) == (1, False)
    assert (changed.version, changed.new, changed.digest) == (2, True, second.digest())
    assert (back.version, back.new, back.digest) == (3, True, again.digest)
    assert [row.version for row in rows(database, path_version, path="sample")] == [1, 2, 3]


def test_eight_publish_at_once(engine: Qualipath, database: Database) -> None:
    start = Barrier(8)

    def run(credits_: int) -> tuple[int, bool]:
        start.wait()
        published = publish(engine, a_version("a", "b", credits=credits_))
        return published.version, published.new

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(run, [5] * 8))

    assert sorted(answers) == [(2, False)] * 7 + [(2, True)]
    assert [row.version for row in rows(database, path_version)] == [1, 2]


def test_only_hr_publishes_and_migrates(engine: Qualipath) -> None:
    an_employee(engine, "4711")

    with pytest.raises(RefusedError, match="only HR"):
        acting(engine, "supervisor", "4711").migrate("sample", to=1)


def test_what_is_not_published(engine: Qualipath) -> None:
    an_employee(engine, "4711")

    with pytest.raises(NotFoundError, match="'other' is not published here; published: sample"):
        acting(engine).apply("4711", "other", "a")
    with pytest.raises(NotFoundError, match="path 'sample' has no version 2; published: 1"):
        acting(engine).migrate("sample", to=2)


def test_running_enrolments_keep_their_rules(engine: Qualipath) -> None:
    old = at(engine, "applied")
    an_employee(engine, "2")
    publish(engine, a_version("a", "b", "c", prerequisites={"tenure": "50 years"}))
    hr = acting(engine)

    # The new version asks for what nobody has; the old one asks for nothing.
    assert hr.fire(old, "start").path_version == 1
    with pytest.raises(RefusedError, match="50"):
        hr.apply("2", "sample", "a")
    assert hr.history(old)[-1].digest == FIRST.digest()
    standing = hr.progression("4711", "sample").standing("a")
    assert (standing.state, standing.verdict.met) == ("attending", True)


def test_a_migration_renames(engine: Qualipath, database: Database) -> None:
    applied, attending = at(engine, "applied"), at(engine, "attending", number="2")
    done = at(engine, "completed", number="3")
    states = {"enrolled": COURSE["states"]["attending"] | {"title": a_text("enrolled")}}
    transitions = [
        t
        | {"from": [s.replace("attending", "enrolled") for s in [t["from"]] if isinstance(s, str)]}
        if t["from"] == "attending"
        else t | {"to": "enrolled"}
        if t.get("to") == "attending"
        else t
        for t in COURSE["transitions"]
    ]
    lifecycle = a_lifecycle(states=COURSE["states"] | states, transitions=transitions)
    mapping = {
        "version": 1,
        "tiers": {"a": "course"},
        "states": {"course": {"attending": "enrolled"}},
    }
    definition = a_definition({"course": {"title": a_text("course"), "credits": 7}}, lifecycle)
    path = definition.path.model_dump(by_alias=True) | {"migrates_from": [mapping]}
    publish(
        engine, Definition.model_validate(definition.model_dump(by_alias=True) | {"path": path})
    )
    hr = acting(engine, now=LATER)

    result = hr.migrate("sample", to=2)

    assert [(m.enrolment, m.to_tier, m.to_state) for m in result.moved] == [
        (applied, "course", "applied"),
        (attending, "course", "enrolled"),
    ]
    assert (result.unchanged, result.stuck) == ((), ())
    moved = hr.enrolment(attending)
    assert (moved.tier, moved.state, moved.path_version, moved.attempt) == (
        "course",
        "enrolled",
        2,
        1,
    )
    entry = hr.history(attending)[-1]
    assert (entry.trigger, entry.source, entry.target) == ("migrate", "attending", "enrolled")
    assert (entry.path_version, entry.details) == (2, {"tier": "course", "tier_before": "a"})
    (running,) = rows(database, credential, enrolment_id=attending)
    assert (running.key, running.credits) == ("course", 700)
    # What is over stays what it was.
    assert (hr.enrolment(done).tier, hr.enrolment(done).path_version) == ("a", 1)
    assert hr.fire(attending, "complete", grade="1.0").state == "completed"


def test_who_is_stuck_hinders_all(engine: Qualipath, database: Database) -> None:
    fine, gone, lost = (
        at(engine, "applied"),
        at(engine, "applied", "b"),
        at(engine, "attending", number="2"),
    )
    states = {name: state for name, state in COURSE["states"].items() if name != "attending"}
    transitions = [t for t in COURSE["transitions"] if "attending" not in (t["from"], t.get("to"))]
    transitions = [
        t | {"from": [s for s in t["from"] if s != "attending"]}
        if isinstance(t["from"], list)
        else t
        for t in transitions
    ]
    publish(engine, a_definition({"a": {}}, a_lifecycle(states=states, transitions=transitions)))
    hr = acting(engine)
    stored = everything(database)

    rehearsed = hr.migrate("sample", to=2, dry_run=True)

    assert [m.enrolment for m in rehearsed.moved] == [fine]
    assert {m.enrolment: m.why and m.why.en for m in rehearsed.stuck} == {
        gone: "the new version has no tier 'b'; map it under migrates_from: tiers",
        lost: "the tier 'a' has no state 'attending' there; map it under migrates_from: states",
    }
    with pytest.raises(
        RefusedError, match="nobody is moved to version 2 of 'sample', since 2"
    ) as no:
        hr.migrate("sample", to=2)
    assert "die neue Version hat keine Stufe „b“" in no.value.text("de")
    assert "(tier 'b', state 'applied')" in no.value.text("en")
    assert everything(database) == stored


def test_a_rehearsal_changes_nothing(engine: Qualipath, database: Database) -> None:
    at(engine, "applied")
    publish(engine, a_version("a", "b", credits=5))
    stored = everything(database)

    rehearsed = acting(engine).migrate("sample", to=2, dry_run=True)
    whole = engine.acting_as("hr", "x", organisation="city", dry_run=True).migrate("sample", to=2)

    assert rehearsed.dry_run
    assert rehearsed.moved == whole.moved
    assert len(rehearsed.moved) == 1
    assert everything(database) == stored


def test_migrating_again_changes_nothing(engine: Qualipath, database: Database) -> None:
    id_ = at(engine, "applied")
    publish(engine, a_version("a", "b", credits=5))
    acting(engine).migrate("sample", to=2)
    stored = everything(database)

    again = acting(engine).migrate("sample", to=2)

    assert [m.enrolment for m in again.unchanged] == [id_]
    assert everything(database) == stored


def test_two_tiers_become_one(engine: Qualipath, database: Database) -> None:
    both = [at(engine, "applied", tier) for tier in ("a", "b")]
    alone = at(engine, "applied", "b", number="2")
    publish(engine, a_version("a", mapping={"tiers": {"b": "a"}}))
    stored = everything(database)

    with pytest.raises(RefusedError, match="already has an open enrolment at the tier 'a'"):
        acting(engine).migrate("sample", to=2)
    assert everything(database) == stored

    acting(engine).fire(both[0], "withdraw")
    moved = acting(engine).migrate("sample", to=2).moved
    assert {m.enrolment for m in moved} == {both[1], alone}
    # The withdrawn one was the first attempt at the tier that both are now.
    assert acting(engine).enrolment(both[1]).attempt == 2
    assert acting(engine).enrolment(alone).attempt == 1


def test_tiers_move_up(engine: Qualipath) -> None:
    lower, upper = at(engine, "applied", "a"), at(engine, "applied", "b")
    publish(engine, a_version("a", "b", "c", mapping={"tiers": {"a": "b", "b": "c"}}))

    acting(engine).migrate("sample", to=2)

    after = [acting(engine).enrolment(id_) for id_ in (lower, upper)]
    assert [(e.tier, e.attempt) for e in after] == [("b", 1), ("c", 1)]


def test_tiers_that_change_places_are_stuck(engine: Qualipath, database: Database) -> None:
    at(engine, "applied", "a"), at(engine, "applied", "b")
    publish(engine, a_version("a", "b", mapping={"tiers": {"a": "b", "b": "a"}}))
    stored = everything(database)

    rehearsed = acting(engine).migrate("sample", to=2, dry_run=True)

    assert len(rehearsed.stuck) == 2
    with pytest.raises(RefusedError, match="since 2 can't be"):
        acting(engine).migrate("sample", to=2)
    assert everything(database) == stored


def test_others_see_and_move_only_their_own(engine: Qualipath) -> None:
    ours = at(engine, "applied")
    publish(engine, a_version("a", "b", credits=5))

    elsewhere = acting(engine, organisation="town").migrate("sample", to=2)

    assert elsewhere.moved == ()
    assert acting(engine).enrolment(ours).path_version == 1


def test_deadlines_that_stay_the_same_run_on(database: Database) -> None:
    states = {"applied": {"title": a_text("applied"), "deadlines": reminding(20)}}
    engine = an_installation(database, a_version("a", states=states))
    id_ = an_enrolment(engine, tier="a", definition=a_version("a", states=states)).id
    before = rows(database, deadline)
    publish(engine, a_version("a", states=states, credits=5))

    acting(engine, now=LATER).migrate("sample", to=2)

    assert rows(database, deadline) == before
    acting(engine, now=LATER).fire(id_, "withdraw")
    assert {row.ended_at for row in rows(database, deadline)} == {LATER}


def test_new_deadlines_begin_with_the_migration(database: Database) -> None:
    def a_version_with(days: int | None) -> Definition:
        applied = {"title": a_text("applied")} | ({"deadlines": reminding(days)} if days else {})
        return a_version("a", states={"applied": applied})

    engine = an_installation(database, a_version_with(20))
    id_ = an_enrolment(engine, tier="a", definition=a_version_with(20)).id
    publish(engine, a_version_with(2))
    hr = acting(engine, now=LATER)
    hr.fire(id_, "pause", reason="ill")

    hr.migrate("sample", to=2)

    old, new = rows(database, deadline)
    assert (old.ended_at, new.ended_at) == (LATER, None)
    # Two days from the migration on, not from the application, which is three days ago.
    assert new.due_at - LATER > timedelta(days=2)
    # The pause goes on, and shifts the new deadline by its own time alone.
    acting(engine, now=LATER + timedelta(days=5)).fire(id_, "resume")
    assert rows(database, deadline)[1].due_at - new.due_at == timedelta(days=5)

    publish(engine, a_version_with(None))
    hr.migrate("sample", to=3)
    assert rows(database, deadline, ended_at=None) == []


def test_a_state_that_is_closed_there_ends_the_attempt(
    engine: Qualipath, database: Database
) -> None:
    id_ = at(engine, "attending")
    acting(engine).fire(id_, "pause", reason="ill")
    mapping = {"states": {"a": {"attending": "withdrawn"}}}
    publish(engine, a_version("a", "b", mapping=mapping))

    acting(engine).migrate("sample", to=2)

    ended = acting(engine).enrolment(id_)
    assert (ended.state, ended.open, ended.paused) == ("withdrawn", False, False)
    assert [held.revoked for held in acting(engine).credentials("4711")] == [True]
    assert rows(database, credential, revoked_at=None) == []
