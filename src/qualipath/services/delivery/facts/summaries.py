"""What HR's weekly summary tells: the week's numbers, and what waits for somebody."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row as SqlRow
from sqlalchemy import Select, func, select, text

from qualipath.definition.local_time import day_start
from qualipath.definition.spec import LifecycleSpec, Outcome, Role
from qualipath.definition.values import Locale
from qualipath.domain.actor import Actor
from qualipath.notices.mail import Row, Value
from qualipath.services.act import Act
from qualipath.services.delivery.facts.overdue import overdue_requests
from qualipath.services.delivery.facts.standing import awaits_result
from qualipath.services.delivery.facts.wording import day_of, last_day_before, tell_day
from qualipath.services.delivery.waiting import Subject
from qualipath.services.intakes.asking import intakes_by_id
from qualipath.services.models import Intake
from qualipath.services.organisations import reach_of
from qualipath.services.seats import ADMIT
from qualipath.storage.records import load_organisations
from qualipath.storage.scope import visible_notices
from qualipath.storage.tables import (
    enrolment,
    history,
    intake,
    notice,
    organisation,
    organisation_reach,
)

MOST = 100
"""How many rows each of a summary's lists has at the most."""

_AHEAD = ("planned", "open", "closed", "allocated", "running")


def tell_summary(act: Act, subject: Subject, locale: Locale) -> dict[str, Value]:
    """Tell the last whole week before the subject's day, of an organisation and all below it."""
    monday = _monday(subject)
    since, until = monday - timedelta(days=7), monday - timedelta(days=1)
    place = _Place.of(act, subject)
    counted = _week(act, subject)
    undelivered, held = _unsent(act, place)
    requests = overdue_requests(act, subject, _below(subject), most=MOST)
    return {
        "since": tell_day(since, locale),
        "until": tell_day(until, locale),
        **{name: str(counted[name]) for name in _COUNTED},
        "requests": tuple(each.row(locale) for each in requests),
        "intakes": tuple(_intake(each, locale) for each in _intakes(act, place)),
        "results": tuple(_outstanding(act, subject, locale)),
        "undelivered": str(undelivered),
        "held": str(held),
    }


@dataclass(frozen=True, slots=True)
class _Place:
    """The organisation of a summary: its HR, its `own` paths, and all that its people may use."""

    hr: Actor
    own: Sequence[str]
    shared: Sequence[str]

    @classmethod
    def of(cls, act: Act, subject: Subject) -> "_Place":
        key = act.connection.execute(
            select(organisation.c.key).where(organisation.c.id == subject.organisation_id)
        ).scalar_one()
        hr = Actor(Role.HR, "qualipath", key)
        below = reach_of(replace(act, actor=hr))
        above = load_organisations(act.connection, [subject.organisation_id])
        in_line = {*below, *above[subject.organisation_id]}
        paths = act.library.paths(act.connection)
        owners = {path: act.library.owner(act.connection, path) for path in paths}
        known = set(act.connection.scalars(select(organisation.c.key)))
        return cls(
            hr,
            own=[path for path, owner in owners.items() if owner in below],
            # A path may belong to an organisation that has no people here.
            shared=[p for p, owner in owners.items() if owner in in_line or owner not in known],
        )


def _below(subject: Subject) -> Select[tuple[int]]:
    """Select the ids of the organisation and of all below it."""
    return select(organisation_reach.c.organisation_id).where(
        organisation_reach.c.above_id == subject.organisation_id
    )


# --- What happened --------------------------------------------------------------------------------

_COUNTED = ("applied", "admitted", "completed", "failed", "withdrawn")


