"""Reminders and commendations, who has read them, the rules behind them, and their mail.

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

TENANT_CONDITION = "tenant_id = nullif(current_setting('app.tenant_id', true), '')::integer"
TABLES = ("reminder", "reminder_reading", "reminder_rule", "unit_mailbox", "outgoing_mail")


def upgrade() -> None:
    _create_reminder()
    _create_reminder_reading()
    _create_reminder_rule()
    _create_mail()
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY everyone ON {table} USING (true) WITH CHECK (true)")
        op.execute(
            f"CREATE POLICY tenant ON {table} AS RESTRICTIVE"
            f" USING ({TENANT_CONDITION}) WITH CHECK ({TENANT_CONDITION})"
        )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _create_reminder() -> None:
    op.create_table(
        "reminder",
        *_identity(),
        sa.Column("sender_id", sa.BigInteger(), nullable=False),
        sa.Column("sender_name", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("once", sa.Text(), nullable=True),
        sa.Column("measure_id", sa.BigInteger(), nullable=False),
        sa.Column("period", postgresql.DATERANGE(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("sent_on", sa.Date(), nullable=False),
        _instant("sent_at"),
        sa.Column("counted", sa.Integer(), nullable=True),
        sa.Column("quota", sa.Integer(), nullable=True),
        sa.Column("pace", sa.Integer(), nullable=True),
        sa.Column("last_entry_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('reminder', 'commendation', 'digest')",
            name=op.f("ck_reminder_kind_is_known"),
        ),
        sa.CheckConstraint(
            "origin IN ('hand', 'round', 'silent', 'behind', 'quarter_end', 'week')",
            name=op.f("ck_reminder_origin_is_known"),
        ),
        sa.CheckConstraint("NOT isempty(period)", name=op.f("ck_reminder_period_is_not_empty")),
        _reference("reminder", "sender_id", "unit"),
        _reference("reminder", "unit_id", "unit"),
        _reference("reminder", "measure_id", "measure"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_reminder")),
        sa.UniqueConstraint("tenant_id", "unit_id", "measure_id", "once", name="uq_reminder_once"),
    )
    for side in ("unit_id", "sender_id"):
        name = op.f(f"ix_reminder_tenant_id_{side}_sent_at")
        op.create_index(name, "reminder", ["tenant_id", side, "sent_at"])


def _create_reminder_reading() -> None:
    op.create_table(
        "reminder_reading",
        *_identity(),
        sa.Column("reminder_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("reader_name", sa.Text(), nullable=False),
        _instant("read_at"),
        _reference("reminder_reading", "reminder_id", "reminder"),
        _reference("reminder_reading", "user_id", "user_account"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_reminder_reading")),
        sa.UniqueConstraint(
            "tenant_id", "reminder_id", "user_id", name="uq_reminder_reading_of_user"
        ),
    )


def _create_reminder_rule() -> None:
    op.create_table(
        "reminder_rule",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("silent_days", sa.SmallInteger(), nullable=True),
        sa.Column("behind_points", sa.SmallInteger(), nullable=True),
        sa.Column("quarter_days", sa.SmallInteger(), nullable=True),
        sa.Column("sends_digest", sa.Boolean(), server_default="false", nullable=False),
        sa.CheckConstraint(
            "silent_days > 0", name=op.f("ck_reminder_rule_silent_days_are_positive")
        ),
        sa.CheckConstraint(
            "behind_points BETWEEN 1 AND 100",
            name=op.f("ck_reminder_rule_behind_points_are_a_share"),
        ),
        sa.CheckConstraint(
            "quarter_days BETWEEN 1 AND 60", name=op.f("ck_reminder_rule_quarter_days_are_inside")
        ),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_reminder_rule")),
    )


def _create_mail() -> None:
    op.create_table(
        "unit_mailbox",
        *_identity(),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "address ~ '^[^@[:space:]]+@[^@[:space:]]+$'",
            name=op.f("ck_unit_mailbox_address_has_a_host"),
        ),
        _reference("unit_mailbox", "unit_id", "unit"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_unit_mailbox")),
        sa.UniqueConstraint("tenant_id", "unit_id", name=op.f("uq_unit_mailbox_tenant_id_unit_id")),
    )
    op.create_table(
        "outgoing_mail",
        *_identity(),
        sa.Column("reminder_id", sa.BigInteger(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column(
            "next_try_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=True,
        ),
        sa.Column("sent_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_outgoing_mail_attempts_are_counted")),
        _reference("outgoing_mail", "reminder_id", "reminder"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_outgoing_mail")),
        sa.UniqueConstraint(
            "tenant_id", "reminder_id", name=op.f("uq_outgoing_mail_tenant_id_reminder_id")
        ),
    )


def _identity() -> tuple[sa.Column, sa.Column]:
    return (
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
    )


def _instant(name: str) -> sa.Column:
    return sa.Column(
        name,
        postgresql.TIMESTAMP(timezone=True),
        server_default=sa.text("now()"),
        nullable=False,
    )


def _reference(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column],
        [f"{target}.tenant_id", f"{target}.id"],
        name=op.f(f"fk_{table}_tenant_id_{column}_{target}"),
    )
