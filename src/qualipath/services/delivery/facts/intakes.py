"""What is told of an intake to those who run or keep it, and to those who lead the invited."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Row as SqlRow
from sqlalchemy import Select, func, select

from qualipath.definition.values import Locale
from qualipath.notices.mail import Row, Value
from qualipath.services.act import Act
from qualipath.services.change import Offered
from qualipath.services.delivery.facts.courses import tell_course
from qualipath.services.delivery.facts.dues import Dues
from qualipath.services.delivery.facts.entries import Entries
from qualipath.services.delivery.facts.standing import awaits_result
from qualipath.services.delivery.facts.wording import tell_day
from qualipath.services.delivery.subjects import AS_SUPERIOR
from qualipath.services.delivery.waiting import Subject
from qualipath.services.intakes.asking import intakes_by_id
from qualipath.services.models import Intake
from qualipath.storage.batches import among, ids
from qualipath.storage.tables import employee, enrolment, history, organisation

MOST_PEOPLE = 1_000
"""How many people of an intake one mail lists."""

MOST_INVITED = 200
"""How many invited people of a team one mail lists."""


@dataclass(frozen=True, slots=True)
class IntakeFacts:
    """What was read about a page's intakes: how full they are, and who has no result yet."""

    act: Act
    entries: Entries
    dues: Dues
    views: Mapping[int, Intake]
    outstanding: Mapping[int, Sequence[Row]]

    @classmethod
    def load(
        cls, act: Act, subjects: Iterable[Subject], entries: Entries, dues: Dues
    ) -> "IntakeFacts":
        """Read it for the notices that are about intakes themselves: some statements for all."""
        wanted = {s.waiting.intake_id for s in subjects if s.waiting.intake_id is not None}
        views = intakes_by_id(act, wanted) if wanted else ()
        return cls(
            act, entries, dues, {view.id: view for view in views}, load_outstanding(act, wanted)
        )

    def tell(self, subject: Subject, intake: Offered, locale: Locale) -> dict[str, Value]:
        """Tell all of an intake."""
        entry = self.entries.of(subject)
        view = self.views[intake.written_id]
        due_on = self.dues.of_intake(subject, self.act.effective_at)
        return {
            **tell_course(subject, locale),
            "taken": str(view.taken),
            "waiting": str(view.waiting),
            "applied": str(view.applied),
            "minimum": str(view.minimum),
            "reason": entry.told_reason(locale) if entry else None,
            "due_on": tell_day(due_on, locale),
            "pass_on": subject.waiting.recipient == "provider" and subject.provider is None,
            "people": tuple(self.outstanding.get(intake.written_id, ())),
        }


def is_of_team(subject: Subject) -> bool:
    """Tell whether a notice tells a superior who of the own people is invited to an intake."""
    waiting = subject.waiting
    return (
        waiting.employee_id is not None
        and subject.intake is not None
        and waiting.recipient in AS_SUPERIOR
    )


def load_teams(act: Act, subjects: Iterable[Subject]) -> Mapping[tuple[int, str], Sequence[Row]]:
    """Give who is invited, by superior (id) and context of the notice; in one statement."""
    of_teams = [subject.waiting for subject in subjects if is_of_team(subject)]
    teams: defaultdict[tuple[int, str], list[Row]] = defaultdict(list)
    if not of_teams:
        return teams
    dialect = act.connection.dialect.name
    contexts = sorted({waiting.context for waiting in of_teams if waiting.context is not None})
    superiors = ids(dialect, {waiting.employee_id or 0 for waiting in of_teams})
    for row in act.connection.execute(_select_teams(dialect, tuple(contexts)), superiors):
        teams[row.supervisor_id, row.details].append(_person(row))
    return teams


def load_outstanding(act: Act, wanted: Iterable[int]) -> Mapping[int, Sequence[Row]]:
    """Give who attends intakes (by id) and has no result yet, by name."""
    found: defaultdict[int, list[Row]] = defaultdict(list)
    sought = sorted(wanted)
    if not sought:
        return found
    dialect = act.connection.dialect.name
    for row in act.connection.execute(_select_outstanding(dialect), ids(dialect, sought)):
        found[row.intake_id].append({**_person(row), "organisation": row.title})
    return found


def _person(row: SqlRow[Any]) -> Row:
    return {"employee": f"{row.given_name} {row.family_name}", "number": row.number}


_BY_NAME = (employee.c.family_name, employee.c.given_name, employee.c.number, employee.c.id)
_NAMED = (employee.c.given_name, employee.c.family_name, employee.c.number)


@cache
def _select_outstanding(dialect: str) -> Select[Any]:
    number = func.row_number().over(partition_by=enrolment.c.intake_id, order_by=_BY_NAME)
    listed = (
        select(enrolment.c.intake_id, organisation.c.title, number.label("nth"), *_NAMED)
        .join(employee, employee.c.id == enrolment.c.employee_id)
        .join(organisation, organisation.c.id == enrolment.c.organisation_id)
        .where(among(enrolment.c.intake_id, dialect), awaits_result())
        .subquery()
    )
    return select(listed).where(listed.c.nth <= MOST_PEOPLE).order_by(listed.c.nth)


def _select_teams(dialect: str, contexts: tuple[str, ...]) -> Select[Any]:
    number = func.row_number().over(
        partition_by=(employee.c.supervisor_id, history.c.details), order_by=_BY_NAME
    )
    invited = (
        select(employee.c.supervisor_id, history.c.details, number.label("nth"), *_NAMED)
        .join(history, history.c.employee_id == employee.c.id)
        .where(
            among(employee.c.supervisor_id, dialect),
            history.c.trigger == "invite",
            history.c.details.in_(contexts),
        )
        .subquery()
    )
    return select(invited).where(invited.c.nth <= MOST_INVITED).order_by(invited.c.nth)
