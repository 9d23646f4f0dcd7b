"""Hold the law as rows, what steps contain, and how far each case is.

Revision ID: 0012
Revises: 0011
"""

import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TENANT_TABLES = (
    "approval",
    "carried_step",
    "nil_report",
    "person_move",
    "recorded_day",
    "recording",
    "rule_set",
    "transfer",
)
PERSONAL_TABLES = ("approval", "carried_step", "person_move", "transfer")

TENANT_CONDITION = "tenant_id = nullif(current_setting('app.tenant_id', true), '')::integer"
SUBTREE_CONDITION = (
    "path >= nullif(current_setting('app.scope_from', true), '')"
    " AND path < nullif(current_setting('app.scope_to', true), '')"
)

OLD_KINDS = (
    "listed",
    "sympathiser",
    "mentor",
    "certificate",
    "application",
    "verification",
    "introduction",
    "comments",
    "cell_resolution",
    "section_appraisal",
    "committee_resolution",
    "decision",
    "decision_received",
    "ceremony",
    "new_member_class",
    "recognition",
    "removal",
    "withdrawn",
    "moved_away",
    "taken_off",
    "refused",
)
KINDS = (
    "listed",
    "sympathiser",
    "mentor",
    "certificate",
    "application",
    "verification",
    "introduction",
    "comments",
    "cell_resolution",
    "section_appraisal",
    "committee_resolution",
    "decision",
    "decision_received",
    "ceremony",
    "new_member_class",
    "recognition_resolution",
    "recognition",
    "removal",
    "withdrawn",
    "moved_away",
    "taken_off",
    "refused",
)
CLOSING = ("recognition", "removal", "withdrawn", "moved_away", "taken_off", "refused")


def _words(values: tuple[str, ...]) -> str:
    """Return the values as SQL writes a list of texts."""
    return ", ".join(f"'{value}'" for value in values)


CLOCKS = ("certificate", "decision", "ceremony", "recognition_resolution", "recognition")

