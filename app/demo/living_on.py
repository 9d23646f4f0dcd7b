"""The demonstration's later years, loaded up to a day through what loads users' files.

The quotas of a year are given in the tree of the December before. Loading up to a day again, or to
a later one, adds only what is missing; a person whom a visitor has changed meanwhile is left alone.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache

from sqlalchemy import select

from app.cases.file_import import import_cases
from app.core.database import db
from app.core.periods import parse_period
from app.demo.later_quotas import (
    decided_by,
    later_assigned,
    later_central_rows,
    later_quotas,
)
from app.demo.later_years import FIRST_YEAR, LAST_YEAR, LaterYears, later_years
from app.demo.plans import VINH_PHUC
from app.demo.province import build_province
from app.demo.stages import Stage, Tell, tell_nobody, within_people
from app.demo.tables import QuotaRow, UnitRow, as_csv
from app.demo.units import Tree, build_neighbours, tree_of
from app.measures.filters import ADMISSION
from app.measures.queries import measure_by_code
from app.quotas.file_import import import_quotas
from app.quotas.in_force import held_on
from app.quotas.queries import versions
from app.quotas.rules import BoardKey
from app.tenants.context import Context
from app.units.dated import TreeRow, tree_as_of
from app.units.models import Unit

_ROWS_OF_A_FILE = 1000
NEIGHBOURS = "phu_tho_units_before_2025-07-01.csv"


def live_on(context: Context, until: date, tell: Tell = tell_nobody) -> None:
    """Give the demonstration's province the quotas and people of its years until a day.

    Another tenant, which has none of its cells, has no later years either.
    """
    if context.tenant_code != VINH_PHUC.tenant_code:
        return
    tell(Stage.YEARS)
    years = _invented_years()
    tell(Stage.QUOTAS)
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        if decided_by(year) <= until:
            _give_quotas(context, year, years)
    _add_people(context, years, until, tell)


@cache
def _invented_years() -> LaterYears:
    """Return the later years, invented once: whoever replays one thing goes on to the next."""
    province = build_province()
    return later_years(province, build_neighbours(NEIGHBOURS, but=province.root_code))


def _give_quotas(context: Context, year: int, years: LaterYears) -> None:
    """Give a year's quotas from each root on, unless it has given some already.

    The Centre gives all roots theirs by one letter, which is renewed when a root joins them later.
    """
    expected = years.admitted_in(year)
    rows: list[QuotaRow] = []
    given: dict[str, int] = {}
    for root_id, tree in _trees(context, decided_by(year)):
        board = _board(context, root_id, year)
        root = tree.units[0].code
        if versions(context, board).latest is not None:
            given[root] = held_on(context, board, context.today) or 0
        elif any(expected[unit.code] for unit in tree.units):
            assigned = later_assigned(tree, year, expected)
            given[root] = assigned[root]
            rows += later_quotas(tree, year, assigned)
    if rows:
        import_quotas(context, as_csv([*later_central_rows(year, given), *rows]))


def _board(context: Context, issuer_id: int, year: int) -> BoardKey:
    measure = measure_by_code(context, ADMISSION)
    return BoardKey(issuer_id, measure.id, parse_period(str(year)))


def _trees(context: Context, on: date) -> Iterator[tuple[int, Tree]]:
    """Yield the tree under each root as it stood on a day, with the codes of today."""
    rows = tree_as_of(context, on)
    codes = {
        row.id: row.code
        for row in db.session.execute(
            select(Unit.id, Unit.code).where(Unit.tenant_id == context.tenant_id)
        )
    }
    today = {row.unit.code: codes[row.unit.id] for row in rows}
    starts = [place for place, row in enumerate(rows) if row.depth == 0]
    for first, end in zip(starts, [*starts[1:], len(rows)], strict=True):
        yield rows[first].unit.id, tree_of([_unit(row, today) for row in rows[first:end]])


def _unit(row: TreeRow, today: Mapping[str, str]) -> UnitRow:
    return UnitRow(
        code=today[row.unit.code],
        parent_code=today[row.parent_code] if row.parent_code and row.depth else "",
        level=row.unit.level,
        name=row.unit.name,
        kind=row.unit.kind,
        members=row.members or 0,
    )


def _add_people(context: Context, years: LaterYears, until: date, tell: Tell) -> None:
    """Add people a file at a time, so that those who wait see how far it is."""
    cells = _cells(context)
    rows = [case for case in years.known_on(until) if case.cell_code in cells]
    for first in range(0, len(rows), _ROWS_OF_A_FILE):
        tell(within_people(first, len(rows)))
        import_cases(context, as_csv(rows[first : first + _ROWS_OF_A_FILE]), skip_bad=True)


def _cells(context: Context) -> frozenset[str]:
    return frozenset(
        db.session.scalars(
            select(Unit.code).where(Unit.tenant_id == context.tenant_id, Unit.path.is_not(None))
        )
    )
