"""The first schema."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def _exactly_one(table: str, *columns: str) -> sa.CheckConstraint:
    counted = " + ".join(f"CASE WHEN {column} IS NULL THEN 0 ELSE 1 END" for column in columns)
    name = op.f(f"ck_{table}_exactly_one_" + "_".join(columns))
    return sa.CheckConstraint(f"{counted} = 1", name=name)


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def upgrade() -> None:
    """Make all tables, and keep `history` from being changed; the way back is a backup."""
    _make_people()
    _make_attempts()
    _make_records()
    _make_history_append_only()


def _make_people() -> None:
    op.create_table(
        "organisation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("parent_id", sa.Integer()),
        sa.CheckConstraint("parent_id <> id", name=op.f("ck_organisation_not_its_own_parent")),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["organisation.id"], name="fk_organisation_parent_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_organisation"),
        sa.UniqueConstraint("key", name="uq_organisation_key"),
    )
    op.create_table(
        "organisation_reach",
        sa.Column("above_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["above_id"], ["organisation.id"], name="fk_organisation_reach_above_id"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name="fk_organisation_reach_organisation_id"
        ),
        sa.PrimaryKeyConstraint("above_id", "organisation_id", name="pk_organisation_reach"),
    )
    op.create_index(
        "ix_organisation_reach_organisation_id", "organisation_reach", ["organisation_id"]
    )
    op.create_table(
        "employee",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("given_name", sa.String(length=200), nullable=False),
        sa.Column("family_name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=320)),
        sa.Column("locale", sa.String(length=5), server_default="de", nullable=False),
        sa.Column("supervisor_id", sa.Integer()),
        sa.Column("deputy_id", sa.Integer()),
        sa.Column("absent_from", sa.Date()),
        sa.Column("absent_until", sa.Date()),
        sa.Column("hired_on", sa.Date()),
        sa.Column("experience_since", sa.Date()),
        sa.CheckConstraint(
            "(absent_from IS NULL) = (absent_until IS NULL) AND absent_from <= absent_until",
            name=op.f("ck_employee_absence"),
        ),
        sa.CheckConstraint("deputy_id <> id", name=op.f("ck_employee_not_their_own_deputy")),
        sa.CheckConstraint(
            "supervisor_id <> id", name=op.f("ck_employee_not_their_own_supervisor")
        ),
        sa.ForeignKeyConstraint(["deputy_id"], ["employee.id"], name="fk_employee_deputy_id"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name="fk_employee_organisation_id"
        ),
        sa.ForeignKeyConstraint(
            ["supervisor_id"], ["employee.id"], name="fk_employee_supervisor_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_employee"),
        sa.UniqueConstraint("organisation_id", "number", name="uq_employee_organisation_id_number"),
    )
    op.create_index("ix_employee_deputy_id", "employee", ["deputy_id"])
    op.create_index("ix_employee_number", "employee", ["number"])
    op.create_index("ix_employee_supervisor_id", "employee", ["supervisor_id"])
    op.create_table(
        "attribute",
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("text", sa.String(length=500)),
        sa.Column("number", sa.Integer()),
        sa.Column("day", sa.Date()),
        _exactly_one("attribute", "text", "number", "day"),
        sa.ForeignKeyConstraint(["employee_id"], ["employee.id"], name="fk_attribute_employee_id"),
        sa.PrimaryKeyConstraint("employee_id", "key", name="pk_attribute"),
    )


def _make_attempts() -> None:
    op.create_table(
        "path_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("path", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.String(length=200), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_path_version_version")),
        sa.PrimaryKeyConstraint("id", name="pk_path_version"),
        sa.UniqueConstraint("path", "version", name="uq_path_version_path_version"),
    )
    op.create_table(
        "intake",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("path", sa.String(length=64), nullable=False),
        sa.Column("tier", sa.String(length=64), nullable=False),
        sa.Column("provider", sa.String(length=200)),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_intake_dates")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_intake_version")),
        sa.PrimaryKeyConstraint("id", name="pk_intake"),
    )
    op.create_table(
        "enrolment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("path_version_id", sa.Integer(), nullable=False),
        sa.Column("intake_id", sa.Integer()),
        sa.Column("path", sa.String(length=64), nullable=False),
        sa.Column("tier", sa.String(length=64), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("holds_seat", sa.Boolean(), nullable=False),
        sa.Column("counts", sa.Boolean(), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True)),
        sa.Column("grade", sa.Integer()),
        sa.CheckConstraint("state <> 'available'", name=op.f("ck_enrolment_state")),
        sa.CheckConstraint("attempt >= 1", name=op.f("ck_enrolment_attempt")),
        sa.CheckConstraint(
            "is_open OR NOT holds_seat", name=op.f("ck_enrolment_closed_holds_no_seat")
        ),
        sa.CheckConstraint(
            "is_open OR paused_at IS NULL", name=op.f("ck_enrolment_closed_is_not_paused")
        ),
        sa.CheckConstraint("version >= 1", name=op.f("ck_enrolment_version")),
        sa.ForeignKeyConstraint(["employee_id"], ["employee.id"], name="fk_enrolment_employee_id"),
        sa.ForeignKeyConstraint(["intake_id"], ["intake.id"], name="fk_enrolment_intake_id"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name="fk_enrolment_organisation_id"
        ),
        sa.ForeignKeyConstraint(
            ["path_version_id"], ["path_version.id"], name="fk_enrolment_path_version_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_enrolment"),
        sa.UniqueConstraint(
            "employee_id",
            "path",
            "tier",
            "attempt",
            name="uq_enrolment_employee_id_path_tier_attempt",
        ),
    )
    op.create_index("ix_enrolment_intake_id", "enrolment", ["intake_id"])
    op.create_index("ix_enrolment_path_tier_state", "enrolment", ["path", "tier", "state"])
    op.create_index(
        "uq_enrolment_one_open",
        "enrolment",
        ["employee_id", "path", "tier"],
        unique=True,
        **_where("is_open"),
    )
    op.create_table(
        "credential",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer()),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("grade", sa.Integer()),
        sa.Column("scale", sa.String(length=64)),
        sa.Column("credits", sa.Integer(), server_default="0", nullable=False),
        sa.Column("awarded_on", sa.Date()),
        sa.Column("running_until", sa.Date()),
        sa.Column("valid_until", sa.Date()),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.Column("basis", sa.String(length=500)),
        sa.Column("evidence", sa.String(length=2000)),
        sa.CheckConstraint(
            "kind IN ('completion', 'degree', 'certificate', 'recognition', 'nomination')",
            name=op.f("ck_credential_kind"),
        ),
        sa.CheckConstraint(
            "(grade IS NULL) = (scale IS NULL)", name=op.f("ck_credential_grade_on_a_scale")
        ),
        _exactly_one("credential", "awarded_on", "running_until"),
        sa.CheckConstraint("awarded_on <= valid_until", name=op.f("ck_credential_validity")),
        sa.CheckConstraint("credits >= 0", name=op.f("ck_credential_credits")),
        sa.ForeignKeyConstraint(["employee_id"], ["employee.id"], name="fk_credential_employee_id"),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name="fk_credential_enrolment_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_credential"),
    )
    op.create_index("ix_credential_employee_id_key", "credential", ["employee_id", "key"])
    op.create_index("ix_credential_enrolment_id", "credential", ["enrolment_id"])
    op.create_index(
        "uq_credential_one_an_enrolment",
        "credential",
        ["enrolment_id", "kind"],
        unique=True,
        **_where("revoked_at IS NULL"),
    )
    op.create_table(
        "deadline",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("trigger", sa.String(length=64)),
        sa.Column("notice", sa.String(length=64)),
        sa.Column("recipient", sa.String(length=20)),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("done", sa.Boolean()),
        sa.CheckConstraint("(ended_at IS NULL) = (done IS NULL)", name=op.f("ck_deadline_ended")),
        sa.CheckConstraint(
            "(notice IS NULL) = (recipient IS NULL)", name=op.f("ck_deadline_recipient")
        ),
        sa.CheckConstraint(
            "trigger IS NOT NULL OR notice IS NOT NULL", name=op.f("ck_deadline_does_something")
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name="fk_deadline_enrolment_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_deadline"),
    )
    op.create_index("ix_deadline_due", "deadline", ["due_at"], **_where("ended_at IS NULL"))
    op.create_index("ix_deadline_enrolment_id", "deadline", ["enrolment_id"])


def _make_records() -> None:
    op.create_table(
        "history",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer()),
        sa.Column("intake_id", sa.Integer()),
        sa.Column("employee_id", sa.Integer()),
        sa.Column("path_version_id", sa.Integer()),
        sa.Column("version", sa.Integer()),
        sa.Column("trigger", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=64)),
        sa.Column("target", sa.String(length=64)),
        sa.Column("actor_role", sa.String(length=20), nullable=False),
        sa.Column("actor_id", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.String(length=2000)),
        sa.Column("details", sa.Text()),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "actor_role IN ('hr', 'supervisor', 'employee', 'provider', 'schedule')",
            name=op.f("ck_history_actor_role"),
        ),
        _exactly_one("history", "enrolment_id", "intake_id", "employee_id"),
        sa.ForeignKeyConstraint(["employee_id"], ["employee.id"], name="fk_history_employee_id"),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolment.id"], name="fk_history_enrolment_id"),
        sa.ForeignKeyConstraint(["intake_id"], ["intake.id"], name="fk_history_intake_id"),
        sa.ForeignKeyConstraint(
            ["path_version_id"], ["path_version.id"], name="fk_history_path_version_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_history"),
        sa.UniqueConstraint("enrolment_id", "version", name="uq_history_enrolment_id_version"),
        sa.UniqueConstraint("intake_id", "version", name="uq_history_intake_id_version"),
    )
    op.create_index("ix_history_employee_id", "history", ["employee_id"])
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer()),
        sa.Column("intake_id", sa.Integer()),
        sa.Column("employee_id", sa.Integer()),
        sa.Column("version", sa.Integer()),
        sa.Column("notice", sa.String(length=64), nullable=False),
        sa.Column("recipient", sa.String(length=20), nullable=False),
        sa.Column("context", sa.Text()),
        sa.Column("status", sa.String(length=20), server_default="pending", nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status IN ('pending', 'sent', 'cancelled', 'dead')", name=op.f("ck_notice_status")
        ),
        _exactly_one("notice", "enrolment_id", "intake_id", "employee_id"),
        sa.ForeignKeyConstraint(["employee_id"], ["employee.id"], name="fk_notice_employee_id"),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolment.id"], name="fk_notice_enrolment_id"),
        sa.ForeignKeyConstraint(["intake_id"], ["intake.id"], name="fk_notice_intake_id"),
        sa.PrimaryKeyConstraint("id", name="pk_notice"),
    )
    op.create_index("ix_notice_enrolment_id", "notice", ["enrolment_id"])
    op.create_table(
        "command",
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("result", sa.Text()),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_command"),
    )


def _make_history_append_only() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for event in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER history_refuses_{event.lower()} BEFORE {event} ON history "
                "BEGIN SELECT RAISE(ABORT, 'history is append-only'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION history_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE restrict_violation USING MESSAGE = 'history is append-only'; END $$"
    )
    op.execute(
        "CREATE TRIGGER history_refuses_changes BEFORE UPDATE OR DELETE OR TRUNCATE ON history "
        "FOR EACH STATEMENT EXECUTE FUNCTION history_is_append_only()"
    )
