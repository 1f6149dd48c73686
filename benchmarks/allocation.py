"""W7: give 10,000 seats to 100,000 applicants by rank, and write why each has theirs."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from statistics import median
from time import perf_counter
from typing import Any

from pydantic_core import to_json
from sqlalchemy import insert

from benchmarks.installation import NOW, Place, offer
from benchmarks.slices import Ratio
from qualipath.definition.bundled import bundled
from qualipath.definition.intakes import IntakeSpec
from qualipath.definition.loader import load_definition
from qualipath.definition.spec import Definition
from qualipath.domain.allocation import Applicant, allocate
from qualipath.services.catalogue import publish
from qualipath.services.recording import rank
from qualipath.storage.tables import credential, employee, enrolment

PEOPLE = 100_000
ROUNDS = 3
SEED = 7
QUOTAS = 9
LAPSES_AT = datetime(2030, 3, 1, tzinfo=UTC)

RANK = "INSERT INTO ranking (intake_id, enrolment_id, rank, outcome, basis) VALUES (?, ?, ?, ?, ?)"
BASIS = (
    '{"criteria":{"quota":"office_1","grade:certificate_1":170,"waiting":"2020-11-02T07:00:00Z",'
    '"tenure":"2015-01-01","lot":"3ad3b9f1e5a87b3c"},"kept":false,"decided_by":"waiting"}'
)
MOVE = """
UPDATE enrolment SET state = ?, version = version + 1, entered_at = ?, holds_seat = ?, place = ?
WHERE id = ? AND state = 'approved' AND version = 1
"""
TELL = """
INSERT INTO history (enrolment_id, path_version_id, version, "trigger", source, target,
                     actor_role, actor_id, effective_at, recorded_at)
VALUES (?, 2, 2, ?, 'approved', ?, 'schedule', 'qualipath', ?, ?)
"""
RAISE = """
INSERT INTO notice (enrolment_id, version, notice, recipient, raised_at, due_at)
VALUES (?, 2, ?, ?, ?, ?)
"""
# Ranks, seats, people waiting, and the history and notices of all of them.
COUNT = """
SELECT (SELECT count(*) FROM ranking WHERE intake_id = ?),
       (SELECT count(*) FROM enrolment WHERE intake_id = ? AND holds_seat),
       (SELECT count(place) FROM enrolment WHERE intake_id = ?),
       (SELECT count(*) FROM history WHERE enrolment_id IN
           (SELECT id FROM enrolment WHERE intake_id = ?)),
       (SELECT count(*) FROM notice WHERE enrolment_id IN
           (SELECT id FROM enrolment WHERE intake_id = ?))
"""


def allocation(place: Place, target: float | None, people: int = PEOPLE) -> Iterator[Ratio]:
    """Rank people and write the protocol; then do so and admit them or let them wait."""
    seats = people // 10
    policy = _publish(place, seats)
    intakes = offer(
        place,
        "certificate_2",
        4 * ROUNDS,
        seats=seats,
        state="closed",
        due_at=None,
        quotas_lapse_at=LAPSES_AT,
    )
    ranked: tuple[list[float], list[float]] = ([], [])
    moved: tuple[list[float], list[float]] = ([], [])
    for turn in range(ROUNDS):
        one, other, third, fourth = intakes[4 * turn : 4 * turn + 4]
        crowd = _fill(place, one, people)
        _fill(place, other, people)
        place.connection.execute("ANALYZE")
        place.connection.commit()
        _alternate(
            turn,
            ranked,
            partial(_rank_by_hand, place, third, crowd, seats),
            partial(_rank, place, fourth, crowd, policy),
        )
        # What is moved can't be moved again: by hand in one intake, by qualipath in the other.
        _alternate(
            turn,
            moved,
            partial(_allocate_by_hand, place, one, crowd, seats),
            partial(place.hr.allocate, other),
        )
        expected = (people, seats, people - seats, people, people + seats)
        assert _counts(place, one) == _counts(place, other) == expected
    for load, (by_hand, ours) in (
        (f"W7 rank {people:,} for {seats:,} seats, protocol", ranked),
        ("W7 the same, judged before, moved and told", moved),
    ):
        yield Ratio(load, place.name, target, median(by_hand) / people, median(ours) / people)


def _alternate(
    turn: int,
    times: tuple[list[float], list[float]],
    by_hand: Callable[[], object],
    ours: Callable[[], object],
) -> None:
    order = ((0, by_hand), (1, ours)) if turn % 2 else ((1, ours), (0, by_hand))
    for which, work in order:
        start = perf_counter()
        work()
        times[which].append(perf_counter() - start)


def _rank(place: Place, intake: int, crowd: Sequence[Applicant], policy: IntakeSpec) -> None:
    """Rank people who are loaded already, and write the protocol."""
    ranked = allocate(
        crowd, policy, seats=policy.seats, taken={}, pooled=False, seed=SEED, ascending=()
    )
    rows = [(r.enrolment_id, r.rank, r.outcome, to_json(r.basis()).decode()) for r in ranked]
    with place.hr.acts.writing() as act:
        rank(act, intake, rows)


def _rank_by_hand(place: Place, intake: int, crowd: Sequence[Applicant], seats: int) -> list[int]:
    """Sort people by three of the criteria, blind to quotas, and write a protocol."""
    ranked = sorted(
        crowd,
        key=lambda a: (a.grades["certificate_1"], a.applied_at, a.hired_on, a.enrolment_id),
    )
    ids = [applicant.enrolment_id for applicant in ranked]
    rows = [
        (intake, id_, number, "seat" if number <= seats else "waiting", BASIS)
        for number, id_ in enumerate(ids, start=1)
    ]
    _write(place, (RANK, rows))
    return ids


def _allocate_by_hand(place: Place, intake: int, crowd: Sequence[Applicant], seats: int) -> None:
    """Do the same, and write everybody's new state, history and notices, judging nobody."""
    ids = _rank_by_hand(place, intake, crowd, seats)
    now = place.now
    moves: list[tuple[Any, ...]] = [("admitted", now, True, None, id_) for id_ in ids[:seats]]
    waiting = enumerate(ids[seats:], start=1)
    moves += [("waitlisted", now, False, number, id_) for number, id_ in waiting]
    triggers = {"admitted": "admit", "waitlisted": "waitlist"}
    notices = [(id_, state, "employee", now, now) for state, *_, id_ in moves]
    notices += [(id_, "admitted", "supervisor", now, now) for id_ in ids[:seats]]
    _write(
        place,
        (MOVE, moves),
        (TELL, [(id_, triggers[state], state, now, now) for state, *_, id_ in moves]),
        (RAISE, notices),
    )


