"""Pages of one's own account: signing in and out, the password, the unit acted for."""

from flask import Blueprint, flash, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.accounts import sessions
from app.accounts.access import current_principal, forget, remember
from app.accounts.commands import change_password, choose_locale
from app.accounts.devices import device_name
from app.accounts.forms import ForgottenForm, LinkForm, PasswordForm, SignInForm
from app.accounts.limits import GUESSES, limiter, own_bucket, remember_device
from app.accounts.links import use_link
from app.accounts.operator_access import enter, leave
from app.accounts.passwords import SHORTEST_PASSWORD
from app.accounts.principal import Principal, load_principal
from app.accounts.reset_requests import ask_for_reset
from app.accounts.rules import plain_login_name
from app.accounts.second_factor import number_of_recovery_codes
from app.core.errors import Refused
from app.tenants.queries import tenants
from app.web.addresses import local_address, see_other
from app.web.guards import Permission, public, requires, signed_in
from app.web.i18n import remember_language
from app.web.languages import LANGUAGES
from app.web.opaque import open_id

pages = Blueprint("accounts", __name__, template_folder="templates")


@pages.route("/sign-in", methods=["GET", "POST"])
@public
@limiter.limit(GUESSES, methods=["POST"])
def sign_in() -> ResponseReturnValue:
    """Ask for name and password; users and operators sign in by the same form."""
    form = SignInForm(next=request.args.get("next", ""))
    if form.validate_on_submit():
        login_name = plain_login_name(form.login_name.data)
        account = sessions.sign_in(login_name, form.password.data, this_device())
        if account is not None:
            return _welcome(account, form.next.data)
        form.form_errors.append(_("Tên đăng nhập hoặc mật khẩu không đúng."))
    elif current_principal() is not None:
        return see_other(local_address(form.next.data))
    # A failed guess answers 200, since an error status would undo its entry in the trail.
    return render_template("accounts/sign_in.html", form=form)


@pages.route("/join", methods=["GET", "POST"])
@public
@limiter.limit(GUESSES, methods=["POST"])
def join() -> ResponseReturnValue:
    """Have whoever holds a one-time link or slip choose a password."""
    form = LinkForm(login_name=request.args.get("login", ""), code=request.args.get("code", ""))
    if form.validate_on_submit():
        login_name = plain_login_name(form.login_name.data)
        try:
            account = use_link(login_name, form.code.data, form.new_password.data, this_device())
        except Refused as refusal:
            form.show(refusal)
            return _join_page(form), form.status
        if account is not None:
            flash(_("Đã đặt mật khẩu. Từ nay hãy đăng nhập bằng mật khẩu này."), "success")
            return _welcome(account, "/")
        form.form_errors.append(_("Tên đăng nhập hoặc mã không đúng, đã dùng, hoặc đã hết hạn."))
    # As at the sign-in: an error status would undo the entry in the trail.
    return _join_page(form)


@pages.route("/forgotten", methods=["GET", "POST"])
@public
@limiter.limit(GUESSES, methods=["POST"])
def forgotten() -> ResponseReturnValue:
    """Take a request for a new password; the answer is one, whether the account exists or not."""
    form = ForgottenForm()
    if form.validate_on_submit():
        ask_for_reset(plain_login_name(form.login_name.data))
        flash(
            _(
                "Đã nhận. Nếu tên đăng nhập này có thật, người quản trị đã thấy yêu cầu của bạn và"
                " sẽ liên hệ để trao phiếu hoặc liên kết đặt mật khẩu."
            ),
            "success",
        )
        return see_other(url_for("accounts.sign_in"))
    return render_template("accounts/forgotten.html", form=form), form.status


