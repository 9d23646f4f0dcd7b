"""Pages of reorganisations: the list, building one, its preview, the word to carry it out."""

from collections.abc import Sequence

from flask import Blueprint, Response, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms import SelectChoice

from app.accounts.access import may
from app.core.errors import NotFound, Refused
from app.core.messages import message
from app.imports.rules import ImportRefused, conclude, read_table
from app.measures.queries import measures
from app.reorganisations import drafts, queries
from app.reorganisations import pages as arranged
from app.reorganisations.commands import PlanRefused
from app.reorganisations.file_rows import REORGANISATION_COLUMNS
from app.reorganisations.file_rows import operation as operation_of_row
from app.reorganisations.forms import (
    FORMS,
    KNOWN_UNITS,
    SPLIT,
    DetailsForm,
    MergeForm,
    NewForm,
    OperationForm,
)
from app.reorganisations.rules import Operation
from app.reorganisations.splits import split_of
from app.tenants.context import Context
from app.tenants.current import current_context
from app.tenants.submissions import claim, new_client_key, settle
from app.units.choices import kind_choices, level_choices
from app.web.addresses import page_number, see_other
from app.web.errors import status_of
from app.web.guards import Permission, requires
from app.web.i18n import render_message

pages = Blueprint(
    "reorganisations", __name__, url_prefix="/reorganisations", template_folder="templates"
)

OPERATIONS_SHOWN = 100

WATCHER = "reorganisation"
"""The part of the page that asks how far a worker is: htmx names it in `HX-Trigger`."""

LOOK = "look"
"""The button that shows the units below another one, with what is chosen by then."""


@pages.get("")
@requires(Permission.REORGANISE)
def index() -> str:
    """List all reorganisations."""
    context = current_context()
    rows = queries.reorganisations(context)
    return render_template(
        "reorganisations/index.html",
        rows=[(row, *arranged.state_words(row)) for row in rows],
    )


@pages.get("/new")
@requires(Permission.REORGANISE)
def new() -> str:
    """Ask what a reorganisation is decided by, and for its file where there is one."""
    form = NewForm(formdata=None, effective_on=current_context().today)
    return _ask_new(form)


@pages.post("/new")
@requires(Permission.REORGANISE)
def begin() -> ResponseReturnValue:
    """Begin a draft, with the operations of the file."""
    context = current_context()
    form = NewForm()
    if not form.validate():
        return _ask_new(form), form.status
    claimed = claim(context, request.form.get("client_key", ""))
    if not claimed.is_first:
        return see_other(claimed.result or url_for("reorganisations.index"))
    try:
        begun = drafts.begin(context, form.details, _operations_of_file(form))
    except ImportRefused as refused:
        return _ask_new(form, _reject_items(refused)), 422
    except Refused as refusal:
        form.show(refusal)
        return _ask_new(form), status_of(refusal)
    address = url_for("reorganisations.page", reorganisation_id=begun)
    settle(context, request.form["client_key"], address)
    return see_other(address)


@pages.get("/<opaque('reorganisation'):reorganisation_id>")
@requires(Permission.REORGANISE)
def page(reorganisation_id: int) -> ResponseReturnValue:
    """Show a reorganisation: what it says, what it would do or did, and what may be done now.

    Who has watched a worker is led to the whole page when it has ended: all of it has changed.
    """
    context = current_context()
    if request.headers.get("HX-Trigger") == WATCHER:
        row = queries.reorganisation_by_id(context, reorganisation_id)
        if row.requested is None:
            return Response(headers={"HX-Redirect": arranged.address(row)})
    return _page(context, reorganisation_id)


@pages.get("/<opaque('reorganisation'):reorganisation_id>/details")
@requires(Permission.REORGANISE)
def details(reorganisation_id: int) -> str:
    """Ask what a draft is decided by."""
    row = queries.reorganisation_by_id(current_context(), reorganisation_id)
    form = DetailsForm(
        formdata=None,
        decision_no=row.decision_no,
        issuer=row.issuer,
        effective_on=row.effective_on,
        share_by=row.share_by,
    )
    return render_template("reorganisations/details.html", row=row, form=form)


@pages.post("/<opaque('reorganisation'):reorganisation_id>/details")
@requires(Permission.REORGANISE)
def change_details(reorganisation_id: int) -> ResponseReturnValue:
    """Change what a draft is decided by."""
    context = current_context()
    form = DetailsForm()
    row = queries.reorganisation_by_id(context, reorganisation_id)
    if form.validate():
        try:
            drafts.change_details(context, reorganisation_id, form.details)
            return see_other(arranged.address(row))
        except Refused as refusal:
            form.show(refusal)
            return (
                render_template("reorganisations/details.html", row=row, form=form),
                status_of(refusal),
            )
    return render_template("reorganisations/details.html", row=row, form=form), form.status


