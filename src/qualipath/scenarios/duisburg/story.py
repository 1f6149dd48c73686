"""Duisburg's story as a script over the public API: its scenes, in the order of their days."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

from qualipath.definition.values import Text
from qualipath.domain.wording import Sentence, sentence
from qualipath.engine import Qualipath
from qualipath.scenarios.clock import deliver_until
from qualipath.scenarios.duisburg import courses, entries, incidents, offers
from qualipath.scenarios.duisburg.cast import PEOPLE, copy_sheets, read_cast
from qualipath.scenarios.duisburg.scenes import Dated
from qualipath.scenarios.duisburg.schedule import Watch
from qualipath.scenarios.duisburg.stage import CITY, HR, HR_ADDRESS, PATH, Stage, morning_of
from qualipath.scenarios.intakes import intakes_of, windows_of, works_of
from qualipath.scenarios.standing import life_of, members_of, openings_of, tallies_of
from qualipath.scenarios.telling import Chapter, Locale, Story

BEGINS_ON = date(2020, 9, 1)
ENDS_ON = date(2022, 4, 4)


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
    stage = Stage(qualipath, read_cast(), sheets, locale, morning_of(BEGINS_ON))
    chapters: list[Chapter] = []
    for caption in _played(stage):
        text = Text(de=caption.text("de"), en=caption.text("en"))
        chapters.append(Chapter(on=stage.on, text=text))
        if tell:
            tell(chapters[-1])
    hr, definition, refused = stage.hr, stage.definition, tuple(stage.refusals)
    # The scheduler gives its reasons in the language of the authorities; here they have both.
    said = {r.reasons[0].de: r.reasons[0].text(locale) for r in refused if len(r.reasons) == 1}
    people = {p.number: (p.name, p.department) for p in stage.cast.participants}
    return Story(
        path=PATH,
        title=definition.path.title,
        source=definition.path.source,
        begun_on=BEGINS_ON,
        ended_on=ENDS_ON,
        chapters=tuple(chapters),
        intakes=intakes_of(hr, PATH),
        windows=windows_of(hr, PATH),
        works=works_of(stage.effects),
        members=members_of(hr, PATH, people),
        attempts=tallies_of(hr, definition),
        refused=refused,
        life=life_of(hr, definition, incidents.PROTAGONIST, _names(stage), said),
        openings=openings_of(hr, definition),
        sheets=copies,
    )


def _played(stage: Stage) -> Iterator[Sentence]:
    """Play the scenes on their days, and let the scheduler do its work between them."""
    watch = Watch(stage)
    for dated in sorted(_scenes(), key=lambda dated: dated.on):
        for tick in stage.go_on_to(dated.on):
            yield from watch.look(tick)
        caption = dated.scene(stage)
        if caption is not None:
            yield caption
    deliver_until(stage.qualipath, stage.now, stage.now)


def _names(stage: Stage) -> dict[str, str]:
    return {number: person.name for number, person in stage.cast.people.items()}


def _scenes() -> Iterator[Dated]:
    yield Dated(BEGINS_ON, _open)
    # The order among scenes of one day: what is recognised counts for those who apply on it.
    yield from offers.scenes()
    yield from entries.scenes()
    yield from courses.scenes()
    yield from incidents.scenes()
    yield Dated(ENDS_ON, _decide)


def _open(stage: Stage) -> Sentence:
    stage.hr.add_organisation(CITY, "Stadt Duisburg")
    stage.hr.set_correspondence(CITY, hr_address=HR_ADDRESS)
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
    ready = sum(1 for _ in stage.hr.eligible(PATH, offers.MASTERS))
    return sentence(
        "Die Stadt zieht Bilanz; in den Masterstudiengang könnten nun wechseln: {ready}.",
        "The city takes stock; those who could now move on to the master's programme: {ready}.",
        ready=ready,
    )
