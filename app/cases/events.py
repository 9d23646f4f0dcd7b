"""What happened to people, for packages above that keep something of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.tenants.context import Context


@dataclass(frozen=True)
class PeopleErased:
    """These people are nobody now; whatever else is kept of them has to go in this transaction."""

    context: Context
    person_ids: Sequence[int]
