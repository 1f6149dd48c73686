"""The published definitions, read once: a version never changes."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from sqlalchemy import Connection, String, bindparam, select

from qualipath.definition.spec import Definition, LifecycleSpec
from qualipath.domain.machine import LifecycleMachine
from qualipath.errors import NotFoundError
from qualipath.storage.driver import Read
from qualipath.storage.tables import path_version


@dataclass(frozen=True, slots=True, eq=False)
class Published:
    """One published version of a path, with the machines of its lifecycles."""

    id: int
    version: int
    digest: str
    definition: Definition
    machines: dict[str, LifecycleMachine]

    def machine(self, tier: str) -> LifecycleMachine:
        """Give the machine that a tier's attempts go through."""
        return self.machines[self.definition.path.tiers[tier].lifecycle]


@dataclass(slots=True)
class Library:
    """The versions of one database; safe to share between threads."""

    _by_id: dict[int, Published] = field(default_factory=dict)
    _machines: dict[int, LifecycleMachine] = field(default_factory=dict)

    def by_id(self, connection: Connection, id_: int) -> Published:
        """Give the version with this database id."""
        if id_ not in self._by_id:
            row = connection.execute(select(path_version).where(path_version.c.id == id_)).one()
            definition, machines = _built(row.document)
            for name, lifecycle in definition.lifecycles.items():
                self._machines[id(lifecycle)] = machines[name]
            self._by_id[id_] = Published(id_, row.version, row.digest, definition, machines)
        return self._by_id[id_]

    def machine(self, lifecycle: LifecycleSpec) -> LifecycleMachine:
        """Give the machine of a lifecycle that belongs to one of the versions."""
        return self._machines[id(lifecycle)]

    def paths(self, connection: Connection) -> tuple[str, ...]:
        """Name the published paths."""
        named = select(path_version.c.path).distinct().order_by(path_version.c.path)
        return tuple(connection.scalars(named))

    def owner(self, connection: Connection, path: str) -> str:
        """Name the organisation (by key) that owns a path, as its newest version says."""
        return self.newest(connection, path).definition.path.organisation

    def newest(self, connection: Connection, path: str, version: int | None = None) -> Published:
        """Give a path's version, the newest one for None; raises `NotFoundError`."""
        asked = select(path_version.c.id).where(path_version.c.path == path)
        if version is not None:
            asked = asked.where(path_version.c.version == version)
        id_ = connection.scalar(asked.order_by(path_version.c.version.desc()).limit(1))
        if id_ is None:
            raise _unpublished(connection, path, version)
        return self.by_id(connection, id_)

    def offering(self, connection: Connection, path: str, tier: str) -> Published:
        """Give the newest version of a path that offers a tier in intakes.

        Where none does it is the newest one that has the tier; raises `NotFoundError` without any.
        """
        newest = None
        for published in self.having(connection, path, tier):
            if published.definition.path.intake_lifecycle is not None:
                return published
            newest = newest or published
        if newest is None:
            message = f"no published version of the path '{path}' has the tier '{tier}'"
            raise NotFoundError(message)
        return newest

    def having(self, connection: Connection, path: str, tier: str) -> Iterator[Published]:
        """Give the versions of a path that have a tier, the newest first."""
        for version in _VERSIONS.rows(connection, {"of": path}):
            published = self.by_id(connection, version.id)
            if tier in published.definition.path.tiers:
                yield published


# Building the machines takes longer than most commands; several databases may hold one document.
@lru_cache(maxsize=16)
def _built(document: str) -> tuple[Definition, dict[str, LifecycleMachine]]:
    definition = Definition.model_validate_json(document)
    lifecycles = definition.lifecycles.items()
    return definition, {name: LifecycleMachine(lifecycle) for name, lifecycle in lifecycles}


def _unpublished(connection: Connection, path: str, version: int | None) -> NotFoundError:
    versions = connection.scalars(
        select(path_version.c.version)
        .where(path_version.c.path == path)
        .order_by(path_version.c.version)
    ).all()
    if versions:
        known = ", ".join(map(str, versions))
        return NotFoundError(f"the path '{path}' has no version {version}; published: {known}")
    paths = connection.scalars(
        select(path_version.c.path).distinct().order_by(path_version.c.path)
    ).all()
    known = ", ".join(paths) or "none yet (qualipath publish PATH)"
    return NotFoundError(f"the path '{path}' is not published here; published: {known}")


_VERSIONS = Read(
    lambda _: (
        select(path_version.c.id)
        .where(path_version.c.path == bindparam("of", None, type_=String()))
        .order_by(path_version.c.version.desc())
    )
)
