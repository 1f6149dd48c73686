"""Who begins above the first tier in Duisburg's story, and by what right."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from qualipath.definition.values import Text
from qualipath.domain.wording import Sentence, sentence
from qualipath.errors import RefusedError
from qualipath.scenarios.duisburg.offers import FIRST, MASTERS, SECOND
from qualipath.scenarios.duisburg.scenes import Dated
from qualipath.scenarios.duisburg.stage import PATH, Stage
from qualipath.services.models import Told

# Universities recognise foreign degrees for further studies under section 63a (1) of the Higher
# Education Act of North Rhine-Westphalia (Hochschulgesetz NRW), in line with the Lisbon Recognition
# Convention. The statement of comparability by the Central Office for Foreign Education (ZAB) is
# evidence for that, no recognition by itself. Section 63a (7) is for what was learnt elsewhere and
# is equal in content and level. See anerkennung-in-deutschland.de, "Lissabon-Konvention".
DEGREE_BASIS = Text(
    de="§ 63a Abs. 1 Hochschulgesetz NRW; Lissabon-Konvention",
    en="Section 63a (1) Higher Education Act NRW; Lisbon Recognition Convention",
)
LEARNING_BASIS = Text(
    de="§ 63a Abs. 7 Hochschulgesetz NRW", en="Section 63a (7) Higher Education Act NRW"
)


@dataclass(frozen=True, slots=True)
class Held:
    """Something that HR records of somebody: what, and by which evidence."""

    number: str
    what: str
    kind: str
    evidence: Text
    awarded_on: date
    basis: Text | None = None

    def record(self, stage: Stage) -> None:
        """Let HR record it."""
        stage.hr.recognise(
            self.number,
            self.what,
            kind=self.kind,
            evidence=stage.say(self.evidence),
            basis=stage.say(self.basis) if self.basis else None,
            awarded_on=self.awarded_on,
        )


def _degree(number: str, what: str, de: str, en: str, awarded_on: date) -> Held:
    return Held(number, what, "degree", Text(de=de, en=en), awarded_on)


DEGREES = (
    _degree(
        "1001",
        "bachelor/computer_science",
        "Bachelorurkunde Informatik, Abschrift in der Personalakte",
        "Bachelor's certificate in computer science, copy on the personnel file",
        date(2010, 3, 31),
    ),
    _degree(
        "1014",
        "bachelor/public_administration",
        "Bachelorurkunde Verwaltungswissenschaft, Abschrift in der Personalakte",
        "Bachelor's certificate in public administration, copy on the personnel file",
        date(2010, 6, 30),
    ),
)
FOREIGN = Held(
    "1025",
    "bachelor/computer_science",
    "degree",
    Text(
        de="Ausländischer Bachelor Informatik; Zeugnisbewertung der ZAB vom 3. September 2020, "
        "Anerkennung durch die Universität vom 22. September 2020",
        en="Foreign bachelor's degree in computer science; statement of comparability by the ZAB "
        "of 3 September 2020, recognised by the university on 22 September 2020",
    ),
    date(2020, 9, 22),
    DEGREE_BASIS,
)
LATER_DEGREES = tuple(
    _degree(
        number,
        "bachelor/business_administration",
        "Bachelorurkunde Betriebswirtschaft, Abschrift in der Personalakte",
        "Bachelor's certificate in business administration, copy on the personnel file",
        date(2012, 9, 30),
    )
    for number in ("1002", "1012", "1030")
)
_COURSE_CERTIFICATE = Text(
    de="Hochschulzertifikat „Digitale Verwaltung“ (10 ECTS) von 2019",
    en='University certificate "Digital administration" (10 ECTS) of 2019',
)
RECOGNISED = tuple(
    Held(
        number,
        "certificate_1",
        "recognition",
        _COURSE_CERTIFICATE,
        date(2020, 11, 20),
        LEARNING_BASIS,
    )
    for number in ("1005", "1012", "1019", "1026", "1031")
)
INSTEAD_OF_BOOTCAMP = (
    Held(
        "1009",
        "digital/process_management",
        "certificate",
        Text(
            de="Zertifikat Prozessmanagement eines Studieninstituts von 2018",
            en="Certificate in process management by a training institute, of 2018",
        ),
        date(2018, 6, 15),
    ),
    Held(
        "1022",
        "digital/e_government",
        "recognition",
        Text(
            de="Fortbildungsnachweise E-Government 2017 bis 2019, von der Universität anerkannt",
            en="Training records in e-government 2017 to 2019, recognised by the university",
        ),
        date(2020, 11, 18),
        LEARNING_BASIS,
    ),
)


def scenes() -> Iterator[Dated]:
    """Give the scenes of those who enter the master's directly, and of what was recognised."""
    yield Dated(date(2020, 9, 3), _nominate_two)
    yield Dated(date(2020, 9, 7), _apply_three)
    yield Dated(date(2020, 9, 10), _approve_two)
    yield Dated(date(2020, 9, 24), _recognise_third)
    yield Dated(date(2020, 9, 28), _approve_third)
    yield Dated(date(2020, 10, 1), _count_three)
    yield Dated(date(2020, 11, 20), _recognise_learning)
    yield Dated(date(2021, 8, 16), _record_later_degrees)


