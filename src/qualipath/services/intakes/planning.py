"""Plan intakes: one with dates of its own, or those of the terms to come."""

from collections.abc import Iterator
from datetime import date, datetime

from sqlalchemy import select

from qualipath.definition.spec import Role
from qualipath.definition.values import Period
from qualipath.domain.terms import Term, dates_of
from qualipath.errors import InputError
from qualipath.services.act import Act
from qualipath.services.change import Offered
from qualipath.services.commands import once
from qualipath.services.intakes.asking import intake as asked_intake
from qualipath.services.intakes.asking import intakes_by_id
from qualipath.services.intakes.dating import Wanted, dates_as_wanted, in_order
from qualipath.services.intakes.drafting import Sizes, draft
from qualipath.services.intakes.instants import When, day_of, shown
from qualipath.services.intakes.offers import Calendars, Offer
from qualipath.services.intakes.steps import machine_of, take_step
from qualipath.services.library import Published
from qualipath.services.loading import known_tier
from qualipath.services.models import Intake
from qualipath.services.permission import only_owner
from qualipath.services.recording.planning import hold_planning, set_planning
from qualipath.storage.tables import intake

_TAKING = ("planned", "open")
_LONGEST_PAUSE = Period(2, "years")
"""Within it the next term of each kind begins."""