# What the regulations say, as far as they were read by the day of this migration; a new tenant
# gets the same from the program. Each later entry says what is otherwise than in the newest.
NEWEST = {
    "effective_on": "2025-07-01",
    "regulation": "294-QĐ/TW",
    "guidance": "06-HD/TW (09/06/2025), 12-HD/BTCTW (18/01/2022)",
    "youngest_age": 18,
    "oldest_age": 60,
    "lowest_education": "lower_secondary",
    "certificate_months": 60,
    "mentor_months": 12,
    "mentor_remark_months": 3,
    "dossier_months": 12,
    "introducers": 2,
    "introducer_months": 12,
    "vote_numerator": 2,
    "vote_denominator": 3,
    "decision_days": 60,
    "decision_extra_days": 30,
    "ceremony_days": 30,
    "member_file_days": 30,
    "probation_months": 12,
    "recognition_meeting_days": 30,
    "recognition_decision_days": 30,
    "recognition_extra_days": 30,
    "readmission_months": 36,
    "readmissions": 1,
    "deciding_level": "commune",
    "forms": {
        "certificate": "CN-NTVĐ",
        "application": "1-KNĐ, 2-KNĐ",
        "introduction": "3-KNĐ (3A-KNĐ), 4-KNĐ, 4A-KNĐ",
        "comments": "5-KNĐ",
        "cell_resolution": "6-KNĐ",
        "section_appraisal": "7-KNĐ",
        "committee_resolution": "8-KNĐ",
        "decision": "9-KNĐ",
        "recognition_resolution": "10-KNĐ, 11-KNĐ, 12-KNĐ, 13-KNĐ",
        "recognition": "15-KNĐ",
    },
    "only_suggests": ["dossier_months", "mentor_months", "mentor_remark_months"],
    "sources": {
        "youngest_age": "294-QĐ/TW 1.1.1 [A]",
        "oldest_age": "294-QĐ/TW 1.1.1 [A]",
        "lowest_education": "24-QĐ/TW (lawnet 104683) [B]",
        "certificate_months": "06-HD/TW 5.4 [A]",
        "mentor_months": "[C]",
        "mentor_remark_months": "[C]",
        "dossier_months": "[C]",
        "introducers": "294-QĐ/TW 3.2.1 [A]",
        "introducer_months": "294-QĐ/TW 3.2.1 [A]",
        "vote_numerator": "06-HD/TW 3.6 b; 294-QĐ/TW 9.3.2 [A]",
        "vote_denominator": "06-HD/TW 3.6 b; 294-QĐ/TW 9.3.2 [A]",
        "decision_days": "29-QĐ/TW 4.3.1; 232-QĐ/TW [A]",
        "decision_extra_days": "29-QĐ/TW 4.3.1; 232-QĐ/TW [A]",
        "ceremony_days": "294-QĐ/TW 4.1 [A]",
        "member_file_days": "12-HD/BTCTW 2.2 [A]",
        "probation_months": "Điều lệ Đảng, Điều 5.1 [A]",
        "recognition_meeting_days": "294-QĐ/TW 4.2 [A]",
        "recognition_decision_days": "294-QĐ/TW 4.2; 29-QĐ/TW [A]",
        "recognition_extra_days": "294-QĐ/TW 4.2; 29-QĐ/TW [A]",
        "readmission_months": "294-QĐ/TW 3.5.1 [B]",
        "readmissions": "294-QĐ/TW 3.5.1 [B]",
    },
}
OTHERS = [
    {
        "effective_on": "1900-01-01",
        "regulation": "29-QĐ/TW",
        "guidance": None,
        "deciding_level": "district",
        "only_suggests": [
            "ceremony_days",
            "certificate_months",
            "dossier_months",
            "introducer_months",
            "introducers",
            "lowest_education",
            "member_file_days",
            "mentor_months",
            "mentor_remark_months",
            "oldest_age",
            "readmission_months",
            "readmissions",
            "recognition_meeting_days",
            "youngest_age",
        ],
    },
    {
        "effective_on": "2021-07-30",
        "regulation": "24-QĐ/TW",
        "guidance": "01-HD/TW (28/09/2021), 12-HD/BTCTW (18/01/2022)",
        "deciding_level": "district",
    },
    {
        "effective_on": "2025-01-20",
        "regulation": "232-QĐ/TW",
        "guidance": "01-HD/TW (28/09/2021), 12-HD/BTCTW (18/01/2022)",
        "deciding_level": "district",
    },
]

GIVE_RULE_SETS = """
INSERT INTO rule_set (tenant_id, effective_on, regulation, guidance, youngest_age, oldest_age, lowest_education, certificate_months, mentor_months, mentor_remark_months, dossier_months, introducers, introducer_months, vote_numerator, vote_denominator, decision_days, decision_extra_days, ceremony_days, member_file_days, probation_months, recognition_meeting_days, recognition_decision_days, recognition_extra_days, readmission_months, readmissions, deciding_level, forms, only_suggests, sources)
SELECT t.id, r.effective_on, r.regulation, r.guidance, r.youngest_age, r.oldest_age, r.lowest_education, r.certificate_months, r.mentor_months, r.mentor_remark_months, r.dossier_months, r.introducers, r.introducer_months, r.vote_numerator, r.vote_denominator, r.decision_days, r.decision_extra_days, r.ceremony_days, r.member_file_days, r.probation_months, r.recognition_meeting_days, r.recognition_decision_days, r.recognition_extra_days, r.readmission_months, r.readmissions, r.deciding_level, r.forms, r.only_suggests, r.sources
FROM tenant t
CROSS JOIN jsonb_populate_recordset(CAST(NULL AS rule_set), '%s'::jsonb) r
ON CONFLICT DO NOTHING
"""

