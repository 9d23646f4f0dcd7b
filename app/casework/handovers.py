"""Pages of cases that go to another tenant, and of those that come from one, by files."""

from base64 import b64encode
from http import HTTPStatus
from io import BytesIO

from flask import flash, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.accounts.access import may
from app.accounts.field_rights import Fields, Right, requires_right
from app.cases.duplicates import LookAlikes, look_alikes
from app.cases.rules import STEP_NAMES
from app.casework.blueprint import pages
from app.casework.fields import known_date
from app.casework.handover_forms import AcceptForm, ArrivalFileForm, SendForm
from app.casework.pages import attribute_lines
from app.casework.queries import place
from app.core.errors import Conflict, Refused
from app.procedure.cases import CaseState
from app.procedure.queries import case_state
from app.procedure.transfers import (
    OUT,
    Arrival,
    accept_case,
    arrival,
    send_case,
    sent_of,
    transfer_file,
    transfers_under,
)
from app.tenants.context import Context
from app.tenants.current import current_context
from app.tenants.submissions import claim, new_client_key, settle
from app.units.below import cells_under
from app.units.queries import unit_with_ancestors
from app.units.rows import UnitRow
from app.web.addresses import see_other
from app.web.errors import status_of
from app.web.guards import Permission, requires
from app.web.i18n import render_message

NOBODY = LookAlikes((), is_one_outside=False)


@pages.get("/people/<opaque('person'):person_id>/handover")
@requires(Permission.RECORD_PEOPLE)
def handover(person_id: int) -> str:
    """Ask to whom a case goes; of one that has gone, say where and offer the file."""
    context = current_context()
    state = case_state(context, person_id)
    return _sending_page(context, state, SendForm(sent_on=context.today))


@pages.post("/people/<opaque('person'):person_id>/handover")
@requires(Permission.RECORD_PEOPLE)
def hand_over(person_id: int) -> ResponseReturnValue:
    """Close the case as moved to another tenant, and lead to the file."""
    context = current_context()
    state = case_state(context, person_id)
    form = SendForm()
    if not form.validate():
        return _sending_page(context, state, form), form.status
    address = url_for("cases.handover", person_id=person_id)
    claimed = claim(context, request.form.get("client_key", ""))
    if not claimed.is_first:
        return see_other(address)
    try:
        send_case(
            context,
            person_id,
            to=form.destination.data,
            sent_on=known_date(form.sent_on),
            document_no=form.document_no.data,
        )
    except (Refused, Conflict) as refusal:
        form.show(refusal)
        return _sending_page(context, state, form), status_of(refusal)
    settle(context, request.form["client_key"], address)
    return see_other(address)


@pages.get("/people/<opaque('person'):person_id>/handover.json")
@requires_right(Right.EXPORT, Fields.SENSITIVE)
def handover_file(person_id: int) -> Response:
    """Hand out the file of a case that has gone, which the trail keeps; else lead to sending it."""
    file = transfer_file(current_context(), person_id)
    if file is None:
        return see_other(url_for("cases.handover", person_id=person_id))
    return send_file(
        BytesIO(file.content),
        mimetype="application/json",
        as_attachment=True,
        download_name=f"chuyen-ho-so-{file.number}.json",
    )


@pages.get("/units/<opaque('unit'):unit_id>/handovers")
@requires(Permission.SEE_PEOPLE)
def handovers(unit_id: int) -> str:
    """List the cases that went and came, and ask for the file of one that comes."""
    return _handovers_page(unit_id, ArrivalFileForm())


@pages.post("/units/<opaque('unit'):unit_id>/handovers")
@requires(Permission.RECORD_PEOPLE)
def preview_arrival(unit_id: int) -> ResponseReturnValue:
    """Show whom a file brings, and who may be the same person; nothing is recorded yet."""
    context = current_context()
    form = ArrivalFileForm()
    if not form.validate():
        return _handovers_page(unit_id, form), form.status
    content = form.handover.data.read()
    try:
        arrived = arrival(context, content)
        found = _look_alikes(context, arrived)
    except (Refused, Conflict) as refusal:
        form.show(refusal)
        return _handovers_page(unit_id, form), status_of(refusal)
    unit, above = unit_with_ancestors(context, unit_id)
    accepting = AcceptForm(
        cells_under(context, unit.path), formdata=None, content=b64encode(content).decode()
    )
    return _arrival_page(unit, above, arrived, found, accepting)


@pages.post("/units/<opaque('unit'):unit_id>/handovers/accept")
@requires(Permission.RECORD_PEOPLE)
def accept_arrival(unit_id: int) -> ResponseReturnValue:
    """Take the person over into the chosen cell. The same file twice is one person."""
    context = current_context()
    unit, above = unit_with_ancestors(context, unit_id)
    form = AcceptForm(cells_under(context, unit.path))
    arrived = arrival(context, form.file)
    if not form.validate():
        return _arrival_page(unit, above, arrived, NOBODY, form), form.status
    found = NOBODY if form.is_another.data else _look_alikes(context, arrived)
    if found.is_any:
        # An answer and no failure: that somebody was looked for has to stay in the trail.
        return _arrival_page(unit, above, arrived, found, form), HTTPStatus.OK
    try:
        person_id = accept_case(context, form.cell_id, form.file)
    except (Refused, Conflict) as refusal:
        form.show(refusal)
        return _arrival_page(unit, above, arrived, found, form), status_of(refusal)
    flash(_("Đã nhận hồ sơ của %(name)s.", name=arrived.details.full_name), "success")
    return see_other(url_for("cases.person", person_id=person_id))


def _look_alikes(context: Context, arrived: Arrival) -> LookAlikes:
    if arrived.known_person_id is not None:
        return NOBODY
    return look_alikes(context, None, arrived.details)


def _sending_page(context: Context, state: CaseState, form: SendForm) -> str:
    return render_template(
        "cases/handover.html",
        state=state,
        place=place(context, state.path),
        sent=sent_of(context, state),
        form=form,
        client_key=new_client_key(),
    )


def _handovers_page(unit_id: int, form: ArrivalFileForm) -> str:
    context = current_context()
    unit, above = unit_with_ancestors(context, unit_id)
    return render_template(
        "cases/handovers.html",
        unit=unit,
        above=above,
        form=form,
        lines=[(line, line.direction == OUT) for line in transfers_under(context, unit)],
        may_record=may(Permission.RECORD_PEOPLE),
    )


def _arrival_page(  # noqa: PLR0917 the parts of the one page
    unit: UnitRow,
    above: tuple[UnitRow, ...],
    arrived: Arrival,
    found: LookAlikes,
    form: AcceptForm,
) -> str:
    said = arrived.said
    return render_template(
        "cases/arrival.html",
        unit=unit,
        above=above,
        said=said,
        attributes=attribute_lines(arrived.details)[1:],
        steps=[(render_message(STEP_NAMES[kind]), step) for kind, step in said.steps.items()],
        unknown_segments=", ".join(arrived.unknown_segments),
        known_person_id=arrived.known_person_id,
        found=found,
        form=form,
    )
