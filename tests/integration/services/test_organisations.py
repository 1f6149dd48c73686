"""Organisations and who reaches them."""

from typing import Any

import pytest
from sqlalchemy import Connection, select

from qualipath.definition.spec import Role
from qualipath.errors import InputError, NotFoundError, RefusedError
from qualipath.services.organisations import add_organisation, reach_of
from qualipath.storage.database import Database
from qualipath.storage.tables import organisation, organisation_reach
from tests.builders import an_act


@pytest.fixture
def connection(database: Database) -> Any:
    """Give a transaction with a district of two towns."""
    with database.writing() as opened:
        district = an_act(opened, "district")
        add_organisation(district, "district", "District")
        add_organisation(district, "town", "Town", "district")
        add_organisation(district, "village", "Village", "town")
        add_organisation(district, "port", "Port", "district")
        yield opened


def reached(connection: Connection, above: str) -> set[str]:
    return set(reach_of(an_act(connection, above)))


def test_an_organisation_reaches_itself_and_all_below(connection: Connection) -> None:
    assert reached(connection, "district") == {"district", "town", "village", "port"}
    assert reached(connection, "town") == {"town", "village"}
    assert reached(connection, "village") == {"village"}
    assert set(reach_of(an_act(connection, None))) == {"district", "town", "village", "port"}


def test_adding_again_sets_the_title_and_nothing_else(connection: Connection) -> None:
    before = connection.execute(select(organisation_reach)).all()
    act = an_act(connection, "district")
    id_ = add_organisation(act, "town", "Old Town", "district")
    assert add_organisation(act, "town", "Old Town") == id_
    titles = connection.scalars(select(organisation.c.title).where(organisation.c.key == "town"))
    assert titles.all() == ["Old Town"]
    assert connection.execute(select(organisation_reach)).all() == before


def test_an_organisation_keeps_its_parent(connection: Connection) -> None:
    with pytest.raises(InputError, match="'village' already stands elsewhere than below 'port'"):
        add_organisation(an_act(connection, "district"), "village", "Village", "port")


@pytest.mark.parametrize("key", ["", "Town", "a b", "über", "a" * 65, "a/b", "a@b"])
def test_a_key_has_one_form(connection: Connection, key: str) -> None:
    with pytest.raises(InputError, match="is not an organisation's key; use a-z, 0-9, _ and -"):
        add_organisation(an_act(connection, None), key, "Title")


@pytest.mark.parametrize("title", ["", "  ", "x" * 501])
def test_a_title_is_needed(connection: Connection, title: str) -> None:
    with pytest.raises(InputError, match="title has 1 to 500 characters"):
        add_organisation(an_act(connection, None), "new", title)


def test_hr_adds_below_its_own_alone(connection: Connection) -> None:
    act = an_act(connection, "town")
    add_organisation(act, "farm", "Farm", "village")
    with pytest.raises(NotFoundError, match="there is no organisation 'port'; there are: farm"):
        add_organisation(act, "farm2", "Farm", "port")
    with pytest.raises(InputError, match="name the organisation that 'other' belongs to"):
        add_organisation(act, "other", "Other")
    with pytest.raises(InputError, match="name the organisation that 'district' belongs to"):
        add_organisation(act, "district", "Mine now")


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.HR])
def test_only_hr_adds_organisations(connection: Connection, role: Role) -> None:
    with pytest.raises(RefusedError, match="only HR may do this"):
        add_organisation(an_act(connection, "district", role), "new", "New", "district")
