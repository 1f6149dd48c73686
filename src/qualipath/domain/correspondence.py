"""How an organisation writes its mails: to whom its HR is, how often, and in which words."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args
from zoneinfo import ZoneInfo

Gendering = Literal["neutral", "colon", "star", "pair"]
GENDERINGS: tuple[Gendering, ...] = get_args(Gendering)
"""How words for people of any gender are written."""

Rhythm = Literal["at_once", "daily", "weekly"]
RHYTHMS: tuple[Rhythm, ...] = get_args(Rhythm)
"""How often supervisors are told what waits for them."""


@dataclass(frozen=True, slots=True)
class Correspondence:
    """What holds for an organisation's mails, its own or else as in the one above it.

    `hour` is the local hour of digests and of the weekly summary, which go out on Mondays where
    they are weekly. More than `hourly_cap` mails an hour are held until HR releases them. Bodies
    of sent mails are kept for `retention_days`.
    """

    hr_address: str | None = None
    gendering: Gendering = "neutral"
    rhythm: Rhythm = "daily"
    hour: int = 7
    hourly_cap: int = 5_000
    retention_days: int = 90
    summary: bool = True

    def next_digest(self, after: datetime, zone: ZoneInfo) -> datetime:
        """Give the instant of the next digest; at once where there is none."""
        if self.rhythm == "at_once":
            return after
        return self._next(after, zone, weekly=self.rhythm == "weekly")

    def next_summary(self, after: datetime, zone: ZoneInfo) -> datetime:
        """Give the instant of the next weekly summary: a Monday's hour after an instant."""
        return self._next(after, zone, weekly=True)

    def _next(self, after: datetime, zone: ZoneInfo, *, weekly: bool) -> datetime:
        day = after.astimezone(zone).date()
        while True:
            at = datetime(day.year, day.month, day.day, self.hour, tzinfo=zone)
            if at > after and (not weekly or day.weekday() == 0):
                return at
            day += timedelta(days=1)