def _week(act: Act, subject: Subject) -> Counter[str]:
    """Count what was recorded in the last whole week, whenever it holds."""
    zone, monday = ZoneInfo(subject.timezone), _monday(subject)
    until, since = day_start(monday, zone), day_start(monday - timedelta(days=7), zone)
    columns = history.c
    what = (
        columns.path_version_id,
        enrolment.c.tier,
        columns.trigger,
        columns.source,
        columns.target,
    )
    rows = act.connection.execute(
        select(*what, func.count().label("number"))
        .join(enrolment, enrolment.c.id == columns.enrolment_id)
        .where(
            columns.recorded_at >= since,
            columns.recorded_at < until,
            columns.path_version_id.is_not(None),
            enrolment.c.organisation_id.in_(_below(subject)),
        )
        .group_by(*what)
    )
    counted: Counter[str] = Counter()
    for row in rows:
        definition = act.library.by_id(act.connection, row.path_version_id).definition
        # After a migration a tier may have another name than when it happened.
        if row.tier in definition.path.tiers:
            for name in _kinds(row, definition.lifecycle_of(row.tier)):
                counted[name] += row.number
    return counted


def _monday(subject: Subject) -> date:
    """Give the day after the last whole week: sent late, a summary tells no other week."""
    return subject.today - timedelta(days=subject.today.weekday())


def _kinds(row: SqlRow[Any], lifecycle: LifecycleSpec) -> Iterator[str]:
    """Tell as what a step counts."""
    if any(t.window for t in lifecycle.transitions if t.trigger == row.trigger):
        yield "applied"
    if row.trigger == "withdraw":
        yield "withdrawn"
    if row.source == row.target:
        return
    if row.target in {t.to for t in lifecycle.transitions if t.trigger == ADMIT}:
        yield "admitted"
    outcomes = {Outcome.COMPLETED: "completed", Outcome.FAILED: "failed"}
    state = lifecycle.states.get(row.target)
    if state is not None and state.closed in outcomes:
        yield outcomes[state.closed]


# --- What waits -----------------------------------------------------------------------------------


def _intakes(act: Act, place: _Place) -> Sequence[Intake]:
    """Give the intakes ahead or running, those that start first."""
    columns = intake.c
    wanted = (
        select(columns.id)
        .where(columns.path.in_(place.shared), columns.state.in_(_AHEAD))
        .order_by(columns.starts_on, columns.id)
        .limit(MOST)
    )
    return intakes_by_id(act, act.connection.scalars(wanted).all())


def _intake(view: Intake, locale: Locale) -> Row:
    return {
        "tier": view.tier_title.text(locale),
        "term": view.term,
        "state": view.state_title.text(locale),
        "applied": str(view.applied),
        "taken": str(view.taken),
        "seats": str(view.seats),
        "waiting": str(view.waiting),
        "closes_on": tell_day(last_day_before(view.closes_at, view.timezone), locale),
        "starts_on": tell_day(view.starts_on, locale),
    }


def _outstanding(act: Act, subject: Subject, locale: Locale) -> Iterator[Row]:
    """Tell of how many people results are outstanding, by intakes that are over."""
    over = (
        select(intake.c.path, intake.c.tier, intake.c.term, func.count().label("number"))
        .join(enrolment, enrolment.c.intake_id == intake.c.id)
        .where(
            intake.c.ends_on < day_of(act.effective_at, subject.timezone),
            awaits_result(),
            enrolment.c.organisation_id.in_(_below(subject)),
        )
        .group_by(intake.c.id, intake.c.path, intake.c.tier, intake.c.term, intake.c.ends_on)
        .order_by(intake.c.ends_on, intake.c.id)
        .limit(MOST)
    )
    for row in act.connection.execute(over).all():
        definition = act.library.offering(act.connection, row.path, row.tier).definition
        title = definition.path.tiers[row.tier].title
        yield {"tier": title.text(locale), "term": row.term, "count": str(row.number)}


def _unsent(act: Act, place: _Place) -> tuple[int, int]:
    """Count the mails that could not be delivered, and those on hold."""
    theirs = visible_notices(place.hr, place.own)
    # In the words of the partial indexes, which a bound value would not lead to.
    dead, held = (
        act.connection.scalar(select(func.count()).select_from(notice).where(status, theirs)) or 0
        for status in (text("status = 'dead'"), text("status = 'held'"))
    )
    return dead, held
