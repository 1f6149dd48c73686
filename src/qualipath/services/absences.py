"""Absences of supervisors, during which the deputy acts for them."""

from datetime import date

from sqlalchemy import update

from qualipath.errors import InputError
from qualipath.services.act import Act
from qualipath.services.loading import find_employee
from qualipath.services.permission import only_hr
from qualipath.services.recording import tell_of_people
from qualipath.storage.tables import employee


def mark_absent(
    act: Act, number: str, since: date, until: date, *, deputy: str | None = None
) -> None:
    """Mark somebody absent from one day to another, both included, and name the deputy.

    Without a deputy named, the one who is known acts.

    Raises:
        RefusedError: the actor is not HR.
        NotFoundError: somebody named is not there, or out of the actor's sight.
        InputError: the days are in the wrong order, or nobody is known who could act.
    """
    only_hr(act)
    if until < since:
        message = f"the absence would end on {until}, before it begins on {since}"
        raise InputError(message)
    person = find_employee(act, number, lock=True)
    deputy_id = find_employee(act, deputy).id if deputy is not None else person.deputy_id
    if deputy_id is None or deputy_id == person.id:
        message = f"nobody else is known who acts for {number}; name a deputy"
        raise InputError(message)
    act.connection.execute(
        update(employee)
        .where(employee.c.id == person.id)
        .values(absent_from=since, absent_until=until, deputy_id=deputy_id)
    )
    told: dict[str, object] = {"from": since.isoformat(), "until": until.isoformat()}
    tell_of_people(act, [(person.id, "absent", None, told)])
