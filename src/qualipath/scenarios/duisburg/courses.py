"""The courses of Duisburg's story: who applies when, who approves, who comes, and the results."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from qualipath.definition.values import Text
from qualipath.domain.wording import Sentence, sentence
from qualipath.scenarios.duisburg.cast import RESULTS
from qualipath.scenarios.duisburg.offers import (
    BOOTCAMP,
    FIRST,
    JANUARY_2021,
    MASTERS,
    OCTOBER,
    SECOND,
    SEPTEMBER,
)
from qualipath.scenarios.duisburg.scenes import Dated
from qualipath.scenarios.duisburg.stage import PATH, Stage
from qualipath.scenarios.intakes import intake_name
from qualipath.services.models import Enrolment

_NAMED = 3
"""Up to how many people are told by name."""


@dataclass(frozen=True, slots=True)
class Round:
    """Those who apply to one intake on one day, and the day on which their supervisors decide.

    `declined` are those whom the supervisor lets not go, and why.
    """

    name: str
    tier: str
    applied_on: date
    approved_on: date
    declined: dict[str, Text] = field(default_factory=dict)

    def scenes(self) -> Iterator[Dated]:
        """Give the round's scenes."""
        yield Dated(self.applied_on, self._apply)
        yield Dated(self.approved_on, self._approve)

    def _apply(self, stage: Stage) -> Sentence:
        (intake,) = stage.hr.intakes(PATH, self.tier, "open")
        stage.rounds[self.name] = intake.id
        numbers = stage.cast.applicants[self.name]
        for number in numbers:
            stage.apply(number, self.tier)
        return sentence(
            "{intake}: Anträge: {who}.",
            "{intake}: applications: {who}.",
            intake=intake_name(intake),
            who=_who(stage, numbers),
        )

    def _approve(self, stage: Stage) -> Sentence | None:
        numbers = stage.cast.applicants[self.name]
        for number, reason in self.declined.items():
            enrolment = stage.id(number, self.tier)
            stage.supervisor(number).fire(enrolment, "decline", reason=stage.say(reason))
        admissible = [number for number in numbers if number not in self.declined]
        approved = stage.approve(admissible, self.tier)
        if len(numbers) <= _NAMED:
            return None
        intake = stage.hr.intake(stage.rounds[self.name])
        return _decided(intake_name(intake), approved, len(self.declined))


def _decided(intake: Text, approved: Iterable[Enrolment], declined: int) -> Sentence:
    """Tell how supervisors decided, and what follows at once where seats go as people come."""
    states = Counter(enrolment.state for enrolment in approved)
    parts = (
        ("Führungskräfte genehmigen: {n}", "supervisors approve: {n}", states.total()),
        ("lehnen ab: {n}", "decline: {n}", declined),
        ("gleich zugelassen: {n}", "admitted at once: {n}", states["admitted"]),
        ("auf der Warteliste: {n}", "on the waiting list: {n}", states["waitlisted"]),
    )
    told = [sentence(de, en, n=n) for de, en, n in parts if n]
    return sentence("{intake}: {parts}.", "{intake}: {parts}.", intake=intake, parts=told)


def _who(stage: Stage, numbers: tuple[str, ...]) -> object:
    return len(numbers) if len(numbers) > _NAMED else stage.names(numbers)


@dataclass(frozen=True, slots=True)
class Absence:
    """Somebody who, admitted, does not come: HR notes it on the first day."""

    tier: str
    starts_on: date
    number: str

    def scenes(self) -> Iterator[Dated]:
        """Give the scene."""
        yield Dated(self.starts_on, self._note)

    def _note(self, stage: Stage) -> Sentence:
        intake = stage.intake(self.tier, self.starts_on)
        stage.hr.fire(stage.id(self.number, self.tier), "no_show")
        de, en = "{intake}: {name} ist nicht erschienen", "{intake}: {name} did not come"
        offered = stage.names(stage.in_state(intake, "offered"))
        if offered:
            de, en = f"{de}; der Platz wird angeboten: {{next}}", f"{en}; offered to {{next}}"
        return sentence(
            f"{de}.",
            f"{en}.",
            intake=intake_name(intake),
            name=stage.cast.name(self.number),
            next=offered,
        )


