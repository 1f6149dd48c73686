"""What goes otherwise than planned in Duisburg's story: freed seats, a pause, a misread grade."""

from collections.abc import Iterator
from datetime import date

from qualipath.definition.values import Text
from qualipath.domain.wording import Sentence, sentence
from qualipath.errors import RefusedError
from qualipath.scenarios.duisburg.offers import BOOTCAMP, FIRST, JANUARY_2021, SEPTEMBER
from qualipath.scenarios.duisburg.scenes import Dated
from qualipath.scenarios.duisburg.stage import PATH, Stage
from qualipath.scenarios.intakes import first_day_to_apply
from qualipath.services.models import Told

NOMINATED = ("1020", "1027")
PAUSED = "1017"
WITHDRAWN = "1028"
PROTAGONIST = "1006"
"""Fails certificate 1, is therefore refused certificate 2, repeats, and has a grade misread."""
FREED = ("1015", "1004")
"""Give their seats in the first bootcamp back, one after the other."""
WAITING = ("1008", "1013", "1016")
"""Wait for them: the first accepts, the second does not answer, so the third is asked."""
EARLY = "1036"
"""Applies before the window opens, then as the last one, and moves up on the first day."""

_ABSENT, _DEPUTY = "2003", "2001"
_AWAY = (date(2021, 6, 7), date(2021, 7, 2))
_PARENTAL_LEAVE = Text(
    de="Elternzeit bis Ende September 2021", en="Parental leave until the end of September 2021"
)
_STANDS_IN = Text(
    de="Vertretung einer erkrankten Kollegin", en="Has to stand in for a colleague who is ill"
)
_BUDGET = Text(de="Termin im Haushaltsausschuss", en="Meeting of the budget committee")
_NEW_POST = Text(de="Wechsel auf eine andere Stelle", en="Has taken another post")
_MISREAD = Text(
    de="Übertragungsfehler: Im Zeugnis der Universität steht 1,7.",
    en="Misread: the university's transcript says 1.7.",
)


def scenes() -> Iterator[Dated]:
    """Give the scenes."""
    yield Dated(date(2020, 9, 14), _free_first)
    yield Dated(date(2020, 9, 15), _accept_and_free_second)
    yield Dated(date(2020, 9, 23), _accept_after_lapse)
    yield Dated(date(2020, 10, 20), _apply_too_early)
    yield Dated(date(2020, 11, 18), _nominate)
    yield Dated(date(2021, 1, 20), _move_up)
    yield Dated(date(2021, 3, 15), _pause)
    yield Dated(date(2021, 4, 12), _withdraw)
    yield Dated(_AWAY[0], _leave)
    yield Dated(date(2021, 10, 4), _resume)
    yield Dated(date(2022, 3, 28), _correct)


def _free_first(stage: Stage) -> Sentence:
    return _freed(stage, FREED[0], _STANDS_IN)


def _accept_and_free_second(stage: Stage) -> Sentence:
    _accept(stage, WAITING[0], BOOTCAMP)
    return sentence(
        "{name} nimmt den Platz an. {freed}",
        "{name} accepts the seat. {freed}",
        name=stage.cast.name(WAITING[0]),
        freed=_freed(stage, FREED[1], _BUDGET),
    )


def _freed(stage: Stage, number: str, why: Text) -> Sentence:
    attempt = stage.id(number, BOOTCAMP)
    stage.employee(number).fire(attempt, "withdraw", reason=stage.say(why))
    intake = stage.intake(BOOTCAMP, SEPTEMBER)
    return sentence(
        "{name} zieht zurück ({why}); der Platz wird angeboten: {offered}.",
        "{name} withdraws ({why}); the seat is offered to {offered}.",
        name=stage.cast.name(number),
        why=why,
        offered=stage.names(stage.in_state(intake, "offered")),
    )


def _accept_after_lapse(stage: Stage) -> Sentence:
    _, silent, asked = WAITING
    _accept(stage, asked, BOOTCAMP)
    return sentence(
        "{silent} hat nicht geantwortet: Das Angebot ist nach sieben Tagen verfallen und an {name} "
        "gegangen, die Zusage ist da.",
        "{silent} has not answered: after seven days the offer has lapsed and gone to {name}, who "
        "accepts.",
        silent=stage.cast.name(silent),
        name=stage.cast.name(asked),
    )


def _apply_too_early(stage: Stage) -> Sentence:
    try:
        stage.apply(EARLY, FIRST)
    except RefusedError as refused:
        stage.refuse(EARLY, FIRST, "apply", map(Told.of, refused.reasons))
    intake = stage.intake(FIRST, JANUARY_2021)
    return sentence(
        "Der Antrag von {name} kommt zu früh ({tier}); die Antwort nennt das nächste Fenster, ab "
        "{day}.",
        "The application of {name} is too early ({tier}); the answer names the next window, from "
        "{day}.",
        name=stage.cast.name(EARLY),
        tier=stage.title(FIRST),
        day=first_day_to_apply(intake),
    )


def _move_up(stage: Stage) -> Sentence:
    _accept(stage, EARLY, FIRST)
    intake = stage.intake(FIRST, JANUARY_2021)
    return sentence(
        "{name} nimmt den Platz an und ist gleich dabei; besetzt sind {n} von {seats} Plätzen.",
        "{name} accepts the seat and attends at once; {n} of {seats} seats are taken.",
        name=stage.cast.name(EARLY),
        n=len(stage.in_state(intake, "attending")),
        seats=intake.seats,
    )


def _accept(stage: Stage, number: str, tier: str) -> None:
    stage.employee(number).fire(stage.id(number, tier), "accept")


def _nominate(stage: Stage) -> Sentence:
    for number in NOMINATED:
        stage.supervisor(number).nominate(number, PATH, FIRST)
    return sentence(
        "Führungskräfte schlagen vor: {names}: {tier}.",
        "Supervisors nominate {names}: {tier}.",
        names=stage.names(NOMINATED),
        tier=stage.title(FIRST),
    )


def _pause(stage: Stage) -> Sentence:
    stage.hr.fire(stage.id(PAUSED, FIRST), "pause", reason=stage.say(_PARENTAL_LEAVE))
    return sentence(
        "{name} unterbricht den Kurs: {why}.",
        "{name} pauses the course: {why}.",
        name=stage.cast.name(PAUSED),
        why=_PARENTAL_LEAVE,
    )


def _resume(stage: Stage) -> Sentence:
    stage.hr.fire(stage.id(PAUSED, FIRST), "resume")
    return sentence(
        "{name} setzt den Kurs fort.",
        "{name} resumes the course.",
        name=stage.cast.name(PAUSED),
    )


def _withdraw(stage: Stage) -> Sentence:
    attempt = stage.id(WITHDRAWN, FIRST)
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
    attempt = stage.id(PROTAGONIST, FIRST)
    stage.hr.correct(attempt, grade="1.7", reason=stage.say(_MISREAD))
    return sentence(
        "Die Note von {name} in {tier} wird berichtigt: {why}",
        "The grade of {name} in {tier} is corrected: {why}",
        name=stage.cast.name(PROTAGONIST),
        tier=stage.title(FIRST),
        why=_MISREAD,
    )
