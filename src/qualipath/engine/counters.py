"""What a scheduler's ticks add up to, as a monitoring system reads it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from qualipath.engine.ticking import JOBS, TickReport


@dataclass(slots=True)
class Counters:
    """The ticks of one process: how many, their effects by job, failures, and what is due.

    `last_tick_at` is when the last one ended that did its work; `next_due` and `overdue` are what
    it saw then.
    """

    ticks: int = 0
    skipped: int = 0
    failures: int = 0
    refused: int = 0
    effects: Counter[str] = field(default_factory=Counter)
    last_tick_at: datetime | None = None
    next_due: datetime | None = None
    overdue: int = 0

    def count(self, report: TickReport, *, ended_at: datetime | None = None) -> None:
        """Add a tick; one that left the work to a leader counts as skipped."""
        self.ticks += 1
        if not report.led:
            self.skipped += 1
            return
        self.failures += len(report.failures)
        self.refused += len(report.refused)
        self.effects.update(report.effects)
        self.last_tick_at = ended_at or datetime.now(UTC)
        self.next_due, self.overdue = report.next_due, report.overdue

    def exposition(self) -> str:
        """Give all in the text format of Prometheus, version 0.0.4."""
        return "".join(f"{line}\n" for line in self._lines())

    def _lines(self) -> Iterator[str]:
        yield from _metric("ticks_total", "counter", "Ticks of the scheduler.", self.ticks)
        told = "Ticks that left the work to the leader."
        yield from _metric("ticks_skipped_total", "counter", told, self.skipped)
        told = "Units of work that failed."
        yield from _metric("tick_failures_total", "counter", told, self.failures)
        told = "Triggers of deadlines that the rules refused."
        yield from _metric("tick_refused_total", "counter", told, self.refused)
        yield from _head("tick_effects_total", "counter", "Effects, by job.")
        for job in JOBS:
            yield f'qualipath_tick_effects_total{{job="{job}"}} {self.effects[job]}'
        told = "When the last tick ended."
        yield from _instant("last_tick_timestamp_seconds", told, self.last_tick_at)
        yield from _instant("next_due_timestamp_seconds", "When work is due next.", self.next_due)
        yield from _metric("overdue", "gauge", "What was due and is not done.", self.overdue)


def _head(name: str, kind: str, told: str) -> Iterator[str]:
    yield f"# HELP qualipath_{name} {told}"
    yield f"# TYPE qualipath_{name} {kind}"


def _metric(name: str, kind: str, told: str, value: float) -> Iterator[str]:
    yield from _head(name, kind, told)
    yield f"qualipath_{name} {value}"


def _instant(name: str, told: str, at: datetime | None) -> Iterator[str]:
    if at is not None:
        yield from _metric(name, "gauge", told, at.timestamp())
