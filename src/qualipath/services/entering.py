"""The way into a tier: the version, the intake, and everybody's attempt, locked in one order."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, String, select

from qualipath.definition.spec import AVAILABLE
from qualipath.domain.wording import Refusal
from qualipath.errors import InputError
from qualipath.services.act import Act
from qualipath.services.change import Enrolled, Offered, Slot
from qualipath.services.intakes.loading import lock_intakes
from qualipath.services.intakes.window import asks_for_window, choose_intake
from qualipath.services.library import Published
from qualipath.services.loading import known_tier, load_enrolments, no_employee
from qualipath.storage.batches import Batch, among, ids
from qualipath.storage.scope import visible_employees
from qualipath.storage.tables import employee, enrolment, organisation


@dataclass(frozen=True, slots=True)
class Entry:
    """The version that new attempts begin with, and the intake that they go into, if any.

    `refusals` say why no intake takes them now.
    """

    published: Published
    tier: str
    slot: Slot | None = None
    refusals: tuple[Refusal, ...] = ()


def enter(act: Act, path: str, tier: str, trigger: str, wanted: int | None) -> Entry:
    """Find the way into a tier; raises `NotFoundError`, and `InputError` for a needless intake."""
    published = act.library.newest(act.connection, path)
    known_tier(published, tier)
    if not asks_for_window(published, tier, trigger):
        if wanted is not None:
            raise InputError(f"'{trigger}' leads into no intake; leave the intake out")
        return Entry(published, tier)
    chosen = choose_intake(act, path, tier, wanted)
    if isinstance(chosen, Refusal):
        return Entry(published, tier, refusals=(chosen,))
    return Entry(published, tier, chosen.slot if chosen else None)


def ways_into(
    act: Act, loaded: Iterable[Enrolled], trigger: str
) -> dict[int | None, Offered | Refusal | None]:
    """Find the intake that each enrolment is led into by a trigger that asks for one, by its id.

    Whoever was nominated is in none yet.
    """
    asking = [e for e in loaded if asks_for_window(e.published, e.tier, trigger)]
    tiers = sorted({(e.published.definition.path.path, e.tier) for e in asking})
    chosen = {tier: choose_intake(act, *tier, None) for tier in tiers}
    return {e.id: chosen[e.published.definition.path.path, e.tier] for e in asking}


def find_employees(act: Act, numbers: Sequence[str]) -> list[Row[Any]]:
    """Find employees by personnel numbers (`4711`, `4711@organisation`), in the given order.

    Raises:
        NotFoundError: one is unknown to the actor.
        InputError: a number is not unique.
    """
    dialect = act.connection.dialect.name
    rows = act.connection.execute(
        _people(act, dialect),
        _NUMBERS.parameters(dialect, [(number.partition("@")[0],) for number in numbers]),
    )
    found: dict[str, list[Row[Any]]] = {}
    for row in rows:
        for written in (row.number, f"{row.number}@{row.organisation}"):
            found.setdefault(written, []).append(row)
    people = []
    for number in numbers:
        match found.get(number, []):
            case [person]:
                people.append(person)
            case []:
                raise no_employee(act, number)
            case several:
                where = ", ".join(f"{row.number}@{row.organisation}" for row in several)
                raise InputError(f"the number {number} is not unique; write one of {where}")
    return people


def load_attempts(act: Act, people: Sequence[Row[Any]], entry: Entry) -> list[Enrolled]:
    """Lock employees and load the attempt that each would make at a tier, in their order.

    It is the open one, or a new one.
    """
    dialect = act.connection.dialect.name
    theirs = ids(dialect, [person.id for person in people])
    # Intakes are locked before people, so that nobody waits for each other.
    lock_intakes(act, [row.intake_id for row in _attempts(act, theirs, entry) if row.is_open])
    lock = select(employee.c.id).where(among(employee.c.id, dialect)).order_by(employee.c.id)
    act.connection.execute(lock.with_for_update(of=employee), theirs)
    attempts = _attempts(act, theirs, entry)
    running = {row.employee_id: row.id for row in attempts if row.is_open}
    last = {row.employee_id: row.attempt for row in attempts}
    loaded = load_enrolments(act, list(running.values())) if running else {}
    return [
        loaded[running[person.id]]
        if person.id in running
        else _fresh(act, person, entry, last.get(person.id, 0) + 1)
        for person in people
    ]


def _attempts(act: Act, theirs: Mapping[str, object], entry: Entry) -> Sequence[Row[Any]]:
    statement: Select[Any] = (
        select(
            enrolment.c.id,
            enrolment.c.employee_id,
            enrolment.c.intake_id,
            enrolment.c.attempt,
            enrolment.c.is_open,
        )
        .where(
            among(enrolment.c.employee_id, act.connection.dialect.name),
            enrolment.c.path == entry.published.definition.path.path,
            enrolment.c.tier == entry.tier,
        )
        .order_by(enrolment.c.attempt)
    )
    return act.connection.execute(statement, theirs).all()


def _fresh(act: Act, person: Row[Any], entry: Entry, attempt: int) -> Enrolled:
    return Enrolled(
        id=None,
        employee_id=person.id,
        number=person.number,
        organisation_id=person.organisation_id,
        organisation=person.organisation,
        published=entry.published,
        tier=entry.tier,
        attempt=attempt,
        state=AVAILABLE,
        version=0,
        entered_at=act.effective_at,
    )


_NUMBERS = Batch("numbers", number=String())


def _people(act: Act, dialect: str) -> Select[Any]:
    return (
        select(
            employee.c.id,
            employee.c.number,
            employee.c.organisation_id,
            organisation.c.key.label("organisation"),
        )
        .join(organisation, organisation.c.id == employee.c.organisation_id)
        .where(
            employee.c.number.in_(select(_NUMBERS.table(dialect).c.number)),
            visible_employees(act.actor, act.today()),
        )
        .order_by(organisation.c.key)
    )
