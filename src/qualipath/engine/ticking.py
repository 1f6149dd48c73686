"""The tick: everything that is due, done in order, each thing as of the instant it was due."""

import socket
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from typing import TypeVar

from qualipath.definition.calendars import CalendarSpec
from qualipath.engine.acts import Acts
from qualipath.engine.drafts import Drafts
from qualipath.engine.failing import told_in_one_line
from qualipath.errors import ConflictError, DatabaseError
from qualipath.services import agenda, deadlines, ticks
from qualipath.services.act import Act
from qualipath.services.agenda import Agenda
from qualipath.services.deadlines import Fired, Job, Ripe
from qualipath.services.intakes import moving, planning
from qualipath.services.ticks import LastTick

PLANNING, MOVING = "planning", "intakes"
JOBS = (PLANNING, *map(str, Job), MOVING)
"""What a tick's effects are counted by."""

_TRIES = 3
"""How often a unit is tried that others' units get in the way of."""

Given = TypeVar("Given")


@dataclass(frozen=True, slots=True)
class TickFailure:
    """A unit of work that was rolled back; the next tick tries it again."""

    job: str
    due_at: datetime
    what: str
    message: str

    def __str__(self) -> str:
        return f"{self.job}, {self.what}, due {self.due_at.isoformat()}: {self.message}"


@dataclass(frozen=True, slots=True)
class TickReport:
    """What a tick did, up to the instant `at`.

    `led` is False where another scheduler was at work, and this one did nothing. `effects` counts
    by job, `refused` tells which triggers the rules did not allow. `overdue` counts what is left
    undone of what was due.
    """

    at: datetime
    host: str
    led: bool = True
    effects: Mapping[str, int] = field(default_factory=dict)
    refused: tuple[str, ...] = ()
    failures: tuple[TickFailure, ...] = ()
    next_due: datetime | None = None
    overdue: int = 0

    @property
    def done(self) -> int:
        """How many effects there were."""
        return sum(self.effects.values())


@dataclass(frozen=True, slots=True)
class SchedulerStatus:
    """Every host's last tick, the next instant at which something is due, and what is overdue."""

    at: datetime
    ticks: tuple[LastTick, ...]
    next_due: datetime | None
    overdue: int

    @property
    def failures(self) -> int:
        """How many units failed in the hosts' last ticks."""
        return sum(last.failures for last in self.ticks)


def run_tick(
    acts: Acts, drafts: Drafts, at: datetime, *, leader: bool, host: str | None, stop: "Stop"
) -> TickReport:
    """Do all that is due up to `at`; see `Qualipath.tick`."""
    started_at = datetime.now(UTC)
    report = TickReport(at, host or socket.gethostname())
    ticking = _Ticking(acts, drafts, at, stop)
    first = ticking.read(agenda.next_due)
    if first is None or first.at > at:
        report = replace(report, next_due=first.at if first else None)
        return _noted(acts, report, started_at)
    with _leading(acts, wanted=leader) as led:
        if not led:
            return replace(report, led=False)
        next_due, overdue = None, 0
        try:
            next_due, overdue = ticking.run()
        except DatabaseError as error:
            # Whatever else is due would fail alike.
            ticking.failures.append(TickFailure("database", at, acts.database.name, str(error)))
        report = replace(
            report,
            effects={job: ticking.effects[job] for job in JOBS if ticking.effects[job]},
            refused=tuple(ticking.refused),
            failures=tuple(ticking.failures),
            next_due=next_due,
            overdue=overdue,
        )
    return _noted(acts, report, started_at)


def scheduler_status(acts: Acts, at: datetime) -> SchedulerStatus:
    """Tell how the schedulers are doing; see `Qualipath.scheduler_status`."""
    with acts.reading() as act:
        due = agenda.next_due(act)
        return SchedulerStatus(
            at, ticks.last_ticks(act), due.at if due else None, agenda.overdue(act, at)
        )


Stop = Callable[[], bool]


@contextmanager
def _leading(acts: Acts, *, wanted: bool) -> Iterator[bool]:
    # SQLite lets one transaction write at a time anyway, and a reading one must not stay open.
    if not wanted or acts.database.address.file is not None:
        yield True
        return
    with acts.reading() as act:
        yield ticks.leads(act)


def _noted(acts: Acts, report: TickReport, started_at: datetime) -> TickReport:
    first = str(report.failures[0]) if report.failures else None
    last = LastTick(
        host=report.host,
        at=report.at,
        started_at=started_at,
        finished_at=datetime.now(UTC),
        effects=report.done,
        failures=len(report.failures),
        error=first,
    )
    try:
        with acts.writing() as act:
            ticks.note_tick(act, last)
    except DatabaseError as error:
        failed = TickFailure("database", report.at, acts.database.name, str(error))
        return replace(report, failures=(*report.failures, failed))
    return report


