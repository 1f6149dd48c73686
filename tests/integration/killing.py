"""Processes that tick, asked after before each commit, and killed at any time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerContext, ForkServerProcess
from random import Random

from sqlalchemy import Connection as Transaction
from sqlalchemy import event, insert, select, update

from qualipath import Qualipath
from qualipath.storage.tables import deadline, notice

Work = Callable[[str, datetime, Connection], None]

_PATIENCE = 60
"""Seconds after which a process that says nothing is taken for stuck."""


def tick_along(url: str, at: datetime, pipe: Connection) -> None:
    """Tick until nothing is overdue; ask before each commit."""
    with Qualipath.open(url) as qualipath:
        writers = qualipath.database._engines.writers  # noqa: SLF001

        @event.listens_for(writers, "commit")
        def _ask(_transaction: Transaction) -> None:
            ask_to_go_on(pipe)

        while (report := qualipath.tick(at, leader=False)).overdue or report.failures:
            pass


def remind_carelessly(url: str, at: datetime, pipe: Connection) -> None:
    """Raise what is due and mark it as done, without a look whether somebody else has."""
    with Qualipath.open(url) as qualipath:
        with qualipath.database.reading() as connection:
            due = (deadline.c.due_at <= at) & deadline.c.ended_at.is_(None)
            seen = connection.execute(select(deadline).where(due, deadline.c.notice.is_not(None)))
            rows = seen.all()
        ask_to_go_on(pipe)
        for row in rows:
            with qualipath.database.writing() as connection:
                told = {"enrolment_id": row.enrolment_id, "notice": row.notice, "version": 1}
                connection.execute(
                    insert(notice).values(recipient=row.recipient, raised_at=at, due_at=at, **told)
                )
                ended = update(deadline).where(deadline.c.id == row.id)
                connection.execute(ended.values(ended_at=at, done=True))


def ask_to_go_on(pipe: Connection) -> None:
    pipe.send(None)
    pipe.recv()


@dataclass
class Killing:
    """Runs processes side by side, and kills some of them before, while or after they commit."""

    work: Work
    url: str
    at: datetime
    seed: int = 7

    def __post_init__(self) -> None:
        # Forked from a process that has imported all of it, and runs no threads.
        self._context: ForkServerContext = get_context("forkserver")
        self._context.set_forkserver_preload([__name__, "pytest"])
        self._random = Random(self.seed)  # noqa: S311 -- to be the same each time
        self._running: dict[Connection, ForkServerProcess] = {}

    def run(self, processes: int, *, kills: int = 0, together: bool = False) -> int:
        """Run until all processes have ended by themselves, and give how many were killed.

        `together` lets none go on before all have asked.
        """
        killed = 0
        try:
            for _ in range(processes):
                self._start()
            asking = [pipe for pipe in self._running if pipe.poll(_PATIENCE)] if together else []
            while self._running:
                asking = asking or self._asking()
                pipe = asking.pop(self._random.randrange(len(asking)))
                if pipe not in self._running or self._has_ended(pipe):
                    continue
                goes_on, somebody_dies = self._random.choice(_FATES)
                if goes_on or killed == kills:
                    pipe.send(None)
                if somebody_dies and killed < kills:
                    self._kill(self._random.choice([*self._running]) if goes_on else pipe)
                    killed += 1
                    self._start()
        finally:
            for process in self._running.values():
                process.kill()
                process.join()
        return killed

    def _start(self) -> None:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=self.work, args=(self.url, self.at, theirs))
        process.start()
        theirs.close()
        self._running[ours] = process

    def _asking(self) -> list[Connection]:
        asking = [
            pipe for pipe in wait([*self._running], _PATIENCE) if isinstance(pipe, Connection)
        ]
        assert asking, "every process waits, and none of them for us"
        return asking

    def _has_ended(self, pipe: Connection) -> bool:
        """Take a process's question, or see that it has ended by itself."""
        try:
            pipe.recv()
        except EOFError:
            process = self._running.pop(pipe)
            process.join()
            assert process.exitcode == 0
            return True
        return False

    def _kill(self, pipe: Connection) -> None:
        process = self._running.pop(pipe)
        process.kill()
        process.join()
        pipe.close()


# Before the commit goes on; as it does, or somebody else at that moment; nobody.
_FATES = ((False, True), (True, True), (True, False))
