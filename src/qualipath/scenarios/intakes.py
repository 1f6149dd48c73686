"""Name intakes, and tell in numbers what became of them and of the scheduler's work."""

from collections.abc import Mapping
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from qualipath.definition.values import Text
from qualipath.domain.wording import sentence
from qualipath.engine import ActingAs
from qualipath.scenarios.telling import Offered, Window, Work
from qualipath.services.models import Intake

_PLANNED = "planned"
_WORKS = {
    "planning": Text(de="Durchgänge geplant", en="intakes planned"),
    "intakes": Text(
        de="Durchgänge geöffnet, geschlossen, vergeben, begonnen oder beendet",
        en="intakes opened, closed, allocated, started or finished",
    ),
    "reminders": Text(de="erinnert und nachgefasst", en="reminders and escalations"),
    "triggers": Text(de="Angebote und Vorschläge verfallen", en="offers and nominations lapsed"),
    "intake_reminders": Text(de="Ergebnisse angemahnt", en="overdue results asked for"),
    "credentials": Text(de="Nachweise abgelaufen", en="credentials expired"),
}


def intake_name(intake: Intake) -> Text:
    """Name an intake by its tier and its term, or else its first day."""
    if intake.term:
        named = sentence("{tier} {term}", "{tier} {term}", tier=intake.tier_title, term=intake.term)
    else:
        named = sentence(
            "{tier} ab {day}", "{tier} of {day}", tier=intake.tier_title, day=intake.starts_on
        )
    return Text(de=named.text("de"), en=named.text("en"))


def first_day_to_apply(intake: Intake) -> date:
    """Give the first day, where the intake is, on which applications are taken."""
    return intake.opens_at.astimezone(ZoneInfo(intake.timezone)).date()


def last_day_to_apply(intake: Intake) -> date:
    """Give the last day, where the intake is, on which applications are taken."""
    last = intake.closes_at.astimezone(ZoneInfo(intake.timezone)) - timedelta(microseconds=1)
    return last.date()


def intakes_of(hr: ActingAs, path: str) -> tuple[Offered, ...]:
    """Tell what became of the intakes of a path that are more than planned, by their start."""
    known = {intake.id: intake for intake in hr.intakes(path)}
    return tuple(
        Offered(
            name=intake_name(known[row.intake]),
            tier=row.tier,
            term=row.term,
            starts_on=row.starts_on,
            state=row.state,
            state_title=known[row.intake].state_title,
            seats=row.seats,
            applied=row.applied,
            waited=row.waited,
            admitted=row.admitted,
            attended=row.attended,
            completed=row.completed,
            failed=row.failed,
            outstanding=row.outstanding,
        )
        for row in hr.report(path)
        if row.state != _PLANNED
    )


def windows_of(hr: ActingAs, path: str) -> tuple[Window, ...]:
    """Tell when people can apply to the intakes that are planned, the next ones first."""
    planned = sorted(hr.intakes(path, state=_PLANNED), key=lambda intake: intake.opens_at)
    return tuple(
        Window(
            name=intake_name(intake),
            tier=intake.tier,
            opens_on=first_day_to_apply(intake),
            closes_on=last_day_to_apply(intake),
        )
        for intake in planned
    )


def works_of(effects: Mapping[str, int]) -> tuple[Work, ...]:
    """Tell what the scheduler did, by what its ticks counted."""
    return tuple(
        Work(job=job, title=title, times=effects[job])
        for job, title in _WORKS.items()
        if effects.get(job)
    )
