"""The first schema."""

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

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make all tables, and keep `history` from being changed; the way back is a backup."""
    _make_people()
    _make_intakes()
    _make_attempts()
    _make_records()
    _make_history_append_only()


def _make_people() -> None:
    op.create_table(
        "organisation",
        *identity("organisation"),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("parent_id", sa.Integer()),
        check("organisation", "not_its_own_parent", "parent_id <> id"),
        *references("organisation", parent_id="organisation"),
        sa.UniqueConstraint("key", name="uq_organisation_key"),
    )
    op.create_table(
        "organisation_reach",
        sa.Column("above_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        *references("organisation_reach", above_id="organisation", organisation_id="organisation"),
        sa.PrimaryKeyConstraint("above_id", "organisation_id", name="pk_organisation_reach"),
    )
    op.create_index(
        "ix_organisation_reach_organisation_id", "organisation_reach", ["organisation_id"]
    )
    op.create_table(
        "employee",
        *identity("employee"),
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
        check(
            "employee",
            "absence",
            "(absent_from IS NULL) = (absent_until IS NULL) AND absent_from <= absent_until",
        ),
        check("employee", "not_their_own_deputy", "deputy_id <> id"),
        check("employee", "not_their_own_supervisor", "supervisor_id <> id"),
        *references(
            "employee",
            deputy_id="employee",
            organisation_id="organisation",
            supervisor_id="employee",
        ),
        sa.UniqueConstraint("organisation_id", "number", name="uq_employee_organisation_id_number"),
    )
    for column in ("number", "supervisor_id", "deputy_id"):
        op.create_index(f"ix_employee_{column}", "employee", [column])
    op.create_table(
        "attribute",
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("text", sa.String(length=500)),
        sa.Column("number", sa.Integer()),
        sa.Column("day", sa.Date()),
        exactly_one("attribute", "text", "number", "day"),
        *references("attribute", employee_id="employee"),
        sa.PrimaryKeyConstraint("employee_id", "key", name="pk_attribute"),
    )


def _make_intakes() -> None:
    op.create_table(
        "path_version",
        *identity("path_version"),
        sa.Column("path", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.String(length=200), nullable=False),
        check("path_version", "version", "version >= 1"),
        sa.UniqueConstraint("path", "version", name="uq_path_version_path_version"),
    )
    op.create_table(
        "intake",
        *identity("intake"),
        sa.Column("path", sa.String(length=64), nullable=False),
        sa.Column("tier", sa.String(length=64), nullable=False),
        sa.Column("term", sa.String(length=64)),
        sa.Column("provider", sa.String(length=200)),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("minimum", sa.Integer(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        *instants("opens_at", "closes_at", "allocates_at"),
        sa.Column("quotas_lapse_at", sa.DateTime(timezone=True)),
        *instants("starts_at", "list_closes_at", "ends_at"),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("lectures_from", sa.Date()),
        sa.Column("lectures_until", sa.Date()),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("undersized", sa.Boolean(), nullable=False),
        sa.Column("pooled", sa.Boolean(), nullable=False),
        sa.Column("list_closed", sa.Boolean(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True)),
        check("intake", "window", "opens_at < closes_at"),
        check("intake", "allocation", "closes_at <= allocates_at AND allocates_at <= starts_at"),
        check("intake", "instants", "starts_at <= list_closes_at AND starts_at < ends_at"),
        check("intake", "dates", "starts_on <= ends_on"),
        check("intake", "lectures", "lectures_from <= lectures_until"),
        check("intake", "seats", "seats >= 0 AND minimum >= 0"),
        check("intake", "version", "version >= 1"),
    )
    op.create_index("ix_intake_path_tier_starts_on", "intake", ["path", "tier", "starts_on"])
    index_where(
        "term IS NOT NULL", "uq_intake_one_a_term", "intake", ["path", "tier", "term"], unique=True
    )
    index_where("due_at IS NOT NULL", "ix_intake_due", "intake", ["due_at"])
    op.create_table(
        "planning",
        sa.Column("path", sa.String(length=64), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("path", name="pk_planning"),
    )
    index_where("due_at IS NOT NULL", "ix_planning_due", "planning", ["due_at"])
    op.create_table(
        "tick",
        sa.Column("host", sa.String(length=200), nullable=False),
        *instants("at", "started_at", "finished_at"),
        sa.Column("effects", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=2000)),
        sa.PrimaryKeyConstraint("host", name="pk_tick"),
    )


def _make_attempts() -> None:
    op.create_table(
        "enrolment",
        *identity("enrolment"),
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
        sa.Column("applied_at", sa.DateTime(timezone=True)),
        sa.Column("place", sa.Integer()),
        check("enrolment", "state", "state <> 'available'"),
        check("enrolment", "attempt", "attempt >= 1"),
        check("enrolment", "closed_holds_no_seat", "is_open OR NOT holds_seat"),
        check("enrolment", "closed_is_not_paused", "is_open OR paused_at IS NULL"),
        check("enrolment", "place", "place >= 1 AND (place IS NULL OR is_open)"),
        check("enrolment", "version", "version >= 1"),
        *references(
            "enrolment",
            employee_id="employee",
            intake_id="intake",
            organisation_id="organisation",
            path_version_id="path_version",
        ),
        sa.UniqueConstraint(
            "employee_id",
            "path",
            "tier",
            "attempt",
            name="uq_enrolment_employee_id_path_tier_attempt",
        ),
    )
    op.create_index("ix_enrolment_intake_id_state", "enrolment", ["intake_id", "state"])
    op.create_index("ix_enrolment_path_tier_state", "enrolment", ["path", "tier", "state"])
    index_where(
        "place IS NOT NULL",
        "uq_enrolment_one_a_place",
        "enrolment",
        ["intake_id", "place"],
        unique=True,
    )
    index_where("holds_seat", "ix_enrolment_seat", "enrolment", ["intake_id", "organisation_id"])
    index_where(
        "is_open",
        "uq_enrolment_one_open",
        "enrolment",
        ["employee_id", "path", "tier"],
        unique=True,
    )
    op.create_table(
        "credential",
        *identity("credential"),
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
        check(
            "credential",
            "kind",
            "kind IN ('completion', 'degree', 'certificate', 'recognition', 'nomination')",
        ),
        check("credential", "grade_on_a_scale", "(grade IS NULL) = (scale IS NULL)"),
        exactly_one("credential", "awarded_on", "running_until"),
        check("credential", "validity", "awarded_on <= valid_until"),
        check("credential", "credits", "credits >= 0"),
        *references("credential", employee_id="employee", enrolment_id="enrolment"),
    )
    op.create_index("ix_credential_employee_id_key", "credential", ["employee_id", "key"])
    op.create_index("ix_credential_enrolment_id", "credential", ["enrolment_id"])
    index_where(
        "revoked_at IS NULL",
        "uq_credential_one_an_enrolment",
        "credential",
        ["enrolment_id", "kind"],
        unique=True,
    )
    op.create_table(
        "deadline",
        *identity("deadline"),
        sa.Column("enrolment_id", sa.Integer()),
        sa.Column("intake_id", sa.Integer()),
        sa.Column("credential_id", sa.Integer()),
        sa.Column("state", sa.String(length=64)),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("trigger", sa.String(length=64)),
        sa.Column("notice", sa.String(length=64)),
        sa.Column("recipient", sa.String(length=20)),
        sa.Column("from_start", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("done", sa.Boolean()),
        check("deadline", "ended", "(ended_at IS NULL) = (done IS NULL)"),
        check("deadline", "recipient", "(notice IS NULL) = (recipient IS NULL)"),
        check("deadline", "does_something", "trigger IS NOT NULL OR notice IS NOT NULL"),
        exactly_one("deadline", "enrolment_id", "intake_id", "credential_id"),
        *references(
            "deadline", enrolment_id="enrolment", intake_id="intake", credential_id="credential"
        ),
    )
    index_where("ended_at IS NULL", "ix_deadline_due", "deadline", ["due_at"])
    for column in ("enrolment_id", "intake_id", "credential_id"):
        op.create_index(f"ix_deadline_{column}", "deadline", [column])


def _make_records() -> None:
    op.create_table(
        "history",
        *identity("history"),
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
        *instants("effective_at", "recorded_at"),
        check(
            "history",
            "actor_role",
            "actor_role IN ('hr', 'supervisor', 'employee', 'provider', 'schedule')",
        ),
        exactly_one("history", "enrolment_id", "intake_id", "employee_id"),
        *references(
            "history",
            employee_id="employee",
            enrolment_id="enrolment",
            intake_id="intake",
            path_version_id="path_version",
        ),
        sa.UniqueConstraint("enrolment_id", "version", name="uq_history_enrolment_id_version"),
        sa.UniqueConstraint("intake_id", "version", name="uq_history_intake_id_version"),
    )
    op.create_index("ix_history_employee_id", "history", ["employee_id"])
    op.create_table(
        "ranking",
        sa.Column("intake_id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        check("ranking", "outcome", "outcome IN ('seat', 'waiting', 'refused')"),
        check("ranking", "rank", "rank >= 1"),
        *references("ranking", intake_id="intake", enrolment_id="enrolment"),
        sa.PrimaryKeyConstraint("intake_id", "enrolment_id", name="pk_ranking"),
        sa.UniqueConstraint("intake_id", "rank", name="uq_ranking_intake_id_rank"),
    )
    op.create_index("ix_ranking_enrolment_id", "ranking", ["enrolment_id"])
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
