"""Races: what two do at once ends as if one had been first; the controls do without the lock."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Barrier

import pytest

from qualipath import ConflictError, Qualipath, RefusedError
from qualipath.domain.machine import Move
from qualipath.errors import QualipathError
from qualipath.services.act import Act
from qualipath.services.change import Change, Enrolled
from qualipath.services.entering import Entry, load_attempts
from qualipath.services.judging import Order, situations
from qualipath.services.loading import (
    find_employee,
    find_enrolments,
    load_enrolment,
)
from qualipath.services.planning import plan
from qualipath.services.recording import record
from qualipath.storage.database import Database
from qualipath.storage.tables import credential, enrolment, history
from tests.builders import acting, an_employee, an_enrolment, an_installation
from tests.integration.services.looking import rows

PATH = "duisburg_digital"
BLOCKED = 0.5
"""Seconds after which who has not come back is taken to wait for a lock."""


@pytest.fixture
def engine(database: Database) -> Qualipath:
    return an_installation(database)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as threads:
        yield threads


def unlocked(act: Act, enrolment_id: int) -> Enrolled:
    """Load like `load_enrolment`, without its lock."""
    return next(find_enrolments(act, enrolment.c.id == enrolment_id))


def decided(act: Act, enrolled: Enrolled, trigger: str) -> Change:
    """Decide and plan what a trigger does, as the services do."""
    ((_, _, situation),) = situations(act, [(enrolled, Order(trigger))])
    move = enrolled.published.machine(enrolled.tier).decide(enrolled.state, trigger, situation)
    if not isinstance(move, Move):
        raise RefusedError(move)
    return plan(act, enrolled, move)


def test_two_approvals_at_once(engine: Qualipath, database: Database) -> None:
    for number in range(5):
        enrolled = an_enrolment(engine, "applied", number=f"{number}")
        start = Barrier(2)

        def approve(_n: int, id_: int = enrolled.id, start: Barrier = start) -> str:
            start.wait()
            try:
                return acting(engine).fire(id_, "approve").state
            except (ConflictError, RefusedError) as lost:
                return type(lost).__name__

        with ThreadPoolExecutor(2) as two:
            answers = list(two.map(approve, range(2)))

        assert answers.count("approved") == 1
        assert [row.trigger for row in rows(database, history, enrolment_id=enrolled.id)] == [
            "apply",
            "approve",
        ]


def test_who_waited_for_the_lock_looks_again(
    engine: Qualipath, database: Database, pool: ThreadPoolExecutor
) -> None:
    id_ = an_enrolment(engine, "applied").id
    with acting(engine).acts.writing() as act:
        change = decided(act, load_enrolment(act, id_), "approve")
        second = pool.submit(acting(engine).fire, id_, "approve")
        assert not wait([second], BLOCKED).done
        record(act, [change])

    with pytest.raises(RefusedError, match="not possible in the state 'approved'"):
        second.result()
    assert len(rows(database, history, enrolment_id=id_)) == 2


def test_without_the_lock_the_swap_still_refuses(engine: Qualipath, database: Database) -> None:
    id_ = an_enrolment(engine, "applied").id
    with acting(engine).acts.reading() as act:
        change = decided(act, unlocked(act, id_), "approve")
    acting(engine).fire(id_, "approve")

    with (
        pytest.raises(ConflictError, match="was changed by somebody else"),
        acting(engine).acts.writing() as act,
    ):
        record(act, [change])

    assert len(rows(database, history, enrolment_id=id_)) == 2
    # Pausing keeps the state: there the version alone tells.
    with acting(engine).acts.reading() as act:
        change = decided(act, unlocked(act, id_), "admit")
    acting(engine).fire(id_, "pause", reason="ill")
    with pytest.raises(ConflictError), acting(engine).acts.writing() as act:
        record(act, [change])
    assert acting(engine).enrolment(id_).paused


def test_two_applications_at_once(engine: Qualipath, database: Database) -> None:
    for number in range(5):
        an_employee(engine, f"{number}")
        start = Barrier(2)

        def apply(_n: int, number: str = f"{number}", start: Barrier = start) -> str:
            start.wait()
            try:
                return acting(engine).apply(number, PATH, "bootcamp").state
            except RefusedError as refused:
                return refused.reasons[0].code

        with ThreadPoolExecutor(2) as two:
            assert sorted(two.map(apply, range(2))) == ["applied", "state"]

    assert len(rows(database, enrolment)) == 5


def test_without_the_lock_the_constraint_still_refuses(
    engine: Qualipath, database: Database
) -> None:
    an_employee(engine, "4711")
    with acting(engine).acts.writing() as act:
        published = act.library.newest(act.connection, PATH)
        entry = Entry(published, "bootcamp")
        (fresh,) = load_attempts(act, [find_employee(act, "4711")], entry)
        change = decided(act, fresh, "apply")
    acting(engine).apply("4711", PATH, "bootcamp")

    with pytest.raises(ConflictError), acting(engine).acts.writing() as act:
        record(act, [change])

    assert len(rows(database, enrolment)) == 1


def start_while_it_is_revoked(
    engine: Qualipath, pool: ThreadPoolExecutor, *, locks: bool
) -> tuple[str, int]:
    """Decide to start what rests on a credential, let it be revoked, then write the start.

    Gives what became of the enrolment, and its id.
    """
    an_employee(engine, "4711")
    hr = acting(engine)
    held = hr.recognise("4711", "digital/basics", kind="certificate", evidence="seen")
    id_ = an_enrolment(engine, "admitted", tier="certificate_1").id
    revoking: Future[object] = Future()

    def revoke() -> None:
        nonlocal revoking
        revoking = pool.submit(hr.revoke, held.id, reason="forged")
        wait([revoking], BLOCKED)

    try:
        if locks:
            with hr.acts.writing() as act:
                change = decided(act, load_enrolment(act, id_), "start")
                revoke()
                assert not revoking.done()
                record(act, [change])
        elif engine.database.address.file is None:
            with hr.acts.writing() as act:
                change = decided(act, unlocked(act, id_), "start")
                revoke()
                record(act, [change])
        else:
            with hr.acts.reading() as act:
                change = decided(act, unlocked(act, id_), "start")
            revoke()
            with hr.acts.writing() as act:
                record(act, [change])
    finally:
        wait([revoking])
    revoking.result()
    return hr.enrolment(id_).state, id_


def started_before_it_was_revoked(database: Database) -> bool:
    triggers = [row.trigger for row in rows(database, history)]
    return triggers.index("start") < triggers.index("revoke")


def test_what_a_start_rests_on_is_not_revoked_meanwhile(
    engine: Qualipath, database: Database, pool: ThreadPoolExecutor
) -> None:
    state, _ = start_while_it_is_revoked(engine, pool, locks=True)

    assert state == "attending"
    assert started_before_it_was_revoked(database)


def test_without_the_lock_it_is(
    engine: Qualipath, database: Database, pool: ThreadPoolExecutor
) -> None:
    state, _ = start_while_it_is_revoked(engine, pool, locks=False)

    # It was revoked, and started after that all the same: what the lock is for.
    assert state == "attending"
    assert not started_before_it_was_revoked(database)
    assert rows(database, credential, key="digital/basics")[0].revoked_at is not None


def test_who_comes_after_the_revocation_is_refused(
    engine: Qualipath, pool: ThreadPoolExecutor
) -> None:
    an_employee(engine, "4711")
    hr = acting(engine)
    held = hr.recognise("4711", "digital/basics", kind="certificate", evidence="seen")
    id_ = an_enrolment(engine, "admitted", tier="certificate_1").id
    with hr.acts.writing() as act:
        find_employee(act, "4711", lock=True)
        starting = pool.submit(hr.fire, id_, "start")
        assert not wait([starting], BLOCKED).done
        act.connection.execute(
            credential.update()
            .where(credential.c.id == held.id)
            .values(revoked_at=act.effective_at)
        )

    with pytest.raises(RefusedError) as refused:
        starting.result()
    assert [reason.code for reason in refused.value.reasons] == ["prerequisites"]


def test_many_who_overlap_wait_for_each_other_in_one_order(
    engine: Qualipath, database: Database, pool: ThreadPoolExecutor
) -> None:
    ids = [an_enrolment(engine, "applied", number=f"{n}").id for n in range(24)]
    orders: Sequence[Sequence[int]] = [ids, ids[::-1], ids[::2] + ids[1::2], ids[12:] + ids[:12]]

    for trigger in ("approve", "admit"):
        start = Barrier(4)

        def fire(
            wanted: Sequence[int], start: Barrier = start, trigger: str = trigger
        ) -> Sequence[int] | QualipathError:
            start.wait()
            try:
                outcomes = acting(engine).fire_many(wanted, trigger)
            except QualipathError as error:
                return error
            return [outcome.id for outcome in outcomes if not outcome.refused]

        answers = list(pool.map(fire, orders))

        assert [answer for answer in answers if isinstance(answer, QualipathError)] == []
        moved = [id_ for answer in answers for id_ in answer]  # type: ignore[union-attr]
        assert sorted(moved) == sorted(ids)
    for id_ in ids:
        assert [row.version for row in rows(database, history, enrolment_id=id_)] == [1, 2, 3]


def test_corrections_and_moves_from_eight_threads(
    engine: Qualipath, database: Database, pool: ThreadPoolExecutor
) -> None:
    id_ = an_enrolment(engine, "applied").id
    triggers = ["pause", "resume", "approve", "admit"] * 8

    def fire(trigger: str) -> bool:
        try:
            acting(engine).fire(id_, trigger, reason="so be it")
        except (ConflictError, RefusedError):
            return False
        return True

    won = sum(pool.map(fire, triggers))

    versions = [row.version for row in rows(database, history, enrolment_id=id_)]
    assert versions == list(range(1, won + 2))
    assert acting(engine).enrolment(id_).version == won + 1
