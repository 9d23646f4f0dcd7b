"""No cycles at any date, nothing below a cell; published quotas balance and never change.

Revision ID: 0004
Revises: 0003
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# Walks up from each new edge through the dates that the whole way shares. UNION, not UNION ALL,
# so that a walk that runs into somebody else's cycle ends.
CHECK_PLACEMENTS = """
CREATE FUNCTION check_placements() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
    IF EXISTS (
        WITH RECURSIVE way (tenant_id, start_id, parent_id, valid) AS (
            SELECT a.tenant_id, a.unit_id, a.parent_id, a.valid
            FROM added a WHERE a.parent_id IS NOT NULL
            UNION
            SELECT w.tenant_id, w.start_id, p.parent_id, w.valid * p.valid
            FROM way w
            JOIN placement p
                ON p.tenant_id = w.tenant_id AND p.unit_id = w.parent_id AND p.valid && w.valid
            WHERE p.parent_id IS NOT NULL AND w.parent_id <> w.start_id
        )
        SELECT 1 FROM way WHERE parent_id = start_id
    ) THEN
        RAISE EXCEPTION 'a unit would stand below itself'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'placement_has_no_cycle';
    END IF;
    IF EXISTS (
        SELECT 1 FROM added a
        JOIN designation d
            ON d.tenant_id = a.tenant_id AND d.unit_id = a.parent_id
           AND d.valid @> coalesce(upper(a.valid) - 1, 'infinity')
        JOIN kind k ON k.tenant_id = d.tenant_id AND k.id = d.kind_id
        WHERE k.is_cell
    ) THEN
        RAISE EXCEPTION 'a cell has no units below it'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'placement_is_not_below_a_cell';
    END IF;
    RETURN NULL;
END
$$
"""

KEEP_PUBLISHED = """
CREATE FUNCTION keep_published() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
DECLARE
    allowed distribution;
BEGIN
    IF OLD.state = 'draft' THEN
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.state = 'published' AND NEW.state = 'superseded' THEN
        allowed := OLD;
        allowed.state := 'superseded';
        IF allowed IS NOT DISTINCT FROM NEW THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'a published distribution never changes'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'distribution_is_published';
END
$$
"""

KEEP_PUBLISHED_LINES = """
CREATE FUNCTION keep_published_lines() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
DECLARE
    line quota_line := CASE WHEN TG_OP = 'INSERT' THEN NEW ELSE OLD END;
BEGIN
    IF EXISTS (
        SELECT 1 FROM distribution d
        WHERE d.tenant_id = line.tenant_id AND d.id = line.distribution_id AND d.state <> 'draft'
    ) OR (TG_OP = 'UPDATE' AND NEW.distribution_id <> OLD.distribution_id) THEN
        RAISE EXCEPTION 'a line of a published distribution never changes'
            USING ERRCODE = 'integrity_constraint_violation',
                  CONSTRAINT = 'distribution_is_published';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END
$$
"""

# Distributed + reserve = assigned, and a reserve says why. Checked at the end of the transaction.
CHECK_BALANCE = """
CREATE FUNCTION check_balance() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
DECLARE
    distributed bigint;
BEGIN
    SELECT coalesce(sum(l.count), 0) INTO distributed
    FROM quota_line l
    WHERE l.tenant_id = NEW.tenant_id AND l.distribution_id = NEW.id AND l.segment_id IS NULL;
    IF NEW.assigned IS NULL OR distributed + NEW.reserve <> NEW.assigned THEN
        RAISE EXCEPTION 'distributed % and reserve % are not the assigned %',
            distributed, NEW.reserve, NEW.assigned
            USING ERRCODE = 'check_violation', CONSTRAINT = 'distribution_balances';
    END IF;
    IF NEW.reserve <> 0 AND coalesce(NEW.reserve_reason, '') = '' THEN
        RAISE EXCEPTION 'a reserve needs a reason'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'distribution_reserve_has_a_reason';
    END IF;
    RETURN NULL;
END
$$
"""

FUNCTIONS = {
    "check_placements()": CHECK_PLACEMENTS,
    "keep_published()": KEEP_PUBLISHED,
    "keep_published_lines()": KEEP_PUBLISHED_LINES,
    "check_balance()": CHECK_BALANCE,
}


def upgrade() -> None:
    for function in FUNCTIONS.values():
        op.execute(function)
    for action in ("insert", "update"):
        op.execute(
            f"CREATE TRIGGER check_placements_of_{action} AFTER {action.upper()} ON placement"
            " REFERENCING NEW TABLE AS added"
            " FOR EACH STATEMENT EXECUTE FUNCTION check_placements()"
        )
    op.execute(
        "CREATE TRIGGER keep_published BEFORE UPDATE OR DELETE ON distribution"
        " FOR EACH ROW EXECUTE FUNCTION keep_published()"
    )
    op.execute(
        "CREATE TRIGGER keep_published BEFORE INSERT OR UPDATE OR DELETE ON quota_line"
        " FOR EACH ROW EXECUTE FUNCTION keep_published_lines()"
    )
    op.execute(
        "CREATE CONSTRAINT TRIGGER check_balance AFTER INSERT OR UPDATE ON distribution"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"
        " WHEN (NEW.state <> 'draft' AND NEW.source = 'assigned' AND NEW.issuer_id IS NOT NULL)"
        " EXECUTE FUNCTION check_balance()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER check_balance ON distribution")
    op.execute("DROP TRIGGER keep_published ON quota_line")
    op.execute("DROP TRIGGER keep_published ON distribution")
    for action in ("insert", "update"):
        op.execute(f"DROP TRIGGER check_placements_of_{action} ON placement")
    for signature in reversed(FUNCTIONS):
        op.execute(f"DROP FUNCTION {signature}")
