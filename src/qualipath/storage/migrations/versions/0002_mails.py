"""The outbox, the mails that were sent, and how organisations and providers are written to."""

import sqlalchemy as sa
from alembic import op

from qualipath.storage.making import (
    check,
    exactly_one,
    identity,
    index_where,
    instants,
    references,
)

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables of mails; the way back is a backup."""
    _make_outbox()
    _make_correspondence()


def _make_outbox() -> None:
    op.create_table(
        "notice",
        *identity("notice"),
        sa.Column("enrolment_id", sa.Integer()),
        sa.Column("intake_id", sa.Integer()),
        sa.Column("employee_id", sa.Integer()),
        sa.Column("organisation_id", sa.Integer()),
        sa.Column("version", sa.Integer()),
        sa.Column("notice", sa.String(length=64), nullable=False),
        sa.Column("recipient", sa.String(length=20), nullable=False),
        sa.Column("context", sa.Text()),
        sa.Column("status", sa.String(length=20), server_default="pending", nullable=False),
        *instants("raised_at", "due_at"),
        sa.Column("bundle_id", sa.Integer()),
        sa.Column("released", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("leased_by", sa.String(length=64)),
        sa.Column("leased_until", sa.DateTime(timezone=True)),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True)),
        sa.Column("message_id", sa.String(length=200)),
        sa.Column("error", sa.String(length=2000)),
        check(
            "notice",
            "status",
            "status IN ('pending', 'bundled', 'held', 'sent', 'cancelled', 'dead')",
        ),
        check("notice", "lease", "(leased_by IS NULL) = (leased_until IS NULL)"),
        check("notice", "bundle", "status <> 'bundled' OR bundle_id IS NOT NULL"),
        check("notice", "attempts", "attempts >= 0 AND (attempts = 0) = (tried_at IS NULL)"),
        exactly_one("notice", "enrolment_id", "intake_id", "employee_id", "organisation_id"),
        *references(
            "notice",
            employee_id="employee",
            enrolment_id="enrolment",
            intake_id="intake",
            organisation_id="organisation",
            bundle_id="notice",
        ),
    )
    op.create_index("ix_notice_enrolment_id", "notice", ["enrolment_id"])
    for column in ("bundle_id", "message_id"):
        index_where(f"{column} IS NOT NULL", f"ix_notice_{column}", "notice", [column])
    index_where("status = 'pending'", "ix_notice_due", "notice", ["due_at", "id"])
    index_where("status = 'held'", "ix_notice_held", "notice", ["id"])
    index_where("status = 'dead'", "ix_notice_dead", "notice", ["id"])
    index_where(
        "status = 'pending' AND recipient = 'digest' AND message_id IS NULL",
        "uq_notice_one_digest",
        "notice",
        ["employee_id", "notice"],
        unique=True,
    )


def _make_correspondence() -> None:
    op.create_table(
        "message",
        sa.Column("message_id", sa.String(length=200), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("subject", sa.String(length=1000), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        *instants("sent_at"),
        sa.Column("body", sa.LargeBinary()),
        sa.Column("purge_at", sa.DateTime(timezone=True)),
        *references("message", organisation_id="organisation"),
        sa.PrimaryKeyConstraint("message_id", name="pk_message"),
    )
    op.create_index("ix_message_organisation_id_sent_at", "message", ["organisation_id", "sent_at"])
    index_where("body IS NOT NULL", "ix_message_purge", "message", ["purge_at"])
    op.create_table(
        "correspondence",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("hr_address", sa.String(length=320)),
        sa.Column("gendering", sa.String(length=20)),
        sa.Column("rhythm", sa.String(length=20)),
        sa.Column("hour", sa.Integer()),
        sa.Column("hourly_cap", sa.Integer()),
        sa.Column("retention_days", sa.Integer()),
        sa.Column("summary", sa.Boolean()),
        sa.Column("summary_due_at", sa.DateTime(timezone=True)),
        sa.Column("counted_from", sa.DateTime(timezone=True)),
        sa.Column("counted", sa.Integer(), server_default="0", nullable=False),
        check("correspondence", "gendering", "gendering IN ('neutral', 'colon', 'star', 'pair')"),
        check("correspondence", "rhythm", "rhythm IN ('at_once', 'daily', 'weekly')"),
        check("correspondence", "hour", "hour BETWEEN 0 AND 23"),
        check("correspondence", "hourly_cap", "hourly_cap >= 0"),
        check("correspondence", "retention_days", "retention_days >= 0"),
        check("correspondence", "counted", "counted >= 0"),
        *references("correspondence", organisation_id="organisation"),
        sa.PrimaryKeyConstraint("organisation_id", name="pk_correspondence"),
    )
    index_where(
        "summary_due_at IS NOT NULL",
        "ix_correspondence_due",
        "correspondence",
        ["summary_due_at"],
    )
    op.create_table(
        "provider",
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("locale", sa.String(length=5), server_default="de", nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_provider"),
    )