def _nominate_two(stage: Stage) -> Sentence:
    for degree in DEGREES:
        degree.record(stage)
        stage.hr.nominate(degree.number, PATH, MASTERS)
    return sentence(
        "Die Personalstelle erfasst zwei Hochschulabschlüsse ({names}) und schlägt beide vor: "
        "{tier}.",
        "HR records two degrees ({names}) and nominates both: {tier}.",
        names=stage.names(degree.number for degree in DEGREES),
        tier=stage.title(MASTERS),
    )


def _apply_three(stage: Stage) -> Sentence:
    for degree in DEGREES:
        stage.apply(degree.number, MASTERS)
    name = stage.cast.name(FOREIGN.number)
    try:
        stage.apply(FOREIGN.number, MASTERS)
    except RefusedError as refused:
        stage.refuse(FOREIGN.number, MASTERS, "apply", map(Told.of, refused.reasons))
    return sentence(
        "Drei beantragen den Masterstudiengang; der Antrag von {name} wird mit Gründen abgewiesen.",
        "Three apply to the master's programme; the application of {name} is refused with reasons.",
        name=name,
    )


def _approve_two(stage: Stage) -> None:
    stage.approve([degree.number for degree in DEGREES], MASTERS)


def _recognise_third(stage: Stage) -> Sentence:
    FOREIGN.record(stage)
    stage.hr.nominate(FOREIGN.number, PATH, MASTERS)
    stage.apply(FOREIGN.number, MASTERS)
    return sentence(
        "Der ausländische Abschluss von {name} ist anerkannt; die Personalstelle schlägt vor, und "
        "der neue Antrag geht durch.",
        "The foreign degree of {name} is recognised; HR nominates, and the new application passes.",
        name=stage.cast.name(FOREIGN.number),
    )


def _approve_third(stage: Stage) -> None:
    stage.approve([FOREIGN.number], MASTERS)


def _count_three(stage: Stage) -> Sentence:
    three = [held.number for held in (*DEGREES, FOREIGN)]
    return sentence(
        "Drei sind im Masterstudiengang, bevor ein Zertifikatskurs gelaufen ist: {names}.",
        "Three are in the master's programme before any certificate course was run: {names}.",
        names=stage.names(three),
    )


def _recognise_learning(stage: Stage) -> Sentence:
    for held in (*RECOGNISED, *INSTEAD_OF_BOOTCAMP):
        held.record(stage)
    return sentence(
        "Anerkannt wird, was {all} anderswo gelernt haben: {n} gehen gleich in {second}, {m} ohne "
        "das Bootcamp in {first}.",
        "What {all} learnt elsewhere is recognised: {n} go straight to {second}, {m} without the "
        "bootcamp to {first}.",
        all=len(RECOGNISED) + len(INSTEAD_OF_BOOTCAMP),
        n=len(RECOGNISED),
        m=len(INSTEAD_OF_BOOTCAMP),
        first=stage.title(FIRST),
        second=stage.title(SECOND),
    )


def _record_later_degrees(stage: Stage) -> None:
    for degree in LATER_DEGREES:
        degree.record(stage)
