"""Fill intakes with people, and look at who has a seat and who waits."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from qualipath import ActingAs, Qualipath
from qualipath.errors import Reason
from qualipath.services.models import Enrolment
from qualipath.storage.database import Database
from qualipath.storage.tables import enrolment, history, intake
from tests.builders import NOW, acting
from tests.integration.services.looking import Rows, rows

PATH = "duisburg_digital"


def hr_of_all(engine: Qualipath, now: datetime = NOW) -> ActingAs:
    """Act as HR of every organisation."""
    return acting(engine, organisation=None, now=now)


def applied(
    engine: Qualipath, intake_id: int, numbers: Sequence[str], now: datetime = NOW
) -> dict[str, int]:
    """Let people apply for an intake; gives their enrolments by number."""
    hr = hr_of_all(engine, now)
    tier = hr.intake(intake_id).tier
    answers = hr.apply_many(numbers, PATH, tier, intake=intake_id)
    return {answer.number: entered(answer.enrolment).id for answer in answers}


def approved(
    engine: Qualipath, intake_id: int, numbers: Sequence[str], now: datetime = NOW
) -> dict[str, int]:
    """Let people apply for an intake and approve them one by one; enrolments by number."""
    ids = applied(engine, intake_id, numbers, now)
    for id_ in ids.values():
        hr_of_all(engine, now).fire(id_, "approve")
    return ids


def in_turn(
    engine: Qualipath, intake_id: int, numbers: Sequence[str], now: datetime = NOW
) -> dict[str, int]:
    """Let people apply for an intake a minute after each other, all approved at once."""
    ids: dict[str, int] = {}
    for minutes, number in enumerate(numbers):
        ids |= approved(engine, intake_id, [number], now + timedelta(minutes=minutes))
    return ids


def entered(begun: Enrolment | None) -> Enrolment:
    assert begun is not None
    return begun


def standing(engine: Qualipath, intake_id: int) -> dict[str, str]:
    """Give the state of everybody in an intake, by number."""
    people = hr_of_all(engine).roster(intake_id).people
    return {person.employee: person.state for person in sorted(people, key=lambda p: p.enrolment)}


def queue(engine: Qualipath, intake_id: int) -> list[str]:
    """Give the numbers of those on the waiting list; their places have no gap."""
    people = hr_of_all(engine).roster(intake_id).people
    waiting = [(person.place, person.employee) for person in people if person.place is not None]
    assert [place for place, _ in waiting] == list(range(1, len(waiting) + 1))
    return [number for _, number in waiting]


def in_state(engine: Qualipath, intake_id: int, state: str) -> list[str]:
    return [number for number, at in standing(engine, intake_id).items() if at == state]


def told(database: Database, enrolment_id: int) -> list[str]:
    """Give the triggers in an enrolment's history."""
    return [row.trigger for row in rows(database, history, enrolment_id=enrolment_id)]


def told_of_intake(database: Database, intake_id: int) -> Rows:
    return rows(database, history, intake_id=intake_id)


def hold_seats(database: Database) -> None:
    """Hold all intakes against what must be true of seats and waiting lists at any time."""
    for offered in rows(database, intake):
        inside = rows(database, enrolment, intake_id=offered.id)
        assert sum(row.holds_seat for row in inside) <= offered.seats
        places = [row.place for row in inside if row.place is not None]
        assert len(set(places)) == len(places)
        for row in inside:
            assert (row.place is not None) == (row.state == "waitlisted"), row


def names(reasons: Iterable[Reason]) -> list[str]:
    """Give the codes of reasons."""
    return [reason.code for reason in reasons]
