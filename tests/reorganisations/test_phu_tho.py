"""Must show: the three provinces of 1 July 2025 become one, and back."""

from collections import Counter
from datetime import date

from sqlalchemy import select

from app.core.database import db
from app.measures.queries import measures
from app.quotas.in_force import held_on
from app.quotas.queries import lines_of_version, versions
from app.reorganisations import commands
from app.rollups.commands import verify
from app.rollups.models import Tree
from app.rollups.queries import Span, counts
from app.units.dated import tree_as_of
from app.units.models import Unit
from app.units.queries import unit_by_code
from tests.factories.exports import tenant_export
from tests.factories.phu_tho import (
    AFTER,
    FILE,
    YEARS,
    give_phu_tho_quotas,
    phu_tho,
    rows_of,
)
from tests.factories.quotas import board_key
from tests.factories.reorganisations import decided

OLD_ROOTS = ("P17", "P25", "P26")
ALL_YEARS = range(YEARS.start - 2, YEARS.stop)


def tree_of(context, on, *, without_cells=True):
    return {
        row.unit.code: (row.parent_code, row.unit.level, row.unit.name)
        for row in tree_as_of(context, on)
        if not (without_cells and row.unit.is_cell)
    }


def as_tree(rows):
    return {row["code"]: (row["parent_code"] or None, row["level"], row["name"]) for row in rows}


def ids_of(context, *codes):
    rows = db.session.execute(
        select(Unit.code, Unit.id).where(Unit.tenant_id == context.tenant_id, Unit.code.in_(codes))
    )
    return {row.code: row.id for row in rows}


def counted(context, unit_ids, tree):
    """Return what units counted together, by measure and year."""
    spans = [Span(str(year), date(year, 1, 1), date(year, 12, 31), tree) for year in ALL_YEARS]
    found = Counter()
    for measure in measures(context):
        for unit_id in unit_ids:
            of_unit = counts(context, unit_id=unit_id, measure_id=measure.id, spans=spans)
            found.update({(measure.code, s.name): of_unit.total(s.name) for s in spans})
    return found


def test_three_provinces_become_one_and_nobody_is_lost(app_context):
    context, units, below = phu_tho(people_per_cell=1)
    given = give_phu_tho_quotas(context, units)
    db.session.commit()
    before = tenant_export(context)
    roots = ids_of(context, *OLD_ROOTS)
    as_was = counted(context, roots.values(), Tree.THEN)

    previewed = commands.preview(context, decided(content=FILE.read_bytes()))
    result = commands.apply(context, decided(content=FILE.read_bytes()))
    db.session.commit()

    assert previewed == result
    assert result.totals_before == result.totals_after
    by_measure = Counter()
    for (measure, _), total in as_was.items():
        by_measure[measure] += total
    assert result.totals_after == by_measure
    assert by_measure["admission"] == len(below)
    assert all(by_measure.values())
    closed = Counter(move.how for move in result.moves if move.unit.startswith("D"))
    assert closed == {"closed": 32}
    assert tree_of(context, context.today) == as_tree(rows_of(AFTER))
    assert tree_of(context, date(2025, 6, 30)) == as_tree(units)
    new_root = unit_by_code(context, "NP25")
    assert counted(context, [new_root.id], Tree.NOW) == as_was
    assert (
        counted(context, roots.values(), Tree.THEN) + counted(context, [new_root.id], Tree.THEN)
        == +as_was
    )
    assert not verify(context).mismatches

    key = board_key(context, new_root, "2025")
    (version,) = versions(context, key).published
    lines = lines_of_version(context, version)
    communes = sum(given[row["code"]] for row in units if row["level"] == "commune")
    assert sum(line.quota.count for line in lines) == communes
    assert version.assigned == sum(given[code] for code in OLD_ROOTS)
    assert held_on(context, key, context.today) == version.assigned
    assert "1676/NQ-UBTVQH15" in version.reserve_reason

    undone = commands.undo(context, result.decision_no)
    db.session.commit()

    assert undone.units == len(units) + len(below)
    assert undone.totals == result.totals_before
    assert tenant_export(context) == before
    assert not verify(context).mismatches
