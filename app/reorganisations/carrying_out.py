"""Carrying out a plan, and taking it back: the tree first, then people, rights and quotas.

For commands alone: they hold the tree and all units.
"""

from collections.abc import Collection, Mapping
from datetime import date

from sqlalchemy import delete, insert, select

from app.cases.models import Person, Step
from app.cases.writing import follow_cells, give_people, hand_over_people, steps_of
from app.core.database import db
from app.reorganisations.following import count_heirs_members, pass_on_rights
from app.reorganisations.ground import Situation
from app.reorganisations.histories import Histories, histories_after, new_codes, with_cells_kept
from app.reorganisations.keeping import Keeper, images_of
from app.reorganisations.models import KeptRow
from app.reorganisations.quotas import succeed
from app.reorganisations.rules import Plan, Share
from app.reorganisations.weighing import ShareBy, cell_weights, flow_of
from app.tenants.context import Context
from app.units.commands import refresh_tree
from app.units.models import Designation, FormerCode, Lineage, Placement, Unit
from app.units.records import (
    RecordedTree,
    add_units,
    give_codes,
    recorded_tree,
    renamed_tree,
    write_histories,
)


def carry_out(
    context: Context,
    keeper: Keeper,
    found: Situation,
    plan: Plan,
    *,
    decision_no: str,
    share_by: ShareBy,
    routed: Mapping[int, str],
) -> Mapping[int, int]:
    """Make the tree that of the plan, and let everything follow its units; all is kept.

    Return the whole or default heir of each unit that ended. `routed` are people of split cells
    with the codes of the heirs that they go to.
    """
    named = new_codes(plan, found.tree.ids)
    _give_codes(context, keeper, found.tree, named, on=plan.effective)
    tree = renamed_tree(found.tree, named)
    after = histories_after(plan, found.tree.histories, named)
    added = add_units(context, tree.codes, {unit.code: after[unit.code] for unit in plan.begun})
    keeper.added("unit", list(added.values()))
    ids = {**tree.ids, **added}
    _write_lineage(context, keeper, plan, ids=ids, named=named)
    _write_tree(context, keeper, tree, ids, plan=plan, after=after, found=found, named=named)
    _route_people(context, keeper, plan, {person: ids[code] for person, code in routed.items()})
    heir_of = _heirs_of_ended(plan, ids, named)
    pass_on_rights(
        context,
        keeper,
        ended=[ids[named[code]] for code in plan.ended],
        heir_of=heir_of,
        receiver_of={
            ids[named[code]]: ids[receiver]
            for code in plan.ended
            if (receiver := plan.receivers[code]) is not None
        },
        on=plan.effective,
    )
    flow = flow_of(plan, ids, named, cell_weights(share_by, plan, found.people))
    count_heirs_members(context, keeper, flow.portions, plan.effective)
    succeed(context, keeper, flow, decision_no=decision_no, on=plan.effective)
    return heir_of


def take_back(context: Context, keeper: Keeper) -> None:
    """Make everything that was kept as it was."""
    begun = keeper.ids("unit", is_added=True)
    _forget_lineage(context, keeper)
    for place in ("designation", "placement"):
        keeper.delete_added(place, but_of=begun)
        keeper.restore_removed(place)
    _take_back_codes(context, keeper, begun)
    refresh_tree(context)
    _take_back_people(context, keeper)
    for place in ("placement", "designation"):
        keeper.delete_added(place)
    refresh_tree(context)
    keeper.delete_added("distribution")
    keeper.restore_changed("distribution")
    for place in ("role_grant", "member_count"):
        keeper.delete_added(place)
        keeper.restore_changed(place)
    keeper.restore_removed("role_grant")
    keeper.restore_changed("user_account")
    keeper.delete_added("unit")


def _give_codes(
    context: Context, keeper: Keeper, tree: RecordedTree, named: Mapping[str, str], *, on: date
) -> None:
    """Give units their codes of after, and keep under which ones they were known."""
    changed = {code: new for code, new in named.items() if code != new}
    if not changed:
        return
    units = {tree.ids[code]: new for code, new in changed.items()}
    keeper.changing("unit", Unit.__table__.c.id.in_(list(units)))
    db.session.execute(
        insert(FormerCode),
        [
            {
                "tenant_id": context.tenant_id,
                "reorganisation_id": keeper.reorganisation_id,
                "unit_id": tree.ids[code],
                "code": code,
                "until_on": on,
            }
            for code in changed
        ],
    )
    give_codes(context, units)


def _write_lineage(
    context: Context,
    keeper: Keeper,
    plan: Plan,
    *,
    ids: Mapping[str, int],
    named: Mapping[str, str],
) -> None:
    rows = [
        {
            "tenant_id": context.tenant_id,
            "reorganisation_id": keeper.reorganisation_id,
            "effective_on": plan.effective,
            "predecessor_id": ids[named[code]],
            "successor_id": ids[heir.code],
            "share": heir.share.value,
            "is_default": heir.is_default and code in plan.ended,
        }
        for code, heirs in plan.heirs.items()
        for heir in heirs
        if ids[heir.code] != ids[named[code]]
    ]
    if rows:
        db.session.execute(insert(Lineage), rows)


