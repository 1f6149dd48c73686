"""Duisburg's story, as `qualipath demo` plays it: its facts hold."""

import csv
import sqlite3
from datetime import date
from importlib.resources import files
from itertools import pairwise

from qualipath.engine import ActingAs
from qualipath.scenarios.duisburg.stage import PATH
from qualipath.scenarios.telling import Story
from tests.acceptance.demo.looking import (
    an_intake,
    day,
    entries,
    started,
)

MASTERS = {"1001", "1014", "1025"}


def test_thirty_six_employees_take_part_and_have_supervisors(story: Story) -> None:
    assert len(story.members) == 36
    assert len({member.department for member in story.members}) >= 4


def test_everybody_is_plainly_fictional() -> None:
    text = (files("qualipath.scenarios.duisburg") / "people.csv").read_text(encoding="utf-8")
    people = list(csv.DictReader(text.splitlines()))

    assert len(people) == 41
    for person in people:
        assert person["email"].endswith(".example")
        assert person["given_name"][0] == person["family_name"][0]


def test_three_begin_the_masters_before_any_certificate_was_run(hr: ActingAs) -> None:
    first = [e for e in entries(hr, "masters", "start") if day(e).year == 2020]

    assert {entry.employee for entry in first} == MASTERS
    assert {day(entry) for entry in first} == {date(2020, 10, 1)}
    assert an_intake(hr, "masters", date(2020, 10, 1)).term == "WS 2020/21"
    for tier in ("certificate_1", "certificate_2"):
        assert min(day(e) for e in entries(hr, tier, "start")) >= date(2021, 1, 1)


def test_one_enters_the_masters_later_by_completing_the_tiers_below(hr: ActingAs) -> None:
    (later,) = (e for e in entries(hr, "masters", "start") if day(e).year > 2020)
    held = {(c.kind, c.key) for c in hr.credentials(str(later.employee))}

    assert day(later) == date(2021, 10, 1)
    assert ("completion", "certificate_2") in held
    assert "nomination" not in {kind for kind, _ in held}


def test_three_enter_the_masters_by_degree_experience_and_nomination(hr: ActingAs) -> None:
    for number in MASTERS:
        kinds = {credential.kind for credential in hr.credentials(number)}
        assert {"degree", "nomination"} <= kinds
        assert hr.why(number, PATH, "masters", on=date(2020, 10, 1)).met


def test_the_third_was_first_refused_with_every_reason_and_then_admitted(
    story: Story, hr: ActingAs
) -> None:
    refused = story.refused[0]
    (admitted,) = (e for e in entries(hr, "masters", "admit") if e.employee == refused.number)
    (degree,) = (c for c in hr.credentials(refused.number) if c.kind == "degree")

    assert refused.number == "1025"
    assert [reason.code for reason in refused.reasons] == ["prerequisites"] * 3
    assert "23. September 2020" in refused.reasons[1].de
    assert "23 September 2020" in refused.reasons[1].en
    assert refused.on < date(2020, 9, 24) < day(admitted)
    assert "Lissabon-Konvention" in (degree.basis or "")
    assert degree.evidence


def test_thirty_enter_the_certificates_in_the_first_quarter_of_2021(hr: ActingAs) -> None:
    quarter = (date(2021, 1, 1), date(2021, 3, 31))
    first = started(hr, "certificate_1", *quarter)
    second = started(hr, "certificate_2", *quarter)
    absent = {entry.employee for entry in entries(hr, "certificate_1", "no_show")}
    offered = [
        an_intake(hr, tier, date(2021, 1, 18)) for tier in ("certificate_1", "certificate_2")
    ]

    assert len((first | second) - absent) == 30
    assert sum(intake.seats for intake in offered) == 30
    assert not first & second
    for number in second:
        held = hr.credentials(str(number))
        assert ("recognition", "certificate_1") in {(c.kind, c.key) for c in held}


def test_more_enter_certificate_2_after_completing_certificate_1(hr: ActingAs) -> None:
    later = started(hr, "certificate_2", date(2021, 10, 1), date(2021, 10, 31))
    completed = {e.employee for e in hr.enrolments(PATH, "certificate_1", "completed")}

    assert len(later & completed) >= 10


def test_somebody_failed_and_repeats_one_paused_one_withdrew_one_never_came(hr: ActingAs) -> None:
    attempts = hr.enrolments(PATH, "certificate_1")
    again = {e.employee: e for e in attempts if e.attempt == 2}
    failed = {e.employee for e in attempts if e.state == "failed" and e.attempt == 1}
    paused, resumed = (entries(hr, "certificate_1", trigger) for trigger in ("pause", "resume"))

    assert set(again) & failed == {"1006", "1023"}
    assert {again[number].state for number in failed & set(again)} == {"completed", "failed"}
    assert [e.employee for e in paused] == [e.employee for e in resumed]
    assert len(paused) == 1
    assert [e.state for e in attempts].count("withdrawn") == 1
    assert [e.state for e in attempts].count("absent") == 1


def test_a_misread_grade_is_corrected_and_what_was_written_stays(hr: ActingAs) -> None:
    (correction,) = entries(hr, "certificate_1", "correct")
    assert correction.employee is not None
    (repeated,) = (
        e
        for e in hr.enrolments(PATH, "certificate_1")
        if e.employee == correction.employee and e.attempt == 2
    )

    assert repeated.grade == "1.7"
    assert correction.details == {"grade": "1.7", "grade_before": "2.7"}
    assert correction.reason


def test_a_deputy_approves_while_a_supervisor_is_absent(hr: ActingAs) -> None:
    june = [e for e in entries(hr, "certificate_2", "approve") if e.effective_at.year == 2021]
    of_absent = {e.actor for e in june if e.employee in {"1002", "1006", "1018"}}

    assert of_absent == {"supervisor:2001"}


def test_supervisors_approve_only_their_own_reports(hr: ActingAs, rows: sqlite3.Connection) -> None:
    leader = dict(
        rows.execute(
            "SELECT e.number, s.number FROM employee e JOIN employee s ON s.id=e.supervisor_id"
        )
    )
    approved = entries(hr, "bootcamp", "approve")

    assert len(approved) == 28
    assert all(e.actor == f"supervisor:{leader[e.employee]}" for e in approved)


def test_the_history_of_each_attempt_leads_to_its_state(hr: ActingAs) -> None:
    enrolments = hr.enrolments(PATH)

    assert len(enrolments) > 70
    for enrolment in enrolments:
        history = [entry for entry in hr.history(enrolment.id) if entry.target is not None]
        assert history[0].source == "available"
        assert all(a.target == b.source for a, b in pairwise(history))
        assert history[-1].target == enrolment.state
        assert len(history) == enrolment.version
        grades = [e.details["grade"] for e in history if "grade" in e.details]
        assert enrolment.grade == (grades[-1] if grades else None)


def test_the_places_are_those_that_the_api_gives(story: Story, hr: ActingAs) -> None:
    for member in story.members:
        now = {
            standing.tier: standing.state for standing in hr.progression(member.number, PATH).tiers
        }
        assert {place.tier: place.state for place in member.places} == now
