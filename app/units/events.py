"""What happened to the tree, for higher packages."""

from collections.abc import Mapping
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


@dataclass(frozen=True)
class UnitsReorganised:
    """A reorganisation has changed the tree in this transaction; whatever follows units moves now.

    `heir_of` says who takes over from each unit that ended: its whole or default heir; a closed
    one has none. `reorganisation_id` names the reorganisation.
    """

    context: Context
    reorganisation_id: int
    heir_of: Mapping[int, int]


@dataclass(frozen=True)
class UnitsTakenBack:
    """A reorganisation is about to be undone, and the units that it began go with it.

    What the product has made of these units by itself goes first; what people have made of them
    stands in the way. If something does, all of this is rolled back.
    """

    context: Context
    reorganisation_id: int
    unit_ids: tuple[int, ...]
