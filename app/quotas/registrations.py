"""What units propose from below: the registrations that stand beside what they are given."""

from collections.abc import Collection, Mapping

from app.core.periods import Period
from app.quotas.in_force import quotas_in_force
from app.quotas.rules import REGISTERED, Quota
from app.tenants.context import Context


def registered(
    context: Context, unit_ids: Collection[int], measure_id: int, period: Period
) -> Mapping[int, Quota]:
    """Return the total that each unit registered last, as of today; who registered none is absent.

    The caller has checked that the units are the actor's to read: a registration is shown to
    whoever sees the unit's figures.
    """
    figures = quotas_in_force(context, unit_ids, measure_id, period, context.today)
    return {
        unit_id: figure.quota
        for unit_id, found in figures.items()
        for figure in found
        if figure.source == REGISTERED
    }
