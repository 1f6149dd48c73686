"""W4: delivering due notices by SMTP, against smtplib and a commit for each by hand.

`make bench` sends 4,000; the full size is `python -m benchmarks deliver 10000`, some minutes.
"""

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

MAILS = 4_000
LINES = 4
SLICES = 10
FLAT = 4
"""How many MB the peak of memory may grow by after the first fifth of the mails."""
SENDER = "Personalabteilung <personal@stadt.example>"

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

_KINDS = 2
"""So many notices are sent first: one of each kind, as what the floor sends."""

SENT = "SELECT body FROM message"
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
    _fill(place, _KINDS + 4 * mails)
    with running_sink() as sink:
        _deliver(_installation(place, sink, 1), _KINDS)
        floor = _Floor(place, sink)
        for lines in (1, LINES):
            yield _compared(floor, _installation(place, sink, lines), target, mails)
        assert sink.count() == _KINDS + 4 * mails
    _check(place, _KINDS + 4 * mails)


def _compared(floor: "_Floor", ours: Qualipath, target: float | None, mails: int) -> Ratio:
    peaks: list[float] = []

    def delivered(part: list[int]) -> None:
        with _peak(peaks):
            _deliver(ours, len(part))

    found = compare(
        "",
        floor.place.name,
        target,
        floor=lambda part: floor.deliver(len(part)),
        ours=delivered,
        ids=list(range(2 * mails)),
        slices=SLICES,
    )
    fifth = SLICES // 5
    grown = max(peaks[fifth:]) - max(peaks[:fifth])
    assert grown <= FLAT, peaks
    lines = ours.mail.connections
    named = "1 line" if lines == 1 else f"{lines} lines"
    return replace(found, load=f"W4 deliver {mails:,} mails, {named} (+{max(grown, 0):.0f} MB)")


def _installation(place: Place, sink: Sink, lines: int) -> Qualipath:
    server = SmtpServer("127.0.0.1", sink.port, "none")
    return replace(place.qualipath, mail=Mailing(server, SENDER, lines))


def _deliver(ours: Qualipath, mails: int) -> None:
    report = ours.deliver(now=NOW, limit=mails)
    assert (report.sent, report.failures) == (mails, ()), report


class _Floor:
    """Sends what qualipath has sent already, to whom it is due, and keeps and marks it."""

    def __init__(self, place: Place, sink: Sink) -> None:
        self.place = place
        self._sink = sink
        self._contents = [bytes(row[0]) for row in place.connection.execute(SENT).fetchall()]
        place.connection.commit()
        self._due, self._mark, self._keep = map(self._sql, (DUE, MARK, KEEP))

    def deliver(self, mails: int) -> None:
        """Send so many, one after the other, with a transaction for each."""
        place, execute = self.place, self.place.connection.execute
        forgotten_at = place.instant(NOW + timedelta(days=90))
        rows = execute(self._due, (place.now, mails)).fetchall()
        place.connection.commit()
        with smtplib.SMTP("127.0.0.1", self._sink.port) as smtp:
            for id_, address, organisation_id in rows:
                content = self._contents[id_ % _KINDS]
                message_id = f"n{id_}.0123456789abcdef@stadt.example"
                smtp.sendmail("personal@stadt.example", [address], content)
                if not place.postgresql:
                    execute("BEGIN IMMEDIATE")
                execute(self._mark, (message_id, id_))
                kept = sha256(content).hexdigest(), place.now, content, forgotten_at
                execute(self._keep, (message_id, organisation_id, address, *kept))
                place.connection.commit()
        assert len(rows) == mails

    def _sql(self, statement: str) -> str:
        return statement.replace("?", "%s") if self.place.postgresql else statement


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


@contextmanager
def _peak(peaks: list[float]) -> Iterator[None]:
    """Note the most memory that this process has meanwhile, in MB."""
    # 5 puts the peak back to what there is now (Linux, proc(5)).
    Path("/proc/self/clear_refs").write_text("5")
    yield
    status = Path("/proc/self/status").read_text()
    peaks.append(int(status.partition("VmHWM:")[2].split()[0]) / 1024)
