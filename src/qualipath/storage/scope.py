"""What an actor may see: the one place that every read starts from.

Each function gives a condition for a WHERE, over one table whatever else is selected: it adds no
row and repeats none. Subqueries stand for themselves, so that a database works them out once, and
values are bound, so that a statement is compiled once for all actors.
"""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, ScalarSelect, false, func, or_, select, true

from qualipath.definition.spec import Role
from qualipath.domain.actor import Actor
from qualipath.storage.tables import (
    credential,
    employee,
    enrolment,
    intake,
    notice,
    organisation,
    organisation_reach,
)


def visible_employees(actor: Actor, on: date) -> ColumnElement[bool]:
    """Tell which rows of `employee` the actor may see on that day.

    - HR and the schedule: everybody of their organisation and those below; of all, without one.
    - A supervisor: the own reports, and while a supervisor is absent whose deputy it is, the
      reports of that one too; never itself.
    - An employee: itself.
    - A provider: who is or was enrolled in one of its intakes, within its organisation if it has
      one.
    """
    match actor.role:
        case Role.HR | Role.SCHEDULE:
            return _within(actor, employee.c.organisation_id)
        case Role.SUPERVISOR:
            return _is_report(actor, on)
        case Role.EMPLOYEE:
            return employee.c.id == _themself(actor)
        case Role.PROVIDER:
            enrolled = select(enrolment.c.employee_id).where(_on_a_roster(actor))
            return employee.c.id.in_(enrolled.correlate(None))


def visible_enrolments(actor: Actor, on: date) -> ColumnElement[bool]:
    """Tell which rows of `enrolment` the actor may see on that day.

    Who sees an employee sees all enrolments of that employee, but for a provider: it sees those in
    its own intakes. HR sees moreover what an organisation within its reach applied for, though the
    employee has left for another one since: it keeps seeing what it paid for.
    """
    match actor.role:
        case Role.HR | Role.SCHEDULE:
            if actor.organisation is None:
                return true()
            enrolled = employee.alias("enrolled")
            # Looked up for each enrolment: a whole district is no list to make for one of them.
            by_person = select(enrolled.c.id).where(
                enrolled.c.id == enrolment.c.employee_id,
                _within(actor, enrolled.c.organisation_id),
            )
            paid = _within(actor, enrolment.c.organisation_id)
            return or_(paid, by_person.correlate(enrolment).exists())
        case Role.SUPERVISOR | Role.EMPLOYEE:
            seen = select(employee.c.id).where(visible_employees(actor, on))
            return enrolment.c.employee_id.in_(seen.correlate(None))
        case Role.PROVIDER:
            return _on_a_roster(actor)


def visible_credentials(actor: Actor, on: date) -> ColumnElement[bool]:
    """Tell which rows of `credential` the actor may see on that day.

    Who sees an employee sees what that employee holds, but for a provider: it sees what enrolments
    in its own intakes gave.
    """
    if actor.role is Role.PROVIDER:
        given = select(enrolment.c.id).where(_on_a_roster(actor))
        return credential.c.enrolment_id.in_(given.correlate(None))
    seen = select(employee.c.id).where(visible_employees(actor, on))
    return credential.c.employee_id.in_(seen.correlate(None))


def visible_intakes(actor: Actor, _on: date) -> ColumnElement[bool]:
    """Tell which rows of `intake` the actor may see on that day.

    Intakes are public offers, which everybody sees; a provider sees its own.
    """
    return intake.c.provider == actor.id if actor.role is Role.PROVIDER else true()


def visible_organisations(actor: Actor) -> ColumnElement[bool]:
    """Tell which rows of `organisation` the actor may see.

    HR and the schedule see their own and those below, supervisors and employees their own, and
    providers those that applied for their intakes.
    """
    match actor.role:
        case Role.HR | Role.SCHEDULE:
            return _within(actor, organisation.c.id)
        case Role.SUPERVISOR | Role.EMPLOYEE:
            own = select(employee.c.organisation_id).where(employee.c.id == _themself(actor))
            return organisation.c.id.in_(own.correlate(None))
        case Role.PROVIDER:
            applied = select(enrolment.c.organisation_id).where(_on_a_roster(actor))
            return organisation.c.id.in_(applied.correlate(None))


def visible_notices(actor: Actor, paths: Sequence[str]) -> ColumnElement[bool]:
    """Tell which rows of `notice` the actor may see: mails say what is nobody else's business.

    HR sees those of its organisation and those below: about enrolments that these applied for,
    about their people, about themselves, and about intakes of the `paths` that they own. Nobody
    else sees any.
    """
    if actor.role is not Role.HR:
        return false()
    if actor.organisation is None:
        return true()
    applied, person, offered = enrolment.alias(), employee.alias(), intake.alias()
    # Looked up for each notice, as the enrolments of a district are: a page needs few of them.
    by_enrolment = select(applied.c.id).where(
        applied.c.id == notice.c.enrolment_id, _within(actor, applied.c.organisation_id)
    )
    by_person = select(person.c.id).where(
        person.c.id == notice.c.employee_id, _within(actor, person.c.organisation_id)
    )
    by_intake = select(offered.c.id).where(
        offered.c.id == notice.c.intake_id, offered.c.path.in_(paths)
    )
    return or_(
        _within(actor, notice.c.organisation_id),
        *(each.correlate(notice).exists() for each in (by_enrolment, by_person, by_intake)),
    )


def _within(actor: Actor, organisation_id: ColumnElement[int]) -> ColumnElement[bool]:
    if actor.organisation is None:
        return true()
    reached = (
        select(organisation_reach.c.organisation_id)
        .join(organisation, organisation.c.id == organisation_reach.c.above_id)
        .where(organisation.c.key == actor.organisation)
    )
    return organisation_id.in_(reached.correlate(None))


def _themself(actor: Actor) -> ScalarSelect[int]:
    named = select(func.min(employee.c.id)).where(employee.c.number == actor.id)
    if actor.organisation is not None:
        own = select(organisation.c.id).where(organisation.c.key == actor.organisation)
        named = named.where(employee.c.organisation_id == own.correlate(None).scalar_subquery())
    # Two organisations may give the same number: without the organisation it names nobody then.
    return named.having(func.count() == 1).correlate(None).scalar_subquery()


def _is_report(actor: Actor, on: date) -> ColumnElement[bool]:
    themself = _themself(actor)
    stands_in = (
        (employee.c.deputy_id == themself)
        & (employee.c.absent_from <= on)
        & (employee.c.absent_until >= on)
    )
    superiors = select(employee.c.id).where(or_(employee.c.id == themself, stands_in))
    return employee.c.supervisor_id.in_(superiors.correlate(None)) & (employee.c.id != themself)


def _on_a_roster(actor: Actor) -> ColumnElement[bool]:
    own = select(intake.c.id).where(intake.c.provider == actor.id)
    ours = enrolment.c.intake_id.in_(own.correlate(None))
    return ours & _within(actor, enrolment.c.organisation_id)
