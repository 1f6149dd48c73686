"""An installation in a folder of its own, and the command line run in it."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from qualipath.cli import app

PEOPLE = """\
number;given_name;family_name;email;organisation;hired_on;supervisor
1001;Rita;Rose;rita.rose@example.org;duisburg;2001-01-01;
4711;Mia;Muster;mia.muster@example.org;duisburg;2015-05-01;1001
4712;Ömer;Özil [bold];oemer@example.org;duisburg;2019-05-01;1001
4713;Jan;Jansen;jan@example.org;duisburg;2019-05-01;1001
"""
PATH = "duisburg_digital"
NOW = "2026-03-02T09:00:00+01:00"
WINDOW = ("--opens", "2026-03-09", "--closes", "2026-08-20")
"""When applications for an intake are taken that somebody plans by hand."""


@dataclass(frozen=True)
class Installation:
    """The current folder, laid out by `init`, with a database, a published path and four people."""

    folder: Path

    def run(self, *arguments: str, now: str = NOW) -> Result:
        return CliRunner().invoke(app, ["--now", now, *arguments])

    def told(self, *arguments: str, now: str = NOW) -> str:
        result = self.run(*arguments, now=now)
        assert result.exit_code == 0, result.stderr
        return result.stdout

    def answered(self, *arguments: str, now: str = NOW) -> Any:
        return json.loads(self.told(*arguments, "--json", now=now))

    def fails(self, exit_code: int, *arguments: str, now: str = NOW) -> str:
        result = self.run(*arguments, now=now)
        assert (result.exit_code, result.stdout) == (exit_code, ""), result.output
        assert "Traceback" not in result.stderr
        return result.stderr

    def dump(self) -> list[str]:
        with closing(sqlite3.connect(self.folder / "qualipath.db")) as connection:
            return list(connection.iterdump())

    def planned(self, tier: str = "bootcamp", *options: str) -> int:
        """Plan an intake of a tier, by default with two seats; gives its id."""
        written = ("--starts", "2026-10-05", *WINDOW, "--seats", "2", "--minimum", "0", *options)
        id_: int = self.answered("intake", "plan", PATH, tier, *written)["id"]
        return id_

    def attending(self, number: str = "4711", tier: str = "bootcamp") -> int:
        id_: int = self.answered("apply", number, PATH, tier)["id"]
        for trigger in ("approve", "admit", "start"):
            self.told("fire", str(id_), trigger)
        return id_


def set_up(folder: Path) -> None:
    (folder / "people.csv").write_text(PEOPLE, "utf-8")
    for arguments in (
        ("init", "--as", "hr:k.muster", "--lang", "en"),
        ("db", "upgrade"),
        ("organisation", "add", "duisburg", "Stadt Duisburg"),
        ("publish", PATH),
        ("import", "people", "people.csv"),
    ):
        done = CliRunner().invoke(app, ["--now", NOW, *arguments])
        assert done.exit_code == 0, done.stderr


def process(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "qualipath", *arguments],
        env=os.environ | environment,
        capture_output=True,
        check=False,
        timeout=60,
    )
