"""What long work of a tenant does beside its own transaction: being alone at it, and telling.

Nobody sees what a transaction writes before its end, so how far it is goes by another one.
"""

from sqlalchemy import Executable, text

from app.core.database import db
from app.tenants.context import Context

LONGEST_WAIT = "10s"
"""How long telling waits for a row that another one holds."""


def is_taken_up(context: Context, work: int) -> bool:
    """Take up one kind of a tenant's work until the transaction ends, unless another worker has.

    No row is locked: those that say how far it is must stay free for telling.
    """
    taken: bool = db.session.execute(
        text("SELECT pg_try_advisory_xact_lock(:work, :tenant)"),
        {"work": work, "tenant": context.tenant_id},
    ).scalar_one()
    return taken


def tell(context: Context, statement: Executable) -> None:
    """Write in a transaction of its own, in the context of the running one.

    Of a row that the running one has written nothing can be told: that fails after a short wait.
    """
    told = context.for_database
    with db.engine.begin() as connection:
        connection.execute(
            text("SELECT set_config('lock_timeout', :wait, true)"), {"wait": LONGEST_WAIT}
        )
        connection.execute(
            text("SELECT set_context(:tenant, :first, :last)"),
            {"tenant": told.tenant_id, "first": told.scope_from, "last": told.scope_to},
        )
        connection.execute(statement)
