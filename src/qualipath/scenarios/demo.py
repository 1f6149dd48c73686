"""Play a story into a folder: the database, a drawing and a summary to look at afterwards."""

from collections.abc import Callable
from pathlib import Path

from qualipath.domain.drawing import path_svg
from qualipath.engine import Qualipath
from qualipath.engine.delivering import Mailing
from qualipath.scenarios import duisburg
from qualipath.scenarios.drafts import ReadOnce
from qualipath.scenarios.duisburg.cast import SHEETS
from qualipath.scenarios.folder import clear, write
from qualipath.scenarios.mails import Letters
from qualipath.scenarios.summary import day_words, summarise
from qualipath.scenarios.telling import Chapter, DemoReport, Locale, Story

DATABASE = "qualipath.db"
DRAWING = "duisburg_digital.svg"
SUMMARY = "summary.md"
_BESIDE = tuple(f"{DATABASE}{ending}" for ending in ("-journal", "-wal", "-shm"))
MAILS = "mails"
MADE = (DATABASE, *_BESIDE, DRAWING, SUMMARY, *SHEETS, f"{MAILS}/*.eml")
"""The files, by name or pattern, that a demonstration makes and the next one takes away."""


def play_demo(
    folder: str | Path,
    *,
    locale: Locale = "de",
    tell: Callable[[str], None] | None = None,
    workflows: str | Path | None = None,
    templates: str | Path | None = None,
) -> DemoReport:
    """Play Duisburg's story into a folder, with a fresh database each time.

    `tell` gets each chapter, in the language of `locale`, as it has happened; `workflows` and
    `templates` are the shipped ones unless they are named.

    Raises:
        InputError: the folder holds something else than a former demonstration, or can't be
            written to.
    """
    folder = Path(folder).absolute()
    clear(folder, MADE)

    def chapter(happened: Chapter) -> None:
        if tell:
            tell(f"{day_words(happened.on, locale)}: {happened.text.text(locale)}")

    database, drawing, summary = (folder / name for name in (DATABASE, DRAWING, SUMMARY))
    url = f"sqlite:///{database}"
    letters = Letters.into(folder / MAILS)
    mail = Mailing(letters, f"Stadt Duisburg <{duisburg.HR_ADDRESS}>")
    # After a crash the next demonstration begins anew anyway.
    with Qualipath.open(
        url, workflows=workflows, templates=templates, mail=mail, create=True, durable=False
    ) as qualipath:
        once = ReadOnce.of(qualipath.drafts, duisburg.PATH)
        story = duisburg.play(once.at(qualipath), folder, locale=locale, tell=chapter)
        write(drawing, path_svg(once.played, locale, _standing(story)))
        hr = qualipath.acting_as("hr", duisburg.HR, organisation=duisburg.CITY)
        opened = letters.worth_opening(hr)
    write(summary, summarise(story, locale))
    return DemoReport(
        locale=locale,
        folder=folder,
        database=database,
        drawing=drawing,
        summary=summary,
        mails=letters.folder,
        letters=opened,
        story=story,
    )


def _standing(story: Story) -> dict[str, str]:
    """Give where the one stands whose history is told, for the drawing."""
    (member,) = (m for m in story.members if m.number == story.life.number)
    return {place.tier: place.state for place in member.places}
