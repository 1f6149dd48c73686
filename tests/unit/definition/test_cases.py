"""Every kind of bad definition in `cases/` is told in so many words, at its exact place.

A case is a file of the small definitions, what to change in it, and the problems that this makes:
`-` and `+` lines are replaced by one another, `?` stands for the second tier's prerequisites.
"""

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.unit.definition.writing import FILES, asking, changed, told


@dataclass(frozen=True, slots=True)
class Case:
    file: str
    old: str
    new: str
    problems: list[str]

    @classmethod
    def read(cls, text: str) -> "Case":
        file, *lines = text.splitlines()
        marked = {mark: [x[2:] for x in lines if x.startswith(mark)] for mark in "-+?"}
        problems = [line for line in lines if line[0] not in marked]
        if marked["?"]:
            return cls(file, FILES[file], asking(marked["?"][0]), problems)
        return cls(file, "\n".join(marked["-"]), "\n".join(marked["+"]), problems)


CASES = [
    pytest.param(Case.read(text), id=f"{file.stem}-{number}")
    for file in sorted((Path(__file__).parent / "cases").glob("*.txt"))
    for number, text in enumerate(file.read_text(encoding="utf-8").split("\n\n"), 1)
]


@pytest.mark.parametrize("case", CASES)
def test_a_bad_definition_is_told(tmp_path: Path, case: Case) -> None:
    assert case.problems
    damaged = changed(FILES[case.file], case.old, case.new)
    assert told(tmp_path, {case.file: damaged}) == case.problems
