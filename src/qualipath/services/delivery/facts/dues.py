"""Until when something is to be done, as the running deadlines say."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, Literal

from sqlalchemy import Select, or_, select

from qualipath.definition.spec import DeadlineSpec, LifecycleSpec
from qualipath.services.act import Act
from qualipath.services.delivery.facts.wording import day_of, last_day_before
from qualipath.services.delivery.waiting import Subject
from qualipath.storage.batches import among, ids
from qualipath.storage.tables import deadline


@dataclass(frozen=True, slots=True)
class Deadline:
    """A deadline of an enrolment or intake that runs, or did what it was set for."""

    state: str | None
    due_at: datetime
    trigger: str | None
    notice: tuple[str | None, str | None]
    runs: bool


@dataclass(frozen=True, slots=True)
class Dues:
    """The deadlines of what a page of notices is about."""

    of_enrolments: Mapping[int, Sequence[Deadline]]
    of_intakes: Mapping[int, Sequence[Deadline]]

    @classmethod
    def load(cls, act: Act, subjects: Iterable[Subject]) -> "Dues":
        """Read the deadlines: a statement for enrolments, and one for intakes."""
        subjects = list(subjects)
        enrolments = {subject.attempt.id for subject in subjects if subject.attempt}
        intakes = {s.intake.written_id for s in subjects if s.intake and s.waiting.intake_id}
        return cls(
            load_deadlines(act, "enrolment_id", enrolments),
            load_deadlines(act, "intake_id", intakes),
        )

    def of_enrolment(self, subject: Subject) -> date | None:
        """Give the last day on which something is to be done about an enrolment, if any is."""
        attempt, published = subject.attempt, subject.published
        if attempt is None or published is None or attempt.paused_at is not None:
            return None
        if attempt.tier not in published.definition.path.tiers:
            return None
        lifecycle = published.definition.lifecycle_of(attempt.tier)
        found = self.of_enrolments.get(attempt.id, ())
        entered_on = day_of(attempt.entered_at, subject.timezone)
        return last_day(found, lifecycle, attempt.state, entered_on, subject.timezone)

    def of_intake(self, subject: Subject, now: datetime) -> date | None:
        """Give the last day on which something is to be done about an intake, if any is.

        One that waits for HR is to be decided before its seats are given, or else before it starts.
        """
        intake, published = subject.intake, subject.published
        if intake is None or published is None:
            return None
        if intake.undersized:
            dates = intake.dates
            decided_by = dates.allocates_at if dates.allocates_at > now else dates.starts_at
            return last_day_before(decided_by, intake.timezone)
        name = published.definition.path.intake_lifecycle
        if name is None:
            return None
        lifecycle = published.definition.lifecycles[name]
        found = self.of_intakes.get(intake.written_id, ())
        # Intakes enter no state twice, so that it does not matter when they did.
        return last_day(found, lifecycle, intake.state, date.min, intake.timezone)


def last_day(
    deadlines: Sequence[Deadline],
    lifecycle: LifecycleSpec,
    state: str,
    entered_on: date,
    timezone: str,
) -> date | None:
    """Give the last day of what runs in a state that was entered on a day.

    That is when a trigger is fired, or else the end of the state's first deadline that has none:
    reminders before it and escalations after it are no ends.
    """
    here = [each for each in deadlines if each.state == state]
    triggers = [each.due_at for each in here if each.runs and each.trigger is not None]
    if triggers:
        return last_day_before(min(triggers), timezone)
    spec = lifecycle.states.get(state)
    plain = (d for d in spec.deadlines if d.after and d.notices and d.then is None) if spec else ()
    for first in plain:
        return _end(first, here, entered_on, timezone)
    return None


def _end(
    spec: DeadlineSpec, deadlines: Iterable[Deadline], entered_on: date, timezone: str
) -> date | None:
    """Find a deadline's end among those that were set: a pause may have put it off."""
    told = spec.notices[0].notice, spec.notices[0].to
    dues = sorted(
        each.due_at
        for each in deadlines
        if each.notice == told and day_of(each.due_at, timezone) > entered_on
    )
    if spec.after is None or not dues:
        return None
    # The reminders come first; what comes after the end belongs to later deadlines.
    last = spec.after.after(entered_on)
    reminders = sum(remind.before(last) > entered_on for remind in spec.remind)
    return last_day_before(dues[min(reminders, len(dues) - 1)], timezone)


def load_deadlines(
    act: Act, about: Literal["enrolment_id", "intake_id"], wanted: Iterable[int]
) -> dict[int, list[Deadline]]:
    """Read the deadlines of enrolments or intakes, by their ids, but those that were called off."""
    sought = sorted(wanted)
    found: defaultdict[int, list[Deadline]] = defaultdict(list)
    if not sought:
        return found
    dialect = act.connection.dialect.name
    for row in act.connection.execute(_select(about, dialect), ids(dialect, sought)):
        pair = (row.notice, row.recipient)
        runs = row.ended_at is None
        found[row.about].append(Deadline(row.state, row.due_at, row.trigger, pair, runs))
    return found


@cache
def _select(about: str, dialect: str) -> Select[Any]:
    columns = deadline.c
    return select(
        columns[about].label("about"),
        columns.state,
        columns.due_at,
        columns.trigger,
        columns.notice,
        columns.recipient,
        columns.ended_at,
    ).where(
        among(columns[about], dialect),
        ~columns.from_start,
        or_(columns.ended_at.is_(None), columns.done),
    )
