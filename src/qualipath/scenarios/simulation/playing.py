"""Play years of a path on an empty database: what the scheduler does, and what people do."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from qualipath.definition.spec import Definition
from qualipath.definition.values import Period
from qualipath.engine import Qualipath
from qualipath.errors import InputError
from qualipath.scenarios.simulation.behaviour import Behaviour
from qualipath.scenarios.simulation.course import Course
from qualipath.scenarios.simulation.people import Staff
from qualipath.scenarios.simulation.stage import HR, REASON, Stage
from qualipath.services.models import Intake
from qualipath.services.reports import IntakeReport

# The window of an intake that is planned by hand.
_OPEN_BEFORE, _CLOSED_BEFORE = timedelta(weeks=10), timedelta(weeks=3)
_WEEK = 7

PLAYED = frozenset(
    {
        "apply",
        "approve",
        "decline",
        "admit",
        "offer",
        "accept",
        "start",
        "withdraw",
        "no_show",
        "complete",
        "fail",
    }
)
"""What people do in a simulation."""

Progress = Callable[[int], None]
"""Told how many days are played."""


@dataclass(frozen=True, slots=True)
class Premises:
    """What a simulation begins with; `seats` are other numbers of seats than the path's own."""

    path: str
    employees: int
    years: int
    seed: int
    begins_on: date
    behaviour: Behaviour
    seats: Mapping[str, int]

    @property
    def ends_on(self) -> date:
        """The first day that is not played."""
        return Period(self.years, "years").after(self.begins_on)


def play(
    qualipath: Qualipath, premises: Premises, folder: Path, *, tell: Progress | None = None
) -> tuple[IntakeReport, ...]:
    """Play on an empty database, and give its intakes in numbers.

    The same premises give the same numbers. `folder` takes the files that are imported.
    Raises `InputError` where the path has nothing to be played.
    """
    stage = _set_up(qualipath, premises, folder)
    intakes = [intake for intake in _plan(stage, premises) if intake.starts_on < premises.ends_on]
    if not intakes:
        message = (
            f"nothing of '{premises.path}' starts within {premises.years} years; "
            "give its tiers 'intakes', and the behaviour how often they are 'offered'"
        )
        raise InputError(message)
    for intake in intakes:
        Course(stage, intake, intakes).note()
    for year in range(1, premises.years):
        day = Period(year, "years").after(premises.begins_on)
        stage.diary.note(stage.morning(day), stage.turn_over)
    end = stage.morning(premises.ends_on)
    for at, happening in stage.diary.until(end):
        stage.go_on_to(at)
        happening()
        if tell:
            tell((stage.today - premises.begins_on).days)
    stage.go_on_to(end)
    return tuple(row for row in stage.hr.report(stage.path) if row.starts_on < premises.ends_on)


def require_triggers(definition: Definition) -> None:
    """Make sure that people can do what is simulated; raises `InputError`."""
    for name, tier in definition.path.tiers.items():
        lifecycle = definition.lifecycle_of(name)
        missing = PLAYED - {transition.trigger for transition in lifecycle.transitions}
        if tier.intakes and missing:
            message = (
                f"the lifecycle '{tier.lifecycle}' of {name} has no {', '.join(sorted(missing))}; "
                "a simulation needs all of the shipped lifecycles' triggers"
            )
            raise InputError(message)


def _set_up(qualipath: Qualipath, premises: Premises, folder: Path) -> Stage:
    definition = qualipath.drafts.definition(premises.path)
    staff = Staff(premises.behaviour.staff, premises.seed)
    now = datetime.combine(premises.begins_on, time(), ZoneInfo(definition.timezone))
    stage = Stage(qualipath, definition, premises.behaviour, staff, folder, now)
    organisation = definition.path.organisation
    stage.hr.add_organisation(organisation, organisation)
    qualipath.publish(premises.path, by=HR, now=now)
    stage.hire(premises.employees, new=False)
    return stage


def _plan(stage: Stage, premises: Premises) -> Iterator[Intake]:
    """Plan all intakes: those of the terms, and by hand those of tiers that follow no terms."""
    hr = stage.hr
    for intake in hr.plan_terms(stage.path, years=premises.years):
        seats = premises.seats.get(intake.tier, intake.seats)
        if seats != intake.seats:
            hr.resize_intake(intake.id, seats, reason=REASON)
        yield intake
    calendars = stage.qualipath.drafts.catalogue().calendars
    for name, tier in stage.definition.path.tiers.items():
        if tier.intakes and not calendars[tier.calendar or stage.definition.path.calendar].terms:
            yield from _planned_by_hand(stage, premises, name)


def _planned_by_hand(stage: Stage, premises: Premises, tier: str) -> Iterator[Intake]:
    offered = premises.behaviour.at(tier).offered
    for number in range(premises.years * offered):
        # In the middle of its part of the year: the first one needs time to be applied for.
        months = (2 * number + 1) * 6 // offered
        day = _monday(Period(months, "months").after(premises.begins_on))
        closes = day - _CLOSED_BEFORE
        if closes <= premises.begins_on:
            continue
        yield stage.hr.plan_intake(
            stage.path,
            tier,
            starts_on=day,
            opens=max(premises.begins_on, day - _OPEN_BEFORE),
            closes=closes,
            seats=premises.seats.get(tier),
            parallel=True,
        )


def _monday(day: date) -> date:
    return day + timedelta(days=-day.weekday() % _WEEK)
