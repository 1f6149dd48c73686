"""Plan intakes: one with dates of its own, or those of the terms to come."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime

from sqlalchemy import select

from qualipath.definition.calendars import CalendarSpec
from qualipath.definition.spec import AVAILABLE
from qualipath.definition.values import Period
from qualipath.domain.terms import Term
from qualipath.errors import InputError
from qualipath.services.act import Act
from qualipath.services.change import Offered
from qualipath.services.commands import once
from qualipath.services.intakes.asking import intake as asked_intake
from qualipath.services.intakes.asking import intakes_by_id
from qualipath.services.intakes.drafting import Offer, Wish, in_order
from qualipath.services.intakes.instants import When, day_of, shown
from qualipath.services.intakes.steps import machine_of, take_step
from qualipath.services.library import Published
from qualipath.services.loading import known_tier
from qualipath.services.models import Intake
from qualipath.services.permission import only_owner
from qualipath.services.recording.planning import hold_planning, set_planning
from qualipath.storage.tables import intake

Calendars = Mapping[str, CalendarSpec]

_TAKING = ("planned", "open")
_A_TERM = Period(2, "years")
"""Longer than from one term to the next one of its kind."""


def plan_intake(  # noqa: PLR0913 -- what people may say of an intake
    act: Act,
    calendars: Calendars,
    path: str,
    tier: str,
    *,
    starts_on: str | date,
    ends_on: str | date | None = None,
    opens: When | None = None,
    closes: When | None = None,
    allocates: When | None = None,
    seats: int | None = None,
    minimum: int | None = None,
    provider: str | None = None,
    parallel: bool = False,
    seed: int | None = None,
) -> Intake:
    """Plan an intake of a tier with dates of its own; the rules give what is left out.

    Windows that are left out are the calendar's, counted from the start; without any, applications
    open at once and close as the course starts. An intake that starts as a term does is that
    term's, unless it has one. `parallel` lets its window overlap that of another one of the tier.

    Raises:
        NotFoundError: there is no such path or tier.
        InputError: dates, seats or the windows of two intakes do not go together.
        RefusedError: the rules do not allow it; every reason is given.
    """
    content = {
        "path": path,
        "tier": tier,
        "dates": [starts_on, ends_on, opens, closes, allocates],
        "sizes": [seats, minimum, seed],
        "provider": provider,
        "parallel": parallel,
    }

    def run() -> Intake:
        wish = Wish(
            starts_on=day_of(starts_on, "starts_on"),
            ends_on=day_of(ends_on, "ends_on") if ends_on is not None else None,
            opens=opens,
            closes=closes,
            allocates=allocates,
            seats=seats,
            minimum=minimum,
            provider=provider,
            seed=seed,
        )
        published = _held(act, path)
        known_tier(published, tier)
        offer = Offer.of(published.definition.path, tier, calendars)
        with _told_of(offer):
            term = offer.beginning(wish.starts_on)
            if term is not None and (tier, term.label) in _planned(act, path):
                term = None
            dates = in_order(offer.dates(wish, term, act.effective_at), offer.zone, act.effective_at)
        drafted = offer.draft(wish, dates, term.label if term else None)
        if not parallel:
            _refuse_overlap(act, offer, drafted)
        return asked_intake(act, _plan(act, drafted))

    return once(act, "plan intake", content, Intake, run)


def plan_terms(
    act: Act, calendars: Calendars, path: str, *, until: date
) -> tuple[Intake, ...]:
    """Plan the intakes of all terms that begin by `until`, and give the new ones.

    Every tier is planned that has `intakes` and a calendar with terms. A term that was planned
    once, even if it was cancelled, is left alone, and so is one whose window is over.

    Raises:
        NotFoundError: there is no such path.
        RefusedError: the rules do not allow it; every reason is given.
    """

    def run() -> tuple[Intake, ...]:
        published = _held(act, path)
        first = act.effective_at.date()
        drafts = _drafts(act, _offers(published, calendars), first, until)
        return intakes_by_id(act, [_plan(act, drafted) for drafted in drafts])

    content = {"path": path, "until": until}
    return once(act, "plan terms", content, tuple[Intake, ...], run)


def plan_due(act: Act, calendars: Calendars, path: str, due_at: datetime) -> int:
    """Plan the terms that are due to be planned at an instant, and give how many those are.

    A term is due as long before its first day as its tier says. What was missed is planned as long
    as applications can still be made. Nothing is done where the instant is not due any more.

    Raises:
        InputError: a calendar can't be read any more, or its days can't be.
    """
    if hold_planning(act, path) != due_at:
        return 0
    published = act.library.newest(act.connection, path)
    offers = _offers(published, calendars) if _by_schedule(published, act) else ()
    first = due_at.date() - _DAY
    due: list[Offered] = []
    later: list[datetime] = []
    for offer in offers:
        with _told_of(offer):
            last = _A_TERM.after(offer.intakes.ahead.after(first))
            plans = [(offer.planned_at(t), t) for t in offer.terms(first, last)]
    ...
    return len(due)
