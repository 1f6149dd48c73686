"""Where people stand: their place on the waiting list, attempts that are left, what holds."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from qualipath.definition.prerequisites import Kind
from qualipath.services.act import Act
from qualipath.services.delivery.waiting import Attempt, Subject
from qualipath.services.library import Published
from qualipath.storage.batches import among, ids
from qualipath.storage.tables import credential, enrolment


@dataclass(frozen=True, slots=True)
class Standings:
    """What a page's enrolments have: places, attempts left, and validity, by enrolments' ids."""

    places: Mapping[int, int]
    attempts_left: Mapping[int, int]
    valid_until: Mapping[int, date]

    @classmethod
    def load(
        cls, act: Act, subjects: Iterable[Subject], newest: Mapping[str, Published]
    ) -> "Standings":
        """Read it in a statement for each kind; a new attempt is one in the `newest` version."""
        known = {s.attempt.id: s for s in subjects if s.attempt and s.person and s.published}
        attempts = {id_: s.attempt for id_, s in known.items() if s.attempt}
        return cls(
            _places(act, attempts.values()),
            _attempts_left(act, known, newest),
            _valid_until(act, attempts),
        )


def awaits_result() -> ColumnElement[bool]:
    """Hold for rows of `enrolment` that are in progress: who attends, and has no result yet."""
    in_progress = select(credential.c.id).where(
        credential.c.enrolment_id == enrolment.c.id,
        credential.c.running_until.is_not(None),
        credential.c.revoked_at.is_(None),
    )
    return enrolment.c.is_open & in_progress.correlate(enrolment).exists()


def _places(act: Act, attempts: Iterable[Attempt]) -> dict[int, int]:
    """Give the places as people see them: 1 for who is next, whatever numbers are kept."""
    waiting = sorted(attempt.id for attempt in attempts if attempt.place is not None)
    if not waiting:
        return {}
    dialect = act.connection.dialect.name
    rows = act.connection.execute(_select_places(dialect), ids(dialect, waiting))
    return {row.id: row.number for row in rows}


@cache
def _select_places(dialect: str) -> Select[Any]:
    lists = select(enrolment.c.intake_id).where(among(enrolment.c.id, dialect))
    counted = (
        select(
            enrolment.c.id,
            func.row_number()
            .over(partition_by=enrolment.c.intake_id, order_by=enrolment.c.place)
            .label("number"),
        )
        .where(enrolment.c.intake_id.in_(lists), enrolment.c.place.is_not(None))
        .subquery()
    )
    return select(counted).where(among(counted.c.id, dialect))


def _attempts_left(
    act: Act, subjects: Mapping[int, Subject], newest: Mapping[str, Published]
) -> dict[int, int]:
    most: dict[int, int] = {}
    people: dict[int, tuple[int, str, str]] = {}
    for id_, subject in subjects.items():
        if subject.attempt is None or subject.person is None or subject.published is None:
            continue
        path, tier = subject.published.definition.path.path, subject.attempt.tier
        spec = newest[path].definition.path.tiers.get(tier)
        if spec is not None and spec.max_attempts is not None:
            most[id_] = spec.max_attempts
            people[id_] = (subject.person.id, path, tier)
    if not most:
        return {}
    dialect = act.connection.dialect.name
    bound = ids(dialect, {person for person, _, _ in people.values()})
    rows = act.connection.execute(_select_attempts(dialect), bound)
    used = {(row.employee_id, row.path, row.tier): row.used for row in rows}
    return {id_: max(allowed - used.get(people[id_], 0), 0) for id_, allowed in most.items()}


@cache
def _select_attempts(dialect: str) -> Select[Any]:
    who = (enrolment.c.employee_id, enrolment.c.path, enrolment.c.tier)
    return (
        select(*who, func.count().label("used"))
        .where(among(enrolment.c.employee_id, dialect), enrolment.c.counts)
        .group_by(*who)
    )


def _valid_until(act: Act, wanted: Iterable[int]) -> dict[int, date]:
    sought = sorted(wanted)
    if not sought:
        return {}
    dialect = act.connection.dialect.name
    rows = act.connection.execute(_select_valid(dialect), ids(dialect, sought))
    return {row.enrolment_id: row.valid_until for row in rows}


@cache
def _select_valid(dialect: str) -> Select[Any]:
    return select(credential.c.enrolment_id, credential.c.valid_until).where(
        among(credential.c.enrolment_id, dialect),
        credential.c.kind == Kind.COMPLETION.value,
        credential.c.valid_until.is_not(None),
        credential.c.revoked_at.is_(None),
    )
