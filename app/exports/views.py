"""A route for every table that may be taken out, and the shelf of the long ones."""

from io import BytesIO
from typing import Any

from flask import Blueprint, flash, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.core import clock
from app.core.errors import NotFound, Refused
from app.core.messages import message
from app.exports import (  # noqa: F401 registers the tables
    agreements,
    casework,
    drawings,
    figures,
    letters,
    outlook,
    people,
    structure,
)
from app.exports.commands import (
    LONGEST_AT_ONCE,
    draw,
    needs_second,
    note_taken,
    order_file,
    take_file,
)
from app.exports.forms import ReasonForm
from app.exports.queries import shelf as shelf_of
from app.exports.tables import EXPORTS, Asked, Export
from app.reports.downloads import FILE_FORMS, file_name
from app.tenants.context import Context
from app.tenants.current import current_context
from app.tenants.submissions import claim, new_client_key, settle
from app.units.queries import nothing_more, unit_with_ancestors_and
from app.web.addresses import see_other
from app.web.errors import status_of
from app.web.formats import instant
from app.web.guards import Permission, requires

pages = Blueprint("exports", __name__, template_folder="templates")


@pages.get("/units/<opaque('unit'):unit_id>/files")
@requires(Permission.SEE_PEOPLE)
def shelf(unit_id: int) -> str:
    """Show a unit's shelf; a table too long to be drawn at once is offered on top."""
    return _shelf_page(unit_id)


def _shelf_page(unit_id: int, form: ReasonForm | None = None) -> str:
    context = current_context()
    asked = _asked(context, unit_id)
    wanted = EXPORTS.get(request.args.get("table", ""))
    rows = wanted.size(asked) if wanted and wanted.size else None
    return render_template(
        "exports/shelf.html",
        unit=asked.unit,
        above=asked.above,
        files=shelf_of(context, unit_id),
        wanted=wanted if rows is not None else None,
        rows=rows,
        needs_second=bool(wanted and rows and needs_second(wanted, asked, rows)),
        form=form or ReasonForm(formdata=None),
        order_url=url_for("exports.order", unit_id=unit_id, **_address()),
        client_key=new_client_key(),
    )


@pages.post("/units/<opaque('unit'):unit_id>/files")
@requires(Permission.SEE_PEOPLE)
def order(unit_id: int) -> ResponseReturnValue:
    """Order a long table, or ask another person for it; a form sent twice orders one."""
    context = current_context()
    asked = _asked(context, unit_id)
    export = EXPORTS.get(request.args.get("table", ""))
    if export is None:
        raise NotFound(message("Không xuất được tệp loại này."))
    key = request.form.get("client_key", "")
    claimed = claim(context, key)
    if not claimed.is_first:
        return see_other(claimed.result or url_for("exports.shelf", unit_id=unit_id))
    form = ReasonForm()
    try:
        act_id = order_file(
            export, asked, request.args.get("ending", "xlsx"), form.reason.data or ""
        )
    except Refused as refusal:
        form.show(refusal)
        return _shelf_page(unit_id, form), status_of(refusal)
    if act_id is None:
        address = url_for("exports.shelf", unit_id=unit_id)
        flash(_("Đang lập tệp; có thể rời trang này."), "success")
    else:
        address = url_for("countersigning.act", act_id=act_id)
        flash(_("Đã gửi đề nghị; người thứ hai duyệt thì tệp mới được lập."), "success")
    settle(context, key, address)
    return see_other(address)


@pages.get("/units/<opaque('unit'):unit_id>/files/<opaque('export_file'):file_id>")
@requires(Permission.SEE_PEOPLE)
def take(unit_id: int, file_id: int) -> Response:
    """Hand out a file of the shelf."""
    context = current_context()
    found, content = take_file(context, unit_id, file_id)
    return _sent(content, _marked(context, found.title), found.ending)


def add_table_routes() -> None:
    """Give every table its address, guarded as its page is."""
    for export in EXPORTS.values():
        pages.add_url_rule(
            f"/units/<opaque('unit'):unit_id>/{export.name}.<ending>",
            endpoint=export.name,
            view_func=requires(export.permission)(_view(export)),
        )


def _view(export: Export):  # type: ignore[no-untyped-def] # noqa: ANN202 a view of Flask
    def file(unit_id: int, ending: str) -> ResponseReturnValue:
        context = current_context()
        asked = _asked(context, unit_id)
        if ending not in FILE_FORMS:
            raise NotFound(message("Không xuất được tệp loại này."))
        rows = export.size(asked) if export.size else 0
        if rows > LONGEST_AT_ONCE or needs_second(export, asked, rows):
            address = {**_address(), "table": export.name, "ending": ending}
            return see_other(url_for("exports.shelf", unit_id=unit_id, **address))
        content, rows = draw(export, asked, ending)
        note_taken(export, asked, rows)
        name = f"{export.name} {asked.unit.name}"
        return _sent(content, _marked(context, name) if export.holds_people else name, ending)

    return file


def _asked(context: Context, unit_id: int) -> Asked:
    query = request.query_string.decode("ascii", "replace")
    # One that has ended has its figures and papers still.
    unit, above, _ = unit_with_ancestors_and(context, unit_id, nothing_more)
    return Asked(context, unit, above, query)


def _address() -> dict[str, Any]:
    """Return what the address asks for, for another page about the same."""
    return request.args.to_dict()


def _marked(context: Context, name: str) -> str:
    """Return a file's name with who takes it out and when: a CSV has no foot to say so."""
    return f"{name} {context.actor.name} {instant(clock.now())}"


def _sent(content: bytes, name: str, ending: str) -> Response:
    return send_file(
        BytesIO(content),
        mimetype=FILE_FORMS[ending].content_type,
        as_attachment=True,
        download_name=f"{file_name(name)}.{ending}",
    )