# How far a case is, and which term of the law runs: the same as `stage` and `running_clock` of
# the program. Steps that another tenant counts say so too.
STAGES = f"""
CREATE FUNCTION stages(tenant integer, cases bigint[])
RETURNS TABLE (case_id bigint, stage text, stage_on date, is_closed boolean, clock text,
               clock_from date)
LANGUAGE sql STABLE SET search_path = pg_catalog, public AS $$
    SELECT f.case_id, f.furthest[2], f.furthest[3]::date, f.is_closed,
           CASE WHEN f.is_closed THEN NULL
                WHEN f.considered_again IS NOT NULL THEN 'recognition'
                WHEN f.ceremony IS NOT NULL THEN 'recognition_resolution'
                WHEN f.decision IS NOT NULL THEN 'ceremony'
                WHEN f.considered IS NOT NULL THEN 'decision'
                WHEN f.certificate IS NOT NULL THEN 'certificate' END,
           CASE WHEN f.is_closed THEN NULL
                ELSE coalesce(f.considered_again, f.ceremony, f.decision, f.considered,
                              f.certificate) END
    FROM (
        SELECT s.case_id,
               max(ARRAY[lpad(array_position(ARRAY[{_words(KINDS)}], s.kind)::text, 2, '0'),
                         s.kind, s.taken_on::text]) AS furthest,
               bool_or(s.kind IN ({_words(CLOSING)})) AS is_closed,
               max(s.taken_on) FILTER (WHERE s.kind = 'recognition_resolution')
                   AS considered_again,
               max(s.taken_on) FILTER (WHERE s.kind = 'ceremony') AS ceremony,
               coalesce(max(s.taken_on) FILTER (WHERE s.kind = 'decision_received'),
                        max(s.taken_on) FILTER (WHERE s.kind = 'decision')) AS decision,
               coalesce(max(s.taken_on) FILTER (WHERE s.kind = 'cell_resolution'),
                        max(s.taken_on) FILTER (WHERE s.kind = 'section_appraisal'),
                        max(s.taken_on) FILTER (WHERE s.kind = 'committee_resolution'))
                   AS considered,
               max(s.taken_on) FILTER (WHERE s.kind = 'certificate') AS certificate
        FROM (SELECT o.case_id, o.kind, o.taken_on FROM step o
              WHERE o.tenant_id = tenant AND o.case_id = ANY (cases)
              UNION ALL
              SELECT c.case_id, c.kind, c.taken_on FROM carried_step c
              WHERE c.tenant_id = tenant AND c.case_id = ANY (cases)) s
        GROUP BY s.case_id
    ) f
$$
"""  # noqa: S608 words of this file alone

# The writer's own rights are enough: whoever writes a step reaches its case.
REFRESH_STAGES = """
CREATE FUNCTION refresh_stages(tenant integer, cases bigint[]) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, public AS $$
    UPDATE case_file c
    SET stage = n.stage, stage_on = n.stage_on, is_closed = coalesce(n.is_closed, false),
        clock = n.clock, clock_from = n.clock_from
    FROM unnest(cases) AS k (case_id)
    LEFT JOIN stages(tenant, cases) n ON n.case_id = k.case_id
    WHERE c.tenant_id = tenant AND c.id = k.case_id
      AND (c.stage, c.stage_on, c.is_closed, c.clock, c.clock_from)
          IS DISTINCT FROM
          (n.stage, n.stage_on, coalesce(n.is_closed, false), n.clock, n.clock_from)
$$
"""

