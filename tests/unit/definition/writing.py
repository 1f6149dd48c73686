"""A small folder of definitions to write, with whatever the test is about put in its place."""

from pathlib import Path
from textwrap import dedent

from qualipath.definition.checking import check

COURSE = """\
lifecycle: course
title: {de: Kurs, en: Course}
states:
  applied:
    title: {de: beantragt, en: applied}
    deadlines:
      - {after: 14 days, remind: 2 days, notices: [{notice: late, to: hr}], then: lapse}
  attending:
    title: {de: in Teilnahme, en: attending}
    attempt: true
  completed:
    title: {de: abgeschlossen, en: completed}
    closed: completed
    awards: completion
  lapsed:
    title: {de: verfallen, en: lapsed}
    closed: abandoned
transitions:
  - {trigger: apply, from: available, to: applied, roles: hr, guards: attempts_left}
  - {trigger: start, from: applied, to: attending, roles: hr, prerequisites: met}
  - {trigger: complete, from: attending, to: completed, roles: hr, grade: required}
  - {trigger: lapse, from: applied, to: lapsed, roles: [hr, schedule]}
  - {trigger: pause, from: attending, effect: pause, roles: hr}
  - {trigger: resume, from: attending, effect: resume, roles: hr}
  - {trigger: fix, from: completed, effect: correct, roles: hr, grade: optional, reason: required}
"""

PATH = dedent("""\
    path: way
    title: {de: Weg, en: Way}
    organisation: city
    calendar: year
    grading: german
    tiers:
      first:
        title: {de: Erste, en: First}
        lifecycle: course
      second:
        title: {de: Zweite, en: Second}
        lifecycle: course
        prerequisites:
          completed: first
    """)

FILES = {
    "way.yaml": PATH,
    "lifecycles/course.yaml": COURSE,
    "calendars/year.yaml": "calendar: year\ntitle: {de: J, en: Y}\ntimezone: Europe/Berlin\n",
    "grading.yaml": dedent("""\
        scales:
          german: {title: {de: Noten, en: Grades}, best: 1.0, worst: 5.0, passing: 4.0}
          points: {title: {de: Punkte, en: Points}, best: 4.0, worst: 0.0, passing: 1.0}
        """),
    "attributes.yaml": dedent("""\
        attributes:
          level: {title: {de: Niveau, en: Level}, type: text, one_of: [A1, B1, C1]}
          grade: {title: {de: Gruppe, en: Grade}, type: integer}
          until: {title: {de: Bis, en: Until}, type: date}
          part_time: {title: {de: Teilzeit, en: Part-time}, type: boolean}
        """),
}


def a_folder(folder: Path, files: dict[str, str] | None = None) -> Path:
    """Write the small definitions, with some files instead of or besides its own."""
    for name, text in (FILES | (files or {})).items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder


def changed(text: str, old: str, new: str) -> str:
    """Replace a part that must be there exactly once."""
    assert text.count(old) == 1, f"{old!r} is there {text.count(old)} times"
    return text.replace(old, new)


def told(folder: Path, files: dict[str, str], templates: Path | None = None) -> list[str]:
    """Check the small definitions with some files changed; tell the problems without the folder."""
    problems = check(a_folder(folder, files), templates)
    return [str(problem).removeprefix(f"{folder}/") for problem in problems]


def asking(prerequisites: str) -> str:
    """Write the path with other prerequisites of its second tier, which begin in line 14."""
    indented = "".join(f"      {line}\n" for line in dedent(prerequisites).strip().splitlines())
    return changed(PATH, "      completed: first\n", indented)
