"""Changing the tree: importing units, adding, renaming and moving one, counting members.

Every change first locks the tenant's tree, so that changes follow each other; then the rules
check it as a whole, its differences are written, and today's tree is drawn up anew.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import cast

from sqlalchemy import insert

from app.audit.commands import Change, record, record_all
from app.core.database import db
from app.core.errors import Refused, refused_at
from app.core.events import publish
from app.core.messages import message
from app.core.text import clean
from app.imports.rules import (
    Column,
    ImportReport,
    Reject,
    Row,
    Table,
    code,
    conclude,
    optional,
    read_table,
    whole_number,
)
from app.tenants.context import Context, whole_tenant
from app.units.dated import CountedMembers
from app.units.defaults import KINDS, LEVELS
from app.units.events import UnitsRepathed
from app.units.models import Kind, Level
from app.units.positions import (
    is_refresh_due,
    lock_tree,
    note_refreshed,
    redraw_names,
    redraw_positions,
)
from app.units.queries import unit_in_scope
from app.units.records import (
    RecordedTree,
    add_units,
    recorded_members,
    recorded_tree,
    write_histories,
    write_members,
)
from app.units.rows import UnitRow
from app.units.rules import (
    Description,
    Entry,
    UnitHistory,
    corrected,
    holding_on,
    outcome,
)

UNIT_COLUMNS = (
    Column("code", code),
    Column("parent_code", optional(code)),
    Column("level"),
    Column("name"),
    Column("kind", optional(code), required=False),
    Column("members", optional(whole_number), required=False),
)
"""What a file of units holds; the rules judge levels, kinds and places."""


@dataclass(frozen=True, kw_only=True)
class NewUnit:
    """A unit to be added under another one; level and kind are codes."""

    parent_id: int
    code: str
    name: str
    level: str
    kind: str


def create_defaults(context: Context) -> None:
    """Give a new tenant the levels and kinds that every tenant begins with."""
    levels = db.session.execute(
        insert(Level).returning(Level.id, Level.code),
        [
            {
                "tenant_id": context.tenant_id,
                "code": level.code,
                "name_vi": level.name_vi,
                "name_en": level.name_en,
                "rank": rank,
            }
            for rank, level in enumerate(LEVELS, start=1)
        ],
    )
    level_ids = {row.code: row.id for row in levels}
    db.session.execute(
        insert(Kind),
        [
            {
                "tenant_id": context.tenant_id,
                "code": kind.code,
                "name_vi": kind.name_vi,
                "name_en": kind.name_en,
                "rank": rank,
                "is_cell": kind.is_cell,
                "is_residential": kind.is_residential,
                "default_for_level_id": level_ids[kind.level] if kind.level else None,
            }
            for rank, kind in enumerate(KINDS, start=1)
        ],
    )
    configured = {
        "levels": [level.code for level in LEVELS],
        "kinds": [kind.code for kind in KINDS],
    }
    record(context, Change("tree.configured", "tenant", context.tenant_id, after=configured))


def import_units(
    context: Context, content: bytes, effective: date, *, skip_bad: bool = False
) -> ImportReport:
    """Read a CSV file of units and import it; see `import_unit_table`."""
    table = read_table(content, UNIT_COLUMNS)
    return import_unit_table(context, table, effective, skip_bad=skip_bad)


def import_unit_table(
    context: Context, table: Table, effective: date, *, skip_bad: bool
) -> ImportReport:
    """Make units be named and placed from the effective date as a file's rows say, by their code.

    A changed parent is a move, a changed name, level or kind a new designation, each from the
    effective date up to the next change that is recorded already; the effective date may lie
    before or after recorded changes, and what was before it stays. A unit seen first was always
    there. No kind means the unit's own, or the usual one of a new level. Member counts are those
    of the effective date. Units that the file does not name stay as they are.

    Raises `ImportRefused` when a row is rejected and bad rows are not to be skipped. The scope of
    the context must be the whole tenant.
    """
    lock_tree(context)
    tree = recorded_tree(context)
    entries = [_entry(row) for row in table.rows]
    result = outcome(entries, tree.histories, tree.codes.vocabulary, effective)
    refused_rows = {fault.entry.row for fault in result.faults}
    counted = recorded_members(context, effective)
    changes = [
        change
        for entry in entries
        if entry.row not in refused_rows
        if (change := _change(tree, entry, result.histories[entry.code], counted)) is not None
    ]
    report = conclude(
        table,
        [
            Reject(fault.entry.row, fault.column, fault.value, fault.reason)
            for fault in result.faults
        ],
        unchanged=len(result.histories) - len(changes),
        skip_bad=skip_bad,
    )
    _carry_out(context, tree, changes, effective)
    return report


def create_unit(context: Context, new: NewUnit) -> int:
    """Add a unit under a unit of the scope, as if it had always been there; return its number."""
    parent = unit_in_scope(context, new.parent_id)
    entry = Entry(
        row=1,
        code=code(new.code),
        parent_code=parent.code,
        level=new.level,
        name=clean(new.name),
        kind=new.kind,
    )
    lock_tree(context)
    tree = recorded_tree(context)
    if entry.code in tree.ids:
        raise refused_at("code", message("Mã “%(code)s” đã có tổ chức khác dùng.", code=entry.code))
    return _carry_out_one(context, tree, entry, context.today)


def rename_unit(context: Context, unit_id: int, name: str, effective: date) -> None:
    """Call a unit of the scope by a new name from a day up to its next recorded designation."""
    unit = unit_in_scope(context, unit_id)
    lock_tree(context)
    tree = recorded_tree(context)
    entry = replace(_standing(tree, unit, effective), name=clean(name))
    _carry_out_one(context, tree, entry, effective)


def correct_name(context: Context, unit_id: int, name: str) -> None:
    """Correct a typing error in the name that a unit of the scope has today, for all its days."""
    unit = unit_in_scope(context, unit_id)
    if not clean(name):
        raise refused_at("name", message("Thiếu tên tổ chức."))
    lock_tree(context)
    tree = recorded_tree(context)
    before = tree.histories[unit.code]
    entry = replace(_standing(tree, unit, context.today), name=clean(name))
    description = Description(entry.name, entry.level, entry.kind or "")
    after = replace(before, descriptions=corrected(before.descriptions, description, context.today))
    if after != before:
        change = _UnitChange(unit.code, before, after, action="unit.name_corrected")
        _carry_out(context, tree, [change], context.today)


def move_unit(context: Context, unit_id: int, parent_id: int, effective: date) -> None:
    """Place a unit under another one, both of the scope, from a day up to its next recorded move.

    The day may lie in the past or in the future.
    """
    unit = unit_in_scope(context, unit_id)
    parent = unit_in_scope(context, parent_id)
    lock_tree(context)
    tree = recorded_tree(context)
    entry = replace(_standing(tree, unit, effective), parent_code=parent.code)
    _carry_out_one(context, tree, entry, effective)


def count_members(context: Context, unit_id: int, counted: CountedMembers) -> None:
    """Record how many members a unit of the scope has on a day, in place of an earlier record."""
    unit = unit_in_scope(context, unit_id)
    if counted.counted_on > context.today:
        raise refused_at("counted_on", message("Ngày đếm ở sau hôm nay."))
    before = recorded_members(context, counted.counted_on).get(unit.id)
    if before == counted.members:
        return
    write_members(context, counted.counted_on, {unit.id: counted.members})
    record(
        context,
        Change(
            "unit.members_counted",
            "unit",
            unit.id,
            before=None if before is None else {"members": before},
            after=asdict(counted),
        ),
    )


def refresh_tree(context: Context) -> None:
    """Draw up positions, today's paths and today's names anew; only differences are written.

    Publishes `UnitsRepathed`. Waits for whoever changes the tree, and holds it until the end of
    the transaction.
    """
    lock_tree(context)
    renamed = redraw_names(context)
    repathed = redraw_positions(context)
    note_refreshed(context)
    if renamed or repathed:
        redrawn = {"today": context.today, "repathed": len(repathed), "renamed": renamed}
        record(context, Change("tree.redrawn", "tenant", context.tenant_id, after=redrawn))
    if repathed:
        # What stands under a moved unit moves with it, also where the actor may not see it.
        with whole_tenant(context) as everywhere:
            publish(UnitsRepathed(everywhere, repathed))


def refresh_tree_when_due(context: Context) -> None:
    """Refresh the tree in the first transaction of a day on which it is another tree.

    One look at one row where nothing is due. A clock that was turned back is noticed too.
    """
    if is_refresh_due(context):
        refresh_tree(context)


@dataclass(frozen=True)
class _UnitChange:
    """What one unit becomes. The counts are those of the effective date, None for no change."""

    code: str
    before: UnitHistory | None
    after: UnitHistory
    action: str
    members_before: int | None = None
    members: int | None = None


def _entry(row: Row) -> Entry:
    values = row.values
    return Entry(
        row=row.number,
        code=cast("str", values["code"]),
        parent_code=cast("str | None", values["parent_code"]),
        level=cast("str", values["level"]),
        name=cast("str", values["name"]),
        kind=cast("str | None", values.get("kind")),
        members=cast("int | None", values.get("members")),
    )


def _standing(tree: RecordedTree, unit: UnitRow, on: date) -> Entry:
    """Return a unit as it stands and is called on a day, ready to be changed."""
    history = tree.histories[unit.code]
    placed = holding_on(history.parents, on)
    described = holding_on(history.descriptions, on)
    if placed is None or described is None:
        raise Refused(message("Tổ chức này không có trong cây tổ chức ngày %(day)s.", day=on))
    return Entry(
        row=1,
        code=unit.code,
        parent_code=placed.value,
        level=described.value.level,
        name=described.value.name,
        kind=described.value.kind,
    )


def _change(
    tree: RecordedTree, entry: Entry, after: UnitHistory, counted: Mapping[int, int]
) -> _UnitChange | None:
    """Return what an accepted entry changes; None when all of it holds already."""
    before = tree.histories.get(entry.code)
    members_before = counted.get(tree.ids[entry.code]) if before else None
    members = None if entry.members == members_before else entry.members
    if after == before and members is None:
        return None
    return _UnitChange(
        code=entry.code,
        before=before,
        after=after,
        action=_action(before, after),
        members_before=members_before,
        members=members,
    )


def _action(before: UnitHistory | None, after: UnitHistory) -> str:
    """Name a change for the trail, by the most that has changed."""
    if before is None:
        return "unit.created"
    if after.parents != before.parents:
        return "unit.moved"
    if after.descriptions != before.descriptions:
        return "unit.renamed"
    return "unit.members_counted"


def _carry_out_one(context: Context, tree: RecordedTree, entry: Entry, effective: date) -> int:
    """Carry out an entry by itself, or raise what speaks against it; return the unit's number."""
    result = outcome((entry,), tree.histories, tree.codes.vocabulary, effective)
    for fault in result.faults:
        raise refused_at(fault.column, fault.reason)
    change = _change(tree, entry, result.histories[entry.code], {})
    if change is None:
        return tree.ids[entry.code]
    return _carry_out(context, tree, [change], effective)[entry.code]


