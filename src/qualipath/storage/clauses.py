"""Prerequisites in SQL: decided for any number of employees, as `domain/eligibility.py` does."""

from collections.abc import Iterator
from functools import singledispatch
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Integer,
    Table,
    and_,
    case,
    exists,
    false,
    func,
    literal_column,
    not_,
    or_,
    select,
    true,
)

from qualipath.definition.prerequisites import (
    AllOf,
    AnyOf,
    AtLeast,
    Completed,
    CredentialQuery,
    Credits,
    CreditsQuery,
    Degree,
    Experience,
    Fact,
    Holds,
    Not,
    Organisation,
    Tenure,
)
from qualipath.definition.spec import AttributeSpec
from qualipath.definition.values import Period, Spec
from qualipath.domain.facts import Choice, Range, wanted
from qualipath.domain.holding import query_of
from qualipath.domain.record import Occasion
from qualipath.storage.matching import by_code_points, key_matches
from qualipath.storage.tables import (
    attribute,
    credential,
    employee,
    organisation,
    organisation_reach,
)

Condition = ColumnElement[bool]

_ONE: ColumnElement[int] = literal_column("1", Integer)
_NONE: ColumnElement[int] = literal_column("0", Integer)


@singledispatch
def clause(prerequisite: Spec | None, occasion: Occasion) -> Condition:  # noqa: ARG001
    """Give the condition that holds for exactly the rows of `employee` that meet a prerequisite.

    It is never NULL, and whatever the prerequisite names is bound: statements of the same shape
    are compiled once. To be used in a statement that selects from `tables.employee` itself.
    """
    raise TypeError(f"{type(prerequisite).__name__} is no prerequisite")


@clause.register
def _clause_of_nothing(_prerequisite: None, _occasion: Occasion) -> Condition:
    return true()


@clause.register
def _clause_of_all(prerequisite: AllOf, occasion: Occasion) -> Condition:
    return and_(*(clause(part, occasion) for part in prerequisite.parts))


@clause.register
def _clause_of_any(prerequisite: AnyOf, occasion: Occasion) -> Condition:
    return or_(*(clause(part, occasion) for part in prerequisite.parts))


@clause.register
def _clause_of_at_least(prerequisite: AtLeast, occasion: Occasion) -> Condition:
    threshold = prerequisite.at_least
    met = [case((clause(part, occasion), _ONE), else_=_NONE) for part in threshold.of]
    return sum(met[1:], start=met[0]) >= threshold.n


@clause.register
def _clause_of_not(prerequisite: Not, occasion: Occasion) -> Condition:
    return not_(clause(prerequisite.part, occasion))


@clause.register(Holds)
@clause.register(Completed)
@clause.register(Degree)
def _clause_of_holds(prerequisite: Holds | Completed | Degree, occasion: Occasion) -> Condition:
    query = query_of(prerequisite, occasion.definition)
    counts = or_(and_(*_held(query, occasion)), *_running(query, occasion))
    return _exists(credential, *_about(query), counts)


@clause.register
def _clause_of_credits(prerequisite: Credits, occasion: Occasion) -> Condition:
    query = prerequisite.credits
    total = (
        select(func.coalesce(func.sum(credential.c.credits), 0))
        .where(
            credential.c.employee_id == employee.c.id,
            *_about(query),
            credential.c.awarded_on <= occasion.on,
            _valid(occasion),
        )
        .correlate(employee)
        .scalar_subquery()
    )
    return total >= query.at_least


@clause.register
def _clause_of_tenure(prerequisite: Tenure, occasion: Occasion) -> Condition:
    return _lasting(employee.c.hired_on, prerequisite.tenure, occasion)


@clause.register
def _clause_of_experience(prerequisite: Experience, occasion: Occasion) -> Condition:
    since = func.coalesce(employee.c.experience_since, employee.c.hired_on)
    return _lasting(since, prerequisite.experience, occasion)


@clause.register
def _clause_of_organisation(prerequisite: Organisation, _occasion: Occasion) -> Condition:
    # Not correlated: the few organisations below are found once, not for each employee.
    below = (
        select(organisation_reach.c.organisation_id)
        .join(organisation, organisation.c.id == organisation_reach.c.above_id)
        .where(organisation.c.key == prerequisite.organisation)
    )
    return employee.c.organisation_id.in_(below)


@clause.register
def _clause_of_fact(prerequisite: Fact, occasion: Occasion) -> Condition:
    query = prerequisite.fact
    spec = occasion.definition.attributes.get(query.attribute)
    if spec is None:
        return false()
    asked = wanted(query, spec)
    if asked == Choice(()):
        return false()
    return _exists(attribute, attribute.c.key == query.attribute, _meets(asked, spec))


def _exists(table: Table, *conditions: Condition) -> Condition:
    """Hold for employees of whom the table has such a row: false, not NULL, for all others."""
    theirs = table.c.employee_id == employee.c.id
    return exists().where(theirs, *conditions).correlate(employee)


def _about(query: CredentialQuery | CreditsQuery) -> Iterator[Condition]:
    yield credential.c.revoked_at.is_(None)
    yield credential.c.kind.in_([kind.value for kind in query.kind])
    yield key_matches(credential.c.key, query.credential)


def _valid(occasion: Occasion) -> Condition:
    until = credential.c.valid_until
    return or_(until.is_(None), until >= occasion.on)


def _held(query: CredentialQuery, occasion: Occasion) -> Iterator[Condition]:
    yield credential.c.awarded_on <= occasion.on
    if not query.expired:
        yield _valid(occasion)
    if query.within is not None:
        yield credential.c.awarded_on >= query.within.before(occasion.on)
    if query.grade is not None:
        yield from _graded(query.grade, query.scale, occasion)


def _graded(least: int, scale: str | None, occasion: Occasion) -> Iterator[Condition]:
    spec = occasion.definition.scales.get(scale or "")
    if spec is None:
        yield false()
        return
    yield credential.c.scale == scale
    yield credential.c.grade >= least if spec.ascending else credential.c.grade <= least


def _running(query: CredentialQuery, occasion: Occasion) -> Iterator[Condition]:
    if query.or_running:
        yield credential.c.running_until.is_not(None)
    elif occasion.running_until is not None:
        yield credential.c.running_until <= occasion.running_until


def _lasting(since: ColumnElement[Any], period: Period, occasion: Occasion) -> Condition:
    return and_(since.is_not(None), since <= period.before(occasion.on))


def _meets(asked: Choice | Range, spec: AttributeSpec) -> Condition:
    column = _column(spec)
    match asked:
        case Choice(values):
            # Booleans are kept as numbers.
            return column.in_([int(v) if isinstance(v, bool) else v for v in values])
        case Range(least=None, most=most):
            return _ordered(column, spec) <= most
        case Range(least=least):
            return _ordered(column, spec) >= least


def _column(spec: AttributeSpec) -> Column[Any]:
    return {"text": attribute.c.text, "date": attribute.c.day}.get(spec.type, attribute.c.number)


def _ordered(column: Column[Any], spec: AttributeSpec) -> ColumnElement[Any]:
    return by_code_points(column) if spec.type == "text" else column
