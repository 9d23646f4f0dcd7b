"""What a reorganisation finds: the tree with its people, and the totals of every measure."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from sqlalchemy import func, select, text

from app.cases.models import Person
from app.core.database import db
from app.measures.queries import measures
from app.reorganisations.rules import Ground, Plan
from app.tenants.context import Context, whole_tenant
from app.units.records import RecordedTree, recorded_tree

Totals = Mapping[str, int]
"""A count of people by the code of a measure."""

_COUNTS_BY_PLACE = text(
    """
    SELECT coalesce(u.path, u.heir_path) AS path, m.code AS measure, sum(b.total)::bigint AS total
    FROM books b
    JOIN unit u ON u.tenant_id = :tenant AND u.id = b.cell_id
    JOIN measure m ON m.tenant_id = :tenant AND m.id = b.measure_id
    WHERE b.tenant_id = :tenant
    GROUP BY 1, 2
    """
)


@dataclass(frozen=True)
class Situation:
    """A tenant's tree, and how many people its cells hold, by their codes."""

    tree: RecordedTree
    people: Mapping[str, int]

    def ground(self, effective: date) -> Ground:
        """Return what planning needs to know."""
        return Ground(
            tree=self.tree.histories,
            vocabulary=self.tree.codes.vocabulary,
            effective=effective,
            peopled=frozenset(self.people),
        )

    @cached_property
    def code_of(self) -> Mapping[int, str]:
        """The codes of units by their numbers."""
        return {unit_id: code for code, unit_id in self.tree.ids.items()}


def situation(context: Context, tree: RecordedTree) -> Situation:
    """Look up how many people each cell holds; the scope must be the whole tenant."""
    code_of = {unit_id: code for code, unit_id in tree.ids.items()}
    rows = db.session.execute(
        select(Person.cell_id, func.count().label("people"))
        .where(Person.tenant_id == context.tenant_id)
        .group_by(Person.cell_id)
    )
    return Situation(tree, {code_of[row.cell_id]: row.people for row in rows})


def ground_on(context: Context, on: date) -> Ground:
    """Return what planning for a day needs to know, whatever the actor may see."""
    with whole_tenant(context) as everywhere:
        return situation(everywhere, recorded_tree(everywhere)).ground(on)


def totals(context: Context) -> Totals:
    """Count every measure under today's roots."""
    return _totals(context, _counts(context))


def planned_totals(context: Context, found: Situation, plan: Plan) -> Totals:
    """Count every measure under the roots that a plan leaves, cell by cell.

    What was done by a cell counts where the plan puts it, or its heir; what leads to no root is
    lost, and shows as a difference.
    """
    roots = _roots(plan)
    counts: dict[str, Counter[str]] = {}
    for path, by_measure in _counts(context).items():
        code = found.code_of[int(path.rstrip(".").rsplit(".", 1)[-1])]
        after = plan.receivers.get(code, code)
        if after is not None and (after in roots or code not in plan.before):
            counts.setdefault(path, Counter()).update(by_measure)
    return _totals(context, counts)


def _roots(plan: Plan) -> frozenset[str]:
    """Return the units of after from which the way upwards ends at a root."""
    reached: set[str] = set()
    for start in plan.after:
        way, at = [start], plan.after[start].parent_code
        while at is not None and at in plan.after and at not in reached:
            way.append(at)
            at = plan.after[at].parent_code
        if at is None or at in reached:
            reached.update(way)
    return frozenset(reached)


def _counts(context: Context) -> dict[str, Counter[str]]:
    """Count every measure by the place where cells count today."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for row in db.session.execute(_COUNTS_BY_PLACE, {"tenant": context.tenant_id}):
        found[row.path][row.measure] = row.total
    return found


def _totals(context: Context, counts: Mapping[str, Mapping[str, int]]) -> Totals:
    summed = {measure.code: 0 for measure in measures(context)}
    for by_measure in counts.values():
        for measure, total in by_measure.items():
            summed[measure] = summed.get(measure, 0) + total
    return summed
