"""W3's question: who of a million is eligible; decided in SQL, and read person by person."""

import resource
from collections.abc import Iterator
from datetime import date
from statistics import median
from time import perf_counter

from benchmarks.installation import Place
from benchmarks.slices import Ratio

PEOPLE = 1_000_000
ON = date(2027, 4, 1)
NUMBERS = {
    "SQLite": (
        "WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < {people})"
    ),
    "PostgreSQL": "WITH n(id) AS (SELECT generate_series(1, {people}))",
}
# Nine of ten hold the first certificate, one of ten of them on a grade that has run out.
HIRE = """
INSERT INTO employee (id, number, organisation_id, given_name, family_name, hired_on)
{numbers} SELECT id, CAST(id AS VARCHAR), 1, 'Ada', 'Ahorn', {day} FROM n
"""
AWARD = """
INSERT INTO credential (employee_id, kind, key, awarded_on, valid_until)
{numbers} SELECT id, 'completion', 'certificate_1', {day},
    CASE WHEN id % 10 = 1 THEN {end} END FROM n WHERE id % 10 > 0
"""
MAY_BEGIN = """
EXISTS (SELECT 1 FROM credential AS held
    WHERE held.employee_id = employee.id AND held.key = 'certificate_1'
    AND held.kind IN ('completion', 'recognition') AND held.revoked_at IS NULL
    AND {held})
  AND NOT EXISTS (SELECT 1 FROM credential AS held
    WHERE held.employee_id = employee.id AND held.key = 'certificate_2'
    AND held.kind IN ('completion', 'recognition') AND held.revoked_at IS NULL
    AND held.awarded_on <= {on} AND (held.valid_until IS NULL OR held.valid_until >= {on}))
  AND NOT EXISTS (SELECT 1 FROM enrolment
    WHERE enrolment.employee_id = employee.id AND enrolment.path = 'duisburg_digital'
    AND enrolment.tier = 'certificate_2' AND enrolment.is_open)
  AND (SELECT count(*) FROM enrolment
    WHERE enrolment.employee_id = employee.id AND enrolment.path = 'duisburg_digital'
    AND enrolment.tier = 'certificate_2' AND enrolment.counts) < 3
"""
HELD = "held.awarded_on <= {on} AND (held.valid_until IS NULL OR held.valid_until >= {on})"
FLOOR = """
SELECT employee.number, employee.given_name, employee.family_name, organisation.key
FROM employee JOIN organisation ON organisation.id = employee.organisation_id
WHERE employee.organisation_id IN (
    SELECT reach.organisation_id FROM organisation_reach AS reach
    JOIN organisation AS above ON above.id = reach.above_id WHERE above.key = 'duisburg')
  AND {may_begin}
ORDER BY employee.id
"""


def eligible(place: Place, target: float | None, people: int = PEOPLE) -> Ratio:
    """Find 80 % of the people by hand-written SQL, and by asking qualipath."""
    _fill(place, people)
    hr = place.hr
    floor, ours = [], []
    for _ in range(3):
        start = perf_counter()
        by_hand = sum(1 for _ in _by_hand(place))
        floor.append((perf_counter() - start) / people)
        start = perf_counter()
        found = sum(1 for _ in hr.eligible("duisburg_digital", "certificate_2", on=ON))
        ours.append((perf_counter() - start) / people)
        assert found == by_hand == people * 8 // 10, (found, by_hand)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return Ratio(
        f"W3 eligible of {people:,} (peak {peak} MB)",
        place.name,
        target,
        median(floor),
        median(ours),
    )


def _by_hand(place: Place) -> Iterator[object]:
    on = f"DATE '{ON}'" if place.postgresql else f"'{ON}'"
    cursor = place.connection.cursor("floor") if place.postgresql else place.connection
    may_begin = MAY_BEGIN.format(held=HELD.format(on=on), on=on)
    rows = cursor.execute(FLOOR.format(may_begin=may_begin))
    yield from rows
    if place.postgresql:
        place.connection.commit()


def _fill(place: Place, people: int) -> None:
    kind = "PostgreSQL" if place.postgresql else "SQLite"
    mark = "DATE " if place.postgresql else ""
    values = {
        "numbers": NUMBERS[kind].format(people=people),
        "day": f"{mark}'2020-10-01'",
        "end": f"{mark}'2022-10-01'",
    }
    for statement in (HIRE, AWARD, "ANALYZE"):
        place.connection.execute(statement.format(**values))
    if place.postgresql:
        place.connection.commit()
