"""A behaviour model is read like a definition: each mistake at its place, with what is right."""

from datetime import date
from importlib.resources import files
from pathlib import Path

import pytest

from qualipath.errors import DefinitionError, InputError
from qualipath.scenarios.simulation import behaviour
from qualipath.scenarios.simulation.behaviour import SHIPPED, Behaviour, read_behaviour
from qualipath.scenarios.simulation.playing import require_triggers
from tests.builders import the_shipped_path

TEXT = (files(behaviour.__package__) / SHIPPED).read_text("utf-8")
PATH = the_shipped_path().path


def read(tmp_path: Path, text: str) -> Behaviour:
    file = tmp_path / "mine.yaml"
    file.write_text(text, "utf-8")
    return read_behaviour(file, PATH)


def told(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(DefinitionError) as refused:
        read(tmp_path, text)
    return [str(problem).removeprefix(f"{tmp_path}/") for problem in refused.value.problems]


def test_the_shipped_model_names_the_tiers_of_the_shipped_path(tmp_path: Path) -> None:
    assert read(tmp_path, TEXT) == read_behaviour(None, PATH)
    assert read_behaviour(None, PATH).tiers.keys() == PATH.tiers.keys()


def test_the_shipped_model_fits_any_path() -> None:
    other = PATH.model_copy(update={"tiers": {"another": PATH.tiers["bootcamp"]}})

    model = read_behaviour(None, other)

    assert model.at("another") == model.other_tiers


def test_results_come_before_or_after_the_last_day() -> None:
    model, last = read_behaviour(None, PATH), date(2027, 9, 30)

    assert model.at("certificate_1").results.day(last) == date(2027, 9, 16)
    assert model.at("bootcamp").results.day(last) == date(2027, 10, 1)


@pytest.mark.parametrize(
    ("right", "wrong", "problem"),
    [
        ("apply: 0.02 ", "apply: 1.5 ", "apply: 1.5 is not a share; write a number from 0 to 1"),
        ("apply: 0.02 ", "apply: -0.1 ", "apply: -0.1 is not a share"),
        ("apply: 0.02 ", "apply: 3% ", "apply: '3%' is not a share"),
        ("apply: 0.02 ", "apply: true ", "apply: true is not a share"),
        ("offered: 8 ", "offered: 99 ", "offered: 99 is above 52"),
        ("approval: 5 days ", "approval: soon ", "approval: 'soon' is not a period"),
        ("{after: 1 day}", "{after: 1 day, before: 1 day}", "needs either 'before' or 'after'"),
        ("{after: 1 day}", "{}", "needs either 'before' or 'after'"),
        ("  bootcamp:\n", "  botcamp:\n", "tiers.botcamp: the path duisburg_digital has no such"),
        ("  bootcamp:\n", "  botcamp:\n", "did you mean 'bootcamp'? Known: bootcamp, certifi"),
        (
            "  degree: 0.3 ",
            "  degre: 0.3 ",
            "staff.degre: is not known here; did you mean 'degree'",
        ),
        ("sized: cancel ", "sized: wait ", "'wait' is not allowed; known: cancel, run"),
    ],
)
def test_each_mistake_is_told_at_its_line(
    tmp_path: Path, right: str, wrong: str, problem: str
) -> None:
    before, _, _ = TEXT.partition(right)
    line = before.count("\n") + 1

    found = told(tmp_path, TEXT.replace(right, wrong, 1))

    assert any(each.startswith(f"mine.yaml:{line}:") and problem in each for each in found)


def test_a_tier_states_everything(tmp_path: Path) -> None:
    (problem,) = told(tmp_path, TEXT.replace("    pass: 0.98 ", "    # ", 1))

    assert "tiers.bootcamp.pass: is missing" in problem


def test_a_file_that_is_no_yaml_is_told(tmp_path: Path) -> None:
    assert "is not YAML" in told(tmp_path, "tiers: [")[0]


def test_a_lifecycle_without_what_is_played_is_told() -> None:
    shipped = the_shipped_path()
    require_triggers(shipped)
    seminar = shipped.lifecycles["seminar"]
    kept = tuple(t for t in seminar.transitions if t.trigger != "no_show")
    lifecycles = shipped.lifecycles | {"seminar": seminar.model_copy(update={"transitions": kept})}

    with pytest.raises(InputError, match="'seminar' of bootcamp has no no_show"):
        require_triggers(shipped.model_copy(update={"lifecycles": lifecycles}))
