"""The virtual clock of what is played: it goes on by the scheduler's own ticks."""

from collections.abc import Iterator
from datetime import datetime

from qualipath.engine import Qualipath
from qualipath.engine.ticking import TickReport
from qualipath.errors import QualipathError

HOST = "qualipath"
"""Whose ticks these are reported to be: the same wherever it is played."""


def go_on_to(qualipath: Qualipath, at: datetime) -> TickReport:
    """Let the scheduler do what is due until an instant.

    Raises `QualipathError` where it could not.
    """
    report = qualipath.tick(at, now=at, host=HOST)
    if report.failures:
        raise QualipathError(str(report.failures[0]))
    return report


def deliver_until(qualipath: Qualipath, now: datetime, at: datetime) -> None:
    """Send the mails that are due from `now` until an instant, each when it is due.

    Raises `QualipathError` where they could not be sent.
    """
    report = qualipath.deliver(now=now, host=HOST)
    while not report.failures and report.next_due is not None and report.next_due <= at:
        report = qualipath.deliver(now=max(report.next_due, now), host=HOST)
    if report.failures:
        raise QualipathError(str(report.failures[0]))


def steps_to(qualipath: Qualipath, now: datetime, at: datetime) -> Iterator[TickReport]:
    """Do the same from `now` on, and stop at each instant at which something is due.

    Raises `QualipathError` where it could not.
    """
    report = go_on_to(qualipath, now)
    yield report
    while report.next_due is not None and report.next_due <= at:
        report = go_on_to(qualipath, report.next_due)
        yield report
