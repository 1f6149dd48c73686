"""Builders: what tests need, made in one line, with whatever the test is about spelled out."""

from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Connection, insert

from qualipath.definition.bundled import bundled
from qualipath.definition.intakes import IntakeSpec
from qualipath.definition.loader import load_definition
from qualipath.definition.prerequisites import Kind
from qualipath.definition.spec import (
    AVAILABLE,
    Asked,
    Definition,
    LifecycleSpec,
    Role,
    ScaleSpec,
    TierSpec,
)
from qualipath.domain.actor import Actor
from qualipath.domain.eligibility import Verdict
from qualipath.domain.guards import Situation
from qualipath.domain.progression import TierAttempt
from qualipath.domain.record import Held, Occasion, Record
from qualipath.domain.wording import sentence
from qualipath.engine import ActingAs, Qualipath
from qualipath.engine.drafts import Drafts
from qualipath.services.act import Act
from qualipath.services.catalogue import publish as publish_definition
from qualipath.services.intakes.loading import lock_intakes
from qualipath.services.library import Library
from qualipath.services.models import Enrolment, Publication
from qualipath.services.people import import_people
from qualipath.storage.database import Database
from qualipath.storage.tables import intake as intake_table

TODAY = date(2026, 7, 1)
NOW = datetime(2026, 7, 1, 8, tzinfo=UTC)


def a_text(text: str) -> dict[str, str]:
    return {"de": text, "en": text}


GERMAN = ScaleSpec.model_validate(
    {"title": a_text("German grades"), "best": 1, "worst": 5, "passing": 4}
)
GRADE_POINT = ScaleSpec.model_validate(
    {"title": a_text("Grade points"), "best": 4, "worst": 0, "passing": "0.7"}
)

COURSE: dict[str, Any] = {
    "lifecycle": "course",
    "title": a_text("course"),
    "states": {
        "applied": {"title": a_text("applied")},
        "attending": {
            "title": a_text("attending"),
            "attempt": True,
            "seat": True,
            "running": "completion",
        },
        "completed": {
            "title": a_text("completed"),
            "closed": "completed",
            "attempt": True,
            "awards": "completion",
        },
        "failed": {"title": a_text("failed"), "closed": "failed", "attempt": True},
        "withdrawn": {"title": a_text("withdrawn"), "closed": "abandoned"},
    },
    "transitions": [
        {
            "trigger": "apply",
            "from": "available",
            "to": "applied",
            "roles": ["employee", "hr"],
            "prerequisites": "provisionally",
            "guards": ["not_yet_completed", "attempts_left"],
        },
        {
            "trigger": "start",
            "from": "applied",
            "to": "attending",
            "roles": ["hr", "schedule"],
            "prerequisites": "met",
        },
        {
            "trigger": "complete",
            "from": "attending",
            "to": "completed",
            "roles": ["hr", "provider"],
            "grade": "required",
        },
        {
            "trigger": "fail",
            "from": "attending",
            "to": "failed",
            "roles": ["hr", "provider"],
            "grade": "optional",
        },
        {
            "trigger": "withdraw",
            "from": ["applied", "attending"],
            "to": "withdrawn",
            "roles": ["employee", "hr"],
            "paused": True,
        },
        {
            "trigger": "pause",
            "from": ["applied", "attending"],
            "effect": "pause",
            "roles": "hr",
            "reason": "required",
        },
        {
            "trigger": "resume",
            "from": ["applied", "attending"],
            "effect": "resume",
            "roles": "hr",
            "paused": True,
        },
        {
            "trigger": "correct",
            "from": ["completed", "failed"],
            "effect": "correct",
            "roles": "hr",
            "reason": "required",
            "grade": "optional",
        },
    ],
}
"""A small lifecycle that has one transition of every kind."""


def a_lifecycle(**changed: Any) -> LifecycleSpec:
    """Make the lifecycle `course`, with the given keys changed."""
    return LifecycleSpec.model_validate(COURSE | changed)


def a_tier(**fields: Any) -> TierSpec:
    return TierSpec.model_validate({"title": a_text("a tier"), "lifecycle": "course"} | fields)


def a_definition(
    tiers: dict[str, dict[str, Any]] | None = None, lifecycle: LifecycleSpec | None = None
) -> Definition:
    """Make a definition of these tiers; each goes through the lifecycle `course`."""
    named = {
        name: {"title": a_text(name), "lifecycle": "course"} | fields
        for name, fields in (tiers or {"only": {}}).items()
    }
    return Definition.model_validate(
        {
            "path": {
                "path": "sample",
                "title": a_text("sample"),
                "organisation": "city",
                "calendar": "on_demand",
                "grading": "german",
                "tiers": named,
            },
            "timezone": "Europe/Berlin",
            "lifecycles": {"course": lifecycle or a_lifecycle()},
            "scales": {"german": GERMAN, "grade_point": GRADE_POINT},
            "attributes": {},
        }
    )


def a_record(*credentials: Held, **fields: Any) -> Record:
    fixed: dict[str, Any] = {"number": "4711", "organisations": ("city",)}
    return Record(**(fixed | fields), credentials=credentials)


