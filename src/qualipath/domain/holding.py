"""Whether one credential counts towards what is asked for, and if not, why."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from enum import IntEnum, auto

from qualipath.definition.prerequisites import (
    Completed,
    CredentialQuery,
    CreditsQuery,
    Degree,
    Holds,
)
from qualipath.definition.spec import Definition
from qualipath.domain.globs import matcher
from qualipath.domain.record import Held, Occasion, Record


class Standing(IntEnum):
    """How a credential stands to a query, from the best: the first three count."""

    HELD = auto()
    RUNNING = auto()
    PROVISIONAL = auto()
    IN_PROGRESS = auto()
    NOT_YET = auto()
    EXPIRED = auto()
    TOO_OLD = auto()
    UNGRADED = auto()
    OTHER_SCALE = auto()
    TOO_LOW = auto()
    BROKEN_OFF = auto()
    REVOKED = auto()

    @property
    def counts(self) -> bool:
        """Whether the credential counts, be it provisionally."""
        return self <= Standing.PROVISIONAL


def query_of(prerequisite: Holds | Completed | Degree, definition: Definition) -> CredentialQuery:
    """Give the query that a condition stands for, its scale named wherever it asks for a grade.

    A tier's grades are on the tier's own scale, all others on the path's, unless one is named.
    """
    match prerequisite:
        case Holds(holds=query):
            scale = definition.path.grading
        case Completed(completed=asked, query=query):
            known = asked.tier in definition.path.tiers
            scale = definition.scale_of(asked.tier) if known else definition.path.grading
        case Degree(query=query):
            scale = definition.path.grading
    if query.grade is None or query.scale is not None:
        return query
    return query.model_copy(update={"scale": scale})


def candidates(record: Record, query: CredentialQuery | CreditsQuery) -> Iterator[Held]:
    """Walk over the credentials of the kinds and keys that a query is about."""
    matches = matcher(query.credential)
    return (held for held in record.credentials if held.kind in query.kind and matches(held.key))


def standing(held: Held, query: CredentialQuery, occasion: Occasion) -> Standing:
    """Tell how a credential of the right kind and key stands to a query of `query_of`."""
    if held.revoked:
        return Standing.BROKEN_OFF if held.awarded_on is None else Standing.REVOKED
    if held.awarded_on is None:
        return _in_progress(held, query, occasion)
    if held.awarded_on > occasion.on:
        return Standing.NOT_YET
    if not (query.expired or is_valid(held, occasion.on)):
        return Standing.EXPIRED
    if query.within is not None and held.awarded_on < query.within.before(occasion.on):
        return Standing.TOO_OLD
    return _graded(held, query, occasion.definition)


def is_valid(held: Held, on: date) -> bool:
    """Tell whether the credential's validity has not ended."""
    return held.valid_until is None or held.valid_until >= on


def counts_from(held: Held, query: CredentialQuery, occasion: Occasion) -> date | None:
    """Give the day from which a credential that is not awarded yet will count, if it will."""
    day = held.awarded_on
    if day is None or standing(held, query, occasion) is not Standing.NOT_YET:
        return None
    return day if standing(held, query, replace(occasion, on=day)).counts else None


def has_credits(held: Held, on: date) -> bool:
    """Tell whether the credits of a credential count: awarded, valid and not revoked."""
    if held.revoked or held.awarded_on is None or held.awarded_on > on:
        return False
    return is_valid(held, on)


def _in_progress(held: Held, query: CredentialQuery, occasion: Occasion) -> Standing:
    if query.or_running:
        return Standing.RUNNING
    ends, limit = held.running_until, occasion.running_until
    if ends is not None and limit is not None and ends <= limit:
        return Standing.PROVISIONAL
    return Standing.IN_PROGRESS


def _graded(held: Held, query: CredentialQuery, definition: Definition) -> Standing:
    if query.grade is None:
        return Standing.HELD
    if held.grade is None:
        return Standing.UNGRADED
    scale = definition.scales.get(query.scale or "")
    if scale is None or held.scale != query.scale:
        return Standing.OTHER_SCALE
    return Standing.HELD if scale.reaches(held.grade, query.grade) else Standing.TOO_LOW