@dataclass
class _Ticking:
    """One tick at work: what it has done, and what failed and is left alone."""

    acts: Acts
    drafts: Drafts
    at: datetime
    stop: Stop
    effects: Counter[str] = field(default_factory=Counter)
    refused: list[str] = field(default_factory=list)
    failures: list[TickFailure] = field(default_factory=list)
    failed: set[tuple[str, Hashable]] = field(default_factory=set)

    def run(self) -> tuple[datetime | None, int]:
        """Go from one instant at which something is due to the next, as time did.

        Gives the next instant at which something is due, and how much is overdue.
        """
        after = None
        while (due := self.read(agenda.next_due, after=after)) and due.at <= self.at:
            if self.stop():
                break
            if not self._instant(due):
                # What is still due at it has failed: what comes later does not wait for that.
                after = due.at
        if after is not None:
            due = self.read(agenda.next_due)
        if due is None or due.at > self.at:
            return (due.at if due else None), 0
        return due.at, self.read(agenda.overdue, self.at)

    def _instant(self, due: Agenda) -> int:
        """Do once what is due at one instant, and tell how much that was.

        Planning comes first: what waits now may go over to a term that is planned at this instant.
        Deadlines come before intakes: who has not answered until an intake starts has lapsed by
        then, and does not start with it. What falls due at this instant by all that is done when
        the agenda is looked at again.
        """
        before = self.effects.total()
        if due.planning:
            for path in self.read(agenda.paths_due, due.at):
                self._plan(path, due.at)
        if due.deadlines:
            self._deadlines(due.at)
        if due.intakes:
            for intake_id in self.read(agenda.intakes_due, due.at):
                self._move(intake_id, due.at)
        return self.effects.total() - before

    def _plan(self, path: str, due_at: datetime) -> None:
        def plan(act: Act) -> int:
            return planning.plan_due(act, self._calendars, path, due_at)

        self._unit(PLANNING, path, f"path {path}", due_at, plan)

    def _move(self, intake_id: int, due_at: datetime) -> None:
        def move(act: Act) -> int:
            return int(moving.run_due(act, intake_id, due_at))

        self._unit(MOVING, intake_id, f"intake {intake_id}", due_at, move)

    def _deadlines(self, due_at: datetime) -> None:
        after, found = 0, deadlines.PAGE
        while found == deadlines.PAGE:
            page = self.read(deadlines.due_at, due_at, after=after)
            for job in Job:
                left = [each for each in page.get(job, ()) if (job, each.id) not in self.failed]
                self._fire(job, left, due_at)
            found = sum(map(len, page.values()))
            after = max((ripe[-1].id for ripe in page.values()), default=after)

    def _fire(self, job: Job, ripe: Sequence[Ripe], due_at: datetime) -> None:
        """Fire deadlines together, or by halves where one of them fails."""
        if not ripe or self.stop():
            return

        def fire(act: Act) -> Fired:
            return deadlines.fire_due(act, job, ripe)

        try:
            fired = self._written(due_at, fire)
        except DatabaseError:
            raise
        except Exception as error:  # noqa: BLE001 -- one failure must not keep the others waiting
            if len(ripe) == 1:
                self._note_failure(job, ripe[0].id, f"deadline {ripe[0].id}", due_at, error)
                return
            middle = len(ripe) // 2
            self._fire(job, ripe[:middle], due_at)
            self._fire(job, ripe[middle:], due_at)
        else:
            self.effects[job] += fired.done
            self.refused += fired.refused

    def _unit(
        self, job: str, key: Hashable, what: str, due_at: datetime, do: Callable[[Act], int]
    ) -> None:
        """Do one thing in a transaction of its own; a failure is noted, and the rest goes on."""
        if (job, key) in self.failed or self.stop():
            return
        try:
            self.effects[job] += self._written(due_at, do)
        except DatabaseError:
            raise
        except Exception as error:  # noqa: BLE001 -- one failure must not keep the others waiting
            self._note_failure(job, key, what, due_at, error)

    def _written(self, due_at: datetime, do: Callable[[Act], Given]) -> Given:
        acts = replace(self.acts, as_of=due_at)
        for tries_left in reversed(range(_TRIES)):
            try:
                with acts.writing() as act:
                    return do(act)
            except ConflictError:
                if not tries_left:
                    raise
        raise AssertionError

    def read(self, ask: Callable[..., Given], *args: object, **named: object) -> Given:
        """Ask something of the database, in a transaction of its own."""
        with self.acts.reading() as act:
            return ask(act, *args, **named)

    @cached_property
    def _calendars(self) -> Mapping[str, CalendarSpec]:
        files = sorted((self.drafts.workflows / "calendars").glob("*.yaml"))
        return _calendars_of(self.drafts, tuple((f, f.stat().st_mtime_ns) for f in files))

    def _note_failure(
        self, job: str, key: Hashable, what: str, due_at: datetime, error: Exception
    ) -> None:
        self.failed.add((job, key))
        self.failures.append(TickFailure(job, due_at, what, told_in_one_line(error)))


@lru_cache(maxsize=8)
def _calendars_of(
    drafts: Drafts,
    _as_of: Hashable,  # reading them takes longer than most ticks: only what has changed is read
) -> Mapping[str, CalendarSpec]:
    return drafts.catalogue().calendars
