"""A delivery round: the notices that are due, leased, prepared, sent and marked, page by page."""

import os
import random
import socket
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from secrets import token_hex
from threading import Event, Lock
from typing import TYPE_CHECKING, TypeVar

from qualipath.domain.wording import Wording
from qualipath.engine.acts import Acts
from qualipath.engine.failing import told_in_one_line
from qualipath.errors import (
    ConflictError,
    DatabaseError,
    DeliveryError,
    Sayable,
    TemplateError,
    UndeliverableError,
    UnreachableError,
)
from qualipath.notices.mail import SENDER
from qualipath.notices.transport import Line, Maildir, Transport
from qualipath.services.delivery.leasing import PAGE, give_back, lease, upcoming
from qualipath.services.delivery.marking import mark_dead, mark_deferred, mark_sent, purge_bodies
from qualipath.services.delivery.preparing import Ready, prepare
from qualipath.services.delivery.waiting import Waiting
from qualipath.services.summaries import raise_summaries

if TYPE_CHECKING:
    from qualipath.notices.compose import Composer

DEFAULT_FOLDER = Path("var/mail")

_LEASE = timedelta(minutes=20)
_LONGEST_SENDING = timedelta(minutes=12)
"""How long one mail may take: a server has minutes for its last answer (RFC 5321, 4.5.3.2.6)."""
_UNREACHABLE = timedelta(seconds=60)
"""After which a transport that could not be reached is tried again."""
_JITTER = (0.5, 1.5)
_TRIES = 3
"""How often a transaction is tried that others' get in the way of."""

