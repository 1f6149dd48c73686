"""What is told when a command fails: one line, every reason or problem, and an exit code."""

import os
import re
import sys
import traceback
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import typer

from qualipath.cli.output import as_json, console, printable
from qualipath.cli.session import Session
from qualipath.errors import DeliveryError, ProblemsError, QualipathError, RefusedError

_SOFTWARE = 70
"""An error of this program itself (sysexits.h: EX_SOFTWARE)."""

_PASSWORD = re.compile(r"(://[^\s:/@]*):[^\s@]*@")


@dataclass(frozen=True, slots=True)
class Failure:
    """What people are told, line by line, and the same for programs."""

    exit_code: int
    lines: Sequence[str]
    document: dict[str, Any]


def report(error: Exception, session: Session) -> int:
    """Tell an error on the standard error output, and give the exit code that belongs to it."""
    failure = _failure(error, _locale(session))
    if session.given.json:
        sys.stderr.write(_PASSWORD.sub(r"\1:***@", as_json(failure.document)) + "\n")
    else:
        shown = console(stderr=True)
        for number, line in enumerate(failure.lines):
            told = _PASSWORD.sub(r"\1:***@", line if number else f"qualipath: {line}")
            shown.print(printable(told), soft_wrap=True, style="" if number else "bold red")
    if os.environ.get("QUALIPATH_TRACEBACK"):
        told = "".join(traceback.format_exception(error))
        sys.stderr.write(_PASSWORD.sub(r"\1:***@", told))
    return failure.exit_code


def _failure(error: Exception, locale: str) -> Failure:
    match error:
        case RefusedError():
            return _refused(error, locale)
        case ProblemsError():
            return _problems(error, locale)
        case QualipathError():
            told = error.text(locale) if isinstance(error, DeliveryError) else str(error)
            return _plain(error.exit_code, told)
        case typer.TyperException():
            told = _usage(error)
            # A group without a command has shown its help instead.
            return _plain(error.exit_code, told) if told else Failure(error.exit_code, [], {})
        case OSError():
            told = error.strerror or str(error)
            where = f"'{error.filename}': " if error.filename is not None else ""
            return _plain(1, f"{where}{told}")
    told = " ".join(f"{type(error).__name__}: {error}".split())
    return _plain(
        _SOFTWARE, f"an error in qualipath itself, please report it (QUALIPATH_TRACEBACK=1): {told}"
    )


def _plain(exit_code: int, line: str) -> Failure:
    return Failure(exit_code, [line], {"error": line})


def _refused(error: RefusedError, locale: str) -> Failure:
    refused = "das ist nicht erlaubt" if locale.startswith("de") else "this is not allowed"
    line = error.heading(locale) or refused
    reasons = [{"code": reason.code, "text": reason.text(locale)} for reason in error.reasons]
    told = [f"- {reason['text']}" for reason in reasons]
    return Failure(error.exit_code, [f"{line}:", *told], {"error": line, "reasons": reasons})


def _problems(error: ProblemsError, locale: str) -> Failure:
    told = [str(problem) for problem in error.problems]
    count = len(told)
    line = f"{count} Fehler" if locale.startswith("de") else f"{count} problems"
    return Failure(
        error.exit_code,
        told if count == 1 else [f"{line}:", *told],
        {"error": told[0] if count == 1 else line, "problems": list(map(asdict, error.problems))},
    )


def _usage(error: typer.TyperException) -> str:
    told = " ".join(error.format_message().split())
    context = getattr(error, "ctx", None)
    if context is None or not told:
        return told
    return f"{told.removesuffix('.')} ({context.command_path} --help tells more)"


def _locale(session: Session) -> str:
    try:
        return session.output.locale
    except QualipathError:
        return "en"
