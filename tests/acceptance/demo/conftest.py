"""The demonstration, played once for all that look at it, and twice more into one folder."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from qualipath.engine import ActingAs, Qualipath
from qualipath.scenarios.demo import play_demo
from qualipath.scenarios.telling import DemoReport, Story
from tests.acceptance.demo.looking import (
    acting_as_hr,
)


@pytest.fixture(scope="package")
def told() -> list[str]:
    return []


@pytest.fixture(scope="package")
def report(tmp_path_factory: pytest.TempPathFactory, told: list[str]) -> DemoReport:
    return play_demo(tmp_path_factory.mktemp("demo") / "new", locale="de", tell=told.append)


@pytest.fixture(scope="package")
def story(report: DemoReport) -> Story:
    return report.story


@pytest.fixture(scope="package")
def in_english(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Play in English; give the folder, with a file of somebody's in it by now, and the summary."""
    folder = tmp_path_factory.mktemp("again")
    summary = play_demo(folder, locale="en").summary.read_text(encoding="utf-8")
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    return folder, summary


@pytest.fixture(scope="package")
def again(in_english: tuple[Path, str]) -> DemoReport:
    return play_demo(in_english[0], locale="de")


@pytest.fixture(scope="package")
def qualipath(report: DemoReport) -> Iterator[Qualipath]:
    with Qualipath.open(f"sqlite:///{report.database}") as opened:
        yield opened


@pytest.fixture(scope="package")
def hr(qualipath: Qualipath) -> ActingAs:
    return acting_as_hr(qualipath)


@pytest.fixture(scope="package")
def rows(report: DemoReport) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(report.database)
    yield connection
    connection.close()
