"""The README: what it shows is what happens."""

import re
from pathlib import Path

import pytest

from tests.acceptance.snippets import ROOT, Reader, commands, qualipath, require, snippets

DEMO = "make demo"
DOCUMENTS = [ROOT / "README.md", *sorted(ROOT.glob("docs/*.md"))]


def test_five_minutes_at_the_prompt_and_in_python(tmp_path: Path) -> None:
    assert Reader(tmp_path).follow("README.md") >= 6


def test_make_demo_shows_what_the_readme_shows(tmp_path: Path) -> None:
    ((command, shown),) = [
        pair
        for snippet in snippets("README.md")
        if snippet.language == "console"
        for pair in commands(snippet.text)
        if pair[0].startswith(DEMO)
    ]
    _, _, arguments = command.partition("DEMO_ARGS=")

    code, output = qualipath(["demo", *arguments.strip("'\"").split()], tmp_path)

    assert code == 0
    require(shown, output, command)
    assert "qualipath demo $(DEMO_ARGS)" in (ROOT / "Makefile").read_text("utf-8")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_every_link_leads_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\((?!https?://)([^)#]+)", document.read_text("utf-8")):
        assert (document.parent / target).exists(), f"{document.name} links to {target}"
