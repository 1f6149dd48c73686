"""What an actor may not see answers like what does not exist."""

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import insert, select, update

from qualipath import ActingAs, InputError, NotFoundError, Qualipath, RefusedError
from qualipath.storage.database import Database
from qualipath.storage.tables import employee, enrolment, intake, organisation
from tests.builders import (
    NOW,
    TODAY,
    acting,
    an_employee,
    an_enrolment,
    an_installation,
    an_intake_row,
)
from tests.integration.services.looking import everything

PATH = "duisburg_digital"


@pytest.fixture
def engine(database: Database) -> Qualipath:
    """Make an installation where 1 leads 4711 and 2 leads 3; 9 of the town leads nobody."""
    engine = an_installation(database)
    an_employee(engine, "1")
    an_employee(engine, "2")
    an_employee(engine, "4711", supervisor="1")
    an_employee(engine, "3", supervisor="2")
    an_employee(engine, "9", organisation="town")
    return engine


def asked_of(somebody: ActingAs, enrolment_id: int, number: str) -> Iterator[Callable[[], object]]:
    """Give everything that one may ask or do about an enrolment and an employee."""
    yield lambda: somebody.enrolment(enrolment_id)
    yield lambda: somebody.history(enrolment_id)
    yield lambda: somebody.fire(enrolment_id, "approve")
    yield lambda: somebody.correct(enrolment_id, grade="1.0", reason="because")
    yield lambda: somebody.progression(number, PATH)
    yield lambda: somebody.why(number, PATH, "masters")
    yield lambda: somebody.route(number, PATH, "masters")
    yield lambda: somebody.history_of(number)
    yield lambda: somebody.credentials(number)
    yield lambda: somebody.apply(number, PATH, "bootcamp")


def messages(somebody: ActingAs, enrolment_id: int, number: str) -> list[str]:
    told = []
    for ask in asked_of(somebody, enrolment_id, number):
        with pytest.raises(NotFoundError) as refused:
            ask()
        told.append(re.sub(r"(enrolment|employee) \S+ ", r"\1 N ", str(refused.value)))
    return told


HIDDEN_FROM = (
    ("hr", "k.muster", "town"),
    ("hr", "k.muster", "nowhere"),
    ("supervisor", "2", "city"),
    ("supervisor", "4711", "city"),
    ("supervisor", "1", "town"),
    # A supervisor is looked for in the organisation that is named, not below it.
    ("supervisor", "1", "district"),
    ("supervisor", "nobody", "city"),
    ("employee", "3", "city"),
    ("employee", "9", "town"),
    ("provider", "university", None),
    ("schedule", "clock", "town"),
)
SHOWN_TO = (
    ("hr", "k.muster", "city"),
    ("hr", "k.muster", "district"),
    ("hr", "k.muster", None),
    ("supervisor", "1", "city"),
    ("supervisor", "1", None),
    ("employee", "4711", "city"),
    ("schedule", "clock", None),
)


def test_out_of_sight_is_like_nothing(engine: Qualipath, database: Database) -> None:
    hidden = an_enrolment(engine, "applied")
    stored = everything(database)

    for role, id_, place in HIDDEN_FROM:
        somebody = acting(engine, role, id_, place)
        assert messages(somebody, hidden.id, "4711") == messages(somebody, 424242, "808080")
        assert hidden not in somebody.enrolments()
        (outcome,) = somebody.fire_many([hidden.id], "approve")
        assert [reason.code for reason in outcome.reasons] == ["unknown"]
    assert everything(database) == stored


def test_in_sight(engine: Qualipath) -> None:
    seen = an_enrolment(engine, "applied")

    for role, id_, place in SHOWN_TO:
        somebody = acting(engine, role, id_, place)
        assert somebody.enrolment(seen.id) == seen
        assert somebody.enrolments(PATH, "bootcamp", "applied") == (seen,)
        assert somebody.progression("4711", PATH).standing("bootcamp").state == "applied"
        assert len(somebody.history(seen.id)) == 1


def test_an_employee_acts_for_itself_alone(engine: Qualipath) -> None:
    somebody = acting(engine, "employee", "4711")

    assert somebody.apply("4711", PATH, "bootcamp").employee == "4711"
    with pytest.raises(NotFoundError, match="there is no employee 3 whom employee:4711@city"):
        somebody.apply("3", PATH, "bootcamp")


def test_a_deputy_acts_while_the_supervisor_is_absent(engine: Qualipath) -> None:
    enrolled = an_enrolment(engine, "applied")
    acting(engine).mark_absent("1", TODAY, TODAY + timedelta(days=2), deputy="2")

    def approve(day: int) -> object:
        now = NOW + timedelta(days=day)
        return acting(engine, "supervisor", "2", now=now).fire(enrolled.id, "approve")

    for day in (-1, 3):
        with pytest.raises(NotFoundError):
            approve(day)
    approve(2)
    entry = acting(engine).history(enrolled.id)[-1]
    assert (entry.trigger, entry.actor) == ("approve", "supervisor:2")
    # The supervisor's own right does not rest.
    assert acting(engine, "supervisor", "1").enrolment(enrolled.id).state == "approved"


def test_the_deputy_may_be_known_already(engine: Qualipath) -> None:
    hr = acting(engine)
    hr.mark_absent("1", TODAY, TODAY, deputy="2")
    hr.mark_absent("1", TODAY + timedelta(days=7), TODAY + timedelta(days=8))
    week_later = acting(engine, "supervisor", "2", now=NOW + timedelta(days=7))

    assert week_later.progression("4711", PATH).standing("bootcamp").state == "available"
    told = hr.history_of("1")[-1]
    assert (told.trigger, told.actor) == ("absent", "hr:k.muster")
    assert told.details == {"from": "2026-07-08", "until": "2026-07-09"}


