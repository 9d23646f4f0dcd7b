"""Pages of the second factor, and of proving once more who one is."""

from flask import flash, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.accounts import second_factor
from app.accounts.access import remember
from app.accounts.forms import CodeForm, EnrolmentForm, ProofForm
from app.accounts.limits import GUESSES, limiter, own_bucket, own_device_bucket, remember_device
from app.accounts.principal import Membership, Principal
from app.accounts.views import pages
from app.core.errors import Refused
from app.web.addresses import local_address, see_other
from app.web.guards import asks_again, signed_in
from app.web.i18n import render_message


@pages.route("/account/code", methods=["GET", "POST"])
@signed_in
@limiter.limit(GUESSES, methods=["POST"], key_func=own_device_bucket)
def code() -> ResponseReturnValue:
    """Ask for the code that ends a sign-in."""
    principal = _principal()
    form = CodeForm(next=request.args.get("next", ""))
    if form.validate_on_submit():
        membership = second_factor.show_code(principal, form.code.data)
        if membership is not None:
            return _go_on(principal, membership, form.next.data)
        form.code.errors = [render_message(second_factor.WRONG_CODE)]
    # As at the sign-in: an error status would undo the entry in the trail.
    return render_template("accounts/code.html", form=form, principal=principal)


@pages.route("/account/second-factor", methods=["GET", "POST"])
@asks_again
@signed_in
@limiter.limit(GUESSES, methods=["POST"], key_func=own_bucket)
def factor() -> ResponseReturnValue:
    """Take a new secret into an app; the recovery codes are shown once."""
    principal = _principal()
    form = EnrolmentForm(next=request.args.get("next", ""))
    if form.validate_on_submit():
        try:
            membership, codes = second_factor.enrol(principal, form.sealed.data, form.code.data)
        except Refused as refusal:
            form.show(refusal)
        else:
            remember(membership)
            return _recovery_codes(principal, codes, local_address(form.next.data))
    return _enrolment_page(principal, form)


@pages.post("/account/recovery-codes")
@asks_again
@signed_in
def renew_recovery_codes() -> ResponseReturnValue:
    """Make new recovery codes and show them once."""
    principal = _principal()
    codes = second_factor.renew_recovery_codes(principal)
    return _recovery_codes(principal, codes, url_for("accounts.overview"))


@pages.route("/account/confirm", methods=["GET", "POST"])
@signed_in
@limiter.limit(GUESSES, methods=["POST"], key_func=own_bucket)
def confirm() -> ResponseReturnValue:
    """Ask for the password again before something sensitive."""
    principal = _principal()
    form = ProofForm(next=request.args.get("next", ""))
    if not principal.has_factor:
        del form.code
    if form.validate_on_submit():
        typed = form.code.data or "" if principal.has_factor else ""
        membership = second_factor.prove(principal, form.password.data, typed)
        if membership is not None:
            remember(membership)
            flash(_("Đã xác nhận. Hãy làm tiếp việc của bạn."), "success")
            return see_other(local_address(form.next.data))
        form.form_errors.append(_("Mật khẩu hoặc mã xác thực không đúng."))
    return render_template("accounts/confirm.html", form=form, principal=principal)


def _go_on(principal: Principal, membership: Membership, wanted: str) -> Response:
    remember(membership)
    response = see_other(local_address(wanted))
    remember_device(response, principal.login_name)
    return response


def _enrolment_page(principal: Principal, form: EnrolmentForm) -> ResponseReturnValue:
    try:
        enrolment = second_factor.begin_enrolment(principal, form.sealed.data)
    except Refused:
        enrolment = second_factor.begin_enrolment(principal)
    form.sealed.data = enrolment.sealed
    page = render_template(
        "accounts/factor.html", form=form, principal=principal, enrolment=enrolment
    )
    return page, form.status


def _recovery_codes(principal: Principal, codes: tuple[str, ...], onward: str) -> Response:
    page = render_template(
        "accounts/recovery_codes.html", principal=principal, codes=codes, onward=onward
    )
    response = Response(page, content_type="text/html; charset=utf-8")
    remember_device(response, principal.login_name)
    return response


def _principal() -> Principal:
    principal: Principal = g.principal
    return principal
