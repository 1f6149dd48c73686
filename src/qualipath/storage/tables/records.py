"""What is only ever added: the history, protocols of allocations, commands."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from qualipath.definition.spec import Role
from qualipath.storage.columns import Instant, exactly_one, identity, one_of, refers
from qualipath.storage.tables.metadata import metadata

history = Table(
    "history",
    metadata,
    identity(),
    refers("enrolment_id", "enrolment", required=False),
    refers("intake_id", "intake", required=False),
    refers("employee_id", "employee", required=False),
    refers("path_version_id", "path_version", required=False),
    Column("version", Integer),
    Column("trigger", String(64), nullable=False),
    Column("source", String(64)),
    Column("target", String(64)),
    Column("actor_role", String(20), nullable=False),
    Column("actor_id", String(200), nullable=False),
    Column("reason", String(2000)),
    Column("details", Text),
    Column("effective_at", Instant, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    one_of("actor_role", Role),
    exactly_one("enrolment_id", "intake_id", "employee_id"),
    UniqueConstraint("enrolment_id", "version"),
    UniqueConstraint("intake_id", "version"),
    Index(None, "employee_id"),
)

# The protocol of an allocation: everybody's rank, and what it rests on.
ranking = Table(
    "ranking",
    metadata,
    Column("intake_id", Integer, ForeignKey("intake.id"), primary_key=True),
    Column("enrolment_id", Integer, ForeignKey("enrolment.id"), primary_key=True),
    Column("rank", Integer, nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("basis", Text, nullable=False),
    one_of("outcome", ("seat", "waiting", "refused")),
    UniqueConstraint("intake_id", "rank"),
    CheckConstraint("rank >= 1", name="rank"),
    Index(None, "enrolment_id"),
)

command = Table(
    "command",
    metadata,
    Column("key", String(200), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("result", Text),
    Column("recorded_at", Instant, nullable=False),
)
