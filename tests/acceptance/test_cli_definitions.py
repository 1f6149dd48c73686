"""The commands about definitions, as people use them."""

import json
from pathlib import Path

import pytest

from tests.acceptance.command_line import PATH, Installation


def test_init_writes_nothing_over_files_that_are_there(installation: Installation) -> None:
    file = installation.folder / "workflows" / f"{PATH}.yaml"
    file.write_text("mine", "utf-8")
    (installation.folder / "qualipath.toml").unlink()

    assert "would be overwritten" in installation.fails(2, "init", "--lang", "de")
    assert file.read_text("utf-8") == "mine"
    assert not (installation.folder / "qualipath.toml").exists()

    installation.told("init", "--force")
    assert file.read_text("utf-8") != "mine"


def test_init_lays_out_what_the_other_commands_then_use(
    tmp_path: Path, installation: Installation
) -> None:
    written = installation.answered("init", str(tmp_path / "new"))["written"]
    assert str(tmp_path / "new" / "qualipath.toml") in written
    assert all(Path(file).is_file() for file in written)
    settings = (tmp_path / "new" / "qualipath.toml").read_text("utf-8")
    assert 'database = "sqlite:///qualipath.db"' in settings


def test_a_dry_run_of_init_lists_what_it_would_write(installation: Installation) -> None:
    new = installation.folder / "new"
    told = installation.told("init", str(new), "--dry-run")
    assert not new.exists()
    *listed, last = told.splitlines()
    assert last.startswith("Dry run")
    written = installation.answered("init", str(new))["written"]
    assert listed == written
    assert "would be overwritten" in installation.fails(2, "init", str(new), "--dry-run")


def test_check_gives_every_problem_a_line_with_its_place(installation: Installation) -> None:
    assert "all right" in installation.told("check")
    assert installation.answered("check") == {"ok": True, "problems": []}
    file = installation.folder / "workflows" / f"{PATH}.yaml"
    text = file.read_text("utf-8")
    file.write_text(text.replace("lifecycle: seminar", "lifecycle: semnar"), "utf-8")

    result = installation.run("check", str(file))
    assert result.exit_code == 1
    (line,) = result.stdout.splitlines()
    assert f"{PATH}.yaml:" in line
    assert "'semnar'" in line
    assert "seminar" in line
    answer = json.loads(installation.run("check", str(file), "--json").stdout)
    assert answer["ok"] is False
    assert answer["problems"][0]["line"] > 1


def test_publish_tells_whether_there_is_a_new_version(installation: Installation) -> None:
    assert "unchanged, version 1" in installation.told("publish", PATH)
    file = installation.folder / "workflows" / f"{PATH}.yaml"
    file.write_text(file.read_text("utf-8").replace("cost: 400", "cost: 401"), "utf-8")
    before = installation.dump()
    assert "Dry run" in installation.told("publish", PATH, "--dry-run")
    assert installation.dump() == before

    answer = installation.answered("publish", PATH)
    assert (answer["version"], answer["new"], answer["dry_run"]) == (2, True, False)


def test_publish_is_for_hr(installation: Installation) -> None:
    assert "only HR" in installation.fails(2, "publish", PATH, "--as", "supervisor:1001")


def test_publish_of_a_wrong_definition_names_its_problems(installation: Installation) -> None:
    file = installation.folder / "workflows" / f"{PATH}.yaml"
    file.write_text(file.read_text("utf-8").replace("max_attempts: 3", "max_attempts: 0"), "utf-8")
    told = installation.fails(1, "publish", PATH)
    assert told.count(f"{PATH}.yaml:") == 2
    told = installation.fails(1, "publish", PATH, "--json")
    assert len(json.loads(told)["problems"]) == 2


def test_schema_is_printed_or_written(installation: Installation) -> None:
    path = json.loads(installation.told("schema", "path"))
    assert path["$schema"].startswith("https://json-schema.org/")
    written = installation.answered("schema", "--out", "schemas")["written"]
    assert json.loads((installation.folder / "schemas" / "path.json").read_text()) == path
    assert len(written) == len(json.loads(installation.told("schema")))
    assert "there are path" in installation.fails(2, "schema", "paths")


