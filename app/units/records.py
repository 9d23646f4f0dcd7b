"""The dated tree in the database: read as the histories of the rules, written as differences.

For commands alone: they hold the lock of the tree and have checked what is written here.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from sqlalchemy import Table, delete, func, insert, select, text
from sqlalchemy.dialects.postgresql import Range

from app.core.database import db
from app.core.rows import insert_rows
from app.core.text import search_key, sort_key
from app.tenants.context import Context
from app.units.models import Designation, Kind, Level, MemberCount, Placement, Unit
from app.units.rules import (
    WITHOUT_END,
    WITHOUT_START,
    Dated,
    Description,
    UnitHistory,
    Value,
    Vocabulary,
    holding_on,
)

# One statement for thousands of counts: the driver would send an upsert of rows one by one.
_WRITE_MEMBERS = text(
    """
INSERT INTO member_count (tenant_id, unit_id, counted_on, members)
SELECT :tenant, c.unit_id, :counted_on, c.members
FROM unnest(CAST(:unit_ids AS bigint[]), CAST(:members AS integer[])) AS c (unit_id, members)
ON CONFLICT (tenant_id, unit_id, counted_on) DO UPDATE SET members = excluded.members
"""
)

_SET_CODES = text(
    """
UPDATE unit u SET code = c.code, search_key = c.search_key
FROM unnest(CAST(:ids AS bigint[]), CAST(:codes AS text[]), CAST(:keys AS text[]))
    AS c (id, code, search_key)
WHERE u.tenant_id = :tenant AND u.id = c.id
"""
)

Histories = Mapping[str, tuple[Dated[Value], ...]]


@dataclass(frozen=True)
class KnownCodes:
    """A tenant's levels and kinds by code, and what the rules must know of them."""

    levels: Mapping[str, int]
    kinds: Mapping[str, int]
    vocabulary: Vocabulary


@dataclass(frozen=True)
class RecordedTree:
    """A tenant's whole tree by the codes of its units.

    `placements` and `designations` number the rows that hold it, by unit and first day.
    """

    codes: KnownCodes
    ids: Mapping[str, int]
    histories: Mapping[str, UnitHistory]
    placements: Mapping[tuple[str, date], int]
    designations: Mapping[tuple[str, date], int]


def known_codes(context: Context) -> KnownCodes:
    """Return the tenant's levels and kinds."""
    levels = db.session.execute(
        select(Level.id, Level.code)
        .where(Level.tenant_id == context.tenant_id)
        .order_by(Level.rank)
    ).all()
    kinds = db.session.execute(
        select(Kind.id, Kind.code, Kind.is_cell, Kind.default_for_level_id)
        .where(Kind.tenant_id == context.tenant_id)
        .order_by(Kind.rank)
    ).all()
    level_codes = {row.id: row.code for row in levels}
    return KnownCodes(
        levels={row.code: row.id for row in levels},
        kinds={row.code: row.id for row in kinds},
        vocabulary=Vocabulary(
            levels=tuple(level_codes.values()),
            kinds=tuple(row.code for row in kinds),
            cell_kinds=frozenset(row.code for row in kinds if row.is_cell),
            default_kinds={
                level_codes[row.default_for_level_id]: row.code
                for row in kinds
                if row.default_for_level_id is not None
            },
        ),
    )


def recorded_tree(context: Context) -> RecordedTree:
    """Return all units with their histories."""
    units = select(Unit.id, Unit.code).where(Unit.tenant_id == context.tenant_id)
    ids = {row.code: row.id for row in db.session.execute(units)}
    codes = known_codes(context)
    code_of = {unit_id: code for code, unit_id in ids.items()}
    placements, parents = _recorded_placements(context, code_of)
    designations, descriptions = _recorded_designations(context, code_of, codes)
    return RecordedTree(
        codes=codes,
        ids=ids,
        histories={
            code: UnitHistory(tuple(parents[code]), tuple(descriptions[code])) for code in ids
        },
        placements=placements,
        designations=designations,
    )


