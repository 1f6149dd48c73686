"""Write a checked roster: what is new or differs, batch by batch, with a history row for each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Date, Integer, String, delete, insert, select, tuple_, update

from qualipath.services.act import Act
from qualipath.services.people_progress import ImportProgress
from qualipath.services.recording.telling import tell_of_people
from qualipath.services.roster.checks import Leaders, batches
from qualipath.services.roster.compare import Comparison, Difference, new_columns
from qualipath.services.roster.reading import Key, Person, Roster
from qualipath.storage.batches import Batch, insert_from
from qualipath.storage.tables import attribute, employee

_BATCH = 2_000
_NOT_YET = -1
_FACTS = Batch(
    "facts", employee_id=Integer(), key=String(), text=String(), number=Integer(), day=Date()
)
_FactRow = tuple[int, str, str | None, int | None, date | None]


@dataclass(slots=True)
class Tally:
    """How many people were created, changed, or already as the file has them."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0


def write_roster(
    act: Act,
    roster: Roster,
    leaders: Leaders,
    *,
    dry_run: bool,
    progress: ImportProgress,
) -> Tally:
    """Write all people, telling the progress after each batch; a dry run only compares."""
    comparison = Comparison(act.connection, roster, leaders)
    created: dict[Key, int] = {}
    # First everybody without leaders: these may stand further down in the file.
    for people in batches(roster.people, _BATCH):
        new = comparison.unknown(people)
        if dry_run:
            created.update((person.key, _NOT_YET) for person in new)
        elif new:
            created.update(_create(act, roster, new))
        progress.step(len(people))
    tally = Tally(created=len(created))
    for people in batches(roster.people, _BATCH):
        differences = comparison.differences(people, created)
        updated = sum(not difference.created for difference in differences)
        tally.updated += updated
        tally.unchanged += sum(person.key not in created for person in people) - updated
        if not dry_run:
            _change(act, roster, differences)
            _replace_facts(act, differences)
            tell_of_people(act, map(_entry, differences))
        progress.step(len(people))
    return tally


def _create(act: Act, roster: Roster, people: Sequence[Person]) -> Iterator[tuple[Key, int]]:
    fields = list(roster.fields)
    if "hired_on" in fields and "experience_since" not in fields:
        fields.append("experience_since")
    rows = []
    for person in people:
        columns = new_columns(roster, person, None)
        columns.setdefault("experience_since", columns.get("hired_on"))
        rows.append((*person.key, *(columns[name] for name in fields)))
    dialect = act.connection.dialect.name
    batch = Batch(
        "begun",
        organisation_id=Integer(),
        number=String(),
        **{name: employee.c[name].type for name in fields},
    )
    begun = batch.table(dialect).c
    statement = insert_from(insert(employee), begun).returning(
        employee.c.id, employee.c.organisation_id, employee.c.number
    )
    written = act.connection.execute(statement, batch.parameters(dialect, rows))
    ids = {(row.organisation_id, row.number): row.id for row in written}
    return ((person.key, ids[person.key]) for person in people)


def _change(act: Act, roster: Roster, differences: Sequence[Difference]) -> None:
    """Update who differs, and the leaders of who is new."""
    leading = [f"{reference}_id" for reference in roster.references]
    changed = [
        each
        for each in differences
        if (any(each.columns[name] for name in leading) if each.created else len(each.names))
    ]
    if not changed:
        return
    names = list(changed[0].columns)
    batch = Batch("changed", id=Integer(), **{name: employee.c[name].type for name in names})
    dialect = act.connection.dialect.name
    rows = batch.table(dialect).c
    act.connection.execute(
        update(employee)
        .where(employee.c.id == rows.id)
        .values({name: rows[name] for name in names}),
        batch.parameters(
            dialect, [(each.id, *(each.columns[name] for name in names)) for each in changed]
        ),
    )


def _replace_facts(act: Act, differences: Sequence[Difference]) -> None:
    gone: list[_FactRow] = []
    new: list[_FactRow] = []
    for each in differences:
        for key, fact in each.facts.items():
            if not each.created:
                gone.append((each.id, key, None, None, None))
            if isinstance(fact, str):
                new.append((each.id, key, fact, None, None))
            elif isinstance(fact, int):
                new.append((each.id, key, None, fact, None))
            elif fact is not None:
                new.append((each.id, key, None, None, fact))
    dialect = act.connection.dialect.name
    facts = _FACTS.table(dialect).c
    if gone:
        said_otherwise = tuple_(attribute.c.employee_id, attribute.c.key).in_(
            select(facts.employee_id, facts.key)
        )
        act.connection.execute(
            delete(attribute).where(said_otherwise), _FACTS.parameters(dialect, gone)
        )
    if new:
        act.connection.execute(
            insert_from(insert(attribute), facts), _FACTS.parameters(dialect, new)
        )


def _entry(person: Difference) -> tuple[int, str, None, dict[str, object]]:
    # The fields' names, not their values: these are personal data that may have to go one day.
    return person.id, "import", None, {"created" if person.created else "changed": person.names}