def _carry_out(
    context: Context, tree: RecordedTree, changes: Sequence[_UnitChange], effective: date
) -> Mapping[str, int]:
    """Write what has been checked, and draw up the tree; return all units' numbers by code."""
    if not changes:
        return tree.ids
    added = add_units(
        context, tree.codes, {change.code: change.after for change in changes if not change.before}
    )
    ids = {**tree.ids, **added}
    write_histories(context, tree, ids, {change.code: change.after for change in changes})
    write_members(
        context,
        effective,
        {ids[change.code]: change.members for change in changes if change.members is not None},
    )
    record_all(context, [_audited(change, ids[change.code], effective) for change in changes])
    refresh_tree(context)
    return ids


def _audited(change: _UnitChange, unit_id: int, effective: date) -> Change:
    before = _facts(change.before, change.members_before, effective) if change.before else {}
    after = _facts(change.after, change.members, effective)
    changed = {name for name, value in after.items() if value != before.get(name)}
    return Change(
        change.action,
        "unit",
        unit_id,
        before={name: before[name] for name in before if name in changed} or None,
        after={"effective": effective, **{name: after[name] for name in after if name in changed}},
    )


def _facts(history: UnitHistory, members: int | None, on: date) -> dict[str, object]:
    """Return what holds of a unit on a day; members only where they are counted."""
    placed = holding_on(history.parents, on)
    described = holding_on(history.descriptions, on)
    return {
        "parent": placed.value if placed else None,
        **(asdict(described.value) if described else {}),
        **({} if members is None else {"members": members}),
    }
