"""Where a simulation is played: the installation, its virtual clock, its people and their verbs."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

from qualipath.definition.prerequisites import Completed, Degree, leaves_of
from qualipath.definition.spec import Definition, LifecycleSpec, ScaleSpec, TransitionSpec
from qualipath.engine import ActingAs, Qualipath
from qualipath.scenarios.clock import go_on_to
from qualipath.scenarios.simulation.behaviour import Behaviour
from qualipath.scenarios.simulation.diary import Diary
from qualipath.scenarios.simulation.people import Hired, Staff, write_people

HR = "simulation"
REASON = "Simulation"
_MORNING = time(10)


@dataclass
class Stage:
    """Lets everybody act at the present instant of the simulation, `now`.

    HR acts for all of them, in bulk: who may do what is not what is simulated.
    """

    qualipath: Qualipath
    definition: Definition
    behaviour: Behaviour
    staff: Staff
    folder: Path
    now: datetime
    diary: Diary = field(default_factory=Diary)

    @property
    def path(self) -> str:
        """The path that is played."""
        return self.definition.path.path

    @property
    def hr(self) -> ActingAs:
        """HR, now."""
        return self.qualipath.acting_as("hr", HR, now=self.now)

    @property
    def today(self) -> date:
        """The day where the path is."""
        return self.now.astimezone(self.zone).date()

    @cached_property
    def zone(self) -> ZoneInfo:
        """The path's time zone."""
        return ZoneInfo(self.definition.timezone)

    def morning(self, day: date) -> datetime:
        """Give the instant of a day at which people act."""
        return datetime.combine(day, _MORNING, self.zone)

    def go_on_to(self, at: datetime) -> None:
        """Let the scheduler do what is due until an instant, which then is the present one.

        Raises `QualipathError` where it could not.
        """
        if at == self.now:
            return
        go_on_to(self.qualipath, at)
        self.now = at

    def fire(
        self, ids: Iterable[int], trigger: str, grades: Mapping[int, str] | None = None
    ) -> None:
        """Fire a trigger on enrolments; whom the rules refuse it stays where they are."""
        if chosen := list(ids):
            self.hr.fire_many(chosen, trigger, reason=REASON, grades=grades)

    def transition(self, tier: str, trigger: str) -> TransitionSpec:
        """Give the transition that a trigger stands for at a tier."""
        return next(t for t in self.lifecycle(tier).transitions if t.trigger == trigger)

    def lifecycle(self, tier: str) -> LifecycleSpec:
        """Give the lifecycle of a tier."""
        return self.definition.lifecycle_of(tier)

    def scale(self, tier: str) -> ScaleSpec:
        """Give the scale of a tier's grades."""
        return self.definition.scales[self.definition.scale_of(tier)]

    def before(self, tier: str) -> set[str]:
        """Name the tiers whose completion a tier asks for."""
        asked = self.definition.path.tiers[tier].prerequisites
        leaves = leaves_of(asked) if asked else ()
        return {leaf.completed.tier for leaf in leaves if isinstance(leaf, Completed)}

    # --- The staff --------------------------------------------------------------------------------

    def hire(self, count: int, *, new: bool) -> None:
        """Hire people, and record the degrees that they bring along."""
        people = self.staff.hire(count, self.today, new=new)
        sheet = self.folder / "people.csv"
        write_people(sheet, people)
        self.hr.import_people(sheet, organisation=self.definition.path.organisation)
        self._recognise(people)

    def turn_over(self) -> None:
        """Let a year's leavers go, with all that they have begun, and hire as many."""
        leavers = {person.number for person in self.staff.leave(self.today)}
        for tier in self.definition.path.tiers:
            self.fire(self._open_of(tier, leavers), "withdraw")
        if leavers:
            self.hire(len(leavers), new=True)

    def _open_of(self, tier: str, numbers: set[str]) -> Iterator[int]:
        for state in self.transition(tier, "withdraw").sources:
            for enrolment in self.hr.enrolments(self.path, tier, state):
                if enrolment.employee in numbers:
                    yield enrolment.id

    def _recognise(self, people: Iterable[Hired]) -> None:
        degrees = sorted(self._degrees())
        hr = self.hr
        for person in people:
            for degree in degrees if person.degree else ():
                hr.recognise(
                    person.number,
                    degree,
                    kind="degree",
                    evidence=REASON,
                    awarded_on=person.experience_since,
                )

    def _degrees(self) -> Iterator[str]:
        """Make up a degree for every glob that a tier asks for."""
        for tier in self.definition.path.tiers.values():
            for leaf in leaves_of(tier.prerequisites) if tier.prerequisites else ():
                if isinstance(leaf, Degree):
                    yield leaf.degree.degree.replace("*", "example").replace("?", "x")
