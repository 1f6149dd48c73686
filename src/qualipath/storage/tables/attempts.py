"""Attempts at tiers, what they give, and what falls due."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    false,
)

from qualipath.definition.prerequisites import Kind
from qualipath.definition.spec import AVAILABLE
from qualipath.storage.columns import Instant, exactly_one, identity, index_where, one_of, refers
from qualipath.storage.tables.metadata import metadata

enrolment = Table(
    "enrolment",
    metadata,
    identity(),
    refers("employee_id", "employee"),
    refers("organisation_id", "organisation"),
    refers("path_version_id", "path_version"),
    refers("intake_id", "intake", required=False),
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
    Column("applied_at", Instant),
    Column("place", Integer),
    CheckConstraint("attempt >= 1", name="attempt"),
    CheckConstraint("version >= 1", name="version"),
    CheckConstraint("place >= 1 AND (place IS NULL OR is_open)", name="place"),
    CheckConstraint(f"state <> '{AVAILABLE}'", name="state"),
    CheckConstraint("is_open OR NOT holds_seat", name="closed_holds_no_seat"),
    CheckConstraint("is_open OR paused_at IS NULL", name="closed_is_not_paused"),
    UniqueConstraint("employee_id", "path", "tier", "attempt"),
    Index("ix_enrolment_path_tier_state", "path", "tier", "state"),
    Index("ix_enrolment_intake_id_state", "intake_id", "state"),
)
index_where(
    "place IS NOT NULL",
    "uq_enrolment_one_a_place",
    enrolment.c.intake_id,
    enrolment.c.place,
    unique=True,
)
index_where("holds_seat", "ix_enrolment_seat", enrolment.c.intake_id, enrolment.c.organisation_id)
index_where(
    "is_open",
    "uq_enrolment_one_open",
    enrolment.c.employee_id,
    enrolment.c.path,
    enrolment.c.tier,
    unique=True,
)

credential = Table(
    "credential",
    metadata,
    identity(),
    refers("employee_id", "employee"),
    refers("enrolment_id", "enrolment", required=False),
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
    one_of("kind", Kind),
    exactly_one("awarded_on", "running_until"),
    CheckConstraint("(grade IS NULL) = (scale IS NULL)", name="grade_on_a_scale"),
    CheckConstraint("credits >= 0", name="credits"),
    CheckConstraint("awarded_on <= valid_until", name="validity"),
    Index(None, "employee_id", "key"),
    Index(None, "enrolment_id"),
)
index_where(
    "revoked_at IS NULL",
    "uq_credential_one_an_enrolment",
    credential.c.enrolment_id,
    credential.c.kind,
    unique=True,
)

deadline = Table(
    "deadline",
    metadata,
    identity(),
    refers("enrolment_id", "enrolment", required=False),
    refers("intake_id", "intake", required=False),
    refers("credential_id", "credential", required=False),
    Column("state", String(64)),
    Column("due_at", Instant, nullable=False),
    Column("trigger", String(64)),
    Column("notice", String(64)),
    Column("recipient", String(20)),
    Column("from_start", Boolean, nullable=False, server_default=false()),
    Column("ended_at", Instant),
    Column("done", Boolean),
    CheckConstraint("(ended_at IS NULL) = (done IS NULL)", name="ended"),
    CheckConstraint("trigger IS NOT NULL OR notice IS NOT NULL", name="does_something"),
    CheckConstraint("(notice IS NULL) = (recipient IS NULL)", name="recipient"),
    exactly_one("enrolment_id", "intake_id", "credential_id"),
    Index(None, "enrolment_id"),
    Index(None, "intake_id"),
    Index(None, "credential_id"),
)
index_where("ended_at IS NULL", "ix_deadline_due", deadline.c.due_at)
