"""Providers: where their mails go, as HR says."""

from typing import Any

import pytest

from qualipath import InputError, Qualipath, RefusedError
from qualipath.services.providers import Provider, find_providers, providers, set_provider
from qualipath.storage.database import Database
from tests.builders import acting, an_installation, an_intake, offered_as, publish
from tests.integration.services.looking import everything

INSTITUTE = Provider("institute", "Institute", "office@institute.example", "de")


@pytest.fixture
def engine(database: Database) -> Qualipath:
    return an_installation(database)


def told(engine: Qualipath, *fields: str, within: str | None = "city", **more: Any) -> Provider:
    with acting(engine, organisation=within).acts.writing() as act:
        return set_provider(act, *fields, **more)


def test_a_provider_is_made_known_and_said_anew(engine: Qualipath) -> None:
    assert told(engine, "institute", "Institute", "office@institute.example") == INSTITUTE
    renamed = told(engine, "institute", "Instituut", "post@Institute.Example", locale="en")
    assert renamed == Provider("institute", "Instituut", "post@institute.example", "en")
    told(engine, "academy", "Academy", "office@academy.example")
    with acting(engine).acts.reading() as act:
        assert [provider.key for provider in providers(act)] == ["academy", "institute"]
        assert find_providers(act, ["institute", "unknown"]) == {"institute": renamed}
        assert find_providers(act, []) == {}


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"address": "office"}, "'office' is not an e-mail address"),
        ({"key": " "}, "a provider's key has 1 to 200 printable characters"),
        ({"key": "x" * 201}, "the provider's key has 201 characters"),
        ({"title": ""}, "a provider's title has 1 to 500 printable characters"),
        ({"title": "a\nb"}, "a provider's title has 1 to 500 printable characters"),
        ({"title": "a\x00b"}, "the provider's title has a control character"),
        ({"locale": "fr"}, "'fr' is not a language of the mails; write one of de, en"),
    ],
)
def test_what_is_not_of_its_form_is_refused_and_nothing_written(
    engine: Qualipath, database: Database, fields: dict[str, str], wrong: str
) -> None:
    stored = everything(database)
    usual = {"key": "institute", "title": "Institute", "address": "office@institute.example"}
    with acting(engine).acts.writing() as act, pytest.raises(InputError) as raised:
        set_provider(act, **usual | fields)
    assert wrong in str(raised.value)
    assert everything(database) == stored


def test_only_hr_of_the_paths_that_it_teaches_for_may_say_where_its_mails_go(
    engine: Qualipath, database: Database
) -> None:
    shared = offered_as("bootcamp")
    path = shared.path.model_copy(update={"organisation": "district"})
    publish(engine, shared.model_copy(update={"path": path}))
    an_intake(engine, provider="institute")
    fields = ("institute", "Institute", "office@institute.example")
    stored = everything(database)
    with pytest.raises(RefusedError, match="are kept by district, not by city"):
        told(engine, *fields)
    for role in ("supervisor", "employee", "provider", "schedule"):
        with acting(engine, role).acts.writing() as act, pytest.raises(RefusedError):
            set_provider(act, *fields)
    assert everything(database) == stored
    assert told(engine, *fields, within="district") == INSTITUTE
    assert told(engine, *fields, within=None) == INSTITUTE


def test_only_hr_sees_where_mails_go(engine: Qualipath) -> None:
    with acting(engine, "supervisor").acts.reading() as act, pytest.raises(RefusedError):
        providers(act)
