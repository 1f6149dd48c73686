"""What employees hold: recognition of prior learning, degrees, and their end."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Row, select

from qualipath.definition.prerequisites import Kind
from qualipath.definition.spec import Outcome
from qualipath.definition.values import decimals, hundredths
from qualipath.domain.wording import Refusal, sentence
from qualipath.errors import InputError, NotFoundError, RefusedError
from qualipath.services import recording
from qualipath.services.act import Act
from qualipath.services.commands import once
from qualipath.services.loading import find_employee, load_enrolment
from qualipath.services.models import Credential
from qualipath.services.permission import only_hr
from qualipath.services.words import written
from qualipath.storage.batches import among, ids
from qualipath.storage.scope import visible_credentials, visible_employees
from qualipath.storage.tables import credential, employee

RECORDED = (Kind.RECOGNITION, Kind.DEGREE, Kind.CERTIFICATE, Kind.NOMINATION)
"""The kinds that HR records by hand; a completion comes of an enrolment alone."""


def recognise(  # noqa: PLR0913 -- the fields of one form
    act: Act,
    number: str,
    key: str,
    *,
    kind: str = Kind.RECOGNITION,
    evidence: str,
    basis: str | None = None,
    grade: str | None = None,
    scale: str | None = None,
    credits_: str = "0",
    awarded_on: date | None = None,
    running_until: date | None = None,
    valid_until: date | None = None,
) -> Credential:
    """Record what an employee holds from elsewhere, with its evidence and legal basis.

    `key` is what prerequisites ask for: a tier that is recognised, or a key of its own such as
    `bachelor/informatics`. `awarded_on` is today if neither it nor `running_until` is given.

    Raises:
        RefusedError: the actor is not HR.
        NotFoundError: there is no such employee, or the actor may not see it.
        InputError: an argument is not of its form.
    """
    only_hr(act)
    content = {name: value for name, value in locals().items() if name != "act"}
    values = {
        "kind": _kind(kind),
        "key": _required(key, "key", 200),
        "evidence": _required(evidence, "evidence", 2000),
        "basis": written(basis, "basis", 500),
        "grade": _hundredths(grade, "grade"),
        "scale": written(scale, "scale", 64),
        "credits": _hundredths(credits_, "credits") or 0,
        "awarded_on": awarded_on or (None if running_until else act.today()),
        "running_until": running_until,
        "valid_until": valid_until,
    }
    _consistent(values)

    def run() -> Credential:
        person = find_employee(act, number, lock=True)
        id_ = recording.record_credential(act, person.id, values)
        return Credential.model_validate(
            _view({"id": id_, "number": person.number, "revoked_at": None, **values})
        )

    return once(act, "recognise", content, Credential, run)


def revoke(act: Act, credential_id: int, *, reason: str) -> Credential:
    """End a credential that HR had recorded; what an enrolment gave ends with the enrolment.

    Raises:
        RefusedError: the actor is not HR, or the credential belongs to an enrolment.
        NotFoundError: there is no such credential, or the actor may not see it.
        ConflictError: it has ended already.
    """
    only_hr(act)
    why = _required(reason, "reason", 2000)

    def run() -> Credential:
        row = _find(act, credential_id)
        if row.enrolment_id is not None and row.revoked_at is None:
            raise RefusedError([_belongs(act, row)], f"credential {credential_id} is not revoked")
        recording.revoke_credential(act, row.employee_id, credential_id, why)
        return Credential.model_validate({**_view(row._asdict()), "revoked": True})

    return once(act, "revoke", {"id": credential_id, "reason": why}, Credential, run)


def credentials_of(act: Act, number: str) -> tuple[Credential, ...]:
    """List what an employee holds, held or is about to, in the order of recording."""
    person = find_employee(act, number)
    rows = act.connection.execute(
        select(credential)
        .where(credential.c.employee_id == person.id, visible_credentials(act.actor, act.today()))
        .order_by(credential.c.id)
    )
    return tuple(
        Credential.model_validate(_view({"number": person.number, **row._asdict()})) for row in rows
    )


def _find(act: Act, credential_id: int) -> Row[Any]:
    dialect = act.connection.dialect.name
    row = act.connection.execute(
        select(credential, employee.c.number)
        .join(employee, employee.c.id == credential.c.employee_id)
        .where(among(credential.c.id, dialect), visible_employees(act.actor, act.today()))
        .with_for_update(of=employee),
        ids(dialect, [credential_id]),
    ).one_or_none()
    if row is None:
        message = f"there is no credential {credential_id} that {act.actor} may see"
        raise NotFoundError(message)
    return row


def _belongs(act: Act, row: Row[Any]) -> Refusal:
    """Tell to which enrolment a credential belongs, and which triggers would end it there."""
    enrolled = load_enrolment(act, row.enrolment_id)
    lifecycle = enrolled.published.definition.lifecycle_of(enrolled.tier)
    ending = tuple(
        t.trigger
        for t in lifecycle.transitions
        if enrolled.state in t.sources
        and t.to is not None
        and lifecycle.states[t.to].closed not in (None, Outcome.COMPLETED)
    )
    return Refusal(
        "enrolment",
        sentence(
            "er gehört zu Eintrag {id} (Stufe „{tier}“) und endet mit ihm; dort möglich: "
            "{triggers}",
            "it belongs to enrolment {id} (tier '{tier}') and ends with it; fire there: {triggers}",
            id=enrolled.id,
            tier=enrolled.tier,
            triggers=ending or ("correct",),
        ),
    )


def _view(row: dict[str, object]) -> dict[str, object]:
    shown = {name: row[name] for name in Credential.model_fields if name in row}
    grade, points = row["grade"], row["credits"]
    return {
        **shown,
        "employee": row["number"],
        "grade": decimals(grade) if isinstance(grade, int) else None,
        "credits": decimals(points) if isinstance(points, int) else "0",
        "revoked": row["revoked_at"] is not None,
    }


def _kind(kind: str) -> str:
    if kind not in RECORDED:
        message = f"'{kind}' can't be recorded; the kind is one of {', '.join(RECORDED)}"
        raise InputError(message)
    return str(kind)


def _required(text: str, field: str, longest: int) -> str:
    told = written(text, field, longest)
    if told is None:
        message = f"the {field} is missing"
        raise InputError(message)
    return told


def _hundredths(number: str | None, field: str) -> int | None:
    try:
        return None if number is None else hundredths(number)
    except ValueError as error:
        message = f"the {field} {error}"
        raise InputError(message) from error


def _consistent(values: Mapping[str, object]) -> None:
    if (values["grade"] is None) != (values["scale"] is None):
        message = "a grade comes with its scale, and a scale with its grade"
        raise InputError(message)
    if values["awarded_on"] is not None and values["running_until"] is not None:
        message = "a credential is either awarded or in progress; give one of the two days"
        raise InputError(message)
    points = values["credits"]
    if isinstance(points, int) and points < 0:
        message = f"credits can't be negative, such as {decimals(points)}"
        raise InputError(message)
    awarded_on, valid_until = values["awarded_on"], values["valid_until"]
    if isinstance(awarded_on, date) and isinstance(valid_until, date) and valid_until < awarded_on:
        message = f"the credential would end on {valid_until}, before it is awarded"
        raise InputError(message)