def plan_intake(  # noqa: PLR0913 -- whatever people may say of an intake
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

    Windows are by rule the calendar's, counted from the start; where it has none, applications open
    at once and close as the course starts. An intake that starts as a term does is the term's,
    unless the term has one. `parallel` lets its window overlap that of another one of the tier.

    Raises:
        NotFoundError: there is no such path or tier.
        InputError: its dates, seats or window are missing, can't be, or are not in order.
        RefusedError: the rules do not allow it; every reason is given.
    """
    wanted = Wanted(
        starts_on=day_of(starts_on, "starts_on"),
        ends_on=None if ends_on is None else day_of(ends_on, "ends_on"),
        opens=opens,
        closes=closes,
        allocates=allocates,
    )
    sizes = Sizes(seats, minimum, provider, seed)
    content = {"path": path, "tier": tier, "of": [wanted, sizes], "parallel": parallel}

    def run() -> Intake:
        published = _held(act, path)
        known_tier(published, tier)
        offer = Offer.of(published.definition.path, tier, calendars)
        with offer.readable():
            term = offer.beginning_on(wanted.starts_on)
            if term is not None and (tier, term.label) in _planned(act, path):
                term = None
            dates = dates_as_wanted(offer, wanted, term, act.effective_at)
        dates = in_order(dates, offer.zone, act.effective_at)
        drafted = draft(offer, dates, term.label if term else None, sizes)
        if not parallel:
            _refuse_overlap(act, offer, drafted)
        return asked_intake(act, _plan(act, drafted))

    return once(act, "plan intake", content, Intake, run)


def plan_terms(act: Act, calendars: Calendars, path: str, *, until: date) -> tuple[Intake, ...]:
    """Plan the intakes of all terms that begin by `until`, and give the new ones.

    Every tier is planned that has `intakes` and a calendar with terms. A term that was planned
    once, even if it was cancelled, is left alone, and so is one to which nobody could apply any
    more.

    Raises:
        NotFoundError: there is no such path.
        InputError: a calendar can't be read any more.
        RefusedError: the rules do not allow it; every reason is given.
    """

    def run() -> tuple[Intake, ...]:
        published = _held(act, path)
        offers = _offers(published, calendars)
        terms = ((offer, t) for offer in offers for t in _terms(offer, act.effective_at, until))
        drafts = _drafts(act, path, terms)
        return intakes_by_id(act, [_plan(act, drafted) for drafted in drafts])

    content = {"path": path, "until": until}
    return once(act, "plan terms", content, tuple[Intake, ...], run)


def plan_due(act: Act, calendars: Calendars, path: str, due_at: datetime) -> int:
    """Plan the terms that are due to be planned at an instant, and give how many those are.

    A term is due as long before its first day as its tier says; one to which nobody could apply any
    more is left alone. Nothing is done where planning is not due at the instant any more.

    Raises: InputError where a calendar can't be read any more.
    """
    if hold_planning(act, path) != due_at:
        return 0
    published = act.library.newest(act.connection, path)
    ahead = [
        (offer, term, offer.planned_at(term))
        for offer in (_offers(published, calendars) if _by_schedule(published) else ())
        for term in _terms(offer, due_at, _horizon(offer, due_at))
    ]
    drafts = _drafts(act, path, ((offer, term) for offer, term, at in ahead if at <= due_at))
    for drafted in drafts:
        _plan(act, drafted)
    set_planning(act, path, min((at for _, _, at in ahead if at > due_at), default=None))
    return len(drafts)


def _held(act: Act, path: str) -> Published:
    """Lock a path's planning, for somebody who may plan its intakes, and give its newest version.

    Raises `NotFoundError`, `RefusedError`, and `InputError` for a path without intakes.
    """
    published = act.library.newest(act.connection, path)
    machine_of(published)
    only_owner(act, path)
    hold_planning(act, path)
    return published


def _by_schedule(published: Published) -> bool:
    """Tell whether the path leaves the planning of its terms to the scheduler."""
    if published.definition.path.intake_lifecycle is None:
        return False
    transitions = machine_of(published).lifecycle.transitions
    return any(t.trigger == "plan" and Role.SCHEDULE in t.roles for t in transitions)


def _offers(published: Published, calendars: Calendars) -> tuple[Offer, ...]:
    """Give the tiers whose intakes follow the terms of a calendar."""
    path = published.definition.path
    offered = [name for name, tier in path.tiers.items() if tier.intakes is not None]
    offers = (Offer.of(path, name, calendars) for name in offered)
    return tuple(offer for offer in offers if offer.calendar.terms)


def _terms(offer: Offer, now: datetime, until: date) -> tuple[Term, ...]:
    with offer.readable():
        return offer.terms(now.astimezone(offer.zone).date(), until)


def _horizon(offer: Offer, now: datetime) -> date:
    with offer.readable():
        return _LONGEST_PAUSE.after(offer.rules.ahead.after(now.date()))


def _drafts(act: Act, path: str, terms: Iterator[tuple[Offer, Term]]) -> list[Offered]:
    """Draft the intakes of terms that have none yet and are still open to applications."""
    planned = _planned(act, path)
    drafts = []
    for offer, term in terms:
        if (offer.name, term.label) in planned:
            continue
        with offer.readable():
            dates = dates_of(offer.calendar, offer.rules, offer.tier.duration, term)
        if dates.closes_at > act.effective_at:
            ordered = in_order(dates, offer.zone, act.effective_at)
            drafts.append(draft(offer, ordered, term.label))
    return sorted(drafts, key=lambda drafted: drafted.dates.starts_at)


def _planned(act: Act, path: str) -> set[tuple[str, str]]:
    """Give the tiers and terms that have an intake, also a cancelled one."""
    columns = intake.c
    asked = select(columns.tier, columns.term).where(
        columns.path == path, columns.term.is_not(None)
    )
    return {(row.tier, row.term) for row in act.connection.execute(asked)}


def _plan(act: Act, drafted: Offered) -> int:
    return take_step(act, drafted, "plan").after.written_id


def _refuse_overlap(act: Act, offer: Offer, drafted: Offered) -> None:
    columns = intake.c
    other = act.connection.execute(
        select(intake)
        .where(
            columns.path == drafted.path,
            columns.tier == drafted.tier,
            columns.state.in_(_TAKING),
            columns.opens_at < drafted.dates.closes_at,
            columns.closes_at > drafted.dates.opens_at,
        )
        .order_by(columns.opens_at)
        .limit(1)
    ).one_or_none()
    if other is not None:
        opens, closes = shown(other.opens_at, offer.zone), shown(other.closes_at, offer.zone)
        message = (
            f"its window would overlap that of intake {other.id} ({drafted.tier} "
            f"{other.term or other.starts_on}: {opens} to {closes}); name other dates, or plan it "
            "as parallel"
        )
        raise InputError(message)
