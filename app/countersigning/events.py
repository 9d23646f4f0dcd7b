"""What has happened to requests that another person answers."""

from dataclasses import dataclass

from app.countersigning.queries import RequestedAct
from app.tenants.context import Context


@dataclass(frozen=True)
class ActApproved:
    """Somebody approved what another one asked for; it is done in the same transaction.

    `context` is that of who approved.
    """

    context: Context
    act: RequestedAct
