"""Pages of one's own account: signing in and out, the password, the unit acted for."""

from flask import Blueprint, flash, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from app.accounts import sessions
from app.accounts.access import current_principal, forget, remember
from app.accounts.commands import change_password, choose_locale
from app.accounts.forms import PasswordForm, SignInForm
from app.accounts.limits import GUESSES, limiter, remember_device
from app.accounts.passwords import SHORTEST_PASSWORD
from app.accounts.principal import Principal
from app.accounts.rules import plain_login_name
from app.core.errors import Refused
from app.web.addresses import local_address, see_other
from app.web.guards import public, signed_in
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
        account = sessions.sign_in(login_name, form.password.data)
        if account is not None:
            return _welcome(account, login_name, form.next.data)
        form.form_errors.append(_("Tên đăng nhập hoặc mật khẩu không đúng."))
    elif current_principal() is not None:
        return see_other(local_address(form.next.data))
    # A failed guess answers 200, since an error status would undo its entry in the trail.
    return render_template("accounts/sign_in.html", form=form)


@pages.post("/sign-out")
@signed_in
def sign_out() -> Response:
    """End the session here and on the server."""
    sessions.sign_out(_principal())
    forget()
    flash(_("Bạn đã đăng xuất."), "success")
    return see_other(url_for("accounts.sign_in"))


@pages.get("/account")
@signed_in
def overview() -> ResponseReturnValue:
    """Show whose account this is, and for which of their units they may act."""
    return render_template("accounts/overview.html", principal=_principal())


@pages.post("/account/unit")
@signed_in
def act_for() -> Response:
    """Act for another unit on which one holds a role."""
    unit_id = open_id("unit", request.form.get("unit", ""))
    sessions.act_for(_principal(), unit_id)
    return see_other("/")


@pages.route("/account/password", methods=["GET", "POST"])
@signed_in
@limiter.limit(GUESSES, methods=["POST"], key_func=lambda: f"user {g.tenant_id} {current_user.id}")
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
            return see_other("/")
    page = render_template(
        "accounts/password.html", form=form, principal=principal, shortest=SHORTEST_PASSWORD
    )
    return page, form.status


def keep_language_choice() -> None:
    """Keep the language that a signed-in reader switches to with their account."""
    chosen = request.form.get("language")
    if request.endpoint != "language.choose" or chosen not in LANGUAGES:
        return
    principal = current_principal()
    if principal is not None and principal.locale != chosen:
        choose_locale(principal, chosen)


def _welcome(account: sessions.SignedInAccount, login_name: str, wanted: str) -> Response:
    remember(account.membership)
    response = see_other(local_address(wanted))
    remember_device(response, login_name)
    remember_language(response, account.locale)
    return response


def _principal() -> Principal:
    principal: Principal = g.principal
    return principal
