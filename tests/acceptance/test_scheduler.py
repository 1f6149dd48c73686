"""The scheduler as it is run: a tick by hand, a process that ticks and mails, and its status."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.acceptance.command_line import NOW, PATH, Installation, process

pytestmark = pytest.mark.long

SOON = "2026-03-24T00:00:00+01:00"
"""When who was nominated at `NOW` has just lapsed."""


def nominated(installation: Installation) -> int:
    id_: int = installation.answered("nominate", "4711", PATH, "certificate_1")["id"]
    return id_


def moves(installation: Installation, id_: int) -> list[dict[str, str]]:
    """Give what moved an enrolment: its history without what tells of mails."""
    entries = installation.answered("history", str(id_), now=SOON)["entries"]
    return [entry for entry in entries if entry["target"] is not None]


def state(installation: Installation, id_: int) -> str:
    return moves(installation, id_)[-1]["target"]


def test_a_tick_does_what_is_due(installation: Installation) -> None:
    id_ = nominated(installation)
    told = installation.told("tick", "--at", "2026-03-16T00:00")
    assert "reminders: 1\n" in told
    assert "until 2026-03-16 00:00:" in told
    assert "due next: 2026-" in told
    answer = installation.answered("tick", "--at", SOON)
    assert answer["effects"]["triggers"] == 1
    assert (answer["failures"], answer["overdue"]) == ([], 0)
    assert state(installation, id_) == "lapsed"
    assert "triggers" not in installation.answered("tick", "--at", SOON)["effects"]


def test_what_a_tick_raises_is_due_by_the_fixed_clock(installation: Installation) -> None:
    nominated(installation)
    clock = "2026-03-16T06:00:00+01:00"
    installation.told("tick", now=clock)
    listed = ("outbox", "list", "--notice", "nomination_reminder")
    (reminder,) = installation.answered(*listed)["notices"]
    assert reminder["due_at"] == "2026-03-16T05:00:00Z"


def test_a_tick_needs_an_instant_that_there_is_once(installation: Installation) -> None:
    assert "is not an instant" in installation.fails(2, "tick", "--at", "tomorrow")
    for never_or_twice in ("2026-03-29T02:30", "2026-10-25T02:30"):
        told = installation.fails(2, "tick", "--at", never_or_twice)
        assert "as the clocks change" in told
    assert installation.answered("tick", "--at", "2026-10-25T02:30+01:00")["led"]


def test_the_status_tells_what_is_overdue_and_what_failed(installation: Installation) -> None:
    nominated(installation)
    assert "no tick yet" in installation.told("scheduler", "status")
    status = installation.answered("scheduler", "status", now=SOON)
    assert status["ticks"] == []
    assert status["overdue"] >= 2
    assert status["next_due"] is not None

    installation.told("tick", "--at", SOON)

    status = installation.answered("scheduler", "status", now=SOON)
    (last,) = status["ticks"]
    assert last["effects"] >= 2
    assert (last["failures"], status["failures"], status["overdue"]) == (0, 0, 0)
    told = installation.told("scheduler", "status", now=SOON)
    assert f"on {last['host']}" in told
    assert "overdue" not in told


def test_the_scheduler_follows_the_clock(installation: Installation) -> None:
    told = installation.fails(2, "scheduler", "--once")
    assert "qualipath tick --at" in told


def test_once_logs_and_ends(installation: Installation) -> None:
    id_ = nominated(installation)
    # Years ago by now, whatever the clock: all of it is made up for at once.
    done = process("scheduler", "--once", "--json")
    assert (done.returncode, done.stdout) == (0, b""), done.stderr
    ticked, delivered = [json.loads(line) for line in done.stderr.splitlines()]
    assert (ticked["event"], ticked["level"], ticked["overdue"]) == ("tick", "info", 0)
    assert ticked["triggers"] == 1
    # What the tick raised is sent at once, what it made untrue is not; HR has no address here.
    assert (delivered["event"], delivered["level"]) == ("delivery", "warning")
    assert all(delivered[result] for result in ("sent", "cancelled", "dead"))
    assert state(installation, id_) == "lapsed"


def test_once_tells_of_definitions_and_works_nevertheless(installation: Installation) -> None:
    id_ = nominated(installation)
    spoilt = installation.folder / "workflows" / "broken.yaml"
    spoilt.write_text("path: broken\n", "utf-8")
    done = process("scheduler", "--once")
    assert done.returncode == 0
    assert b"problem in a definition" in done.stderr
    assert b"broken.yaml" in done.stderr
    assert state(installation, id_) == "lapsed"


@contextmanager
def scheduling() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        [sys.executable, "-m", "qualipath", "scheduler", "--json"],
        stderr=subprocess.PIPE,
        env=os.environ | {"QUALIPATH_SCHEDULER_SECONDS": "1"},
    ) as running:
        try:
            yield running
        finally:
            running.kill()


def test_told_to_stop_it_finishes_and_stops(installation: Installation) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        id_ = installation.answered(
            "nominate", "4711" if number == signal.SIGTERM else "4712", PATH, "certificate_1"
        )["id"]
        with scheduling() as running:
            assert running.stderr is not None
            events = (json.loads(line) for line in running.stderr)
            assert next(events)["event"] == "started"
            # Ticks and deliveries do not wait for each other.
            ticked = next(event for event in events if event["event"] == "tick")
            assert ticked["triggers"] == 1
            running.send_signal(number)
            after = [event["event"] for event in events if event["event"] != "delivery"]
            assert after == ["stopping", "stopped"]
            assert running.wait(60) == 0
        assert state(installation, id_) == "lapsed"


def test_killed_it_goes_on_where_it_was(installation: Installation) -> None:
    id_ = nominated(installation)
    with scheduling() as running:
        running.kill()
    assert process("scheduler", "--once").returncode == 0
    entries = moves(installation, id_)
    assert [entry["trigger"] for entry in entries] == ["nominate", "lapse"]
    assert entries[-1]["effective_at"] > NOW


def test_a_mail_server_that_fails_keeps_no_tick_waiting(installation: Installation) -> None:
    id_ = nominated(installation)
    # Nobody listens on the port of multiplexing (RFC 1078) any more.
    settings = {"TRANSPORT": "smtp", "FROM": "HR <hr@example.org>"}
    unreachable = {f"QUALIPATH_MAIL_{name}": value for name, value in settings.items()}
    done = process(
        "scheduler",
        "--once",
        "--json",
        **unreachable,
        QUALIPATH_SMTP_HOST="127.0.0.1",
        QUALIPATH_SMTP_PORT="1",
    )
    assert done.returncode == 1
    ticked, failed, *_ = [json.loads(line) for line in done.stderr.splitlines()]
    assert ticked["triggers"] == 1
    assert (failed["event"], failed["level"]) == ("delivery failed", "error")
    assert "127.0.0.1:1 can't be used" in failed["error"]
    assert state(installation, id_) == "lapsed"
    # Nothing was lost.
    assert installation.answered("scheduler", "status")["outbox"]["pending"] >= 1
