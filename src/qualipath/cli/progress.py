"""Signs of life during long work: on the standard error output, and only where somebody looks."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from qualipath.cli.output import console


@contextmanager
def counting(title: str, total: int | None = None) -> Iterator[Callable[[int], None] | None]:
    """Show how many are done (of a total, if it is known), as the work tells.

    None where nobody looks.
    """
    shown = console(stderr=True)
    if not shown.is_terminal:
        yield None
        return
    from rich.progress import (  # noqa: PLC0415 -- slow to import
        BarColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    progress = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.0f}"),
        TimeElapsedColumn(),
        console=shown,
        transient=True,
        # Else what is written to a file would be shown on the terminal instead.
        redirect_stdout=False,
        redirect_stderr=False,
    )
    with progress:
        task = progress.add_task(title, total=total)
        yield lambda done: progress.update(task, completed=done)


@contextmanager
def waiting(title: str) -> Iterator[None]:
    """Show that work goes on whose steps are not known."""
    with counting(title):
        yield
