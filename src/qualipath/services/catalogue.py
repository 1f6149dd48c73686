"""Publish definitions: a changed one becomes a new version, an unchanged one stays as it is."""

from sqlalchemy import insert, select, text

from qualipath.definition.spec import Definition
from qualipath.services.act import Act
from qualipath.services.models import Publication
from qualipath.services.permission import only_hr
from qualipath.services.recording.planning import hold_planning, set_planning
from qualipath.storage.tables import path_version


def publish(act: Act, definition: Definition) -> Publication:
    """Store a definition as the path's next version, unless it is what the newest one is.

    Raises:
        RefusedError: the actor is not HR.
    """
    only_hr(act)
    path = definition.path.path
    if act.connection.dialect.name == "postgresql":
        act.connection.execute(
            text("SELECT pg_advisory_xact_lock(hashtext(:path))"), {"path": f"publish {path}"}
        )
    newest = act.connection.execute(
        select(path_version.c.version, path_version.c.digest)
        .where(path_version.c.path == path)
        .order_by(path_version.c.version.desc())
        .limit(1)
    ).one_or_none()
    digest = definition.digest()
    if newest is not None and newest.digest == digest:
        return Publication(path=path, version=newest.version, digest=digest, new=False)
    version = newest.version + 1 if newest is not None else 1
    act.connection.execute(
        insert(path_version).values(
            path=path,
            version=version,
            digest=digest,
            document=definition.document(),
            published_at=act.recorded_at,
            published_by=str(act.actor),
        )
    )
    _plan_anew(act, definition)
    return Publication(path=path, version=version, digest=digest, new=True)


def _plan_anew(act: Act, definition: Definition) -> None:
    """Let the scheduler look at once which terms the new version wants to be planned.

    What it has not come to yet comes first.
    """
    path = definition.path
    pending = hold_planning(act, path.path)
    if any(tier.intakes for tier in path.tiers.values()):
        set_planning(act, path.path, min(pending or act.effective_at, act.effective_at))
    elif pending is not None:
        set_planning(act, path.path, None)
