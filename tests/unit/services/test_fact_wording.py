"""How mails tell single facts: when a course is taught, how often digests come, last days."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from qualipath.definition.intakes import SessionsSpec
from qualipath.domain.correspondence import Correspondence
from qualipath.services.delivery.facts.wording import (
    last_day_before,
    tell_day,
    tell_grade,
    tell_rhythm,
    tell_sessions,
    tell_span,
)


@pytest.mark.parametrize(
    ("days", "de", "en"),
    [
        ({}, "montags bis freitags 08:30 bis 16:00 Uhr", "Mondays to Fridays 08:30 to 16:00"),
        ({"days": "thursday"}, "donnerstags 08:30 bis 16:00 Uhr", "Thursdays 08:30 to 16:00"),
        (
            {"days": ["tuesday", "monday"]},
            "montags und dienstags 08:30 bis 16:00 Uhr",
            "Mondays and Tuesdays 08:30 to 16:00",
        ),
        (
            {"days": ["monday", "wednesday", "saturday"]},
            "montags, mittwochs und samstags 08:30 bis 16:00 Uhr",
            "Mondays, Wednesdays and Saturdays 08:30 to 16:00",
        ),
    ],
)
def test_sessions_are_told_by_their_days_and_times(days: dict[str, Any], de: str, en: str) -> None:
    spec = SessionsSpec.model_validate({"from": "08:30", "until": "16:00", **days})
    assert (tell_sessions(spec, "de"), tell_sessions(spec, "en")) == (de, en)


@pytest.mark.parametrize(
    ("settings", "de", "en"),
    [
        (Correspondence(), "täglich um 7 Uhr", "daily at 7"),
        (Correspondence(rhythm="weekly", hour=0), "montags um 0 Uhr", "on Mondays at 0"),
        (Correspondence(rhythm="at_once"), None, None),
    ],
)
def test_the_rhythm_is_told_with_its_hour(
    settings: Correspondence, de: str | None, en: str | None
) -> None:
    assert (tell_rhythm(settings, "de"), tell_rhythm(settings, "en")) == (de, en)


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2026, 7, 15, 22, tzinfo=UTC), date(2026, 7, 15)),
        (datetime(2026, 7, 15, 22, 1, tzinfo=UTC), date(2026, 7, 16)),
        (datetime(2026, 12, 15, 23, tzinfo=UTC), date(2026, 12, 15)),
    ],
)
def test_the_last_day_before_a_midnight_counts_in_full(instant: datetime, day: date) -> None:
    assert last_day_before(instant, "Europe/Berlin") == day


def test_what_is_not_known_is_not_told() -> None:
    assert tell_day(None, "de") is tell_grade(None, "de") is tell_sessions(None, "de") is None
    assert tell_span(date(2026, 7, 1), None, "de") is None


def test_grades_are_written_as_each_language_does() -> None:
    assert (tell_grade(170, "de"), tell_grade(170, "en")) == ("1,7", "1.7")