def test_absences_that_make_no_sense(engine: Qualipath, database: Database) -> None:
    hr = acting(engine)
    stored = everything(database)

    with pytest.raises(InputError, match="before it begins"):
        hr.mark_absent("1", TODAY, TODAY - timedelta(days=1), deputy="2")
    with pytest.raises(InputError, match="name a deputy"):
        hr.mark_absent("1", TODAY, TODAY)
    with pytest.raises(InputError, match="name a deputy"):
        hr.mark_absent("1", TODAY, TODAY, deputy="1")
    with pytest.raises(NotFoundError, match="there is no employee nobody"):
        hr.mark_absent("1", TODAY, TODAY, deputy="nobody")
    with pytest.raises(NotFoundError, match="there is no employee 9"):
        hr.mark_absent("1", TODAY, TODAY, deputy="9")
    with pytest.raises(RefusedError, match="only HR"):
        acting(engine, "supervisor", "1").mark_absent("1", TODAY, TODAY, deputy="2")
    assert everything(database) == stored


def put_into_intake(database: Database, enrolment_id: int, provider: str) -> None:
    with database.writing() as connection:
        (id_,) = connection.execute(
            insert(intake)
            .values(an_intake_row(provider=provider, state="open"))
            .returning(intake.c.id)
        ).one()
        connection.execute(
            update(enrolment).where(enrolment.c.id == enrolment_id).values(intake_id=id_)
        )


def test_a_provider_sees_its_own_rosters(engine: Qualipath, database: Database) -> None:
    ours = an_enrolment(engine, "attending")
    other = an_enrolment(engine, "attending", number="3")
    elsewhere = an_enrolment(engine, "applied", tier="certificate_1")
    put_into_intake(database, ours.id, "university")
    put_into_intake(database, other.id, "institute")
    acting(engine).recognise("4711", "bachelor/informatics", kind="degree", evidence="seen")
    provider = acting(engine, "provider", "university", None)

    assert provider.enrolments() == (ours,)
    for hidden in (other, elsewhere):
        with pytest.raises(NotFoundError):
            provider.fire(hidden.id, "complete")
    assert provider.fire(ours.id, "complete").state == "completed"
    # Of those on its rosters it sees what happened there, and nothing else.
    assert {entry.enrolment for entry in provider.history_of("4711")} == {ours.id}
    assert [held.key for held in provider.credentials("4711")] == ["bootcamp"]
    standings = {s.tier: s.enrolment for s in provider.progression("4711", PATH).tiers}
    assert standings == {
        "bootcamp": ours.id,
        "certificate_1": None,
        "certificate_2": None,
        "masters": None,
    }


def test_hr_goes_on_seeing_what_it_paid_for(engine: Qualipath, database: Database) -> None:
    paid = an_enrolment(engine, "applied")
    town = select(organisation.c.id).where(organisation.c.key == "town").scalar_subquery()
    with database.writing() as connection:
        moves = update(employee).where(employee.c.number == "4711")
        connection.execute(moves.values(organisation_id=town))

    assert acting(engine).enrolment(paid.id) == paid
    assert acting(engine, organisation="town").enrolment(paid.id) == paid
    with pytest.raises(NotFoundError):
        acting(engine).progression("4711", PATH)


def test_who_is_eligible(engine: Qualipath) -> None:
    hr = acting(engine)

    def found(tier: str, somebody: ActingAs = hr, on: date | None = None) -> list[str]:
        return [person.number for person in somebody.eligible(PATH, tier, on=on)]

    assert found("certificate_1") == []
    hr.recognise("4711", "digital/a", kind="certificate", evidence="seen")
    valid_until = TODAY + timedelta(days=3)
    hr.recognise("3", "digital/b", kind="certificate", evidence="seen", valid_until=valid_until)
    assert found("certificate_1") == ["4711", "3"]
    assert found("certificate_1", on=valid_until + timedelta(days=1)) == ["4711"]
    assert found("certificate_1", acting(engine, "supervisor", "1")) == ["4711"]
    assert found("certificate_1", acting(engine, organisation="town")) == []
    for number in ("1", "2", "3", "9"):
        assert number in found("bootcamp", acting(engine, organisation="district"))

    an_enrolment(engine, "completed", number="1")
    an_enrolment(engine, "applied", number="2")
    assert found("bootcamp") == ["4711", "3"]
    assert found("certificate_1") == ["1", "4711", "3"]


def test_who_has_no_attempt_left_is_not_eligible(engine: Qualipath) -> None:
    acting(engine).recognise("4711", "digital/a", kind="certificate", evidence="seen")
    for _ in range(3):
        assert [p.number for p in acting(engine).eligible(PATH, "certificate_1")] == ["4711"]
        an_enrolment(engine, "failed", tier="certificate_1")

    assert list(acting(engine).eligible(PATH, "certificate_1")) == []


def test_one_may_enrol_people_while_finding_them(engine: Qualipath) -> None:
    hr = acting(engine)

    applied = [
        hr.apply(person.number, PATH, "bootcamp") for person in hr.eligible(PATH, "bootcamp")
    ]

    assert [enrolled.employee for enrolled in applied] == ["1", "2", "4711", "3"]
    assert list(hr.eligible(PATH, "bootcamp")) == []
