"""Pages of spreadsheets: the template, sending one, what was found in it, taking it in and back."""

from flask import Blueprint, Response, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.errors import Refused
from app.imports.rules import SENT_FILES_KEPT_DAYS, Reject, Table, rejects_csv
from app.intake import queries
from app.intake.commands import (
    accept_file,
    drop_file,
    record_export,
    send_file,
    withdraw_file,
)
from app.intake.forms import FileForm
from app.intake.pages import cleared_words, file_line, progress_words, row_lines, tallies
from app.intake.rules import FileState, RowState
from app.intake.template import Choices, template_csv, template_workbook
from app.measures.queries import introducers, segments, stated_segments
from app.tenants.current import current_context
from app.tenants.submissions import claim, new_client_key, settle
from app.units.below import cells_under
from app.units.queries import unit_with_ancestors
from app.web.addresses import page_number, see_other
from app.web.errors import status_of
from app.web.guards import Permission, requires
from app.web.i18n import render_message

pages = Blueprint("intake", __name__, template_folder="templates")

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
_IN_ORDER_OF_NEED = (RowState.BAD, RowState.DUPLICATE, RowState.GOOD, RowState.KEPT)


@pages.get("/units/<opaque('unit'):unit_id>/imports")
@requires(Permission.RECORD_PEOPLE)
def files(unit_id: int) -> str:
    """Offer the template, ask for a spreadsheet and list those sent before."""
    return _files_page(unit_id, FileForm())


@pages.post("/units/<opaque('unit'):unit_id>/imports")
@requires(Permission.RECORD_PEOPLE)
def send(unit_id: int) -> ResponseReturnValue:
    """Keep the spreadsheet for a worker to check, and lead to what it finds."""
    context = current_context()
    form = FileForm()
    if not form.validate():
        return _files_page(unit_id, form), form.status
    claimed = claim(context, request.form.get("client_key", ""))
    if not claimed.is_first:
        return see_other(claimed.result or url_for("intake.files", unit_id=unit_id))
    sent = form.spreadsheet.data
    try:
        file_id = send_file(context, unit_id, sent.filename or "", sent.read())
    except Refused as refused:
        form.show(refused)
        return _files_page(unit_id, form), status_of(refused)
    address = url_for("intake.file", import_id=file_id)
    settle(context, request.form["client_key"], address)
    return see_other(address)


@pages.get("/units/<opaque('unit'):unit_id>/imports/template.xlsx")
@requires(Permission.RECORD_PEOPLE)
def template(unit_id: int) -> Response:
    """Give the empty spreadsheet of a unit, with its cells to choose from."""
    context = current_context()
    unit, _above = unit_with_ancestors(context, unit_id)
    known = segments(context)
    choices = Choices(
        cells_under(context, unit.path),
        [row.name for row in stated_segments(known).values()],
        [row.name for row in introducers(known).values()],
    )
    return _download(template_workbook(choices), XLSX, f"mau-{unit.code}.xlsx")


@pages.get("/units/<opaque('unit'):unit_id>/imports/template.csv")
@requires(Permission.RECORD_PEOPLE)
def plain_template(unit_id: int) -> Response:
    """Give the heads of the columns alone."""
    unit, _above = unit_with_ancestors(current_context(), unit_id)
    return _download(template_csv(), CSV, f"mau-{unit.code}.csv")


