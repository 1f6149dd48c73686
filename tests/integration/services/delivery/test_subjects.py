"""What waiting notices are about: read for a page at once, as it is now."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import event, insert

from qualipath import Qualipath
from qualipath.services.correspondence import set_correspondence
from qualipath.services.delivery.waiting import Person
from qualipath.services.providers import Provider, set_provider
from qualipath.storage.database import Database
from qualipath.storage.tables import notice
from tests.builders import (
    NOW,
    TODAY,
    acting,
    an_employee,
    an_installation,
    an_intake,
    employees,
    offered_as,
)
from tests.integration.services.delivery.telling import subject, subjects
from tests.integration.services.seating import PATH, applied, hr_of_all, in_turn


@pytest.fixture
def engine(database: Database) -> Qualipath:
    return an_installation(database, offered_as("bootcamp"))


def a_team(engine: Qualipath) -> None:
    """Make Anna, who reports to Carla, for whom Dora stands in."""
    name = {"given_name": "Dora", "family_name": "Dorn", "email": "dora@stadt.example"}
    an_employee(engine, "3", **name)
    name = {"given_name": "Carla", "family_name": "Ceder", "email": "carla@stadt.example"}
    an_employee(engine, "2", deputy="3", **name)
    name = {"given_name": "Anna", "family_name": "Amsel", "email": "anna@stadt.example"}
    an_employee(engine, "1", supervisor="2", locale="en", **name)


def raise_one(engine: Qualipath, **columns: Any) -> None:
    """Put a notice into the outbox."""
    usual = {"recipient": "employee", "raised_at": NOW, "due_at": NOW}
    with acting(engine).acts.writing() as act:
        act.connection.execute(insert(notice).values(usual | columns))


def number(person: Person | None) -> str | None:
    return person.number if person else None


def test_an_enrolment_comes_with_everybody_and_everything_around_it(engine: Qualipath) -> None:
    a_team(engine)
    here = an_intake(engine, provider="institute")
    (enrolment_id,) = applied(engine, here, ["1"]).values()
    with acting(engine).acts.writing() as act:
        set_correspondence(act, "city", hr_address="hr@stadt.example")
    with hr_of_all(engine).acts.writing() as act:
        set_provider(act, "institute", "Institute", "office@institute.example")

    found = subject(engine, "approval_requested", "supervisor")

    assert found.attempt is not None
    assert (found.attempt.id, found.attempt.state, found.attempt.is_open) == (
        enrolment_id,
        "applied",
        True,
    )
    assert found.attempt.applied_at == NOW
    assert (number(found.person), number(found.superior), number(found.deputy)) == ("1", "2", "3")
    assert found.person is not None
    assert (found.person.name, found.person.locale) == ("Anna Amsel", "en")
    assert found.spec is not None
    assert (found.spec.digest, found.spec.send_while) == ("open_requests", ("applied",))
    assert found.published is not None
    assert found.published.definition.path.path == PATH
    assert found.intake is not None
    assert found.intake.id == here
    assert found.provider == Provider("institute", "Institute", "office@institute.example", "de")
    assert (found.title, found.correspondence.hr_address) == ("City", "hr@stadt.example")
    assert (found.timezone, found.today, found.by_intake) == ("Europe/Berlin", TODAY, False)


def test_its_day_is_the_one_of_the_path(engine: Qualipath) -> None:
    a_team(engine)
    applied(engine, an_intake(engine), ["1"])
    late = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
    assert subject(engine, "application_received", now=late).today == date(2026, 7, 2)


def test_a_deadline_of_a_state_names_notices_too(engine: Qualipath) -> None:
    a_team(engine)
    applied(engine, an_intake(engine), ["1"])
    engine.tick(datetime(2026, 7, 8, 12, tzinfo=UTC))
    found = subject(engine, "approval_reminder", "supervisor")
    assert found.spec is not None
    assert found.spec.send_while == ("applied",)


def test_what_an_intake_raised_about_an_enrolment_is_named_by_its_lifecycle(
    engine: Qualipath,
) -> None:
    a_team(engine)
    here = an_intake(engine)
    applied(engine, here, ["1"])
    hr_of_all(engine).redate_intake(here, reason="rooms", starts_on=date(2026, 11, 2))
    found = subject(engine, "dates_changed")
    assert found.spec is not None
    assert (found.by_intake, found.spec.calendar) == (True, "request")
    assert found.spec.send_while == ("open", "closed", "allocated", "running")
    assert (found.title, number(found.person)) == ("City", "1")


def test_what_is_about_an_intake_is_its_owners(engine: Qualipath) -> None:
    here = an_intake(engine)
    hr = hr_of_all(engine)
    hr.cancel_intake(here, reason="too few")
    found = subject(engine, "intake_cancelled", "provider")
    # The path's own organisation is none of those that are known here.
    assert (found.title, found.person, found.attempt) == ("District", None, None)
    hr.add_organisation("duisburg", "Stadt Duisburg", parent="district")
    found = subject(engine, "intake_cancelled", "provider")
    assert (found.title, found.by_intake) == ("Stadt Duisburg", True)
    assert found.intake is not None
    assert found.intake.state == "cancelled"


def test_invitations_are_about_an_employee_or_about_a_superior(engine: Qualipath) -> None:
    a_team(engine)
    here = an_intake(engine, state="planned")
    hr_of_all(engine).open_intake(here)
    alone = [s for s in subjects(engine, notice.c.notice == "intake_opened") if s.superior]
    assert [(number(s.person), number(s.superior)) for s in alone] == [("1", "2")]
    assert alone[0].intake is not None
    team = subject(engine, "reports_invited", "supervisor")
    assert (number(team.person), number(team.superior), number(team.deputy)) == ("2", "2", "3")
    assert team.spec is not None
    assert team.spec.send_while == ("open",)
    assert (team.intake and team.intake.id, team.by_intake) == (here, True)


def test_a_digest_is_about_a_superior_and_no_lifecycle_names_it(engine: Qualipath) -> None:
    a_team(engine)
    raise_one(engine, employee_id=2, notice="open_requests", recipient="digest")
    found = subject(engine, "open_requests", "digest")
    assert (number(found.superior), number(found.deputy)) == ("2", "3")
    assert (found.spec, found.published, found.intake) == (None, None, None)


def test_a_credential_is_named_as_its_tier_if_there_is_one(engine: Qualipath) -> None:
    a_team(engine)
    hr = acting(engine)
    for key in ("bootcamp", "languages/cs"):
        made = hr.recognise("1", key, evidence="seen", valid_until=date(2027, 1, 31))
        context = json.dumps({"credential": made.id})
        raise_one(engine, employee_id=1, notice="credential_expires", context=context)
    titles = [(s.credential.title.de, s.credential.valid_until) for s in subjects(engine)
              if s.credential]  # fmt: skip
    until = date(2027, 1, 31)
    assert titles == [("Bootcamp Digitalisierung", until), ("languages/cs", until)]


def test_a_summary_is_about_an_organisation(engine: Qualipath) -> None:
    raise_one(engine, organisation_id=2, notice="weekly_summary", recipient="hr")
    found = subject(engine, "weekly_summary", "hr")
    assert (found.organisation_id, found.title) == (2, "City")
    assert (found.person, found.intake, found.spec) == (None, None, None)


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """Note the statements that are executed for a question."""
    noted: list[str] = []
    readers = database._engines.readers  # noqa: SLF001

    def note(*told: Any) -> None:
        noted.append(told[2])

    event.listen(readers, "before_cursor_execute", note)
    yield noted
    event.remove(readers, "before_cursor_execute", note)


def test_it_takes_as_many_statements_for_many_as_for_one(
    engine: Qualipath, database: Database
) -> None:
    here = an_intake(engine, seats=20)
    first, *others = employees(engine, 10)
    in_turn(engine, here, [first])
    # The path's document is read once.
    subjects(engine)
    with statements(database) as for_one:
        assert len(subjects(engine)) == 5
    in_turn(engine, here, others)
    with statements(database) as for_ten:
        assert len(subjects(engine)) == 50
    assert len(for_ten) == len(for_one)