@pages.get("/<opaque('reorganisation'):reorganisation_id>/add/<operation>")
@requires(Permission.REORGANISE)
def ask_operation(reorganisation_id: int, operation: str) -> str:
    """Ask for an operation."""
    context = current_context()
    return _ask_operation(
        context, reorganisation_id, operation, _form_of(context, operation, is_sent=False)
    )


@pages.post("/<opaque('reorganisation'):reorganisation_id>/add/<operation>")
@requires(Permission.REORGANISE)
def add_operation(reorganisation_id: int, operation: str) -> ResponseReturnValue:
    """Add an operation to a draft."""
    context = current_context()
    form = _form_of(context, operation, is_sent=True)
    row = queries.reorganisation_by_id(context, reorganisation_id)
    if LOOK in request.form:
        return _ask_operation(context, reorganisation_id, operation, form)
    if not form.validate():
        return _ask_operation(context, reorganisation_id, operation, form), form.status
    try:
        first = drafts.add_checked(context, row, form.operations)
    except PlanRefused as refused:
        form.form_errors = [render_message(fault.reason) for fault in refused.faults]
        return _ask_operation(context, reorganisation_id, operation, form), status_of(refused)
    if operation == SPLIT:
        flash(_("Đã thêm phần chia tách. Hãy chọn ai theo về phần nào."), "success")
        return see_other(
            url_for("reorganisations.split", reorganisation_id=reorganisation_id, row=first)
        )
    flash(_("Đã thêm vào bản nháp."), "success")
    return see_other(arranged.address(row))


@pages.post("/<opaque('reorganisation'):reorganisation_id>/remove")
@requires(Permission.REORGANISE)
def remove(reorganisation_id: int) -> ResponseReturnValue:
    """Take operations out of a draft."""
    rows = [int(row) for row in request.form.getlist("row") if row.isdecimal()]
    drafts.remove_operations(current_context(), reorganisation_id, rows)
    return see_other(url_for("reorganisations.page", reorganisation_id=reorganisation_id))


@pages.get("/<opaque('reorganisation'):reorganisation_id>/split/<int:row>")
@requires(Permission.REORGANISE)
def split(reorganisation_id: int, row: int) -> str:
    """Ask with which part of a split unit its cells, or the people of a cell, go."""
    context = current_context()
    sees_people = may(Permission.SEE_PEOPLE)
    found = split_of(context, reorganisation_id, row, with_people=sees_people)
    return render_template(
        "reorganisations/split.html",
        row=queries.reorganisation_by_id(context, reorganisation_id),
        split=found,
        sees_people=sees_people,
    )


@pages.post("/<opaque('reorganisation'):reorganisation_id>/split/<int:row>")
@requires(Permission.REORGANISE)
def route(reorganisation_id: int, row: int) -> ResponseReturnValue:
    """Keep where cells or people of a split unit go."""
    context = current_context()
    found = split_of(context, reorganisation_id, row, with_people=may(Permission.SEE_PEOPLE))
    chosen = {
        item.key: request.form.get(f"to-{place}", "") for place, item in enumerate(found.items)
    }
    found.keep(context, chosen)
    flash(_("Đã ghi phần nhận."), "success")
    return see_other(url_for("reorganisations.page", reorganisation_id=reorganisation_id))


@pages.post("/<opaque('reorganisation'):reorganisation_id>/preview")
@requires(Permission.REORGANISE)
def preview(reorganisation_id: int) -> ResponseReturnValue:
    """Work out what a draft would do, before anything changes."""
    context = current_context()
    try:
        drafts.preview_draft(context, reorganisation_id)
    except PlanRefused as refused:
        faults = arranged.faults_words(refused.faults)
        return _page(context, reorganisation_id, faults), status_of(refused)
    except Refused as refused:
        return (
            _page(context, reorganisation_id, [(render_message(refused.message), None)]),
            status_of(refused),
        )
    return see_other(url_for("reorganisations.page", reorganisation_id=reorganisation_id))


@pages.post("/<opaque('reorganisation'):reorganisation_id>/apply")
@requires(Permission.REORGANISE)
def apply(reorganisation_id: int) -> ResponseReturnValue:
    """Have a previewed reorganisation carried out."""
    drafts.ask_for(current_context(), reorganisation_id, drafts.APPLY)
    return see_other(url_for("reorganisations.page", reorganisation_id=reorganisation_id))


