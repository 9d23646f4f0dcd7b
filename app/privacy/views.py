"""Pages of what is kept most carefully of people: nothing shows without a reason."""

import json
from http import HTTPStatus

from flask import Blueprint, Response, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.field_rights import Fields, Right, requires_right
from app.cases import queries
from app.cases.rules import RecordedCase
from app.core.errors import Refused
from app.countersigning.queries import two_person_rules, waiting_erasure
from app.privacy.commands import (
    erase_person,
    export_person,
    keep_private,
    reveal,
    same_identity,
)
from app.privacy.forms import BASIS_NAMES, PrivateForm, ReasonForm
from app.privacy.queries import Kept
from app.privacy.rules import LegalBasis, masked_identity
from app.privacy.subject_paper import subject_paper
from app.reports.downloads import download
from app.tenants.current import current_context
from app.units.queries import unit_with_ancestors
from app.web.addresses import see_other
from app.web.errors import status_of
from app.web.formats import NOTHING
from app.web.guards import asks_again

pages = Blueprint("privacy", __name__, template_folder="templates")


@pages.get("/people/<opaque('person'):person_id>/private")
@requires_right(Right.READ, Fields.IDENTITY_NUMBER)
def private(person_id: int) -> str:
    """Ask for the reason to look."""
    return _page(queries.person(current_context(), person_id), ReasonForm())


@pages.post("/people/<opaque('person'):person_id>/private")
@asks_again
@requires_right(Right.READ, Fields.IDENTITY_NUMBER)
def show(person_id: int) -> ResponseReturnValue:
    """Show what is kept, once the reason is in the trail."""
    context = current_context()
    form = ReasonForm()
    case = queries.person(context, person_id)
    if not form.validate():
        return _page(case, form), form.status
    try:
        case, kept = reveal(context, person_id, form.reason.data)
    except Refused as refused:
        form.show(refused)
        return _page(case, form), status_of(refused)
    return _page(case, form, kept)


@pages.post("/people/<opaque('person'):person_id>/private/keep")
@requires_right(Right.WRITE, Fields.IDENTITY_NUMBER)
def keep(person_id: int) -> ResponseReturnValue:
    """Keep an identity number and the legal basis."""
    context = current_context()
    form = PrivateForm()
    case = queries.person(context, person_id)
    if not form.validate():
        return _page(case, ReasonForm(formdata=None), private_form=form), form.status
    identity = form.identity.data or ""
    try:
        if identity:
            found = same_identity(context, identity, besides_person_id=person_id)
            if found.is_any:
                form.refuse_identity(found)
                # An answer and no failure: the question has to stay in the trail.
                return _page(case, ReasonForm(formdata=None), private_form=form), HTTPStatus.OK
        keep_private(
            context,
            person_id,
            identity=identity,
            legal_basis=LegalBasis(form.legal_basis.data),
            document=form.basis_document.data or "",
        )
    except Refused as refused:
        form.show(refused)
        return _page(case, ReasonForm(formdata=None), private_form=form), status_of(refused)
    flash(_("Đã lưu. Số căn cước được mã hoá và chỉ hiện khi có lý do."), "success")
    return see_other(url_for("cases.person", person_id=person_id))


@pages.post("/people/<opaque('person'):person_id>/export")
@asks_again
@requires_right(Right.EXPORT, Fields.IDENTITY_NUMBER)
def export(person_id: int) -> ResponseReturnValue:
    """Give everything that is kept of a person, as that person may ask: to read, or as data."""
    context = current_context()
    everything = export_person(context, person_id, request.form.get("reason", ""))
    if request.form.get("form") == "pdf":
        return download(subject_paper(context, everything), "pdf")
    response = Response(
        json.dumps(everything, ensure_ascii=False, indent=2, default=str),
        content_type="application/json",
    )
    response.headers.set("Content-Disposition", "attachment", filename="du-lieu-ca-nhan.json")
    return response


@pages.post("/people/<opaque('person'):person_id>/erase")
@asks_again
@requires_right(Right.WRITE, Fields.IDENTITY_NUMBER)
def erase(person_id: int) -> ResponseReturnValue:
    """Make the person nobody, or ask for it; what was counted stays counted."""
    context = current_context()
    cell_id = queries.person(context, person_id).cell_id
    asked = erase_person(context, person_id, request.form.get("reason", ""))
    if asked is not None:
        flash(_("Đã gửi đề nghị xoá; một người khác phải duyệt thì mới xoá."), "success")
        return see_other(url_for("countersigning.act", act_id=asked))
    flash(_("Đã xoá thông tin cá nhân; các số liệu không đổi."), "success")
    return see_other(url_for("cases.people", unit_id=cell_id))


def _page(
    case: RecordedCase,
    form: ReasonForm,
    kept: Kept | None = None,
    private_form: PrivateForm | None = None,
) -> str:
    context = current_context()
    cell, above = unit_with_ancestors(context, case.cell_id)
    return render_template(
        "privacy/private.html",
        case=case,
        cell=cell,
        above=above,
        form=form,
        reason=form.reason.data,
        shown=_shown(case, kept) if kept else None,
        private_form=private_form or (_filled(kept) if kept else None),
        needs_second=two_person_rules(context).erasure,
        asked=waiting_erasure(context, case.person_id),
    )


def _filled(kept: Kept) -> PrivateForm:
    return PrivateForm(
        formdata=None,
        legal_basis=kept.legal_basis.value,
        basis_document=kept.basis_document,
    )


def _shown(case: RecordedCase, kept: Kept) -> tuple[tuple[str, str], ...]:
    return (
        (_("Dân tộc"), case.details.ethnicity or NOTHING),
        (_("Tôn giáo"), case.details.religion or NOTHING),
        (_("Số căn cước"), kept.identity or NOTHING),
        (_("Khi in chỉ ghi"), masked_identity(kept.identity) if kept.identity else NOTHING),
        (_("Căn cứ xử lý dữ liệu"), str(BASIS_NAMES[kept.legal_basis])),
        (_("Số văn bản"), kept.basis_document or NOTHING),
    )
