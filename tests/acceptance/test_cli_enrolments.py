"""The commands about people and enrolments, as people use them."""

import json

import pytest

from tests.acceptance.command_line import PATH, Installation


def test_an_application_goes_its_way(installation: Installation) -> None:
    assert "4711, bootcamp: applied" in installation.told("apply", "4711", PATH, "bootcamp")
    assert "approved" in installation.told("fire", "1", "approve", "--reason", "needed")
    for trigger in ("admit", "start", "complete"):
        installation.told("fire", "1", trigger)
    history = installation.told("history", "1")
    assert history.index("apply") < history.index("approve") < history.index("complete")
    assert "needed" in history
    assert "hr:k.muster" in history


def test_a_refusal_tells_every_reason_in_the_readers_language(installation: Installation) -> None:
    apply = ("apply", "4711", PATH, "masters")
    told = installation.fails(4, *apply).splitlines()
    assert told[0] == "qualipath: 'apply' is refused for 4711, tier masters:"
    assert len(told) == 3
    assert all(line.startswith("- missing: ") for line in told[1:])
    assert "- es fehlt: " in installation.fails(4, *apply, "--lang", "de")
    answer = json.loads(installation.fails(4, *apply, "--json"))
    assert [reason["code"] for reason in answer["reasons"]] == ["prerequisites"] * 2


CHANGES = [
    ("apply", "4712", PATH, "bootcamp"),
    ("nominate", "4712", PATH, "bootcamp"),
    ("fire", "1", "complete"),
    ("fire", "1", "2", "complete"),
    ("recognise", "4712", "bachelor/law", "--kind", "degree", "--evidence", "certificate"),
    ("organisation", "add", "moers", "Stadt Moers"),
    ("import", "people", "more.csv"),
    ("import", "results", "results.csv"),
]


@pytest.mark.parametrize("change", CHANGES, ids=" ".join)
def test_a_dry_run_answers_and_leaves_the_database_untouched(
    installation: Installation, change: tuple[str, ...]
) -> None:
    installation.attending()
    installation.attending("4713")
    (installation.folder / "more.csv").write_text(
        "number;given_name;family_name;organisation\n9;Neu;Neumann;duisburg\n"
    )
    (installation.folder / "results.csv").write_text("number;tier;result\n4711;bootcamp;passed\n")
    before = installation.dump()
    dry = installation.answered(*change, "--dry-run")
    assert dry["dry_run"] is True
    assert "Dry run" in installation.told(*change, "--dry-run")
    assert installation.dump() == before

    done = installation.answered(*change)
    assert done.pop("dry_run") is False
    assert installation.dump() != before
    assert {k: v for k, v in dry.items() if k != "dry_run"} == done


def test_a_key_makes_a_command_happen_once(installation: Installation) -> None:
    apply = ("apply", "4711", PATH, "bootcamp", "--key", "cmd-1")
    first = installation.answered(*apply)
    before = installation.dump()
    assert installation.answered(*apply) == first
    assert installation.dump() == before
    told = installation.fails(5, "apply", "4712", PATH, "bootcamp", "--key", "cmd-1")
    assert "already used" in told


def test_several_enrolments_get_an_outcome_each(installation: Installation) -> None:
    first, second = installation.attending("4711"), installation.attending("4712")
    installation.told("fire", str(first), "complete")
    result = installation.run("fire", str(first), str(second), "99", "complete")
    assert result.exit_code == 4
    assert "1 done, 2 refused" in result.stdout
    assert "no enrolment 99" in result.stdout


def test_atomic_refuses_all_for_one(installation: Installation) -> None:
    first = installation.attending("4711")
    before = installation.dump()
    told = installation.fails(4, "fire", str(first), "99", "complete", "--atomic")
    assert "none is written" in told
    assert installation.dump() == before


def test_each_enrolment_may_bring_its_own_grade(installation: Installation) -> None:
    for number in ("4711", "4712"):
        id_ = installation.attending(number)
        installation.told("fire", str(id_), "complete")
    one = installation.attending("4711", "certificate_1")
    two = installation.attending("4712", "certificate_1")
    answer = installation.answered("fire", f"{one}=1.7", f"{two}=2,3", "complete")
    assert [o["enrolment"]["grade"] for o in answer["outcomes"]] == ["1.7", "2.3"]
    before = installation.dump()
    fix = ("correct", str(one), "--grade", "1.3", "--reason", "misread")
    assert installation.answered(*fix, "--dry-run")["grade"] == "1.3"
    assert installation.dump() == before
    assert "grade 1.3" in installation.told(*fix)


def test_a_stale_version_is_a_conflict(installation: Installation) -> None:
    id_ = installation.attending()
    told = installation.fails(5, "fire", str(id_), "complete", "--version", "1")
    assert "look at it again" in told
    assert "one enrolment" in installation.fails(2, "fire", "1", "2", "start", "--version", "1")


def test_a_wrong_file_is_told_row_by_row(installation: Installation) -> None:
    (installation.folder / "bad.csv").write_text(
        "number;given_name;family_name;organisation\n1;A;B;duisburg\n1;C;D;duisburrg\n"
    )
    before = installation.dump()
    told = installation.fails(1, "import", "people", "bad.csv")
    assert "bad.csv:3:" in told
    answer = json.loads(installation.fails(1, "import", "people", "bad.csv", "--json"))
    assert {problem["line"] for problem in answer["problems"]} == {3}
    assert installation.dump() == before


def test_a_supervisor_acts_only_for_own_reports(installation: Installation) -> None:
    nominate = ("nominate", "4711", PATH, "bootcamp")
    assert "nominated" in installation.told(*nominate, "--as", "supervisor:1001")
    told = installation.fails(3, *nominate, "--as", "supervisor:4712")
    assert "no employee 4711" in told
