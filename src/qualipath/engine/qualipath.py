"""The way in: one installation with its database, its definitions and its templates."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from types import TracebackType
from typing import Self

from qualipath.definition.spec import Role
from qualipath.domain.actor import Actor
from qualipath.engine.acting import ActingAs
from qualipath.engine.acts import Acts
from qualipath.engine.delivering import DeliveryReport, Mailing, run_delivery
from qualipath.engine.drafts import Drafts
from qualipath.engine.ticking import SchedulerStatus, TickReport, run_tick, scheduler_status
from qualipath.errors import InputError
from qualipath.notices.transport import Transport
from qualipath.services import catalogue
from qualipath.services.library import Library
from qualipath.services.models import Publication
from qualipath.services.outbox import outbox_state
from qualipath.services.outbox_models import OutboxState
from qualipath.services.seats import SCHEDULE
from qualipath.storage.database import Database

# Deadlines and validities are worked out from it, and no calendar goes beyond the year 9999.
_YEARS = range(1900, 3000)


@dataclass(frozen=True, slots=True)
class Qualipath:
    """One installation. Safe to share between threads; close it, or use it in a `with`."""

    database: Database
    drafts: Drafts
    mail: Mailing = field(default_factory=Mailing)
    _library: Library = field(default_factory=Library, repr=False)

    @classmethod
    def open(
        cls,
        url: str,
        *,
        workflows: str | Path | None = None,
        templates: str | Path | None = None,
        mail: Mailing | None = None,
        create: bool = False,
        durable: bool = True,
    ) -> Self:
        """Open an installation; opening never publishes.

        `url` names the database (`sqlite:///file.db`, `postgresql://…`), `workflows` and
        `templates` the folders, by default the shipped ones. `mail` says by what and as whose mails
        are sent; by default they become files in `var/mail`, and nothing leaves this machine.
        `create` makes the database or brings it to this program's schema first. Without `durable` a
        SQLite file may be damaged by a crash, and is several times as fast: for what is thrown away
        anyway.

        Raises:
            DatabaseError: the database is missing, locked, read-only, or of another version.
            InputError: a folder does not exist.
        """
        return cls(
            drafts=Drafts.open(workflows, templates),
            mail=mail or Mailing(),
            database=Database.open(url, create=create, durable=durable),
        )

    def acting_as(
        self,
        role: str,
        id: str,  # noqa: A002 -- the word that the caller thinks in
        *,
        organisation: str | None = None,
        now: datetime | None = None,
        as_of: datetime | None = None,
        dry_run: bool = False,
    ) -> ActingAs:
        """Act as somebody.

        The library trusts the program that calls this: who somebody is must have been made sure
        of before. `role` is `hr`, `supervisor`, `employee`, `provider` or `schedule`; `id` a
        personnel number for supervisors and employees. `organisation` is the one whose people the
        actor may touch, with all below it; without it, HR and the schedule reach everybody.
        `now` (aware) fixes the clock. `as_of` (aware) is since when what is done holds, for what
        happened earlier than it is recorded: history tells both instants. With `dry_run` every call
        answers as if it had been done, and nothing is written.

        Raises:
            InputError: there is no such role, or `now` has no time zone or is no year of ours, or
                `as_of` lies in the future.
        """
        actor = Actor(_role(role), _id(id), organisation)
        at = None if now is None else _instant(now)
        since = None if as_of is None else _instant(as_of)
        if since is not None and since > (at or datetime.now(UTC)):
            message = f"what is done can't hold only from {as_of} on: that is in the future"
            raise InputError(message)
        acts = Acts(self.database, self._library, actor, at, since, dry_run=dry_run)
        return ActingAs(acts, self.drafts)

    def publish(
        self,
        path: str,
        *,
        by: str = "qualipath",
        now: datetime | None = None,
        dry_run: bool = False,
    ) -> Publication:
        """Publish a path: changed, it becomes a new version; running enrolments keep theirs.

        Raises:
            DefinitionError: the definition has problems; all of them, each with its place.
        """
        definition = self.drafts.definition(path)
        hr = self.acting_as("hr", by, now=now, dry_run=dry_run)
        with hr.acts.writing() as act:
            return catalogue.publish(act, definition)

    def tick(
        self,
        at: datetime | None = None,
        *,
        now: datetime | None = None,
        leader: bool = True,
        host: str | None = None,
        stop: Callable[[], bool] = lambda: False,
    ) -> TickReport:
        """Do all that is due up to `at` (aware; now), in order, as of the instants it was due.

        Called again, late, or by several at once it has the effect of one call. What fails is
        rolled back by itself, reported, and tried again by the next tick. On PostgreSQL a tick
        leaves the work to another one that is at it; without `leader` they share it. `host` is
        whose tick it is reported to be. `stop` is asked before each unit of work whether to leave
        the rest to the next tick. `now` (aware) fixes the clock, for a time that is played.

        Raises:
            InputError: `at` or `now` has no time zone or is no year of ours.
            DatabaseError: the database can't be reached.
        """
        clock = datetime.now(UTC) if now is None else _instant(now)
        until = clock if at is None else _instant(at)
        # Nothing is recorded before it holds, also where a test or a simulation is ahead of time.
        fixed = None if now is None and until <= clock else max(until, clock)
        acts = Acts(self.database, self._library, SCHEDULE, fixed)
        return run_tick(acts, self.drafts, until, leader=leader, host=host, stop=stop)

    def deliver(
        self,
        transport: Transport | None = None,
        *,
        now: datetime | None = None,
        limit: int | None = None,
        host: str | None = None,
        stop: Callable[[], bool] = lambda: False,
    ) -> DeliveryReport:
        """Send the notices that are due as mails, at most `limit` of them.

        Several may do so at once: each notice is sent by one of them. What does not get through is
        tried again later, for five days; what never will waits for somebody to look at it. A round
        that is killed leaves what it was about to send to another one, within minutes; a mail that
        was on its way then may be sent twice, with the same Message-ID. `transport` takes the place
        of the installation's own; `host` is whose round it is. `stop` is asked before each mail
        whether to leave the rest. `now` (aware) fixes the clock, for a time that is played.

        Raises:
            InputError: `now` has no time zone or is no year of ours.
            UndeliverableError: the sender's address is none.
        """
        acts = Acts(self.database, self._library, SCHEDULE, None if now is None else _instant(now))
        mailing = self.mail if transport is None else replace(self.mail, transport=transport)
        templates = self.drafts.templates
        return run_delivery(acts, templates, mailing, limit=limit, host=host, stop=stop)

    def scheduler_status(self, at: datetime | None = None) -> SchedulerStatus:
        """Tell the schedulers' last ticks, what is due next, and what is overdue at `at` (now)."""
        until = datetime.now(UTC) if at is None else _instant(at)
        return scheduler_status(Acts(self.database, self._library, SCHEDULE), until)

    def outbox_state(self, at: datetime | None = None) -> OutboxState:
        """Count the notices that wait, and those that need somebody, at `at` (aware; now)."""
        until = datetime.now(UTC) if at is None else _instant(at)
        with Acts(self.database, self._library, SCHEDULE, until).reading() as act:
            return outbox_state(act)

    def close(self) -> None:
        """Close the database's connections."""
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _instant(now: datetime) -> datetime:
    if now.tzinfo is None:
        message = f"the instant {now} has no time zone; write for example {now}+00:00"
        raise InputError(message)
    if now.year not in _YEARS:
        message = f"the instant {now} can't be right; a year from {_YEARS[0]} to {_YEARS[-1]}"
        raise InputError(message)
    return now.astimezone(UTC)


def _role(written: str) -> Role:
    if written in set(Role):
        return Role(written)
    near = get_close_matches(written, list(Role), 1)
    hint = f"did you mean '{near[0]}'?" if near else f"a role is one of {', '.join(Role)}"
    message = f"there is no role '{written}'; {hint}"
    raise InputError(message)


def _id(written: str) -> str:
    if not written.strip() or len(written) > 200 or not written.isprintable():  # noqa: PLR2004
        message = "an actor needs an id of 1 to 200 printable characters"
        raise InputError(message)
    return written
