"""Pages of the tree: browsing it a level at a time, searching it, a unit and its changes."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import ScalarSelect
from wtforms import SelectChoice

from app.accounts.access import may
from app.core.dates import parse_date
from app.core.errors import Refused
from app.tenants.context import Context
from app.tenants.current import current_context
from app.tenants.submissions import claim, new_client_key, settle
from app.units import choices, commands, dated, queries
from app.units.below import number_of_children
from app.units.choices import Choice
from app.units.dated import ParentPeriod
from app.units.forms import MembersForm, NewUnitForm, RenameForm, Renaming
from app.units.queries import unit_with_ancestors, unit_with_ancestors_and
from app.units.relatives import relatives
from app.units.rows import UnitRow
from app.web.addresses import kept_parameters, see_other
from app.web.errors import status_of
from app.web.forms import Form
from app.web.guards import Permission, requires

pages = Blueprint("units", __name__, template_folder="templates")

MOST_FOUND = 50


@pages.get("/units")
@requires(Permission.SEE_FIGURES)
def top() -> ResponseReturnValue:
    """Show the topmost units; where there is one alone, the level below it."""
    context = current_context()
    as_of = _as_of(context)
    rows = dated.top_level(context, as_of)
    if len(rows) == 1:
        return see_other(url_for("units.tree", unit_id=rows[0].unit.id, **_address()))
    return render_template(
        "units/tree.html",
        unit=None,
        above=(),
        rows=rows,
        as_of=as_of,
        address=_address(),
        may_reorganise=may(Permission.REORGANISE),
    )


@pages.get("/units/<opaque('unit'):unit_id>/tree")
@requires(Permission.SEE_FIGURES)
def tree(unit_id: int) -> str:
    """Show the units that stand, or stood, under a unit on a day."""
    context = current_context()
    unit, above = unit_with_ancestors(context, unit_id)
    as_of = _as_of(context)
    return render_template(
        "units/tree.html",
        unit=unit,
        above=above,
        rows=dated.level_below(context, unit.id, as_of),
        as_of=as_of,
        address=_address(),
        may_edit=may(Permission.EDIT_UNITS),
        may_reorganise=may(Permission.REORGANISE),
    )


@pages.get("/units/search")
@requires(Permission.SEE_FIGURES)
def search() -> ResponseReturnValue:
    """Find units by words of their names or codes; one alone is opened at once."""
    context = current_context()
    wanted = request.args.get("q", "")
    found = queries.search(context, wanted, MOST_FOUND)
    if len(found) == 1:
        return see_other(url_for("units.unit", unit_id=found[0].id))
    return render_template(
        "units/search.html",
        wanted=wanted,
        found=found,
        trails=queries.trails(context, found),
        most_found=MOST_FOUND,
    )


@pages.get("/units/<opaque('unit'):unit_id>")
@requires(Permission.SEE_FIGURES)
def unit(unit_id: int) -> str:
    """Show what a unit is and was, also one that has ended."""
    context = current_context()
    row, above, found = unit_with_ancestors_and(
        context, unit_id, _asked_with_unit, day=context.today
    )
    stands = bool(row.path)
    parents = dated.parents_over_time(context, row.id)
    return render_template(
        "units/unit.html",
        unit=row,
        above=above,
        stands=stands,
        last_year={} if stands else _last_year(parents),
        relatives=relatives(context, row.id),
        children=found["children"],
        parents=parents,
        names=dated.names_over_time(context, row.id),
        members=dated.member_counts(context, row.id),
        may_edit=stands and may(Permission.EDIT_UNITS),
    )


def _asked_with_unit() -> Mapping[str, ScalarSelect[Any]]:
    return {"children": number_of_children()}


def _last_year(parents: Sequence[ParentPeriod]) -> dict[str, str]:
    """Return how addresses ask for the last year in which an ended unit stood."""
    last = max((period.last for period in parents if period.last is not None), default=None)
    return {} if last is None else {"period": str(last.year)}


@pages.get("/units/<opaque('unit'):unit_id>/new")
@requires(Permission.EDIT_UNITS)
def new_unit(unit_id: int) -> str:
    """Ask what is to be added under a unit."""
    context = current_context()
    parent, above = unit_with_ancestors(context, unit_id)
    form = NewUnitForm(formdata=None, obj=choices.suggestion_below(context, parent))
    _offer_choices(context, form)
    return _show("units/new.html", parent, above, form)


@pages.post("/units/<opaque('unit'):unit_id>/new")
@requires(Permission.EDIT_UNITS)
def create_unit(unit_id: int) -> ResponseReturnValue:
    """Add a unit under a unit; a form sent twice adds one."""
    context = current_context()
    parent, above = unit_with_ancestors(context, unit_id)
    form = NewUnitForm()
    _offer_choices(context, form)
    if not form.validate():
        return _show("units/new.html", parent, above, form), form.status
    claimed = claim(context, request.form.get("client_key", ""))
    if not claimed.is_first:
        return see_other(claimed.result or url_for("units.unit", unit_id=parent.id))
    try:
        added = commands.create_unit(context, form.new_unit(parent.id))
    except Refused as refusal:
        form.show(refusal)
        return _show("units/new.html", parent, above, form), status_of(refusal)
    flash(_("Đã thêm tổ chức."), "success")
    address = url_for("units.unit", unit_id=added)
    settle(context, request.form["client_key"], address)
    return see_other(address)


@pages.get("/units/<opaque('unit'):unit_id>/name")
@requires(Permission.EDIT_UNITS)
def name(unit_id: int) -> str:
    """Ask for another name of a unit."""
    context = current_context()
    unit, above = unit_with_ancestors(context, unit_id)
    form = RenameForm(
        formdata=None, name=unit.name, reason=Renaming.RENAMED.value, effective=context.today
    )
    return _show("units/name.html", unit, above, form)


@pages.post("/units/<opaque('unit'):unit_id>/name")
@requires(Permission.EDIT_UNITS)
def rename(unit_id: int) -> ResponseReturnValue:
    """Rename a unit from a day on, or correct its name."""
    context = current_context()
    unit, above = unit_with_ancestors(context, unit_id)
    form = RenameForm()
    if not form.validate():
        return _show("units/name.html", unit, above, form), form.status
    try:
        if form.reason.data == Renaming.CORRECTED:
            commands.correct_name(context, unit.id, form.name.data)
        else:
            commands.rename_unit(context, unit.id, form.name.data, form.first_day)
    except Refused as refusal:
        form.show(refusal)
        return _show("units/name.html", unit, above, form), status_of(refusal)
    flash(_("Đã ghi tên."), "success")
    return see_other(url_for("units.unit", unit_id=unit.id))


@pages.get("/units/<opaque('unit'):unit_id>/members")
@requires(Permission.EDIT_UNITS)
def members(unit_id: int) -> str:
    """Ask how many members a unit has."""
    context = current_context()
    unit, above = unit_with_ancestors(context, unit_id)
    form = MembersForm(formdata=None, counted_on=context.today)
    return _show("units/members.html", unit, above, form)


@pages.post("/units/<opaque('unit'):unit_id>/members")
@requires(Permission.EDIT_UNITS)
def count_members(unit_id: int) -> ResponseReturnValue:
    """Record how many members a unit has on a day."""
    context = current_context()
    unit, above = unit_with_ancestors(context, unit_id)
    form = MembersForm()
    if not form.validate():
        return _show("units/members.html", unit, above, form), form.status
    try:
        commands.count_members(context, unit.id, form.counted)
    except Refused as refusal:
        form.show(refusal)
        return _show("units/members.html", unit, above, form), status_of(refusal)
    flash(_("Đã ghi số đảng viên."), "success")
    return see_other(url_for("units.unit", unit_id=unit.id))


def _show(template: str, unit: UnitRow, above: tuple[UnitRow, ...], form: Form) -> str:
    return render_template(template, unit=unit, above=above, form=form, client_key=new_client_key())


def _offer_choices(context: Context, form: NewUnitForm) -> None:
    form.level.choices = _choices(choices.level_choices(context))
    form.kind.choices = _choices(choices.kind_choices(context))


def _choices(offered: tuple[Choice, ...]) -> list[SelectChoice]:
    return [SelectChoice(choice.code, choice.name) for choice in offered]


def _as_of(context: Context) -> date:
    """Read the day from the address; today when it is bare."""
    asked = request.args.get("as_of")
    return parse_date(asked) if asked else context.today


def _address() -> dict[str, Any]:
    """Return what links of the page keep of its address."""
    return kept_parameters(("as_of",))
