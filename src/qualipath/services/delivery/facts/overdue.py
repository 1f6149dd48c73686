"""Requests that nobody has decided in time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row as SqlRow
from sqlalchemy import Select, select

from qualipath.definition.values import Locale, Text
from qualipath.notices.mail import Row
from qualipath.services.act import Act
from qualipath.services.delivery.facts.dues import last_day, load_deadlines
from qualipath.services.delivery.facts.wording import day_of, tell_day
from qualipath.services.delivery.waiting import Subject
from qualipath.storage.tables import employee, enrolment, path_version

_LOOKED_AT = 5
"""How many requests are looked at for each that may be listed: some have more time than others."""


@dataclass(frozen=True, slots=True)
class OverdueRequest:
    """One request whose deadline is over."""

    employee: str
    number: str
    supervisor: str | None
    tier: Text
    applied_on: date | None
    due_on: date

    def row(self, locale: Locale) -> Row:
        """Tell it in a language."""
        return {
            "employee": self.employee,
            "number": self.number,
            "tier": self.tier.text(locale),
            "applied_on": tell_day(self.applied_on, locale),
            "due_on": tell_day(self.due_on, locale),
            "supervisor": self.supervisor,
        }


def overdue_requests(
    act: Act, subject: Subject, below: Select[tuple[int]], *, most: int
) -> list[OverdueRequest]:
    """Find the requests that organisations (`below`, by id) have let wait too long.

    Those are in a state with a deadline that only reminds people, and past its last day. The ones
    that have waited longest come first.
    """
    superior = employee.alias("superior")
    rows = act.connection.execute(
        select(
            enrolment,
            employee.c.number,
            employee.c.given_name,
            employee.c.family_name,
            superior.c.given_name.label("superior_given_name"),
            superior.c.family_name.label("superior_family_name"),
        )
        .join(employee, employee.c.id == enrolment.c.employee_id)
        .outerjoin(superior, superior.c.id == employee.c.supervisor_id)
        .where(
            enrolment.c.is_open,
            enrolment.c.paused_at.is_(None),
            enrolment.c.state.in_(sorted(set(_states(act)))),
            enrolment.c.organisation_id.in_(below),
        )
        .order_by(enrolment.c.entered_at, enrolment.c.id)
        .limit(most * _LOOKED_AT)
    ).all()
    deadlines = load_deadlines(act, "enrolment_id", (row.id for row in rows))
    found = []
    for row in rows:
        definition = act.library.by_id(act.connection, row.path_version_id).definition
        zone = definition.timezone
        entered_on = day_of(row.entered_at, zone)
        lifecycle = definition.lifecycle_of(row.tier)
        due_on = last_day(deadlines.get(row.id, ()), lifecycle, row.state, entered_on, zone)
        if due_on is not None and due_on < subject.today:
            title = definition.path.tiers[row.tier].title
            found.append(_request(row, title, zone, due_on))
    return found[:most]


def _request(row: SqlRow[Any], title: Text, zone: str, due_on: date) -> OverdueRequest:
    superior = f"{row.superior_given_name} {row.superior_family_name}"
    return OverdueRequest(
        employee=f"{row.given_name} {row.family_name}",
        number=row.number,
        supervisor=superior if row.superior_given_name is not None else None,
        tier=title,
        applied_on=None if row.applied_at is None else day_of(row.applied_at, zone),
        due_on=due_on,
    )


def _states(act: Act) -> Iterator[str]:
    """Name the states of any version whose deadlines only remind people."""
    for id_ in act.connection.scalars(select(path_version.c.id)).all():
        definition = act.library.by_id(act.connection, id_).definition
        for tier in definition.path.tiers:
            for name, state in definition.lifecycle_of(tier).states.items():
                if state.open and any(d.after and d.then is None for d in state.deadlines):
                    yield name