@pytest.mark.parametrize("name", [PATH, "semester_course"])
def test_diagram_draws_paths_and_lifecycles(installation: Installation, name: str) -> None:
    mermaid = installation.told("diagram", name)
    assert mermaid.startswith(("flowchart", "stateDiagram"))
    assert installation.answered("diagram", name)["diagram"] == mermaid
    installation.told("diagram", name, "--format", "svg", "--out", "drawn.svg")
    assert "<svg" in (installation.folder / "drawn.svg").read_text("utf-8")


def test_diagram_shows_where_somebody_stands(installation: Installation) -> None:
    installation.attending()
    assert "class n_bootcamp open" in installation.told("diagram", PATH, "--person", "4711")
    assert "did you mean 'seminar'" in installation.fails(3, "diagram", "semnar")


def _highlighted(mermaid: str) -> list[str]:
    return [line.split()[1] for line in mermaid.splitlines() if line.endswith(" current")]


def test_diagram_shows_the_state_of_somebody_in_a_lifecycle(installation: Installation) -> None:
    shown = ("diagram", "seminar", "--person", "4711", "--path", PATH)
    assert _highlighted(installation.told("diagram", "seminar")) == []
    assert _highlighted(installation.told(*shown)) == ["n_available"]
    enrolment = installation.attending()
    assert _highlighted(installation.told(*shown)) == ["n_attending"]
    installation.told("fire", str(enrolment), "fail")
    assert _highlighted(installation.told(*shown, "--tier", "bootcamp")) == ["n_failed"]
    assert installation.told(*shown, "--format", "svg").count('stroke-width="4"') == 1


def test_diagram_of_a_lifecycle_shows_it_as_the_enrolment_began(installation: Installation) -> None:
    installation.attending()
    file = installation.folder / "workflows" / "lifecycles" / "seminar.yaml"
    file.write_text(file.read_text("utf-8").replace("attending", "sitting"), "utf-8")
    installation.told("publish", PATH)
    told = installation.told("diagram", "seminar", "--person", "4711", "--path", PATH)
    assert _highlighted(told) == ["n_attending"]


@pytest.mark.parametrize(
    ("written", "exit_code", "right"),
    [
        (("seminar", "--person", "4711"), 2, "name by --path"),
        (("semester_course", "--person", "4711", "--path", PATH), 2, "_1, certificate_2"),
        (("semnar", "--person", "4711", "--path", PATH), 3, "bootcamp: seminar"),
        (("seminar", "--person", "4711", "--path", PATH, "--tier", "masters"), 3, "'masters'"),
        (("seminar", "--person", "4711", "--path", PATH, "--tier", "bootcmp"), 3, "'bootcamp'"),
        (("seminar", "--path", PATH), 2, "--person"),
        ((PATH, "--person", "4711", "--tier", "bootcamp"), 2, "--tier"),
    ],
)
def test_diagram_tells_what_it_needs_to_show_somebody(
    installation: Installation, written: tuple[str, ...], exit_code: int, right: str
) -> None:
    (line,) = installation.fails(exit_code, "diagram", *written).splitlines()
    assert right in line


def test_definitions_need_no_database(installation: Installation) -> None:
    (installation.folder / "qualipath.db").unlink()
    for arguments in (("check",), ("diagram", PATH), ("schema",)):
        installation.told(*arguments)


def test_demo_tells_its_story_and_says_where_to_look(installation: Installation) -> None:
    told = installation.told("demo", "--out", "story")
    for part in ("Where everybody stands", "Refused, and why", "One history", "summary.md"):
        assert part in told
    assert (installation.folder / "story" / "qualipath.db").is_file()
    told = installation.fails(2, "demo", "--out", "workflows")
    assert "no demonstration made" in told


def test_migrate_tells_who_would_move_and_moves_nobody_in_a_dry_run(
    installation: Installation,
) -> None:
    enrolment = installation.attending()
    file = installation.folder / "workflows" / f"{PATH}.yaml"
    file.write_text(file.read_text("utf-8").replace("cost: 400", "cost: 401"), "utf-8")
    installation.told("publish", PATH)
    before = installation.dump()
    answer = installation.answered("migrate", PATH, "--to", "2", "--dry-run")
    assert [moved["enrolment"] for moved in answer["moved"]] == [enrolment]
    assert installation.dump() == before

    assert "1 moved" in installation.told("migrate", PATH, "--to", "2")
    assert "unchanged" in installation.told("migrate", PATH, "--to", "2")
    assert "version 9" in installation.fails(3, "migrate", PATH, "--to", "9")
