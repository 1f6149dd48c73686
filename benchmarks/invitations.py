"""W3: open an intake for a million employees: find those who may apply, and invite each of them."""

import json
import resource
from dataclasses import replace

from benchmarks.installation import NOW, Place, offer
from benchmarks.questions import HELD, MAY_BEGIN, NUMBERS
from benchmarks.slices import Ratio, compare
from qualipath.definition.bundled import bundled
from qualipath.definition.loader import load_definition
from qualipath.definition.spec import Definition
from qualipath.services.catalogue import publish
from qualipath.services.intakes.loading import load_intake
from qualipath.services.inviting import invite

PEOPLE = 1_000_000
# Four of five hold the first certificate, three of four have been there for a year, and two of nine
# have applied for the second one already.
HIRE = """
INSERT INTO employee (id, number, organisation_id, given_name, family_name, hired_on)
{numbers} SELECT id, CAST(id AS VARCHAR), 1, 'Ada', 'Ahorn',
    CASE WHEN id % 4 = 0 THEN {lately} ELSE {day} END FROM n
"""
AWARD = """
INSERT INTO credential (employee_id, kind, key, awarded_on)
{numbers} SELECT id, 'completion', 'certificate_1', {day} FROM n WHERE id % 10 < 8
"""
APPLY = """
INSERT INTO enrolment (employee_id, organisation_id, path_version_id, path, tier, attempt, state,
    entered_at, version, is_open, holds_seat, counts)
{numbers} SELECT id, 1, 1, 'duisburg_digital', 'certificate_2', 1, 'applied', {now}, 1, {yes},
    {no}, {no} FROM n WHERE id % 9 < 2
"""
FIND = """
CREATE TEMPORARY TABLE invited AS SELECT employee.id FROM employee
WHERE {may_begin} AND employee.hired_on <= {a_year_ago}
"""
TELL = """
INSERT INTO history (employee_id, path_version_id, "trigger", details, actor_role, actor_id,
                     effective_at, recorded_at)
SELECT id, 2, 'invite', ?, 'hr', 'k.muster', ?, ? FROM invited
"""
RAISE = """
INSERT INTO notice (employee_id, notice, recipient, context, raised_at, due_at)
SELECT id, 'intake_opened', 'employee', ?, ?, ? FROM invited
"""


def invitations(place: Place, target: float | None, people: int = PEOPLE) -> Ratio:
    """Invite by three set-based statements written by hand, and by qualipath."""
    _fill(place, people)
    expected = sum(n % 10 < 8 and n % 4 > 0 and n % 9 >= 2 for n in range(1, people + 1))
    intakes = offer(place, "certificate_2", 6, starts_on=NOW.date().replace(month=4))

    def by_hand(part: list[int]) -> None:
        for id_ in part:
            assert _by_hand(place, id_) == expected

    def ours(part: list[int]) -> None:
        for id_ in part:
            with place.hr.acts.writing() as act:
                published = act.library.newest(act.connection, "duisburg_digital")
                invited = invite(act, load_intake(act, id_), published, "intake_opened")
            assert invited == expected, (invited, expected)

    before = _peak()
    found = compare("", place.name, target, floor=by_hand, ours=ours, ids=intakes, slices=3)
    _check(place, 6 * expected)
    grown = _peak() - before
    load = f"W3 invite {expected:,} of {people:,} (+{grown} MB)"
    return replace(found, load=load, floor=found.floor / people, ours=found.ours / people)


def _by_hand(place: Place, intake: int) -> int:
    told = json.dumps({"intake": intake})
    values = _values(place)
    held = f"(({HELD.format(**values)}) OR held.running_until <= {values['before']})"
    may_begin = MAY_BEGIN.format(held=held, **values)
    if not place.postgresql:
        place.connection.execute("BEGIN IMMEDIATE")
    place.connection.execute(FIND.format(may_begin=may_begin, **values))
    place.connection.execute(_sql(place, TELL), (told, place.now, place.now))
    raised: int = place.connection.execute(
        _sql(place, RAISE), (told, place.now, place.now)
    ).rowcount
    place.connection.execute("DROP TABLE invited")
    place.connection.commit()
    return raised


def _check(place: Place, entries: int) -> None:
    for asked in (
        "SELECT count(*) FROM history WHERE \"trigger\" = 'invite' AND employee_id IS NOT NULL",
        "SELECT count(*) FROM notice WHERE notice = 'intake_opened' AND context IS NOT NULL",
    ):
        (count,) = place.connection.execute(asked).fetchone()
        assert count == entries, (asked, count, entries)
    place.connection.commit()


def _sql(place: Place, statement: str) -> str:
    return statement.replace("?", "%s") if place.postgresql else statement


def _peak() -> int:
    """Give the most memory that this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _values(place: Place) -> dict[str, str]:
    mark = "DATE " if place.postgresql else ""
    days = {
        "on": "2021-01-04",
        "a_year_ago": "2020-01-04",
        "before": "2021-04-03",
        "day": "2015-01-01",
        "lately": "2020-10-01",
    }
    return {name: f"{mark}'{day}'" for name, day in days.items()}


def _fill(place: Place, people: int) -> None:
    _publish(place)
    kind = "PostgreSQL" if place.postgresql else "SQLite"
    values = {
        **_values(place),
        "numbers": NUMBERS[kind].format(people=people),
        "now": f"'{place.now}'",
        "yes": "true",
        "no": "false",
    }
    for statement in (HIRE, AWARD, APPLY, "ANALYZE"):
        place.connection.execute(statement.format(**values))
    place.connection.commit()


def _publish(place: Place) -> None:
    """Let the second certificate ask for a year's tenure too."""
    shipped = load_definition(bundled("workflows"), "duisburg_digital")
    written = shipped.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    asked = {"all": [{"completed": "certificate_1"}, {"tenure": "1 year"}]}
    written["path"]["tiers"]["certificate_2"]["prerequisites"] = asked
    with place.qualipath.acting_as("hr", "setup", now=NOW).acts.writing() as act:
        publish(act, Definition.model_validate(written))
