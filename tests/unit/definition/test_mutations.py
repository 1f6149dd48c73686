"""However the shipped definitions are damaged, what is wrong is told and nothing else is raised."""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qualipath.definition.bundled import bundled
from qualipath.definition.checking import check
from qualipath.definition.loader import read_catalogue
from qualipath.definition.review import review
from qualipath.errors import DefinitionError

SHIPPED = sorted(
    file.relative_to(bundled("workflows")) for file in bundled("workflows").rglob("*.yaml")
)
WORDS = [
    "all",
    "not",
    "completed",
    "tier",
    "x",
    "[]",
    "{}",
    "-1",
    "no",
    "true",
    "~",
    "1.5",
    "available",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    copy = tmp_path_factory.mktemp("mutations") / "workflows"
    shutil.copytree(bundled("workflows"), copy)
    yield copy
    assert check(copy, None) == [], "each example puts back what it damaged"


@st.composite
def damaged(draw: st.DrawFn) -> tuple[Path, str]:
    """Delete, double, rename, re-indent or move lines of one file."""
    name = draw(st.sampled_from(SHIPPED))
    lines = (bundled("workflows") / name).read_text(encoding="utf-8").splitlines()
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(lines) - 1))
        line = lines[at]
        key, colon, value = line.partition(":")
        indent = key[: len(key) - len(key.lstrip(" -"))]
        word = draw(st.sampled_from(WORDS))
        match draw(st.sampled_from(["delete", "double", "key", "value", "indent", "move"])):
            case "delete":
                del lines[at]
            case "double":
                lines.insert(at, line)
            case "key":
                lines[at] = f"{indent}{word}{colon}{value}"
            case "value":
                lines[at] = f"{key}: {word}"
            case "indent":
                lines[at] = f"  {line}"
            case "move":
                lines.insert(draw(st.integers(0, len(lines) - 1)), lines.pop(at))
        if not lines:
            break
    return name, "\n".join(lines)


@pytest.mark.long
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(damaged())
def test_any_damage_is_told_at_a_place(folder: Path, damage: tuple[Path, str]) -> None:
    name, text = damage
    file = folder / name
    whole = file.read_text(encoding="utf-8")
    file.write_text(text, encoding="utf-8")
    try:
        catalogue = read_catalogue(folder)
        problems = [*catalogue.problems, *review(catalogue, None)]
        lines = text.count("\n") + 2
        assert all(p.what and p.line <= lines for p in problems if p.file == str(file))
        with suppress(DefinitionError):
            catalogue.definition("duisburg_digital").digest()
    finally:
        file.write_text(whole, encoding="utf-8")
