"""Plain contradictions in prerequisites are told, and nothing that somebody could meet."""

from pathlib import Path

import pytest

from tests.unit.definition.writing import asking, told

X = "completed: first"
HOLDS = "holds: {credential: x, kind: certificate"


@pytest.mark.parametrize(
    "parts",
    [
        f"[{X}, not: {{{X}}}]",
        f"[{X}, tenure: 1 year, all: [not: {{{X}}}]]",
        f"[{X}, not: {{any: [tenure: 1 year, {X}]}}]",
        f"[any: [{X}], at_least: {{n: 1, of: [not: {{{X}}}]}}]",
        f"[not: {{not: {{{X}}}}}, not: {{{X}}}]",
        f"[{X}, not: {{at_least: {{n: 1, of: [degree: x, {X}]}}}}]",
        f"[at_least: {{n: 2, of: [degree: x, {X}]}}, not: {{{X}}}]",
        "[completed: {tier: first, grade: 2.0}, not: {completed: first}]",
        "[completed: first, not: {holds: {credential: first}}]",
        "[degree: {degree: x, grade: 2.0}, not: {degree: x}]",
        "[holds: {credential: x, within: 1 year}, not: {holds: {credential: x, within: 2 years}}]",
        f"[{HOLDS}}}, not: {{{HOLDS}, or_running: true, expired: true}}}}]",
        "[degree: x, not: {holds: {}}]",
        "[any: [degree: x, degree: y], not: {any: [degree: x, degree: y]}]",
        "[tenure: 5 years, not: {tenure: 36 months}]",
        "[experience: 1 year, not: {experience: 1 year}]",
        "[credits: {at_least: 60}, not: {credits: {at_least: 30}}]",
        "[credits: {at_least: 60, credential: a}, not: {credits: {at_least: 60}}]",
        "[organisation: city, not: {organisation: city}]",
        "[fact: {attribute: grade, is: 9}, fact: {attribute: grade, is: 10}]",
        "[fact: {attribute: grade, is: 9}, fact: {attribute: grade, one_of: [10, 11]}]",
        "[fact: {attribute: grade, one_of: [9, 10]}, fact: {attribute: grade, at_least: 11}]",
        "[fact: {attribute: grade, at_most: 9}, fact: {attribute: grade, at_least: 10}]",
        "[fact: {attribute: part_time, is: true}, fact: {attribute: part_time, is: false}]",
        (
            "[fact: {attribute: until, at_most: 2026-01-01}, fact: {attribute: until, at_least: "
            "2026-01-02}]"
        ),
        "[fact: {attribute: level, is: A1}, not: {fact: {attribute: level, one_of: [A1, B1]}}]",
        "[fact: {attribute: grade, is: 9}, not: {fact: {attribute: grade, at_least: 5}}]",
    ],
)
def test_contradictions_are_told(tmp_path: Path, parts: str) -> None:
    (problem,) = told(tmp_path, {"way.yaml": asking(f"all: {parts}")})
    assert problem.startswith("way.yaml:14:")
    assert "contradicts line 14, column " in problem
    assert problem.endswith(": nobody can meet both; take one of the two out")


def test_a_contradiction_names_both_places(tmp_path: Path) -> None:
    asks = asking("""
        any:
          - tenure: 1 year
          - all:
              - completed: first
              - not:
                  completed: first
        """)
    assert told(tmp_path, {"way.yaml": asks}) == [
        (
            "way.yaml:19:17: tiers.second.prerequisites.any[1].all[1].not.completed: contradicts "
            "line 17, column 15: nobody can meet both; take one of the two out"
        )
    ]


@pytest.mark.parametrize(
    "parts",
    [
        f"[{X}, not: {{completed: {{tier: first, grade: 2.0}}}}]",
        f"[{X}, not: {{completed: {{tier: first, within: 1 year}}}}]",
        f"[any: [{X}, tenure: 1 year], any: [not: {{{X}}}, degree: x]]",
        f"[at_least: {{n: 1, of: [degree: x, {X}]}}, not: {{{X}}}]",
        f"[{X}, not: {{all: [tenure: 1 year, {X}]}}]",
        f"[completed: {{tier: first, or_running: true}}, not: {{{X}}}]",
        "[completed: first, not: {holds: {credential: first, kind: completion}}]",
        "[holds: {credential: x}, not: {holds: {credential: x, kind: degree}}]",
        "[holds: {credential: 'x*'}, not: {holds: {credential: x}}]",
        "[tenure: 1 year, not: {tenure: 5 years}]",
        "[tenure: 1 year, not: {experience: 1 year}]",
        "[credits: {at_least: 30}, not: {credits: {at_least: 60}}]",
        "[credits: {at_least: 60}, not: {credits: {at_least: 30, credential: a}}]",
        "[organisation: city, organisation: district]",
        "[fact: {attribute: grade, at_least: 9}, fact: {attribute: grade, at_most: 9}]",
        "[fact: {attribute: grade, is: 9}, fact: {attribute: grade, one_of: [9, 10]}]",
        "[fact: {attribute: grade, is: 9}, not: {fact: {attribute: grade, at_least: 10}}]",
        "[fact: {attribute: level, at_least: B1}, fact: {attribute: level, at_most: A1}]",
        "[fact: {attribute: level, is: A1}, fact: {attribute: grade, is: 9}]",
    ],
)
def test_what_somebody_could_meet_is_no_contradiction(tmp_path: Path, parts: str) -> None:
    assert told(tmp_path, {"way.yaml": asking(f"all: {parts}")}) == []
