"""Signs of life during long work: on the standard error output, and only where somebody looks."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from qualipath.cli.output import console


@contextmanager
def counting(title: str) -> Iterator[Callable[[int], None] | None]:
    """Show how many are done, as the work tells; None where nobody looks."""
    shown = console(stderr=True)
    if not shown.is_terminal:
        yield None
        return
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TextColumn("{task.completed:.0f}", justify="right"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=shown, transient=True) as progress:
        task = progress.add_task(title, total=None)
        yield lambda done: progress.update(task, completed=done)


@contextmanager
def waiting(title: str) -> Iterator[None]:
    """Show that work goes on whose steps are not known."""
    shown = console(stderr=True)
    if not shown.is_terminal:
        yield
        return
    with shown.status(title):
        yield