def held(key: str, kind: Kind = Kind.COMPLETION, **fields: Any) -> Held:
    """Make a credential, awarded a month ago unless it is in progress."""
    awarded = None if "running_until" in fields else date(2026, 6, 1)
    return Held(**({"key": key, "kind": kind, "awarded_on": awarded} | fields))


def an_occasion(definition: Definition, on: date = TODAY, **fields: Any) -> Occasion:
    return Occasion(on=on, definition=definition, **fields)


def a_verdict(*, met: bool = True) -> Verdict:
    return Verdict(None, met, sentence("es fehlt etwas", "something is missing"))


def a_situation(**fields: Any) -> Situation:
    """Make a situation in which HR may do everything; `met` says whether prerequisites are."""
    met: dict[Asked, bool] = {Asked.PROVISIONALLY: True, Asked.MET: True} | fields.pop("met", {})
    ordinary: dict[str, Any] = {
        "role": Role.HR,
        "tier": a_tier(),
        "scale": GERMAN,
        "verdict": lambda asked: a_verdict(met=met[asked]),
    }
    return Situation(**(ordinary | fields))


def an_attempt(definition: Definition, tier: str, state: str, **fields: Any) -> TierAttempt:
    """Make an enrolment in this state; whether it counted follows from the state."""
    counted = definition.lifecycle_of(tier).states[state].attempt
    usual: dict[str, Any] = {
        "id": 1,
        "tier": tier,
        "number": 1,
        "state": state,
        "paused": False,
        "definition": definition,
        "counted": counted,
    }
    return TierAttempt(**(usual | fields))


def an_act(
    connection: Connection,
    organisation: str | None = "city",
    role: Role = Role.HR,
    id_: str = "k.muster",
) -> Act:
    """Make an act of HR in the organisation `city`, on the fixed clock."""
    actor = Actor(role, id_, organisation)
    return Act(connection, actor, NOW, NOW, Library())


@cache
def the_shipped_path() -> Definition:
    """Read the shipped path, once."""
    return load_definition(bundled("workflows"), "duisburg_digital")


@cache
def the_path_without_intakes() -> Definition:
    """Give the shipped path as one that is enrolled into directly: nothing is to be planned."""
    shipped = the_shipped_path()
    tiers = shipped.path.tiers
    direct = {name: tier.model_copy(update={"intakes": None}) for name, tier in tiers.items()}
    path = shipped.path.model_copy(update={"tiers": direct, "intake_lifecycle": None})
    return shipped.model_copy(update={"path": path})


def publish(engine: Qualipath, definition: Definition) -> Publication:
    """Publish a definition that lies in no file."""
    with engine.acting_as("hr", "publisher", now=NOW).acts.writing() as act:
        return publish_definition(act, definition)


def an_installation(database: Database, *definitions: Definition) -> Qualipath:
    """Make an installation: a district with a city and a town; the shipped path, if none is named.

    It reaches the database by itself: pass it a fresh one.
    """
    engine = Qualipath(database, Drafts.open())
    root = engine.acting_as("hr", "root", now=NOW)
    root.add_organisation("district", "District")
    root.add_organisation("city", "City", parent="district")
    root.add_organisation("town", "Town", parent="district")
    for definition in definitions or (the_shipped_path(),):
        publish(engine, definition)
    return engine


def acting(
    engine: Qualipath,
    role: str = "hr",
    id_: str = "k.muster",
    organisation: str | None = "city",
    now: datetime = NOW,
) -> ActingAs:
    """Act as HR of the city, on the fixed clock."""
    return engine.acting_as(role, id_, organisation=organisation, now=now)


def an_employee(
    engine: Qualipath, number: str = "4711", organisation: str = "city", **columns: str
) -> str:
    """Make an employee, or change some columns of one; gives the number."""
    row = {"number": number, "given_name": "Bo", "family_name": "Birke", **columns}
    with TemporaryDirectory() as folder:
        file = Path(folder) / "people.csv"
        file.write_text(f"{';'.join(row)}\n{';'.join(row.values())}\n", encoding="utf-8")
        # Past the API, which would read all definitions for the names of their attributes.
        with acting(engine, organisation=organisation).acts.writing() as act:
            import_people(act, file, attributes=the_shipped_path().attributes)
    return number


def employees(engine: Qualipath, count: int, organisation: str = "city") -> list[str]:
    """Make employees in one go; gives their numbers: the organisation's initial and 1, 2, 3 …."""
    numbers = [f"{organisation[0]}{n}" for n in range(1, count + 1)]
    with TemporaryDirectory() as folder:
        file = Path(folder) / "people.csv"
        lines = [f"{number};Bo;Birke;2010-01-01" for number in numbers]
        file.write_text("\n".join(["number;given_name;family_name;hired_on", *lines]))
        with acting(engine, organisation=organisation).acts.writing() as act:
            import_people(act, file, attributes=the_shipped_path().attributes)
    return numbers


