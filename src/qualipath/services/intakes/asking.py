"""Answer questions about intakes: which there are, how full, who is in them, and why."""

import json
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select

from qualipath.definition.spec import Definition, LifecycleSpec, Outcome
from qualipath.definition.values import Text
from qualipath.domain.allocation import explain
from qualipath.errors import NotFoundError
from qualipath.services.act import Act
from qualipath.services.library import Published
from qualipath.services.loading import known_tier
from qualipath.services.models import Intake, Protocol, ProtocolEntry, Roster, RosterEntry
from qualipath.storage.batches import among, ids
from qualipath.storage.scope import visible_enrolments, visible_intakes
from qualipath.storage.tables import (
    employee,
    enrolment,
    history,
    organisation,
    ranking,
)
from qualipath.storage.tables import intake as intake_table


def intakes(
    act: Act, path: str | None = None, tier: str | None = None, state: str | None = None
) -> tuple[Intake, ...]:
    """List the intakes that the actor may see, of one path, tier or state if named, by their start.

    Raises `NotFoundError` for a tier or state that the named path does not have, nor ever had.
    """
    columns = intake_table.c
    asked = {columns.path: path, columns.tier: tier, columns.state: state}
    found = _found(act, *(column == value for column, value in asked.items() if value is not None))
    if not found and path is not None:
        _known(act.library.newest(act.connection, path), tier, state)
    return found


def intake(act: Act, intake_id: int) -> Intake:
    """Give one intake; raises `NotFoundError`."""
    for found in intakes_by_id(act, [intake_id]):
        return found
    message = f"there is no intake {intake_id} that {act.actor} may see"
    raise NotFoundError(message)


def intakes_by_id(act: Act, wanted: Iterable[int]) -> tuple[Intake, ...]:
    """Give the intakes with these ids that the actor may see, by their start."""
    dialect = act.connection.dialect.name
    return _found(act, among(intake_table.c.id, dialect), bound=ids(dialect, wanted))


def roster(act: Act, intake_id: int) -> Roster:
    """Tell who is in an intake, and who is next on its waiting list; raises `NotFoundError`."""
    offered = intake(act, intake_id)
    waiting = (
        select(
            enrolment.c.id,
            func.row_number().over(order_by=enrolment.c.place).label("place"),
        )
        .where(enrolment.c.intake_id == intake_id, enrolment.c.place.is_not(None))
        .subquery()
    )
    rows = act.connection.execute(
        _people(act, waiting.c.place.label("waits_as"))
        .outerjoin(waiting, waiting.c.id == enrolment.c.id)
        .where(enrolment.c.intake_id == intake_id)
    )
    people = (_roster_entry(act, row) for row in rows)
    return Roster(offered, tuple(sorted(people, key=_standing)))


def protocol(act: Act, intake_id: int) -> Protocol:
    """Tell how an intake's seats were given by rank, and each rank's reasons.

    It is empty as long as nothing was allocated, and where seats are given as people come. Raises
    `NotFoundError`.
    """
    offered = intake(act, intake_id)
    allocated = act.connection.execute(
        select(history)
        .where(history.c.intake_id == intake_id, history.c.trigger == "allocate")
        .order_by(history.c.id.desc())
        .limit(1)
    ).first()
    if allocated is None:
        return Protocol(offered, None, None, ())
    definition = act.library.by_id(act.connection, allocated.path_version_id).definition
    ranked = (
        _people(act, ranking.c.rank, ranking.c.outcome, ranking.c.basis)
        .join(ranking, ranking.c.enrolment_id == enrolment.c.id)
        .where(ranking.c.intake_id == intake_id)
        .order_by(ranking.c.rank)
    )
    rows = act.connection.execute(ranked)
    entries = tuple(_protocol_entry(row, definition) for row in rows)
    by = f"{allocated.actor_role}:{allocated.actor_id}"
    return Protocol(offered, allocated.effective_at, by, entries)


def _protocol_entry(row: Row[Any], definition: Definition) -> ProtocolEntry:
    basis = json.loads(row.basis)
    return ProtocolEntry(
        rank=row.rank,
        enrolment=row.id,
        employee=row.number,
        given_name=row.given_name,
        family_name=row.family_name,
        organisation=row.organisation,
        outcome=row.outcome,
        basis=basis,
        reasons=tuple(
            Text(de=reason.text("de"), en=reason.text("en"))
            for reason in explain(basis, definition)
        ),
    )


def _people(act: Act, *further: ColumnElement[Any]) -> Select[Any]:
    return (
        select(
            enrolment,
            employee.c.number,
            employee.c.given_name,
            employee.c.family_name,
            organisation.c.key.label("organisation"),
            *further,
        )
        .join(employee, employee.c.id == enrolment.c.employee_id)
        .join(organisation, organisation.c.id == enrolment.c.organisation_id)
        .where(visible_enrolments(act.actor, act.today()))
    )


