"""Open acts: each is one transaction of one actor at one instant."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from qualipath.domain.actor import Actor
from qualipath.services.act import Act
from qualipath.services.library import Library
from qualipath.storage.database import Database


class _Rehearsed(Exception):  # noqa: N818 -- it is no error, it rolls back what was rehearsed
    pass


@dataclass(frozen=True, slots=True)
class Acts:
    """Opens the transactions that an actor's calls run in.

    `now` fixes the clock. `dry_run` rolls every change back once it has succeeded.
    """

    database: Database
    library: Library
    actor: Actor
    now: datetime | None = None
    dry_run: bool = False

    def instant(self) -> datetime:
        """Give the instant of an act that begins now."""
        return self.now or datetime.now(UTC)

    @contextmanager
    def reading(self) -> Iterator[Act]:
        """Open an act that only reads."""
        at = self.instant()
        with self.database.reading() as connection:
            yield Act(connection, self.actor, at, at, self.library)

    def writing(
        self, key: str | None = None, *, dry_run: bool = False
    ) -> AbstractContextManager[Act]:
        """Open an act that writes, under an idempotency key if one is given."""
        return self._rehearsing() if dry_run or self.dry_run else self._committing(key)

    @contextmanager
    def _committing(self, key: str | None) -> Iterator[Act]:
        at = self.instant()
        with self.database.writing() as connection:
            yield Act(connection, self.actor, at, at, self.library, key)

    @contextmanager
    def _rehearsing(self) -> Iterator[Act]:
        try:
            with self._committing(None) as act:
                yield act
                raise _Rehearsed
        except _Rehearsed:
            return


class Acting:
    """Somebody's verbs, each of which opens an act."""

    __slots__ = ("acts", "workflows")

    def __init__(self, acts: Acts, workflows: Path) -> None:
        self.acts = acts
        self.workflows = workflows

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.acts.actor} on {self.acts.database.name})"
