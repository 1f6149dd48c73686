"""What the history tells of the steps that raised notices."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Integer, Row, Select, and_, select

from qualipath.definition.spec import Role
from qualipath.definition.values import Locale
from qualipath.services.act import Act
from qualipath.services.delivery.waiting import Subject
from qualipath.services.seats import DECLINE
from qualipath.storage.batches import Batch, among, ids
from qualipath.storage.tables import history


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the history; `reasons` are those of a refusal by the rules, by language."""

    trigger: str
    role: Role
    actor_id: str
    reason: str | None
    reasons: Mapping[str, tuple[str, ...]]
    effective_at: datetime

    def told_reason(self, locale: Locale) -> str | None:
        """Give the reason: the rules' own one in the reader's language, else as it was written."""
        return "; ".join(self.reasons.get(locale, ())) or self.reason

    def told_reasons(self, locale: Locale) -> tuple[str, ...]:
        """Give the reasons of a refusal, one by one; none if nobody was refused."""
        if found := self.reasons.get(locale):
            return found
        return (self.reason,) if self.reason and self.trigger == DECLINE else ()


@dataclass(frozen=True, slots=True)
class Entries:
    """The entries that a page of notices rests on."""

    of_enrolments: Mapping[tuple[int, int], Entry]
    of_intakes: Mapping[int, Mapping[int, Entry]]

    @classmethod
    def load(cls, act: Act, subjects: Iterable[Subject]) -> "Entries":
        """Read the entries: a statement for enrolments, and one for intakes."""
        subjects = list(subjects)
        steps = {
            (waiting.enrolment_id, waiting.version)
            for waiting in (subject.waiting for subject in subjects)
            if waiting.enrolment_id is not None
        }
        told_of = {
            subject.intake.written_id
            for subject in subjects
            if subject.intake and (subject.by_intake or subject.waiting.intake_id is not None)
        }
        of_intakes: dict[int, dict[int, Entry]] = {}
        for row in _of_intakes(act, told_of):
            of_intakes.setdefault(row.intake_id, {})[row.version] = _entry(row)
        of_enrolments = {
            (row.enrolment_id, row.version): _entry(row) for row in _of_enrolments(act, steps)
        }
        return cls(of_enrolments, of_intakes)

    def of(self, subject: Subject) -> Entry | None:
        """Give the entry of the step that raised a notice.

        Of a notice that an intake's step raised it is the newest such step: it tells what holds.
        """
        waiting = subject.waiting
        if subject.intake is not None and subject.by_intake:
            here = self.of_intakes.get(subject.intake.written_id, {})
            raising = _triggers_of(subject)
            newest = [entry for _, entry in sorted(here.items()) if entry.trigger in raising]
            if newest:
                return newest[-1]
            # Raised by a deadline of the intake: the version is that of the row's own subject.
            return here.get(waiting.version or 0) if waiting.intake_id is not None else None
        return self.of_enrolments.get((waiting.enrolment_id or 0, waiting.version or 0))

    def every(self) -> Iterable[Entry]:
        """Walk over all entries."""
        yield from self.of_enrolments.values()
        for here in self.of_intakes.values():
            yield from here.values()


def _triggers_of(subject: Subject) -> set[str]:
    """Name the triggers of the intakes' lifecycle that raise a notice."""
    published = subject.published
    name = published.definition.path.intake_lifecycle if published else None
    if published is None or name is None:
        return set()
    wanted = subject.waiting.notice
    return {
        transition.trigger
        for transition in published.definition.lifecycles[name].transitions
        if any(notice.notice == wanted for notice in transition.notices)
    }


def _entry(row: Row[Any]) -> Entry:
    details = json.loads(row.details) if row.details else {}
    reasons = {locale: tuple(each) for locale, each in details.get("reasons", {}).items()}
    return Entry(
        row.trigger, Role(row.actor_role), row.actor_id, row.reason, reasons, row.effective_at
    )


_STEPS = Batch("steps", enrolment_id=Integer(), version=Integer())


def _of_enrolments(act: Act, steps: Iterable[tuple[int, int | None]]) -> list[Row[Any]]:
    rows = sorted((id_, version) for id_, version in steps if version is not None)
    if not rows:
        return []
    dialect = act.connection.dialect.name
    bound = _STEPS.parameters(dialect, rows)
    return list(act.connection.execute(_select_steps(dialect), bound))


@cache
def _select_steps(dialect: str) -> Select[Any]:
    steps = _STEPS.table(dialect)
    same = and_(
        history.c.enrolment_id == steps.c.enrolment_id, history.c.version == steps.c.version
    )
    return select(history).join(steps, same)


def _of_intakes(act: Act, wanted: Iterable[int]) -> list[Row[Any]]:
    sought = sorted(wanted)
    if not sought:
        return []
    dialect = act.connection.dialect.name
    return list(act.connection.execute(_select_of_intakes(dialect), ids(dialect, sought)))


@cache
def _select_of_intakes(dialect: str) -> Select[Any]:
    # A version tells the steps apart: entries about mails of an intake have none.
    return select(history).where(
        among(history.c.intake_id, dialect), history.c.version.is_not(None)
    )
