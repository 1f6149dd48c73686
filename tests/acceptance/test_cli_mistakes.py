"""What a newcomer gets wrong: one clear line, the right exit code, never a traceback."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from qualipath.cli import app
from tests.acceptance.command_line import PATH, Installation, process

MISTAKES = [
    (("apply", "4711", PATH, "bootcmp"), 3, "did you mean 'bootcamp'"),
    (("apply", "4711", "duisburg", "bootcamp"), 3, PATH),
    (("apply", "47111", PATH, "bootcamp"), 3, "no employee 47111"),
    (("why", "4711", PATH, "masters", "--on", "2027-02-30"), 2, "2027-04-01"),
    (("why", "4711", PATH, "masters", "--on", "soon"), 2, "2027-04-01"),
    (("recognise", "4711", "x", "--evidence", "e", "--awarded-on", "1.1."), 2, "--awarded-on"),
    (("fire", "1", "aprove"), 3, "no enrolment 1"),
    (("fire", "x1", "approve"), 2, "'x1' is not an enrolment's id"),
    (("status", "4711", PATH, "--as", "hrr:me"), 2, "did you mean 'hr'"),
    (("status", "4711", PATH, "--as", "me"), 2, "write --as hr:k.muster"),
    (("status", "4711", PATH, "--as", "hr:me@"), 2, "write --as hr:k.muster"),
    (("status", "4711", PATH, "--database", "sqlite:///none.db"), 6, "qualipath db upgrade"),
    (("status", "4711", PATH, "--workflows", "none"), 2, "qualipath init"),
    (("status", "1", "2", "3"), 2, "a path alone"),
    (("status", "duisburg"), 3, PATH),
    (("status", PATH, "--tier", "bootcmp"), 3, "did you mean 'bootcamp'"),
    (("status", PATH, "--state", "aplied"), 3, "did you mean 'applied'"),
    (("fire", "9" * 5000, "approve"), 2, "is not an enrolment's id"),
    (("migrate", PATH, "--to", "9" * 20), 2, "too large"),
    (("publish", "duisburg_digtal"), 1, f"did you mean '{PATH}'"),
    (("import", "people", "none.csv"), 2, "none.csv"),
    (("diagram", PATH, "--out", "none/x.svg"), 1, "'none/x.svg': No such file"),
    (("db", "restore", "none.backup"), 2, "none.backup"),
    (("db", "restore", "people.csv", "--force"), 6, "people.csv"),
    (("aply", "4711"), 2, "Did you mean 'apply'"),
    (("apply", "4711"), 2, "Missing argument"),
    (("apply", "--lagn", "de"), 2, "--lang"),
    (("check", "--lang", "fr"), 2, "de"),
]


@pytest.mark.parametrize(("arguments", "exit_code", "hint"), MISTAKES)
def test_a_mistake_is_told_in_one_line(
    installation: Installation, arguments: tuple[str, ...], exit_code: int, hint: str
) -> None:
    told = installation.fails(exit_code, *arguments)
    (line,) = told.splitlines()
    assert line.startswith("qualipath: ")
    assert hint in line
    answer = json.loads(installation.fails(exit_code, *arguments, "--json"))
    assert hint in answer["error"]


def test_an_unknown_trigger_names_those_there_are(installation: Installation) -> None:
    installation.told("apply", "4711", PATH, "bootcamp")
    assert "approve" in installation.fails(4, "fire", "1", "aprove").splitlines()[1]


def test_the_clock_needs_a_time_zone(installation: Installation) -> None:
    for now in ("2026-03-02T09:00:00", "noon"):
        assert "time zone" in installation.fails(2, "status", PATH, now=now)


@pytest.mark.parametrize("year", ["0001", "1899", "3000", "9999"])
def test_the_clock_stands_in_a_year_of_ours(installation: Installation, year: str) -> None:
    for time in ("01-01T00:00:00+14:00", "12-31T23:59:59-12:00"):
        told = installation.fails(2, "apply", "4711", PATH, "bootcamp", now=f"{year}-{time}")
        assert "a year from 1900 to 2999" in told


def test_nobody_acts_unnamed(installation: Installation) -> None:
    (installation.folder / "qualipath.toml").write_text('locale = "en"\n')
    assert "nobody is named who acts" in installation.fails(2, "status", PATH)


def test_wrong_settings_are_named(installation: Installation) -> None:
    (installation.folder / "qualipath.toml").write_text('locale = "fr"\ncolour = "red"\n')
    told = installation.fails(2, "status", PATH)
    assert "locale" in told
    assert "colour" in told


def test_a_path_must_be_published_first(tmp_path: Path, installation: Installation) -> None:
    other = ("--database", f"sqlite:///{tmp_path / 'other.db'}")
    installation.told("db", "upgrade", *other)
    installation.told("organisation", "add", "duisburg", "Duisburg", *other)
    installation.told("import", "people", "people.csv", *other)
    told = installation.fails(3, "apply", "4711", PATH, "bootcamp", *other)
    assert "qualipath publish" in told


def test_shared_options_stand_before_or_after_the_command(installation: Installation) -> None:
    for arguments in (("--json", "status", PATH), ("status", PATH, "--json")):
        assert json.loads(installation.told(*arguments))["enrolments"] == []


def test_a_password_is_never_shown(installation: Installation) -> None:
    url = "postgresql://user:top-secret@127.0.0.1:1/db"
    for more in ((), ("--json",)):
        told = installation.fails(6, "status", PATH, "--database", url, *more)
        assert "127.0.0.1" in told
        assert "top-secret" not in told


def test_a_dry_run_of_an_upgrade_names_both_schemas(installation: Installation) -> None:
    there = installation.answered("db", "upgrade", "--dry-run")
    assert there["ready"] is True
    assert there["from"] == there["to"]
    told = installation.told("db", "upgrade", "--dry-run", "--database", "sqlite:///new.db")
    assert f"'new.db': from schema none to {there['to']}" in told
    assert not (installation.folder / "new.db").exists()
    with closing(sqlite3.connect("qualipath.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    assert "newer than this program's" in installation.fails(6, "db", "upgrade", "--dry-run")


def test_a_dry_run_of_a_restore_finds_what_would_hinder_it(installation: Installation) -> None:
    installation.told("db", "backup", "copy.db")
    rehearsed = ("db", "restore", "copy.db", "--dry-run")
    assert "not empty" in installation.fails(2, *rehearsed)
    new = installation.told(*rehearsed, "--database", "sqlite:///new.db")
    assert "Dry run" in new
    assert not (installation.folder / "new.db").exists()
    nowhere = ("--database", "sqlite:///nowhere/new.db")
    assert "folder" in installation.fails(6, *rehearsed, *nowhere)
    damaged = ("db", "restore", "people.csv", "--force", "--dry-run")
    assert "people.csv" in installation.fails(6, *damaged)


def test_database_is_checked_backed_up_and_restored(installation: Installation) -> None:
    before = installation.dump()
    assert "all right" in installation.told("db", "check")
    installation.told("db", "backup", "copy.db")
    installation.told("apply", "4711", PATH, "bootcamp")
    assert "not empty" in installation.fails(2, "db", "restore", "copy.db")
    installation.told("db", "restore", "copy.db", "--force", "--dry-run")
    assert installation.dump() != before
    answer = installation.answered("db", "restore", "copy.db", "--force")
    assert answer == {"file": "copy.db", "dry_run": False}
    assert installation.dump() == before
    assert "exists" in installation.fails(2, "db", "backup", "copy.db")


def test_a_folder_that_may_not_be_written_is_named(
    installation: Installation, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    told = installation.fails(1, "init", str(tmp_path / "file" / "below"))
    assert str(tmp_path / "file") in told


@pytest.mark.long
@pytest.mark.usefixtures("installation")
class TestAsAProcess:
    def test_whoever_stops_reading_gets_no_complaint(self, installation: Installation) -> None:
        rows = "".join(f"{n};N;Name;duisburg\n" for n in range(5000, 9000))
        (installation.folder / "many.csv").write_text(
            f"number;given_name;family_name;organisation\n{rows}"
        )
        installation.told("import", "people", "many.csv")
        python = [sys.executable, "-m", "qualipath"]
        with subprocess.Popen(
            [*python, "eligible", PATH, "bootcamp"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as running:
            assert running.stdout is not None
            assert running.stderr is not None
            assert running.stdout.readline().startswith(b"1001")
            running.stdout.close()
            assert running.stderr.read() == b""
        assert running.returncode == 1

    def test_a_closed_output_is_no_reason_to_fail(self) -> None:
        for asked, code in ((PATH, 0), (f"{PATH} --json", 0), ("x --json", 3), ("x", 3)):
            command = f"'{sys.executable}' -m qualipath status {asked} >&- 2>&-"
            assert subprocess.call(command, shell=True) == code, asked  # noqa: S602 -- closes it

    def test_a_progress_bar_takes_nothing_from_the_result(self) -> None:
        watching, terminal = os.openpty()
        command = [sys.executable, "-m", "qualipath", "eligible", PATH, "bootcamp"]
        done = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=terminal,
            env=os.environ | {"TERM": "xterm"},
            check=True,
        )
        os.close(terminal)
        assert os.read(watching, 1000)
        os.close(watching)
        assert len(done.stdout.splitlines()) == 5

    def test_a_terminal_without_umlauts_is_no_reason_to_fail(self) -> None:
        done = process("why", "4711", PATH, "masters", "--lang", "de", PYTHONIOENCODING="ascii")
        assert done.returncode == 0
        assert b"\n    +-- + mindestens 1 Jahr" in done.stdout
        assert b"erf\\xfcllt" in done.stdout
        done = process("eligible", PATH, "bootcamp", "--json", PYTHONIOENCODING="latin-1")
        assert {"Özil [bold]"} < {p["family_name"] for p in json.loads(done.stdout)["people"]}

    def test_help_and_version(self) -> None:
        assert b"Example" in process("apply", "--help").stdout
        for arguments, shown in (((), "Usage"), (("-h",), "Usage"), (("--version",), "qualipath ")):
            assert shown in CliRunner().invoke(app, arguments).stdout
        # A help page must not wait for the database's libraries.
        program = "import sys, qualipath.cli; sys.exit('sqlalchemy' in sys.modules)"
        assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0

    def test_the_shell_completes_paths_tiers_and_triggers(self) -> None:
        assert complete("qualipath apply 4711 ") == [PATH]
        assert complete(f"qualipath apply 4711 {PATH} cert") == ["certificate_1", "certificate_2"]
        assert "approve" in complete("qualipath fire 1 ap")
        assert "seminar" in complete("qualipath diagram ")


def complete(line: str) -> list[str]:
    asked = {"_QUALIPATH_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": line}
    told = CliRunner().invoke(app, [], prog_name="qualipath", env=asked).stdout
    return [part.split('"')[1].partition(":")[0] for part in told.splitlines() if '"' in part]
