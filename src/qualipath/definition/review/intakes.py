"""What can't be meant in how a tier is offered: seats, terms, windows, ranks, and its lifecycle."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from qualipath.definition.calendars import CalendarSpec
from qualipath.definition.catalogue import Catalogue
from qualipath.definition.intakes import GradeCriterion, IntakeSpec, QuotaCriterion
from qualipath.definition.local_time import day_start
from qualipath.definition.review.calendars import calendar_problems, is_sound
from qualipath.definition.review.durations import too_long
from qualipath.definition.review.windows import tried_terms, window_problems
from qualipath.definition.source import Location, Source, suggestion
from qualipath.definition.spec import LifecycleSpec, PathSpec, Role
from qualipath.definition.windows import opening_before
from qualipath.errors import Problem

_FIRED = ("admit", "waitlist", "offer", "start", "decline", "pass_over", "cancel")
"""What the programme fires on the enrolments of an intake."""


def intake_problems(catalogue: Catalogue, path: PathSpec, source: Source) -> Iterator[Problem]:
    """Find everything in a path's `intakes` that can't be meant, together with its calendars."""
    for name, tier in path.tiers.items():
        at = ("tiers", name, "intakes")
        if tier.intakes is None or not source.whole(at):
            continue
        if path.intake_lifecycle is None and source.whole(("intake_lifecycle",)):
            what = "the path does not say what its intakes go through"
            yield source.problem(at, what, "write 'intake_lifecycle: intake'", key=True)
        yield from _seat_problems(tier.intakes, at, source)
        yield from _session_problems(tier.intakes, (*at, "sessions"), source)
        yield from _criterion_problems(tier.intakes, (*at, "allocation"), source)
        lifecycle = catalogue.lifecycles.get(tier.lifecycle)
        own = tier.lifecycle != path.intake_lifecycle
        if lifecycle and own and not catalogue.sources["lifecycle", tier.lifecycle].lost:
            yield from _lifecycle_problems(tier.intakes, lifecycle, at, source)
        key = tier.calendar or path.calendar
        calendar = catalogue.calendars.get(key)
        if calendar and is_sound(calendar, written := catalogue.sources["calendar", key]):
            found = list(_calendar_problems(tier.intakes, calendar, at, source))
            yield from found
            if not found and not any(calendar_problems(calendar, written)):
                yield from _order_problems(tier.intakes, calendar, at, source)


def _seat_problems(intakes: IntakeSpec, at: Location, source: Source) -> Iterator[Problem]:
    if intakes.minimum > intakes.seats:
        what = f"a minimum of {intakes.minimum} can't be reached with {intakes.seats} seats"
        yield source.problem((*at, "minimum"), what, f"write {intakes.seats} or less")
    for number, criterion in enumerate(intakes.allocation):
        if isinstance(criterion, QuotaCriterion):
            kept = sum(criterion.quota.seats.values())
            if kept > intakes.seats:
                what = f"{kept} seats are kept for organisations, and there are {intakes.seats}"
                place = (*at, "allocation", number, "quota", "seats")
                yield source.problem(place, what, "keep fewer, or offer more", key=True)


def _session_problems(intakes: IntakeSpec, at: Location, source: Source) -> Iterator[Problem]:
    sessions = intakes.sessions
    if sessions is None:
        return
    if sessions.ends_at <= sessions.begins_at:
        what = f"sessions from {sessions.begins} end at {sessions.ends} already"
        yield source.problem((*at, "until"), what, "write a later time of the same day")
    for number, day in enumerate(sessions.days):
        if day in sessions.days[:number]:
            what = f"'{day}' is named twice"
            yield source.problem((*at, "days", number), what, "name it once")


def _criterion_problems(intakes: IntakeSpec, at: Location, source: Source) -> Iterator[Problem]:
    seen: set[object] = set()
    for number, criterion in enumerate(intakes.allocation):
        kind: object = criterion
        if isinstance(criterion, QuotaCriterion):
            kind = "quota"
        elif isinstance(criterion, GradeCriterion):
            kind = f"grade of {criterion.grade}"
        if "lot" in seen:
            what = "after the lot nobody is equal any more"
            yield source.problem((*at, number), what, "let the lot come last, or leave it out")
        elif kind in seen:
            what = f"the criterion '{kind}' is named twice"
            yield source.problem((*at, number), what, "name it once")
        seen.add(kind)


def _lifecycle_problems(
    intakes: IntakeSpec, lifecycle: LifecycleSpec, at: Location, source: Source
) -> Iterator[Problem]:
    name = lifecycle.lifecycle
    fired = (*_FIRED, "carry_over") if intakes.carry_over else _FIRED
    for trigger in fired:
        named = [t for t in lifecycle.transitions if t.trigger == trigger]
        if not named:
            what = f"the lifecycle '{name}' has no trigger '{trigger}', which intakes fire"
            yield source.problem(at, what, "add it, as the shipped lifecycles have it", key=True)
        elif not any(Role.SCHEDULE in transition.roles for transition in named):
            what = f"'{trigger}' of the lifecycle '{name}' can't be fired by an intake"
            yield source.problem(at, what, f"add 'schedule' to the roles of '{trigger}'", key=True)
    if not any(transition.window for transition in lifecycle.transitions):
        what = f"nothing in the lifecycle '{name}' puts an enrolment into an intake"
        yield source.problem(at, what, "write 'window: true' at the application", key=True)
    for mark in ("waiting", "seat"):
        if not any(getattr(state, mark) for state in lifecycle.states.values()):
            what = f"the lifecycle '{name}' has no state with '{mark}: true'"
            yield source.problem(at, what, "mark one, as the shipped lifecycles do", key=True)


def _calendar_problems(
    intakes: IntakeSpec, calendar: CalendarSpec, at: Location, source: Source
) -> Iterator[Problem]:
    names = [term.name for term in calendar.terms]
    unknown = [term for term in intakes.terms if term not in names]
    for number, term in enumerate(intakes.terms):
        if term in unknown:
            what = f"the calendar '{calendar.calendar}' has no term '{term}'"
            yield source.problem((*at, "terms", number), what, suggestion(term, names))
    if calendar.terms and not (intakes.windows or calendar.windows):
        what = f"neither they nor the calendar '{calendar.calendar}' have windows"
        yield source.problem(at, what, "write 'windows' with 'opens' and 'closes'", key=True)
    if intakes.windows and not unknown:
        place = (*at, "windows")
        yield from window_problems(calendar, intakes.windows, place, source, intakes.terms)
    yield from too_long(intakes.ahead, (*at, "ahead"), source)
    for number, criterion in enumerate(intakes.allocation):
        if isinstance(criterion, QuotaCriterion):
            place = (*at, "allocation", number, "quota", "lapses")
            yield from too_long(criterion.quota.lapses, place, source)


def _order_problems(
    intakes: IntakeSpec, calendar: CalendarSpec, at: Location, source: Source
) -> Iterator[Problem]:
    """Find what would come in the wrong order: planning and opening, allocation and lapse."""
    windows = intakes.windows or calendar.windows
    if windows is None:
        return
    zone = ZoneInfo(calendar.timezone)
    terms = tried_terms(calendar, intakes.terms)
    openings = [(t, opening_before(calendar, windows, t.starts_on)) for t in terms]
    for term, opening in openings if calendar.terms else ():
        if day_start(intakes.ahead.before(term.starts_on), zone) > opening.opens_at:
            what = f"applications for {term.label} would open before it is planned"
            yield source.problem((*at, "ahead"), what, "plan earlier, or open later")
            break
    for number, criterion in enumerate(intakes.allocation):
        if not isinstance(criterion, QuotaCriterion):
            continue
        lapses = criterion.quota.lapses
        for term, opening in openings:
            if day_start(lapses.before(term.starts_on), zone) < opening.allocates_at:
                what = f"the quotas for {term.label} would lapse before seats are given"
                place = (*at, "allocation", number, "quota", "lapses")
                yield source.problem(place, what, "let them lapse later")
                break
