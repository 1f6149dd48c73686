"""Write invitations: for any number of people by statements that the database works off itself."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Insert,
    Integer,
    Select,
    String,
    func,
    insert,
    literal,
    select,
    text,
)
from sqlalchemy.types import TypeEngine

from qualipath.services.act import Act
from qualipath.storage.columns import Instant
from qualipath.storage.tables import employee, history, notice

_INVITE = "invite"


@dataclass(frozen=True, slots=True)
class Invitation:
    """To which intake (by id), under which version of its path (by id), and who is told how.

    `recipient` is the employee who is invited, or else who gets the notice as a superior.
    """

    intake_id: int
    path_version_id: int
    notice: str
    recipient: str = "employee"

    @property
    def context(self) -> str:
        """What is kept with an invitation."""
        return json.dumps({"intake": self.intake_id})


def record_invitations(act: Act, people: Select[tuple[int]], invitation: Invitation) -> int:
    """Write a history entry and a notice for each of the employees, and give how many they are.

    `people` selects the ids of employees, each once.
    """
    told = _tell(act, people, invitation)
    if act.connection.dialect.name == "postgresql":
        with _planned_for_many(act):
            just_told = told.returning(history.c.employee_id).cte("told")
            return _count(act, _raise(act, select(just_told), invitation))
    # Nobody else can write in between, so that newer entries are those of this statement.
    last = act.connection.scalar(select(func.coalesce(func.max(history.c.id), 0)))
    act.connection.execute(told)
    just = select(history.c.employee_id).where(history.c.id > last)
    return _count(act, _raise(act, just, invitation))


def record_to_superiors(act: Act, invitation: Invitation) -> int:
    """Write a notice for each superior of those who were just invited, and give how many.

    They are those who were invited since the last step of the intake itself: its opening.
    """
    opened = select(func.coalesce(func.max(history.c.id), 0)).where(
        history.c.intake_id == invitation.intake_id
    )
    superiors = (
        select(employee.c.supervisor_id)
        .join(history, history.c.employee_id == employee.c.id)
        .where(
            history.c.id > opened.scalar_subquery(),
            history.c.trigger == _INVITE,
            history.c.details == invitation.context,
            employee.c.supervisor_id.is_not(None),
        )
        .group_by(employee.c.supervisor_id)
    )
    with _planned_for_many(act):
        return _count(act, _raise(act, superiors, invitation))


@contextmanager
def _planned_for_many(act: Act) -> Iterator[None]:
    """Let PostgreSQL plan for many rows.

    A plan for whatever parameters would look a million people up one by one; "custom" ones alone
    would plan every check of a reference anew.
    """
    if act.connection.dialect.name != "postgresql":
        yield
        return
    act.connection.execute(text("SET LOCAL plan_cache_mode = auto"))
    yield
    act.connection.execute(text("SET LOCAL plan_cache_mode = force_generic_plan"))


def _count(act: Act, written: Insert) -> int:
    return act.connection.execute(written, execution_options={"preserve_rowcount": True}).rowcount


def _tell(act: Act, people: Select[tuple[int]], invitation: Invitation) -> Insert:
    return _insert(
        insert(history),
        people,
        path_version_id=_same(invitation.path_version_id, Integer()),
        trigger=_same(_INVITE, String()),
        details=_same(invitation.context, String()),
        actor_role=_same(str(act.actor.role), String()),
        actor_id=_same(act.actor.id, String()),
        effective_at=_same(act.effective_at, Instant()),
        recorded_at=_same(act.recorded_at, Instant()),
    )


def _raise(act: Act, people: Select[tuple[int]], invitation: Invitation) -> Insert:
    return _insert(
        insert(notice),
        people,
        notice=_same(invitation.notice, String()),
        recipient=_same(invitation.recipient, String()),
        context=_same(invitation.context, String()),
        raised_at=_same(act.recorded_at, Instant()),
        due_at=_same(act.recorded_at, Instant()),
    )


def _same(value: object, type_: TypeEngine[Any]) -> ColumnElement[Any]:
    return literal(value, type_)


def _insert(into: Insert, people: Select[tuple[int]], **same: ColumnElement[Any]) -> Insert:
    """Insert a row for each of the people, with values that are the same for all."""
    return into.from_select(["employee_id", *same], people.add_columns(*same.values()))