@pages.post("/sign-out")
@signed_in
def sign_out() -> Response:
    """End the session here and on the server."""
    sessions.sign_out(_principal())
    forget()
    flash(_("Bạn đã đăng xuất."), "success")
    response = see_other(url_for("accounts.sign_in"))
    # Not the cookies: by one of them the owner still gets in while others guess.
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@pages.get("/account")
@signed_in
def overview() -> ResponseReturnValue:
    """Show whose account this is, and for which of their units they may act."""
    principal = _principal()
    left = number_of_recovery_codes(principal) if principal.has_factor else 0
    return render_template(
        "accounts/overview.html",
        principal=principal,
        recovery_codes=left,
        tenants=tenants() if principal.is_operator and principal.visit is None else (),
    )


@pages.post("/account/unit")
@signed_in
def act_for() -> Response:
    """Act for another unit on which one holds a role."""
    unit_id = open_id("unit", request.form.get("unit", ""))
    absent = request.form.get("absent")
    sessions.act_for(_principal(), unit_id, open_id("user", absent) if absent else None)
    return see_other("/")


@pages.route("/account/password", methods=["GET", "POST"])
@signed_in
@limiter.limit(GUESSES, methods=["POST"], key_func=own_bucket)
def password() -> ResponseReturnValue:
    """Change one's password; the first one handed out must be changed before anything else."""
    principal = _principal()
    form = PasswordForm()
    if form.validate_on_submit():
        try:
            membership = change_password(principal, form.password.data, form.new_password.data)
        except Refused as refusal:
            form.show(refusal)
        else:
            remember(membership)
            flash(_("Đã đổi mật khẩu. Mọi thiết bị khác đã bị đăng xuất."), "success")
            return see_other(local_address(request.args.get("next", "")))
    page = render_template(
        "accounts/password.html", form=form, principal=principal, shortest=SHORTEST_PASSWORD
    )
    return page, form.status


@pages.get("/account/devices")
@signed_in
def devices() -> str:
    """List where the account is signed in."""
    return render_template("accounts/devices.html", devices=sessions.devices(_principal()))


@pages.post("/account/devices/end")
@signed_in
def end_device() -> Response:
    """Sign one device out from afar."""
    sessions.end_device(_principal(), open_id("session", request.form.get("session", "")))
    flash(_("Đã đăng xuất thiết bị đó."), "success")
    return see_other(url_for("accounts.devices"))


@pages.post("/account/devices/end-others")
@signed_in
def end_other_devices() -> Response:
    """Sign every device out but this one."""
    sessions.end_other_devices(_principal())
    flash(_("Mọi thiết bị khác đã bị đăng xuất."), "success")
    return see_other(url_for("accounts.devices"))


@pages.post("/operator/visit")
@requires(Permission.OPERATE)
def visit() -> ResponseReturnValue:
    """Go into a tenant whose administrator has given leave."""
    enter(_principal(), open_id("tenant", request.form.get("tenant", "")))
    return see_other("/")


@pages.post("/operator/leave")
@signed_in
def leave_tenant() -> Response:
    """Go out of the tenant again."""
    leave(_principal())
    return see_other(url_for("accounts.overview"))


def keep_language_choice() -> None:
    """Keep the language that a signed-in reader switches to with their account."""
    chosen = request.form.get("language")
    if request.endpoint != "language.choose" or chosen not in LANGUAGES:
        return
    principal = current_principal()
    if principal is not None and principal.locale != chosen:
        choose_locale(principal, chosen)


def this_device() -> str:
    """Return what the browser says of itself, in a few words."""
    return device_name(request.headers.get("User-Agent", ""))


def _join_page(form: LinkForm) -> str:
    return render_template("accounts/join.html", form=form, shortest=SHORTEST_PASSWORD)


def _welcome(account: sessions.SignedInAccount, wanted: str) -> Response:
    remember(account.membership)
    response = see_other(local_address(wanted))
    remember_language(response, account.locale)
    principal = load_principal(account.membership, g.request_id)
    if principal is not None and principal.unfinished is None:
        remember_device(response, principal.login_name)
    return response


def _principal() -> Principal:
    principal: Principal = g.principal
    return principal
