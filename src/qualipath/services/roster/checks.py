"""Who leads whom in a file of people: supervisors and deputies, found, and free of rings."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from sqlalchemy import String, or_, select

from qualipath.services.act import Act
from qualipath.services.organisations import nearest_organisation
from qualipath.services.roster.reading import Key, Person, Roster
from qualipath.services.sheets.problems import CellError, Problems
from qualipath.storage.batches import Batch, among, ids
from qualipath.storage.scope import visible_employees
from qualipath.storage.tables import employee

_MANY = 5_000
_LONGEST_RING = 20
_NUMBERS = Batch("asked", number=String())
_Item = TypeVar("_Item")


def batches(items: Iterable[_Item], size: int) -> Iterator[list[_Item]]:
    """Cut items into lists of at most `size`."""
    left = iter(items)
    while batch := list(islice(left, size)):
        yield batch


@dataclass(frozen=True, slots=True)
class Leaders:
    """Whom each person's supervisor and deputy cells mean, by what is written in them.

    `ids` are the ids of those whom the database knows already.
    """

    meant: Mapping[tuple[int, str], Key] = field(default_factory=dict)
    ids: Mapping[Key, int] = field(default_factory=dict)

    def of(self, person: Person, reference: str) -> Key | None:
        """Give whom a person's `supervisor` or `deputy` cell means; None where it is empty."""
        return self.meant.get((person.key[0], getattr(person, reference)))


def find_leaders(act: Act, roster: Roster, reach: Mapping[str, int], problems: Problems) -> Leaders:
    """Find everybody whom the file names as supervisor or deputy, in the file or the database.

    A bare number means somebody of the same organisation first, and else the only one anywhere;
    `4711@moers` names the organisation. Unknown and ambiguous ones and rings become problems.
    """
    asked = {
        (person.key[0], written)
        for person in roster.people
        for reference in roster.references
        if (written := getattr(person, reference))
    }
    known = _known(act, {written.partition("@")[0] for _, written in asked}, reach)
    finder = _Finder(roster, reach, known)
    meant: dict[tuple[int, str], Key] = {}
    wrong: dict[tuple[int, str], CellError] = {}
    for each in asked:
        try:
            meant[each] = finder.find(*each)
        except CellError as error:
            wrong[each] = error
    leaders = Leaders(meant, {k: id_ for keys in known.values() for k, id_ in keys.items()})
    for person in roster.people:
        for reference in roster.references:
            told = wrong.get((person.key[0], getattr(person, reference)))
            if told is not None:
                problems.add(person.line, roster.at[reference], reference, told.what, told.right)
        if leaders.of(person, "deputy") == person.key:
            what, right = "names the person itself", "name somebody else, or leave it empty"
            problems.add(person.line, roster.at["deputy"], "deputy", what, right)
    if "supervisor" in roster.references:
        _find_rings(act, roster, leaders, reach, problems)
    return leaders


def _known(
    act: Act, numbers: Iterable[str], reach: Mapping[str, int]
) -> Mapping[str, dict[Key, int]]:
    """Find those of the database by number: whom the actor sees, and who already leads those."""
    dialect = act.connection.dialect.name
    seen = visible_employees(act.actor, act.today())
    staff = employee.alias()
    within = staff.c.organisation_id.in_(reach.values())
    lead = [
        employee.c.id.in_(select(staff.c[column]).where(within))
        for column in ("supervisor_id", "deputy_id")
    ]
    statement = select(employee.c.id, employee.c.organisation_id, employee.c.number).where(
        employee.c.number.in_(select(_NUMBERS.table(dialect).c.number)), or_(seen, *lead)
    )
    known: dict[str, dict[Key, int]] = defaultdict(dict)
    for batch in batches(sorted(numbers), _MANY):
        bound = _NUMBERS.parameters(dialect, [(number,) for number in batch])
        for row in act.connection.execute(statement, bound):
            known[row.number][row.organisation_id, row.number] = row.id
    return known


