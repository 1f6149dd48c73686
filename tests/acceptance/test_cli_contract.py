"""What holds for every command, also for one that is added later: --json, --dry-run."""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import typer
from typer.core import TyperCommand, TyperGroup

from qualipath.cli import app
from tests.acceptance.command_line import PATH, WINDOW, Installation

READING = {
    "calendar export": "only asks",
    "check": "only reads definitions",
    "credentials": "only asks",
    "db backup": "writes a copy of its own, never data; refuses a file that is there",
    "db check": "only asks",
    "demo": "plays on a database of its own, in a folder that it makes",
    "diagram": "only draws",
    "eligible": "only asks",
    "export people": "writes a file of its own, never data",
    "history": "only asks",
    "intake list": "only asks",
    "intake protocol": "only asks",
    "intake roster": "only asks",
    "intake show": "only asks",
    "mail test": "sends one mail about nobody, and stores nothing",
    "organisation list": "only asks",
    "outbox list": "only asks",
    "outbox send": "does only what is due, and would be done anyhow",
    "outbox show": "only asks",
    "provider list": "only asks",
    "schema": "only writes what the program itself knows",
    "scheduler status": "only asks",
    "simulate": "plays on a database of its own",
    "status": "only asks",
    "templates check": "only reads templates",
    "templates fields": "only asks",
    "templates preview": "only shows",
    "tick": "does only what is due, and would be done anyhow",
    "why": "only asks",
}
"""The commands that take no --dry-run, and why not."""

EXAMPLES = {
    "absent": ("1001", "2026-04-01", "2026-04-20", "--deputy", "4712"),
    "apply": ("4713", PATH, "bootcamp"),
    "calendar export": (PATH,),
    "check": (),
    "correct": ("1", "--state", "failed", "--reason", "misread"),
    "credentials": ("4711",),
    "db backup": ("new.backup",),
    "db check": (),
    "db restore": ("copy.db", "--force"),
    "db upgrade": ("--database", "sqlite:///new.db"),
    "demo": ("--out", "story"),
    "diagram": (PATH,),
    "eligible": (PATH, "bootcamp"),
    "export people": ("everybody.csv",),
    "fire": ("2", "complete"),
    "history": ("1",),
    "import people": ("more.csv",),
    "import results": ("results.csv",),
    "init": ("new",),
    "intake allocate": ("3",),
    "intake cancel": ("1", "--reason", "too few"),
    "intake close": ("2",),
    "intake finish": ("5",),
    "intake list": (PATH,),
    "intake open": ("1",),
    "intake plan": (PATH, "bootcamp", "--starts", "2026-10-05", *WINDOW),
    "intake plan-terms": (PATH, "--years", "2"),
    "intake protocol": ("4",),
    "intake redate": ("1", "--ends", "2027-09-30", "--reason", "longer"),
    "intake resize": ("1", "40", "--reason", "a larger room"),
    "intake roster": ("1",),
    "intake show": ("1",),
    "intake start": ("4",),
    "mail test": ("k.muster@example.org",),
    "migrate": (PATH, "--to", "2"),
    "nominate": ("4713", PATH, "bootcamp", "--as", "supervisor:1001@duisburg"),
    "organisation add": ("walsum", "Bezirk Walsum"),
    "organisation list": (),
    "organisation mail": ("duisburg", "--rhythm", "weekly"),
    "outbox cancel": ("4", "--reason", "told by phone"),
    "outbox list": (),
    "outbox release": (),
    "outbox retry": ("--all-dead",),
    "outbox send": (),
    "outbox show": ("1",),
    "provider add": ("academy", "Studieninstitut", "academy@example.org"),
    "provider list": (),
    "publish": (PATH,),
    "recognise": ("4713", "bootcamp", "--evidence", "seen"),
    "revoke": ("3", "--reason", "entered twice"),
    "schema": ("path",),
    "scheduler status": (),
    "simulate": ("--path", PATH, "--employees", "20", "--years", "1"),
    "status": (PATH,),
    "templates check": (),
    "templates fields": ("admitted",),
    "templates preview": ("admitted",),
    "tick": (),
    "why": ("4711", PATH, "masters"),
}
"""Arguments with which each command would do something in the installation of these tests."""


def _commands(group: TyperGroup, before: str = "") -> Iterator[tuple[str, TyperCommand]]:
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from _commands(command, f"{before}{name} ")
        else:
            assert isinstance(command, TyperCommand)
            yield before + name, command


def _made() -> dict[str, TyperCommand]:
    made = typer.main.get_command(app)
    assert isinstance(made, TyperGroup)
    return dict(_commands(made))


