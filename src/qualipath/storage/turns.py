"""Take turns at writing: who came first is let in first, and nobody waits for ever."""

import random
import sqlite3
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from sqlalchemy import Connection, exc

_LONGEST_PAUSE = 0.004
"""Seconds after which who waits for another process' lock at the latest tries again."""


class Turns:
    """Lets the threads of this process in one after another, in the order in which they came.

    A pool would give its one connection to whoever asks next, and that is mostly the thread that
    has just given it back.
    """

    def __init__(self, longest_wait: float) -> None:
        self._longest_wait = longest_wait
        self._guard = Lock()
        self._taken = False
        self._waiting: deque[Lock] = deque()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for the own turn, and hold it; raises SQLAlchemy's `TimeoutError`."""
        self._come()
        try:
            yield
        finally:
            self._leave()

    def _come(self) -> None:
        mine = Lock()
        with self._guard:
            if not self._taken:
                self._taken = True
                return
            mine.acquire()
            self._waiting.append(mine)
        try:
            called = mine.acquire(timeout=self._longest_wait)
        except BaseException:
            self._give_up(mine)
            raise
        if not called:
            self._give_up(mine)
            message = "too many wait for their turn"
            raise exc.TimeoutError(message)

    def _give_up(self, mine: Lock) -> None:
        with self._guard:
            if mine in self._waiting:
                self._waiting.remove(mine)
                return
        # The turn came in the very moment.
        self._leave()

    def _leave(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False


def begin_in_turn(connection: Connection, busy_timeout: float) -> None:
    """Begin a transaction that writes on SQLite; raises SQLAlchemy's `OperationalError`.

    SQLite's own waiting pauses longer the longer it lasts, and so comes last against newcomers of
    other processes: one of sixteen starves. Short pauses of random length give all the same chance.
    """
    statement = "BEGIN IMMEDIATE"
    driver: sqlite3.Connection = connection.connection.driver_connection  # type: ignore[assignment]
    until = time.monotonic() + busy_timeout
    driver.execute("PRAGMA busy_timeout = 0")
    try:
        while time.monotonic() < until:
            try:
                driver.execute(statement)
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    break
                time.sleep(random.uniform(0, _LONGEST_PAUSE))  # noqa: S311 -- no secret
            else:
                return
        # The last try raises what there is to be told.
        connection.exec_driver_sql(statement)
    finally:
        driver.execute(f"PRAGMA busy_timeout = {int(busy_timeout * 1000)}")
