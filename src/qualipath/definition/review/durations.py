"""How long a period is, as far as two of them can be compared."""

from qualipath.definition.source import Location, Source
from qualipath.definition.values import Period
from qualipath.errors import Problem

_DAYS = {"days": 1.0, "weeks": 7.0, "months": 30.4375, "years": 365.25}
_LONGEST = Period(100, "years")


def in_days(period: Period) -> float:
    """Give a period's average length."""
    return period.number * _DAYS[period.unit]


def too_long(period: Period | None, at: Location, source: Source) -> list[Problem]:
    """Find a period so long that dates run out of years."""
    if period is None or in_days(period) <= in_days(_LONGEST):
        return []
    return [source.problem(at, f"{period} is too long", f"write at most {_LONGEST}")]
