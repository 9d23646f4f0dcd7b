"""The tree as areas: how large each quota is and how much of it is attained, two levels deep."""

from collections import defaultdict
from dataclasses import dataclass

from app.monitoring.asking import Asked
from app.monitoring.queries import THIS_YEAR, Attainment, attainment_of, quotas_of
from app.rollups.below import counts_below
from app.rollups.models import Tree
from app.rollups.queries import Span
from app.tenants.context import Context
from app.units.below import two_levels
from app.units.rows import UnitRow

MOST_CELLS = 400
"""With more units two levels down only one level is drawn."""


@dataclass(frozen=True)
class Branch:
    """A child of the unit, and its own children where they are drawn."""

    attainment: Attainment
    below: tuple[Attainment, ...]


def branches(context: Context, about: Asked) -> tuple[Branch, ...]:
    """Return a unit's children with theirs, by three statements.

    Each counts what it did under the parent it stands below, as that one's own page says.
    """
    question, unit = about.question, about.unit
    levels = two_levels(
        context,
        unit.id,
        question.period.start,
        question.period.last_day,
        named_on=question.as_of,
        also_on=context.today if question.tree is Tree.NOW else question.period.start,
    )
    by_parent: dict[int, list[UnitRow]] = defaultdict(list)
    for parent_id, row in levels:
        by_parent[parent_id].append(row)
    children = sorted(by_parent.pop(unit.id, []), key=lambda row: row.sort_key)
    if sum(map(len, by_parent.values())) > MOST_CELLS:
        by_parent.clear()
    counted = counts_below(
        context,
        parent_ids=[unit.id, *by_parent],
        measure_id=question.measure.id,
        spans=(Span(THIS_YEAR, question.period.start, question.as_of, question.tree),),
    )
    drawn = {row.id for row in children} | {row.id for rows in by_parent.values() for row in rows}
    quotas = quotas_of(context, sorted(drawn), question, about.descent)

    def attained(parent_id: int, row: UnitRow) -> Attainment:
        count = counted.of_child(THIS_YEAR, parent_id, row.id)
        return attainment_of(context, row, quotas.get(row.id, ()), count=count, last_year=None)

    return tuple(
        Branch(
            attained(unit.id, child),
            tuple(
                attained(child.id, row)
                for row in sorted(by_parent.get(child.id, ()), key=lambda row: row.sort_key)
            ),
        )
        for child in children
    )
