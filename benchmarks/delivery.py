"""W4: delivering 10,000 due notices by SMTP, against smtplib and a commit for each by hand."""

import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

from benchmarks.installation import NOW, Place, enrol, offer
from benchmarks.sink import Sink, running_sink
from benchmarks.slices import Ratio, compare
from qualipath import Qualipath
from qualipath.engine.delivering import Mailing
from qualipath.notices.smtp import SmtpServer

MAILS = 10_000
LINES = 4
SLICES = 10
FLAT = 4
"""How many MB the peak of memory may grow by after the first fifth of the mails."""
SENDER = "Personalabteilung <personal@stadt.example>"
SIZE = 14_000
"""About as many bytes as a mail has, with its invitation."""

# All work for the first of them, and every other one is admitted.
ADDRESS = """
UPDATE employee SET email = 'p' || id || '@stadt.example',
    supervisor_id = CASE WHEN id > 1 THEN 1 END
"""
ADMIT = """
UPDATE enrolment SET state = 'admitted', intake_id = {intake}, holds_seat = {yes} WHERE id % 2 = 0
"""
WRITE = """
INSERT INTO correspondence (organisation_id, hr_address, hourly_cap)
VALUES (1, 'hr@stadt.example', 1000000)
"""
RAISE = """
INSERT INTO notice (enrolment_id, version, notice, recipient, raised_at, due_at)
SELECT id, 1, CASE WHEN id % 2 = 0 THEN 'admitted' ELSE 'application_received' END, 'employee',
    {now}, {now} FROM enrolment ORDER BY id
"""

# The floor: what is due and to whom, and once it is sent, the mark and the record of it.
DUE = """
SELECT notice.id, employee.email, employee.organisation_id FROM notice
JOIN enrolment ON enrolment.id = notice.enrolment_id
JOIN employee ON employee.id = enrolment.employee_id
WHERE notice.status = 'pending' AND notice.due_at <= ?
ORDER BY notice.due_at, notice.id LIMIT ?
"""
MARK = "UPDATE notice SET status = 'sent', message_id = ? WHERE id = ?"
KEEP = """
INSERT INTO message (message_id, organisation_id, address, subject, sha256, sent_at, body, purge_at)
VALUES (?, ?, ?, 'Zulassung', ?, ?, ?, ?)
"""


def delivery(place: Place, target: float | None, mails: int = MAILS) -> Iterator[Ratio]:
    """Deliver over one connection, and as many over four; the floor always has one."""
    _fill(place, 4 * mails)
    with running_sink() as sink:
        for lines in (1, LINES):
            yield _over(place, sink, lines, target, mails)
        assert sink.count() == 4 * mails
    _check(place, 4 * mails)


def _over(place: Place, sink: Sink, lines: int, target: float | None, mails: int) -> Ratio:
    server = SmtpServer("127.0.0.1", sink.port, "none")
    ours = replace(place.qualipath, mail=Mailing(server, SENDER, lines))
    peaks = []

    def by_hand(part: list[int]) -> None:
        _by_hand(place, sink, len(part))

    def delivered(part: list[int]) -> None:
        with _peak(peaks):
            _deliver(ours, len(part))

    ids = list(range(2 * mails))
    found = compare("", place.name, target, floor=by_hand, ours=delivered, ids=ids, slices=SLICES)
    grown = max(peaks[SLICES // 5 :]) - max(peaks[: SLICES // 5])
    assert grown <= FLAT, peaks
    named = "1 line" if lines == 1 else f"{lines} lines"
    return replace(found, load=f"W4 deliver {mails:,} mails, {named} (+{grown:.0f} MB)")


def _deliver(ours: Qualipath, mails: int) -> None:
    report = ours.deliver(now=NOW, limit=mails)
    assert (report.sent, report.failures) == (mails, ()), report


def _by_hand(place: Place, sink: Sink, mails: int) -> None:
    execute = place.connection.execute
    due, mark, keep = (_sql(place, statement) for statement in (DUE, MARK, KEEP))
    forgotten_at = place.instant(NOW + timedelta(days=90))
    rows = execute(due, (place.now, mails)).fetchall()
    place.connection.commit()
    with smtplib.SMTP("127.0.0.1", sink.port) as smtp:
        for id_, address, organisation_id in rows:
            message_id = f"n{id_}.0123456789abcdef@stadt.example"
            content = _content(message_id, address)
            smtp.sendmail("personal@stadt.example", [address], content)
            if not place.postgresql:
                execute("BEGIN IMMEDIATE")
            execute(mark, (message_id, id_))
            kept = sha256(content).hexdigest(), place.now, content, forgotten_at
            execute(keep, (message_id, organisation_id, address, *kept))
            place.connection.commit()
    assert len(rows) == mails


def _content(message_id: str, address: str) -> bytes:
    return f"Message-ID: <{message_id}>\r\nTo: {address}\r\n\r\n".encode() + _BODY


_BODY = b"Zulassung, wie sie im Buche steht, mit Ort und Tag und allem.\r\n" * (SIZE // 63)


def _fill(place: Place, mails: int) -> None:
    enrol(place, mails)
    (intake,) = offer(place, "certificate_1", 1, seats=mails, state="planned")
    values = {"intake": intake, "yes": "true", "now": f"'{place.now}'"}
    for statement in (ADDRESS, ADMIT, WRITE, RAISE, "ANALYZE"):
        place.connection.execute(statement.format(**values))
    place.connection.commit()


def _check(place: Place, mails: int) -> None:
    """See that every notice was sent once, and that both kept it."""
    for asked in (
        "SELECT count(*) FROM notice WHERE status = 'sent' AND leased_by IS NULL",
        "SELECT count(*) FROM message WHERE body IS NOT NULL",
    ):
        (count,) = place.connection.execute(asked).fetchone()
        assert count == mails, (asked, count, mails)
    place.connection.commit()


def _sql(place: Place, statement: str) -> str:
    return statement.replace("%", "%%").replace("?", "%s") if place.postgresql else statement


@contextmanager
def _peak(peaks: list[float]) -> Iterator[None]:
    """Note the most memory that this process has meanwhile, in MB."""
    # 5 puts the peak back to what there is now (Linux, proc(5)).
    Path("/proc/self/clear_refs").write_text("5")
    yield
    status = Path("/proc/self/status").read_text()
    peaks.append(int(status.partition("VmHWM:")[2].split()[0]) / 1024)
