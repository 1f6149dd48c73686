"""`qualipath simulate`: years through the real services; the same seed tells the same."""

import json
from collections.abc import Mapping
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from qualipath.engine import Qualipath
from qualipath.errors import InputError
from qualipath.scenarios import simulation as simulation_package
from qualipath.scenarios.simulation.behaviour import SHIPPED
from qualipath.scenarios.simulation.report import NUMBERS, Simulation
from qualipath.scenarios.simulation.simulate import simulate
from tests.acceptance.command_line import PATH, Installation

BEGINS_ON = date(2027, 1, 1)
YEARS = 3
SHORT = ("--path", PATH, "--employees", "40", "--years", "1", "--from", "2027-01-01")


@pytest.fixture(scope="module")
def behaviour(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a model with few bootcamps that many apply for: short to play, and full."""
    text = (files(simulation_package) / SHIPPED).read_text("utf-8")
    for shipped, changed in (
        ("offered: 8 ", "offered: 2 "),
        ("apply: 0.02 ", "apply: 0.3 "),
        ("undersized: cancel ", "undersized: run "),
    ):
        assert shipped in text
        text = text.replace(shipped, changed, 1)
    file = tmp_path_factory.mktemp("behaviour") / "few.yaml"
    file.write_text(text, "utf-8")
    return file


def play(behaviour: Path, years: int = 1, seed: int = 7, **arguments: Any) -> Simulation:
    usual: dict[str, Any] = {"employees": 150, "years": years, "seed": seed, "begins_on": BEGINS_ON}
    return simulate(PATH, behaviour=behaviour, **usual | arguments)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"sqlite:///{tmp_path_factory.mktemp('simulation')}/kept.db"


@pytest.fixture(scope="module")
def simulation(behaviour: Path, database: str) -> Simulation:
    return play(behaviour, YEARS, database=database)


def test_three_years_bring_people_through_both_certificates(simulation: Simulation) -> None:
    (run,) = simulation.runs
    totals = {tier.tier: tier for tier in run.tiers}

    assert list(totals) == ["bootcamp", "certificate_1", "certificate_2", "masters"]
    for tier in ("bootcamp", "certificate_1", "certificate_2"):
        numbers = totals[tier].numbers
        assert numbers.applied > numbers.admitted > numbers.completed > numbers.failed > 0
        assert numbers.unused == numbers.seats - numbers.attended
    first = [totals[tier].first_completed_on for tier in ("bootcamp", "certificate_1")]
    assert first[0] is not None
    assert first[1] is not None
    assert BEGINS_ON < first[0] < first[1] < simulation.ends_on


def test_results_are_there_before_the_next_term_begins(simulation: Simulation) -> None:
    """Else whoever attends certificate 1 could not go on to certificate 2."""
    (run,) = simulation.runs
    certificates = [term for term in run.terms if term.tier == "certificate_1"]

    assert sum(term.numbers.outstanding for term in certificates[:-1]) == 0


def test_terms_and_totals_tell_the_same(simulation: Simulation) -> None:
    (run,) = simulation.runs

    for total in run.tiers:
        rows = [term.numbers for term in run.terms if term.tier == total.tier]
        for name in NUMBERS:
            assert sum(getattr(row, name) for row in rows) == getattr(total.numbers, name)
        graduates = [t.first_graduates for t in run.terms if t.tier == total.tier]
        assert sum(each is not None for each in graduates) == (total.first_completed_on is not None)
    assert run.cost == sum(tier.numbers.cost for tier in run.tiers)


def test_the_kept_database_tells_the_same_as_the_report(
    simulation: Simulation, database: str
) -> None:
    (run,) = simulation.runs
    with Qualipath.open(database) as qualipath:
        hr = qualipath.acting_as("hr", "k.muster")
        for tier in run.tiers:
            states = [e.state for e in hr.enrolments(PATH, tier.tier)]
            assert states.count("completed") == tier.numbers.completed
            assert states.count("failed") == tier.numbers.failed
        for intake in hr.intakes(PATH):
            assert intake.taken <= intake.seats
        report = hr.report(PATH)
        kept = [row for row in report if row.starts_on < simulation.ends_on]
        assert sum(row.cost for row in kept) == run.cost


@pytest.fixture(scope="module")
def compared(behaviour: Path) -> Simulation:
    return play(behaviour, seats={"bootcamp": 2}, against={"bootcamp": 6})


def test_the_same_seed_tells_the_same_and_another_one_something_else(
    compared: Simulation, behaviour: Path
) -> None:
    again, other = (play(behaviour, seats={"bootcamp": 2}, seed=seed) for seed in (7, 8))

    assert again.runs == compared.runs[:1]
    assert other.runs != again.runs


def test_two_runs_differ_by_what_the_seats_change(compared: Simulation) -> None:
    first, second = compared.runs
    changed = {each.tier: each.numbers for each in compared.differences}

    assert (first.seats, second.seats) == ({"bootcamp": 2}, {"bootcamp": 6})
    assert changed["bootcamp"].seats == 4 * first.tiers[0].numbers.intakes
    assert changed["bootcamp"].completed > 0
    assert changed["certificate_1"].applied > 0
    # Whoever applies first does so in both runs, before any seat is given.
    assert first.terms[0].numbers.applied == second.terms[0].numbers.applied > 0


def test_each_of_two_runs_is_what_it_would_be_alone(compared: Simulation, behaviour: Path) -> None:
    assert play(behaviour, seats={"bootcamp": 6}).runs == compared.runs[1:]


def test_seats_beyond_all_applicants_change_nothing_else(behaviour: Path) -> None:
    compared = play(behaviour, seats={"certificate_1": 90}, against={"certificate_1": 91})

    for difference in compared.differences:
        numbers: Mapping[str, int] = difference.numbers.model_dump(exclude={"seats", "unused"})
        assert set(numbers.values()) == {0}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"seats": {"botcamp": 3}}, "there is no tier 'botcamp'"),
        ({"years": 0}, "a simulation takes 1 to 50 years, not 0"),
        ({"years": 51}, "a simulation takes 1 to 50 years, not 51"),
        ({"begins_on": date(9990, 1, 1)}, "a simulation begins from 2000-01-01 to 2900-01-01"),
        ({"against": {}, "database": "sqlite:///new.db"}, "one database keeps one run"),
    ],
)
def test_what_can_not_be_simulated_is_told(
    behaviour: Path, arguments: dict[str, Any], told: str
) -> None:
    with pytest.raises(InputError, match=told):
        play(behaviour, **arguments)


def test_a_database_with_somebodys_data_is_never_played_in(installation: Installation) -> None:
    before = installation.dump()

    told = installation.fails(2, "simulate", *SHORT, "--database", "sqlite:///qualipath.db")

    assert "exists already; name a new one to play in" in told
    assert installation.dump() == before


def test_the_installations_own_database_is_left_alone(
    installation: Installation, behaviour: Path
) -> None:
    before = installation.dump()

    assert "In all" in installation.told("simulate", *SHORT, "--behaviour", str(behaviour))

    assert installation.dump() == before
    assert not list(installation.folder.glob("qualipath-simulation*"))


def test_two_runs_are_shown_side_by_side(installation: Installation, behaviour: Path) -> None:
    told = installation.told(
        "simulate", *SHORT, "--behaviour", str(behaviour), "--against", "bootcamp=3"
    )

    assert "20 | 3" in told
    assert "What the second run changes" in told
    assert "bootcamp=3: EUR" in told


def test_the_answer_in_json_holds_both_runs(installation: Installation, behaviour: Path) -> None:
    seats = ("--seats", "bootcamp=4", "--against", "bootcamp=3")
    told = installation.told("simulate", *SHORT, *seats, "--behaviour", str(behaviour), "--json")
    answer = json.loads(told)

    assert [run["seats"] for run in answer["runs"]] == [{"bootcamp": 4}, {"bootcamp": 3}]
    assert {each["tier"] for each in answer["differences"]} >= {"bootcamp", "certificate_1"}
    assert answer["ends_on"] == "2028-01-01"


@pytest.mark.parametrize("written", ["bootcamp", "bootcamp=many", "bootcamp=-1", "=3", "bootcamp="])
def test_seats_are_written_with_their_tier(installation: Installation, written: str) -> None:
    assert "names no seats" in installation.fails(2, "simulate", *SHORT, "--seats", written)


def test_a_wrong_behaviour_is_told_before_anything_is_played(installation: Installation) -> None:
    (installation.folder / "mine.yaml").write_text("staff: {}\n", "utf-8")

    told = installation.fails(1, "simulate", *SHORT, "--behaviour", "mine.yaml")

    assert "mine.yaml:1:1: staff.degree: is missing" in told
    assert "other_tiers: is missing" in told