# Where nothing but segments, details or paths change, no stage is looked at.
KEEP_STAGES = """
CREATE FUNCTION keep_stages() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
DECLARE
    touched record;
BEGIN
    IF TG_OP = 'INSERT' THEN
        FOR touched IN SELECT a.tenant_id, array_agg(DISTINCT a.case_id) AS cases
                       FROM added a GROUP BY a.tenant_id LOOP
            PERFORM refresh_stages(touched.tenant_id, touched.cases);
        END LOOP;
    ELSIF TG_OP = 'DELETE' THEN
        FOR touched IN SELECT r.tenant_id, array_agg(DISTINCT r.case_id) AS cases
                       FROM removed r GROUP BY r.tenant_id LOOP
            PERFORM refresh_stages(touched.tenant_id, touched.cases);
        END LOOP;
    ELSE
        FOR touched IN
            SELECT d.tenant_id, array_agg(DISTINCT d.case_id) AS cases
            FROM (SELECT a.tenant_id, a.case_id, a.kind, a.taken_on FROM added a
                  EXCEPT
                  SELECT r.tenant_id, r.case_id, r.kind, r.taken_on FROM removed r) d
            GROUP BY d.tenant_id LOOP
            PERFORM refresh_stages(touched.tenant_id, touched.cases);
        END LOOP;
    END IF;
    RETURN NULL;
END
$$
"""

# What belongs to a case or a person goes where they go, by statements over all that moved.
CARRY_PATHS_OF_CASES = """
CREATE FUNCTION carry_paths_of_cases() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM (SELECT a.tenant_id, a.id, a.path FROM added a
                                EXCEPT SELECT r.tenant_id, r.id, r.path FROM removed r) d) THEN
        RETURN NULL;
    END IF;
    UPDATE approval t SET path = a.path FROM added a
    WHERE t.tenant_id = a.tenant_id AND t.case_id = a.id AND t.path <> a.path;
    UPDATE transfer t SET path = a.path FROM added a
    WHERE t.tenant_id = a.tenant_id AND t.case_id = a.id AND t.path <> a.path;
    UPDATE carried_step t SET path = a.path FROM added a
    WHERE t.tenant_id = a.tenant_id AND t.case_id = a.id AND t.path <> a.path;
    RETURN NULL;
END
$$
"""
CARRY_PATHS_OF_PEOPLE = """
CREATE FUNCTION carry_paths_of_people() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
    UPDATE person_move t SET path = a.path FROM added a
    WHERE t.tenant_id = a.tenant_id AND t.person_id = a.id AND t.path <> a.path;
    RETURN NULL;
END
$$
"""

# Tenants stand behind their walls for the owner too, so each is visited in its own context.
REFRESH_EVERYBODY = """
DO $$
DECLARE
    visited integer;
BEGIN
    FOR visited IN SELECT id FROM tenant LOOP
        PERFORM set_context(visited, '0', '~');
        PERFORM refresh_stages(visited, coalesce(
            (SELECT array_agg(c.id) FROM case_file c WHERE c.tenant_id = visited), '{}'));
    END LOOP;
    PERFORM set_context(NULL, NULL, NULL);
END
$$
"""

UPDATED = "REFERENCING OLD TABLE AS removed NEW TABLE AS added"
TRANSITIONS = {
    "INSERT": "REFERENCING NEW TABLE AS added",
    "DELETE": "REFERENCING OLD TABLE AS removed",
    "UPDATE": UPDATED,
}


def upgrade() -> None:
    _create_tables()
    _extend_tables()
    _give_rule_sets()
    for table in TENANT_TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY everyone ON {table} USING (true) WITH CHECK (true)")
        op.execute(
            f"CREATE POLICY tenant ON {table} AS RESTRICTIVE"
            f" USING ({TENANT_CONDITION}) WITH CHECK ({TENANT_CONDITION})"
        )
    for table in PERSONAL_TABLES:
        op.execute(
            f"CREATE POLICY subtree ON {table} AS RESTRICTIVE"
            f" USING ({SUBTREE_CONDITION}) WITH CHECK ({SUBTREE_CONDITION})"
        )
    for function in (
        STAGES,
        REFRESH_STAGES,
        KEEP_STAGES,
        CARRY_PATHS_OF_CASES,
        CARRY_PATHS_OF_PEOPLE,
    ):
        op.execute(function)
    op.execute(REFRESH_EVERYBODY)
    for table in ("step", "carried_step"):
        for action, transition in TRANSITIONS.items():
            op.execute(
                f"CREATE TRIGGER keep_stages_of_{action.lower()} AFTER {action} ON {table}"
                f" {transition} FOR EACH STATEMENT EXECUTE FUNCTION keep_stages()"
            )
    for table, function in (("case_file", "cases"), ("person", "people")):
        op.execute(
            f"CREATE TRIGGER carry_paths AFTER UPDATE ON {table} {UPDATED}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION carry_paths_of_{function}()"
        )


