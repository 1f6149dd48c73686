"""Write the deadlines of credentials that expire: set when they are given, ended when they go."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    Date,
    Insert,
    Integer,
    String,
    Update,
    bindparam,
    false,
    insert,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.types import TypeEngine

from qualipath.definition.values import Period
from qualipath.services.act import Act
from qualipath.services.change import Award, Change, Enrolled
from qualipath.services.recording.consequences import set_statement
from qualipath.storage.batches import Batch, Values
from qualipath.storage.columns import Instant
from qualipath.storage.tables import credential, deadline
from qualipath.storage.writing import Sending, Write

EXPIRES, EXPIRED = "credential_expires", "credential_expired"
"""The notices before and after the end."""

_LAST_YEAR = 9998
"""A credential that is valid until no calendar goes on has no deadline."""


@dataclass(frozen=True, slots=True)
class Renewal:
    """When, before the end of a credential, people are reminded, and where its days begin."""

    periods: frozenset[Period] = field(default_factory=frozenset)
    timezone: str = "Europe/Berlin"

    @classmethod
    def of(cls, enrolled: Enrolled) -> "Renewal":
        """Give what holds for what an enrolment gives."""
        definition = enrolled.published.definition
        return cls(frozenset(definition.path.tiers[enrolled.tier].renew), definition.timezone)

    @classmethod
    def of_key(cls, act: Act, key: str) -> "Renewal":
        """Give what holds for a credential that HR records: as for a tier of its key."""
        paths = act.library.paths(act.connection)
        newest = [act.library.newest(act.connection, path).definition for path in paths]
        named = [definition for definition in newest if key in definition.path.tiers]
        if not named:
            return cls()
        renewals = (definition.path.tiers[key].renew for definition in named)
        return cls(frozenset(chain.from_iterable(renewals)), named[0].timezone)

    def dues(self, act: Act, valid_until: date | None) -> Iterator[tuple[object, ...]]:
        """Give due instant, trigger, notice and recipient of what is due after the act's day."""
        today = act.today(self.timezone)
        if valid_until is None or valid_until < today or valid_until.year > _LAST_YEAR:
            return
        days = {period.before(valid_until) for period in self.periods}
        for day in sorted(day for day in days if day > today):
            yield self._midnight(day), None, EXPIRES, "employee"
        yield self._midnight(valid_until + timedelta(days=1)), "expire", EXPIRED, "employee"

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), ZoneInfo(self.timezone))


def end_of_revoked(act: Act, changes: Iterable[Change]) -> Iterator[Sending]:
    """End the deadlines of what enrolments had given and take back."""
    if rows := [(c.id,) for c in changes if c.revokes and _may_expire(c)]:
        yield _END_OF_REVOKED.of(rows, at=act.effective_at)


def end_of_replaced(act: Act, changes: Iterable[Change]) -> Iterator[Sending]:
    """End the deadlines of what the employees held, where what they get now is as good."""
    if rows := [
        (c.after.employee_id, c.id, c.award.key, c.award.valid_until)
        for c in changes
        if c.award and c.award.awarded_on is not None
    ]:
        yield _END_OF_REPLACED.of(rows, at=act.effective_at)


def set_of_awarded(act: Act, changes: Iterable[Change]) -> Iterator[Sending]:
    """Set the deadlines of what enrolments give; what they gave must have been written."""
    if rows := [row for c in changes if c.award for row in _awarded(act, c, c.award)]:
        yield _SET_OF_AWARDED.of(rows)


def end_of(act: Act, credential_id: int) -> Sending:
    """End the deadlines of one credential."""
    return _END.of([(credential_id,)], at=act.effective_at)


def begin_of_recorded(
    act: Act, employee_id: int, credential_id: int, key: str, valid_until: date | None
) -> Iterator[Sending]:
    """Set the deadlines of a credential that HR has recorded, and end those that it replaces."""
    yield _END_OF_REPLACED.of([(employee_id, None, key, valid_until)], at=act.effective_at)
    if valid_until is not None:
        dues = Renewal.of_key(act, key).dues(act, valid_until)
        if rows := [(credential_id, *due) for due in dues]:
            yield _SET.of(rows)


def _may_expire(change: Change) -> bool:
    tiers = change.before.published.definition.path.tiers
    tier = tiers.get(change.before.tier)
    return tier is not None and tier.valid_for is not None


def _awarded(act: Act, change: Change, award: Award) -> Iterator[tuple[object, ...]]:
    for due in Renewal.of(change.after).dues(act, award.valid_until):
        yield (change.id, str(award.kind), *due)


def _ended() -> Update:
    return (
        update(deadline)
        .where(deadline.c.ended_at.is_(null()))
        .values(ended_at=bindparam("at", None, type_=Instant()), done=false())
    )


def _end_statement(rows: Values, _dialect: str) -> Update:
    return _ended().where(deadline.c.credential_id == rows.id)


def _end_of_revoked_statement(rows: Values, _dialect: str) -> Update:
    theirs = select(credential.c.id).where(credential.c.enrolment_id == rows.id)
    return _ended().where(deadline.c.credential_id.in_(theirs))


def _end_of_replaced_statement(rows: Values, _dialect: str) -> Update:
    as_good = or_(
        rows.valid_until.is_(null()),
        credential.c.valid_until <= rows.valid_until,
        credential.c.enrolment_id == rows.enrolment_id,
    )
    replaced = select(credential.c.id).where(
        credential.c.employee_id == rows.employee_id, credential.c.key == rows.key, as_good
    )
    return _ended().where(deadline.c.credential_id.in_(replaced))


def _set_of_awarded_statement(rows: Values, _dialect: str) -> Insert:
    due = ("due_at", "trigger", "notice", "recipient")
    given: Any = select(credential.c.id, *(rows.columns[name] for name in due)).where(
        credential.c.enrolment_id == rows.enrolment_id,
        credential.c.kind == rows.kind,
        credential.c.revoked_at.is_(null()),
    )
    return insert(deadline).from_select(["credential_id", *due], given)


_DUE: dict[str, TypeEngine[Any]] = {
    "due_at": Instant(),
    "trigger": String(),
    "notice": String(),
    "recipient": String(),
}
_END = Write(Batch("ended", id=Integer()), _end_statement)
_END_OF_REVOKED = Write(Batch("revoked", id=Integer()), _end_of_revoked_statement)
_END_OF_REPLACED = Write(
    Batch(
        "replaced",
        employee_id=Integer(),
        enrolment_id=Integer(),
        key=String(),
        valid_until=Date(),
    ),
    _end_of_replaced_statement,
)
_SET = Write(Batch("dues", credential_id=Integer(), **_DUE), set_statement)
_SET_OF_AWARDED = Write(
    Batch("dues", enrolment_id=Integer(), kind=String(), **_DUE), _set_of_awarded_statement
)
