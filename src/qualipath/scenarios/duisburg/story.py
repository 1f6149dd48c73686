"""Duisburg's story as a script over the public API: its scenes, in the order of their days."""

from collections.abc import Callable, Iterator
from datetime import date
from itertools import chain
from pathlib import Path

from qualipath.definition.values import Text
from qualipath.domain.wording import Sentence, sentence
from qualipath.engine import Qualipath
from qualipath.scenarios.duisburg import entries, incidents
from qualipath.scenarios.duisburg.cast import PEOPLE, copy_sheets, read_cast
from qualipath.scenarios.duisburg.courses import COURSES, LISTS, Dated
from qualipath.scenarios.duisburg.stage import CITY, HR, PATH, Stage
from qualipath.scenarios.standing import life_of, members_of, openings_of, tallies_of
from qualipath.scenarios.telling import Chapter, Locale, Story

BEGINS_ON = date(2020, 9, 1)
ENDS_ON = date(2022, 3, 31)


def play(
    qualipath: Qualipath,
    sheets: Path,
    *,
    locale: Locale = "de",
    tell: Callable[[Chapter], None] | None = None,
) -> Story:
    """Play the story into a database without people, on the story's own clock.

    The files that it imports are put into the folder `sheets`. People's reasons are written in the
    language of `locale`; `tell` gets each chapter as it has happened.
    """
    copies = copy_sheets(sheets)
    stage = Stage(qualipath, read_cast(), sheets, locale, BEGINS_ON)
    chapters: list[Chapter] = []
    for dated in sorted(_scenes(), key=lambda dated: dated.on):
        stage.on = dated.on
        caption = dated.scene(stage)
        if caption is None:
            continue
        text = Text(de=caption.text("de"), en=caption.text("en"))
        chapters.append(Chapter(on=dated.on, text=text))
        if tell:
            tell(chapters[-1])
    stage.on = ENDS_ON
    people, definition = stage.cast.participants, stage.definition
    return Story(
        path=PATH,
        title=definition.path.title,
        source=definition.path.source,
        begun_on=BEGINS_ON,
        ended_on=ENDS_ON,
        chapters=tuple(chapters),
        members=members_of(stage.hr, PATH, {p.number: (p.name, p.department) for p in people}),
        attempts=tallies_of(stage.hr, definition),
        refused=tuple(stage.refusals),
        life=life_of(stage.hr, definition, incidents.PROTAGONIST, _names(stage)),
        openings=openings_of(stage.hr, definition),
        sheets=copies,
    )


def _names(stage: Stage) -> dict[str, str]:
    return {number: person.name for number, person in stage.cast.people.items()}


def _scenes() -> Iterator[Dated]:
    yield Dated(BEGINS_ON, _open)
    # The order among scenes of one day: who starts on it has been admitted before.
    yield from entries.scenes()
    yield from chain.from_iterable(course.scenes() for course in COURSES)
    yield from incidents.scenes()
    yield from chain.from_iterable(results.scenes() for results in LISTS)
    yield Dated(ENDS_ON, _decide)


def _open(stage: Stage) -> Sentence:
    stage.hr.add_organisation(CITY, "Stadt Duisburg")
    published = stage.qualipath.publish(PATH, by=HR, now=stage.now)
    report = stage.hr.import_people(stage.sheets / PEOPLE)
    return sentence(
        "Die Stadt veröffentlicht den Qualifizierungspfad (Fassung {version}); aus {sheet} kommen "
        "{total} Beschäftigte, davon {leaders} Führungskräfte.",
        "The city publishes the qualification path (version {version}); {sheet} brings {total} "
        "employees, {leaders} of them supervisors.",
        version=published.version,
        sheet=PEOPLE,
        total=report.total,
        leaders=report.total - len(stage.cast.participants),
    )


def _decide(stage: Stage) -> Sentence:
    ready = sum(1 for _ in stage.hr.eligible(PATH, entries.MASTERS))
    return sentence(
        "Die Stadt zieht Bilanz; in den Masterstudiengang könnten nun wechseln: {ready}.",
        "The city takes stock; those who could now move on to the master's programme: {ready}.",
        ready=ready,
    )
