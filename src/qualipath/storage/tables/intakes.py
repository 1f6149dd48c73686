"""Intakes, and what the scheduler keeps of its work."""

from sqlalchemy import Boolean, CheckConstraint, Column, Date, Index, Integer, String, Table

from qualipath.storage.columns import Instant, identity, index_where
from qualipath.storage.tables.metadata import metadata

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
