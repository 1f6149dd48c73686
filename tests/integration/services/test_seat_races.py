"""Races for seats: never one too many, no place twice, and everybody gets an answer."""

from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from threading import Barrier, Lock, Thread

import pytest
from sqlalchemy import func, select

from qualipath import ConflictError, Qualipath, RefusedError
from qualipath.engine.drafts import Drafts
from qualipath.errors import QualipathError
from qualipath.services.act import Act
from qualipath.services.change import Change, Enrolled
from qualipath.services.intakes.moving import close_list
from qualipath.services.judging import Order
from qualipath.services.loading import find_enrolments, load_enrolment
from qualipath.services.performing import Decided, decide, write
from qualipath.storage.database import Database
from qualipath.storage.tables import deadline, enrolment, history
from qualipath.storage.turns import Turns
from tests.builders import acting, an_installation, an_intake, employees, offered_as
from tests.integration.services.looking import rows
from tests.integration.services.seating import (
    applied,
    approved,
    hold_seats,
    hr_of_all,
    names,
    standing,
)
from tests.integration.services.test_windows import NEXT

CONNECTIONS = 16
REQUESTS = 10_000
SEATS = 30
CYCLES = 1_000
BLOCKED = 0.5
"""Seconds after which who has not come back is taken to wait for a lock."""


def crowd(database: Database, people: int, seats: int = SEATS) -> tuple[Qualipath, int, list[int]]:
    """Let people apply for one intake; gives it, and their enrolments in the order of applying."""
    engine = an_installation(database, offered_as("bootcamp"))
    numbers = employees(engine, people)
    here = an_intake(engine, seats=seats)
    return engine, here, list(applied(engine, here, numbers).values())


@contextmanager
def connections(url: str, count: int) -> Iterator[Sequence[Qualipath]]:
    """Open the database several times, as so many programs would."""
    opened = [Database.open(url, durable=False) for _ in range(count)]
    try:
        yield [Qualipath(database, Drafts.open()) for database in opened]
    finally:
        for database in opened:
            database.close()


def at_once(engines: Sequence[Qualipath], work: Callable[[int, Qualipath], None]) -> None:
    """Let all begin at the same moment; raises what any of them raises."""
    start = Barrier(len(engines))

    def one(number: int) -> None:
        start.wait()
        work(number, engines[number])

    with ThreadPoolExecutor(len(engines)) as pool:
        list(pool.map(one, range(len(engines))))


@pytest.mark.long
def test_ten_thousand_want_thirty_seats(database: Database, migrated_url: str) -> None:
    # Where one writes at a time anyway, fewer show the same.
    requests = REQUESTS if migrated_url.startswith("postgresql") else REQUESTS // 4
    _, here, ids = crowd(database, requests)
    answers: dict[int, str] = {}
    done = [0] * CONNECTIONS
    behind: list[int] = []

    def approve(number: int, engine: Qualipath) -> None:
        hr = acting(engine)
        for id_ in ids[number::CONNECTIONS]:
            answers[id_] = hr.fire(id_, "approve").state
            done[number] += 1
        behind.append(min(done))

    with connections(migrated_url, CONNECTIONS) as engines:
        at_once(engines, approve)

    assert Counter(answers.values()) == {"admitted": SEATS, "waitlisted": requests - SEATS}
    hold_seats(database)
    inside = {row.id: row for row in rows(database, enrolment, intake_id=here)}
    assert {id_: row.state for id_, row in inside.items()} == answers
    places = {row.place for row in inside.values() if row.place is not None}
    assert places == set(range(1, requests - SEATS + 1))
    # Who came first, as the history was written, has a seat or the better place.
    steps = [row for row in rows(database, history) if row.trigger in {"admit", "waitlist"}]
    assert [row.trigger for row in steps] == ["admit"] * SEATS + ["waitlist"] * (requests - SEATS)
    waiting = [inside[row.enrolment_id].place for row in steps[SEATS:]]
    assert waiting == sorted(waiting)
    # As the first had all its answers, nobody was far behind: no connection is left out for long.
    assert behind[0] > requests / CONNECTIONS / 4


