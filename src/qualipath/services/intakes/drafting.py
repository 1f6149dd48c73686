"""An intake before it is planned: its seats, minimum, provider and seed, as given or by rule."""

import hashlib
from dataclasses import dataclass
from datetime import date

from qualipath.definition.spec import AVAILABLE
from qualipath.domain.intake import Dates
from qualipath.errors import InputError
from qualipath.services.change import Offered
from qualipath.services.intakes.offers import Offer
from qualipath.services.words import written

MOST_SEATS = 1_000_000
LARGEST_SEED = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Sizes:
    """The seats, and what else somebody wants of an intake; the rules give what is None."""

    seats: int | None = None
    minimum: int | None = None
    provider: str | None = None
    seed: int | None = None


def draft(offer: Offer, dates: Dates, term: str | None, sizes: Sizes | None = None) -> Offered:
    """Make the intake that is about to be planned.

    Raises: InputError where its seats, minimum, quotas, seed or provider can't be.
    """
    sizes = sizes or Sizes()
    seats, minimum = _seats(offer, sizes)
    seed = _seed(offer, dates.starts_on) if sizes.seed is None else sizes.seed
    if not 0 <= seed <= LARGEST_SEED:
        raise InputError(f"the seed {seed} can't be; take one from 0 to {LARGEST_SEED}")
    return Offered(
        id=None,
        path=offer.path,
        tier=offer.name,
        term=term,
        provider=written(sizes.provider, "provider", 200) or offer.rules.provider,
        timezone=offer.calendar.timezone,
        seats=seats,
        minimum=minimum,
        seed=seed,
        dates=dates,
        state=AVAILABLE,
        version=0,
    )


def _seats(offer: Offer, sizes: Sizes) -> tuple[int, int]:
    rules = offer.rules
    if sizes.seats is None and offer.tier.intakes is None:
        raise InputError(f"the tier '{offer.name}' says nothing of seats; say how many there are")
    seats = rules.seats if sizes.seats is None else sizes.seats
    minimum = rules.minimum if sizes.minimum is None else sizes.minimum
    for what, number in (("seats", seats), ("minimum", minimum)):
        if not 0 <= number <= MOST_SEATS:
            message = f"'{what}': {number} can't be; write a number from 0 to {MOST_SEATS}"
            raise InputError(message)
    if minimum > seats:
        message = f"a minimum of {minimum} can't be reached with {seats} seats; name a lower one"
        raise InputError(message)
    kept = sum(rules.quota.seats.values()) if rules.quota else 0
    if kept > seats:
        message = f"{kept} seats are kept for organisations, and there would be only {seats}"
        raise InputError(f"{message}; offer {kept} or more")
    return seats, minimum


def _seed(offer: Offer, starts_on: date) -> int:
    """Derive a seed that is the same wherever the same intake is planned."""
    digest = hashlib.sha256(f"{offer.path}/{offer.name}/{starts_on}".encode()).digest()
    return int.from_bytes(digest[:4]) & LARGEST_SEED
