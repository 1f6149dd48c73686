"""The days on which time alone changes what an employee meets."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import singledispatch

from qualipath.definition.prerequisites import (
    Completed,
    CredentialQuery,
    Credits,
    CreditsQuery,
    Degree,
    Experience,
    Holds,
    Tenure,
    leaves_of,
)
from qualipath.definition.values import Period, Spec
from qualipath.domain.holding import candidates, query_of
from qualipath.domain.record import Occasion, Record


def turning_days(prerequisite: Spec | None, record: Record, occasion: Occasion) -> tuple[date, ...]:
    """Give every day after the occasion's on which a verdict can differ from the day before."""
    leaves = leaves_of(prerequisite) if prerequisite else ()
    days = {day for leaf in leaves for day in _turns(leaf, record, occasion)}
    return tuple(sorted(day for day in days if day is not None and day > occasion.on))


def first_day(since: date | None, period: Period) -> date | None:
    """Give the first day on which `since` lies the whole period back; None if never.

    The day is found by counting back from it, as everywhere: a year after 29 February 2024 is
    over on 1 March 2025.
    """
    if since is None:
        return None
    try:
        day = period.after(since)
        while period.before(day) < since:
            day += timedelta(days=1)
    except (ValueError, OverflowError):
        return None
    return day


@singledispatch
def _turns(_leaf: Spec, _record: Record, _occasion: Occasion) -> Iterator[date | None]:
    """Walk over the days on which the leaf can turn; most never do."""
    return iter(())


@_turns.register(Holds)
@_turns.register(Completed)
@_turns.register(Degree)
def _holding_turns(
    leaf: Holds | Completed | Degree, record: Record, occasion: Occasion
) -> Iterator[date | None]:
    query = query_of(leaf, occasion.definition)
    yield from _credential_turns(query, record)
    if query.within is not None:
        for held in candidates(record, query):
            yield _day_after(_last_day(held.awarded_on, query.within))


@_turns.register
def _credits_turns(leaf: Credits, record: Record, _occasion: Occasion) -> Iterator[date | None]:
    return _credential_turns(leaf.credits, record)


@_turns.register
def _tenure_turns(leaf: Tenure, record: Record, _occasion: Occasion) -> Iterator[date | None]:
    yield first_day(record.hired_on, leaf.tenure)


@_turns.register
def _experience_turns(
    leaf: Experience, record: Record, _occasion: Occasion
) -> Iterator[date | None]:
    yield first_day(record.experience_since or record.hired_on, leaf.experience)


def _credential_turns(
    query: CredentialQuery | CreditsQuery, record: Record
) -> Iterator[date | None]:
    for held in candidates(record, query):
        yield held.awarded_on
        yield _day_after(held.valid_until)


def _last_day(awarded_on: date | None, within: Period) -> date | None:
    """Give the last day on which a credential is not older than `within`."""
    if awarded_on is None:
        return None
    try:
        day = within.after(awarded_on)
        while within.before(day) <= awarded_on:
            day += timedelta(days=1)
    except (ValueError, OverflowError):
        return None
    return day - timedelta(days=1)


def _day_after(day: date | None) -> date | None:
    return day + timedelta(days=1) if day and day < date.max else None