@pytest.mark.long
def test_a_thousand_give_their_seats_to_the_next(database: Database, migrated_url: str) -> None:
    engine, here, ids = crowd(database, SEATS + CYCLES)
    acting(engine).fire_many(ids, "approve")
    seated = deque(ids[:SEATS])
    offered = select(enrolment.c.id).where(
        enrolment.c.intake_id == here, enrolment.c.state == "offered"
    )
    taken = select(func.count()).where(enrolment.c.intake_id == here, enrolment.c.holds_seat)
    cycles = iter(range(CYCLES))
    turn = Lock()

    def promote(_number: int, engine: Qualipath) -> None:
        hr = acting(engine)
        while True:
            with turn:
                if next(cycles, None) is None:
                    return
            hr.fire(seated.popleft(), "withdraw")
            with engine.database.reading() as connection:
                # The seat that became free was given in the same moment.
                assert connection.scalar(taken) == SEATS
                waiting_for_answer = connection.scalars(offered).all()
            for id_ in waiting_for_answer:
                try:
                    hr.fire(id_, "accept")
                except (RefusedError, ConflictError):
                    continue
                seated.append(id_)

    with connections(migrated_url, 8) as engines:
        at_once(engines, promote)

    hold_seats(database)
    states = Counter(standing(engine, here).values())
    assert states["withdrawn"] == CYCLES
    assert states["admitted"] + states["offered"] == SEATS
    offers = [row.enrolment_id for row in rows(database, history) if row.trigger == "offer"]
    assert offers == ids[SEATS:]


# --- The lock and its control ---------------------------------------------------------------------


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as threads:
        yield threads


def unlocked(act: Act, enrolment_id: int) -> Enrolled:
    """Load like `load_enrolment`, without its locks."""
    return next(find_enrolments(act, enrolment.c.id == enrolment_id))


def two_who_want_the_last_seat(database: Database) -> tuple[Qualipath, int, int]:
    """Give two enrolments that wait for one seat, which only a decision by hand gives away."""
    offered = offered_as("bootcamp", allocation=["waiting"])
    engine = an_installation(database, offered)
    here = an_intake(engine, seats=1)
    one, two = approved(engine, here, employees(engine, 2)).values()
    return engine, one, two


def decided_first(
    engine: Qualipath, first: int, second: Callable[[], object], trigger: str
) -> Decided:
    """Decide for one without a lock, let another one go ahead, then write what was decided."""
    hr = acting(engine)

    def look(act: Act) -> list[Decided]:
        return decide(act, [(unlocked(act, first), Order(trigger))])

    if engine.database.address.file is None:
        with hr.acts.writing() as act:
            decided = look(act)
            second()
            return write(act, decided)[0]
    with hr.acts.reading() as act:
        decided = look(act)
    second()
    with hr.acts.writing() as act:
        return write(act, decided)[0]


def test_who_waits_for_the_lock_finds_the_seat_taken(
    database: Database, pool: ThreadPoolExecutor
) -> None:
    engine, one, two = two_who_want_the_last_seat(database)
    hr = acting(engine)
    with hr.acts.writing() as act:
        decided = decide(act, [(load_enrolment(act, one), Order("admit"))])
        second: Future[object] = pool.submit(hr.fire, two, "admit")
        assert not wait([second], BLOCKED).done
        write(act, decided)

    with pytest.raises(RefusedError) as refused:
        second.result()
    assert names(refused.value.reasons) == ["seats"]
    hold_seats(database)


def test_control_without_the_lock_there_is_one_too_many(database: Database) -> None:
    engine, one, two = two_who_want_the_last_seat(database)
    hr = acting(engine)

    first = decided_first(engine, one, lambda: hr.fire(two, "admit"), "admit")

    assert isinstance(first, Change)
    assert [row.holds_seat for row in rows(database, enrolment)] == [True, True]
    with pytest.raises(AssertionError):
        hold_seats(database)


def test_control_without_the_lock_the_constraint_keeps_a_place_from_two(
    database: Database,
) -> None:
    engine, one, two = two_who_want_the_last_seat(database)
    hr_of_all(engine).resize_intake(1, 0, reason="only a waiting list")
    hr = acting(engine)

    with pytest.raises(ConflictError):
        decided_first(engine, one, lambda: hr.fire(two, "waitlist"), "waitlist")

    assert [row.place for row in rows(database, enrolment)] == [None, 1]


