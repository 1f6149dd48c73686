"""`qualipath demo`: the files that it leaves behind, and that it can be played again."""

import sqlite3
from collections import defaultdict
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from qualipath.engine import ActingAs, Qualipath
from qualipath.errors import InputError
from qualipath.scenarios.demo import MADE, play_demo
from qualipath.scenarios.duisburg.stage import PATH
from qualipath.scenarios.telling import DemoReport, Story
from tests.acceptance.demo.looking import (
    acting_as_hr,
)


def test_everything_is_recorded_on_the_storys_own_clock(rows: sqlite3.Connection) -> None:
    first, last = rows.execute("SELECT min(recorded_at), max(recorded_at) FROM history").fetchone()

    assert "2020-09-01" <= first < last < "2022-04-05"


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
    report: DemoReport, again: DemoReport, hr: ActingAs
) -> None:
    with Qualipath.open(f"sqlite:///{again.database}") as qualipath:
        other = acting_as_hr(qualipath)
        for member in report.story.members:
            assert other.history_of(member.number) == hr.history_of(member.number)
        for intake in hr.intakes(PATH):
            assert other.history_of_intake(intake.id) == hr.history_of_intake(intake.id)

    assert again.summary.read_bytes() == report.summary.read_bytes()
    assert again.drawing.read_bytes() == report.drawing.read_bytes()


def test_the_same_folder_is_played_into_anew_and_other_files_stay(again: DemoReport) -> None:
    with sqlite3.connect(again.database) as connection:
        assert connection.execute("SELECT count(*) FROM employee").fetchone() == (41,)
    connection.close()
    assert (again.folder / "notes.txt").read_text(encoding="utf-8") == "mine"


def test_an_english_summary_has_no_german_in_it(in_english: tuple[Path, str]) -> None:
    _, summary = in_english

    assert "missing: any academic degree" in summary
    for word in ("es fehlt", "Durchgang", "Anträge", "Personalstelle", "Zeitplan", " und "):
        assert word not in summary.replace("Personal und Organisation", "")


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
