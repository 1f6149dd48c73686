"""Organisations, employees and what is kept of them, and the published paths."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from qualipath.storage.columns import Instant, exactly_one, identity, refers
from qualipath.storage.tables.metadata import metadata

organisation = Table(
    "organisation",
    metadata,
    identity(),
    Column("key", String(64), nullable=False, unique=True),
    Column("title", String(500), nullable=False),
    refers("parent_id", "organisation", required=False),
    CheckConstraint("parent_id <> id", name="not_its_own_parent"),
)

# An organisation reaches itself and all below it: one indexed row a pair, instead of a recursion
# in every read.
organisation_reach = Table(
    "organisation_reach",
    metadata,
    Column("above_id", Integer, ForeignKey("organisation.id"), primary_key=True),
    Column("organisation_id", Integer, ForeignKey("organisation.id"), primary_key=True),
    Index(None, "organisation_id"),
)

employee = Table(
    "employee",
    metadata,
    identity(),
    Column("number", String(64), nullable=False),
    refers("organisation_id", "organisation"),
    Column("given_name", String(200), nullable=False),
    Column("family_name", String(200), nullable=False),
    Column("email", String(320)),
    Column("locale", String(5), nullable=False, server_default="de"),
    refers("supervisor_id", "employee", required=False),
    refers("deputy_id", "employee", required=False),
    Column("absent_from", Date),
    Column("absent_until", Date),
    Column("hired_on", Date),
    Column("experience_since", Date),
    UniqueConstraint("organisation_id", "number"),
    CheckConstraint("supervisor_id <> id", name="not_their_own_supervisor"),
    CheckConstraint("deputy_id <> id", name="not_their_own_deputy"),
    CheckConstraint(
        "(absent_from IS NULL) = (absent_until IS NULL) AND absent_from <= absent_until",
        name="absence",
    ),
    Index(None, "number"),
    Index(None, "supervisor_id"),
    Index(None, "deputy_id"),
)

attribute = Table(
    "attribute",
    metadata,
    Column("employee_id", Integer, ForeignKey("employee.id"), primary_key=True),
    Column("key", String(64), primary_key=True),
    Column("text", String(500)),
    Column("number", Integer),
    Column("day", Date),
    exactly_one("text", "number", "day"),
)

path_version = Table(
    "path_version",
    metadata,
    identity(),
    Column("path", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("document", Text, nullable=False),
    Column("published_at", Instant, nullable=False),
    Column("published_by", String(200), nullable=False),
    UniqueConstraint("path", "version"),
    CheckConstraint("version >= 1", name="version"),
)
