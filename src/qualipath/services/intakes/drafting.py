"""What an intake begins with: its seats and dates, by the rules or as somebody gives them."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from qualipath.definition.calendars import CalendarSpec
from qualipath.definition.intakes import IntakeSpec
from qualipath.definition.local_time import day_start
from qualipath.definition.spec import AVAILABLE, PathSpec, TierSpec
from qualipath.definition.windows import Opening
from qualipath.domain.intake import Dates
from qualipath.domain.terms import (
    Term,
    dates_around,
    dates_of,
    first_day,
    last_day,
    opening_of,
    terms_between,
)
from qualipath.errors import InputError
from qualipath.services.change import Offered
from qualipath.services.intakes.instants import When, instant_of, shown
from qualipath.services.words import written

MOST_SEATS = 1_000_000
LARGEST_SEED = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants an intake to be; the rules give what is None."""

    starts_on: date
    ends_on: date | None = None
    opens: When | None = None
    closes: When | None = None
    allocates: When | None = None
    seats: int | None = None
    minimum: int | None = None
    provider: str | None = None
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """A tier of a path as it is offered, with the calendar that it goes by."""

    path: str
    key: str
    tier: TierSpec
    calendar: CalendarSpec

    @classmethod
    def of(cls, path: PathSpec, key: str, calendars: Mapping[str, CalendarSpec]) -> "Offer":
        """Look a tier's calendar up; raises `InputError` if there is none of its name any more."""
        tier = path.tiers[key]
        name = tier.calendar or path.calendar
        if name not in calendars:
            message = f"the calendar '{name}' of tier '{key}' can't be read; see 'qualipath check'"
            raise InputError(message)
        return cls(path.path, key, tier, calendars[name])

    @property
    def intakes(self) -> IntakeSpec | None:
        """How the tier's intakes are planned, if it says so."""
        return self.tier.intakes

    @property
    def zone(self) -> ZoneInfo:
        """The calendar's time zone."""
        return ZoneInfo(self.calendar.timezone)

    def terms(self, first: date, last: date) -> Iterator[Term]:
        """Give the terms in which the tier is offered that begin from `first` to `last`."""
        if self.intakes is None:
            return
        for term in terms_between(self.calendar, first, last):
            if not self.intakes.terms or term.name in self.intakes.terms:
                yield term

    def planned_at(self, term: Term) -> datetime | None:
        """Give the instant from which on the scheduler plans a term's intake."""
        if self.intakes is None:
            return None
        return day_start(self.intakes.ahead.before(term.starts_on), self.zone)

    def in_term(self, term: Term) -> Offered | None:
        """Draft the intake of a term; None where the tier says nothing of intakes."""
        if self.intakes is None:
            return None
        dates = dates_of(self.calendar, self.intakes, self.tier.duration, term)
        return self.draft(Wish(term.starts_on), dates, term.label)

    def draft(self, wish: Wish, dates: Dates, term: str | None) -> Offered:
        """Draft an intake with dates of its own.

        Raises: InputError where seats, minimum, quotas, seed or provider can't be.
        """
        seats, minimum = self._seats(wish)
        seed = wish.seed
        if seed is None:
            seed = _seed(self.path, self.key, dates.starts_on)
        if not 0 <= seed <= LARGEST_SEED:
            raise InputError(f"the seed {seed} can't be; take one from 0 to {LARGEST_SEED}")
        own = written(wish.provider, "provider", 200)
        return Offered(
            id=None,
            path=self.path,
            tier=self.key,
            term=term,
            provider=own or (self.intakes.provider if self.intakes else None),
            timezone=self.calendar.timezone,
            seats=seats,
            minimum=minimum,
            seed=seed,
            dates=dates,
            state=AVAILABLE,
            version=0,
        )

    def _seats(self, wish: Wish) -> tuple[int, int]:
        rules = self.intakes
        seats = wish.seats if wish.seats is not None or rules is None else rules.seats
        if seats is None:
            message = f"the tier '{self.key}' says nothing of seats; say how many there are"
            raise InputError(message)
        minimum = wish.minimum
        if minimum is None:
            minimum = rules.minimum if rules else 0
        for what, number in (("seats", seats), ("minimum", minimum)):
            if not 0 <= number <= MOST_SEATS:
                message = f"'{what}': {number} can't be; write a number from 0 to {MOST_SEATS}"
                raise InputError(message)
        if minimum > seats:
            raise InputError(f"a minimum of {minimum} can't be reached with {seats} seats")
        kept = sum(rules.quota.seats.values()) if rules and rules.quota else 0
        if kept > seats:
            message = f"{kept} seats are kept for organisations, and there would be only {seats}"
            raise InputError(message)
        return seats, minimum

    def dates(self, wish: Wish, term: Term | None, now: datetime) -> Dates:
        """Work out the dates that somebody wants; `term` is the one that begins with the intake.

        Raises: InputError where they are in no order.
        """
        starts_on, begins_on = wish.starts_on, term.starts_on if term else wish.starts_on
        ends_on = wish.ends_on or self._ends_on(starts_on, begins_on, term)
        if ends_on < starts_on:
            raise InputError(f"the intake would end on {ends_on}, before it starts on {starts_on}")
        dates = dates_around(
            self.calendar, self.intakes, self._opening(wish, begins_on, now), starts_on, ends_on
        )
        if term is not None:
            lectures = next((o for o in self.calendar.lectures if o.term == term.label), None)
            if lectures is not None:
                dates = replace(dates, lectures_from=lectures.first, lectures_until=lectures.last)
        return dates

    def beginning(self, day: date) -> Term | None:
        """Give the term that begins on a day, or whose first working day it is."""
        fortnight = 14
        earliest = date.fromordinal(max(day.toordinal() - fortnight, 1))
        terms = terms_between(self.calendar, earliest, day)
        starts = (t for t in terms if day in {t.starts_on, first_day(self.calendar, t.starts_on)})
        return next(starts, None)

    def _ends_on(self, starts_on: date, begins_on: date, term: Term | None) -> date:
        if self.tier.duration is not None:
            return last_day(self.tier.duration, begins_on, starts_on)
        if term is not None:
            return term.ends_on
        message = f"the tier '{self.key}' has no duration; say on which day the intake ends"
        raise InputError(message)

    def _opening(self, wish: Wish, begins_on: date, now: datetime) -> Opening:
        usual = opening_of(self.calendar, self.intakes, begins_on)
        starts_at = day_start(wish.starts_on, self.zone)
        if usual is None:
            usual = Opening(opens_at=now, closes_at=starts_at, allocates_at=starts_at)
        opens_at, closes_at = usual.opens_at, usual.closes_at
        if wish.opens is not None:
            opens_at = instant_of(wish.opens, self.zone, "opens")
        if wish.closes is not None:
            closes_at = instant_of(wish.closes, self.zone, "closes", ends=True)
        allocates_at = max(usual.allocates_at, closes_at)
        if wish.closes is not None and allocates_at > starts_at:
            allocates_at = closes_at
        if wish.allocates is not None:
            allocates_at = instant_of(wish.allocates, self.zone, "allocates", ends=True)
        return Opening(opens_at, closes_at, allocates_at)


