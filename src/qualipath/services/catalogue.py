"""Publish definitions: a changed one becomes a new version, an unchanged one stays as it is."""

from sqlalchemy import insert, select, text

from qualipath.definition.spec import Definition
from qualipath.services.act import Act
from qualipath.services.models import Publication
from qualipath.services.permission import only_hr
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
    return Publication(path=path, version=version, digest=digest, new=True)
