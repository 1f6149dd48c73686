"""Gather what the guards ask for: decided in SQL for many, explained in Python for one."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from sqlalchemy import ColumnElement, func, not_, select

from qualipath.definition.prerequisites import Completed
from qualipath.definition.spec import Asked, Definition, ScaleSpec, TierSpec
from qualipath.domain.eligibility import Verdict, judge
from qualipath.domain.guards import Situation
from qualipath.domain.record import Occasion
from qualipath.domain.wording import Refusal, sentence
from qualipath.services.act import Act
from qualipath.services.change import Enrolled, Slot
from qualipath.services.library import Published
from qualipath.storage.batches import among, ids
from qualipath.storage.clauses import clause
from qualipath.storage.driver import Read
from qualipath.storage.records import load_records
from qualipath.storage.tables import employee, enrolment

MET = Verdict(None, met=True, sentence=sentence("erfüllt", "met"))


@dataclass(frozen=True, slots=True)
class Order:
    """One trigger that somebody wants to fire, with what comes with it.

    `intake` is the one that it leads into, `place` the number on its waiting list. `refusals` are
    those for whose sake the programme itself fires it.
    """

    trigger: str
    reason: str | None = None
    grade: int | None = None
    to: str | None = None
    intake: Slot | None = None
    place: int | None = None
    refusals: tuple[Refusal, ...] = ()


def occasion_on(
    on: date, definition: Definition, asked: Asked = Asked.MET, starts_on: date | None = None
) -> Occasion:
    """Give the occasion of a day: asked for provisionally, what is in progress counts.

    It must be due to end before the intake starts; where no intake is known, it is taken to.
    """
    if asked is not Asked.PROVISIONALLY:
        return Occasion(on, definition)
    until = starts_on - timedelta(days=1) if starts_on else date.max
    return Occasion(on, definition, until)


def situations(
    act: Act, orders: Sequence[tuple[Enrolled, Order]]
) -> Sequence[tuple[Enrolled, Order, Situation]]:
    """Give what the guards look at, for each enrolment that is to move, in few statements."""
    groups: dict[_Group, list[Enrolled]] = defaultdict(list)
    for enrolled, order in orders:
        groups[_group(enrolled, order)].append(enrolled)
    facts = {key: _Facts.of(act, group, key[2], key[3]) for key, group in groups.items()}
    return [(e, order, facts[_group(e, order)].situation(act, e, order)) for e, order in orders]


_Group = tuple[int, str, str, date | None]


def _group(enrolled: Enrolled, order: Order) -> _Group:
    """Tell what those have in common who are judged together."""
    slot = order.intake or enrolled.intake
    starts_on = slot.starts_on if slot else None
    return enrolled.published.id, enrolled.tier, order.trigger, starts_on


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the database says of enrolments at one tier of one version, before one trigger.

    `verdicts` are those of the employees (by id) who lack what is asked for.
    """

    tier: TierSpec
    scale: ScaleSpec
    verdicts: Mapping[Asked, Mapping[int, Verdict]]
    completed: frozenset[int]
    attempts: Mapping[int, int]

    @classmethod
    def of(
        cls, act: Act, group: Sequence[Enrolled], trigger: str, starts_on: date | None
    ) -> "_Facts":
        published, tier = group[0].published, group[0].tier
        lifecycle = published.definition.lifecycle_of(tier)
        transitions = [t for t in lifecycle.transitions if t.trigger == trigger]
        guards = {guard for transition in transitions for guard in transition.guards}
        people = [e.employee_id for e in group]
        return cls(
            tier=published.definition.path.tiers[tier],
            scale=published.definition.scales[published.definition.scale_of(tier)],
            verdicts={
                asked: _verdicts(act, published, tier, _Question(asked, starts_on), people)
                for asked in {transition.prerequisites for transition in transitions} - {Asked.NOT}
            },
            completed=people_completed(act, published, tier, people)
            if "not_yet_completed" in guards
            else frozenset(),
            attempts=_attempts(act, group) if "attempts_left" in guards else {},
        )

    def situation(self, act: Act, enrolled: Enrolled, order: Order) -> Situation:
        id_ = enrolled.employee_id

        def verdict(asked: Asked) -> Verdict:
            return self.verdicts.get(asked, {}).get(id_, MET)

        return Situation(
            role=act.actor.role,
            tier=self.tier,
            scale=self.scale,
            verdict=verdict,
            attempts=self.attempts.get(id_, 0),
            completed=id_ in self.completed,
            paused=enrolled.paused_at is not None,
            reason=order.reason,
            grade=order.grade,
            to=order.to,
        )


@dataclass(frozen=True, slots=True)
class _Question:
    """How strictly prerequisites are asked for, and when the intake starts, if one is known."""

    asked: Asked
    starts_on: date | None

    def occasion(self, on: date, definition: Definition) -> Occasion:
        return occasion_on(on, definition, self.asked, self.starts_on)


def _verdicts(
    act: Act, published: Published, tier: str, question: _Question, people: Iterable[int]
) -> Mapping[int, Verdict]:
    lacking = _people_lacking(act, published, tier, question, people)
    if not lacking:
        return {}
    definition = published.definition
    records = load_records(act.connection, sorted(lacking), definition.attributes)
    spec, judged = (
        definition.path.tiers[tier].prerequisites,
        question.occasion(act.today(definition.timezone), definition),
    )
    return {id_: judge(spec, record, judged) for id_, record in records.items()}


def _people_lacking(
    act: Act, published: Published, tier: str, question: _Question, people: Iterable[int]
) -> frozenset[int]:
    """Give those of the employees (by id) who lack the tier's prerequisites, decided in SQL."""
    if published.definition.path.tiers[tier].prerequisites is None:
        return frozenset()
    return _found(act, people, _lacking(published, tier, question, _day(act, published)))


def people_completed(
    act: Act, published: Published, tier: str, people: Iterable[int]
) -> frozenset[int]:
    """Give those of the employees (by id) who hold a valid completion or recognition of a tier."""
    return _found(act, people, _completed(published, tier, _day(act, published)))


def _day(act: Act, published: Published) -> date:
    return act.today(published.definition.timezone)


def _found(act: Act, people: Iterable[int], read: Read) -> frozenset[int]:
    bound = ids(act.connection.dialect.name, people)
    return frozenset(row.id for row in read.rows(act.connection, bound))


# Building a statement costs more than executing it, so that a tier's is built once a day.


@lru_cache(maxsize=512)
def _lacking(published: Published, tier: str, question: _Question, on: date) -> Read:
    spec = published.definition.path.tiers[tier].prerequisites
    return _people(not_(clause(spec, question.occasion(on, published.definition))))


@lru_cache(maxsize=512)
def _completed(published: Published, tier: str, on: date) -> Read:
    done = Completed.model_validate({"completed": tier})
    return _people(clause(done, occasion_on(on, published.definition)))


def _people(condition: ColumnElement[bool]) -> Read:
    return Read(
        lambda dialect: select(employee.c.id).where(among(employee.c.id, dialect), condition)
    )


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