COMMANDS = _made()


def _options(name: str) -> set[str]:
    return {option for param in COMMANDS[name].params for option in param.opts}


def test_these_lists_are_of_the_commands_that_there_are() -> None:
    assert EXAMPLES.keys() == COMMANDS.keys()
    assert READING.keys() <= COMMANDS.keys()


@pytest.mark.parametrize("name", COMMANDS)
def test_what_changes_data_has_a_dry_run(name: str) -> None:
    assert ("--dry-run" in _options(name)) != (name in READING)


@pytest.fixture(scope="module")
def busy_folder(prepared_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lay out an installation in which every command of `EXAMPLES` has something to do."""
    folder = tmp_path_factory.mktemp("busy") / "installation"
    shutil.copytree(prepared_folder, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        _set_going(Installation(folder))
    return folder


def _set_going(installation: Installation) -> None:
    done = installation.attending("4711")
    # Of its mails that still hold, one is held (4), and one can't be delivered.
    installation.told("organisation", "mail", "duisburg", "--hourly-cap", "0")
    installation.told("outbox", "send")
    with closing(sqlite3.connect(installation.folder / "qualipath.db")) as connection, connection:
        connection.execute("UPDATE notice SET status = 'dead' WHERE status = 'held' AND id > 4")
    installation.told("organisation", "mail", "duisburg", "--inherit", "hourly-cap")
    installation.told("fire", str(done), "complete")
    installation.attending("4712")
    # One in each state that a command of `EXAMPLES` leads on from.
    moves = ("open", "close", "allocate", "start")
    for number in range(len(moves) + 1):
        id_ = installation.planned("masters", "--parallel")
        for move in moves[:number]:
            installation.told("intake", move, str(id_))
    installation.told("recognise", "4713", "bachelor/law", "--kind", "degree", "--evidence", "x")
    installation.told("db", "backup", "copy.db")
    definition = installation.folder / "workflows" / f"{PATH}.yaml"
    text = definition.read_text("utf-8")
    for cost in (401, 402):
        definition.write_text(text.replace("cost: 400", f"cost: {cost}"), "utf-8")
        if cost == 401:
            installation.told("publish", PATH)
    (installation.folder / "more.csv").write_text(
        "number;given_name;family_name;organisation\n8;Neu;Neumann;duisburg\n", "utf-8"
    )
    (installation.folder / "results.csv").write_text(
        "number;tier;result\n4712;bootcamp;passed\n", "utf-8"
    )


@pytest.fixture
def busy(busy_folder: Path, installation: Installation) -> Installation:
    """Give that installation, whose folder is the current one."""
    shutil.copytree(busy_folder, installation.folder, dirs_exist_ok=True)
    return installation


def _contents(folder: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and not file.name.endswith((".db", "-wal", "-shm"))
    } | {"databases": " ".join(sorted(p.name for p in folder.rglob("*.db"))).encode()}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_answers_in_json(busy: Installation, name: str) -> None:
    written = (*name.split(), *EXAMPLES[name])
    if name not in READING:
        before, files = busy.dump(), _contents(busy.folder)
        rehearsed = json.loads(busy.told(*written, "--json", "--dry-run"))
        assert rehearsed["dry_run"] is True
        assert "Dry run: nothing was written." in busy.told(*written, "--dry-run")
        assert (busy.dump(), _contents(busy.folder)) == (before, files)
    answer = json.loads(busy.told(*written, "--json"))
    assert isinstance(answer, dict)
    if name not in READING:
        assert answer["dry_run"] is False
        assert (busy.dump(), _contents(busy.folder)) != (before, files)


@pytest.mark.parametrize(
    "written",
    [
        ("db", "--json", "check"),
        ("organisation", "--json", "list"),
        ("organisation", "--as", "hr:k.muster", "list", "--json"),
        ("--json", "db", "--database", "sqlite:///qualipath.db", "check"),
    ],
)
def test_shared_options_may_stand_after_a_groups_name(
    installation: Installation, written: tuple[str, ...]
) -> None:
    assert isinstance(json.loads(installation.told(*written)), dict)


def test_what_stands_nearest_to_the_command_counts(installation: Installation) -> None:
    told = installation.fails(
        6, "db", "--database", "sqlite:///near.db", "check", "--database", "sqlite:///nearer.db"
    )
    assert "nearer.db" in told


def test_a_group_alone_asks_for_its_command(installation: Installation) -> None:
    assert "Missing command" in json.loads(installation.fails(2, "db", "--json"))["error"]
