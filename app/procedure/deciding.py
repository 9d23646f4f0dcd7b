"""Who decides on an admission: the committee that the law of a day names, in today's tree."""

from collections.abc import Collection

from sqlalchemy import text

from app.core.database import db
from app.procedure.law import RuleSet
from app.tenants.context import Context

# Of the units above a cell the nearest that ranks at the level of the law or higher: what hangs on
# the province directly is decided there, whatever stands between elsewhere.
_DECIDING = text(
    """
    SELECT DISTINCT ON (p.path) p.path, u.name
    FROM unnest(CAST(:paths AS text[])) AS p (path)
    JOIN unit u ON u.tenant_id = :tenant
        AND u.id = ANY (CAST(string_to_array(rtrim(p.path, '.'), '.') AS bigint[]))
    JOIN level l ON l.tenant_id = :tenant AND l.id = u.level_id
    JOIN level named ON named.tenant_id = :tenant AND named.code = :level
    JOIN kind k ON k.tenant_id = :tenant AND k.id = u.kind_id
    WHERE l.rank <= named.rank AND NOT k.is_cell
    ORDER BY p.path, length(u.path) DESC
    """
)


def deciding_committees(context: Context, paths: Collection[str], rules: RuleSet) -> dict[str, str]:
    """Return by the path of a cell the name of the unit whose standing committee decides.

    It is named whether or not it lies in the actor's scope. Absent where the law names no level.
    """
    if not paths or rules.deciding_level is None:
        return {}
    rows = db.session.execute(
        _DECIDING,
        {
            "tenant": context.tenant_id,
            "paths": sorted(set(paths)),
            "level": rules.deciding_level,
        },
    )
    return {row.path: row.name for row in rows}
