"""What happened to the tree, for higher packages."""

from dataclasses import dataclass

from app.tenants.context import Context


@dataclass(frozen=True)
class UnitsRepathed:
    """Positions or today's paths of these units have changed in this transaction.

    Their rows are held FOR UPDATE since before the change, and the context reaches the whole
    tenant, so that a handler may move whatever stands under them.
    """

    context: Context
    unit_ids: tuple[int, ...]