@dataclass(frozen=True, slots=True)
class Completion:
    """A bootcamp without grades, that HR ticks off on the Monday after."""

    starts_on: date
    noted_on: date

    def scenes(self) -> Iterator[Dated]:
        """Give the scene."""
        yield Dated(self.noted_on, self._note)

    def _note(self, stage: Stage) -> Sentence:
        intake = stage.intake(BOOTCAMP, self.starts_on)
        done = list(stage.in_state(intake, "attending").values())
        stage.hr.fire_many(done, "complete", atomic=True)
        return sentence(
            "{intake}: Abschlüsse: {n}.",
            "{intake}: completed by {n}.",
            intake=intake_name(intake),
            n=len(done),
        )


@dataclass(frozen=True, slots=True)
class ResultsList:
    """A list of results that the university sends, and the day on which HR imports it."""

    imported_on: date
    sheet: str

    def scenes(self) -> Iterator[Dated]:
        """Give the import."""
        yield Dated(self.imported_on, self._import)

    def _import(self, stage: Stage) -> Sentence:
        report = stage.hr.import_results(stage.sheets / self.sheet, path=PATH)
        return sentence(
            "Die Hochschule schickt {total} Ergebnisse ({sheet}): {passed} bestanden, "
            "{failed} nicht bestanden.",
            "The university sends {total} results ({sheet}): {passed} passed, {failed} failed.",
            total=report.total,
            sheet=self.sheet,
            passed=report.completed,
            failed=report.failed,
        )


_ELECTION = Text(
    de="Bis zum Abschluss der Kommunalwahl 2020 im Wahlamt unabkömmlich.",
    en="Needed at the election office until the local elections of 2020 are over.",
)

# The press release tells the bootcamp's two days, that certificates begin in the first quarter of
# 2021, and a semester for each; all other days, and all people, are made up.
ROUNDS = (
    Round(
        "bootcamp_september",
        BOOTCAMP,
        date(2020, 9, 2),
        date(2020, 9, 8),
        declined={"1034": _ELECTION},
    ),
    Round("bootcamp_october", BOOTCAMP, date(2020, 9, 16), date(2020, 9, 22)),
    Round("bootcamp_october_late", BOOTCAMP, date(2020, 9, 28), date(2020, 9, 30)),
    Round("certificate_1_january", FIRST, date(2020, 11, 23), date(2020, 12, 1)),
    Round("certificate_1_january_late", FIRST, date(2020, 11, 25), date(2020, 12, 1)),
    Round("certificate_2_january", SECOND, date(2020, 11, 24), date(2020, 11, 30)),
    Round("certificate_1_summer", FIRST, date(2021, 2, 8), date(2021, 2, 10)),
    # These apply while certificate 1 is still running: who fails it gets no seat.
    Round("certificate_2_winter", SECOND, date(2021, 6, 14), date(2021, 6, 18)),
    Round("certificate_1_winter", FIRST, date(2021, 8, 9), date(2021, 8, 12)),
    Round("certificate_2_winter_late", SECOND, date(2021, 8, 9), date(2021, 8, 12)),
    Round("masters_winter", MASTERS, date(2021, 8, 17), date(2021, 8, 19)),
    # And these while it runs for the second time: who fails it is refused on the first day.
    Round("certificate_2_summer", SECOND, date(2022, 1, 10), date(2022, 1, 14)),
)
AFTERWARDS = (
    Absence(BOOTCAMP, SEPTEMBER, "1035"),
    Completion(SEPTEMBER, date(2020, 9, 28)),
    Completion(OCTOBER, date(2020, 10, 19)),
    Absence(FIRST, JANUARY_2021, "1033"),
    ResultsList(date(2021, 7, 23), RESULTS[0]),
    ResultsList(date(2022, 3, 25), RESULTS[1]),
)


def scenes() -> Iterator[Dated]:
    """Give the scenes, those of each course in their order."""
    for each in (*ROUNDS, *AFTERWARDS):
        yield from each.scenes()
