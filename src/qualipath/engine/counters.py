"""What a scheduler's ticks and deliveries add up to, as a monitoring system reads it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from qualipath.engine.delivering import DeliveryReport
from qualipath.engine.ticking import JOBS, TickReport
from qualipath.services.outbox_models import OutboxState

RESULTS = ("sent", "deferred", "dead", "cancelled", "bundled", "held")
"""What mails are counted by."""


@dataclass(slots=True)
class Counters:
    """The ticks of one process: how many, their effects by job, failures, and what is due.

    `last_tick_at` is when the last one ended that did its work; `next_due` and `overdue` are what
    it saw then. `mails` counts what became of mails, `delivery_failures` the rounds that could not
    be finished; `outbox` is what waited after the last one, which ended at `last_delivery_at`.
    """

    ticks: int = 0
    skipped: int = 0
    failures: int = 0
    refused: int = 0
    effects: Counter[str] = field(default_factory=Counter)
    last_tick_at: datetime | None = None
    next_due: datetime | None = None
    overdue: int = 0
    deliveries: int = 0
    delivery_failures: int = 0
    mails: Counter[str] = field(default_factory=Counter)
    last_delivery_at: datetime | None = None
    outbox: OutboxState | None = None

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

    def count_delivery(
        self, report: DeliveryReport, outbox: OutboxState, *, ended_at: datetime | None = None
    ) -> None:
        """Add a delivery round, with what waits after it."""
        self.deliveries += 1
        self.delivery_failures += bool(report.failures)
        self.mails.update({result: getattr(report, result) for result in RESULTS})
        self.last_delivery_at = ended_at or datetime.now(UTC)
        self.outbox = outbox

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
        if self.deliveries or self.delivery_failures:
            yield from self._mail_lines()

    def _mail_lines(self) -> Iterator[str]:
        yield from _metric("deliveries_total", "counter", "Delivery rounds.", self.deliveries)
        told = "Delivery rounds in which no mails could be sent."
        yield from _metric("delivery_failures_total", "counter", told, self.delivery_failures)
        yield from _head("mails_total", "counter", "What became of mails.")
        for result in RESULTS:
            yield f'qualipath_mails_total{{result="{result}"}} {self.mails[result]}'
        told = "When the last delivery round ended."
        yield from _instant("last_delivery_timestamp_seconds", told, self.last_delivery_at)
        if self.outbox is not None:
            yield from _head("outbox", "gauge", "Mails that wait, or that somebody has to look at.")
            for status in ("pending", "overdue", "held", "dead"):
                yield f'qualipath_outbox{{status="{status}"}} {getattr(self.outbox, status)}'


def _head(name: str, kind: str, told: str) -> Iterator[str]:
    yield f"# HELP qualipath_{name} {told}"
    yield f"# TYPE qualipath_{name} {kind}"


def _metric(name: str, kind: str, told: str, value: float) -> Iterator[str]:
    yield from _head(name, kind, told)
    yield f"qualipath_{name} {value}"


def _instant(name: str, told: str, at: datetime | None) -> Iterator[str]:
    if at is not None:
        yield from _metric(name, "gauge", told, at.timestamp())