def test_moves_across_intakes_end_in_no_deadlock(database: Database, migrated_url: str) -> None:
    offered = offered_as("bootcamp")
    engine = an_installation(database, offered)
    numbers = employees(engine, 40)
    here, there = an_intake(engine, seats=5), an_intake(engine, seats=5)
    ids = [*approved(engine, here, numbers[:20]).values()]
    ids += approved(engine, there, numbers[20:]).values()
    orders = [ids, ids[::-1], ids[::2] + ids[1::2], ids[20:] + ids[:20]]

    def work(number: int, engine: Qualipath) -> None:
        for trigger in ("pause", "resume") * 5:
            acting(engine).fire_many(orders[number], trigger, reason="so be it")
            hr_of_all(engine).resize_intake(
                (here, there)[number % 2], 5 + number, reason="as it comes"
            )

    with connections(migrated_url, 4) as engines:
        outcomes: list[QualipathError] = []

        def told(number: int, engine: Qualipath) -> None:
            try:
                work(number, engine)
            except QualipathError as error:
                # Fewer seats than are taken by now is an honest answer; a deadlock is none.
                if "are taken" not in str(error):
                    outcomes.append(error)

        at_once(engines, told)
    assert outcomes == []
    hold_seats(database)


# --- Turns ----------------------------------------------------------------------------------------


class Greedy:
    """What a pool does: whoever asks next is served."""

    def __init__(self, _longest_wait: float) -> None:
        self.lock = Lock()

    @contextmanager
    def turn(self) -> Iterator[None]:
        with self.lock:
            yield


def served_before(make: Callable[[float], Turns | Greedy]) -> int:
    """Tell how often one thread has its turn anew while another one waits for its first."""
    turns = make(30)
    waits, over = Barrier(2), []

    def other() -> None:
        waits.wait()
        with turns.turn():
            over.append(True)

    thread = Thread(target=other)
    again = 0
    with turns.turn():
        thread.start()
        waits.wait()
        # Until it stands in line.
        thread.join(BLOCKED)
    while not over and again < 100:
        with turns.turn():
            again += 1
    thread.join()
    return again


def test_who_waits_comes_before_who_has_just_been() -> None:
    # At most one turn goes by between the end of the first and the other's being noticed.
    assert max(served_before(Turns) for _ in range(5)) <= 1


def test_control_a_plain_lock_lets_one_go_on_and_on() -> None:
    # Once is enough: on a busy machine the other one may happen to be awake each of some times.
    assert any(served_before(Greedy) > 1 for _ in range(100))


# --- Who is carried over meanwhile ----------------------------------------------------------------


@pytest.mark.parametrize("trigger", ["withdraw", "offer"])
def test_who_is_carried_over_meanwhile_is_looked_at_where_they_are_now(
    database: Database, pool: ThreadPoolExecutor, trigger: str
) -> None:
    engine = an_installation(database, offered_as("bootcamp", carry_over=True))
    here = an_intake(engine, seats=0, state="running", list_closed=False)
    going = an_intake(engine, seats=0)
    ids = approved(engine, going, employees(engine, 1))
    put_into(database, ids["c1"], here)
    hr_of_all(engine).cancel_intake(going, reason="only to get there")
    following = an_intake(engine, **NEXT, seats=1)
    with hr_of_all(engine).acts.writing() as act:
        close_list(act, here)
        moving = pool.submit(acting(engine).fire, ids["c1"], trigger)
        assert not wait([moving], BLOCKED).done

    try:
        state = moving.result().state
    except ConflictError:
        state = "approved"
    (row,) = rows(database, enrolment)
    assert (row.intake_id, row.state) == (following, state)
    if trigger == "offer" and state == "offered":
        answer_by = rows(database, deadline, enrolment_id=row.id, trigger="lapse")[-1]
        assert answer_by.due_at < NEXT["list_closes_at"]


def put_into(database: Database, enrolment_id: int, intake_id: int) -> None:
    with database.writing() as connection:
        connection.execute(
            enrolment.update().where(enrolment.c.id == enrolment_id).values(intake_id=intake_id)
        )