Given = TypeVar("Given")
Stop = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Mailing:
    """By what mails are carried away, as whose (`Name <address>`), and over how many lines at once.

    By default they become files below the working folder: nothing leaves this machine.
    """

    transport: Transport = field(default_factory=lambda: Maildir(DEFAULT_FOLDER))
    sender: str = SENDER
    connections: int = 1


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What became of the notices that were due at the instant `at`.

    `sent` counts mails, and a digest is one. `deferred` are tried again, `dead` wait for somebody
    to look at them. `cancelled` were not true any more, `bundled` came under a digest, `held`
    exceeded a cap. `next_due` is when the next one is due; `failures` tell what went wrong beyond
    single mails.
    """

    at: datetime
    sent: int = 0
    deferred: int = 0
    dead: int = 0
    cancelled: int = 0
    bundled: int = 0
    held: int = 0
    next_due: datetime | None = None
    failures: tuple[Wording, ...] = ()


def run_delivery(
    acts: Acts,
    templates: Path,
    mailing: Mailing,
    *,
    limit: int | None = None,
    host: str | None = None,
    stop: Stop = lambda: False,
) -> DeliveryReport:
    """Send what is due; see `Qualipath.deliver`."""
    round_ = _Round(acts, templates, mailing, host or socket.gethostname(), stop, limit)
    at, next_due = acts.instant(), None
    try:
        next_due = round_.run(at)
    except (DatabaseError, ConflictError) as error:
        # What is leased comes back when the leases end.
        round_.fail(told_in_one_line(error))
    return DeliveryReport(
        at=at, next_due=next_due, failures=tuple(round_.failures), **round_.counts
    )


# What it has compiled is good for the next round as well; it sees for itself when files change.
@lru_cache(maxsize=8)
def _composer_of(templates: Path, sender: str) -> "Composer":
    # Compiling templates takes long to import, and most commands compile none.
    from qualipath.notices.compose import Composer  # noqa: PLC0415

    return Composer(templates, sender)


@dataclass
class _Round:
    """One round at work: what it has done, and what its workers share."""

    acts: Acts
    templates: Path
    mailing: Mailing
    host: str
    stop: Stop
    left: int | None
    counts: Counter[str] = field(default_factory=Counter)
    failures: list[Wording] = field(default_factory=list)
    over: Event = field(default_factory=Event)
    _guard: Lock = field(default_factory=Lock)

    def run(self, at: datetime) -> datetime | None:
        """Do what is due at an instant, and give the next one at which a mail is due."""
        with self.acts.reading() as act:
            ahead = upcoming(act)
        if not ahead.due(at):
            return ahead.mail_at
        if ahead.summary_at is not None and ahead.summary_at <= at:
            self.written(raise_summaries)
        self._work()
        if ahead.purge_at is not None and ahead.purge_at <= at:
            self.written(purge_bodies)
        with self.acts.reading() as act:
            return upcoming(act).mail_at

    def _work(self) -> None:
        composer = _composer_of(self.templates, self.mailing.sender)
        connections = self.mailing.connections
        workers = [_Worker(self, composer, self._name()) for _ in range(connections)]
        if connections == 1:
            workers[0].run()
            return
        with ThreadPoolExecutor(connections) as threads:
            running = [threads.submit(worker.run) for worker in workers]
            for each in running:
                each.result()

    def _name(self) -> str:
        return f"{self.host[:30]}:{os.getpid()}:{token_hex(8)}"

    def reserve(self) -> int:
        """Give how many notices a worker may lease now."""
        if self.over.is_set() or self.stop():
            return 0
        with self._guard:
            if self.left is None:
                return PAGE
            reserved = min(PAGE, self.left)
            self.left -= reserved
            return reserved

    def hand_back(self, unused: int) -> None:
        """Take back what a worker has reserved and not used."""
        with self._guard:
            if self.left is not None:
                self.left += unused

    def count(self, **counted: int) -> None:
        """Add to what has been done."""
        with self._guard:
            self.counts.update(counted)

    def fail(self, what: str | Sayable) -> None:
        """Note what went wrong, once."""
        told = Wording.of(what)
        with self._guard:
            if told not in self.failures:
                self.failures.append(told)

    def written(self, do: Callable[..., Given], *args: object, **named: object) -> Given:
        """Do something in a transaction of its own, again where others get in its way."""
        for tries_left in reversed(range(_TRIES)):
            try:
                with self.acts.writing() as act:
                    return do(act, *args, **named)
            except ConflictError:
                if not tries_left:
                    raise
        raise AssertionError


@dataclass
class _Worker:
    """One who leases and sends over a line of its own."""

    round: _Round
    composer: "Composer"
    name: str
    tried: int = 0

    def run(self) -> None:
        """Send page after page until nothing is due, or the round is over."""
        try:
            with ExitStack() as lines:
                line = _Lazy(self.round.mailing.transport, lines)
                while (reserved := self.round.reserve()) and self._turn(line, reserved):
                    pass
        except BaseException:
            self.round.over.set()
            raise

    def _turn(self, line: "_Lazy", reserved: int) -> bool:
        """Lease a page, send it, and tell whether there was one."""
        self.tried = 0
        until = self.round.acts.instant() + _LEASE
        leased = self.round.written(lease, self.name, limit=reserved, until=until)
        if leased:
            self._page(line, leased, until)
        self.round.hand_back(reserved - self.tried)
        return bool(leased)

    def _page(self, line: "_Lazy", leased: Sequence[Waiting], until: datetime) -> None:
        """Send what is leased, and give back what is not sent."""
        ours = {waiting.id for waiting in leased}
        not_before = None
        try:
            ready = self._prepared(leased)
            ours = {each.notice_ids[0] for each in ready}
            for each in ready:
                now = self.round.acts.instant()
                if self.round.over.is_set() or self.round.stop() or until - now < _LONGEST_SENDING:
                    break
                self._send(line, each)
                ours.discard(each.notice_ids[0])
        except UnreachableError as error:
            self.round.fail(error)
            self.round.over.set()
            not_before = self.round.acts.instant() + _UNREACHABLE
        finally:
            if ours:
                self.round.written(give_back, self.name, ours, not_before)

    def _prepared(self, leased: Sequence[Waiting]) -> tuple[Ready, ...]:
        """Prepare notices together, or by halves where that fails for one of them."""
        try:
            prepared = self.round.written(
                prepare, self.name, leased, sender=self.round.mailing.sender
            )
        except DatabaseError:
            raise
        except Exception as error:  # noqa: BLE001 -- one failure must not keep the others waiting
            if len(leased) == 1:
                self._put_off_unforeseen(leased[0].id, error)
                return ()
            middle = len(leased) // 2
            return (*self._prepared(leased[:middle]), *self._prepared(leased[middle:]))
        self.round.count(
            cancelled=prepared.cancelled,
            bundled=prepared.bundled,
            held=prepared.held,
            dead=prepared.dead,
        )
        return prepared.drafts

    def _send(self, line: "_Lazy", ready: Ready) -> None:
        """Compose and send one mail outside any transaction, and mark what became of it.

        Raises `UnreachableError` where no other mail would get through either.
        """
        id_ = ready.notice_ids[0]
        opened = line.open()
        self.tried += 1
        try:
            mail = self.composer.compose(ready.draft)
            opened.send(mail)
        except (TemplateError, UndeliverableError) as error:
            self.round.written(mark_dead, self.name, id_, error)
            self.round.count(dead=1)
        except DeliveryError as error:
            self._put_off(id_, error)
            if isinstance(error, UnreachableError):
                raise
        except Exception as error:  # noqa: BLE001 -- one failure must not keep the others waiting
            self._put_off_unforeseen(id_, error)
        else:
            self.round.written(mark_sent, ready, mail)
            self.round.count(sent=1)

    def _put_off_unforeseen(self, notice_id: int, error: Exception) -> None:
        told = f"notice {notice_id}: {told_in_one_line(error)}"
        self.round.fail(told)
        self._put_off(notice_id, told)

    def _put_off(self, notice_id: int, error: DeliveryError | str) -> None:
        jitter = random.uniform(*_JITTER)  # noqa: S311 -- no secret
        deferred = self.round.written(mark_deferred, self.name, notice_id, error, jitter=jitter)
        self.round.count(**{"deferred" if deferred else "dead": 1})


@dataclass
class _Lazy:
    """A line that is opened when the first mail is to be sent."""

    transport: Transport
    lines: ExitStack
    opened: Line | None = None

    def open(self) -> Line:
        """Open the line, once; raises `UnreachableError`."""
        if self.opened is None:
            self.opened = self.lines.enter_context(self.transport.connect())
        return self.opened
