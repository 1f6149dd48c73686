"""How results are shown: as text for people, or as one JSON document for programs."""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from qualipath.cli.headings import heading

# A file or another program has no width: nothing is wrapped for it, still less cut off.
_UNLIMITED = 100_000


def printable(text: str) -> str:
    """Write out what would steer a terminal, or turn the direction of its text."""
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() or c in "\n\t" else c.encode("unicode_escape").decode() for c in text
    )


def console(*, stderr: bool = False) -> Console:
    """Make a console that shows texts as they are, at full length if nobody looks at it."""
    made = Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    if not made.is_terminal:
        made.width = _UNLIMITED
    return made


class Output:
    """Shows results in one language, or as JSON."""

    def __init__(self, locale: str, *, as_json: bool = False) -> None:
        self.locale = locale
        self.as_json = as_json
        self._console = console()

    def say(self, de: str, en: str) -> str:
        """Choose the text of the reader's language."""
        return de if self.locale.startswith("de") else en

    @property
    def seen(self) -> bool:
        """Whether results go to a terminal."""
        return self._console.is_terminal

    @property
    def marks(self) -> tuple[str, str]:
        """What marks the met and the unmet, in this terminal's characters."""
        return ("+", "-") if self._console.options.ascii_only else ("✓", "✗")

    def line(self, text: str = "", style: str = "") -> None:
        """Show one line; not as JSON."""
        if not self.as_json:
            self._console.print(Text(printable(text), style=style), soft_wrap=True)

    def draw(self, drawn: RenderableType) -> None:
        """Show a tree or table; not as JSON."""
        if self.as_json:
            return
        if self.seen:
            self._console.print(drawn)
            return
        with self._console.capture() as captured:
            self._console.print(drawn)
        for line in captured.get().splitlines():
            self.line(line.rstrip())

    def document(self, document: object) -> None:
        """Give programs the whole result; only as JSON."""
        if self.as_json:
            sys.stdout.write(as_json(document) + "\n")

    def changed(self, answer: object, *, dry_run: bool) -> None:
        """End a command that changed something, or (`dry_run`) did as if, with its answer."""
        if self.as_json:
            self.document({**plain(answer), "dry_run": dry_run})
        if dry_run:
            self.line(
                self.say("Probelauf: nichts wurde geschrieben.", "Dry run: nothing was written."),
                "yellow",
            )

    def table(
        self, columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = ""
    ) -> None:
        """Show a table, whose columns are named by their words in English; not as JSON."""
        if self.as_json:
            return
        table = Table(
            box=SIMPLE_HEAD,
            show_edge=False,
            pad_edge=False,
            title=title or None,
            title_justify="left",
            title_style="bold",
        )
        for column in columns:
            right = column in _NUMBERS
            table.add_column(
                heading(column, self.locale),
                overflow="fold",
                justify="right" if right else "left",
                header_style="bold",
            )
        for row in rows:
            table.add_row(*(_cell(value) for value in row))
        self.draw(table)

    def fields(self, rows: Iterable[tuple[str, str]]) -> None:
        """Show names and their values, one a line; not as JSON."""
        table = Table(box=None, show_header=False, pad_edge=False)
        for name, value in rows:
            table.add_row(Text(name, style="cyan"), _cell(value))
        self.draw(table)

    @contextmanager
    def array(self, name: str, document: Mapping[str, Any]) -> Iterator["Rows"]:
        """Open a list that is shown as it comes, row by row; as JSON, a field of `document`."""
        rows = Rows(self)
        if self.as_json:
            head = as_json(document).removesuffix("\n}")
            sys.stdout.write(f'{head},\n  "{name}": [')
        yield rows
        if self.as_json:
            sys.stdout.write("\n  ]\n}\n" if rows.count else "]\n}\n")


class Rows:
    """A list that is being shown."""

    def __init__(self, output: Output) -> None:
        self.count = 0
        self._output = output

    def add(self, document: object, text: str) -> None:
        """Show one more row."""
        if self._output.as_json:
            comma = "," if self.count else ""
            sys.stdout.write(f"{comma}\n    {as_json(document, indent=None)}")
        else:
            sys.stdout.write(printable(text) + "\n")
        self.count += 1


_NUMBERS = {
    "admitted",
    "applied",
    "attempt",
    "completed",
    "cost",
    "enrolment",
    "failed",
    "first graduates",
    "grade",
    "id",
    "intake",
    "outstanding",
    "people",
    "place",
    "rank",
    "seats",
    "unused seats",
    "version",
    "waited",
    "waiting",
}


def _cell(value: object) -> RenderableType:
    if isinstance(value, Text):
        return value
    return Text("" if value is None else printable(str(value)))


def plain(answer: object) -> Any:
    """Turn an answer of the engine into what JSON knows."""
    from pydantic_core import to_jsonable_python  # noqa: PLC0415

    return to_jsonable_python(answer, by_alias=True)


def as_json(document: object, *, indent: int | None = 2) -> str:
    """Write a document as JSON, in characters that the standard output has."""
    unicode = (sys.stdout.encoding or "").lower().startswith("utf")
    return json.dumps(plain(document), ensure_ascii=not unicode, indent=indent)
