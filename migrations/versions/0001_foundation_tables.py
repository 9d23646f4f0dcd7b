"""Tables of the foundation.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:  # noqa: PLR0915 one statement for each table
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    op.create_table(
        "audit_entry",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "occurred_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("acting_unit_id", sa.BigInteger(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=True),
        sa.Column("path", sa.Text(collation="C"), nullable=True),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("after", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "actor_kind IN ('user', 'operator', 'command', 'job')",
            name=op.f("ck_audit_entry_actor_kind_is_known"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_audit_entry")),
    )
    op.create_index(
        op.f("ix_audit_entry_tenant_id_subject_kind_subject_id"),
        "audit_entry",
        ["tenant_id", "subject_kind", "subject_id"],
        unique=False,
    )
    op.create_table(
        "day_count",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("measure_id", sa.BigInteger(), nullable=False),
        sa.Column("cell_id", sa.BigInteger(), nullable=False),
        sa.Column("counted_on", sa.Date(), nullable=False),
        sa.Column("then_path", sa.Text(collation="C"), nullable=False),
        sa.Column("now_path", sa.Text(collation="C"), nullable=False),
        sa.Column("segments", postgresql.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column(
            "month",
            sa.Date(),
            sa.Computed("date_trunc('month', counted_on::timestamp)::date", persisted=True),
            nullable=False,
        ),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "tenant_id",
            "measure_id",
            "cell_id",
            "counted_on",
            "then_path",
            "now_path",
            "segments",
            name=op.f("pk_day_count"),
        ),
    )
    op.create_index(
        "ix_day_count_empty",
        "day_count",
        ["tenant_id"],
        unique=False,
        postgresql_where=sa.text("total = 0"),
    )
    op.create_index(
        "ix_day_count_now",
        "day_count",
        ["tenant_id", "measure_id", "month", "now_path"],
        unique=False,
    )
    op.create_index(
        "ix_day_count_then",
        "day_count",
        ["tenant_id", "measure_id", "month", "then_path"],
        unique=False,
    )
    op.create_table(
        "delta",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("cell_id", sa.BigInteger(), nullable=False),
        sa.Column("measure_id", sa.BigInteger(), nullable=False),
        sa.Column("counted_on", sa.Date(), nullable=False),
        sa.Column("then_path", sa.Text(collation="C"), nullable=False),
        sa.Column("now_path", sa.Text(collation="C"), nullable=False),
        sa.Column("segments", postgresql.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_delta")),
    )
    op.create_table(
        "login_name",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=True),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("operator_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "name = lower(name) AND name <> ''", name=op.f("ck_login_name_name_is_lower_case")
        ),
        sa.CheckConstraint(
            "(tenant_id IS NULL) = (user_id IS NULL) AND (user_id IS NULL) <> (operator_id IS NULL)",
            name=op.f("ck_login_name_is_of_one_account"),
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_login_name")),
    )
    op.create_table(
        "operator",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("login_name", sa.Text(), nullable=False),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("is_disabled", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("locale", sa.Text(), server_default="vi", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator")),
        sa.UniqueConstraint("login_name", name=op.f("uq_operator_login_name")),
    )
    op.create_table(
        "rollup_status",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("folded_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("verified_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("verified_figures", sa.BigInteger(), nullable=True),
        sa.Column("mismatches", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_rollup_status")),
    )
    op.create_table(
        "submission",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("client_key", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column(
            "created_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_submission")),
        sa.UniqueConstraint(
            "tenant_id",
            "user_id",
            "client_key",
            name=op.f("uq_submission_tenant_id_user_id_client_key"),
        ),
    )
    op.create_table(
        "summary",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("measure_id", sa.BigInteger(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=False),
        sa.Column("tree", sa.SmallInteger(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("segments", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.PrimaryKeyConstraint(
            "tenant_id",
            "unit_id",
            "measure_id",
            "month",
            "parent_id",
            "tree",
            name=op.f("pk_summary"),
        ),
    )
    op.create_index(
        "ix_summary_children",
        "summary",
        ["tenant_id", "parent_id", "measure_id", "month"],
        unique=False,
        postgresql_include=["unit_id", "tree", "total"],
    )
    op.create_table(
        "tenant",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("is_demonstration", sa.Boolean(), server_default="false", nullable=False),
        sa.Column(
            "created_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("code ~ '^[A-Z][A-Z0-9]{1,19}$'", name=op.f("ck_tenant_code_is_plain")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenant")),
        sa.UniqueConstraint("code", name=op.f("uq_tenant_code")),
        sa.UniqueConstraint("id", "is_demonstration", name=op.f("uq_tenant_id_is_demonstration")),
    )
    op.create_table(
        "level",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name_vi", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_level_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_level")),
        sa.UniqueConstraint("tenant_id", "code", name=op.f("uq_level_tenant_id_code")),
    )
    op.create_table(
        "measure",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name_vi", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("counted_step", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_measure_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_measure")),
        sa.UniqueConstraint("tenant_id", "code", name=op.f("uq_measure_tenant_id_code")),
    )
    op.create_table(
        "operator_session",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column(
            "created_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "seen_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("expires_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operator.id"], name=op.f("fk_operator_session_operator_id_operator")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_operator_session_token_hash")),
    )
    op.create_index(
        op.f("ix_operator_session_operator_id"), "operator_session", ["operator_id"], unique=False
    )
    op.create_table(
        "segment",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name_vi", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("slot", sa.SmallInteger(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("attribute", sa.Text(), nullable=True),
        sa.Column("any_of", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("none_of", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("age_from", sa.SmallInteger(), nullable=True),
        sa.Column("age_to", sa.SmallInteger(), nullable=True),
        sa.Column("is_residential", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("is_sensitive", sa.Boolean(), server_default="false", nullable=False),
        sa.CheckConstraint(
            "(origin = 'attribute') = (attribute IS NOT NULL)",
            name=op.f("ck_segment_attribute_has_its_origin"),
        ),
        sa.CheckConstraint(
            "attribute IN ('sex', 'ethnicity', 'religion', 'education', 'qualification', 'age')",
            name=op.f("ck_segment_attribute_is_known"),
        ),
        sa.CheckConstraint(
            "origin IN ('attribute', 'stated', 'introducer')",
            name=op.f("ck_segment_origin_is_known"),
        ),
        sa.CheckConstraint("slot BETWEEN 1 AND 200", name=op.f("ck_segment_slot_is_small")),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_segment_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_segment")),
        sa.UniqueConstraint(
            "tenant_id", "code", "origin", name=op.f("uq_segment_tenant_id_code_origin")
        ),
        sa.UniqueConstraint("tenant_id", "slot", name=op.f("uq_segment_tenant_id_slot")),
    )
    op.create_table(
        "setting",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("rating_source", sa.Text(), server_default="assigned", nullable=False),
        sa.Column("is_demonstration", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("clock_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "rating_source IN ('assigned', 'own', 'registered', 'term_share')",
            name=op.f("ck_setting_rating_source_is_known"),
        ),
        sa.CheckConstraint(
            "clock_on IS NULL OR is_demonstration",
            name=op.f("ck_setting_only_demonstrations_have_a_clock"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "is_demonstration"],
            ["tenant.id", "tenant.is_demonstration"],
            name=op.f("fk_setting_tenant_id_is_demonstration_tenant"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_setting")),
    )
    op.create_table(
        "tree_state",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column(
            "computed_on", sa.Date(), server_default=sa.text("'-infinity'::date"), nullable=False
        ),
        sa.Column("changes_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_tree_state_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_tree_state")),
    )
    op.create_table(
        "kind",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name_vi", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("is_cell", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("is_residential", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("default_for_level_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "is_cell OR NOT is_residential", name=op.f("ck_kind_only_cells_are_residential")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "default_for_level_id"],
            ["level.tenant_id", "level.id"],
            name=op.f("fk_kind_tenant_id_default_for_level_id_level"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_kind")),
        sa.UniqueConstraint("tenant_id", "code", name=op.f("uq_kind_tenant_id_code")),
        sa.UniqueConstraint(
            "tenant_id", "default_for_level_id", name=op.f("uq_kind_tenant_id_default_for_level_id")
        ),
    )
    op.create_table(
        "unit",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sort_key", sa.Text(collation="C"), nullable=False),
        sa.Column("search_key", sa.Text(collation="C"), nullable=False),
        sa.Column("level_id", sa.BigInteger(), nullable=False),
        sa.Column("kind_id", sa.BigInteger(), nullable=False),
        sa.Column("path", sa.Text(collation="C"), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "kind_id"],
            ["kind.tenant_id", "kind.id"],
            name=op.f("fk_unit_tenant_id_kind_id_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "level_id"],
            ["level.tenant_id", "level.id"],
            name=op.f("fk_unit_tenant_id_level_id_level"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_unit")),
        sa.UniqueConstraint("tenant_id", "code", name=op.f("uq_unit_tenant_id_code")),
        sa.UniqueConstraint("tenant_id", "id", "path", name=op.f("uq_unit_tenant_id_id_path")),
    )
    op.create_index(op.f("ix_unit_tenant_id_path"), "unit", ["tenant_id", "path"], unique=False)
    op.create_index(
        op.f("ix_unit_tenant_id_search_key"), "unit", ["tenant_id", "search_key"], unique=False
    )
    op.create_table(
        "designation",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("level_id", sa.BigInteger(), nullable=False),
        sa.Column("kind_id", sa.BigInteger(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("tenant_id"), "="),
            (sa.column("unit_id"), "="),
            (sa.column("valid"), "&&"),
            using="gist",
            name="ex_designation_one_name",
        ),
        sa.CheckConstraint("NOT isempty(valid)", name=op.f("ck_designation_valid_is_not_empty")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "kind_id"],
            ["kind.tenant_id", "kind.id"],
            name=op.f("fk_designation_tenant_id_kind_id_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "level_id"],
            ["level.tenant_id", "level.id"],
            name=op.f("fk_designation_tenant_id_level_id_level"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"],
            ["unit.tenant_id", "unit.id"],
            name=op.f("fk_designation_tenant_id_unit_id_unit"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_designation")),
    )
    op.create_table(
        "distribution",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("issuer_id", sa.BigInteger(), nullable=True),
        sa.Column("measure_id", sa.BigInteger(), nullable=False),
        sa.Column("period", postgresql.DATERANGE(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), server_default="draft", nullable=False),
        sa.Column("assigned", sa.Integer(), nullable=True),
        sa.Column("reserve", sa.Integer(), server_default="0", nullable=False),
        sa.Column("reserve_reason", sa.Text(), nullable=True),
        sa.Column("decision_no", sa.Text(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("published_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("row_version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "source = 'assigned' OR issuer_id IS NOT NULL",
            name=op.f("ck_distribution_own_has_an_issuer"),
        ),
        sa.CheckConstraint(
            "source IN ('assigned', 'own')", name=op.f("ck_distribution_source_is_known")
        ),
        sa.CheckConstraint(
            "state = 'draft' OR (published_at IS NOT NULL AND decided_on IS NOT NULL AND decision_no IS NOT NULL)",
            name=op.f("ck_distribution_published_has_a_decision"),
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'published', 'superseded')",
            name=op.f("ck_distribution_state_is_known"),
        ),
        sa.CheckConstraint("NOT isempty(period)", name=op.f("ck_distribution_period_is_not_empty")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "issuer_id"],
            ["unit.tenant_id", "unit.id"],
            name=op.f("fk_distribution_tenant_id_issuer_id_unit"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "measure_id"],
            ["measure.tenant_id", "measure.id"],
            name=op.f("fk_distribution_tenant_id_measure_id_measure"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_distribution")),
        sa.UniqueConstraint(
            "tenant_id",
            "source",
            "issuer_id",
            "measure_id",
            "period",
            "version",
            name="uq_distribution_version",
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(
        "uq_distribution_one_draft",
        "distribution",
        ["tenant_id", "source", "issuer_id", "measure_id", "period"],
        unique=True,
        postgresql_where=sa.text("state = 'draft'"),
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "member_count",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("counted_on", sa.Date(), nullable=False),
        sa.Column("members", sa.Integer(), nullable=False),
        sa.CheckConstraint("members >= 0", name=op.f("ck_member_count_members_is_not_negative")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"],
            ["unit.tenant_id", "unit.id"],
            name=op.f("fk_member_count_tenant_id_unit_id_unit"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_member_count")),
        sa.UniqueConstraint(
            "tenant_id",
            "unit_id",
            "counted_on",
            name=op.f("uq_member_count_tenant_id_unit_id_counted_on"),
        ),
    )
    op.create_table(
        "person",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person_code", sa.Text(), nullable=True),
        sa.Column("cell_id", sa.BigInteger(), nullable=False),
        sa.Column("full_name", sa.Text(collation="C"), nullable=False),
        sa.Column("sort_key", sa.Text(collation="C"), nullable=False),
        sa.Column("search_key", sa.Text(collation="C"), nullable=False),
        sa.Column("date_of_birth", sa.Date(), nullable=False),
        sa.Column("sex", sa.Text(), nullable=False),
        sa.Column("ethnicity", sa.Text(), nullable=True),
        sa.Column("religion", sa.Text(), nullable=True),
        sa.Column("education", sa.Text(), nullable=True),
        sa.Column("qualification", sa.Text(), nullable=True),
        sa.Column("occupation", sa.Text(), nullable=True),
        sa.Column(
            "stated_segments",
            postgresql.ARRAY(sa.SmallInteger()),
            server_default=sa.text("'{}'::smallint[]"),
            nullable=False,
        ),
        sa.Column("path", sa.Text(collation="C"), nullable=False),
        sa.CheckConstraint("sex IN ('female', 'male')", name=op.f("ck_person_sex_is_known")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "cell_id", "path"],
            ["unit.tenant_id", "unit.id", "unit.path"],
            name="fk_person_cell_path_unit",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_person")),
        sa.UniqueConstraint("tenant_id", "id", "path", name=op.f("uq_person_tenant_id_id_path")),
        sa.UniqueConstraint(
            "tenant_id", "person_code", name=op.f("uq_person_tenant_id_person_code")
        ),
    )
    op.create_index(
        op.f("ix_person_tenant_id_cell_id_full_name_date_of_birth"),
        "person",
        ["tenant_id", "cell_id", "full_name", "date_of_birth"],
        unique=False,
    )
    op.create_index(op.f("ix_person_tenant_id_path"), "person", ["tenant_id", "path"], unique=False)
    op.create_index(
        op.f("ix_person_tenant_id_search_key"), "person", ["tenant_id", "search_key"], unique=False
    )
    op.create_table(
        "placement",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("tenant_id"), "="),
            (sa.column("unit_id"), "="),
            (sa.column("valid"), "&&"),
            using="gist",
            name="ex_placement_one_parent",
        ),
        sa.CheckConstraint("NOT isempty(valid)", name=op.f("ck_placement_valid_is_not_empty")),
        sa.CheckConstraint(
            "parent_id <> unit_id", name=op.f("ck_placement_parent_is_another_unit")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "parent_id"],
            ["unit.tenant_id", "unit.id"],
            name=op.f("fk_placement_tenant_id_parent_id_unit"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"],
            ["unit.tenant_id", "unit.id"],
            name=op.f("fk_placement_tenant_id_unit_id_unit"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_placement")),
    )
    op.create_index(
        op.f("ix_placement_tenant_id_parent_id"),
        "placement",
        ["tenant_id", "parent_id"],
        unique=False,
    )
    op.create_table(
        "position",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("path", sa.Text(collation="C"), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("tenant_id"), "="),
            (sa.column("unit_id"), "="),
            (sa.column("valid"), "&&"),
            using="gist",
            name="ex_position_one_path",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"],
            ["unit.tenant_id", "unit.id"],
            name=op.f("fk_position_tenant_id_unit_id_unit"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_position")),
    )
    op.create_index(
        op.f("ix_position_tenant_id_path"), "position", ["tenant_id", "path"], unique=False
    )
    op.create_index(
        op.f("ix_position_tenant_id_unit_id"), "position", ["tenant_id", "unit_id"], unique=False
    )
    op.create_table(
        "user_account",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("login_name", sa.Text(), nullable=False),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("is_disabled", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("locale", sa.Text(), server_default="vi", nullable=False),
        sa.Column(
            "created_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("locale IN ('vi', 'en')", name=op.f("ck_user_account_locale_is_known")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"],
            ["unit.tenant_id", "unit.id"],
            name=op.f("fk_user_account_tenant_id_unit_id_unit"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_user_account")),
        sa.UniqueConstraint(
            "tenant_id", "login_name", name=op.f("uq_user_account_tenant_id_login_name")
        ),
    )
    op.create_table(
        "case_file",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("is_current", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("path", sa.Text(collation="C"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "person_id", "path"],
            ["person.tenant_id", "person.id", "person.path"],
            name="fk_case_file_person_path_person",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_case_file")),
        sa.UniqueConstraint("tenant_id", "id", "path", name=op.f("uq_case_file_tenant_id_id_path")),
    )
    op.create_index(
        "uq_case_file_one_current",
        "case_file",
        ["tenant_id", "person_id"],
        unique=True,
        postgresql_where=sa.text("is_current"),
    )
    op.create_table(
        "quota_line",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("distribution_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("segment_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.Text(), server_default="count", nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("upper_count", sa.Integer(), nullable=True),
        sa.Column("percent", sa.Numeric(precision=7, scale=3), nullable=True),
        sa.Column("base", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(kind = 'percent') = (percent IS NOT NULL) AND (percent IS NULL) = (base IS NULL) AND percent >= 0",
            name=op.f("ck_quota_line_percent_has_a_base"),
        ),
        sa.CheckConstraint(
            "(kind = 'range') = (upper_count IS NOT NULL) AND upper_count >= count",
            name=op.f("ck_quota_line_range_has_an_upper_end"),
        ),
        sa.CheckConstraint(
            "base IN ('year_start', 'year_end_before', 'term_start', 'current')",
            name=op.f("ck_quota_line_base_is_known"),
        ),
        sa.CheckConstraint(
            "kind IN ('count', 'minimum', 'range', 'percent')",
            name=op.f("ck_quota_line_kind_is_known"),
        ),
        sa.CheckConstraint("count >= 0", name=op.f("ck_quota_line_count_is_not_negative")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "distribution_id"],
            ["distribution.tenant_id", "distribution.id"],
            name=op.f("fk_quota_line_tenant_id_distribution_id_distribution"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "segment_id"],
            ["segment.tenant_id", "segment.id"],
            name=op.f("fk_quota_line_tenant_id_segment_id_segment"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"],
            ["unit.tenant_id", "unit.id"],
            name=op.f("fk_quota_line_tenant_id_unit_id_unit"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_quota_line")),
        sa.UniqueConstraint(
            "tenant_id",
            "distribution_id",
            "unit_id",
            "segment_id",
            name="uq_quota_line_box",
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(
        op.f("ix_quota_line_tenant_id_unit_id"),
        "quota_line",
        ["tenant_id", "unit_id"],
        unique=False,
    )
    op.create_table(
        "role_grant",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column(
            "valid",
            postgresql.DATERANGE(),
            server_default=sa.text("'(,)'::daterange"),
            nullable=False,
        ),
        postgresql.ExcludeConstraint(
            (sa.column("tenant_id"), "="),
            (sa.column("user_id"), "="),
            (sa.column("unit_id"), "="),
            (sa.column("role"), "="),
            (sa.column("valid"), "&&"),
            using="gist",
            name="ex_role_grant_once",
        ),
        sa.CheckConstraint(
            "role IN ('committee', 'monitor', 'clerk', 'cell_secretary', 'reader', 'tenant_administrator')",
            name=op.f("ck_role_grant_role_is_known"),
        ),
        sa.CheckConstraint("NOT isempty(valid)", name=op.f("ck_role_grant_valid_is_not_empty")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"],
            ["unit.tenant_id", "unit.id"],
            name=op.f("fk_role_grant_tenant_id_unit_id_unit"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["user_account.tenant_id", "user_account.id"],
            name=op.f("fk_role_grant_tenant_id_user_id_user_account"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_role_grant")),
    )
    op.create_index(
        op.f("ix_role_grant_tenant_id_user_id"),
        "role_grant",
        ["tenant_id", "user_id"],
        unique=False,
    )
    op.create_table(
        "user_session",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("acting_unit_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "created_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "seen_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("expires_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["user_account.tenant_id", "user_account.id"],
            name=op.f("fk_user_session_tenant_id_user_id_user_account"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_user_session")),
        sa.UniqueConstraint(
            "tenant_id", "token_hash", name=op.f("uq_user_session_tenant_id_token_hash")
        ),
    )
    op.create_index(
        op.f("ix_user_session_tenant_id_user_id"),
        "user_session",
        ["tenant_id", "user_id"],
        unique=False,
    )
    op.create_table(
        "step",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("cell_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("taken_on", sa.Date(), nullable=False),
        sa.Column("document_no", sa.Text(), nullable=True),
        sa.Column(
            "segments",
            postgresql.ARRAY(sa.SmallInteger()),
            server_default=sa.text("'{}'::smallint[]"),
            nullable=False,
        ),
        sa.Column(
            "recorded_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("path", sa.Text(collation="C"), nullable=False),
        sa.CheckConstraint(
            "kind IN ('listed', 'sympathiser', 'mentor', 'certificate', 'application', 'verification', 'introduction', 'comments', 'cell_resolution', 'section_appraisal', 'committee_resolution', 'decision', 'decision_received', 'ceremony', 'new_member_class', 'recognition', 'removal', 'withdrawn', 'moved_away', 'taken_off', 'refused')",
            name=op.f("ck_step_kind_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id", "path"],
            ["case_file.tenant_id", "case_file.id", "case_file.path"],
            name="fk_step_case_path_case_file",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "cell_id"],
            ["unit.tenant_id", "unit.id"],
            name=op.f("fk_step_tenant_id_cell_id_unit"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_step")),
        sa.UniqueConstraint(
            "tenant_id", "case_id", "kind", name=op.f("uq_step_tenant_id_case_id_kind")
        ),
    )
    op.create_index(
        op.f("ix_step_tenant_id_cell_id_kind_taken_on"),
        "step",
        ["tenant_id", "cell_id", "kind", "taken_on"],
        unique=False,
    )
    op.create_index(
        op.f("ix_step_tenant_id_kind_taken_on"),
        "step",
        ["tenant_id", "kind", "taken_on"],
        unique=False,
    )
    op.create_index(op.f("ix_step_tenant_id_path"), "step", ["tenant_id", "path"], unique=False)


def downgrade() -> None:  # noqa: PLR0915
    op.drop_index(op.f("ix_step_tenant_id_path"), table_name="step")
    op.drop_index(op.f("ix_step_tenant_id_kind_taken_on"), table_name="step")
    op.drop_index(op.f("ix_step_tenant_id_cell_id_kind_taken_on"), table_name="step")
    op.drop_table("step")
    op.drop_index(op.f("ix_user_session_tenant_id_user_id"), table_name="user_session")
    op.drop_table("user_session")
    op.drop_index(op.f("ix_role_grant_tenant_id_user_id"), table_name="role_grant")
    op.drop_table("role_grant")
    op.drop_index(op.f("ix_quota_line_tenant_id_unit_id"), table_name="quota_line")
    op.drop_table("quota_line")
    op.drop_index(
        "uq_case_file_one_current",
        table_name="case_file",
        postgresql_where=sa.text("is_current"),
    )
    op.drop_table("case_file")
    op.drop_table("user_account")
    op.drop_index(op.f("ix_position_tenant_id_unit_id"), table_name="position")
    op.drop_index(op.f("ix_position_tenant_id_path"), table_name="position")
    op.drop_table("position")
    op.drop_index(op.f("ix_placement_tenant_id_parent_id"), table_name="placement")
    op.drop_table("placement")
    op.drop_index(op.f("ix_person_tenant_id_search_key"), table_name="person")
    op.drop_index(op.f("ix_person_tenant_id_path"), table_name="person")
    op.drop_index(op.f("ix_person_tenant_id_cell_id_full_name_date_of_birth"), table_name="person")
    op.drop_table("person")
    op.drop_table("member_count")
    op.drop_index(
        "uq_distribution_one_draft",
        table_name="distribution",
        postgresql_where=sa.text("state = 'draft'"),
        postgresql_nulls_not_distinct=True,
    )
    op.drop_table("distribution")
    op.drop_table("designation")
    op.drop_index(op.f("ix_unit_tenant_id_search_key"), table_name="unit")
    op.drop_index(op.f("ix_unit_tenant_id_path"), table_name="unit")
    op.drop_table("unit")
    op.drop_table("kind")
    op.drop_table("tree_state")
    op.drop_table("setting")
    op.drop_table("segment")
    op.drop_index(op.f("ix_operator_session_operator_id"), table_name="operator_session")
    op.drop_table("operator_session")
    op.drop_table("measure")
    op.drop_table("level")
    op.drop_table("tenant")
    op.drop_index(
        "ix_summary_children", table_name="summary", postgresql_include=["unit_id", "tree", "total"]
    )
    op.drop_table("summary")
    op.drop_table("submission")
    op.drop_table("rollup_status")
    op.drop_table("operator")
    op.drop_table("login_name")
    op.drop_table("delta")
    op.drop_index("ix_day_count_then", table_name="day_count")
    op.drop_index("ix_day_count_now", table_name="day_count")
    op.drop_index(
        "ix_day_count_empty", table_name="day_count", postgresql_where=sa.text("total = 0")
    )
    op.drop_table("day_count")
    op.drop_index(
        op.f("ix_audit_entry_tenant_id_subject_kind_subject_id"), table_name="audit_entry"
    )
    op.drop_table("audit_entry")
