"""Random trees with people, and random reorganisations of whatever tree stands.

What is drawn is mostly right; what is not must be refused and leave nothing.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import count

from hypothesis import strategies as st

from app.core.database import db
from app.quotas.file_import import import_quotas
from app.reorganisations.rules import Operation, Share
from app.tenants.commands import create_tenant
from app.units.dated import tree_as_of
from tests.factories.cases import import_rows
from tests.factories.quotas import quota_csv, quota_row
from tests.factories.units import import_lines

FIRST = date(2024, 1, 1)
TODAY = date(2025, 9, 30)
LEVELS = ("province", "district", "commune", "section")

tenant_numbers = count(1)


@st.composite
def plants(draw):
    """Draw a tree: for each unit its parent, for each cell its unit; any unit may have cells."""
    units = {"P": (None, 0)}
    for number in range(draw(st.integers(3, 6))):
        above = draw(st.sampled_from([code for code, (_, depth) in units.items() if depth < 3]))
        units[f"U{number}"] = (above, units[above][1] + 1)
    cells = {f"B{number}": draw(st.sampled_from(sorted(units))) for number in range(5)}
    return units, cells


days = st.integers(0, (TODAY - FIRST).days).map(lambda day: FIRST + timedelta(day))


def planted(tree, admitted_on):
    """Make a tenant: its cells share those who were admitted on these days, its units have quotas.

    Of each unit's units every one is given a quota.
    """
    db.session.rollback()  # What an example that failed has left.
    units, cells = tree
    context = create_tenant(f"N{next(tenant_numbers)}", "Tỉnh", clock_on=TODAY)
    import_lines(
        context,
        *(f"{code},{above or ''},{LEVELS[depth]},{code}" for code, (above, depth) in units.items()),
        *(f"{cell},{unit},cell,{cell},village_cell" for cell, unit in cells.items()),
    )
    import_rows(
        context,
        *(
            {
                "person_code": f"{number}",
                "cell_code": f"B{number % len(cells)}",
                "sex": "female" if number % 2 else "male",
                "listed_on": "2023-06-01",
                "decision_no": f"{number}",
                "decision_on": day.isoformat(),
            }
            for number, day in enumerate(admitted_on)
        ),
    )
    import_quotas(
        context,
        quota_csv(
            *(
                quota_row(above or "", code, 7, period=2025, decided_on="2025-01-05", reason="dư")
                for code, (above, _) in units.items()
            )
        ),
    )
    return context


def draw_operations(data, context, on, mark):
    """Draw what becomes of units that stand on a day; new codes begin with the mark."""
    rows = tree_as_of(context, on)
    standing = {row.unit.code: row.parent_code for row in rows}
    cells = {row.unit.code for row in rows if row.unit.is_cell}
    levels = {row.unit.code: row.unit.level for row in rows}
    if data.draw(st.integers(0, 4), label="removes a level") == 0:
        level = data.draw(st.sampled_from(sorted({levels[code] for code in standing} - {"cell"})))
        return [
            Operation(row=place, old_code=code, share=Share.CLOSE)
            for place, code in enumerate(sorted(standing), 2)
            if levels[code] == level and standing[code] is not None
        ]
    operations = []
    free, kept = sorted(standing), set()
    for place in range(data.draw(st.integers(1, 3), label="operations")):
        drawn = data.draw(st.sampled_from(_DRAWN), label="kind")
        operations += drawn(data, _Ground(standing, cells, free, kept, f"{mark}{place}"))
    return [replace(op, row=row) for row, op in enumerate(operations, 2)]


@dataclass(frozen=True)
class _Ground:
    """What operations may still be about; `new` begins the codes of the next one."""

    standing: dict
    cells: set
    free: list
    kept: set
    new: str

    def take(self, data, *, cells=None):
        """Draw a unit that no operation is about yet; None where none is left."""
        found = [code for code in self.free if cells is None or (code in self.cells) is cells]
        if not found:
            return None
        code = data.draw(st.sampled_from(found))
        self.free.remove(code)
        return code

    def keep(self, code):
        """Let a unit stay, to stand above others; whether it still can."""
        if code in self.free:
            self.free.remove(code)
            self.kept.add(code)
        return code is None or code in self.kept

    def above(self, data):
        """Draw a unit that stays and may have others below it; None where none is left."""
        found = [code for code in (*self.free, *sorted(self.kept)) if code not in self.cells]
        if not found:
            return None
        code = data.draw(st.sampled_from(found))
        self.keep(code)
        return code


def _merge(data, ground):
    one = ground.take(data)
    other = one and ground.take(data, cells=one in ground.cells)
    if other is None or not ground.keep(ground.standing[one]):
        return []
    heir = data.draw(st.sampled_from((ground.new, one)))
    return [_whole(old, heir, ground.standing[one]) for old in (one, other)]


def _split(data, ground):
    old = ground.take(data)
    if old is None or not ground.keep(ground.standing[old]):
        return []
    heirs = [f"{ground.new}{part}" for part in "ab"]
    parts = [
        replace(
            _whole(old, heir, ground.standing[old]),
            share=Share.PART,
            is_default_heir=heir == heirs[0],
        )
        for heir in heirs
    ]
    routed = [
        code for code in ground.free if ground.standing[code] == old and data.draw(st.booleans())
    ]
    for code in routed:
        ground.free.remove(code)
    return [*parts, *(_whole(code, code, heirs[1]) for code in routed)]


def _move(data, ground):
    old = ground.take(data)
    above = old and ground.above(data)
    return [] if above is None else [_whole(old, old, above)]


def _rename(data, ground):
    old = ground.take(data)
    if old is None or not ground.keep(ground.standing[old]):
        return []
    return [_whole(old, ground.new, ground.standing[old])]


def _close(data, ground):
    old = ground.take(data, cells=False)
    if old is None or ground.standing[old] is None:
        return []
    return [Operation(row=0, old_code=old, share=Share.CLOSE)]


def _create(data, ground):
    above = ground.above(data)
    if above is None:
        return []
    begun = _whole("", ground.new, above)
    return [replace(begun, share=Share.CREATE, is_default_heir=False, level="commune")]


_DRAWN = (_merge, _split, _move, _rename, _close, _create)


def _whole(old, new, parent):
    return Operation(
        row=0,
        old_code=old,
        share=Share.WHOLE,
        new_code=new,
        new_name=new,
        new_parent_code=parent,
        is_default_heir=True,
    )
