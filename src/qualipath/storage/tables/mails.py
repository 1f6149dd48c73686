"""The outbox, the mails that were sent, and how organisations and providers are written to."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    false,
)

from qualipath.domain.correspondence import GENDERINGS, RHYTHMS
from qualipath.storage.columns import Instant, exactly_one, identity, index_where, one_of, refers
from qualipath.storage.tables.metadata import metadata

STATUSES = ("pending", "bundled", "held", "sent", "cancelled", "dead")
"""What a notice can be."""

# The outbox. A notice waits (`pending`) until it is due and somebody leases it; a `bundled` one is
# told by the digest that `bundle_id` names; a `held` one waits for its release. What was sent is
# kept under its Message-ID in `message`.
notice = Table(
    "notice",
    metadata,
    identity(),
    refers("enrolment_id", "enrolment", required=False),
    refers("intake_id", "intake", required=False),
    refers("employee_id", "employee", required=False),
    refers("organisation_id", "organisation", required=False),
    Column("version", Integer),
    Column("notice", String(64), nullable=False),
    Column("recipient", String(20), nullable=False),
    Column("context", Text),
    Column("status", String(20), nullable=False, server_default="pending"),
    Column("raised_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    refers("bundle_id", "notice", required=False),
    Column("released", Boolean, nullable=False, server_default=false()),
    Column("leased_by", String(64)),
    Column("leased_until", Instant),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("tried_at", Instant),
    Column("message_id", String(200)),
    Column("error", String(2000)),
    exactly_one("enrolment_id", "intake_id", "employee_id", "organisation_id"),
    one_of("status", STATUSES),
    CheckConstraint("(leased_by IS NULL) = (leased_until IS NULL)", name="lease"),
    CheckConstraint("status <> 'bundled' OR bundle_id IS NOT NULL", name="bundle"),
    CheckConstraint("attempts >= 0 AND (attempts = 0) = (tried_at IS NULL)", name="attempts"),
    Index(None, "enrolment_id"),
)
index_where("bundle_id IS NOT NULL", "ix_notice_bundle_id", notice.c.bundle_id)
index_where("message_id IS NOT NULL", "ix_notice_message_id", notice.c.message_id)
index_where("status = 'pending'", "ix_notice_due", notice.c.due_at, notice.c.id)
index_where("status = 'held'", "ix_notice_held", notice.c.id)
index_where("status = 'dead'", "ix_notice_dead", notice.c.id)
# One digest at a time collects for somebody; what comes while it is sent goes into the next.
index_where(
    "status = 'pending' AND recipient = 'digest' AND message_id IS NULL",
    "uq_notice_one_digest",
    notice.c.employee_id,
    notice.c.notice,
    unique=True,
)

# What was sent: the body is kept until `purge_at`.
message = Table(
    "message",
    metadata,
    Column("message_id", String(200), primary_key=True),
    refers("organisation_id", "organisation"),
    Column("address", String(320), nullable=False),
    Column("subject", String(1000), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("sent_at", Instant, nullable=False),
    Column("body", LargeBinary),
    Column("purge_at", Instant),
    Index(None, "organisation_id", "sent_at"),
)
index_where("body IS NOT NULL", "ix_message_purge", message.c.purge_at)

# How an organisation writes its mails; what is NULL is as in the one above it. The scheduler raises
# the weekly summary at `summary_due_at`; the `counted` mails since `counted_from` count towards the
# hourly cap.
correspondence = Table(
    "correspondence",
    metadata,
    Column("organisation_id", Integer, ForeignKey("organisation.id"), primary_key=True),
    Column("hr_address", String(320)),
    Column("gendering", String(20)),
    Column("rhythm", String(20)),
    Column("hour", Integer),
    Column("hourly_cap", Integer),
    Column("retention_days", Integer),
    Column("summary", Boolean),
    Column("summary_due_at", Instant),
    Column("counted_from", Instant),
    Column("counted", Integer, nullable=False, server_default="0"),
    one_of("gendering", GENDERINGS),
    one_of("rhythm", RHYTHMS),
    CheckConstraint("hour BETWEEN 0 AND 23", name="hour"),
    CheckConstraint("hourly_cap >= 0", name="hourly_cap"),
    CheckConstraint("retention_days >= 0", name="retention_days"),
    CheckConstraint("counted >= 0", name="counted"),
)
index_where("summary_due_at IS NOT NULL", "ix_correspondence_due", correspondence.c.summary_due_at)

# Who runs courses, and where their mails go; the key is what an intake's `provider` names.
provider = Table(
    "provider",
    metadata,
    Column("key", String(200), primary_key=True),
    Column("title", String(500), nullable=False),
    Column("address", String(320), nullable=False),
    Column("locale", String(5), nullable=False, server_default="de"),
)
