"""Link the trail by hashes, and let what it says of an erased person be forgotten.

Revision ID: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

TENANT_CONDITION = "tenant_id = nullif(current_setting('app.tenant_id', true), '')::integer"

# Of an entry nothing may change but that its content is forgotten, once.
REFUSE_ALL_BUT_FORGETTING = """
CREATE FUNCTION refuse_all_but_forgetting() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
    IF NEW.before IS NULL AND NEW.after IS NULL
       AND OLD.redacted_at IS NULL AND NEW.redacted_at IS NOT NULL
       AND to_jsonb(NEW) - ARRAY['before', 'after', 'redacted_at']
         = to_jsonb(OLD) - ARRAY['before', 'after', 'redacted_at']
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% only grows', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = TG_TABLE_NAME || '_only_grows';
END
$$
"""

# The serving role may not update the trail; this is all of it that it may have changed.
FORGET_IN_TRAIL = """
CREATE FUNCTION forget_in_trail(people bigint[]) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    WITH forgotten AS (
        UPDATE audit_entry
        SET before = NULL, after = NULL, redacted_at = clock_timestamp()
        WHERE tenant_id = nullif(current_setting('app.tenant_id', true), '')::integer
          AND subject_kind = 'person' AND subject_id = ANY (people)
          AND redacted_at IS NULL
        RETURNING 1
    )
    SELECT count(*) FROM forgotten
$$
"""


def upgrade() -> None:
    op.add_column(
        "audit_entry", sa.Column("redacted_at", sa.TIMESTAMP(timezone=True), nullable=True)
    )
    op.create_table(
        "audit_batch",
        sa.Column("tenant_id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("number", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("last_entry_id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("seal", sa.LargeBinary(), nullable=False),
        sa.Column(
            "linked_at",
            sa.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_audit_batch_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "number", name=op.f("pk_audit_batch")),
    )
    op.create_table(
        "audit_link",
        sa.Column("tenant_id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("batch_number", sa.BigInteger(), nullable=False),
        sa.Column("content_seal", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "batch_number"],
            ["audit_batch.tenant_id", "audit_batch.number"],
            name=op.f("fk_audit_link_tenant_id_batch_number_audit_batch"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "entry_id", name=op.f("pk_audit_link")),
    )
    for table in ("audit_batch", "audit_link"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY everyone ON {table} USING (true) WITH CHECK (true)")
        op.execute(
            f"CREATE POLICY tenant ON {table} AS RESTRICTIVE"
            f" USING ({TENANT_CONDITION}) WITH CHECK ({TENANT_CONDITION})"
        )
        op.execute(
            f"CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.execute(REFUSE_ALL_BUT_FORGETTING)
    op.execute(FORGET_IN_TRAIL)
    op.execute("REVOKE EXECUTE ON FUNCTION forget_in_trail(bigint[]) FROM PUBLIC")
    op.execute("DROP TRIGGER only_grows ON audit_entry")
    op.execute(
        "CREATE TRIGGER only_grows BEFORE DELETE OR TRUNCATE OR UPDATE OF tenant_id, id, occurred_at,"
        " actor_kind, actor_id, actor_name, acting_unit_id, action, subject_kind, subject_id, path,"
        " request_id ON audit_entry FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER keeps_what_it_says BEFORE UPDATE ON audit_entry"
        " FOR EACH ROW EXECUTE FUNCTION refuse_all_but_forgetting()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER keeps_what_it_says ON audit_entry")
    op.execute("DROP TRIGGER only_grows ON audit_entry")
    op.execute(
        "CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute("DROP FUNCTION forget_in_trail(bigint[])")
    op.execute("DROP FUNCTION refuse_all_but_forgetting()")
    op.drop_table("audit_link")
    op.drop_table("audit_batch")
    op.drop_column("audit_entry", "redacted_at")
