"""A demonstration's folder (new, empty, or a former one's, never anybody else's) and its files."""

from pathlib import Path

from qualipath.errors import InputError

MARKER = ".qualipath-demo"
_MARKED = "This folder belongs to qualipath demo, which writes its files here anew each time.\n"


def clear(folder: Path, made: tuple[str, ...]) -> None:
    """Make the folder ready: create it, or take away what a former demonstration `made` in it.

    `made` are names or patterns of files; others stay as they are.

    Raises:
        InputError: it is no folder, holds somebody's files but no former demonstration, or can't be
            written to.
    """
    try:
        if folder.is_dir() and not (folder / MARKER).is_file() and any(folder.iterdir()):
            message = (
                f"the folder {folder} holds files that no demonstration made; "
                "name a new or an empty one"
            )
            raise InputError(message)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MARKER).write_text(_MARKED, encoding="utf-8")
        for name in made:
            for file in folder.glob(name):
                file.unlink()
    except OSError as error:
        message = f"{folder} can't be used for the demonstration: {error.strerror or error}"
        raise InputError(message) from error


def write(file: Path, text: str) -> None:
    """Write a file of the folder; raises `InputError` where that can't be done."""
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        message = f"{file} can't be written: {error.strerror or error}"
        raise InputError(message) from error
