"""The commands that ask, as people use them."""

from tests.acceptance.command_line import PATH, Installation


def test_why_draws_the_whole_verdict_and_the_way(installation: Installation) -> None:
    told = installation.told("why", "4711", PATH, "masters", "--on", "01.04.2027")
    assert "✓ at least 1 year" in told
    assert "✗ missing: completion of 'Certificate course 2'" in told
    assert "Shortest way: bootcamp → certificate_1 → certificate_2 → masters" in told
    answer = installation.answered("why", "4711", PATH, "masters", "--on", "2027-04-01")
    assert answer["verdict"]["met"] is False
    assert [part["met"] for part in answer["verdict"]["parts"]] == [False, True, False]
    assert answer["route"]["tiers"] == ["bootcamp", "certificate_1", "certificate_2"]


def test_why_tells_from_when_time_alone_helps(installation: Installation) -> None:
    (installation.folder / "new.csv").write_text(
        "number;given_name;family_name;organisation;hired_on\n8;Neu;Neumann;duisburg;2026-01-01\n"
    )
    installation.told("import", "people", "new.csv")
    told = installation.told("why", "8", PATH, "masters")
    assert "from 1 January 2027" in told


def test_status_tells_where_somebody_stands_and_what_is_allowed(
    installation: Installation,
) -> None:
    id_ = installation.attending()
    told = installation.told("status", "4711", PATH)
    assert "attending" in told
    assert "withdraw" in told
    assert "Refused" not in told
    told = installation.told("status", "4711", PATH, "--all", "--as", "employee:4711")
    assert "start" in told.partition("Refused")[2]
    answer = installation.answered("status", "4711", PATH)
    bootcamp = answer["tiers"][0]
    assert (bootcamp["state"], bootcamp["enrolment"]) == ("attending", id_)
    assert {t["trigger"] for t in bootcamp["triggers"] if t["allowed"]} >= {"complete", "fail"}


def test_status_of_a_path_counts(installation: Installation) -> None:
    installation.attending("4711")
    installation.attending("4712")
    installation.told("apply", "4713", PATH, "bootcamp")
    answer = installation.answered("status", PATH)
    assert [(count["state"], count["enrolments"]) for count in answer["counts"]] == [
        ("applied", 1),
        ("attending", 2),
    ]
    assert len(installation.answered("status", PATH, "--state", "applied")["enrolments"]) == 1
    assert "4713" in installation.told("status", PATH)


def test_status_of_a_path_without_enrolments_is_a_line(installation: Installation) -> None:
    assert installation.told("status", PATH).splitlines() == [f"{PATH}: no enrolments yet"]
    installation.attending()
    told = installation.told("status", PATH, "--state", "applied")
    assert told.splitlines() == [f"{PATH}: no such enrolment"]
    answer = installation.answered("status", PATH, "--state", "applied")
    assert (answer["enrolments"], answer["counts"]) == ([], [])


def test_status_leaves_out_what_belongs_to_other_states(installation: Installation) -> None:
    installation.attending()
    refused = installation.told("status", "4711", PATH, "--all").partition("Refused")[2]
    assert "admit: 'admit' is not possible in the state" not in refused
    assert "certificate_2" in refused
    assert "missing: completion of 'Certificate course 1'" in refused
    bootcamp = installation.answered("status", "4711", PATH)["tiers"][0]
    codes = [[reason["code"] for reason in t["reasons"]] for t in bootcamp["triggers"]]
    assert ["state"] in codes


def test_eligible_lists_whole_names_as_they_are(installation: Installation) -> None:
    told = installation.told("eligible", PATH, "bootcamp")
    assert "Özil [bold], Ömer" in told
    assert "4 people" in told
    answer = installation.answered("eligible", PATH, "bootcamp", "--on", "2027-04-01")
    assert {person["number"] for person in answer["people"]} == {"1001", "4711", "4712", "4713"}
    assert installation.answered("eligible", PATH, "masters")["people"] == []


def test_history_of_a_person_begins_with_the_import(installation: Installation) -> None:
    installation.attending()
    answer = installation.answered("history", "--person", "4711")
    triggers = [entry["trigger"] for entry in answer["entries"]]
    assert triggers == ["import", "apply", "approve", "admit", "start"]
    assert "name an enrolment, an employee by --person" in installation.fails(2, "history")


def test_answers_are_german_by_default(installation: Installation) -> None:
    (installation.folder / "qualipath.toml").write_text('acting_as = "hr:k.muster"\n')
    assert "Stufe" in installation.told("status", "4711", PATH)


def test_long_texts_are_never_cut(installation: Installation) -> None:
    name = "Wolfeschlegelsteinhausenbergerdorff " * 5
    (installation.folder / "long.csv").write_text(
        f"number;given_name;family_name;organisation\n7;Hubert;{name.strip()};duisburg\n"
    )
    installation.told("import", "people", "long.csv")
    assert name.strip() in installation.told("eligible", PATH, "bootcamp")
    reason = "because " * 200
    installation.told("apply", "7", PATH, "bootcamp", "--reason", reason.strip())
    assert reason.strip() in installation.told("history", "1")
