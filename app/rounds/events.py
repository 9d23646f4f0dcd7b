"""What rounds tell others."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.quotas.rules import BoardKey
from app.tenants.context import Context


@dataclass(frozen=True)
class RoundReminded:
    """The issuer of a round has reminded those that have not answered."""

    context: Context
    key: BoardKey
    round_id: int
    note: str | None
    unit_ids: Sequence[int]
