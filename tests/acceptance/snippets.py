"""Documents as they are read: their files are written, their commands run, their Python executed.

A fenced block is played by its language: `console` runs each line after `$` and compares what it
shows, `python` runs as doctests, or as a script if it has no prompt, and any other one is only
looked at. A comment above the block may say more: `file: x.yaml` writes it there, `prints` compares
it with what the last script printed, `exit: 4` is the exit code of the last command, `elsewhere`
leaves it out.
"""

import doctest
import io
import os
import re
import shlex
from collections.abc import Iterator
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from qualipath.cli import app

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(
    r"^(?:<!-- (?P<mark>[^\n]*?) -->\n)?```(?P<language>\w+)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d")


@dataclass(frozen=True, slots=True)
class Snippet:
    """One fenced block of a document."""

    language: str
    text: str
    mark: str
    line: int

    def marked(self, name: str) -> str | None:
        """Give what the comment above says of this name, if it speaks of it."""
        found, _, value = self.mark.partition(":")
        return value.strip() if found.strip() == name else None


def snippets(document: str) -> Iterator[Snippet]:
    """Walk over the blocks of a document of the project."""
    text = (ROOT / document).read_text("utf-8")
    for found in _BLOCK.finditer(text):
        line = text.count("\n", 0, found.start("text")) + 1
        yield Snippet(found["language"], found["text"], found["mark"] or "", line)


@dataclass(slots=True)
class Reader:
    """Somebody who follows a document step by step, in a folder."""

    folder: Path
    names: dict[str, Any] = field(default_factory=dict)
    printed: str = ""

    def follow(self, document: str) -> int:
        """Do what the document says, compare what it shows, and count the blocks done."""
        return sum(self._play(document, snippet) for snippet in snippets(document))

    def _play(self, document: str, snippet: Snippet) -> bool:
        where = f"{document}:{snippet.line}"
        if snippet.marked("elsewhere") is not None:
            return False
        if (name := snippet.marked("file")) is not None:
            file = self.folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(snippet.text, "utf-8")
        elif snippet.marked("prints") is not None:
            require(snippet.text, self.printed, where)
        elif snippet.language == "console":
            self._commands(snippet, where)
        elif snippet.language == "python":
            self._python(snippet, where)
        else:
            return False
        return True

    def _commands(self, snippet: Snippet, where: str) -> None:
        *before, last = commands(snippet.text)
        for command, shown in before:
            self._command(command, shown, where, 0)
        self._command(*last, where, int(snippet.marked("exit") or 0))

    def _command(self, command: str, shown: str, where: str, exit_code: int) -> None:
        program, *arguments = shlex.split(command)
        if program == "cd":
            self.folder = self.folder / arguments[0]
            return
        assert program == "qualipath", f"{where}: only qualipath is run here, not {program}"
        code, output = qualipath(arguments, self.folder)
        require(shown, output, f"{where}: {command}")
        assert code == exit_code, f"{where}: {command} left with {code}, not {exit_code}\n{output}"

    def _python(self, snippet: Snippet, where: str) -> None:
        with chdir(self.folder):
            if ">>>" not in snippet.text:
                printed = io.StringIO()
                with redirect_stdout(printed):
                    exec(compile(snippet.text, where, "exec"), self.names)  # noqa: S102
                self.printed = printed.getvalue()
                return
            parser, runner = doctest.DocTestParser(), doctest.DocTestRunner(optionflags=_OPTIONS)
            test = parser.get_doctest(snippet.text, {}, where, where, snippet.line - 1)
            test.globs = self.names
            told = io.StringIO()
            runner.run(test, out=told.write, clear_globs=False)
            assert not runner.failures, told.getvalue()


_OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def commands(text: str) -> list[tuple[str, str]]:
    """Take a session apart: each command with what it shows."""
    joined = text.replace("\\\n", " ")
    found = [part.partition("\n") for part in re.split(r"^\$ ", joined, flags=re.MULTILINE)[1:]]
    return [(command, shown) for command, _, shown in found]


def qualipath(arguments: list[str], folder: Path) -> tuple[int, str]:
    """Run the command line as the installed program does; give its exit code and all it shows."""
    raw = io.BytesIO()
    shown = io.TextIOWrapper(raw, encoding="utf-8", write_through=True)
    with (
        pytest.MonkeyPatch.context() as patch,
        chdir(folder),
        redirect_stdout(shown),
        redirect_stderr(shown),
    ):
        for name in [name for name in os.environ if name.startswith("QUALIPATH_")]:
            patch.delenv(name)
        try:
            app(arguments, prog_name="qualipath")
            code = 0
        except SystemExit as left:
            code = int(left.code or 0)
    return code, raw.getvalue().decode()


def require(shown: str, actual: str, where: str) -> None:
    """Compare what a document shows with what there is.

    Space does not count, nor does the length of a rule, nor any instant; `…` stands for anything,
    and alone on a line for any lines.
    """
    pattern = "".join(map(_line_pattern, _plain(shown)))
    found = _plain(actual)
    told = "\n".join(found)
    assert re.fullmatch(pattern, "".join(f"{line}\n" for line in found)), (
        f"{where} shows\n{shown}\nand not\n{told}"
    )


def _line_pattern(line: str) -> str:
    if line == "…":
        return r"(?:.*\n)*?"
    return re.escape(line).replace("…", ".*") + r"\n"


def _plain(text: str) -> list[str]:
    told = _INSTANT.sub("<instant>", re.sub("─+", "─", text))
    return [" ".join(line.split()) for line in told.splitlines() if line.strip()]
