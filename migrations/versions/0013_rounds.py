"""Rounds of setting quotas: surveys, reminders, commitments and transfers.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TENANT_CONDITION = "tenant_id = nullif(current_setting('app.tenant_id', true), '')::integer"

# A commitment is to a number that was given: a version that was published, with the unit's line.
# Looked at after the row is in, so that the walls have answered first.
CHECK_COMMITMENT = """
CREATE FUNCTION check_commitment() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM distribution d
        JOIN quota_line l ON l.tenant_id = d.tenant_id AND l.distribution_id = d.id
        WHERE d.tenant_id = NEW.tenant_id AND d.id = NEW.distribution_id
          AND d.source = 'assigned' AND d.state <> 'draft'
          AND l.unit_id = NEW.unit_id AND l.segment_id IS NULL
    ) THEN
        RAISE EXCEPTION 'nothing published gives this unit a quota'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'commitment_is_to_a_quota';
    END IF;
    RETURN NULL;
END
$$
"""

# What both sides have agreed on stands; only how far it has come changes, and an end is an end.
KEEP_TRANSFER = """
CREATE FUNCTION keep_quota_transfer() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
DECLARE
    allowed quota_transfer := OLD;
BEGIN
    allowed.state := NEW.state;
    allowed.below_attained_because := NEW.below_attained_because;
    allowed.declined_because := NEW.declined_because;
    allowed.distribution_id := NEW.distribution_id;
    IF OLD.state IN ('done', 'declined') OR allowed IS DISTINCT FROM NEW THEN
        RAISE EXCEPTION 'a transfer keeps what was agreed'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'quota_transfer_is_kept';
    END IF;
    RETURN NEW;
