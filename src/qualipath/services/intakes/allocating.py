"""Give the seats of an intake by rank, and keep the protocol."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from pydantic_core import to_json
from sqlalchemy import func, select

from qualipath.definition.intakes import GradeCriterion, IntakeSpec
from qualipath.definition.prerequisites import Kind
from qualipath.domain.allocation import Applicant, allocate, refusal_basis
from qualipath.services.act import Act
from qualipath.services.change import Change, Enrolled, Offered
from qualipath.services.intakes.people import Homes, in_states_before
from qualipath.services.judging import Order
from qualipath.services.library import Published
from qualipath.services.performing import decide
from qualipath.services.recording import rank
from qualipath.services.seats import (
    ADMIT,
    WAITLIST,
    by_schedule,
    decline_for,
    perform_due,
    wait_in_order,
)
from qualipath.storage.batches import among, ids
from qualipath.storage.records import load_organisations
from qualipath.storage.tables import credential, employee, enrolment


def allocate_by_rank(act: Act, loaded: Offered, published: Published, spec: IntakeSpec) -> None:
    """Admit the first in rank of a locked intake, let the others wait, and write everybody's rank.

    Who lacks what is asked for at admission is declined with the reasons, and takes no seat.
    """
    act = by_schedule(act)
    arrived = in_states_before(act, loaded, WAITLIST)
    outcomes = decide(act, [(enrolled, Order(ADMIT)) for enrolled in arrived])
    unfit = {
        enrolled.id or 0: outcome
        for enrolled, outcome in zip(arrived, outcomes, strict=True)
        if not isinstance(outcome, Change) and any(r.code == "prerequisites" for r in outcome)
    }
    able = {e.id or 0: e for e in arrived if e.id not in unfit}
    ranked = allocate(
        _applicants(act, list(able.values()), loaded, published, spec),
        spec,
        seats=loaded.seats,
        taken=Homes(act, spec.quota).taken(loaded),
        pooled=loaded.pooled,
        seed=loaded.seed,
        ascending=_ascending(published, spec),
    )
    protocol = [
        (r.enrolment_id, r.rank, str(r.outcome), to_json(r.basis()).decode()) for r in ranked
    ]
    protocol += [
        (id_, number, "refused", to_json(refusal_basis(refusals)).decode())
        for number, (id_, refusals) in enumerate(unfit.items(), len(protocol) + 1)
    ]
    rank(act, loaded.written_id, protocol)
    declined = [e for e in arrived if e.id in unfit]
    perform_due(act, [(e, decline_for(unfit[e.id or 0])) for e in declined])
    seated = [able[r.enrolment_id] for r in ranked if r.outcome == "seat"]
    perform_due(act, [(enrolled, Order(ADMIT)) for enrolled in seated])
    wait_in_order(act, loaded, [able[r.enrolment_id] for r in ranked if r.outcome == "waiting"])


def _applicants(
    act: Act, who: Sequence[Enrolled], loaded: Offered, published: Published, spec: IntakeSpec
) -> list[Applicant]:
    above = load_organisations(act.connection, {enrolled.organisation_id for enrolled in who})
    hired = _hired(act, who)
    rejections = _rejections(act, who, loaded)
    grades = _grades(act, who, published, spec)
    return [
        Applicant(
            enrolment_id=enrolled.id or 0,
            organisations=above[enrolled.organisation_id],
            applied_at=enrolled.applied_at or enrolled.entered_at,
            hired_on=hired[enrolled.employee_id],
            rejections=rejections.get(enrolled.employee_id, 0),
            grades=grades.get(enrolled.employee_id, {}),
        )
        for enrolled in who
    ]


def _hired(act: Act, who: Sequence[Enrolled]) -> dict[int, date | None]:
    dialect = act.connection.dialect.name
    statement = select(employee.c.id, employee.c.hired_on).where(among(employee.c.id, dialect))
    rows = act.connection.execute(statement, ids(dialect, (e.employee_id for e in who)))
    return {row.id: row.hired_on for row in rows}


def _rejections(act: Act, who: Sequence[Enrolled], loaded: Offered) -> dict[int, int]:
    """Count, by employee id, the earlier attempts at the tier that found no seat."""
    dialect = act.connection.dialect.name
    # Earlier attempts keep the version they began with, where states may have other names.
    versions = act.library.having(act.connection, loaded.path, loaded.tier)
    states = (
        item for v in versions for item in v.definition.lifecycle_of(loaded.tier).states.items()
    )
    rejecting = {name for name, state in states if state.rejection}
    statement = (
        select(enrolment.c.employee_id, func.count())
        .where(
            among(enrolment.c.employee_id, dialect),
            enrolment.c.path == loaded.path,
            enrolment.c.tier == loaded.tier,
            enrolment.c.state.in_(rejecting),
        )
        .group_by(enrolment.c.employee_id)
    )
    rows = act.connection.execute(statement, ids(dialect, (e.employee_id for e in who)))
    return {employee_id: number for employee_id, number in rows}  # noqa: C416 -- rows are no tuples


def _grades(
    act: Act, who: Sequence[Enrolled], published: Published, spec: IntakeSpec
) -> dict[int, dict[str, int]]:
    """Give, by employee id, the newest grade in each tier that the policy looks at."""
    tiers = _graded_tiers(spec)
    if not tiers:
        return {}
    dialect = act.connection.dialect.name
    statement = (
        select(credential.c.employee_id, credential.c.key, credential.c.grade, credential.c.scale)
        .where(
            among(credential.c.employee_id, dialect),
            credential.c.key.in_(tiers),
            credential.c.kind.in_([Kind.COMPLETION, Kind.RECOGNITION]),
            credential.c.grade.is_not(None),
            credential.c.revoked_at.is_(None),
        )
        .order_by(credential.c.awarded_on, credential.c.id)
    )
    grades: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for row in act.connection.execute(statement, ids(dialect, (e.employee_id for e in who))):
        if row.scale == published.definition.scale_of(row.key):
            grades[row.employee_id][row.key] = row.grade
    return grades


def _graded_tiers(spec: IntakeSpec) -> list[str]:
    return [c.grade for c in spec.allocation if isinstance(c, GradeCriterion)]


def _ascending(published: Published, spec: IntakeSpec) -> frozenset[str]:
    """Name the tiers on whose scale a higher grade is better."""
    definition = published.definition
    known = (tier for tier in _graded_tiers(spec) if tier in definition.path.tiers)
    return frozenset(t for t in known if definition.scales[definition.scale_of(t)].ascending)