class _Finder:
    def __init__(
        self, roster: Roster, reach: Mapping[str, int], known: Mapping[str, dict[Key, int]]
    ) -> None:
        self._roster = roster
        self._reach = reach
        self._known = known
        self._elsewhere: dict[str, list[Key]] | None = None

    def find(self, organisation_id: int, written: str) -> Key:
        number, at, place = written.partition("@")
        if at:
            return self._exactly(number, place)
        key = (organisation_id, number)
        known = self._known.get(number, {})
        if key in self._roster.by_key or key in known:
            return key
        others = sorted({*known, *self._in_file(number)})
        if len(others) == 1:
            return others[0]
        if not others:
            what = f"nobody has the number '{written}', neither in the file nor before"
            raise CellError(what, "add that person, or leave the cell empty")
        names = {id_: name for name, id_ in self._reach.items()}
        told = ", ".join(f"{number}@{names.get(id_, id_)}" for id_, _ in others)
        raise CellError(f"several people have the number '{number}'", f"write one of {told}")

    def _exactly(self, number: str, place: str) -> Key:
        organisation_id = self._reach.get(place)
        known = self._known.get(number, {})
        if organisation_id is None:
            # Who already leads somebody here may belong to an organisation that isn't seen.
            outside = [key for key in known if key[0] not in self._reach.values()]
            if len(outside) == 1:
                return outside[0]
            what = f"there is no organisation '{place}'"
            raise CellError(what, nearest_organisation(place, self._reach))
        key = (organisation_id, number)
        if key not in self._roster.by_key and key not in known:
            what = f"nobody has the number '{number}' in '{place}', neither in the file nor before"
            raise CellError(what, "add that person, or leave the cell empty")
        return key

    def _in_file(self, number: str) -> Sequence[Key]:
        if self._elsewhere is None:
            self._elsewhere = defaultdict(list)
            for key in self._roster.by_key:
                self._elsewhere[key[1]].append(key)
        return self._elsewhere.get(number, [])


def _find_rings(
    act: Act, roster: Roster, leaders: Leaders, reach: Mapping[str, int], problems: Problems
) -> None:
    above: dict[Key, Key | None] = {
        person.key: leaders.of(person, "supervisor") for person in roster.people
    }
    above.update(_above_in_database(act, above, leaders))
    done: set[Key] = set()
    names = {id_: name for name, id_ in reach.items()}
    for person in roster.people:
        walked: dict[Key, None] = {}
        key: Key | None = person.key
        while key is not None and key not in done and key not in walked:
            walked[key] = None
            key = above.get(key)
        if key is not None and key in walked:
            ring = list(walked)[list(walked).index(key) :]
            _tell_ring(roster, ring, names, problems)
        done.update(walked)


def _tell_ring(
    roster: Roster, ring: list[Key], names: Mapping[int, str], problems: Problems
) -> None:
    first = min((roster.by_key[key], n) for n, key in enumerate(ring) if key in roster.by_key)
    person, turned = roster.people[first[0]], ring[first[1] :] + ring[: first[1]]
    home = person.key[0]

    def name(key: Key) -> str:
        return key[1] if key[0] == home else f"{key[1]}@{names.get(key[0], '…')}"

    shown = [name(key) for key in turned[:_LONGEST_RING]]
    if len(turned) > _LONGEST_RING:
        shown.append(f"… ({len(turned) - _LONGEST_RING} more)")
    told = " → ".join([*shown, name(turned[0])])
    what = f"the supervisors go round in a circle: {told}"
    right = "one of them has another supervisor, or none"
    problems.add(person.line, roster.at["supervisor"], "supervisor", what, right)


def _above_in_database(
    act: Act, above: Mapping[Key, Key | None], leaders: Leaders
) -> Mapping[Key, Key | None]:
    """Follow the supervisors of those who are not in the file upwards, a level a statement."""
    dialect = act.connection.dialect.name
    boss = employee.alias()
    statement = (
        select(
            employee.c.organisation_id,
            employee.c.number,
            boss.c.id.label("boss_id"),
            boss.c.organisation_id.label("boss_organisation_id"),
            boss.c.number.label("boss_number"),
        )
        .join(boss, boss.c.id == employee.c.supervisor_id)
        .where(among(employee.c.id, dialect))
    )
    found: dict[Key, Key | None] = {}
    level = {
        leaders.ids[key]
        for key in above.values()
        if key and key not in above and key in leaders.ids
    }
    while level:
        upwards: set[int] = set()
        for batch in batches(sorted(level), _MANY):
            for row in act.connection.execute(statement, ids(dialect, batch)):
                key = (row.boss_organisation_id, row.boss_number)
                found[row.organisation_id, row.number] = key
                if key not in above and key not in found:
                    upwards.add(row.boss_id)
        level = upwards
    return found
