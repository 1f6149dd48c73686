"""Templates at the prompt: checked, looked at, and what they may use."""

import json
import sys
from pathlib import Path

import pytest

from tests.acceptance.command_line import PATH, Installation, process

SUBJECT = Path("templates", "de", "admitted", "subject.txt")


def spoil(installation: Installation, text: str) -> None:
    (installation.folder / SUBJECT).write_text(text, "utf-8")


def test_what_ships_is_right(installation: Installation) -> None:
    assert installation.told("templates", "check") == "Everything is all right.\n"
    assert installation.answered("templates", "check") == {"ok": True, "problems": []}


def test_a_slip_is_told_with_its_place(installation: Installation) -> None:
    spoil(installation, "Zugelassen:\n{{ teir }}\n")
    failed = installation.run("templates", "check")
    assert failed.exit_code == 1
    line = failed.stdout.splitlines()[0]
    assert line.startswith(f"{SUBJECT}:")
    (problem,) = json.loads(installation.run("templates", "check", "--json").stdout)["problems"]
    assert (problem["line"], problem["what"]) == (2, "there is no field 'teir'")
    assert "'tier'" in problem["right"]


def test_check_and_the_scheduler_tell_it_too(installation: Installation) -> None:
    spoil(installation, "{{ teir }}\n")
    failed = installation.run("check")
    assert failed.exit_code == 1
    assert "teir" in failed.stdout
    done = process("scheduler", "--once")
    assert done.returncode == 0
    assert b"teir" in done.stderr


def test_init_tells_what_somebody_left_there(installation: Installation) -> None:
    extra = installation.folder / "workflows" / "broken.yaml"
    extra.write_text("path: broken\n", "utf-8")
    assert "broken.yaml" in installation.told("init", "--force")
    extra.unlink()
    assert "templates" not in installation.told("init", "--force")


def test_the_fields_are_those_of_the_notice(installation: Installation) -> None:
    told = installation.told("templates", "fields", "open_requests")
    assert "requests → due_on" in told
    assert "deadline: last day" in told
    assert "grade" not in told
    german = installation.told("templates", "fields", "completed", "--lang", "de")
    for shown in ("Feld", "Bedeutung", "next_tiers → closes_on", "1,7"):
        assert shown in german
    english = installation.told("templates", "fields", "completed", "--locale", "en")
    assert "1.7" in english


def test_a_preview_is_filled_in(installation: Installation) -> None:
    english = installation.told("templates", "preview", "admitted")
    assert "Certificate course 1" in english
    german = installation.told("templates", "preview", "admitted", "--locale", "de")
    assert "Zertifikatskurs 1" in german
    assert german == installation.told("templates", "preview", "admitted", "--lang", "de")


def test_a_preview_uses_the_organisations_words(installation: Installation) -> None:
    spoil(installation, "{{ words.supervisor }}\n")
    heads = {
        style: installation.answered(
            "templates", "preview", "admitted", "--locale", "de", "--gendering", style
        )["subject"]
        for style in ("neutral", "colon", "star", "pair")
    }
    assert len(set(heads.values())) == 4
    assert ":" in heads["colon"]
    assert "*" in heads["star"]


def test_a_preview_shows_the_usual_mail_in_its_style(installation: Installation) -> None:
    shown = ("templates", "preview", "approval_requested", "--locale", "de", "--gendering")
    assert "als Vorgesetzte*r von" in installation.told(*shown, "star")
    neutral = installation.told(*shown, "neutral")
    assert "als Führungskraft von" in neutral
    assert "in Vertretung" not in neutral


def test_a_preview_is_written_to_files(installation: Installation) -> None:
    answer = installation.answered("templates", "preview", "admitted", "--out", "seen")
    assert answer["files"] == ["seen/subject.txt", "seen/body.txt", "seen/body.html"]
    html = (installation.folder / "seen" / "body.html").read_text("utf-8")
    assert html == answer["html"]
    assert "<html" in html


def test_a_preview_opens_in_the_browser(installation: Installation) -> None:
    browser = installation.folder / "browser.py"
    browser.write_text(
        "import pathlib, sys\npathlib.Path('opened').write_text(sys.argv[1])\n", "utf-8"
    )
    done = process(
        *("templates", "preview", "admitted", "--out", "seen", "--open"),
        BROWSER=f"{sys.executable} {browser} %s",
    )
    assert done.returncode == 0, done.stderr
    opened = (installation.folder / "opened").read_text("utf-8")
    assert opened == (installation.folder / "seen" / "body.html").as_uri()


def test_a_preview_takes_the_data_of_a_notice(installation: Installation) -> None:
    installation.told("apply", "4712", PATH, "bootcamp")
    told = installation.told("templates", "preview", "application_received", "--notice-id", "1")
    assert "Ömer Özil [bold]" in told
    assert "{{" not in told


@pytest.mark.parametrize(
    ("arguments", "exit_code", "hint"),
    [
        (("templates", "fields", "admited"), 3, "did you mean 'admitted'"),
        (("templates", "preview", "admited"), 3, "did you mean 'admitted'"),
        (("templates", "preview", "admitted", "--notice-id", "9"), 3, "no notice 9"),
        (
            ("templates", "preview", "admitted", "--notice-id", "1", "--locale", "de"),
            2,
            "leave --locale",
        ),
        (("templates", "preview", "admitted", "--notice-id", "1"), 2, "'application_received'"),
        (("templates", "check", "--templates", "none"), 2, "qualipath init"),
        (("templates", "preview", "admitted", "--out", "qualipath.toml"), 2, "name a folder"),
    ],
)
def test_a_mistake_is_told_in_one_line(
    installation: Installation, arguments: tuple[str, ...], exit_code: int, hint: str
) -> None:
    installation.told("apply", "4712", PATH, "bootcamp")
    told = installation.fails(exit_code, *arguments)
    assert told.startswith("qualipath: ")
    assert hint in told


def test_a_spoilt_template_is_told_where_it_would_be_used(installation: Installation) -> None:
    spoil(installation, "{{ teir }}\n")
    told = installation.fails(1, "templates", "preview", "admitted", "--locale", "de")
    assert str(SUBJECT) in told
