"""What is told of an intake: what is taught, when, by whom, and how long it takes applications."""

from qualipath.definition.values import Locale
from qualipath.services.delivery.facts.wording import (
    day_of,
    tell_day,
    tell_sessions,
    tell_span,
)
from qualipath.services.delivery.waiting import Subject


def tell_course(subject: Subject, locale: Locale) -> dict[str, str | None]:
    """Tell the tier and the path of a notice, and its intake, if it has one."""
    path = subject.published.definition.path if subject.published else None
    tier = tier_of(subject)
    told: dict[str, str | None] = {
        "tier": path.tiers[tier].title.text(locale) if path and tier in path.tiers else tier,
        "path": path.title.text(locale) if path else "",
    }
    intake = subject.intake
    if intake is None:
        return told
    dates, rules = intake.dates, path.tiers[tier].intakes if path and tier in path.tiers else None
    return told | {
        "term": intake.term,
        "starts_on": tell_day(dates.starts_on, locale),
        "ends_on": tell_day(dates.ends_on, locale),
        "lectures": tell_span(dates.lectures_from, dates.lectures_until, locale),
        "sessions": tell_sessions(rules.sessions if rules else None, locale),
        "opens_on": tell_day(day_of(dates.opens_at, intake.timezone), locale),
        "closes_on": tell_day(intake.last_day_to_apply, locale),
        "provider": subject.provider.title if subject.provider else intake.provider,
        "seats": str(intake.seats),
    }


def tier_of(subject: Subject) -> str:
    """Give the key of the tier that a notice is about."""
    if subject.attempt is not None:
        return subject.attempt.tier
    return subject.intake.tier if subject.intake else ""