END
$$
"""

TABLES = ("quota_round", "survey", "round_reminder", "commitment", "quota_transfer")


def upgrade() -> None:
    op.add_column(
        "setting",
        sa.Column("transfers_need_approval", sa.Boolean(), server_default="true", nullable=False),
    )
    op.create_table(
        "quota_round",
        *_identity(),
        sa.Column("issuer_id", sa.BigInteger(), nullable=False),
        sa.Column("measure_id", sa.BigInteger(), nullable=False),
        sa.Column("period", postgresql.DATERANGE(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("survey_due_on", sa.Date(), nullable=False),
        sa.Column("registration_due_on", sa.Date(), nullable=False),
        sa.Column("commitment_due_on", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint("NOT isempty(period)", name=op.f("ck_quota_round_period_is_not_empty")),
        sa.CheckConstraint(
            "survey_due_on <= registration_due_on AND registration_due_on <= commitment_due_on",
            name=op.f("ck_quota_round_due_in_order"),
        ),
        _reference("quota_round", "issuer_id", "unit"),
        _reference("quota_round", "measure_id", "measure"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_quota_round")),
        sa.UniqueConstraint(
            "tenant_id", "issuer_id", "measure_id", "period", name="uq_quota_round_board"
        ),
    )
    op.create_table(
        "survey",
        *_identity(),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("sources", sa.Integer(), nullable=False),
        sa.Column("surveyed_on", sa.Date(), nullable=False),
        sa.CheckConstraint("sources >= 0", name=op.f("ck_survey_sources_are_not_negative")),
        _reference("survey", "round_id", "quota_round"),
        _reference("survey", "unit_id", "unit"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_survey")),
        sa.UniqueConstraint(
            "tenant_id", "round_id", "unit_id", name=op.f("uq_survey_tenant_id_round_id_unit_id")
        ),
    )
    op.create_table(
        "round_reminder",
        *_identity(),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("reminded_on", sa.Date(), nullable=False),
        sa.Column(
            "reminded_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.func.now(),
            nullable=False,
        ),
        _reference("round_reminder", "round_id", "quota_round"),
        _reference("round_reminder", "unit_id", "unit"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_round_reminder")),
    )
    op.create_table(
        "commitment",
        *_identity(),
        sa.Column("distribution_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("signatory", sa.Text(), nullable=False),
        sa.Column("signatory_title", sa.Text(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        _reference("commitment", "distribution_id", "distribution"),
        _reference("commitment", "unit_id", "unit"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_commitment")),
        sa.UniqueConstraint(
            "tenant_id", "distribution_id", "unit_id", name="uq_commitment_of_version"
        ),
    )
    op.create_table(
        "quota_transfer",
        *_identity(),
        sa.Column("issuer_id", sa.BigInteger(), nullable=False),
        sa.Column("measure_id", sa.BigInteger(), nullable=False),
        sa.Column("period", postgresql.DATERANGE(), nullable=False),
        sa.Column("giver_id", sa.BigInteger(), nullable=False),
        sa.Column("taker_id", sa.BigInteger(), nullable=False),
        sa.Column("proposer_id", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("document_no", sa.Text(), nullable=False),
        sa.Column("below_attained_because", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), server_default="proposed", nullable=False),
        sa.Column("proposed_on", sa.Date(), nullable=False),
        sa.Column("declined_because", sa.Text(), nullable=True),
        sa.Column("distribution_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("count > 0", name=op.f("ck_quota_transfer_count_is_positive")),
        sa.CheckConstraint("giver_id <> taker_id", name=op.f("ck_quota_transfer_between_two")),
        sa.CheckConstraint(
            "proposer_id IN (giver_id, taker_id)", name=op.f("ck_quota_transfer_proposed_by_a_side")
        ),
        sa.CheckConstraint(
            "state IN ('proposed', 'agreed', 'done', 'declined')",
            name=op.f("ck_quota_transfer_state_is_known"),
        ),
        sa.CheckConstraint(
            "(state = 'done') = (distribution_id IS NOT NULL)",
            name=op.f("ck_quota_transfer_done_by_a_version"),
        ),
        sa.CheckConstraint(
            "(state = 'declined') = (declined_because IS NOT NULL)",
            name=op.f("ck_quota_transfer_declined_with_a_reason"),
        ),
        sa.CheckConstraint(
            "NOT isempty(period)", name=op.f("ck_quota_transfer_period_is_not_empty")
        ),
        _reference("quota_transfer", "issuer_id", "unit"),
        _reference("quota_transfer", "measure_id", "measure"),
        _reference("quota_transfer", "giver_id", "unit"),
        _reference("quota_transfer", "taker_id", "unit"),
        _reference("quota_transfer", "distribution_id", "distribution"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_quota_transfer")),
    )
    for table, columns in {
        "survey": ("unit_id",),
        "commitment": ("unit_id",),
    }.items():
        _index(table, *columns)
    _index("round_reminder", "round_id", "unit_id")
    _index("round_reminder", "unit_id")
    for column in ("issuer_id", "giver_id", "taker_id"):
        _index("quota_transfer", column)
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY everyone ON {table} USING (true) WITH CHECK (true)")
        op.execute(
            f"CREATE POLICY tenant ON {table} AS RESTRICTIVE"
            f" USING ({TENANT_CONDITION}) WITH CHECK ({TENANT_CONDITION})"
        )
    op.execute(CHECK_COMMITMENT)
    op.execute(
        "CREATE TRIGGER check_commitment AFTER INSERT OR UPDATE ON commitment"
        " FOR EACH ROW EXECUTE FUNCTION check_commitment()"
    )
    op.execute(KEEP_TRANSFER)
    op.execute(
        "CREATE TRIGGER keep_quota_transfer BEFORE UPDATE ON quota_transfer"
        " FOR EACH ROW EXECUTE FUNCTION keep_quota_transfer()"
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    op.execute("DROP FUNCTION keep_quota_transfer()")
    op.execute("DROP FUNCTION check_commitment()")
    op.drop_column("setting", "transfers_need_approval")


def _identity() -> tuple[sa.Column, sa.Column]:
    return (
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
    )


def _reference(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column],
        [f"{target}.tenant_id", f"{target}.id"],
        name=op.f(f"fk_{table}_tenant_id_{column}_{target}"),
    )


def _index(table: str, *columns: str) -> None:
    name = "_".join(("ix", table, "tenant_id", *columns))
    op.create_index(op.f(name), table, ["tenant_id", *columns])
