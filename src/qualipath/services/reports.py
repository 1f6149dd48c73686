"""Count what became of intakes: how many applied, waited, came and completed, at what cost."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, false, func, or_, select

from qualipath.definition.spec import Definition, LifecycleSpec, Outcome, StateSpec
from qualipath.services.act import Act
from qualipath.services.permission import only_hr
from qualipath.storage.scope import visible_intakes
from qualipath.storage.tables import enrolment, history, intake, ranking

_BEGUN = ("running", "finished")


@dataclass(frozen=True, slots=True)
class IntakeReport:
    """One intake in numbers of people, and its cost in whole EUR.

    `waited` counts who was ever on its waiting list, `attended` with whom it began, `outstanding`
    who of them has no result yet. `unused` are the seats that nobody attended on, once it began;
    the cost is that of the seats that somebody attended on.
    """

    intake: int
    tier: str
    term: str | None
    starts_on: date
    ends_on: date
    state: str
    seats: int
    applied: int
    waited: int
    admitted: int
    attended: int
    completed: int
    failed: int
    outstanding: int
    unused: int
    cost: int
    first_completed_at: datetime | None


def report(act: Act, path: str) -> tuple[IntakeReport, ...]:
    """Count a path's intakes, by their start, whoever's people are in them.

    Who was carried over to another intake and was not ranked before counts only there.
    Raises `NotFoundError`, and `RefusedError` for anybody but HR.
    """
    only_hr(act)
    definition = act.library.newest(act.connection, path).definition
    counted: dict[int, dict[str, Any]] = {}
    for statement in (_standing(definition), _moves(definition), _carried_over(path)):
        for intake_id, *counts in act.connection.execute(statement):
            names = (column.name for column in statement.selected_columns)
            _add(counted.setdefault(intake_id, {}), dict(zip(list(names)[1:], counts, strict=True)))
    offered = act.connection.execute(
        select(intake)
        .where(intake.c.path == path, visible_intakes(act.actor, act.today()))
        .order_by(intake.c.starts_on, intake.c.tier, intake.c.id)
    )
    return tuple(_report(definition, row, counted.get(row.id, {})) for row in offered)


def _add(counts: dict[str, Any], row: Mapping[str, Any]) -> None:
    for name, value in row.items():
        counts[name] = counts[name] + value if isinstance(counts.get(name), int) else value


def _report(definition: Definition, row: Row[Any], counts: Mapping[str, Any]) -> IntakeReport:
    attended = counts.get("attended", 0)
    tier = definition.path.tiers.get(row.tier)
    return IntakeReport(
        intake=row.id,
        tier=row.tier,
        term=row.term,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        state=row.state,
        seats=row.seats,
        applied=counts.get("applied", 0),
        waited=counts.get("waited", 0),
        admitted=counts.get("admitted", 0),
        attended=attended,
        completed=counts.get("completed", 0),
        failed=counts.get("failed", 0),
        outstanding=counts.get("outstanding", 0),
        unused=max(row.seats - attended, 0) if row.state in _BEGUN else 0,
        cost=attended * tier.cost if tier else 0,
        first_completed_at=counts.get("first_completed_at"),
    )


def _standing(definition: Definition) -> Select[Any]:
    """Count who is in each intake, and how far they are."""

    def count(asked: Callable[[StateSpec], object]) -> ColumnElement[int]:
        return func.count().filter(_in_states(definition, enrolment.c.state, asked))

    return (
        select(
            enrolment.c.intake_id,
            func.count(enrolment.c.applied_at).label("applied"),
            count(lambda state: state.closed is Outcome.COMPLETED).label("completed"),
            count(lambda state: state.closed is Outcome.FAILED).label("failed"),
            count(lambda state: state.open and state.running).label("outstanding"),
        )
        .where(enrolment.c.path == definition.path.path, enrolment.c.intake_id.is_not(None))
        .group_by(enrolment.c.intake_id)
    )


def _moves(definition: Definition) -> Select[Any]:
    """Count who came to what in each intake, whatever came after it."""
    carried = (
        select(history.c.enrolment_id, func.max(history.c.version).label("version"))
        .where(history.c.trigger == "carry_over")
        .group_by(history.c.enrolment_id)
        .subquery()
    )

    def people(reached: ColumnElement[bool]) -> ColumnElement[int]:
        return func.count(enrolment.c.id.distinct()).filter(reached)

    def reached(trigger: str) -> ColumnElement[int]:
        return people(_any_tier(definition, history.c.target, _destination(trigger)))

    completed = _in_states(
        definition, history.c.target, lambda state: state.closed is Outcome.COMPLETED
    )
    return (
        select(
            enrolment.c.intake_id,
            people(_in_states(definition, history.c.target, lambda s: s.waiting)).label("waited"),
            reached("admit").label("admitted"),
            reached("start").label("attended"),
            func.min(history.c.effective_at).filter(completed).label("first_completed_at"),
        )
        .join(history, history.c.enrolment_id == enrolment.c.id)
        .outerjoin(carried, carried.c.enrolment_id == enrolment.c.id)
        .where(
            enrolment.c.path == definition.path.path,
            enrolment.c.intake_id.is_not(None),
            history.c.version > func.coalesce(carried.c.version, 0),
        )
        .group_by(enrolment.c.intake_id)
    )


def _carried_over(path: str) -> Select[Any]:
    """Count who was ranked in an intake and found a place in a later one."""
    return (
        select(
            ranking.c.intake_id,
            func.count().label("applied"),
            func.count().filter(ranking.c.outcome == "waiting").label("waited"),
        )
        .join(enrolment, enrolment.c.id == ranking.c.enrolment_id)
        .where(enrolment.c.path == path, enrolment.c.intake_id != ranking.c.intake_id)
        .group_by(ranking.c.intake_id)
    )


def _in_states(
    definition: Definition, column: ColumnElement[Any], asked: Callable[[StateSpec], object]
) -> ColumnElement[bool]:
    def chosen(lifecycle: LifecycleSpec) -> Iterator[str]:
        return (name for name, state in lifecycle.states.items() if asked(state))

    return _any_tier(definition, column, chosen)


def _destination(trigger: str) -> Callable[[LifecycleSpec], Iterator[str]]:
    def chosen(lifecycle: LifecycleSpec) -> Iterator[str]:
        return (t.to for t in lifecycle.transitions if t.trigger == trigger and t.to)

    return chosen


def _any_tier(
    definition: Definition,
    column: ColumnElement[Any],
    chosen: Callable[[LifecycleSpec], Iterator[str]],
) -> ColumnElement[bool]:
    """Tell whether a state is one of those that each tier's own lifecycle chooses."""
    tiers: dict[str, list[str]] = {}
    for name, tier in definition.path.tiers.items():
        tiers.setdefault(tier.lifecycle, []).append(name)
    return or_(
        false(),
        *(
            and_(enrolment.c.tier.in_(named), column.in_(list(chosen(lifecycle))))
            for key, named in tiers.items()
            for lifecycle in [definition.lifecycles[key]]
        ),
    )