def renamed_tree(tree: RecordedTree, codes: Mapping[str, str]) -> RecordedTree:
    """Return a tree whose units have been given other codes, and nothing else."""
    return RecordedTree(
        codes=tree.codes,
        ids={codes[code]: unit_id for code, unit_id in tree.ids.items()},
        histories={
            codes[code]: UnitHistory(
                tuple(
                    Dated(
                        None if placed.value is None else codes[placed.value],
                        placed.first,
                        placed.end,
                    )
                    for placed in history.parents
                ),
                history.descriptions,
            )
            for code, history in tree.histories.items()
        },
        placements={(codes[code], day): row for (code, day), row in tree.placements.items()},
        designations={(codes[code], day): row for (code, day), row in tree.designations.items()},
    )


def give_codes(context: Context, codes: Mapping[int, str]) -> None:
    """Give units other codes, which may be those that others of them had."""
    if not codes:
        return
    names = _names_of(context, codes)
    # First out of the way, for a code is taken until its unit has another one.
    for prefix in ("~", ""):
        db.session.execute(
            _SET_CODES,
            {
                "tenant": context.tenant_id,
                "ids": list(codes),
                "codes": [f"{prefix}{code}" for code in codes.values()],
                "keys": [search_key(f"{names[unit]} {code}") for unit, code in codes.items()],
            },
        )


def _names_of(context: Context, unit_ids: Collection[int]) -> dict[int, str]:
    rows = db.session.execute(
        select(Unit.id, Unit.name).where(Unit.tenant_id == context.tenant_id, Unit.id.in_(unit_ids))
    )
    return {row.id: row.name for row in rows}


def add_units(
    context: Context, codes: KnownCodes, histories: Mapping[str, UnitHistory]
) -> dict[str, int]:
    """Add units as they are called today, with no place yet; return their numbers by code."""
    rows = [
        {
            "tenant_id": context.tenant_id,
            "code": code,
            **unit_values(
                code, described.name, codes.levels[described.level], codes.kinds[described.kind]
            ),
        }
        for code, history in histories.items()
        if (described := _described_today(history, context.today))
    ]
    if not rows:
        return {}
    added = db.session.execute(insert(Unit).returning(Unit.id, Unit.code), rows)
    return {row.code: row.id for row in added}


def unit_values(code: str, name: str, level_id: int, kind_id: int) -> dict[str, object]:
    """Return what a unit's own row says of it, with the keys that it is sorted and found by."""
    return {
        "name": name,
        "sort_key": sort_key(name),
        "search_key": search_key(f"{name} {code}"),
        "level_id": level_id,
        "kind_id": kind_id,
    }


def write_histories(
    context: Context,
    tree: RecordedTree,
    ids: Mapping[str, int],
    histories: Mapping[str, UnitHistory],
) -> None:
    """Make the rows of these units say what the histories say; `ids` knows added units too."""
    before = {code: tree.histories.get(code, UnitHistory()) for code in histories}
    # First what units are, then where: the database refuses a place below a cell.
    gone = _missing_from(_descriptions(histories), _descriptions(before))
    _replace(
        context,
        Designation,
        gone=[tree.designations[code, dated.first] for code, dated in gone],
        new=[
            {
                "unit_id": ids[code],
                "valid": _range(dated),
                "name": dated.value.name,
                "level_id": tree.codes.levels[dated.value.level],
                "kind_id": tree.codes.kinds[dated.value.kind],
            }
            for code, dated in _missing_from(_descriptions(before), _descriptions(histories))
        ],
    )
    left = _missing_from(_parents(histories), _parents(before))
    _replace(
        context,
        Placement,
        gone=[tree.placements[code, dated.first] for code, dated in left],
        new=[
            {
                "unit_id": ids[code],
                "valid": _range(dated),
                "parent_id": None if dated.value is None else ids[dated.value],
            }
            for code, dated in _missing_from(_parents(before), _parents(histories))
        ],
    )


def _replace(
    context: Context,
    table: type[Designation | Placement],
    *,
    gone: list[int],
    new: list[dict[str, object]],
) -> None:
    if gone:
        db.session.execute(
            delete(table).where(table.tenant_id == context.tenant_id, table.id.in_(gone))
        )
    if new:
        insert_rows(
            cast("Table", table.__table__),
            {name: [row[name] for row in new] for name in new[0]},
            {"tenant_id": context.tenant_id},
        )


