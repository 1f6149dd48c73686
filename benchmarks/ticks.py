"""W8 and W9: a tick with nothing due among a million enrolments, and one with 10,000 deadlines."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from statistics import median
from time import perf_counter
from typing import Any

from sqlalchemy import event

from benchmarks.installation import NOW, Place, offer
from benchmarks.questions import NUMBERS
from benchmarks.slices import Duration, Ratio, compare

PEOPLE = 1_000_000
INTAKES = 10_000
DEADLINES = 10_000
QUIET_TICKS = 51
LARGE = ("employee", "enrolment", "intake", "deadline")
LATER = NOW + timedelta(days=365)

HIRE = """
INSERT INTO employee (id, number, organisation_id, given_name, family_name, hired_on)
{numbers} SELECT id, CAST(id AS VARCHAR), 1, 'Ada', 'Ahorn', {today} FROM n
"""
# Half of them have applied and one reminder after the other is due; the others were nominated, and
# that lapses. {share} of them are due at one instant, the next share an hour later.
APPLY = """
INSERT INTO enrolment (id, employee_id, organisation_id, path_version_id, path, tier, attempt,
    state, entered_at, version, is_open, holds_seat, counts)
{numbers} SELECT id, id, 1, 1, 'duisburg_digital', 'certificate_1', 1,
    CASE WHEN id % 2 = 0 THEN 'applied' ELSE 'nominated' END, {now}, 1, {yes}, {no}, {no} FROM n
"""
REMIND = """
INSERT INTO deadline (enrolment_id, state, due_at, notice, recipient)
{numbers} SELECT id, 'applied', {due}, 'approval_reminder', 'supervisor' FROM n WHERE id % 2 = 0
"""
ESCALATE = """
INSERT INTO deadline (enrolment_id, state, due_at, notice, recipient)
{numbers} SELECT id, 'applied', {later}, 'approval_escalated', 'hr' FROM n WHERE id % 2 = 0
"""
LAPSE = """
INSERT INTO deadline (enrolment_id, state, due_at, "trigger")
{numbers} SELECT id, 'nominated', {due}, 'lapse' FROM n WHERE id % 2 = 1
"""
# Else the tick would plan the path's next terms.
PLAN_NOTHING = "UPDATE planning SET due_at = NULL"
HOURS_LATER = {
    "SQLite": "strftime('%Y-%m-%d %H:%M:%f000', {now}, '+' || ((id - 1) / {share}) || ' hours')",
    "PostgreSQL": "CAST({now} AS timestamptz) + ((id - 1) / {share}) * INTERVAL '1 hour'",
}

# The floor of W9: what is due at one instant, written set by set; each ? is that instant.
DUE = "deadline.due_at = ? AND deadline.ended_at IS NULL"
BY_HAND = """
INSERT INTO notice (enrolment_id, version, notice, recipient, raised_at, due_at)
SELECT enrolment.id, enrolment.version, deadline.notice, deadline.recipient, ?, ?
FROM deadline JOIN enrolment ON enrolment.id = deadline.enrolment_id
WHERE {due} AND deadline."trigger" IS NULL AND enrolment.paused_at IS NULL;

CREATE TEMPORARY TABLE lapsing AS
SELECT enrolment.id, enrolment.path_version_id, enrolment.version, enrolment.state
FROM deadline JOIN enrolment ON enrolment.id = deadline.enrolment_id
WHERE {due} AND deadline."trigger" = 'lapse' AND enrolment.paused_at IS NULL
  AND enrolment.state = deadline.state;

UPDATE deadline SET ended_at = ?, done = {yes} WHERE {due};

UPDATE deadline SET ended_at = ?, done = {no}
WHERE ended_at IS NULL AND enrolment_id IN (SELECT id FROM lapsing);

UPDATE enrolment SET state = 'lapsed', version = version + 1, entered_at = ?, is_open = {no}
WHERE id IN (SELECT id FROM lapsing);

INSERT INTO history (enrolment_id, path_version_id, version, "trigger", source, target,
    actor_role, actor_id, effective_at, recorded_at)
SELECT id, path_version_id, version + 1, 'lapse', state, 'lapsed', 'schedule', 'qualipath', ?, ?
FROM lapsing;

INSERT INTO notice (enrolment_id, version, notice, recipient, raised_at, due_at)
SELECT id, version + 1, 'lapsed', 'employee', ?, ? FROM lapsing;

