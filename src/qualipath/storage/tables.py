"""The tables, with every constraint named; what the database can forbid, it forbids."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from qualipath.definition.prerequisites import Kind
from qualipath.definition.spec import AVAILABLE, Role
from qualipath.domain.correspondence import GENDERINGS, RHYTHMS
from qualipath.storage.columns import (
    Instant,
    exactly_one,
    identity,
    index_where,
    one_of,
    refers,
)

STATUSES = ("pending", "bundled", "held", "sent", "cancelled", "dead")
"""What a notice can be."""

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

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

# An intake's instants are its own, copied from the calendar when it was planned; `due_at` is the
# next one at which the scheduler has something to do, if any.
intake = Table(
    "intake",
    metadata,
    identity(),
    Column("path", String(64), nullable=False),
    Column("tier", String(64), nullable=False),
    Column("term", String(64)),
    Column("provider", String(200)),
    Column("timezone", String(64), nullable=False),
    Column("seats", Integer, nullable=False),
    Column("minimum", Integer, nullable=False),
    Column("seed", Integer, nullable=False),
    Column("opens_at", Instant, nullable=False),
    Column("closes_at", Instant, nullable=False),
    Column("allocates_at", Instant, nullable=False),
    Column("quotas_lapse_at", Instant),
    Column("starts_at", Instant, nullable=False),
    Column("list_closes_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("starts_on", Date, nullable=False),
    Column("ends_on", Date, nullable=False),
    Column("lectures_from", Date),
    Column("lectures_until", Date),
    Column("state", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("undersized", Boolean, nullable=False),
    Column("pooled", Boolean, nullable=False),
    Column("list_closed", Boolean, nullable=False),
    Column("due_at", Instant),
    CheckConstraint("opens_at < closes_at", name="window"),
    CheckConstraint("closes_at <= allocates_at AND allocates_at <= starts_at", name="allocation"),
    CheckConstraint("starts_at <= list_closes_at AND starts_at < ends_at", name="instants"),
    CheckConstraint("starts_on <= ends_on", name="dates"),
    CheckConstraint("lectures_from <= lectures_until", name="lectures"),
    CheckConstraint("seats >= 0 AND minimum >= 0", name="seats"),
    CheckConstraint("version >= 1", name="version"),
    Index(None, "path", "tier", "starts_on"),
)
index_where(
    "term IS NOT NULL",
    "uq_intake_one_a_term",
    intake.c.path,
    intake.c.tier,
    intake.c.term,
    unique=True,
)
index_where("due_at IS NOT NULL", "ix_intake_due", intake.c.due_at)

# Until when the scheduler has planned a path's terms: the instant at which it plans the next one.
planning = Table(
    "planning",
    metadata,
    Column("path", String(64), primary_key=True),
    Column("due_at", Instant),
)
index_where("due_at IS NOT NULL", "ix_planning_due", planning.c.due_at)

# Who did what in the last tick, one row for each host that runs a scheduler.
tick = Table(
    "tick",
    metadata,
    Column("host", String(200), primary_key=True),
    Column("at", Instant, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("finished_at", Instant, nullable=False),
    Column("effects", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("error", String(2000)),
)

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

command = Table(
    "command",
    metadata,
    Column("key", String(200), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("result", Text),
    Column("recorded_at", Instant, nullable=False),
)