@pages.get("/imports/<opaque('import'):import_id>")
@requires(Permission.RECORD_PEOPLE)
def file(import_id: int) -> str:
    """Show how far a file has come and what was found in it."""
    context = current_context()
    sent = queries.sent_file(context, import_id)
    unit, above = unit_with_ancestors(context, sent.unit_id)
    counts = queries.row_counts(context, import_id)
    shown = _shown_state(counts)
    page = queries.row_page(context, import_id, {shown} if shown else set(), page_number())
    return render_template(
        "intake/file.html",
        unit=unit,
        above=above,
        file=sent,
        line=file_line(sent),
        progress=progress_words(sent),
        is_checked=sent.state is FileState.CHECKED,
        is_done=sent.state is FileState.DONE and sent.cleared_at is None,
        cleared=cleared_words(sent),
        notes=[render_message(note) for note in sent.notes],
        is_refused=sent.state is FileState.REFUSED,
        tallies=tallies(sent, counts, shown),
        good=counts[RowState.GOOD],
        duplicates=counts[RowState.DUPLICATE],
        has_rejects=any(counts[state] for state in _left_out(sent)),
        page=page,
        lines=row_lines(sent, page),
        page_url=lambda number: url_for(
            "intake.file", import_id=import_id, page=number, state=shown.value if shown else None
        ),
    )


@pages.post("/imports/<opaque('import'):import_id>/accept")
@requires(Permission.RECORD_PEOPLE)
def accept(import_id: int) -> ResponseReturnValue:
    """Have the good rows taken in."""
    accept_file(
        current_context(), import_id, takes_duplicates=request.form.get("duplicates") == "yes"
    )
    return see_other(url_for("intake.file", import_id=import_id))


@pages.post("/imports/<opaque('import'):import_id>/withdraw")
@requires(Permission.RECORD_PEOPLE)
def withdraw(import_id: int) -> ResponseReturnValue:
    """Have everything that the file brought taken back."""
    withdraw_file(current_context(), import_id)
    return see_other(url_for("intake.file", import_id=import_id))


@pages.post("/imports/<opaque('import'):import_id>/drop")
@requires(Permission.RECORD_PEOPLE)
def drop(import_id: int) -> ResponseReturnValue:
    """Forget a checked file."""
    context = current_context()
    drop_file(context, import_id)
    flash(_("Đã bỏ tệp; không có gì được nhập."), "success")
    unit_id = queries.sent_file(context, import_id).unit_id
    return see_other(url_for("intake.files", unit_id=unit_id))


@pages.post("/imports/<opaque('import'):import_id>/rejects.csv")
@requires(Permission.RECORD_PEOPLE)
def rejects(import_id: int) -> Response:
    """Give the rejected rows with their reasons, to be corrected and sent again."""
    context = current_context()
    sent = queries.sent_file(context, import_id)
    rows = queries.rows_in(context, import_id, _left_out(sent))
    table = Table(sent.header, (), (), {row.number: row.kept.cells for row in rows})
    found = [
        Reject(row.number, finding.column, finding.value, finding.reason)
        for row in rows
        for finding in row.kept.findings
    ]
    record_export(context, import_id, len(rows))
    return _download(rejects_csv(table, found), CSV, "dong-bi-loai.csv")


def _files_page(unit_id: int, form: FileForm) -> str:
    context = current_context()
    unit, above = unit_with_ancestors(context, unit_id)
    return render_template(
        "intake/files.html",
        unit=unit,
        above=above,
        form=form,
        client_key=new_client_key(),
        lines=[file_line(sent) for sent in queries.files_under(context, unit.path)],
        kept_days=SENT_FILES_KEPT_DAYS,
    )


def _left_out(sent: queries.SentFile) -> set[RowState]:
    """Return which rows are handed back: the bad ones, and in the end those nobody decided on."""
    is_done = sent.state is FileState.DONE
    return {RowState.BAD, *([RowState.DUPLICATE] if is_done else [])}


def _shown_state(counts: queries.Counts) -> RowState | None:
    """Return which rows are shown: those asked for, else those that need a look first."""
    asked = request.args.get("state")
    if asked in list(RowState):
        return RowState(asked)
    with_rows = (*_IN_ORDER_OF_NEED, *RowState)
    return next((state for state in with_rows if counts[state]), None)


def _download(content: bytes, kind: str, name: str) -> Response:
    response = Response(content, content_type=kind)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
