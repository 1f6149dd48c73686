"""Write a checked roster: what is new or differs, batch by batch, with a history row for each."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Date, Integer, String, bindparam, delete, insert, select, update

from qualipath.services.act import Act
from qualipath.services.roster import Key, Person, Roster
from qualipath.services.roster_checks import Leaders, batches
from qualipath.services.roster_compare import Comparison, Difference, new_columns
from qualipath.storage.batches import Batch
from qualipath.storage.tables import Instant, attribute, employee, history

_BATCH = 2_000
_NOT_YET = -1
_FACTS = Batch(
    "facts", employee_id=Integer(), key=String(), text=String(), number=Integer(), day=Date()
)
_ENTRIES = Batch("entries", employee_id=Integer(), details=String())


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
    on_progress: Callable[[int], None] | None,
) -> Tally:
    """Write all people, telling after each batch how many are done; a dry run only compares."""
    comparison = Comparison(act.connection, roster, leaders)
    created: dict[Key, int] = {}
    # First everybody without leaders: these may stand further down in the file.
    for people in batches(roster.people, _BATCH):
        new = comparison.unknown(people)
        if dry_run:
            created.update((person.key, _NOT_YET) for person in new)
        elif new:
            created.update(_create(act, roster, new))
    tally = Tally(created=len(created))
    done = 0
    for people in batches(roster.people, _BATCH):
        differences = comparison.differences(people, created)
        updated = sum(not difference.created for difference in differences)
        tally.updated += updated
        tally.unchanged += sum(person.key not in created for person in people) - updated
        if not dry_run:
            _change(act, roster, differences)
            _replace_facts(act, differences)
            _tell(act, _history_rows(differences))
        done += len(people)
        if on_progress is not None:
            on_progress(done)
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
    statement = (
        insert(employee)
        .from_select(begun.keys(), select(*begun))
        .returning(employee.c.id, employee.c.organisation_id, employee.c.number)
    )
    for row in act.connection.execute(statement, batch.parameters(dialect, rows)):
        yield (row.organisation_id, row.number), row.id


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
    changed = [(each.id, key, value) for each in differences for key, value in each.facts.items()]
    if not changed:
        return
    dialect = act.connection.dialect.name
    facts = _FACTS.table(dialect).c
    gone = [(id_, key, None, None, None) for id_, key, _ in changed]
    act.connection.execute(
        delete(attribute).where(
            attribute.c.employee_id == facts.employee_id, attribute.c.key == facts.key
        ),
        _FACTS.parameters(dialect, gone),
    )
    rows = [
        (
            id_,
            key,
            value if isinstance(value, str) else None,
            value if isinstance(value, int) else None,
            None if isinstance(value, str | int) else value,
        )
        for id_, key, value in changed
        if value is not None
    ]
    act.connection.execute(
        insert(attribute).from_select(facts.keys(), select(*facts)),
        _FACTS.parameters(dialect, rows),
    )


def _history_rows(differences: Sequence[Difference]) -> list[tuple[int, str]]:
    """Tell for each person which fields are new, but not their values: they are personal data."""
    return [
        (each.id, json.dumps({"created" if each.created else "changed": each.names}))
        for each in differences
    ]


def _tell(act: Act, entries: Sequence[tuple[int, str]]) -> None:
    dialect = act.connection.dialect.name
    told = _ENTRIES.table(dialect).c
    constants = {
        "trigger": bindparam("because", "import", type_=String()),
        "actor_role": bindparam("role", str(act.actor.role), type_=String()),
        "actor_id": bindparam("actor", act.actor.id, type_=String()),
        "effective_at": bindparam("effective", act.effective_at, type_=Instant()),
        "recorded_at": bindparam("recorded", act.recorded_at, type_=Instant()),
    }
    act.connection.execute(
        insert(history).from_select([*told.keys(), *constants], select(*told, *constants.values())),
        _ENTRIES.parameters(dialect, entries),
    )
