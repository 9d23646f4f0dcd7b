"""Erasing, merging and large exports may need a second person, who is never who asked.

Revision ID: 0030
Revises: 0029
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

TENANT_CONDITION = "tenant_id = nullif(current_setting('app.tenant_id', true), '')::integer"
SUBTREE_CONDITION = (
    "path IS NULL OR (path >= nullif(current_setting('app.scope_from', true), '')"
    " AND path < nullif(current_setting('app.scope_to', true), ''))"
)

# A request begins as one and is answered once. It never says anything else than what was asked;
# only its place follows the person whom it concerns.
KEEP_ACT = """
CREATE FUNCTION keep_countersigned_act() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
DECLARE
    allowed countersigned_act;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state = 'waiting' THEN
            RETURN NEW;
        END IF;
    ELSE
        allowed := OLD;
        allowed.path := NEW.path;
        IF OLD.state = 'waiting' THEN
            allowed.state := NEW.state;
            allowed.answerer_id := NEW.answerer_id;
            allowed.answerer_name := NEW.answerer_name;
            allowed.answered_for_id := NEW.answered_for_id;
            allowed.answered_at := NEW.answered_at;
            allowed.refused_because := NEW.refused_because;
        END IF;
        IF allowed IS NOT DISTINCT FROM NEW THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'a request is asked first, answered once and never changed'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'countersigned_act_is_kept';
END
$$
"""


def upgrade() -> None:
    for name in ("two_for_erasure", "two_for_merging"):
        op.add_column(
            "setting", sa.Column(name, sa.Boolean(), server_default="false", nullable=False)
        )
    op.add_column("setting", sa.Column("two_for_export_rows", sa.Integer(), nullable=True))
    op.execute(
        "-- squawk-ignore constraint-missing-not-valid\n"
        "ALTER TABLE setting ADD CONSTRAINT ck_setting_export_rows_are_some"
        " CHECK (two_for_export_rows > 0)"
    )
    _create_act()
    op.execute(KEEP_ACT)
    op.execute(
        "CREATE TRIGGER kept BEFORE INSERT OR UPDATE ON countersigned_act"
        " FOR EACH ROW EXECUTE FUNCTION keep_countersigned_act()"
    )
    op.execute("ALTER TABLE countersigned_act ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE countersigned_act FORCE ROW LEVEL SECURITY")
    op.execute("CREATE POLICY everyone ON countersigned_act USING (true) WITH CHECK (true)")
    for name, condition in (("tenant", TENANT_CONDITION), ("subtree", SUBTREE_CONDITION)):
        op.execute(
            f"CREATE POLICY {name} ON countersigned_act AS RESTRICTIVE"
            f" USING ({condition}) WITH CHECK ({condition})"
        )


def downgrade() -> None:
    op.drop_table("countersigned_act")
    op.execute("DROP FUNCTION keep_countersigned_act()")
    op.drop_constraint("ck_setting_export_rows_are_some", "setting")
    for name in ("two_for_export_rows", "two_for_merging", "two_for_erasure"):
        op.drop_column("setting", name)


def _create_act() -> None:
    op.create_table(
        "countersigned_act",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(collation="C"), nullable=True),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("about", postgresql.JSONB(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("requester_id", sa.BigInteger(), nullable=False),
        sa.Column("requester_name", sa.Text(), nullable=False),
        sa.Column("requested_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("expires_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("answerer_id", sa.BigInteger(), nullable=True),
        sa.Column("answerer_name", sa.Text(), nullable=True),
        sa.Column("answered_for_id", sa.BigInteger(), nullable=True),
        sa.Column("answered_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("refused_because", sa.Text(), nullable=True),
        *_checks(
            kind_is_known="kind IN ('erasure', 'export', 'merging', 'relaxation')",
            state_is_known="state IN ('waiting', 'approved', 'refused', 'withdrawn', 'expired')",
            erasure_names_a_person="(kind = 'erasure') = (person_id IS NOT NULL)",
            people_have_a_place="(kind IN ('erasure', 'export')) = (path IS NOT NULL)",
            nobody_answers_their_own="answerer_id <> requester_id",
            nor_through_who_stands_in="answered_for_id <> requester_id",
            answered_by_somebody=("(state IN ('approved', 'refused')) = (answerer_id IS NOT NULL)"),
            answered_at_an_instant=(
                "(state IN ('approved', 'refused')) = (answered_at IS NOT NULL)"
            ),
            answered_in_time="answered_at <= expires_at",
            waits_a_week="expires_at <= requested_at + interval '7 days'",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "person_id", "path"],
            ["person.tenant_id", "person.id", "person.path"],
            name="fk_countersigned_act_person_path_person",
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "requester_id"],
            ["user_account.tenant_id", "user_account.id"],
            name=op.f("fk_countersigned_act_tenant_id_requester_id_user_account"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "answerer_id"],
            ["user_account.tenant_id", "user_account.id"],
            name=op.f("fk_countersigned_act_tenant_id_answerer_id_user_account"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_countersigned_act")),
    )
    for column in ("person_id", "requester_id"):
        op.create_index(
            op.f(f"ix_countersigned_act_tenant_id_{column}"),
            "countersigned_act",
            ["tenant_id", column],
        )
    op.create_index(
        "ix_countersigned_act_waiting",
        "countersigned_act",
        ["tenant_id", "expires_at"],
        postgresql_where=sa.text("state = 'waiting'"),
    )


def _checks(**conditions: str) -> list[sa.CheckConstraint]:
    return [
        sa.CheckConstraint(condition, name=op.f(f"ck_countersigned_act_{name}"))
        for name, condition in conditions.items()
    ]
