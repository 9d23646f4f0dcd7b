"""The whole of a tenant as plain rows: two exports are equal where nothing at all differs."""

from sqlalchemy import text

from app.core.database import Base, db

UNCOMPARED = {
    "audit_entry": "the trail only grows",
    "reorganisation": "that it was undone is told there",
    "reorganisation_operation": "as above",
    "reorganisation_row": "what undoing needs",
    "rollup_status": "when books were folded",
    "tree_state": "when the tree was drawn up",
    "user_session": "sign-ins are no state of the tenant",
}
DERIVED_WITH_NUMBERS = {"position"}
"""Their rows are drawn up anew, and may then have other numbers."""


def tenant_export(context):
    """Return the rows of every table of the tenant, everything folded; counts of 0 are no rows."""
    db.session.execute(text("SELECT fold_deltas(1000000)"))
    export = {}
    for table in Base.metadata.sorted_tables:
        if "tenant_id" not in table.c or table.name in UNCOMPARED:
            continue
        if table.info.get("privileges", ("SELECT",)) == ():
            continue
        number = "- 'id'" if table.name in DERIVED_WITH_NUMBERS else ""
        rows = db.session.scalars(
            text(f'SELECT to_jsonb(t) {number} FROM "{table.name}" t WHERE t.tenant_id = :tenant'),
            {"tenant": context.tenant_id},
        )
        export[table.name] = sorted(repr(_ordered(row)) for row in rows if row.get("total") != 0)
    return export


def _ordered(row):
    if "segments" in row and "parent_id" in row:
        # Vectors of a summary grow with the segments that were ever counted.
        row = {**row, "segments": [(i, n) for i, n in enumerate(row["segments"]) if n]}
    return sorted(row.items())
