"""What goes otherwise than planned in Duisburg's story: a pause, a withdrawal, a misread grade."""

from collections.abc import Iterator
from datetime import date

from qualipath.definition.values import Text
from qualipath.domain.wording import Sentence, sentence
from qualipath.scenarios.duisburg.courses import Dated
from qualipath.scenarios.duisburg.stage import PATH, Stage

NOMINATED = ("1020", "1027")
PAUSED = "1017"
WITHDRAWN = "1028"
PROTAGONIST = "1006"
"""Fails certificate 1, is therefore refused certificate 2, repeats, and has a grade misread."""

_ABSENT, _DEPUTY = "2003", "2001"
_AWAY = (date(2021, 6, 7), date(2021, 7, 2))
_PARENTAL_LEAVE = Text(
    de="Elternzeit bis Ende September 2021", en="Parental leave until the end of September 2021"
)
_NEW_POST = Text(de="Wechsel auf eine andere Stelle", en="Has taken another post")
_MISREAD = Text(
    de="Übertragungsfehler: Im Zeugnis der Universität steht 1,7.",
    en="Misread: the university's transcript says 1.7.",
)


def scenes() -> Iterator[Dated]:
    """Give the scenes."""
    yield Dated(date(2020, 11, 18), _nominate)
    yield Dated(date(2021, 3, 15), _pause)
    yield Dated(date(2021, 4, 12), _withdraw)
    yield Dated(_AWAY[0], _leave)
    yield Dated(date(2021, 10, 4), _resume)
    yield Dated(date(2022, 3, 28), _correct)


def _nominate(stage: Stage) -> Sentence:
    for number in NOMINATED:
        leader = stage.supervisor(stage.cast.people[number].supervisor or "")
        leader.nominate(number, PATH, "certificate_1")
    return sentence(
        "Führungskräfte schlagen vor: {names}: {tier}.",
        "Supervisors nominate {names}: {tier}.",
        names=tuple(map(stage.cast.name, NOMINATED)),
        tier=stage.title("certificate_1"),
    )


def _pause(stage: Stage) -> Sentence:
    stage.hr.fire(stage.id(PAUSED, "certificate_1"), "pause", reason=stage.say(_PARENTAL_LEAVE))
    return sentence(
        "{name} unterbricht den Kurs: {why}.",
        "{name} pauses the course: {why}.",
        name=stage.cast.name(PAUSED),
        why=_PARENTAL_LEAVE,
    )


def _resume(stage: Stage) -> Sentence:
    stage.hr.fire(stage.id(PAUSED, "certificate_1"), "resume")
    return sentence(
        "{name} setzt den Kurs fort.",
        "{name} resumes the course.",
        name=stage.cast.name(PAUSED),
    )


def _withdraw(stage: Stage) -> Sentence:
    attempt = stage.id(WITHDRAWN, "certificate_1")
    stage.employee(WITHDRAWN).fire(attempt, "withdraw", reason=stage.say(_NEW_POST))
    return sentence(
        "{name} scheidet aus dem Kurs aus: {why}.",
        "{name} withdraws from the course: {why}.",
        name=stage.cast.name(WITHDRAWN),
        why=_NEW_POST,
    )


def _leave(stage: Stage) -> Sentence:
    since, until = _AWAY
    stage.hr.mark_absent(_ABSENT, since, until, deputy=_DEPUTY)
    stage.stands_in[_ABSENT] = (since, until, _DEPUTY)
    return sentence(
        "{name} ist bis {until} abwesend; Anträge entscheidet so lange {deputy}.",
        "{name} is absent until {until}; {deputy} decides on applications meanwhile.",
        name=stage.cast.name(_ABSENT),
        until=until,
        deputy=stage.cast.name(_DEPUTY),
    )


def _correct(stage: Stage) -> Sentence:
    attempt = stage.id(PROTAGONIST, "certificate_1")
    stage.hr.correct(attempt, grade="1.7", reason=stage.say(_MISREAD))
    return sentence(
        "Die Note von {name} in {tier} wird berichtigt: {why}",
        "The grade of {name} in {tier} is corrected: {why}",
        name=stage.cast.name(PROTAGONIST),
        tier=stage.title("certificate_1"),
        why=_MISREAD,
    )
