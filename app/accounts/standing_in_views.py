"""The page on which somebody who will be away says who stands in."""

from datetime import date
from typing import cast

from flask import flash, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response
from wtforms import SelectChoice

from app.accounts.forms import StandInForm
from app.accounts.principal import Principal
from app.accounts.queries import HeldRole, user_in_scope
from app.accounts.roles import ROLE_NAMES
from app.accounts.standing_in import (
    Appointment,
    appoint,
    delegable_roles,
    end_standing_in,
    stand_ins_of,
)
from app.accounts.views import pages
from app.core.errors import NotFound, Refused
from app.core.messages import message
from app.tenants.context import Context
from app.web.addresses import see_other
from app.web.guards import asks_again, signed_in
from app.web.opaque import open_id, seal_id


@pages.route("/account/absence", methods=["GET", "POST"])
@asks_again
@signed_in
def absence() -> ResponseReturnValue:
    """Show who stands in and appoint somebody."""
    context, number = _own()
    roles = delegable_roles(context, user_in_scope(context, number))
    form = StandInForm()
    form.role.choices = [SelectChoice(seal_id("role", held.id), _named(held)) for held in roles]
    if form.validate_on_submit():
        try:
            appoint(context, number, wanted_appointment(form))
        except NotFound as missing:
            form.show(Refused(missing.message))
        except Refused as refusal:
            form.show(refusal)
        else:
            flash(_("Đã ủy quyền. Người làm thay thấy việc của bạn từ ngày đầu."), "success")
            return see_other(url_for("accounts.absence"))
    page = render_template(
        "accounts/absence.html",
        form=form,
        roles=roles,
        stand_ins=stand_ins_of(context, number),
        role_names=ROLE_NAMES,
    )
    return page, form.status


@pages.post("/account/absence/end")
@signed_in
def end_absence() -> Response:
    """Have somebody stand in no longer."""
    context, number = _own()
    end_standing_in(context, number, open_id("role", request.form.get("role", "")))
    flash(_("Đã thôi ủy quyền."), "success")
    return see_other(url_for("accounts.absence"))


def _own() -> tuple[Context, int]:
    principal: Principal = g.principal
    if principal.context is None or principal.is_operator or principal.context.on_behalf_of:
        raise NotFound(message("Chỉ người giữ vai trò mới ủy quyền được."))
    return principal.context, principal.id


def wanted_appointment(form: StandInForm) -> Appointment:
    """Return what a form says that has been found valid."""
    return Appointment(
        grant_id=open_id("role", form.role.data),
        login_name=form.login_name.data,
        # The form has seen to it that both are there.
        first_day=cast("date", form.first_day.data),
        last_day=cast("date", form.last_day.data),
    )


def _named(held: HeldRole) -> str:
    return f"{ROLE_NAMES[held.role]} · {held.unit_name}"
