"""The documents under docs/: what they show is what happens, and they leave nothing out."""

import re
from pathlib import Path

import pytest

from qualipath import errors
from qualipath.engine import ActingAs, Qualipath
from tests.acceptance.snippets import ROOT, Reader


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE", "WORKFLOWS", "TEMPLATES", "ACTING_AS", "LOCALE"):
        monkeypatch.delenv(f"QUALIPATH_{name}", raising=False)


def text_of(document: str) -> str:
    return (ROOT / "docs" / document).read_text("utf-8")


def verbs(of: type) -> set[str]:
    return {name for name in dir(of) if not name.startswith("_") and callable(getattr(of, name))}


def test_python_md_runs(tmp_path: Path) -> None:
    assert Reader(tmp_path).follow("docs/python.md") >= 20


@pytest.mark.parametrize("verb", sorted(verbs(ActingAs) | verbs(Qualipath)))
def test_python_md_shows_every_verb(verb: str) -> None:
    assert re.search(rf"\.{verb}\(", text_of("python.md"))


def test_python_md_tells_every_error_as_its_docstring_does() -> None:
    told = dict(re.findall(r"^\| `(\w+Error)` \| (.*?)(?: \(.*?\)\.?)? \|$", text_of("python.md"), re.M))
    named = {
        name: error.__doc__
        for name in errors.__dict__
        if isinstance(error := getattr(errors, name), type)
        and issubclass(error, errors.QualipathError)
        and name not in {"QualipathError", "ProblemsError"}
    }

    assert {name: meaning.rstrip(".") for name, meaning in told.items()} == {
        name: (meaning or "").rstrip(".") for name, meaning in named.items()
    }