def offered_as(tier: str, *, unconditional: bool = True, **intakes: Any) -> Definition:
    """Change how the shipped path offers a tier; it asks for nothing, unless told otherwise."""
    shipped = the_shipped_path()
    spec = shipped.path.tiers[tier]
    rules = IntakeSpec.model_validate({"seats": 20} | intakes)
    changed: dict[str, Any] = {"intakes": rules}
    if unconditional:
        changed["prerequisites"] = None
    tiers = shipped.path.tiers | {tier: spec.model_copy(update=changed)}
    # No terms: the scheduler plans no further intakes.
    path = shipped.path.model_copy(update={"tiers": tiers, "calendar": "on_demand"})
    return shipped.model_copy(update={"path": path})


def an_intake(engine: Qualipath, tier: str = "bootcamp", **columns: Any) -> int:
    """Make an intake of the shipped path that is open on the fixed clock; gives its id.

    It takes applications until 20 August, allocates on 1 September and starts on 1 October; from
    15 October on nobody moves up.
    """
    usual: dict[str, Any] = {
        "tier": tier,
        "state": "open",
        "opens_at": datetime(2026, 6, 1, 22, tzinfo=UTC),
        "closes_at": datetime(2026, 8, 20, 22, tzinfo=UTC),
        "allocates_at": datetime(2026, 8, 31, 22, tzinfo=UTC),
        "starts_at": datetime(2026, 9, 30, 22, tzinfo=UTC),
        "list_closes_at": datetime(2026, 10, 14, 22, tzinfo=UTC),
        "ends_at": datetime(2027, 3, 31, 22, tzinfo=UTC),
        "starts_on": date(2026, 10, 1),
        "ends_on": date(2027, 3, 31),
    }
    with acting(engine, organisation=None).acts.writing() as act:
        row = an_intake_row(**usual | columns)
        made = insert(intake_table).values(row).returning(intake_table.c.id)
        id_ = act.connection.execute(made).scalar_one()
        (loaded,) = lock_intakes(act, [id_])
        definition = act.library.offering(act.connection, loaded.path, tier).definition
        due = loaded.due_at(definition.lifecycles[definition.path.intake_lifecycle or ""])
        act.connection.execute(
            intake_table.update().where(intake_table.c.id == id_).values(due_at=due)
        )
    return int(id_)


def an_intake_row(**columns: Any) -> dict[str, Any]:
    """Make the row of a planned intake of the bootcamp, which starts in half a year."""
    usual: dict[str, Any] = {
        "path": "duisburg_digital",
        "tier": "bootcamp",
        "timezone": "Europe/Berlin",
        "seats": 30,
        "minimum": 0,
        "seed": 7,
        "opens_at": datetime(2026, 8, 31, 22, tzinfo=UTC),
        "closes_at": datetime(2026, 11, 30, 23, tzinfo=UTC),
        "allocates_at": datetime(2026, 11, 30, 23, tzinfo=UTC),
        "starts_at": datetime(2027, 1, 10, 23, tzinfo=UTC),
        "list_closes_at": datetime(2027, 1, 10, 23, tzinfo=UTC),
        "ends_at": datetime(2027, 1, 12, 23, tzinfo=UTC),
        "starts_on": date(2027, 1, 11),
        "ends_on": date(2027, 1, 12),
        "state": "planned",
        "version": 1,
        "undersized": False,
        "pooled": False,
        "list_closed": False,
    }
    return usual | columns


def a_way_to(definition: Definition, tier: str, state: str) -> tuple[str, ...]:
    """Find the fewest triggers that lead a new attempt at a tier to a state."""
    ways: dict[str, tuple[str, ...]] = {AVAILABLE: ()}
    for here in (queue := [AVAILABLE]):
        for transition in definition.lifecycle_of(tier).transitions:
            if transition.to and here in transition.sources and transition.to not in ways:
                ways[transition.to] = (*ways[here], transition.trigger)
                queue.append(transition.to)
    return ways[state]


def an_enrolment(
    engine: Qualipath,
    state: str = "applied",
    *,
    tier: str = "bootcamp",
    number: str = "4711",
    definition: Definition | None = None,
    now: datetime = NOW,
    grade: str = "1.7",
) -> Enrolment:
    """Make an employee and an enrolment, and lead it to a state as HR; passed with the grade."""
    definition = definition or the_shipped_path()
    an_employee(engine, number)
    hr = acting(engine, now=now)
    first, *further = a_way_to(definition, tier, state)
    enrolment = hr.begin(number, definition.path.path, tier, first)
    for trigger in further:
        enrolment = hr.fire(enrolment.id, trigger, **asked_for(definition, tier, trigger, grade))
    return enrolment


def asked_for(
    definition: Definition, tier: str, trigger: str, grade: str = "1.7"
) -> dict[str, Any]:
    """Give the reason and the grade that a trigger requires."""
    transitions = definition.lifecycle_of(tier).transitions
    spec = next(t for t in transitions if t.trigger == trigger)
    reason = {"reason": "so decided"} if spec.reason == "required" else {}
    return reason | ({"grade": grade} if spec.grade == "required" else {})
