"""The program around the commands: shared options anywhere, and no failure without its line."""

import contextlib
import copy
import io
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup

from qualipath.cli.failures import report
from qualipath.cli.session import Session

SHARED = "Shared options"
"""The panel of the options that may stand before or after any command."""


class Program(TyperGroup):
    """The group of all commands."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        shared = [p for p in self.params if getattr(p, "rich_help_panel", None) == SHARED]
        for command in _below(self):
            command.params += map(_repeated, shared)

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,  # noqa: ARG002 -- it always stands alone
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> NoReturn:
        """Run one command and leave with its exit code."""
        given = list(sys.argv[1:] if args is None else args)
        session = Session()
        # Also where the options can't be read, programs get JSON.
        session.note(json="--json" in given)
        _open_closed_streams()
        _keep_strange_characters()
        try:
            code = super().main(
                given,
                prog_name,
                complete_var,
                standalone_mode=False,
                windows_expand_args=windows_expand_args,
                obj=session,
                **extra,
            )
            sys.stdout.flush()
        except BrokenPipeError:
            _hush()
            code = 1
        except Exception as error:  # noqa: BLE001 -- the last place where it can be told plainly
            code = report(error, session)
        sys.exit(code or 0)


def _below(group: TyperGroup) -> Iterator[TyperCommand | TyperGroup]:
    for command in group.commands.values():
        if isinstance(command, TyperGroup):
            yield command
            yield from _below(command)
        elif isinstance(command, TyperCommand):
            yield command


def _repeated(option: Any) -> Any:
    """Make a shared option that may stand after the command, or its group, too."""
    repeated = copy.copy(option)
    repeated.expose_value = False
    repeated.callback = _note
    return repeated


def _note(context: typer.Context, option: Any, value: Any) -> None:
    if value not in (None, False):
        Session.of(context).note(**{option.name: value})


def _open_closed_streams() -> None:
    """Write to nowhere what a caller who closed the output does not want."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            nowhere = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 -- stays open
            setattr(sys, name, nowhere)


def _keep_strange_characters() -> None:
    """Let a terminal that lacks a character show its code, rather than fail."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _hush() -> None:
    """Drop what nobody reads any more, so that closing the output does not fail once again."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
