"""Organisations: the tree of districts, cities and municipalities, and who reaches which."""

import re
from collections.abc import Mapping
from difflib import get_close_matches

from sqlalchemy import insert, select, update

from qualipath.errors import InputError, NotFoundError
from qualipath.services.act import Act
from qualipath.services.models import Organisation
from qualipath.services.permission import only_hr
from qualipath.storage.scope import visible_organisations
from qualipath.storage.tables import organisation, organisation_reach

_KEY = re.compile(r"[a-z0-9_-]{1,64}")
_LONGEST_TITLE = 500


def reach_of(act: Act) -> Mapping[str, int]:
    """Give the ids of the organisations that the actor may see, by key.

    Raises `NotFoundError` where the actor's own organisation is unknown.
    """
    rows = act.connection.execute(
        select(organisation.c.key, organisation.c.id)
        .where(visible_organisations(act.actor))
        .order_by(organisation.c.key)
    )
    found = {row.key: row.id for row in rows}
    if not found and act.actor.organisation is not None:
        message = f"there is no organisation '{act.actor.organisation}'"
        raise NotFoundError(message)
    return found


def organisations(act: Act) -> tuple[Organisation, ...]:
    """List the organisations that the actor may see, by key."""
    above = organisation.alias("above")
    rows = act.connection.execute(
        select(organisation.c.key, organisation.c.title, above.c.key.label("parent"))
        .outerjoin(above, above.c.id == organisation.c.parent_id)
        .where(visible_organisations(act.actor))
        .order_by(organisation.c.key)
    )
    return tuple(Organisation(key=row.key, title=row.title, parent=row.parent) for row in rows)


def nearest_organisation(key: str, reach: Mapping[str, int]) -> str:
    """Say which organisation was probably meant, or which there are."""
    near = get_close_matches(key.casefold(), reach, 1)
    if near:
        return f"did you mean '{near[0]}'?"
    known = ", ".join(list(reach)[:10]) + (" …" if len(reach) > 10 else "")  # noqa: PLR2004
    return f"there are: {known}" if known else "add it first"


def add_organisation(act: Act, key: str, title: str, parent: str | None = None) -> int:
    """Make an organisation under its parent known and give its id; again, it sets the title anew.

    HR may add organisations below its own, and its own where the database does not know it yet.

    Raises:
        InputError: the key or title has another form, or the organisation has another parent.
        NotFoundError: there is no such parent that the actor may touch.
        RefusedError: the actor is not HR.
    """
    only_hr(act)
    if not _KEY.fullmatch(key):
        message = f"'{key}' is not an organisation's key; use a-z, 0-9, _ and -, at most 64"
        raise InputError(message)
    if not title.strip() or len(title) > _LONGEST_TITLE:
        message = f"an organisation's title has 1 to {_LONGEST_TITLE} characters"
        raise InputError(message)
    parent_id = _parent(act, key, parent)
    known = act.connection.execute(
        select(organisation.c.id, organisation.c.parent_id)
        .where(organisation.c.key == key)
        .with_for_update()
    ).one_or_none()
    if known is None:
        return _insert(act, key, title.strip(), parent_id)
    if parent_id not in (None, known.parent_id):
        message = f"the organisation '{key}' already stands elsewhere than below '{parent}'"
        raise InputError(message)
    act.connection.execute(
        update(organisation).where(organisation.c.id == known.id).values(title=title.strip())
    )
    return int(known.id)


def _parent(act: Act, key: str, parent: str | None) -> int | None:
    own = act.actor.organisation
    if parent is None and own in (None, key):
        return None
    reach = reach_of(act)
    if parent is None:
        if key in reach:
            return None
        message = f"name the organisation that '{key}' belongs to, such as '{own}'"
        raise InputError(message)
    if parent not in reach:
        message = f"there is no organisation '{parent}'; {nearest_organisation(parent, reach)}"
        raise NotFoundError(message)
    return reach[parent]


def _insert(act: Act, key: str, title: str, parent_id: int | None) -> int:
    id_ = act.connection.execute(
        insert(organisation)
        .values(key=key, title=title, parent_id=parent_id)
        .returning(organisation.c.id)
    ).scalar_one()
    above = select(organisation_reach.c.above_id).where(
        organisation_reach.c.organisation_id == parent_id
    )
    reached = {id_, *act.connection.scalars(above)}
    act.connection.execute(
        insert(organisation_reach),
        [{"above_id": each, "organisation_id": id_} for each in sorted(reached)],
    )
    return int(id_)