def _write(place: Place, *batches: tuple[str, Sequence[tuple[Any, ...]]]) -> None:
    cursor = place.connection.cursor()
    if not place.postgresql:
        cursor.execute("BEGIN IMMEDIATE")
    for statement, rows in batches:
        cursor.executemany(_sql(place, statement), rows)
    place.connection.commit()


def _counts(place: Place, intake: int) -> tuple[int, ...]:
    row = place.connection.execute(_sql(place, COUNT), (intake,) * 5).fetchone()
    place.connection.commit()
    return tuple(row)


def _sql(place: Place, statement: str) -> str:
    return statement.replace("?", "%s") if place.postgresql else statement


def _publish(place: Place, seats: int) -> IntakeSpec:
    """Let the second certificate give its seats by four criteria, half of them kept for offices."""
    hr = place.qualipath.acting_as("hr", "setup", now=NOW)
    # One more than there are quotas, whose people compete for what is not kept.
    for number in range(QUOTAS + 1):
        hr.add_organisation(f"office_{number}", f"Office {number}", parent="duisburg")
    kept = {f"office_{number}": seats // (2 * QUOTAS) for number in range(1, QUOTAS + 1)}
    policy = IntakeSpec.model_validate(
        {
            "seats": seats,
            "allocation": [
                {"quota": {"seats": kept, "lapses": "4 weeks"}},
                {"grade": "certificate_1"},
                "waiting",
                "tenure",
            ],
        }
    )
    shipped = load_definition(bundled("workflows"), "duisburg_digital")
    written = shipped.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    written["path"]["tiers"]["certificate_2"]["intakes"] = policy.model_dump(mode="json")
    with hr.acts.writing() as act:
        publish(act, Definition.model_validate(written))
    return policy


def _fill(place: Place, intake: int, people: int) -> list[Applicant]:
    """Let new people apply for an intake, in no order; an enrolment has its employee's id."""
    first = intake * people
    crowd = [_applicant(id_) for id_ in range(first, first + people)]
    with place.qualipath.database.writing() as connection:
        connection.execute(insert(employee), [_employee(applicant) for applicant in crowd])
        connection.execute(insert(credential), [_credential(applicant) for applicant in crowd])
        connection.execute(insert(enrolment), [_enrolment(a, intake) for a in crowd])
    return crowd


def _applicant(id_: int) -> Applicant:
    mixed = id_ * 2_654_435_761 % 2**32
    return Applicant(
        id_,
        (f"office_{mixed % (QUOTAS + 1)}", "duisburg"),
        applied_at=NOW - timedelta(minutes=mixed % 60_000),
        hired_on=date(2020, 1, 1) - timedelta(days=mixed % 9_000),
        grades={"certificate_1": 100 + mixed % 31 * 10},
    )


def _employee(applicant: Applicant) -> dict[str, object]:
    return {
        "id": applicant.enrolment_id,
        "number": str(applicant.enrolment_id),
        "organisation_id": _organisation_id(applicant),
        "given_name": "Ada",
        "family_name": "Ahorn",
        "hired_on": applicant.hired_on,
    }


def _organisation_id(applicant: Applicant) -> int:
    # The city itself came first.
    return 2 + int(applicant.organisations[0].removeprefix("office_"))


def _credential(applicant: Applicant) -> dict[str, object]:
    return {
        "employee_id": applicant.enrolment_id,
        "kind": "completion",
        "key": "certificate_1",
        "grade": applicant.grades["certificate_1"],
        "scale": "german",
        "awarded_on": date(2020, 10, 1),
    }


def _enrolment(applicant: Applicant, intake: int) -> dict[str, object]:
    return {
        "id": applicant.enrolment_id,
        "employee_id": applicant.enrolment_id,
        "organisation_id": _organisation_id(applicant),
        "path_version_id": 2,
        "intake_id": intake,
        "path": "duisburg_digital",
        "tier": "certificate_2",
        "attempt": 1,
        "state": "approved",
        "entered_at": applicant.applied_at,
        "applied_at": applicant.applied_at,
        "version": 1,
        "is_open": True,
        "holds_seat": False,
        "counts": False,
    }
