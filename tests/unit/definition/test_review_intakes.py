"""How a tier is offered, and what its intakes go through, is looked through for what can't be."""

from pathlib import Path
from textwrap import dedent

import pytest

from qualipath.definition.bundled import bundled
from tests.unit.definition.test_cases import Case
from tests.unit.definition.writing import changed, told

SHIPPED = bundled("workflows")
OFFER, INTAKE, COURSE, TERMS = (
    "offer.yaml",
    "lifecycles/intake.yaml",
    "lifecycles/seminar.yaml",
    "calendars/terms.yaml",
)
FILES = {
    OFFER: dedent("""\
        path: offer
        title: {de: Angebot, en: Offer}
        organisation: city
        calendar: terms
        grading: german
        intake_lifecycle: intake
        tiers:
          first:
            title: {de: Erste, en: First}
            lifecycle: seminar
            intakes:
              seats: 30
              minimum: 8
              terms: [SS, WS]
              ahead: 1 year
              allocation:
                - quota: {seats: {city: 20, town: 10}, lapses: 2 weeks}
                - waiting
                - grade: second
                - lot
              carry_over: true
          second:
            title: {de: Zweite, en: Second}
            lifecycle: seminar
            intakes: {seats: 5, windows: {opens: 8 weeks, closes: {before: 1 week, at: '12:00'}}}
        """),
    INTAKE: (SHIPPED / INTAKE).read_text(encoding="utf-8"),
    COURSE: (SHIPPED / COURSE).read_text(encoding="utf-8"),
    TERMS: dedent("""\
        calendar: terms
        title: {de: Semester, en: Terms}
        timezone: Europe/Berlin
        windows: {opens: 16 weeks, closes: 6 weeks, allocates: 4 weeks, grace: 2 weeks}
        terms: [{name: SS, month: 4, day: 1}, {name: WS, month: 10, day: 1}]
        """),
}


def test_what_is_right_is_not_told(tmp_path: Path) -> None:
    assert told(tmp_path, FILES) == []


CASES = [
    pytest.param(Case.read(text), id=f"{file.stem}-{number}")
    for file in sorted((Path(__file__).parent / "cases/intakes").glob("*.txt"))
    for number, text in enumerate(file.read_text(encoding="utf-8").split("\n\n"), 1)
]


@pytest.mark.parametrize("case", CASES)
def test_what_cannot_be_meant_is_told(tmp_path: Path, case: Case) -> None:
    assert case.problems
    damaged = changed(FILES[case.file], case.old, case.new)
    assert told(tmp_path, FILES | {case.file: damaged}) == case.problems


def test_an_intake_lifecycle_that_no_path_names_is_no_tier_s(tmp_path: Path) -> None:
    offer = FILES[OFFER].replace("intake_lifecycle: intake\n", "").partition("    intakes:\n")[0]
    assert told(tmp_path, FILES | {OFFER: offer}) == []


def test_windows_of_a_calendar_that_cannot_be_are_told_once(tmp_path: Path) -> None:
    terms = changed(FILES[TERMS], "opens: 16 weeks", "opens: 9000 years")
    assert told(tmp_path, FILES | {TERMS: terms}) == [
        f"{TERMS}:4:18: windows.opens: 9000 years is too long; write at most 100 years"
    ]
