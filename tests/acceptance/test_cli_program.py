"""The program around the commands: how it leaves, whatever a command does."""

import json

import pytest
import typer
from typer.testing import CliRunner

from qualipath.cli.program import Program
from qualipath.domain.wording import Refusal, sentence
from qualipath.errors import ConflictError, DefinitionError, Problem, RefusedError

REASON = Refusal("state", sentence("das geht nicht", "that can't be"))
PROBLEM = Problem("a.yaml", 3, 5, "tiers", "there is no tier 'x'", "did you mean 'y'")
REFUSED = RefusedError([REASON], sentence("Abgelehnt", "Refused"))


def program(error: BaseException) -> typer.Typer:
    app = typer.Typer(cls=Program, pretty_exceptions_enable=False)

    @app.callback()
    def share() -> None:
        pass

    @app.command()
    def work(json: bool = False) -> None:  # noqa: FBT001, FBT002, ARG001
        raise error

    return app


@pytest.mark.parametrize(
    ("error", "exit_code", "told"),
    [
        (ConflictError("too late"), 5, "qualipath: too late\n"),
        (DefinitionError([PROBLEM]), 1, f"qualipath: {PROBLEM}\n"),
        (DefinitionError([PROBLEM] * 2), 1, f"qualipath: 2 Fehler:\n{PROBLEM}\n{PROBLEM}\n"),
        (REFUSED, 4, "qualipath: Abgelehnt:\n- das geht nicht\n"),
        (RefusedError([REASON]), 4, "qualipath: das ist nicht erlaubt:\n- das geht nicht\n"),
        (PermissionError(13, "Permission denied", "x"), 1, "qualipath: 'x': Permission denied\n"),
        (OSError("odd"), 1, "qualipath: odd\n"),
        (ConflictError("at db://me:secret@host"), 5, "qualipath: at db://me:***@host\n"),
        (ConflictError("\x1b[2Jgone\u202e"), 5, "qualipath: \\x1b[2Jgone\\u202e\n"),
        (KeyboardInterrupt(), 130, ""),
        (BrokenPipeError(32, "Broken pipe"), 1, ""),
    ],
)
def test_every_error_has_its_line_and_exit_code(
    error: BaseException, exit_code: int, told: str
) -> None:
    result = CliRunner().invoke(program(error), ["work"])
    assert (result.exit_code, result.stderr, result.stdout) == (exit_code, told, "")


def test_a_mistake_of_the_program_itself_is_told_as_such() -> None:
    result = CliRunner().invoke(program(ZeroDivisionError("division by zero")), ["work"])
    assert result.exit_code == 70
    (line,) = result.stderr.splitlines()
    assert line.endswith("ZeroDivisionError: division by zero")


def test_programs_get_errors_as_json() -> None:
    told = CliRunner().invoke(program(REFUSED), ["work", "--json"]).stderr
    assert json.loads(told) == {
        "error": "Abgelehnt",
        "reasons": [{"code": "state", "text": "das geht nicht"}],
    }
    told = CliRunner().invoke(program(DefinitionError([PROBLEM])), ["work", "--json"]).stderr
    assert json.loads(told)["problems"] == [
        {
            "file": "a.yaml",
            "line": 3,
            "column": 5,
            "field": "tiers",
            "what": "there is no tier 'x'",
            "right": "did you mean 'y'",
        }
    ]
