"""The courses of Duisburg's story: their days, who applies, and how each of them goes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date

from qualipath.definition.values import Text
from qualipath.domain.wording import Sentence, sentence
from qualipath.scenarios.duisburg.cast import RESULTS
from qualipath.scenarios.duisburg.stage import PATH, Stage

Scene = Callable[[Stage], Sentence | None]
"""Plays something on the stage's present day, and gives its caption if it has one."""


@dataclass(frozen=True, slots=True)
class Dated:
    """A scene, and the day on which it is played."""

    on: date
    scene: Scene


@dataclass(frozen=True, slots=True)
class Course:
    """One tier held once: applications, approvals by supervisors, admission by HR, and start.

    `declined` are those whom the supervisor lets not go, and why; `missing` those who, admitted,
    do not come. A course without grades ends on `ends_on`; else a list of results comes.
    """

    name: str
    tier: str
    applied_on: date
    approved_on: date
    admitted_on: date
    starts_on: date
    ends_on: date | None = None
    declined: dict[str, Text] = field(default_factory=dict)
    missing: tuple[str, ...] = ()

    def scenes(self) -> Iterator[Dated]:
        """Give the course's scenes."""
        yield Dated(self.applied_on, self._apply)
        yield Dated(self.approved_on, self._approve)
        yield Dated(self.admitted_on, self._admit)
        yield Dated(self.starts_on, self._start)
        if self.ends_on:
            yield Dated(self.ends_on, self._end)

    def _apply(self, stage: Stage) -> Sentence:
        numbers = stage.cast.applicants[self.name]
        for number in numbers:
            stage.apply(number, self.tier)
        return sentence(
            "{tier}, Beginn {start}: Anträge: {n}.",
            "{tier}, starting {start}: applications: {n}.",
            tier=stage.title(self.tier),
            start=self.starts_on,
            n=len(numbers),
        )

    def _approve(self, stage: Stage) -> Sentence:
        numbers = stage.cast.applicants[self.name]
        for number, reason in self.declined.items():
            leader = stage.supervisor(stage.cast.people[number].supervisor or "")
            leader.fire(stage.id(number, self.tier), "decline", reason=stage.say(reason))
        stage.approve(self._admissible(stage), self.tier)
        approved, declined = len(numbers) - len(self.declined), len(self.declined)
        return _decided(stage.title(self.tier), approved, declined)

    def _admissible(self, stage: Stage) -> list[str]:
        return [n for n in stage.cast.applicants[self.name] if n not in self.declined]

    def _admit(self, stage: Stage) -> None:
        ids = stage.ids(self._admissible(stage), self.tier)
        stage.hr.fire_many(ids, "admit", atomic=True)

    def _start(self, stage: Stage) -> Sentence:
        coming = [n for n in self._admissible(stage) if n not in self.missing]
        ids = stage.ids(coming, self.tier)
        outcomes = stage.hr.fire_many(ids, "start")
        refused = [(n, o) for n, o in zip(coming, outcomes, strict=True) if o.refused]
        for number, outcome in refused:
            stage.refuse(number, self.tier, "start", outcome.reasons)
            why = "; ".join(reason.text(stage.locale) for reason in outcome.reasons)
            stage.hr.fire(outcome.id, "decline", reason=why)
        for id_ in stage.ids(self.missing, self.tier):
            stage.hr.fire(id_, "no_show")
        return _begun(stage.title(self.tier), len(coming), len(self.missing), len(refused))

    def _end(self, stage: Stage) -> Sentence:
        done = [n for n in self._admissible(stage) if n not in self.missing]
        stage.hr.fire_many(stage.ids(done, self.tier), "complete", atomic=True)
        return sentence(
            "{tier}: Abschlüsse: {n}.",
            "{tier}: completed by {n}.",
            tier=stage.title(self.tier),
            n=len(done),
        )


def _decided(tier: Text, approved: int, declined: int) -> Sentence:
    de, en = "{tier}: Führungskräfte genehmigen: {n}", "{tier}: supervisors approve: {n}"
    if declined:
        de, en = f"{de}; lehnen ab: {{declined}}", f"{en}; decline: {{declined}}"
    return sentence(f"{de}.", f"{en}.", tier=tier, n=approved, declined=declined)


def _begun(tier: Text, coming: int, missing: int, refused: int) -> Sentence:
    de, en = "{tier} beginnt: Teilnehmende: {n}", "{tier} starts: participants: {n}"
    if missing:
        de, en = f"{de}; nicht erschienen: {{missing}}", f"{en}; did not come: {{missing}}"
    if refused:
        de += "; ohne die Voraussetzungen und deshalb nicht dabei: {refused}"
        en += "; without the prerequisites and therefore refused: {refused}"
    n = coming - refused
    return sentence(f"{de}.", f"{en}.", tier=tier, n=n, missing=missing, refused=refused)


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


# The press release tells the bootcamp's two days, that certificates begin in the first quarter of
# 2021, and a semester for each; all other days, and all people, are made up.
COURSES = (
    Course(
        name="bootcamp_september",
        tier="bootcamp",
        applied_on=date(2020, 9, 2),
        approved_on=date(2020, 9, 9),
        admitted_on=date(2020, 9, 14),
        starts_on=date(2020, 9, 24),
        ends_on=date(2020, 9, 25),
        declined={
            "1034": Text(
                de="Bis zum Abschluss der Kommunalwahl 2020 im Wahlamt unabkömmlich.",
                en="Needed at the election office until the local elections of 2020 are over.",
            )
        },
        missing=("1035",),
    ),
    Course(
        name="bootcamp_october",
        tier="bootcamp",
        applied_on=date(2020, 9, 16),
        approved_on=date(2020, 9, 23),
        admitted_on=date(2020, 9, 30),
        starts_on=date(2020, 10, 15),
        ends_on=date(2020, 10, 16),
    ),
    Course(
        name="certificate_1_first",
        tier="certificate_1",
        applied_on=date(2020, 11, 23),
        approved_on=date(2020, 12, 1),
        admitted_on=date(2020, 12, 14),
        starts_on=date(2021, 1, 18),
        missing=("1033",),
    ),
    Course(
        name="certificate_2_first",
        tier="certificate_2",
        applied_on=date(2020, 11, 24),
        approved_on=date(2020, 12, 1),
        admitted_on=date(2020, 12, 14),
        starts_on=date(2021, 1, 18),
    ),
    # These apply while certificate 1 is still running: who fails it is refused at the start.
    Course(
        name="certificate_2_second",
        tier="certificate_2",
        applied_on=date(2021, 6, 14),
        approved_on=date(2021, 6, 21),
        admitted_on=date(2021, 6, 28),
        starts_on=date(2021, 10, 4),
    ),
    Course(
        name="certificate_1_again",
        tier="certificate_1",
        applied_on=date(2021, 8, 30),
        approved_on=date(2021, 9, 6),
        admitted_on=date(2021, 9, 13),
        starts_on=date(2021, 10, 4),
    ),
    Course(
        name="certificate_2_again",
        tier="certificate_2",
        applied_on=date(2021, 8, 30),
        approved_on=date(2021, 9, 6),
        admitted_on=date(2021, 9, 13),
        starts_on=date(2021, 10, 4),
    ),
)
LISTS = (
    ResultsList(date(2021, 7, 23), RESULTS[0]),
    ResultsList(date(2022, 3, 25), RESULTS[1]),
)
