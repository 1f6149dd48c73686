"""The tables, with every constraint named; what the database can forbid, it forbids."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)

from qualipath.definition.prerequisites import Kind
from qualipath.definition.spec import AVAILABLE, Role


class Instant(TypeDecorator[datetime]):
    """An instant, aware and in UTC in Python, without an offset where SQLite keeps it."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """Use the database's own instants where it has them."""
        return dialect.type_descriptor(DateTime(timezone=dialect.name == "postgresql"))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Write UTC; a naive instant is a mistake in the program."""
        if value is None:
            return None
        if value.tzinfo is None:
            message = f"instant without a time zone: {value}"
            raise ValueError(message)
        value = value.astimezone(UTC)
        return value if dialect.name == "postgresql" else value.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Read UTC."""
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


def _id() -> Column[int]:
    return Column("id", Integer, primary_key=True)


def _refers(name: str, table: str, *, required: bool = True) -> Column[int]:
    return Column(name, Integer, ForeignKey(f"{table}.id"), nullable=not required)


def _one_of(column: str, values: Any) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def _exactly_one(*columns: str) -> CheckConstraint:
    counted = " + ".join(f"CASE WHEN {column} IS NULL THEN 0 ELSE 1 END" for column in columns)
    return CheckConstraint(f"{counted} = 1", name="exactly_one_" + "_".join(columns))


organisation = Table(
    "organisation",
    metadata,
    _id(),
    Column("key", String(64), nullable=False, unique=True),
    Column("title", String(500), nullable=False),
    _refers("parent_id", "organisation", required=False),
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
    _id(),
    Column("number", String(64), nullable=False),
    _refers("organisation_id", "organisation"),
    Column("given_name", String(200), nullable=False),
    Column("family_name", String(200), nullable=False),
    Column("email", String(320)),
    Column("locale", String(5), nullable=False, server_default="de"),
    _refers("supervisor_id", "employee", required=False),
    _refers("deputy_id", "employee", required=False),
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
    _exactly_one("text", "number", "day"),
)

path_version = Table(
    "path_version",
    metadata,
    _id(),
    Column("path", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("document", Text, nullable=False),
    Column("published_at", Instant, nullable=False),
    Column("published_by", String(200), nullable=False),
    UniqueConstraint("path", "version"),
    CheckConstraint("version >= 1", name="version"),
)

intake = Table(
    "intake",
    metadata,
    _id(),
    Column("path", String(64), nullable=False),
    Column("tier", String(64), nullable=False),
    Column("provider", String(200)),
    Column("starts_on", Date, nullable=False),
    Column("ends_on", Date, nullable=False),
    Column("state", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    CheckConstraint("starts_on <= ends_on", name="dates"),
    CheckConstraint("version >= 1", name="version"),
)

enrolment = Table(
    "enrolment",
    metadata,
    _id(),
    _refers("employee_id", "employee"),
    _refers("organisation_id", "organisation"),
    _refers("path_version_id", "path_version"),
    _refers("intake_id", "intake", required=False),
    Column("path", String(64), nullable=False),
    Column("tier", String(64), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("state", String(64), nullable=False),
    Column("entered_at", Instant, nullable=False),
    Column("version", Integer, nullable=False),
    Column("is_open", Boolean, nullable=False),
    Column("holds_seat", Boolean, nullable=False),
    Column("counts", Boolean, nullable=False),
    Column("paused_at", Instant),
    Column("grade", Integer),
    CheckConstraint("attempt >= 1", name="attempt"),
    CheckConstraint("version >= 1", name="version"),
    CheckConstraint(f"state <> '{AVAILABLE}'", name="state"),
    CheckConstraint("is_open OR NOT holds_seat", name="closed_holds_no_seat"),
    CheckConstraint("is_open OR paused_at IS NULL", name="closed_is_not_paused"),
    UniqueConstraint("employee_id", "path", "tier", "attempt"),
    Index("ix_enrolment_path_tier_state", "path", "tier", "state"),
    Index("ix_enrolment_intake_id", "intake_id"),
)
Index(
    "uq_enrolment_one_open",
    enrolment.c.employee_id,
    enrolment.c.path,
    enrolment.c.tier,
    unique=True,
    sqlite_where=text("is_open"),
    postgresql_where=text("is_open"),
)

credential = Table(
    "credential",
    metadata,
    _id(),
    _refers("employee_id", "employee"),
    _refers("enrolment_id", "enrolment", required=False),
    Column("kind", String(20), nullable=False),
    Column("key", String(200), nullable=False),
    Column("grade", Integer),
    Column("scale", String(64)),
    Column("credits", Integer, nullable=False, server_default="0"),
    Column("awarded_on", Date),
    Column("running_until", Date),
    Column("valid_until", Date),
    Column("revoked_at", Instant),
    Column("basis", String(500)),
    Column("evidence", String(2000)),
    _one_of("kind", Kind),
    _exactly_one("awarded_on", "running_until"),
    CheckConstraint("(grade IS NULL) = (scale IS NULL)", name="grade_on_a_scale"),
    CheckConstraint("credits >= 0", name="credits"),
    CheckConstraint("awarded_on <= valid_until", name="validity"),
    Index(None, "employee_id", "key"),
    Index(None, "enrolment_id"),
)
Index(
    "uq_credential_one_an_enrolment",
    credential.c.enrolment_id,
    credential.c.kind,
    unique=True,
    sqlite_where=text("revoked_at IS NULL"),
    postgresql_where=text("revoked_at IS NULL"),
)

deadline = Table(
    "deadline",
    metadata,
    _id(),
    _refers("enrolment_id", "enrolment"),
    Column("state", String(64), nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("trigger", String(64)),
    Column("notice", String(64)),
    Column("recipient", String(20)),
    Column("ended_at", Instant),
    Column("done", Boolean),
    CheckConstraint("(ended_at IS NULL) = (done IS NULL)", name="ended"),
    CheckConstraint("trigger IS NOT NULL OR notice IS NOT NULL", name="does_something"),
    CheckConstraint("(notice IS NULL) = (recipient IS NULL)", name="recipient"),
    Index(None, "enrolment_id"),
)
Index(
    "ix_deadline_due",
    deadline.c.due_at,
    sqlite_where=text("ended_at IS NULL"),
    postgresql_where=text("ended_at IS NULL"),
)

history = Table(
    "history",
    metadata,
    _id(),
    _refers("enrolment_id", "enrolment", required=False),
    _refers("intake_id", "intake", required=False),
    _refers("employee_id", "employee", required=False),
    _refers("path_version_id", "path_version", required=False),
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
    _one_of("actor_role", Role),
    _exactly_one("enrolment_id", "intake_id", "employee_id"),
    UniqueConstraint("enrolment_id", "version"),
    UniqueConstraint("intake_id", "version"),
    Index(None, "employee_id"),
)

notice = Table(
    "notice",
    metadata,
    _id(),
    _refers("enrolment_id", "enrolment", required=False),
    _refers("intake_id", "intake", required=False),
    _refers("employee_id", "employee", required=False),
    Column("version", Integer),
    Column("notice", String(64), nullable=False),
    Column("recipient", String(20), nullable=False),
    Column("context", Text),
    Column("status", String(20), nullable=False, server_default="pending"),
    Column("raised_at", Instant, nullable=False),
    _exactly_one("enrolment_id", "intake_id", "employee_id"),
    _one_of("status", ("pending", "sent", "cancelled", "dead")),
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
