"""The floor: the same reads and writes by hand on the driver, a row at a time, and nothing else."""

from collections.abc import Callable
from typing import Any

LOAD = """
SELECT enrolment.id, enrolment.employee_id, enrolment.state, enrolment.version,
       enrolment.path_version_id, enrolment.tier, employee.number, organisation.key,
       EXISTS (SELECT 1 FROM credential WHERE credential.employee_id = employee.id
               AND credential.key = ? AND credential.kind IN ('completion', 'recognition')
               AND credential.revoked_at IS NULL
               AND (credential.awarded_on <= ? OR credential.running_until IS NOT NULL)
               AND (credential.valid_until IS NULL OR credential.valid_until >= ?))
       OR EXISTS (SELECT 1 FROM credential WHERE credential.employee_id = employee.id
               AND credential.key LIKE 'digital/%'
               AND credential.kind IN ('certificate', 'recognition')
               AND credential.revoked_at IS NULL
               AND (credential.awarded_on <= ? OR credential.running_until IS NOT NULL)
               AND (credential.valid_until IS NULL OR credential.valid_until >= ?)) AS met
FROM enrolment
JOIN employee ON employee.id = enrolment.employee_id
JOIN organisation ON organisation.id = enrolment.organisation_id
JOIN organisation_reach ON organisation_reach.organisation_id = employee.organisation_id
JOIN organisation AS above ON above.id = organisation_reach.above_id AND above.key = ?
WHERE enrolment.id = ?
"""
MOVE = """
UPDATE enrolment SET state = 'approved', version = version + 1, entered_at = ?
WHERE id = ? AND state = ? AND version = ?
"""
END = "UPDATE deadline SET ended_at = ?, done = ? WHERE enrolment_id = ? AND ended_at IS NULL"
TELL = """
INSERT INTO history (enrolment_id, path_version_id, version, "trigger", source, target,
                     actor_role, actor_id, effective_at, recorded_at)
VALUES (?, ?, ?, 'approve', ?, 'approved', 'hr', ?, ?, ?)
"""
RAISE = """
INSERT INTO notice (enrolment_id, version, notice, recipient, raised_at, due_at)
VALUES (?, ?, 'approved', 'employee', ?, ?)
"""


class Floor:
    """Approves by hand on one connection of the driver."""

    def __init__(self, connection: Any, *, postgresql: bool) -> None:
        self._connection = connection
        self._postgresql = postgresql
        lock = " FOR UPDATE OF employee, enrolment" if postgresql else ""
        self._load = self._sql(LOAD + lock)
        self._move, self._end, self._tell, self._raise = map(self._sql, (MOVE, END, TELL, RAISE))

    def _sql(self, statement: str) -> str:
        return statement.replace("%", "%%").replace("?", "%s") if self._postgresql else statement

    def one_commit_each(self, ids: list[int], now: Any, today: Any) -> None:
        """W1: a transaction for each."""
        for id_ in ids:
            self._begin()
            assert self._approve(id_, now, today)
            self._connection.commit()

    def one_commit(self, ids: list[int], now: Any, today: Any) -> int:
        """W2: one transaction for all; gives how many were approved."""
        self._begin()
        approved = sum(self._approve(id_, now, today) for id_ in ids)
        self._connection.commit()
        return approved

    def _begin(self) -> None:
        if not self._postgresql:
            self._connection.execute("BEGIN IMMEDIATE")

    def _approve(self, id_: int, now: Any, today: Any) -> bool:
        execute: Callable[..., Any] = self._connection.execute
        row = execute(
            self._load, ("bootcamp", today, today, today, today, "duisburg", id_)
        ).fetchone()
        state, version, path_version_id, met = row[2], row[3], row[4], row[8]
        if not met:
            return False
        assert execute(self._move, (now, id_, state, version)).rowcount == 1
        execute(self._end, (now, False, id_))
        execute(self._tell, (id_, path_version_id, version + 1, state, "k.muster", now, now))
        execute(self._raise, (id_, version + 1, now, now))
        return True
