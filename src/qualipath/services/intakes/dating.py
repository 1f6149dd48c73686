"""The dates of an intake that somebody plans: as given, else by the rules, and in order."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from qualipath.definition.local_time import day_start
from qualipath.definition.windows import Opening
from qualipath.domain.intake import Dates
from qualipath.domain.terms import Term, dates_around, last_day, lectures_of, opening_of
from qualipath.errors import InputError
from qualipath.services.intakes.instants import When, instant_of, shown
from qualipath.services.intakes.offers import Offer


@dataclass(frozen=True, slots=True)
class Wanted:
    """The dates that somebody wants; the rules give what is None."""

    starts_on: date
    ends_on: date | None = None
    opens: When | None = None
    closes: When | None = None
    allocates: When | None = None


def dates_as_wanted(offer: Offer, wanted: Wanted, term: Term | None, now: datetime) -> Dates:
    """Work out an intake's dates; `term` is the one that begins with it, if any.

    Raises: InputError where a date is missing or can't be read, or the last day is too early.
    """
    starts_on = wanted.starts_on
    begins_on = term.starts_on if term else starts_on
    ends_on = wanted.ends_on or _last_day(offer, starts_on, term)
    if ends_on < starts_on:
        told = f"the intake would end on {ends_on}, before it starts on {starts_on}"
        raise InputError(f"{told}; say when it ends, too")
    usual = opening_of(offer.calendar, offer.rules, begins_on)
    starts_at = day_start(starts_on, offer.zone)
    opening = _opening(offer.zone, wanted, usual or Opening(now, starts_at, starts_at), starts_at)
    lectures = lectures_of(offer.calendar, term) if term else None
    return dates_around(offer.calendar, offer.rules, opening, starts_on, ends_on, lectures=lectures)


def in_order(dates: Dates, zone: ZoneInfo, now: datetime) -> Dates:
    """Make sure that dates are in order; applications open no earlier than the intake is planned.

    Raises: InputError naming those that are not.
    """
    opens, closes = shown(dates.opens_at, zone), shown(dates.closes_at, zone)
    allocates, starts = shown(dates.allocates_at, zone), shown(dates.starts_at, zone)
    for is_wrong, told in (
        (dates.closes_at <= now, f"applications would have closed already ({closes})"),
        (
            dates.closes_at <= dates.opens_at,
            f"applications would close ({closes}) before they open ({opens})",
        ),
        (
            dates.closes_at > dates.starts_at,
            f"applications would close ({closes}) after the start ({starts})",
        ),
        (
            dates.allocates_at < dates.closes_at,
            f"seats would be given ({allocates}) before applications close ({closes})",
        ),
        (
            dates.allocates_at > dates.starts_at,
            f"seats would be given ({allocates}) after the start ({starts})",
        ),
    ):
        if is_wrong:
            raise InputError(f"{told}; name other dates")
    return replace(dates, opens_at=max(dates.opens_at, now))


def _last_day(offer: Offer, starts_on: date, term: Term | None) -> date:
    if offer.tier.duration is not None:
        return last_day(offer.tier.duration, term.starts_on if term else starts_on, starts_on)
    if term is not None:
        return max(term.ends_on, starts_on)
    message = f"the tier '{offer.name}' has no duration; say on which day the intake ends"
    raise InputError(message)


def _opening(zone: ZoneInfo, wanted: Wanted, usual: Opening, starts_at: datetime) -> Opening:
    opens_at, closes_at = usual.opens_at, usual.closes_at
    if wanted.opens is not None:
        opens_at = instant_of(wanted.opens, zone, "opens")
    if wanted.closes is not None:
        closes_at = instant_of(wanted.closes, zone, "closes", ends=True)
    allocates_at = closes_at
    if wanted.allocates is not None:
        allocates_at = instant_of(wanted.allocates, zone, "allocates", ends=True)
    elif usual.closes_at < usual.allocates_at and closes_at <= usual.allocates_at <= starts_at:
        # Seats are usually given some time after applications have closed, and still can be.
        allocates_at = usual.allocates_at
    return Opening(opens_at, closes_at, allocates_at)