def _parents(histories: Mapping[str, UnitHistory]) -> Histories[str | None]:
    return {code: history.parents for code, history in histories.items()}


def _descriptions(histories: Mapping[str, UnitHistory]) -> Histories[Description]:
    return {code: history.descriptions for code, history in histories.items()}


def _missing_from(
    some: Histories[Value], others: Histories[Value]
) -> Iterator[tuple[str, Dated[Value]]]:
    """Yield what others say and some do not."""
    for code, history in others.items():
        known = frozenset(some[code])
        yield from ((code, dated) for dated in history if dated not in known)


def recorded_members(context: Context, counted_on: date) -> dict[int, int]:
    """Return the member counts of exactly one day, by unit."""
    statement = select(MemberCount.unit_id, MemberCount.members).where(
        MemberCount.tenant_id == context.tenant_id, MemberCount.counted_on == counted_on
    )
    return {row.unit_id: row.members for row in db.session.execute(statement)}


def write_members(context: Context, counted_on: date, members: Mapping[int, int]) -> None:
    """Record the member counts of a day, in place of what was recorded for it."""
    if not members:
        return
    db.session.execute(
        _WRITE_MEMBERS,
        {
            "tenant": context.tenant_id,
            "counted_on": counted_on,
            "unit_ids": list(members),
            "members": list(members.values()),
        },
    )


def _recorded_placements(
    context: Context, code_of: Mapping[int, str]
) -> tuple[dict[tuple[str, date], int], dict[str, list[Dated[str | None]]]]:
    """Return the numbers of all placements, and the parents of each unit in order."""
    statement = (
        select(Placement.id, Placement.unit_id, Placement.parent_id, Placement.valid)
        .where(Placement.tenant_id == context.tenant_id)
        .order_by(func.lower(Placement.valid).nulls_first())
    )
    numbers: dict[tuple[str, date], int] = {}
    parents: dict[str, list[Dated[str | None]]] = {code: [] for code in code_of.values()}
    for row in db.session.execute(statement):
        code = code_of[row.unit_id]
        parent = None if row.parent_id is None else code_of[row.parent_id]
        dated: Dated[str | None] = _dated(parent, row.valid)
        parents[code].append(dated)
        numbers[code, dated.first] = row.id
    return numbers, parents


def _recorded_designations(
    context: Context, code_of: Mapping[int, str], codes: KnownCodes
) -> tuple[dict[tuple[str, date], int], dict[str, list[Dated[Description]]]]:
    """Return the numbers of all designations, and the descriptions of each unit in order."""
    statement = (
        select(
            Designation.id,
            Designation.unit_id,
            Designation.valid,
            Designation.name,
            Designation.level_id,
            Designation.kind_id,
        )
        .where(Designation.tenant_id == context.tenant_id)
        .order_by(func.lower(Designation.valid).nulls_first())
    )
    level_of = {level_id: code for code, level_id in codes.levels.items()}
    kind_of = {kind_id: code for code, kind_id in codes.kinds.items()}
    numbers: dict[tuple[str, date], int] = {}
    descriptions: dict[str, list[Dated[Description]]] = {code: [] for code in code_of.values()}
    for row in db.session.execute(statement):
        code = code_of[row.unit_id]
        described = Description(row.name, level_of[row.level_id], kind_of[row.kind_id])
        dated = _dated(described, row.valid)
        descriptions[code].append(dated)
        numbers[code, dated.first] = row.id
    return numbers, descriptions


def _described_today(history: UnitHistory, today: date) -> Description | None:
    dated = holding_on(history.descriptions, today)
    return dated.value if dated else None


def _dated(value: Value, valid: Range[date]) -> Dated[Value]:
    return Dated(value, valid.lower or WITHOUT_START, valid.upper or WITHOUT_END)


def _range(dated: Dated[Any]) -> Range[date]:
    return Range(
        None if dated.first == WITHOUT_START else dated.first,
        None if dated.end == WITHOUT_END else dated.end,
    )
