"""How single facts are told: days, spans of days, numbers and times in the reader's language."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from qualipath.definition.intakes import SessionsSpec
from qualipath.definition.values import Locale, Text
from qualipath.domain.correspondence import Correspondence
from qualipath.domain.phrases import decimal
from qualipath.domain.wording import sentence, told

_WEEKDAYS = (
    Text(de="montags", en="Mondays"),
    Text(de="dienstags", en="Tuesdays"),
    Text(de="mittwochs", en="Wednesdays"),
    Text(de="donnerstags", en="Thursdays"),
    Text(de="freitags", en="Fridays"),
    Text(de="samstags", en="Saturdays"),
    Text(de="sonntags", en="Sundays"),
)
_FEWEST_IN_A_RUN = 3


# A page of mails tells the same few days again and again.
@lru_cache(maxsize=4096)
def tell_day(day: date | None, locale: Locale) -> str | None:
    """Tell a day in full, such as `1. April 2027`."""
    return None if day is None else told(day, locale)


def day_of(instant: datetime, timezone: str) -> date:
    """Give the day on which an instant lies where the time zone is."""
    return instant.astimezone(ZoneInfo(timezone)).date()


def last_day_before(instant: datetime, timezone: str) -> date:
    """Give the last day that is over, or ends, by an instant: it counts in full."""
    return day_of(instant - timedelta(microseconds=1), timezone)


def tell_span(first: date | None, last: date | None, locale: Locale) -> str | None:
    """Tell from when to when something lasts."""
    if first is None or last is None:
        return None
    return sentence("{first} bis {last}", "{first} to {last}", first=first, last=last).text(locale)


def tell_grade(grade: int | None, locale: Locale) -> str | None:
    """Tell a grade (in hundredths)."""
    return None if grade is None else decimal(grade).text(locale)


def tell_sessions(sessions: SessionsSpec | None, locale: Locale) -> str | None:
    """Tell on which days of the week and at what time a course is taught."""
    if sessions is None:
        return None
    times = sentence(
        "{days} {begins} bis {ends} Uhr",
        "{days} {begins} to {ends}",
        days=_tell_weekdays(sessions.weekdays, locale),
        begins=f"{sessions.begins_at:%H:%M}",
        ends=f"{sessions.ends_at:%H:%M}",
    )
    return times.text(locale)


def tell_rhythm(settings: Correspondence, locale: Locale) -> str | None:
    """Tell how often digests come, and at which hour; None where none is to come."""
    how_often = {
        "daily": ("täglich um {hour} Uhr", "daily at {hour}"),
        "weekly": ("montags um {hour} Uhr", "on Mondays at {hour}"),
    }
    if settings.rhythm not in how_often:
        return None
    de, en = how_often[settings.rhythm]
    return sentence(de, en, hour=settings.hour).text(locale)


def _tell_weekdays(days: Sequence[int], locale: Locale) -> str:
    names = [_WEEKDAYS[day].text(locale) for day in days]
    in_a_run = all(after - before == 1 for before, after in pairwise(days))
    if in_a_run and len(days) >= _FEWEST_IN_A_RUN:
        return _joined([names[0]], names[-1], " bis " if locale == "de" else " to ")
    return _joined(names[:-1], names[-1], " und " if locale == "de" else " and ")


def _joined(first: Sequence[str], last: str, by: str) -> str:
    return by.join([*([", ".join(first)] if first else []), last])
