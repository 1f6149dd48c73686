"""What the scheduler does of itself in Duisburg's story, told as it happens."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from qualipath.domain.wording import Sentence, sentence
from qualipath.engine.ticking import TickReport
from qualipath.scenarios.duisburg.stage import PATH, Stage
from qualipath.scenarios.intakes import intake_name, last_day_to_apply
from qualipath.services.models import Intake

_BY_SCHEDULE = "schedule:"


@dataclass(slots=True)
class Watch:
    """Looks at the intakes after a tick, and tells what the scheduler did with them.

    `_seen` keeps each intake's version, and how many entries its history had; `_declined` the
    enrolments that the scheduler has refused so far.
    """

    stage: Stage
    _seen: dict[int, tuple[int, int]] = field(default_factory=dict)
    _declined: set[int] = field(default_factory=set)

    def look(self, tick: TickReport) -> Iterator[Sentence]:
        """Tell what the scheduler did in a tick."""
        happened = self._happened()
        yield from _planned(happened.get("plan", ()))
        yield from _opened(happened.get("open", ()))
        yield from map(_undersized, happened.get("flag", ()))
        yield from self._allocated(happened.get("allocate", ()))
        yield from self._finished(happened.get("finish", ()))
        yield from self._started(happened.get("start", ()))
        yield from self._reminded(tick.effects)

    def _happened(self) -> Mapping[str, list[Intake]]:
        """Give the intakes that the scheduler has moved since the last look, by trigger."""
        happened: dict[str, list[Intake]] = {}
        for intake in self.stage.hr.intakes(PATH):
            version, known = self._seen.get(intake.id, (0, 0))
            if version == intake.version:
                continue
            entries = self.stage.hr.history_of_intake(intake.id)
            self._seen[intake.id] = intake.version, len(entries)
            for entry in entries[known:]:
                if entry.actor.startswith(_BY_SCHEDULE):
                    happened.setdefault(entry.trigger, []).append(intake)
        return happened

    def _allocated(self, intakes: Sequence[Intake]) -> Iterator[Sentence]:
        """Tell how seats were given by rank; who came first had one before."""
        told = []
        for intake in intakes:
            outcomes = [entry.outcome for entry in self.stage.hr.protocol(intake.id).entries]
            admitted = sentence("zugelassen: {n}", "admitted: {n}", n=outcomes.count("seat"))
            waiting = outcomes.count("waiting")
            if outcomes:
                told.append(_counted(intake, admitted, waiting, self._refused(intake, "admit")))
        if told:
            yield sentence(
                "Der Zeitplan vergibt die Plätze: {told}.",
                "The scheduler gives the seats: {told}.",
                told=told,
            )

    def _started(self, intakes: Sequence[Intake]) -> Iterator[Sentence]:
        told = []
        for intake in intakes:
            coming = sentence("dabei: {n}", "attending: {n}", n=len(self._attending(intake)))
            told.append(_counted(intake, coming, 0, self._refused(intake, "start")))
        if told:
            yield sentence("Es beginnen: {told}.", "Starting: {told}.", told=told)

    def _finished(self, intakes: Sequence[Intake]) -> Iterator[Sentence]:
        for intake in intakes:
            missing = len(self._attending(intake))
            de, en = "{intake} endet; ", "{intake} ends; "
            if missing:
                de += "der Zeitplan fragt nach den Ergebnissen, es fehlen: {missing}."
                en += "the scheduler asks for the results, outstanding: {missing}."
            else:
                de, en = f"{de}alle Ergebnisse sind da.", f"{en}all results are there."
            yield sentence(de, en, intake=intake_name(intake), missing=missing)

    def _reminded(self, effects: Mapping[str, int]) -> Iterator[Sentence]:
        if number := effects.get("reminders"):
            yield sentence(
                "Der Zeitplan erinnert an offene Entscheidungen: {n}.",
                "The scheduler reminds of open decisions: {n}.",
                n=number,
            )
        if effects.get("intake_reminders"):
            finished = self.stage.hr.intakes(PATH, state="finished")
            late = tuple(intake_name(each) for each in finished if self._attending(each))
            yield sentence(
                "Der Zeitplan mahnt fehlende Ergebnisse an: {late}.",
                "The scheduler asks again for outstanding results: {late}.",
                late=late,
            )

    def _attending(self, intake: Intake) -> Mapping[str, int]:
        return self.stage.in_state(intake, "attending")

    def _refused(self, intake: Intake, trigger: str) -> int:
        """Keep whom the scheduler has just refused for want of prerequisites; give their number."""
        new = 0
        for number, id_ in self.stage.in_state(intake, "declined").items():
            *_, last = self.stage.hr.history(id_)
            if id_ not in self._declined and last.actor.startswith(_BY_SCHEDULE):
                self._declined.add(id_)
                lacking = self.stage.lacking(number, intake.tier)
                self.stage.refuse(number, intake.tier, trigger, lacking)
                new += 1
        return new


def _planned(intakes: Sequence[Intake]) -> Iterator[Sentence]:
    if intakes:
        yield sentence(
            "Der Zeitplan plant im Voraus: {intakes}.",
            "The scheduler plans ahead: {intakes}.",
            intakes=tuple(map(intake_name, intakes)),
        )


def _opened(intakes: Sequence[Intake]) -> Iterator[Sentence]:
    for day, several in groupby(sorted(intakes, key=last_day_to_apply), key=last_day_to_apply):
        yield sentence(
            "Der Zeitplan nimmt bis {day} Anträge an und lädt dazu ein: {intakes}.",
            "The scheduler takes applications until {day} and invites: {intakes}.",
            day=day,
            intakes=tuple(map(intake_name, several)),
        )


def _undersized(intake: Intake) -> Sentence:
    return sentence(
        "{intake}: Anträge bis zum Ende des Fensters: {n}, nötig sind {minimum}; die "
        "Personalstelle muss entscheiden.",
        "{intake}: applications when the window closes: {n}, at least {minimum} are needed; HR has "
        "to decide.",
        intake=intake_name(intake),
        n=intake.applied,
        minimum=intake.minimum,
    )


def _counted(intake: Intake, seated: Sentence, waiting: int, refused: int) -> Sentence:
    parts = [seated]
    if waiting:
        parts.append(
            sentence("auf der Warteliste: {n}", "on the waiting list: {n}", n=waiting),
        )
    if refused:
        de, en = "ohne die Voraussetzungen: {n}", "without the prerequisites: {n}"
        parts.append(sentence(de, en, n=refused))
    both = "{intake} ({parts})"
    return sentence(both, both, intake=intake_name(intake), parts=parts)