def _roster_entry(act: Act, row: Row[Any]) -> RosterEntry:
    definition = act.library.by_id(act.connection, row.path_version_id).definition
    return RosterEntry(
        enrolment=row.id,
        employee=row.number,
        given_name=row.given_name,
        family_name=row.family_name,
        organisation=row.organisation,
        state=row.state,
        state_title=definition.lifecycle_of(row.tier).states[row.state].title,
        open=row.is_open,
        seat=row.holds_seat,
        place=row.waits_as,
        applied_at=row.applied_at,
    )


def _standing(entry: RosterEntry) -> tuple[Any, ...]:
    name = (entry.family_name, entry.given_name, entry.enrolment)
    if entry.seat:
        return 0, *name
    if entry.place is not None:
        return 1, entry.place
    if entry.open:
        # Who was nominated and has not applied stands behind those who have.
        applied = entry.applied_at
        return 2, applied is None, applied.timestamp() if applied else 0, entry.enrolment
    return 3, *name


def _found(
    act: Act, *conditions: ColumnElement[bool], bound: Mapping[str, object] | None = None
) -> tuple[Intake, ...]:
    columns = intake_table.c
    seen = (visible_intakes(act.actor, act.today()), *conditions)
    offered = {
        (row.path, row.tier): act.library.offering(act.connection, row.path, row.tier)
        for row in act.connection.execute(
            select(columns.path, columns.tier).where(*seen).distinct(), bound
        )
    }
    # How full an intake is everybody may know, whether or not they may see who is in it.
    counts = (
        select(
            enrolment.c.intake_id,
            func.count().label("applied"),
            func.count(enrolment.c.place).label("waiting"),
            func.count().filter(enrolment.c.holds_seat | _held_to_the_end(offered)).label("taken"),
        )
        .where(enrolment.c.intake_id.in_(select(columns.id).where(*seen).correlate(None)))
        .group_by(enrolment.c.intake_id)
        .subquery()
    )
    rows = act.connection.execute(
        select(intake_table, *(func.coalesce(counts.c[n], 0).label(n) for n in _COUNTS))
        .outerjoin(counts, counts.c.intake_id == columns.id)
        .where(*seen)
        .order_by(columns.starts_on, columns.path, columns.tier, columns.id),
        bound,
    ).all()
    return tuple(_intake(row, offered[row.path, row.tier]) for row in rows)


_COUNTS = ("applied", "waiting", "taken")


def _held_to_the_end(offered: Mapping[tuple[str, str], Published]) -> ColumnElement[bool]:
    """Hold for attempts that ended on their seat: who gave it up early left it to somebody else."""
    states = (
        (name, state)
        for (_, tier), published in offered.items()
        for name, state in published.definition.lifecycle_of(tier).states.items()
    )
    given_up = {name for name, state in states if state.closed is Outcome.ABANDONED}
    ended = enrolment.c.counts & ~enrolment.c.is_open
    return ended & enrolment.c.state.not_in(sorted(given_up))


def _intake(row: Row[Any], published: Published) -> Intake:
    lifecycle = _lifecycle(published)
    state = lifecycle.states.get(row.state) if lifecycle else None
    return Intake(
        id=row.id,
        path=row.path,
        tier=row.tier,
        tier_title=published.definition.path.tiers[row.tier].title,
        term=row.term,
        provider=row.provider,
        state=row.state,
        # A newer version may have dropped the state.
        state_title=state.title if state else Text(de=row.state, en=row.state),
        seats=row.seats,
        minimum=row.minimum,
        taken=row.taken,
        waiting=row.waiting,
        applied=row.applied,
        undersized=row.undersized and _is_undecided(lifecycle, row.state),
        timezone=row.timezone,
        opens_at=row.opens_at,
        closes_at=row.closes_at,
        allocates_at=row.allocates_at,
        quotas_lapse_at=row.quotas_lapse_at,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        lectures_from=row.lectures_from,
        lectures_until=row.lectures_until,
        list_closes_at=row.list_closes_at,
        due_at=row.due_at,
        seed=row.seed,
        version=row.version,
    )


def _is_undecided(lifecycle: LifecycleSpec | None, state: str) -> bool:
    """Tell whether an intake that is too small can still be refused its seats."""
    ways = lifecycle.transitions if lifecycle else ()
    return any(state in way.sources and "minimum_reached" in way.guards for way in ways)


def _lifecycle(published: Published) -> LifecycleSpec | None:
    name = published.definition.path.intake_lifecycle
    return published.definition.lifecycles[name] if name else None


def _known(published: Published, tier: str | None, state: str | None) -> None:
    """Refuse a tier or state that the path does not have; raises `NotFoundError`."""
    path = published.definition.path.path
    if tier is not None:
        known_tier(published, tier)
    lifecycle = _lifecycle(published)
    states: Sequence[str] = tuple(lifecycle.states) if lifecycle else ()
    if state is not None and state not in states:
        near = get_close_matches(state, states, n=1)
        hint = f"did you mean '{near[0]}'? " if near else ""
        known = f"its states are: {', '.join(states)}" if states else "the path names no lifecycle"
        message = f"the intakes of path '{path}' have no state '{state}'; {hint}{known}"
        raise NotFoundError(message)