def _give_rule_sets() -> None:
    rule_sets = json.dumps([*({**NEWEST, **other} for other in OTHERS), NEWEST], ensure_ascii=False)
    op.execute(sa.text((GIVE_RULE_SETS % rule_sets.replace("'", "''")).replace(":", r"\:")))


def _create_tables() -> None:
    op.create_table(
        "recording",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("added_person_id", sa.BigInteger(), nullable=True),
        sa.Column("recorded_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("undone_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_recording")),
    )
    op.create_table(
        "recorded_day",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("is_working_day", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_recorded_day_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_recorded_day")),
        sa.UniqueConstraint("tenant_id", "day", name=op.f("uq_recorded_day_tenant_id_day")),
    )
    op.create_table(
        "rule_set",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("regulation", sa.Text(), nullable=False),
        sa.Column("guidance", sa.Text(), nullable=True),
        sa.Column("youngest_age", sa.SmallInteger(), nullable=True),
        sa.Column("oldest_age", sa.SmallInteger(), nullable=True),
        sa.Column("lowest_education", sa.Text(), nullable=True),
        sa.Column("certificate_months", sa.SmallInteger(), nullable=True),
        sa.Column("mentor_months", sa.SmallInteger(), nullable=True),
        sa.Column("mentor_remark_months", sa.SmallInteger(), nullable=True),
        sa.Column("dossier_months", sa.SmallInteger(), nullable=True),
        sa.Column("introducers", sa.SmallInteger(), nullable=True),
        sa.Column("introducer_months", sa.SmallInteger(), nullable=True),
        sa.Column("vote_numerator", sa.SmallInteger(), nullable=False),
        sa.Column("vote_denominator", sa.SmallInteger(), nullable=False),
        sa.Column("decision_days", sa.SmallInteger(), nullable=True),
        sa.Column("decision_extra_days", sa.SmallInteger(), nullable=True),
        sa.Column("ceremony_days", sa.SmallInteger(), nullable=True),
        sa.Column("member_file_days", sa.SmallInteger(), nullable=True),
        sa.Column("probation_months", sa.SmallInteger(), nullable=True),
        sa.Column("recognition_meeting_days", sa.SmallInteger(), nullable=True),
        sa.Column("recognition_decision_days", sa.SmallInteger(), nullable=True),
        sa.Column("recognition_extra_days", sa.SmallInteger(), nullable=True),
        sa.Column("readmission_months", sa.SmallInteger(), nullable=True),
        sa.Column("readmissions", sa.SmallInteger(), nullable=True),
        sa.Column("deciding_level", sa.Text(), nullable=True),
        sa.Column(
            "forms",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column(
            "only_suggests",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'::text[]"),
            nullable=False,
        ),
        sa.Column(
            "sources",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "vote_denominator > 0 AND vote_numerator BETWEEN 0 AND vote_denominator",
            name=op.f("ck_rule_set_vote_is_a_fraction"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_rule_set_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_rule_set")),
        sa.UniqueConstraint(
            "tenant_id", "effective_on", name=op.f("uq_rule_set_tenant_id_effective_on")
        ),
    )
    op.create_table(
        "nil_report",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("cell_id", sa.BigInteger(), nullable=False),
        sa.Column("span", postgresql.DATERANGE(), nullable=False),
        sa.Column("recording_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "reported_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("NOT isempty(span)", name=op.f("ck_nil_report_span_has_days")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "cell_id"],
            ["unit.tenant_id", "unit.id"],
            name=op.f("fk_nil_report_tenant_id_cell_id_unit"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_nil_report")),
        sa.UniqueConstraint(
            "tenant_id", "cell_id", "span", name=op.f("uq_nil_report_tenant_id_cell_id_span")
        ),
    )
    op.create_table(
        "person_move",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("from_cell_id", sa.BigInteger(), nullable=False),
        sa.Column("to_cell_id", sa.BigInteger(), nullable=False),
        sa.Column("moved_on", sa.Date(), nullable=False),
        sa.Column("document_no", sa.Text(), nullable=True),
        sa.Column("path", sa.Text(collation="C"), nullable=False),
        sa.CheckConstraint(
            "from_cell_id <> to_cell_id", name=op.f("ck_person_move_goes_elsewhere")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "from_cell_id"],
            ["unit.tenant_id", "unit.id"],
            name=op.f("fk_person_move_tenant_id_from_cell_id_unit"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "person_id"],
            ["person.tenant_id", "person.id"],
            name=op.f("fk_person_move_tenant_id_person_id_person"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "to_cell_id"],
            ["unit.tenant_id", "unit.id"],
            name=op.f("fk_person_move_tenant_id_to_cell_id_unit"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_person_move")),
    )
    op.create_index(
        op.f("ix_person_move_tenant_id_path"), "person_move", ["tenant_id", "path"], unique=False
    )
    op.create_index(
        op.f("ix_person_move_tenant_id_person_id_moved_on"),
        "person_move",
        ["tenant_id", "person_id", "moved_on"],
        unique=False,
    )
    op.create_table(
        "approval",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=False),
        sa.Column("approved_on", sa.Date(), nullable=False),
        sa.Column("document_no", sa.Text(), nullable=True),
        sa.Column("recording_id", sa.BigInteger(), nullable=True),
        sa.Column("path", sa.Text(collation="C"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"],
            ["case_file.tenant_id", "case_file.id"],
            name=op.f("fk_approval_tenant_id_case_id_case_file"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_approval")),
        sa.UniqueConstraint(
            "tenant_id", "case_id", "rule", name=op.f("uq_approval_tenant_id_case_id_rule")
        ),
    )
    op.create_index(
        op.f("ix_approval_tenant_id_path"), "approval", ["tenant_id", "path"], unique=False
    )
    op.create_table(
        "carried_step",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("taken_on", sa.Date(), nullable=False),
        sa.Column("document_no", sa.Text(), nullable=True),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("path", sa.Text(collation="C"), nullable=False),
        sa.CheckConstraint(
            "kind IN ('listed', 'sympathiser', 'mentor', 'certificate', 'application', 'verification', 'introduction', 'comments', 'cell_resolution', 'section_appraisal', 'committee_resolution', 'decision', 'decision_received', 'ceremony', 'new_member_class', 'recognition_resolution', 'recognition', 'removal', 'withdrawn', 'moved_away', 'taken_off', 'refused')",
            name=op.f("ck_carried_step_kind_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"],
            ["case_file.tenant_id", "case_file.id"],
            name=op.f("fk_carried_step_tenant_id_case_id_case_file"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_carried_step")),
        sa.UniqueConstraint(
            "tenant_id", "case_id", "kind", name=op.f("uq_carried_step_tenant_id_case_id_kind")
        ),
    )
    op.create_index(
        op.f("ix_carried_step_tenant_id_path"), "carried_step", ["tenant_id", "path"], unique=False
    )
    op.create_table(
        "transfer",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("counterpart", sa.Text(), nullable=False),
        sa.Column("transferred_on", sa.Date(), nullable=False),
        sa.Column("path", sa.Text(collation="C"), nullable=False),
        sa.CheckConstraint(
            "direction IN ('out', 'in')", name=op.f("ck_transfer_direction_is_known")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"],
            ["case_file.tenant_id", "case_file.id"],
            name=op.f("fk_transfer_tenant_id_case_id_case_file"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_transfer")),
        sa.UniqueConstraint(
            "tenant_id", "number", "direction", name=op.f("uq_transfer_tenant_id_number_direction")
        ),
    )
    op.create_index(
        op.f("ix_transfer_tenant_id_case_id"), "transfer", ["tenant_id", "case_id"], unique=False
    )
    op.create_index(
        op.f("ix_transfer_tenant_id_path"), "transfer", ["tenant_id", "path"], unique=False
    )


def _extend_tables() -> None:
    op.add_column("case_file", sa.Column("stage", sa.Text(), nullable=True))
    op.add_column("case_file", sa.Column("stage_on", sa.Date(), nullable=True))
    op.add_column(
        "case_file", sa.Column("is_closed", sa.Boolean(), server_default="false", nullable=False)
    )
    op.add_column("case_file", sa.Column("clock", sa.Text(), nullable=True))
    op.add_column("case_file", sa.Column("clock_from", sa.Date(), nullable=True))
    op.add_column(
        "step", sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=True)
    )
    op.add_column("step", sa.Column("recording_id", sa.BigInteger(), nullable=True))
    for table, name, condition in (
        ("case_file", "clock_is_known", f"clock IN ({_words(CLOCKS)})"),
        ("case_file", "clock_has_its_day", "(clock IS NULL) = (clock_from IS NULL)"),
        ("step", "details_are_an_object", "jsonb_typeof(details) = 'object'"),
    ):
        _check(table, name, condition)
    _replace_check("step", "kind_is_known", f"kind IN ({_words(KINDS)})")
    for index in (
        (
            "INDEX ix_case_file_open ON case_file (tenant_id, path, stage, stage_on)"
            " WHERE is_current AND NOT is_closed"
        ),
        (
            "INDEX ix_case_file_running ON case_file (tenant_id, path, clock, clock_from)"
            " WHERE is_current AND clock IS NOT NULL"
        ),
        (
            "INDEX ix_step_recording ON step (tenant_id, recording_id)"
            " WHERE recording_id IS NOT NULL"
        ),
    ):
        # Migrations are transactions, in which no index is created concurrently.
        op.execute(f"-- squawk-ignore require-concurrent-index-creation\nCREATE {index}")


def downgrade() -> None:
    op.execute("DROP TRIGGER carry_paths ON person")
    op.execute("DROP TRIGGER carry_paths ON case_file")
    for action in TRANSITIONS:
        op.execute(f"DROP TRIGGER keep_stages_of_{action.lower()} ON step")
    for index in ("ix_step_recording", "ix_case_file_running", "ix_case_file_open"):
        op.execute(f"DROP INDEX {index}")
    for table in reversed(TENANT_TABLES):
        op.execute(f"DROP TABLE {table} CASCADE")
    for function in (
        "carry_paths_of_people()",
        "carry_paths_of_cases()",
        "keep_stages()",
        "refresh_stages(integer, bigint[])",
        "stages(integer, bigint[])",
    ):
        op.execute(f"DROP FUNCTION {function}")
    _replace_check("step", "kind_is_known", f"kind IN ({_words(OLD_KINDS)})")
    for column in ("recording_id", "details"):
        op.drop_column("step", column)
    for column in ("clock_from", "clock", "is_closed", "stage_on", "stage"):
        op.drop_column("case_file", column)


def _check(table: str, name: str, condition: str) -> None:
    op.execute(
        f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{name} CHECK ({condition}) NOT VALID"
    )
    op.execute(
        "-- squawk-ignore constraint-missing-not-valid\n"
        f"ALTER TABLE {table} VALIDATE CONSTRAINT ck_{table}_{name}"
    )


def _replace_check(table: str, name: str, condition: str) -> None:
    op.execute(
        "-- squawk-ignore ban-drop-constraint\n"
        f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{name}"
    )
    _check(table, name, condition)
