"""Duisburg's story, as `qualipath demo` plays it: its facts hold, and it can be played again."""

import csv
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from qualipath.engine import ActingAs, Qualipath
from qualipath.errors import InputError
from qualipath.scenarios.demo import MADE, play_demo
from qualipath.scenarios.duisburg.stage import PATH
from qualipath.scenarios.telling import DemoReport, Story
from qualipath.services.models import Entry

MASTERS = {"1001", "1014", "1025"}


@pytest.fixture(scope="module")
def told() -> list[str]:
    return []


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory, told: list[str]) -> DemoReport:
    return play_demo(tmp_path_factory.mktemp("demo") / "new", locale="de", tell=told.append)


@pytest.fixture(scope="module")
def story(report: DemoReport) -> Story:
    return report.story


@pytest.fixture(scope="module")
def hr(report: DemoReport) -> Iterator[ActingAs]:
    with Qualipath.open(f"sqlite:///{report.database}") as qualipath:
        yield qualipath.acting_as("hr", "k.muster", organisation="duisburg")


def entries(hr: ActingAs, tier: str, trigger: str) -> list[Entry]:
    """Find what happened at a tier, of everybody."""
    found = (entry for e in hr.enrolments(PATH, tier) for entry in hr.history(e.id))
    return [entry for entry in found if entry.trigger == trigger]


def started(hr: ActingAs, tier: str, since: date, until: date) -> set[str | None]:
    return {
        entry.employee
        for entry in entries(hr, tier, "start")
        if since <= entry.effective_at.date() <= until
    }


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
    masters = entries(hr, "masters", "start")

    assert {entry.employee for entry in masters} == MASTERS
    assert {entry.effective_at.date() for entry in masters} == {date(2020, 10, 1)}
    for tier in ("certificate_1", "certificate_2"):
        assert min(e.effective_at.date() for e in entries(hr, tier, "start")) >= date(2021, 1, 1)


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
    assert refused.on < date(2020, 9, 24) < admitted.effective_at.date()
    assert "Lissabon-Konvention" in (degree.basis or "")
    assert degree.evidence


def test_thirty_enter_the_certificates_in_the_first_quarter_of_2021(hr: ActingAs) -> None:
    quarter = (date(2021, 1, 1), date(2021, 3, 31))
    first = started(hr, "certificate_1", *quarter)
    second = started(hr, "certificate_2", *quarter)
    missing = {entry.employee for entry in entries(hr, "certificate_1", "no_show")}

    assert len(first | second | missing) == 30
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

    assert set(again) < failed
    assert {e.state for e in again.values()} == {"completed", "failed"}
    assert [e.employee for e in paused] == [e.employee for e in resumed]
    assert len(paused) == 1
    assert [e.state for e in attempts].count("withdrawn") == 1
    assert [e.state for e in attempts].count("absent") == 1


def test_who_failed_after_applying_is_refused_at_the_start(story: Story, hr: ActingAs) -> None:
    refused = story.refused[1]
    (declined,) = hr.enrolments(PATH, "certificate_2", "declined")

    assert (refused.trigger, refused.number) == ("start", declined.employee)
    assert "begonnen, aber nicht abgeschlossen" in refused.reasons[0].de


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


def test_supervisors_approve_only_their_own_reports(hr: ActingAs, report: DemoReport) -> None:
    with sqlite3.connect(report.database) as connection:
        leader = dict(
            connection.execute(
                "SELECT e.number, s.number FROM employee e JOIN employee s ON s.id=e.supervisor_id"
            )
        )
    connection.close()
    approved = entries(hr, "bootcamp", "approve")

    assert len(approved) == 25
    assert all(e.actor == f"supervisor:{leader[e.employee]}" for e in approved)


def test_the_history_of_each_attempt_leads_to_its_state(hr: ActingAs) -> None:
    enrolments = hr.enrolments(PATH)

    assert len(enrolments) > 70
    for enrolment in enrolments:
        history = hr.history(enrolment.id)
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


def test_days_go_forward_in_the_story_and_in_every_history(story: Story, hr: ActingAs) -> None:
    days = [chapter.on for chapter in story.chapters]
    recorded: dict[str | None, list[object]] = defaultdict(list)
    for member in story.members:
        for entry in hr.history_of(member.number):
            recorded[entry.employee].append(entry.recorded_at)

    assert days == sorted(days)
    assert all(instants == sorted(instants) for instants in recorded.values())  # type: ignore[type-var]


def test_everything_is_told_in_both_languages(story: Story) -> None:
    for chapter in story.chapters:
        assert chapter.text.de != chapter.text.en
    for step in story.life.steps:
        assert step.event.de
        assert step.event.en
        assert step.event.de != step.trigger


def test_the_files_are_there_and_the_summary_says_all(report: DemoReport, told: list[str]) -> None:
    summary = report.summary.read_text(encoding="utf-8")

    assert ET.parse(report.drawing).getroot().tag.endswith("svg")  # noqa: S314 -- our own file
    assert all(member.name in summary for member in report.story.members)
    assert "es fehlt: Hochschulabschluss" in summary
    assert len(told) == len(report.story.chapters)
    assert all(sheet.is_file() for sheet in report.story.sheets)


def test_two_runs_give_the_same_summary_and_the_same_histories(
    report: DemoReport, hr: ActingAs, tmp_path: Path
) -> None:
    again = play_demo(tmp_path / "again", locale="de")
    with Qualipath.open(f"sqlite:///{again.database}") as qualipath:
        other = qualipath.acting_as("hr", "k.muster", organisation="duisburg")
        for member in report.story.members:
            assert other.history_of(member.number) == hr.history_of(member.number)

    assert again.summary.read_bytes() == report.summary.read_bytes()
    assert again.drawing.read_bytes() == report.drawing.read_bytes()


def test_the_same_folder_is_played_into_anew_and_other_files_stay(tmp_path: Path) -> None:
    play_demo(tmp_path, locale="en")
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    report = play_demo(tmp_path, locale="en")

    with sqlite3.connect(report.database) as connection:
        assert connection.execute("SELECT count(*) FROM employee").fetchone() == (41,)
    connection.close()
    assert (tmp_path / "notes.txt").read_text(encoding="utf-8") == "mine"
    assert "missing: any academic degree" in report.summary.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [*MADE[:1], "something.txt"])
def test_a_folder_with_somebodys_files_is_refused_and_left_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine", encoding="utf-8")

    with pytest.raises(InputError, match="no demonstration made"):
        play_demo(tmp_path)

    assert [file.name for file in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text(encoding="utf-8") == "mine"


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")

    with pytest.raises(InputError, match="can't be used"):
        play_demo(tmp_path / "file")