@pages.post("/<opaque('reorganisation'):applied_id>/undo")
@requires(Permission.REORGANISE)
def undo(applied_id: int) -> ResponseReturnValue:
    """Have a reorganisation taken back."""
    drafts.ask_for(current_context(), applied_id, drafts.UNDO)
    return see_other(url_for("reorganisations.page", reorganisation_id=applied_id))


@pages.post("/<opaque('reorganisation'):draft_id>/discard")
@requires(Permission.REORGANISE)
def discard(draft_id: int) -> ResponseReturnValue:
    """Throw a draft away."""
    drafts.discard(current_context(), draft_id)
    flash(_("Đã bỏ bản nháp."), "success")
    return see_other(url_for("reorganisations.index"))


def _page(
    context: Context,
    reorganisation_id: int,
    faults: Sequence[tuple[str, str | None]] = (),
) -> str:
    row = queries.reorganisation_by_id(context, reorganisation_id)
    operations = queries.operations_of(context, reorganisation_id)
    follows = queries.consequences_of(context, reorganisation_id)
    first = (page_number() - 1) * OPERATIONS_SHOWN
    shown = operations[first : first + OPERATIONS_SHOWN]
    names = {**follows.names, **queries.names_of_operations(context, shown)}
    words, tone = arranged.state_words(row)
    result = row.result if row.state != queries.DRAFT else None
    following = arranged.following_groups(follows) if result else ()
    return render_template(
        "reorganisations/page.html",
        row=row,
        words=words,
        tone=tone,
        watcher=WATCHER,
        progress=arranged.progress_words(row),
        steps=arranged.STEPS,
        is_editable=row.state in drafts.EDITABLE and row.requested is None,
        may_apply=row.state == "previewed" and row.requested is None,
        may_undo=row.state in {"applied", "scheduled"}
        and row.requested is None
        and not row.is_final,
        operations=arranged.operation_lines(shown, names),
        operation_count=len(operations),
        page_count=-(-len(operations) // OPERATIONS_SHOWN),
        page_number=page_number(),
        page_url=lambda number: url_for(
            "reorganisations.page", reorganisation_id=reorganisation_id, page=number
        ),
        kinds=[(kind, title) for kind, (_form, title, _hint) in FORMS.items()],
        result=result,
        groups=arranged.move_groups(result, follows) if result else (),
        following=following,
        staying=[group.title.lower() for group in following if not group.lines],
        questions=arranged.question_lines(result, follows) if result else (),
        totals=arranged.totals_lines(result, _measure_names(context)) if result else (),
        faults=faults,
    )


def _measure_names(context: Context) -> dict[str, str]:
    return {measure.code: measure.name for measure in measures(context)}


def _ask_new(form: NewForm, rejects: Sequence[tuple[str, str | None]] = ()) -> str:
    return render_template(
        "reorganisations/new.html", form=form, rejects=rejects, client_key=new_client_key()
    )


def _operations_of_file(form: NewForm) -> list[Operation]:
    sent = form.file.data
    if not sent or not sent.filename:
        return []
    table = read_table(sent.read(), REORGANISATION_COLUMNS)
    conclude(table, unchanged=0, skip_bad=False)
    return [operation_of_row(row) for row in table.rows]


def _reject_items(refused: ImportRefused) -> list[tuple[str, str | None]]:
    return [
        (
            _(
                "Dòng %(row)s, cột %(column)s “%(value)s”: %(reason)s",
                row=str(reject.row),
                column=reject.column,
                value=reject.value,
                reason=render_message(reject.reason),
            ),
            None,
        )
        for reject in refused.report.rejects
    ] or [(str(refused), None)]


def _form_of(context: Context, kind: str, *, is_sent: bool) -> OperationForm:
    if kind not in FORMS:
        raise NotFound(message("Không có việc sắp xếp này."))
    form = FORMS[kind][0]() if is_sent else FORMS[kind][0](formdata=None)
    for name, choices in (("level", level_choices), ("kind", kind_choices)):
        if name in form:
            form[name].choices = [SelectChoice(c.code, c.name) for c in choices(context)]
    return form


def _ask_operation(context: Context, reorganisation_id: int, kind: str, form: OperationForm) -> str:
    row = queries.reorganisation_by_id(context, reorganisation_id)
    _form, title, hint = FORMS[kind]
    if isinstance(form, MergeForm):
        chosen, below = queries.units_to_choose(
            context, form.looked_under, form.codes, row.effective_on
        )
        form.offer(chosen, below)
    return render_template(
        "reorganisations/operation.html",
        row=row,
        form=form,
        title=title,
        hint=hint,
        known_units=queries.known_units(context, row.effective_on),
        list_id=KNOWN_UNITS,
        look=LOOK,
    )
