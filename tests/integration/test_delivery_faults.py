"""Deliveries through a server that fails, by processes that are killed: nothing is lost."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from random import Random
from typing import Any

import pytest

from qualipath.storage.database import Database
from qualipath.storage.tables import notice
from tests.builders import NOW
from tests.integration.delivering import (
    deliver_after_marking,
    deliver_along,
    deliver_without_leases,
    waiting,
)
from tests.integration.killing import Killing
from tests.integration.services.looking import rows
from tests.smtp import HALF_CLOSE, HANG_UP, Fault, FaultyServer

pytestmark = pytest.mark.long

PAUSE = timedelta(hours=6)
"""Longer than any mail is put off."""

FAULTS = (
    Fault("MAIL", "451 4.3.0 Not now"),
    Fault("RCPT", "450 4.2.1 Not now"),
    Fault("DATA", "451 4.3.0 Not now"),
    Fault("end", "452 4.3.1 Not now"),
    Fault("MAIL", "421 4.3.2 Not in this connection"),
    Fault("MAIL", HANG_UP),
    Fault("RCPT", HALF_CLOSE),
    Fault("body", HANG_UP),
    Fault("end", HANG_UP),
    Fault("end", HANG_UP, keeps=True),
    Fault("end", HALF_CLOSE, keeps=True),
    Fault("end", "xyz", keeps=True),
)
"""What may go wrong for now. The last, after which nobody knows, are those that make copies."""


def whims(seed: int, *, share: float) -> Iterator[Fault | None]:
    """Let a share of the mails go wrong, each in its own way."""
    random = Random(seed)  # noqa: S311 -- to be the same each time
    while True:
        yield random.choice(FAULTS) if random.random() < share else None


@contextmanager
def a_faulty_server(refused: dict[str, str]) -> Iterator[FaultyServer]:
    chosen = whims(7, share=0.2)
    with FaultyServer(plan=lambda _: next(chosen), refused=refused) as server:
        yield server


def url_of(database: Database) -> str:
    return database.address.url.render_as_string(hide_password=False)


def pending(database: Database) -> int:
    return len(rows(database, notice, status="pending"))


def test_through_faults_and_kills_every_mail_comes_or_says_why_not(database: Database) -> None:
    embedded = database.address.file is not None
    count = 300 if embedded else 2_000
    refused = {f"c{n}@stadt.example": "550 5.1.1 Nobody here" for n in range(1, count, 100)}
    waiting(database, count)
    url = url_of(database)
    # The processes open it by themselves.
    database.close()

    killed = 0
    with a_faulty_server(refused) as server:
        work = partial(deliver_along, server.address)
        for turn in range(15):
            server.greeting = "421 4.3.2 Not today" if turn == 2 else None
            round_ = Killing(work, url, NOW + turn * PAUSE, seed=turn)
            killed += round_.run(1 if embedded else 3, kills=6 if turn < 4 else 0)
            if not pending(database):
                break

    told = rows(database, notice)
    came = Counter(kept.recipients[0] for kept in server.kept)
    assert {row.status for row in told} == {"sent", "dead"}
    reasons = [str(row.error) for row in told if row.status == "dead"]
    assert [why for why in reasons if "550 5.1.1 Nobody here" not in why] == []
    assert len(reasons) == len(refused)
    assert came.keys() == {f"c{n}@stadt.example" for n in range(1, count + 1)} - refused.keys()

    known = {row.message_id for row in told if row.status == "sent"}
    each = {(kept.recipients[0], kept.message_id) for kept in server.kept}
    assert len(each) == len(came)
    assert {message_id for _, message_id in each} == known
    assert killed >= 12
    unclear = sum(times for fault, times in server.faults.items() if fault.keeps)
    assert unclear > 5
    assert came.total() - len(came) <= killed + unclear


# --- Without the protection -----------------------------------------------------------------------


def test_without_leases_two_send_everything_twice(database: Database) -> None:
    waiting(database, 5)
    with FaultyServer() as server:
        work = partial(deliver_without_leases, server.address)
        Killing(work, url_of(database), NOW).run(2, together=True)
    came: Any = Counter(kept.message_id for kept in server.kept)
    assert set(came.values()) == {2}


def test_with_leases_two_send_everything_once(database: Database) -> None:
    waiting(database, 5)
    # A file has one writer at a time: the others do not even ask.
    together = database.address.file is None
    with FaultyServer() as server:
        work = partial(deliver_along, server.address)
        Killing(work, url_of(database), NOW).run(2, together=together)
    assert len({kept.message_id for kept in server.kept}) == len(server.kept) == 5
    assert not pending(database)


def test_marked_before_they_are_sent_some_are_lost(database: Database) -> None:
    waiting(database, 20)
    with FaultyServer() as server:
        work = partial(deliver_after_marking, server.address)
        killed = Killing(work, url_of(database), NOW).run(1, kills=3)
    assert not pending(database)
    assert len(server.kept) == 20 - killed
