"""What is known at present of what notices are about: read by id, in one statement for each kind.

Nothing here asks who may see it: mails are sent by the programme itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Column, Row, Select, Table, select

from qualipath.definition.values import Text
from qualipath.services.act import Act
from qualipath.services.change import Offered
from qualipath.services.delivery.waiting import Attempt, Credited, Person
from qualipath.services.intakes.loading import offered
from qualipath.storage.batches import among, ids
from qualipath.storage.tables import credential, employee, enrolment, intake, organisation


@dataclass(frozen=True, slots=True)
class Enrolment:
    """An enrolment as it is now, and what it belongs to, by ids."""

    attempt: Attempt
    employee_id: int
    organisation_id: int
    path_version_id: int
    intake_id: int | None


def read_enrolments(act: Act, wanted: Iterable[int]) -> dict[int, Enrolment]:
    """Give enrolments by id."""
    return {
        row.id: Enrolment(
            Attempt(
                id=row.id,
                tier=row.tier,
                attempt=row.attempt,
                state=row.state,
                is_open=row.is_open,
                holds_seat=row.holds_seat,
                version=row.version,
                entered_at=row.entered_at,
                paused_at=row.paused_at,
                grade=row.grade,
                applied_at=row.applied_at,
                place=row.place,
            ),
            row.employee_id,
            row.organisation_id,
            row.path_version_id,
            row.intake_id,
        )
        for row in _rows(act, enrolment, wanted)
    }


def read_intakes(act: Act, wanted: Iterable[int]) -> dict[int, Offered]:
    """Give intakes by id."""
    return {row.id: offered(row) for row in _rows(act, intake, wanted)}


def read_people(act: Act, wanted: Iterable[int]) -> dict[int, Person]:
    """Give employees by id."""
    return {
        row.id: Person(
            id=row.id,
            number=row.number,
            name=f"{row.given_name} {row.family_name}",
            email=row.email,
            locale="en" if row.locale == "en" else "de",
            organisation_id=row.organisation_id,
            supervisor_id=row.supervisor_id,
            deputy_id=row.deputy_id,
            absent_from=row.absent_from,
            absent_until=row.absent_until,
        )
        for row in _rows(act, employee, wanted)
    }


def read_credentials(act: Act, wanted: Iterable[int]) -> dict[int, Credited]:
    """Give credentials by id, named as the tier is whose completion or equal they are."""
    rows = _rows(act, credential, wanted)
    versions = _versions_of(act, {row.enrolment_id for row in rows} - {None})
    known = {version: _tiers(act, version) for version in set(versions.values())}
    elsewhere = _newest_tiers(act) if any(row.enrolment_id is None for row in rows) else {}
    return {
        row.id: Credited(
            id=row.id,
            key=row.key,
            title=known.get(versions.get(row.enrolment_id, 0), elsewhere).get(row.key)
            or Text(de=row.key, en=row.key),
            valid_until=row.valid_until,
            revoked=row.revoked_at is not None,
        )
        for row in rows
    }


def read_titles(act: Act, wanted: Iterable[int]) -> dict[int, str]:
    """Give the titles of organisations by id."""
    return {row.id: row.title for row in _rows(act, organisation, wanted)}


def find_organisations(act: Act, keys: Iterable[str]) -> dict[str, int]:
    """Give the ids of organisations by key; what the database does not know is left out."""
    sought = sorted(set(keys))
    if not sought:
        return {}
    found = select(organisation.c.key, organisation.c.id).where(organisation.c.key.in_(sought))
    return {row.key: row.id for row in act.connection.execute(found)}


def topmost_organisation(act: Act) -> int:
    """Give the id of the organisation above all others: of several, of the first one."""
    top = select(organisation.c.id).where(organisation.c.parent_id.is_(None))
    id_: int = act.connection.execute(top.order_by(organisation.c.id).limit(1)).scalar_one()
    return id_


def _rows(act: Act, table: Table, wanted: Iterable[int]) -> list[Row[Any]]:
    sought = sorted(set(wanted))
    if not sought:
        return []
    dialect = act.connection.dialect.name
    return list(act.connection.execute(_among(table, dialect), ids(dialect, sought)))


@cache
def _among(table: Table, dialect: str) -> Select[Any]:
    id_: Column[int] = table.c.id
    return select(table).where(among(id_, dialect)).order_by(id_)


def _versions_of(act: Act, enrolment_ids: Iterable[int]) -> dict[int | None, int]:
    """Give the versions (by id) that enrolments (by id) are pinned to."""
    return {row.id: row.path_version_id for row in _rows(act, enrolment, enrolment_ids)}


def _tiers(act: Act, version_id: int) -> dict[str, Text]:
    tiers = act.library.by_id(act.connection, version_id).definition.path.tiers
    return {name: tier.title for name, tier in tiers.items()}


def _newest_tiers(act: Act) -> dict[str, Text]:
    """Give the titles of the tiers of all paths, as the newest versions have them."""
    titles: dict[str, Text] = {}
    for path in act.library.paths(act.connection):
        published = act.library.newest(act.connection, path)
        titles = _tiers(act, published.id) | titles
    return titles
