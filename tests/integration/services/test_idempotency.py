"""Idempotency keys: a command that comes again answers as it did, and does nothing."""

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from qualipath import InputError, KeyReusedError, NotFoundError, Qualipath, RefusedError
from qualipath.storage.database import Database
from qualipath.storage.tables import command, enrolment, history
from tests.builders import (
    acting,
    an_employee,
    an_enrolment,
    an_installation,
    publish,
    the_shipped_path,
)
from tests.integration.services.looking import everything, rows

PATH = "duisburg_digital"
AGAIN = """
import sys
from datetime import UTC, datetime
from qualipath import Qualipath
now = datetime(2026, 7, 2, 9, tzinfo=UTC)
hr = Qualipath.open(sys.argv[1]).acting_as("hr", "k.muster", organisation="city", now=now)
print(repr(hr.apply("4711", "duisburg_digital", "bootcamp", key="cmd-1")))
"""


@pytest.fixture
def engine(database: Database) -> Qualipath:
    return an_installation(database)


def a_file(folder: Path, text: str) -> Path:
    path = folder / "results.csv"
    path.write_text(text)
    return path


def test_every_command_is_done_once(engine: Qualipath, database: Database, tmp_path: Path) -> None:
    one = an_enrolment(engine, "applied", number="1")
    two = an_enrolment(engine, "attending", number="2")
    three = an_enrolment(engine, "attending", number="3")
    an_employee(engine, "4711")
    hr = acting(engine)
    recorded = hr.recognise("4711", "driving", kind="certificate", evidence="seen")
    list_ = a_file(tmp_path, "number;tier;result\n3;bootcamp;passed\n")
    publish(
        engine,
        the_shipped_path().model_copy(
            update={"timezone": "Europe/Vienna"},
        ),
    )
    commands: list[Callable[[str], object]] = [
        lambda key: hr.apply("4711", PATH, "bootcamp", reason="likes it", key=key),
        lambda key: hr.nominate("3", PATH, "certificate_1", key=key),
        lambda key: hr.fire(one.id, "approve", version=1, key=key),
        lambda key: hr.fire_many([two.id, 999, one.id], "complete", key=key),
        lambda key: hr.import_results(list_, key=key),
        lambda key: hr.correct(three.id, state="failed", reason="mixed up", key=key),
        lambda key: hr.recognise(
            "4711", "swimming", evidence="seen", grade="1", scale="g", key=key
        ),
        lambda key: hr.revoke(recorded.id, reason="forged", key=key),
        lambda key: hr.migrate(PATH, to=2, key=key),
    ]
    answers = []
    for number, run in enumerate(commands):
        before = everything(database)
        answers.append(run(f"key-{number}"))
        assert everything(database) != before
    stored = everything(database)

    assert [run(f"key-{number}") for number, run in enumerate(commands)] == answers
    assert everything(database) == stored


def test_the_first_answer_is_kept_whatever_happened_since(engine: Qualipath) -> None:
    an_employee(engine, "4711")
    hr = acting(engine)
    first = hr.apply("4711", PATH, "bootcamp", key="cmd-1")
    hr.fire(first.id, "approve")

    assert hr.apply("4711", PATH, "bootcamp", key="cmd-1") == first


def test_a_key_stands_for_one_command(engine: Qualipath, database: Database) -> None:
    enrolment = an_enrolment(engine, "applied")
    an_employee(engine, "2")
    hr = acting(engine)
    hr.apply("2", PATH, "bootcamp", key="cmd-1")
    stored = everything(database)

    others: list[Callable[[], object]] = [
        lambda: hr.apply("4711", PATH, "bootcamp", key="cmd-1"),
        lambda: hr.apply("2", PATH, "certificate_1", key="cmd-1"),
        lambda: hr.apply("2", PATH, "bootcamp", reason="now with one", key="cmd-1"),
        lambda: hr.nominate("2", PATH, "bootcamp", key="cmd-1"),
        lambda: hr.fire(enrolment.id, "approve", key="cmd-1"),
        lambda: hr.fire_many([enrolment.id], "approve", key="cmd-1"),
        lambda: acting(engine, id_="other").apply("2", PATH, "bootcamp", key="cmd-1"),
        lambda: acting(engine, organisation="district").apply("2", PATH, "bootcamp", key="cmd-1"),
    ]
    for other in others:
        with pytest.raises(KeyReusedError, match="'cmd-1' was already used for another command"):
            other()
    assert everything(database) == stored


def test_a_refusal_keeps_the_key_free(engine: Qualipath, database: Database) -> None:
    an_employee(engine, "4711")
    hr = acting(engine)
    with pytest.raises(RefusedError):
        hr.apply("4711", PATH, "certificate_1", key="cmd-1")
    with pytest.raises(NotFoundError):
        hr.apply("nobody", PATH, "bootcamp", key="cmd-1")
    assert rows(database, command) == []

    assert hr.apply("4711", PATH, "bootcamp", key="cmd-1").state == "applied"


def test_a_rehearsal_keeps_the_key_free(engine: Qualipath, database: Database) -> None:
    an_employee(engine, "4711")
    rehearsing = engine.acting_as("hr", "k.muster", organisation="city", dry_run=True)
    stored = everything(database)

    assert rehearsing.apply("4711", PATH, "bootcamp", key="cmd-1").state == "applied"

    assert everything(database) == stored


@pytest.mark.parametrize("sort", ["same", "other"])
def test_eight_at_once(engine: Qualipath, database: Database, sort: str) -> None:
    tiers = ["bootcamp" if sort == "same" or n % 2 else "certificate_1" for n in range(8)]
    an_employee(engine, "4711")
    acting(engine).recognise("4711", "digital/basics", kind="certificate", evidence="seen")
    start = Barrier(8)

    def apply(tier: str) -> object:
        start.wait()
        try:
            return acting(engine).apply("4711", PATH, tier, key="cmd-1")
        except KeyReusedError:
            return KeyReusedError

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(apply, tiers))

    (made,) = rows(database, enrolment)
    assert len(rows(database, history, enrolment_id=made.id)) == 1
    alike = [answer for tier, answer in zip(tiers, answers, strict=True) if tier == made.tier]
    assert all(answer == acting(engine).enrolment(made.id) for answer in alike)
    assert answers.count(KeyReusedError) == 8 - len(alike) == (0 if sort == "same" else 4)


def test_odd_keys_are_refused(engine: Qualipath, database: Database) -> None:
    an_employee(engine, "4711")
    stored = everything(database)

    for key in ("", "x" * 201, "a\nb", "a\x00b", "\ud800", "\u202e"):
        with pytest.raises(InputError, match="1 to 200 printable characters"):
            acting(engine).apply("4711", PATH, "bootcamp", key=key)
    assert everything(database) == stored

    odd = "ä' OR '1'='1; 日本 " + "x" * 170
    first = acting(engine).apply("4711", PATH, "bootcamp", key=odd)
    assert acting(engine).apply("4711", PATH, "bootcamp", key=odd) == first


@pytest.mark.long
def test_across_processes(engine: Qualipath, database: Database) -> None:
    an_employee(engine, "4711")
    first = acting(engine).apply("4711", PATH, "bootcamp", key="cmd-1")
    url = database.address.url.render_as_string(hide_password=False)

    ran = subprocess.run(
        [sys.executable, "-c", AGAIN, url], capture_output=True, text=True, check=False
    )

    assert (ran.stdout.strip(), ran.stderr) == (repr(first), "")
