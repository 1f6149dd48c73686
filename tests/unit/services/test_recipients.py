"""To whom a notice goes: by its rule, and by who is there."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from qualipath.domain.correspondence import Correspondence
from qualipath.errors import UndeliverableError
from qualipath.services.delivery.recipients import addressee
from qualipath.services.delivery.waiting import Addressee, Person, Subject, Waiting
from qualipath.services.providers import Provider
from tests.builders import NOW, TODAY

HR = Correspondence(hr_address="hr@stadt.example")


def a_person(id_: int, name: str, **fields: Any) -> Person:
    usual: dict[str, Any] = {
        "id": id_,
        "number": str(1000 + id_),
        "name": name,
        "email": f"{name.split(maxsplit=1)[0].lower()}@stadt.example",
        "locale": "de",
        "organisation_id": 1,
        "supervisor_id": None,
        "deputy_id": None,
        "absent_from": None,
        "absent_until": None,
    }
    return Person(**usual | fields)


ANNA, CARLA, DORA = a_person(1, "Anna Amsel"), a_person(2, "Carla Ceder"), a_person(3, "Dora Dorn")
AWAY = replace(CARLA, absent_from=TODAY, absent_until=TODAY)


def a_subject(recipient: str, **fields: Any) -> Subject:
    waiting = Waiting(17, "sample", recipient, NOW, NOW, 0, released=False, message_id=None)
    usual: dict[str, Any] = {
        "organisation_id": 1,
        "title": "City",
        "correspondence": HR,
        "timezone": "Europe/Berlin",
        "today": TODAY,
        "person": ANNA,
        "superior": CARLA,
        "deputy": DORA,
    }
    return Subject(waiting, **usual | fields)


def of(person: Person, on_behalf_of: str | None = None) -> Addressee:
    return Addressee(person.email or "", person.name, person.locale, on_behalf_of, person.id)


SHARED = Addressee("hr@stadt.example", "", "de")


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        (a_subject("employee"), of(ANNA)),
        (a_subject("employee", person=replace(ANNA, locale="en")), of(replace(ANNA, locale="en"))),
        (a_subject("supervisor"), of(CARLA)),
        (a_subject("supervisor", superior=AWAY), of(DORA, "Carla Ceder")),
        (a_subject("supervisor", superior=AWAY, deputy=None), of(CARLA)),
        (a_subject("supervisor", superior=AWAY, deputy=ANNA), of(CARLA)),
        (a_subject("supervisor", superior=None, deputy=None), SHARED),
        (a_subject("deputy"), of(DORA)),
        (a_subject("deputy", deputy=None), SHARED),
        (a_subject("deputy", deputy=ANNA), SHARED),
        (a_subject("hr"), SHARED),
        (a_subject("provider"), SHARED),
        (a_subject("digest", person=CARLA), of(CARLA)),
        (a_subject("digest", person=AWAY, superior=AWAY), of(DORA, "Carla Ceder")),
    ],
)
def test_a_notice_goes_to_whom_its_rule_means(subject: Subject, expected: Addressee) -> None:
    assert addressee(subject) == expected


@pytest.mark.parametrize(
    ("since", "until", "away"),
    [
        (date(2026, 7, 1), date(2026, 7, 1), True),
        (date(2026, 6, 1), date(2026, 6, 30), False),
        (date(2026, 7, 2), date(2026, 7, 3), False),
        (date(2026, 6, 1), date(2026, 7, 31), True),
    ],
)
def test_the_deputy_stands_in_on_the_days_of_the_absence(
    since: date, until: date, *, away: bool
) -> None:
    superior = replace(CARLA, absent_from=since, absent_until=until)
    found = addressee(a_subject("supervisor", superior=superior))
    assert (found.name, found.on_behalf_of) == (
        ("Dora Dorn", "Carla Ceder") if away else ("Carla Ceder", None)
    )


def test_a_provider_is_written_to_at_its_own_address_in_its_own_language() -> None:
    provider = Provider("institute", "Institute", "office@institute.example", "en")
    found = addressee(a_subject("provider", provider=provider))
    assert found == Addressee("office@institute.example", "", "en")


@pytest.mark.parametrize(
    ("subject", "told"),
    [
        (
            a_subject("employee", person=replace(ANNA, email=None)),
            "1001 (Anna Amsel) has no e-mail address; import it, then: qualipath outbox retry 17",
        ),
        (
            a_subject("supervisor", superior=replace(CARLA, email=None)),
            "1002 (Carla Ceder) has no e-mail address; import it, then: qualipath outbox retry 17",
        ),
        (
            a_subject("hr", correspondence=Correspondence()),
            (
                "the HR of City has no e-mail address, nor one above it; set it, then: qualipath "
                "outbox retry 17"
            ),
        ),
    ],
)
def test_without_an_address_it_says_what_is_missing(subject: Subject, told: str) -> None:
    with pytest.raises(UndeliverableError) as raised:
        addressee(subject)
    assert str(raised.value) == told
