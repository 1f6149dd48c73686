"""One intake of a simulation: what people do around it, and when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial

from qualipath.definition.values import decimals
from qualipath.scenarios.simulation.behaviour import TierBehaviour
from qualipath.scenarios.simulation.diary import Happening
from qualipath.scenarios.simulation.stage import REASON, Stage
from qualipath.services.models import Intake, Roster

# Applications come on so many mornings, within the first part of the window.
_MORNINGS = 3
_PART = 0.6
# An offer is looked at after a while, and once more when those that nobody took have lapsed.
_LOOKED_AT = timedelta(days=2)
_LAPSED = timedelta(days=8)


@dataclass
class Course:
    """Plays one intake: each step notes the next one."""

    stage: Stage
    intake: Intake
    running: Sequence[Intake]
    answered: set[int] = field(default_factory=set)

    @property
    def behaviour(self) -> TierBehaviour:
        """How people behave at the tier."""
        return self.stage.behaviour.at(self.intake.tier)

    def note(self) -> None:
        """Note what is known beforehand."""
        intake = self.intake
        starts_on, allocated_on = intake.starts_on, self._day(intake.allocates_at)
        between = allocated_on + (starts_on - allocated_on) / 2
        self._on(self._day(max(intake.opens_at, self.stage.now)), self._open)
        self._on(allocated_on + timedelta(days=1), self._decide)
        self._on(max(between, allocated_on + timedelta(days=1)), self._withdraw)
        self._on(starts_on, self._begin)
        self._on(self.behaviour.results.day(intake.ends_on), self._result)

    def _open(self) -> None:
        """Choose who applies, and on which morning."""
        numbers = list(self._candidates())
        applicants = self._chosen(numbers, self.behaviour.apply, "apply")
        drawn = self.stage.staff.draw(*self._event, "morning")
        first, last = self.stage.today, self._day(self.intake.closes_at)
        for morning in range(_MORNINGS):
            those = [n for n in numbers if n in applicants and int(drawn(n) * _MORNINGS) == morning]
            day = first + (last - first) * _PART * morning / _MORNINGS
            if those:
                self._on(day, partial(self._apply, those))

    def _candidates(self) -> dict[str, None]:
        """Give those who may begin, or could once what they attend now is completed."""
        stage, tier = self.stage, self.intake.tier
        may = stage.hr.eligible(stage.path, tier, on=self.intake.starts_on)
        found = dict.fromkeys(person.number for person in may)
        before = stage.before(tier)
        for other in self.running:
            if other.tier in before and stage.today <= other.ends_on < self.intake.starts_on:
                found |= dict.fromkeys(self._in_state(stage.hr.roster(other.id), "start"))
        return {number: None for number in found if number in stage.staff.present}

    def _apply(self, numbers: list[str]) -> None:
        stage = self.stage
        here = [number for number in numbers if number in stage.staff.present]
        applications = stage.hr.apply_many(
            here, stage.path, self.intake.tier, intake=self.intake.id
        )
        applied = {a.number: a.enrolment.id for a in applications if a.enrolment}
        if applied:
            day = self.behaviour.approval.after(stage.today)
            self._on(day, partial(self._approve, applied))

    def _approve(self, applied: dict[str, int]) -> None:
        approved = self._chosen(applied, self.behaviour.approve, "approve")
        self.stage.fire((applied[n] for n in applied if n not in approved), "decline")
        self.stage.fire((applied[n] for n in applied if n in approved), "approve")

    def _decide(self) -> None:
        """Decide as HR what becomes of an intake for which too few applied."""
        hr = self.stage.hr
        if not hr.intake(self.intake.id).undersized:
            return
        if self.stage.behaviour.undersized == "run":
            hr.allocate(self.intake.id)
        else:
            hr.cancel_intake(self.intake.id, reason=REASON)

    def _withdraw(self) -> None:
        self._leave_seats("admit", self.behaviour.withdraw, "withdraw")

    def _begin(self) -> None:
        self._leave_seats("start", self.behaviour.no_show, "no_show")

    def _leave_seats(self, reached: str, share: float, trigger: str) -> None:
        roster = self.stage.hr.roster(self.intake.id)
        people = self._in_state(roster, reached)
        gone = self._chosen(people, share, trigger)
        self.stage.fire((people[n] for n in people if n in gone), trigger)
        if any(entry.place is not None for entry in roster.people):
            self._in(_LOOKED_AT, self._answer)

    def _answer(self) -> None:
        """Let people accept the seats that they were offered, or let the offers lapse."""
        if self.stage.now >= self.intake.list_closes_at:
            return
        offered = {n: id_ for n, id_ in self._at("offer").items() if id_ not in self.answered}
        if offered:
            accepted = self._chosen(offered, self.behaviour.accept, "accept")
            self.answered.update(offered.values())
            self.stage.fire((offered[n] for n in offered if n in accepted), "accept")
            self._in(_LAPSED, self._answer)

    def _result(self) -> None:
        """Complete and fail whoever attends, with grades where the lifecycle wants them."""
        stage, tier = self.stage, self.intake.tier
        people = self._at("start")
        passed = self._chosen(people, self.behaviour.passed, "pass")
        stage.fire((people[n] for n in people if n not in passed), "fail")
        ids = {n: people[n] for n in people if n in passed}
        graded = stage.transition(tier, "complete").grade != "none"
        stage.fire(ids.values(), "complete", self._grades(ids) if graded else None)

    def _grades(self, ids: dict[str, int]) -> dict[int, str]:
        scale = self.stage.scale(self.intake.tier)
        drawn = self.stage.staff.draw(*self._event, "grade")
        tenths = (scale.passing - scale.best) / 10
        return {
            id_: decimals(scale.best + round(drawn(number) * tenths) * 10)
            for number, id_ in ids.items()
        }

    # --- Time and chance --------------------------------------------------------------------------

    @property
    def _event(self) -> tuple[object, ...]:
        """What tells this intake from the others, in every run with the same seed."""
        return self.intake.tier, self.intake.starts_on

    def _chosen(self, numbers: Iterable[str], share: float, what: str) -> set[str]:
        return self.stage.staff.chosen(numbers, share, *self._event, what, self.stage.today)

    def _at(self, trigger: str) -> dict[str, int]:
        """Give those in the intake who are where a trigger leads to, by their numbers."""
        return self._in_state(self.stage.hr.roster(self.intake.id), trigger)

    def _in_state(self, roster: Roster, trigger: str) -> dict[str, int]:
        state = self.stage.transition(roster.intake.tier, trigger).to
        return {entry.employee: entry.enrolment for entry in roster.people if entry.state == state}

    def _day(self, instant: datetime) -> date:
        return instant.astimezone(self.stage.zone).date()

    def _on(self, day: date, happening: Happening) -> None:
        # What people hear of today they do tomorrow at the earliest.
        later = self.stage.now + timedelta(hours=1)
        self.stage.diary.note(max(self.stage.morning(day), later), happening)

    def _in(self, time: timedelta, happening: Happening) -> None:
        self.stage.diary.note(self.stage.now + time, happening)
