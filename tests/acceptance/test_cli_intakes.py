"""The commands about intakes, as HR uses them."""

import json

import pytest

from tests.acceptance.command_line import PATH, WINDOW, Installation

DURING = "2026-04-01T09:00:00+02:00"
PLAN = ("intake", "plan", PATH, "bootcamp", "--starts", "2026-10-05")


def applied(installation: Installation, number: str) -> int:
    """Apply for the bootcamp during its window, and approve; gives the enrolment's id."""
    id_: int = installation.answered("apply", number, PATH, "bootcamp", now=DURING)["id"]
    installation.told("fire", str(id_), "approve", now=DURING)
    return id_


@pytest.fixture
def full(installation: Installation) -> int:
    """Give an open intake of two seats for which three people applied."""
    id_ = installation.planned()
    installation.told("intake", "open", str(id_), now=DURING)
    for number in ("4711", "4712", "4713"):
        applied(installation, number)
    return id_


def test_the_terms_of_ten_years_are_planned_by_one_command(installation: Installation) -> None:
    command = ("intake", "plan-terms", PATH, "--years", "10")
    told = installation.told(*command)
    assert "WS 2026/27" in told
    assert "intakes planned" in told
    again = installation.answered(*command)
    assert again["intakes"] == []
    listed = installation.answered("intake", "list", PATH)["intakes"]
    assert len(listed) > 20
    assert {intake["state"] for intake in listed} == {"planned"}
    assert [each["starts_on"] for each in listed] == sorted(each["starts_on"] for each in listed)


def test_a_window_reads_as_days_where_the_calendar_is(installation: Installation) -> None:
    told = installation.told(*PLAN, *WINDOW, "--seats", "20")
    assert "planned; apply 9 Mar – 20 Aug 2026, runs 5–6 Oct 2026; 20 seats" in told
    german = installation.told("intake", "show", "1", "--lang", "de")
    assert "9. März – 20. Aug. 2026" in german
    assert "0/20 Plätze" in german
    document = installation.answered("intake", "show", "1")
    assert document["opens_at"] == "2026-03-08T23:00:00Z"
    assert document["closes_at"] == "2026-08-20T22:00:00Z"


def test_a_window_may_open_at_a_time_of_day(installation: Installation) -> None:
    told = installation.told(*PLAN, "--opens", "2026-03-09T09:30", "--closes", "20.08.2026")
    assert "apply 9 Mar 2026, 09:30 – 20 Aug 2026, 24:00" in told


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ((*PLAN, "--opens", "2026-08-20", "--closes", "2026-03-09"), "before they open"),
        ((*PLAN, *WINDOW, "--ends", "2026-10-01"), "before it starts"),
        ((*PLAN, *WINDOW, "--seats=-1"), "seats"),
        ((*PLAN, "--opens", "2026-10-25T02:30", "--closes", "2026-11-01"), "2026-10-25"),
        ((*PLAN, "--opens", "soon", "--closes", "2026-08-20"), "--opens 'soon' is not a day"),
        ((*PLAN, "--opens", "2026-03-09T25:00", *WINDOW[2:]), "is not an instant"),
        (("intake", "plan", PATH, "bootcamp", "--starts", " "), "--starts"),
        (("intake", "plan-terms", PATH, "--years", "0"), "1 to 50 years"),
    ],
    ids=lambda value: " ".join(value[4:]) if isinstance(value, tuple) else None,
)
def test_wrong_dates_are_told_in_one_line(
    installation: Installation, written: tuple[str, ...], told: str
) -> None:
    before = installation.dump()
    error = installation.fails(2, *written)
    assert told in error
    assert error.count("\n") == 1
    assert installation.dump() == before


def test_an_unknown_intake_is_not_found(installation: Installation) -> None:
    for command in ("show", "roster", "protocol", "open", "close", "allocate", "start", "finish"):
        assert "there is no intake 7" in installation.fails(3, "intake", command, "7")
    for amend in (("resize", "7", "3"), ("cancel", "7"), ("redate", "7", "--ends", "2027-01-01")):
        told = installation.fails(3, "intake", *amend, "--reason", "x")
        assert "there is no intake 7" in told


def test_a_list_tells_how_full_intakes_are(installation: Installation, full: int) -> None:
    told = installation.told("intake", "list", PATH, "--state", "open")
    (row,) = [line.split() for line in told.splitlines() if "bootcamp" in line]
    assert row[0] == str(full)
    assert row[-3:] == ["2/2", "1", "3"]
    assert installation.told("intake", "list", "--state", "planned") == "no intakes\n"
    told = installation.fails(3, "intake", "list", PATH, "--state", "opened")
    assert "did you mean 'open'?" in told


def test_a_roster_tells_who_is_next(installation: Installation, full: int) -> None:
    told = installation.told("intake", "roster", str(full))
    assert "2/2 seats, 1 waiting" in told
    german = installation.told("intake", "roster", str(full), "--lang", "de")
    assert "2/2 Plätze, 1 wartet\n" in german
    (waiting,) = [line.split() for line in told.splitlines() if "waitlisted" in line]
    assert waiting[:3] == ["1", "3", "4713"]
    people = installation.answered("intake", "roster", str(full))["people"]
    assert [each["place"] for each in people] == [None, None, 1]
    # Brackets in a name are no markup.
    assert "Özil [bold], Ömer" in told