DROP TABLE lapsing
"""


def quiet(place: Place, target: float, people: int = PEOPLE, intakes: int = INTAKES) -> Duration:
    """W8: let nothing be due, and see that no large table is read from one end to the other."""
    _fill(place, people, share=people, first=LATER)
    offer(place, "certificate_1", intakes)
    _analyze(place)
    times = []
    with _statements(place) as executed:
        assert place.qualipath.tick(at=NOW).done == 0
    for _ in range(QUIET_TICKS):
        start = perf_counter()
        report = place.qualipath.tick(at=NOW)
        times.append((perf_counter() - start) * 1000)
        assert (report.done, report.overdue, report.failures) == (0, 0, ()), report
    for statement, parameters in executed:
        _refuse_long_reads(place, statement, parameters)
    load = f"W8 quiet tick, {people:,} and {intakes:,} intakes"
    return Duration(load, place.name, target, median(times))


def busy(place: Place, target: float | None, deadlines: int = DEADLINES) -> Ratio:
    """W9: send reminders, and let nominations lapse, all due at one instant."""
    slices = 3
    first = NOW + timedelta(days=14)
    _fill(place, 2 * slices * deadlines, share=deadlines, first=first)
    _analyze(place)

    def by_hand(part: list[int]) -> None:
        for turn in part:
            _by_hand(place, first + timedelta(hours=turn))

    def ours(part: list[int]) -> None:
        for turn in part:
            report = place.qualipath.tick(at=first + timedelta(hours=turn))
            assert report.done == deadlines, report

    turns = list(range(2 * slices))
    found = compare("", place.name, target, floor=by_hand, ours=ours, ids=turns, slices=slices)
    _check(place, slices * deadlines)
    load = f"W9 {deadlines:,} deadlines in one tick"
    return replace(found, load=load, floor=found.floor / deadlines, ours=found.ours / deadlines)


def _fill(place: Place, people: int, *, share: int, first: datetime) -> None:
    kind = "PostgreSQL" if place.postgresql else "SQLite"
    values = {
        "numbers": NUMBERS[kind].format(people=people),
        "now": f"'{place.now}'",
        "today": f"'{place.today}'" if not place.postgresql else f"DATE '{place.today}'",
        "due": HOURS_LATER[kind].format(now=f"'{place.instant(first)}'", share=share),
        "later": f"'{place.instant(LATER)}'",
        "yes": "true",
        "no": "false",
    }
    for statement in (HIRE, APPLY, REMIND, ESCALATE, LAPSE, PLAN_NOTHING):
        place.connection.execute(statement.format(**values))
    place.connection.commit()


def _analyze(place: Place) -> None:
    place.connection.execute("ANALYZE")
    place.connection.commit()


def _by_hand(place: Place, due: datetime) -> None:
    instant, mark = place.instant(due), "%s" if place.postgresql else "?"
    if not place.postgresql:
        place.connection.execute("BEGIN IMMEDIATE")
    for statement in BY_HAND.format(due=DUE, yes="true", no="false").split(";"):
        written = statement.replace("?", mark)
        place.connection.execute(written, (instant,) * statement.count("?"))
    place.connection.commit()


def _check(place: Place, done: int) -> None:
    """See that the floor and qualipath have left the same behind, half of it each."""
    lapsed = done // 2
    for asked, expected in (
        ("SELECT count(*) FROM deadline WHERE done", 2 * done),
        ("SELECT count(*) FROM notice WHERE notice = 'approval_reminder'", 2 * (done - lapsed)),
        ("SELECT count(*) FROM notice WHERE notice = 'lapsed'", 2 * lapsed),
        ("SELECT count(*) FROM history WHERE target = 'lapsed'", 2 * lapsed),
        (
            "SELECT count(*) FROM enrolment WHERE state = 'lapsed' AND NOT is_open AND version = 2",
            2 * lapsed,
        ),
    ):
        (count,) = place.connection.execute(asked).fetchone()
        assert count == expected, (asked, count, expected)
    place.connection.commit()


@contextmanager
def _statements(place: Place) -> Iterator[list[tuple[str, Any]]]:
    """Note the statements that qualipath executes, with their parameters."""
    noted: list[tuple[str, Any]] = []
    engines = place.qualipath.database._engines  # noqa: SLF001

    def note(*told: Any) -> None:
        noted.append((told[2], told[3]))

    for engine in (engines.readers, engines.writers):
        event.listen(engine, "before_cursor_execute", note)
    yield noted
    for engine in (engines.readers, engines.writers):
        event.remove(engine, "before_cursor_execute", note)


def _refuse_long_reads(place: Place, statement: str, parameters: Any) -> None:
    if not statement.lstrip().startswith(("SELECT", "WITH", "UPDATE", "INSERT")):
        return
    explain = "EXPLAIN " if place.postgresql else "EXPLAIN QUERY PLAN "
    plan = place.connection.execute(explain + statement, parameters).fetchall()
    place.connection.commit()
    tables = "|".join(LARGE)
    # SQLite says USING where it goes along an index, of which it may need the first entry alone.
    long = rf"Seq Scan on ({tables})\b" if place.postgresql else rf"^SCAN ({tables})\b(?!.* USING )"
    for line in (str(row[-1]) for row in plan):
        assert not re.search(long, line), (statement, plan)
