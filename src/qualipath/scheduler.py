"""The scheduler: ticks and deliveries of mails until it is told to stop, and the log of them."""

import logging
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Event
from types import FrameType

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from qualipath.engine import Qualipath
from qualipath.engine.counters import RESULTS, Counters
from qualipath.engine.delivering import DeliveryReport
from qualipath.engine.ticking import TickReport
from qualipath.errors import QualipathError


@dataclass
class Scheduler:
    """Ticks and delivers in this process; any number of them, on any number of hosts, may do so.

    `interval` is the time from one tick to the next, `delivery_interval` from one delivery of mails
    to the next; neither waits for the other. What APScheduler would keep is nothing: all that is
    due is in the database, so that a tick that was missed is made up for by the next one.
    """

    qualipath: Qualipath
    interval: timedelta
    log: structlog.typing.FilteringBoundLogger
    counters: Counters = field(default_factory=Counters)
    stopping: Event = field(default_factory=Event)
    delivery_interval: timedelta = timedelta(seconds=30)

    def run(self) -> None:
        """Work until SIGTERM or SIGINT comes; the unit of work that is running is finished."""
        self.check()
        ticking = BackgroundScheduler(timezone=UTC)
        for work, interval in (
            (self.tick, self.interval),
            (self.deliver, self.delivery_interval),
        ):
            ticking.add_job(
                work,
                IntervalTrigger(seconds=int(interval.total_seconds()), timezone=UTC),
                next_run_time=datetime.now(UTC),
                coalesce=True,
                max_instances=1,
                misfire_grace_time=None,
            )
        # It would tell of each tick that a long one leaves out.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        with self._told_to_stop():
            ticking.start()
            self.log.info(
                "started",
                every_seconds=int(self.interval.total_seconds()),
                delivery_seconds=int(self.delivery_interval.total_seconds()),
                mails=self.qualipath.mail.transport.name,
            )
            self.stopping.wait()
            self.log.info("stopping")
            ticking.shutdown(wait=True)
        self.log.info("stopped", ticks=self.counters.ticks, failures=self.counters.failures)

    def run_once(self) -> bool:
        """Tick and deliver once; tell whether everything that was due is done."""
        self.check()
        with self._told_to_stop():
            reports = (self.tick(), self.deliver())
        return all(report is not None and not report.failures for report in reports)

    def check(self) -> None:
        """Tell what is wrong with the definitions and the mails' templates in their files.

        What is published works on whatever the files hold: they are no reason not to start.
        """
        for problem in self.qualipath.drafts.check():
            self.log.warning("problem in a definition", problem=str(problem))

    def tick(self) -> TickReport | None:
        """Do what is due now, and log it; None if the database could not be used."""
        try:
            report = self.qualipath.tick(stop=self.stopping.is_set)
        except QualipathError as error:
            self.counters.failures += 1
            self.log.error("tick failed", error=str(error))  # noqa: TRY400 -- says all of it
            return None
        self.counters.count(report)
        self._log(report)
        return report

    def deliver(self) -> DeliveryReport | None:
        """Send the mails that are due now, and log it; None if the database could not be used."""
        try:
            report = self.qualipath.deliver(stop=self.stopping.is_set)
            self.counters.count_delivery(report, self.qualipath.outbox_state())
        except QualipathError as error:
            self.counters.delivery_failures += 1
            self.log.error("delivery failed", error=str(error))  # noqa: TRY400 -- says all of it
            return None
        for failure in report.failures:
            self.log.error("delivery failed", error=str(failure))
        results = {result: count for result in RESULTS if (count := getattr(report, result))}
        if results:
            told = self.log.warning if {"dead", "held"} & results.keys() else self.log.info
            next_due = report.next_due.isoformat() if report.next_due else None
            told("delivery", **results, next_due=next_due)
        return report

    def _log(self, report: TickReport) -> None:
        for failure in report.failures:
            self.log.error(
                "failed",
                job=failure.job,
                what=failure.what,
                due_at=failure.due_at.isoformat(),
                error=failure.message,
            )
        for refused in report.refused:
            self.log.warning("refused", what=refused)
        if not report.led:
            self.log.debug("another scheduler is at work")
            return
        next_due = report.next_due.isoformat() if report.next_due else None
        told = self.log.info if report.done or report.overdue else self.log.debug
        told("tick", **report.effects, next_due=next_due, overdue=report.overdue)

    @contextmanager
    def _told_to_stop(self) -> Iterator[None]:
        def stop(_signal: int, _frame: FrameType | None) -> None:
            self.stopping.set()

        before = {number: signal.signal(number, stop) for number in _STOPPING}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


_STOPPING = (signal.SIGTERM, signal.SIGINT)


def logger(*, as_json: bool = False) -> structlog.typing.FilteringBoundLogger:
    """Make a log on the standard error output, for people or one JSON document a line."""
    render = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), sort_keys=False)
    )
    made: structlog.typing.FilteringBoundLogger = structlog.wrap_logger(
        structlog.PrintLogger(sys.stderr),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
    return made
