"""Tell a story as a page of Markdown in the reader's language."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from qualipath.definition.values import Text
from qualipath.domain.wording import told
from qualipath.scenarios.telling import Locale, Member, Place, Refused, Step, Story

_PREPARED = Text(
    de="Erzählt von `qualipath demo`. Alle Personen sind erfunden; was nicht in der Quelle steht, "
    "sind Beispieldaten.",
    en="Told by `qualipath demo`. All people are made up; what the source does not say is sample "
    "data.",
)
_SOURCE = Text(de="Quelle: ", en="Source: ")
_CHAPTERS = Text(de="Was geschah", en="What happened")
_INTAKES = Text(de="Durchgänge", en="Intakes")
_WINDOWS = Text(de="Nächste Bewerbungsfenster", en="Next windows for applications")
_WINDOW = Text(de="{name}: {first} bis {last}", en="{name}: {first} to {last}")
_WORKS = Text(de="Was der Zeitplan von selbst getan hat", en="What the scheduler did by itself")
_NUMBERS = Text(de="Stand am {day} in Zahlen", en="Numbers on {day}")
_PLACES = Text(de="Wer wo steht", en="Where everybody stands")
_REFUSED = Text(de="Abgewiesen, und warum", en="Refused, and why")
_LIFE = Text(de="Ein Werdegang: {name}", en="One history: {name}")
_OPENINGS = Text(de="Wer jetzt beginnen könnte", en="Who could begin now")
_NOBODY = Text(de="niemand", en="nobody")
_TIER = Text(de="Stufe", en="Tier")
_EMPLOYEES = Text(de="Beschäftigte", en="Employees")
_ATTEMPTS = Text(de="Teilnahmen, Wiederholungen einzeln", en="Attempts, each repeat counted")
_PERSON = Text(de="Person", en="Person")
_DEPARTMENT = Text(de="Amt", en="Department")
_DAY = Text(de="Tag", en="Day")
_EVENT = Text(de="Ereignis", en="Event")
_BY = Text(de="durch", en="by")
_REMARK = Text(de="Bemerkung", en="Remark")
_COUNTED = {
    "seats": Text(de="Plätze", en="Seats"),
    "applied": Text(de="beantragt", en="applied"),
    "waited": Text(de="gewartet", en="waited"),
    "admitted": Text(de="zugelassen", en="admitted"),
    "attended": Text(de="begonnen", en="started"),
    "completed": Text(de="abgeschlossen", en="completed"),
    "failed": Text(de="nicht bestanden", en="failed"),
    "outstanding": Text(de="ohne Ergebnis", en="no result yet"),
}
_INTAKE = Text(de="Durchgang", en="Intake")
_STATE = Text(de="Stand", en="State")
_PAUSED = Text(de="unterbrochen", en="paused")
_RECOGNISED = Text(de="anerkannt", en="recognised")
_LAST = Text(de="zuletzt {state}", en="last {state}")
_GRADE = Text(de="Note {grade}", en="grade {grade}")
_ATTEMPT = Text(de="{n}. Versuch", en="attempt {n}")


def summarise(story: Story, locale: Locale) -> str:
    """Write the whole story; the same story gives the same text."""
    blocks = [f"# {_plain(story.title.text(locale))}", _PREPARED.text(locale)]
    if story.source:
        blocks.append(_SOURCE.text(locale) + _plain(story.source.text(locale)))
    blocks += [f"## {_CHAPTERS.text(locale)}", "\n".join(_chapters(story, locale))]
    blocks += [f"## {_INTAKES.text(locale)}", _table(*intake_table(story, locale))]
    blocks += [f"## {_WINDOWS.text(locale)}", "\n".join(_windows(story, locale))]
    blocks += [f"## {_WORKS.text(locale)}", "\n".join(_works(story, locale))]
    on = told(story.ended_on, locale)
    blocks += [f"## {_NUMBERS.text(locale).format(day=on)}", _numbers(story, locale)]
    blocks += [f"## {_PLACES.text(locale)}", _places(story, locale)]
    blocks += [f"## {_REFUSED.text(locale)}", *(_refusal(r, locale) for r in story.refused)]
    blocks += [
        f"## {_LIFE.text(locale).format(name=_plain(story.life.name))}",
        _life(story, locale),
    ]
    blocks += [f"## {_OPENINGS.text(locale)}", "\n".join(_openings(story, locale))]
    return "\n\n".join(blocks) + "\n"


def intake_table(story: Story, locale: Locale) -> tuple[list[str], list[list[str]]]:
    """Put the intakes into a table: its headings, and a row for each, by their start."""
    headings = [t.text(locale) for t in (_INTAKE, *_COUNTED.values(), _STATE)]
    rows = [
        [
            intake.name.text(locale),
            *(str(getattr(intake, counted)) for counted in _COUNTED),
            intake.state_title.text(locale),
        ]
        for intake in story.intakes
    ]
    return headings, rows


def place_words(place: Place, locale: Locale) -> str:
    """Say where somebody stands on one tier: the state, a pause, the last attempt, the grade."""
    words = [place.state_title.text(locale)]
    if place.paused:
        words.append(_PAUSED.text(locale))
    if place.recognised:
        words.append(_RECOGNISED.text(locale))
    if place.last:
        words.append(_LAST.text(locale).format(state=place.last.text(locale)))
    if place.grade is not None:
        words.append(grade_words(place.grade, locale))
    return ", ".join(words)


def grade_words(grade: str, locale: Locale) -> str:
    """Say a grade, with the decimal mark of the language."""
    written = grade.replace(".", ",") if locale == "de" else grade
    return _GRADE.text(locale).format(grade=written)


def step_words(step: Step, locale: Locale) -> str:
    """Say what an entry of a history is about: the tier, a further attempt at it, the grade."""
    words = [step.tier_title.text(locale)] if step.tier_title else []
    if step.attempt is not None and step.attempt > 1:
        words.append(_ATTEMPT.text(locale).format(n=step.attempt))
    if step.grade is not None:
        words.append(grade_words(step.grade, locale))
    return ", ".join(words)


def day_words(day: date, locale: Locale) -> str:
    """Write a day in full."""
    return told(day, locale)


def _chapters(story: Story, locale: Locale) -> Iterator[str]:
    for chapter in story.chapters:
        yield f"- {day_words(chapter.on, locale)}: {_plain(chapter.text.text(locale))}"


def _windows(story: Story, locale: Locale) -> Iterator[str]:
    for window in story.windows:
        words = _WINDOW.text(locale).format(
            name=window.name.text(locale),
            first=day_words(window.opens_on, locale),
            last=day_words(window.closes_on, locale),
        )
        yield f"- {_plain(words)}"


def _works(story: Story, locale: Locale) -> Iterator[str]:
    for work in story.works:
        yield f"- {_plain(work.title.text(locale))}: {work.times}"


def _numbers(story: Story, locale: Locale) -> str:
    rows = []
    for places, tally in zip(_columns(story.members), story.attempts, strict=True):
        people = Counter(place.state_title.text(locale) for place in places)
        attempts = [(title.text(locale), n) for title, n in tally.counts]
        title = tally.tier_title.text(locale)
        rows.append((title, _counts(people.most_common()), _counts(attempts)))
    return _table([t.text(locale) for t in (_TIER, _EMPLOYEES, _ATTEMPTS)], rows)


def _counts(counts: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{n} {state}" for state, n in counts)


def _columns(members: Sequence[Member]) -> Iterator[tuple[Place, ...]]:
    yield from zip(*(member.places for member in members), strict=True)


def _places(story: Story, locale: Locale) -> str:
    tiers = (place.tier_title.text(locale) for place in story.members[0].places)
    headings = (_PERSON.text(locale), _DEPARTMENT.text(locale), *tiers)
    rows = (
        (m.name, m.department, *(place_words(place, locale) for place in m.places))
        for m in story.members
    )
    return _table(headings, rows)


def _refusal(refused: Refused, locale: Locale) -> str:
    day = day_words(refused.on, locale)
    what = f"{refused.name}, {refused.tier_title.text(locale)}, `{refused.trigger}`, {day}:"
    reasons = [f"- {_plain(reason.text(locale))}" for reason in refused.reasons]
    return "\n".join([_plain(what), "", *reasons])


def _life(story: Story, locale: Locale) -> str:
    headings = (_DAY, _TIER, _EVENT, _BY, _REMARK)
    rows = (
        (
            day_words(step.on, locale),
            step_words(step, locale),
            step.event.text(locale),
            step.actor_name.text(locale),
            step.reason or "",
        )
        for step in story.life.steps
    )
    return _table([heading.text(locale) for heading in headings], rows)


def _openings(story: Story, locale: Locale) -> Iterator[str]:
    for opening in story.openings:
        names = ", ".join(person.name for person in opening.people) or _NOBODY.text(locale)
        yield f"- {_plain(opening.tier_title.text(locale))}: {_plain(names)}"


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(map(_plain, line))} |" for line in lines)


def _plain(text: str) -> str:
    """Keep a text from being read as Markdown's own marks, and on one line."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
