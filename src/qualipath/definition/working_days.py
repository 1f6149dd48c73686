"""Which days are worked: no Saturday, no Sunday, no public holiday."""

import re
from collections.abc import Container
from datetime import date, timedelta
from functools import lru_cache

from qualipath.definition.calendars import SUBDIVISION_PATTERN, HolidaysSpec
from qualipath.errors import InputError

_SATURDAY = 5


def working_day(day: date, holidays: HolidaysSpec | None) -> date:
    """Give the day, or else the next one that is worked; raises `InputError` as `known` does."""
    public: Container[date] = known(holidays) if holidays else ()
    while day.weekday() >= _SATURDAY or day in public:
        day += timedelta(days=1)
    return day


@lru_cache
def known(holidays: HolidaysSpec) -> Container[date]:
    """Give all public holidays of a country or one of its subdivisions, of any year.

    Raises `InputError` where none are known, naming what would be right.
    """
    # Importing it takes most of a second, for which only those should wait who need it.
    from holidays import country_holidays, list_supported_countries  # noqa: PLC0415

    country, subdivision = holidays.country, holidays.subdivision
    try:
        return country_holidays(country, subdiv=subdivision)
    except NotImplementedError as error:
        subdivisions = list_supported_countries(include_aliases=False).get(country)
        if subdivisions is None:
            what = f"the public holidays of the country '{country}' are not known"
            raise InputError(f"{what}; write its ISO 3166 code, such as 'DE'") from error
        what = f"'{country}' has no subdivision '{subdivision}'"
        codes = sorted(code for code in subdivisions if re.fullmatch(SUBDIVISION_PATTERN, code))
        raise InputError(f"{what}; known: {', '.join(codes) or 'none'}") from error
