"""Random trees, reorganisations and days: nobody is lost or counted twice, undoing is exact.

The figures are compared with a recount in plain Python from the recorded placements: everybody
under the units that stood above their cell on the day, and above the cell that they are in now.
"""

from collections import Counter
from datetime import timedelta

from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st
from sqlalchemy import text, update

from app.core.database import apply_context, db, mark_audited
from app.measures.queries import measure_by_code
from app.reorganisations import commands
from app.reorganisations.commands import Decided, PlanRefused
from app.rollups.commands import verify
from app.rollups.models import Tree
from app.rollups.queries import Span, counts
from app.tenants.context import COMMAND_LINE, load_context
from app.tenants.models import Setting
from tests.factories.exports import tenant_export
from tests.factories.random_reorganisations import (
    FIRST,
    TODAY,
    days,
    draw_operations,
    planted,
    plants,
)

PLACEMENTS = text(
    """
    SELECT unit_id, parent_id, coalesce(lower(valid), '-infinity') <= :on
           AND coalesce(upper(valid), 'infinity') > :on AS holds
    FROM placement WHERE tenant_id = :tenant
    """
)
ADMITTED = text(
    """
    SELECT s.taken_on, s.cell_id AS cell_then, p.cell_id AS cell_now
    FROM step s
    JOIN case_file c ON c.tenant_id = :tenant AND c.id = s.case_id
    JOIN person p ON p.tenant_id = :tenant AND p.id = c.person_id
    WHERE s.tenant_id = :tenant AND s.kind = 'decision'
    """
)
PUBLISHED = text(
    """
    SELECT d.id, d.decision_no, d.decided_on, d.assigned, d.reserve, l.unit_id, l.count
    FROM distribution d
    JOIN quota_line l ON l.tenant_id = :tenant AND l.distribution_id = d.id
    WHERE d.tenant_id = :tenant AND d.state <> 'draft'
    """
)
TRAIL = text(
    "SELECT id, action, before::text, after::text FROM audit_entry WHERE tenant_id = :tenant"
)


def rows(context, statement, **values):
    return db.session.execute(statement, {"tenant": context.tenant_id, **values}).all()


def parents_on(context, day):
    return {row.unit_id: row.parent_id for row in rows(context, PLACEMENTS, on=day) if row.holds}


def with_all_above(parents, unit):
    """Return a unit and all that it stands below."""
    found = []
    while unit is not None:
        found.append(unit)
        unit = parents[unit]
    return found


def recounted(context, until):
    """Count everybody who was admitted by a day, in each month under each unit of each tree."""
    found = Counter()
    today = parents_on(context, context.today)
    for row in rows(context, ADMITTED):
        if row.taken_on <= until:
            month = row.taken_on.replace(day=1)
            then = with_all_above(parents_on(context, row.taken_on), row.cell_then)
            now = with_all_above(today, row.cell_now)
            found.update((Tree.THEN, unit, month) for unit in then)
            found.update((Tree.NOW, unit, month) for unit in now)
    return found


def shown(context, until):
    """Return what the program counts, by tree, unit and month."""
    measured = measure_by_code(context, "admission")
    spans = [Span(tree.name, FIRST, until, tree) for tree in (Tree.THEN, Tree.NOW)]
    found = {}
    for unit in {row.unit_id for row in rows(context, PLACEMENTS, on=until)}:
        counted = counts(context, unit_id=unit, measure_id=measured.id, spans=spans)
        for (tree, month), total in counted.by_month.items():
            if total:
                found[Tree[tree], unit, month] = total
    return found


def history(context):
    """Return what must never change: what was published and the trail, as sets of rows."""
    return {tuple(row) for row in (*rows(context, PUBLISHED), *rows(context, TRAIL))}


def assert_everybody_counts_once(context, admitted, until):
    """Invariants 4, 6 and 7: exact at every unit, on both trees, and never twice."""
    figures = shown(context, until)
    assert figures == recounted(context, until)
    by_month = Counter(day.replace(day=1) for day in admitted if day <= until)
    roots = {unit for unit, parent in parents_on(context, context.today).items() if parent is None}
    now = Counter()
    for (tree, unit, month), total in figures.items():
        if tree is Tree.NOW and unit in roots:
            now[month] += total
    assert now == by_month
    assert not verify(context).mismatches


def as_was(figures, day):
    """Return the figures of whole months before a day, as they were then."""
    return {
        key: total
        for key, total in figures.items()
        if key[0] is Tree.THEN and key[2] < day.replace(day=1)
    }


def in_days(number):
    return TODAY + timedelta(number)


def turn_clock(context, to):
    db.session.execute(
        update(Setting).where(Setting.tenant_id == context.tenant_id).values(clock_on=to)
    )
    return load_context(context.tenant_id, COMMAND_LINE)


def settle(context):
    """Let what is checked at the end of a transaction be checked."""
    mark_audited(db.session())
    db.session.commit()
    apply_context(db.session(), context.for_database)


def applied(context, decided):
    """Apply on its day, today or later; the context of then, or None where it is refused."""
    try:
        with db.session.begin_nested():
            commands.apply(context, decided)
    except PlanRefused:
        return None
    if decided.effective_on > context.today:
        context = turn_clock(context, decided.effective_on)
        commands.apply_due(context)
    settle(context)
    return context


@settings(
    max_examples=15,
    # Each example makes a tenant: shrinking one that fails would take longer than reading it.
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)
@given(
    tree=plants(),
    admitted=st.lists(days, min_size=6, max_size=12),
    until=days,
    effective=st.lists(st.integers(-500, 60).map(in_days), min_size=1, max_size=2),
    data=st.data(),
)
def test_reorganisations_lose_and_double_nobody_and_undoing_is_exact(
    app_context, *, tree, admitted, until, effective, data
):
    context = planted(tree, admitted)
    settle(context)
    stack = []
    for place, on in enumerate(sorted(effective)):
        operations = draw_operations(data, context, on, f"N{place}")
        decided = Decided(decision_no=f"{place}", effective_on=on, operations=tuple(operations))
        before, old = tenant_export(context), history(context)
        past = as_was(shown(context, TODAY), on)

        after = applied(context, decided) if operations else None

        if after is None:
            event("refused")
            assert tenant_export(context) == before
            continue
        event("applied")
        assert old <= history(after)
        assert as_was(shown(after, TODAY), on) == past
        assert_everybody_counts_once(after, admitted, until)
        stack.append((context, decided, before))
        context = after
    for earlier, decided, before in reversed(stack):
        commands.undo(context, decided.decision_no)
        context = turn_clock(context, earlier.today)
        settle(context)
        assert tenant_export(context) == before
    settle(context)
