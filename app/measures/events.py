"""What happened to a tenant's definitions."""

from dataclasses import dataclass

from app.tenants.context import Context


@dataclass(frozen=True)
class MeasureDefinitionChanged:
    """A measure now counts another kind of step: its counts must be drawn up anew.

    The tenant's units are held FOR UPDATE since before the change, so no step is being written.
    """

    context: Context
    measure_id: int


@dataclass(frozen=True)
class SegmentDefinitionChanged:
    """A segment now holds other people: the steps recorded so far must be told again.

    The tenant's units are held FOR UPDATE since before the change, so no step is being written,
    and the context reaches the whole tenant.
    """

    context: Context
    slot: int