def test_a_larger_room_moves_people_up(installation: Installation, full: int) -> None:
    resize = ("intake", "resize", str(full), "3", "--reason", "a larger room")
    assert "3/3 seats" in installation.told(*resize, now=DURING)
    people = installation.answered("intake", "roster", str(full))["people"]
    assert [each["employee"] for each in people if each["state"] == "offered"] == ["4713"]


def test_changes_stay_in_the_intakes_history(installation: Installation) -> None:
    id_ = str(installation.planned())
    installation.told("intake", "resize", id_, "3", "--reason", "a larger room")
    moved = installation.told("intake", "redate", id_, "--ends", "2026-10-09", "--reason", "longer")
    assert "runs 5–9 Oct 2026" in moved
    told = installation.told("history", "--intake", id_)
    assert "a larger room; seats: 2 → 3" in told
    assert "longer; " in told
    assert "ends_on: 2026-10-06 → 2026-10-09" in told
    entries = installation.answered("history", "--intake", id_)["entries"]
    assert [entry["trigger"] for entry in entries] == ["plan", "resize", "redate"]
    assert {entry["intake"] for entry in entries} == {int(id_)}
    assert "there is no intake 7" in installation.fails(3, "history", "--intake", "7")
    assert "--intake" in installation.fails(2, "history", "1", "--intake", id_)


def test_seats_that_are_taken_stay(installation: Installation, full: int) -> None:
    before = installation.dump()
    told = installation.run("intake", "resize", str(full), "1", "--reason", "small", now=DURING)
    assert told.exit_code in {2, 4}
    assert "2" in told.stderr
    assert installation.dump() == before


def test_who_applies_outside_the_window_is_told_the_next_one(installation: Installation) -> None:
    installation.planned()
    told = installation.fails(4, "apply", "4711", PATH, "bootcamp")
    assert "9 March 2026" in told
    german = installation.fails(4, "apply", "4711", PATH, "bootcamp", "--lang", "de")
    assert "9. März 2026" in german


def test_an_application_names_its_intake(installation: Installation) -> None:
    first, second = installation.planned(), installation.planned("bootcamp", "--parallel")
    for id_ in (first, second):
        installation.told("intake", "open", str(id_), now=DURING)
    named = ("apply", "4711", PATH, "bootcamp", "--intake", str(second))
    installation.told(*named, now=DURING)
    assert installation.answered("intake", "show", str(second))["applied"] == 1
    assert installation.answered("intake", "show", str(first))["applied"] == 0


def test_an_intake_is_moved_by_hand_from_end_to_end(installation: Installation, full: int) -> None:
    for move, state in {
        "close": "closed for applications; 2/2 seats, 1 waiting",
        "allocate": "seats allocated",
        "start": "running",
        "finish": "finished",
    }.items():
        assert state in installation.told("intake", move, str(full), now=DURING)
    told = installation.fails(4, "intake", "open", str(full), now=DURING)
    assert "'open'" in told


def test_cancelling_gives_everybody_back(installation: Installation, full: int) -> None:
    cancel = ("intake", "cancel", str(full), "--reason", "no trainer")
    assert "cancelled; 0/2 seats" in installation.told(*cancel, now=DURING)
    states = {e["state"] for e in installation.answered("intake", "roster", str(full))["people"]}
    assert states == {"cancelled"}
    assert "no trainer" in installation.told("history", "1")


def test_a_ranked_allocation_is_printed_for_the_file(installation: Installation) -> None:
    for number in ("4711", "4712"):
        installation.told("recognise", number, "bootcamp", "--evidence", "seen")
    id_ = installation.planned("certificate_1", "--seats", "1", "--allocates", "2026-09-01")
    installation.told("intake", "open", str(id_), now=DURING)
    assert "No seats were allocated yet." in installation.told("intake", "protocol", str(id_))
    for number in ("4712", "4711"):
        made = installation.answered("apply", number, PATH, "certificate_1", now=DURING)
        installation.told("fire", str(made["id"]), "approve", now=DURING)
    installation.told("intake", "close", str(id_), now=DURING)
    assert "1/1 seats, 1 waiting" in installation.told("intake", "allocate", str(id_), now=DURING)

    german = installation.told("intake", "protocol", str(id_), "--lang", "de")

    rows = [line.split() for line in german.splitlines() if "duisburg" in line]
    assert [row[0] for row in rows] == ["1", "2"]
    assert "Warteliste" in rows[1]
    entries = installation.answered("intake", "protocol", str(id_))["entries"]
    assert [entry["outcome"] for entry in entries] == ["seat", "waiting"]
    assert all(entry["reasons"] for entry in entries)


def test_a_provider_sees_its_own_intake(installation: Installation) -> None:
    id_ = installation.planned("bootcamp", "--provider", "academy")
    installation.told("intake", "open", str(id_), now=DURING)
    applied(installation, "4711")
    academy = ("--as", "provider:academy")
    assert "Muster, Mia" in installation.told("intake", "roster", str(id_), *academy)
    told = installation.fails(3, "intake", "roster", str(id_), "--as", "provider:other")
    assert f"there is no intake {id_}" in told


def test_only_hr_plans(installation: Installation) -> None:
    told = installation.run(*PLAN, *WINDOW, "--as", "employee:4711@duisburg")
    assert told.exit_code == 4
    assert json.loads(
        installation.fails(4, *PLAN, *WINDOW, "--as", "employee:4711@duisburg", "--json")
    )["reasons"]
