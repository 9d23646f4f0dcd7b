"""The forms of accounts."""

from flask_babel import lazy_gettext as _
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired, Length

from app.accounts.passwords import LONGEST_PASSWORD
from app.web.forms import Form

LONGEST_LOGIN_NAME = 64


class SignInForm(Form):
    """Who one is, and the page to go on to."""

    login_name = StringField(_("Tên đăng nhập"), [InputRequired(), Length(max=LONGEST_LOGIN_NAME)])
    password = PasswordField(_("Mật khẩu"), [InputRequired(), Length(max=LONGEST_PASSWORD)])
    next = HiddenField()


class PasswordForm(Form):
    """A new password, with the present one as proof."""

    password = PasswordField(
        _("Mật khẩu hiện nay"), [InputRequired(), Length(max=LONGEST_PASSWORD)]
    )
    new_password = PasswordField(_("Mật khẩu mới"), [InputRequired(), Length(max=LONGEST_PASSWORD)])
    repeated = PasswordField(
        _("Nhập lại mật khẩu mới"),
        [InputRequired(), EqualTo("new_password", _("Hai lần nhập chưa giống nhau."))],
    )
