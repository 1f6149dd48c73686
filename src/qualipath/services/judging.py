"""Gather what the machine's guards ask for: decided in SQL for many, explained in Python for one."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from sqlalchemy import ColumnElement, func, not_, select

from qualipath.definition.prerequisites import Completed
from qualipath.definition.spec import Asked, Definition
from qualipath.domain.eligibility import Verdict, judge
from qualipath.domain.guards import Situation
from qualipath.domain.record import Occasion
from qualipath.domain.wording import sentence
from qualipath.services.act import Act
from qualipath.services.change import Enrolled
from qualipath.services.library import Published
from qualipath.storage.batches import among, ids
from qualipath.storage.clauses import clause
from qualipath.storage.records import load_record
from qualipath.storage.tables import employee, enrolment


MET = Verdict(None, met=True, sentence=sentence("erfüllt", "met"))


@dataclass(frozen=True, slots=True)
class Order:
    """One trigger that somebody wants to fire, with what comes with it."""

    trigger: str
    reason: str | None = None
    grade: int | None = None
    to: str | None = None


def occasion_on(on: date, definition: Definition, asked: Asked = Asked.MET) -> Occasion:
    """Give the occasion of a day: asked for provisionally, what is in progress counts.

    Before an intake is known, whatever is in progress is taken to end before it starts.
    """
    return Occasion(on, definition, date.max if asked is Asked.PROVISIONALLY else None)


def situations(
    act: Act, orders: Sequence[tuple[Enrolled, Order]]
) -> Sequence[tuple[Enrolled, Order, Situation]]:
    """Give what the guards look at, for each enrolment that is to move, in few statements."""
    groups: dict[tuple[int, str, str], list[Enrolled]] = defaultdict(list)
    for enrolled, order in orders:
        groups[enrolled.published.id, enrolled.tier, order.trigger].append(enrolled)
    facts = {key: _Facts.of(act, group, key[2]) for key, group in groups.items()}
    return [
        (e, order, facts[e.published.id, e.tier, order.trigger].situation(act, e, order))
        for e, order in orders
    ]


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the database says of enrolments at one tier of one version, before one trigger."""

    lacking: Mapping[Asked, frozenset[int]]
    completed: frozenset[int]
    attempts: Mapping[int, int]

    @classmethod
    def of(cls, act: Act, group: Sequence[Enrolled], trigger: str) -> "_Facts":
        published, tier = group[0].published, group[0].tier
        table = published.machine(tier).table
        arcs = [table[key] for e in group if (key := (e.state, trigger)) in table]
        guards = {guard for arc in arcs for guard in arc.move.transition.guards}
        people = [e.employee_id for e in group]
        lacking = {
            asked: people_lacking(act, published, tier, asked, people)
            for asked in {arc.move.transition.prerequisites for arc in arcs} - {Asked.NOT}
        }
        completed: frozenset[int] = frozenset()
        if "not_yet_completed" in guards:
            completed = people_completed(act, published, tier, people)
        attempts = _attempts(act, group) if "attempts_left" in guards else {}
        return cls(lacking, completed, attempts)

    def situation(self, act: Act, enrolled: Enrolled, order: Order) -> Situation:
        definition = enrolled.published.definition
        tier = definition.path.tiers[enrolled.tier]
        return Situation(
            role=act.actor.role,
            tier=tier,
            scale=definition.scales[definition.scale_of(enrolled.tier)],
            verdict=self._verdict(act, enrolled),
            attempts=self.attempts.get(enrolled.employee_id, 0),
            completed=enrolled.employee_id in self.completed,
            paused=enrolled.paused_at is not None,
            reason=order.reason,
            grade=order.grade,
            to=order.to,
        )

    def _verdict(self, act: Act, enrolled: Enrolled) -> Callable[[Asked], Verdict]:
        def verdict(asked: Asked) -> Verdict:
            if enrolled.employee_id not in self.lacking.get(asked, ()):
                return MET
            definition = enrolled.published.definition
            record = load_record(act.connection, enrolled.employee_id, definition.attributes)
            spec = definition.path.tiers[enrolled.tier].prerequisites
            on = act.today(definition.timezone)
            return judge(spec, record, occasion_on(on, definition, asked))

        return verdict


def people_lacking(
    act: Act, published: Published, tier: str, asked: Asked, people: Iterable[int]
) -> frozenset[int]:
    """Give those of the employees (by id) who lack the tier's prerequisites, decided in SQL."""
    if published.definition.path.tiers[tier].prerequisites is None:
        return frozenset()
    return _among(act, people, _lacking(published, tier, asked, _day(act, published)))


def people_completed(
    act: Act, published: Published, tier: str, people: Iterable[int]
) -> frozenset[int]:
    """Give those of the employees (by id) who hold a valid completion or recognition of a tier."""
    return _among(act, people, _completed(published, tier, _day(act, published)))


def _day(act: Act, published: Published) -> date:
    return act.today(published.definition.timezone)


def _among(act: Act, people: Iterable[int], condition: ColumnElement[bool]) -> frozenset[int]:
    dialect = act.connection.dialect.name
    statement = select(employee.c.id).where(among(employee.c.id, dialect), condition)
    return frozenset(act.connection.scalars(statement, ids(dialect, people)))


# A condition is built once a day, not once a command: building costs more than executing it.


@lru_cache(maxsize=512)
def _lacking(published: Published, tier: str, asked: Asked, on: date) -> ColumnElement[bool]:
    spec = published.definition.path.tiers[tier].prerequisites
    return not_(clause(spec, occasion_on(on, published.definition, asked)))


@lru_cache(maxsize=512)
def _completed(published: Published, tier: str, on: date) -> ColumnElement[bool]:
    done = Completed.model_validate({"completed": tier})
    return clause(done, occasion_on(on, published.definition))


def _attempts(act: Act, group: Sequence[Enrolled]) -> Mapping[int, int]:
    """Count, by employee id, the earlier attempts at the group's tier that counted."""
    dialect = act.connection.dialect.name
    first = group[0]
    statement = (
        select(enrolment.c.employee_id, func.count().label("used"))
        .where(
            among(enrolment.c.employee_id, dialect),
            enrolment.c.path == first.published.definition.path.path,
            enrolment.c.tier == first.tier,
            enrolment.c.counts,
            not_(enrolment.c.is_open),
        )
        .group_by(enrolment.c.employee_id)
    )
    people = ids(dialect, (e.employee_id for e in group))
    rows = act.connection.execute(statement, people)
    return {row.employee_id: row.used for row in rows}
