"""Open acts: each is one transaction of one actor at one instant."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from qualipath.domain.actor import Actor
from qualipath.engine.drafts import Drafts
from qualipath.services.act import Act
from qualipath.services.library import Library
from qualipath.storage.database import Database


@dataclass(frozen=True, slots=True)
class Acts:
    """Opens the transactions that an actor's calls run in.

    `now` fixes the clock; `as_of` is since when what is done holds, if earlier. `dry_run` rolls
    every change back once it has succeeded.
    """

    database: Database
    library: Library
    actor: Actor
    now: datetime | None = None
    as_of: datetime | None = None
    dry_run: bool = False

    def instant(self) -> datetime:
        """Give the instant of an act that begins now."""
        return self.now or datetime.now(UTC)

    @contextmanager
    def reading(self) -> Iterator[Act]:
        """Open an act that only reads."""
        at = self.instant()
        with self.database.reading() as connection:
            yield Act(connection, self.actor, self.as_of or at, at, self.library)

    @contextmanager
    def writing(self, key: str | None = None, *, dry_run: bool = False) -> Iterator[Act]:
        """Open an act that writes, under an idempotency key if one is given."""
        at, rehearsed = self.instant(), dry_run or self.dry_run
        with self.database.writing() as connection:
            used = None if rehearsed else key
            yield Act(connection, self.actor, self.as_of or at, at, self.library, used)
            if rehearsed:
                connection.rollback()


class Acting:
    """Somebody's verbs, each of which opens an act."""

    __slots__ = ("acts", "drafts")

    def __init__(self, acts: Acts, drafts: Drafts) -> None:
        self.acts = acts
        self.drafts = drafts

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.acts.actor} on {self.acts.database.name})"