def _write_tree(
    context: Context,
    keeper: Keeper,
    tree: RecordedTree,
    ids: Mapping[str, int],
    *,
    plan: Plan,
    after: Histories,
    found: Situation,
    named: Mapping[str, str],
) -> None:
    """Write the histories that change; cells that end hand their people over before they go."""
    changed = {
        code: history for code, history in after.items() if tree.histories.get(code) != history
    }
    old_units = [tree.ids[code] for code in changed if code in tree.ids]
    images = {
        table.__tablename__: images_of(context, table.__tablename__, old_units)
        for table in (Placement, Designation)
    }
    cells = [code for code in plan.ended if _is_cell(plan, found, code)]
    if cells:
        standing = with_cells_kept(plan, cells, after=after, tree=found.tree.histories, named=named)
        write_histories(context, tree, ids, {code: standing[code] for code in changed})
        refresh_tree(context)
        _hand_over(context, keeper, plan, _receivers_of(plan, cells, ids, named))
        tree = recorded_tree(context)
    write_histories(context, tree, ids, changed)
    refresh_tree(context)
    for table in (Placement, Designation):
        _keep_rewritten(
            context,
            keeper,
            table,
            before=images[table.__tablename__],
            unit_ids=[ids[code] for code in changed],
        )


def _is_cell(plan: Plan, found: Situation, code: str) -> bool:
    kind = plan.before[code].description.kind
    return kind in found.tree.codes.vocabulary.cell_kinds


def _receivers_of(
    plan: Plan, cells: Collection[str], ids: Mapping[str, int], named: Mapping[str, str]
) -> dict[int, int]:
    return {
        ids[named[code]]: ids[receiver]
        for code in cells
        if (receiver := plan.receivers[code]) is not None
    }


def _hand_over(context: Context, keeper: Keeper, plan: Plan, heir_of: Mapping[int, int]) -> None:
    cells = list(heir_of)
    step, person = Step.__table__.c, Person.__table__.c
    keeper.changing("step", step.cell_id.in_(cells) & (step.taken_on >= plan.effective))
    keeper.changing("person", person.cell_id.in_(cells))
    hand_over_people(context, heir_of, plan.effective)


def _route_people(context: Context, keeper: Keeper, plan: Plan, cell_of: Mapping[int, int]) -> None:
    """Give people of split cells who were named to the heirs that they were named for."""
    if not cell_of:
        return
    step, person = Step.__table__.c, Person.__table__.c
    keeper.changing("person", person.id.in_(list(cell_of)))
    keeper.changing("step", steps_of(list(cell_of)) & (step.taken_on >= plan.effective))
    give_people(context, cell_of, plan.effective)


def _keep_rewritten(
    context: Context,
    keeper: Keeper,
    table: type[Placement | Designation],
    *,
    before: Mapping[int, Mapping[str, object]],
    unit_ids: Collection[int],
) -> None:
    """Keep which rows of units have gone and which have come."""
    now = set(
        db.session.scalars(
            select(table.id).where(
                table.tenant_id == context.tenant_id, table.unit_id.in_(unit_ids)
            )
        )
    )
    keeper.removed(
        table.__tablename__, {row: image for row, image in before.items() if row not in now}
    )
    keeper.added(table.__tablename__, now - before.keys())


def _heirs_of_ended(plan: Plan, ids: Mapping[str, int], named: Mapping[str, str]) -> dict[int, int]:
    """Return the whole or default heirs of the units that end; closed ones have none."""
    return {
        ids[named[code]]: ids[heir.code]
        for code in plan.ended
        for heir in plan.heirs[code]
        if heir.is_default and heir.share is not Share.CLOSE
    }


def _forget_lineage(context: Context, keeper: Keeper) -> None:
    for table in (Lineage, FormerCode):
        db.session.execute(
            delete(table).where(
                table.tenant_id == context.tenant_id,
                table.reorganisation_id == keeper.reorganisation_id,
            )
        )


def _take_back_codes(context: Context, keeper: Keeper, begun: Collection[int]) -> None:
    before = {
        row.row_id: row.before["code"]
        for row in db.session.execute(
            select(KeptRow.row_id, KeptRow.before).where(
                KeptRow.tenant_id == context.tenant_id,
                KeptRow.reorganisation_id == keeper.reorganisation_id,
                KeptRow.place == "unit",
                KeptRow.before.is_not(None),
            )
        )
    }
    if before:
        # What is about to be deleted may hold a code that its old bearer wants back.
        give_codes(context, {unit_id: f"~~{unit_id}" for unit_id in begun})
        give_codes(context, before)


def _take_back_people(context: Context, keeper: Keeper) -> None:
    """Give people and steps back to the cells that they were of; both cells stand meanwhile."""
    keeper.restore_changed("step")
    keeper.restore_changed("person")
    handed_over = keeper.ids("person", is_added=False)
    cells = db.session.scalars(
        select(Person.cell_id)
        .where(Person.tenant_id == context.tenant_id, Person.id.in_(handed_over))
        .distinct()
    ).all()
    follow_cells(context, cells)
