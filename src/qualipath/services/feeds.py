"""Feeds of a path's intakes: when to apply and when courses begin, for anybody's calendar."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Row, func, select

from qualipath.definition.spec import Definition, Outcome
from qualipath.notices.appointment import Appointment, Party
from qualipath.services.act import Act
from qualipath.services.correspondence import correspondence_of
from qualipath.services.courses import REDATE, Course
from qualipath.services.intakes.loading import offered
from qualipath.services.loading import known_tier
from qualipath.storage.scope import visible_intakes
from qualipath.storage.tables import history, intake, organisation

NOBODY = "qualipath@localhost.localdomain"
"""Whose feed it is where the path's organisation has no address of its HR."""


def feed(act: Act, path: str, tier: str | None = None, locale: str = "de") -> bytes:
    """Write a path's intakes, or one tier's, as an iCalendar object.

    Each has an entry for the last day to apply and one for the course; those of an intake that was
    cancelled say so. The same intakes at the same instant give the same bytes. Raises
    `NotFoundError` for a path or tier that is not published.
    """
    # It takes as long to import as a short command takes to run.
    from qualipath.notices.invitation import write_feed  # noqa: PLC0415

    published = act.library.newest(act.connection, path)
    rows = _intakes(act, path, tier)
    if not rows and tier is not None:
        known_tier(published, tier)
    spec = published.definition.path
    title = spec.title if tier is None or tier not in spec.tiers else spec.tiers[tier].title
    contact = _contact(act, spec.organisation)
    offering = {
        name: act.library.offering(act.connection, path, name).definition
        for name in sorted({row.tier for row in rows})
    }
    courses = [_course(row, offering[row.tier], locale, contact) for row in rows]
    return write_feed(
        title.text(locale),
        [entry for course in courses for entry in _entries(course, spec.organisation)],
        Party(contact or NOBODY),
        timezone=published.definition.timezone,
        stamped_at=act.effective_at,
    )


def _intakes(act: Act, path: str, tier: str | None) -> list[Row[Any]]:
    changes = (
        select(
            history.c.intake_id,
            func.count().filter(history.c.trigger == REDATE).label("redates"),
            func.max(history.c.recorded_at).label("changed_at"),
        )
        .where(history.c.intake_id.in_(select(intake.c.id).where(intake.c.path == path)))
        .group_by(history.c.intake_id)
        .subquery()
    )
    statement = (
        select(intake, func.coalesce(changes.c.redates, 0).label("redates"), changes.c.changed_at)
        .outerjoin(changes, changes.c.intake_id == intake.c.id)
        .where(visible_intakes(act.actor, act.today()), intake.c.path == path)
        .order_by(intake.c.starts_on, intake.c.id)
    )
    if tier is not None:
        statement = statement.where(intake.c.tier == tier)
    return list(act.connection.execute(statement))


def _contact(act: Act, key: str) -> str | None:
    """Give the address of the HR whose path it is."""
    id_ = act.connection.scalar(select(organisation.c.id).where(organisation.c.key == key))
    return None if id_ is None else correspondence_of(act, [id_])[id_].hr_address


def _course(row: Row[Any], definition: Definition, locale: str, contact: str | None) -> Course:
    return Course(
        offered=offered(row),
        definition=definition,
        locale=locale,
        contact=contact,
        redates=row.redates,
        cancelled=_is_cancelled(definition, row.state),
        changed_at=row.changed_at,
    )


def _is_cancelled(definition: Definition, state: str) -> bool:
    name = definition.path.intake_lifecycle
    spec = definition.lifecycles[name].states.get(state) if name else None
    return spec is not None and spec.closed is Outcome.ABANDONED


def _entries(course: Course, organisation_key: str) -> Iterator[Appointment]:
    # No mail address is in the identifiers: an entry stays the same when HR's changes.
    of = f"{course.offered.path}.{organisation_key}"
    yield course.closing(f"intake-{course.offered.id}-closing@{of}")
    yield course.appointment(f"intake-{course.offered.id}-course@{of}")