def in_order(dates: Dates, zone: ZoneInfo, now: datetime) -> Dates:
    """Make sure that dates are in order, and let applications not open before they are planned.

    Raises: InputError naming the first two that are not in order.
    """
    opens, closes = shown(dates.opens_at, zone), shown(dates.closes_at, zone)
    if dates.closes_at <= dates.opens_at:
        raise InputError(f"applications would close ({closes}) before they open ({opens})")
    if dates.closes_at <= now:
        message = f"applications would have closed already, at {closes}; let them close later"
        raise InputError(message)
    for at, what in ((dates.closes_at, "applications"), (dates.allocates_at, "allocation")):
        if at > dates.starts_at:
            starts = shown(dates.starts_at, zone)
            message = f"the {what} would end ({shown(at, zone)}) after the start ({starts})"
            raise InputError(message)
    if dates.allocates_at < dates.closes_at:
        message = (
            f"seats would be given ({shown(dates.allocates_at, zone)}) before applications close "
            f"({closes})"
        )
        raise InputError(message)
    return replace(dates, opens_at=max(dates.opens_at, now))


def _seed(path: str, tier: str, starts_on: date) -> int:
    """Derive a lot's seed that is the same wherever the same intake is planned."""
    digest = hashlib.sha256(f"{path}/{tier}/{starts_on}".encode()).digest()
    return int.from_bytes(digest[:4]) & LARGEST_SEED
