"""The forms of accounts."""

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired, Length

from app.accounts.passwords import LONGEST_PASSWORD
from app.web.forms import Form

LONGEST_LOGIN_NAME = 64


class SignInForm(Form):
    """Who one is, and the page to go on to."""

    login_name = StringField(_l("Tên đăng nhập"), [InputRequired(), Length(max=LONGEST_LOGIN_NAME)])
    password = PasswordField(_l("Mật khẩu"), [InputRequired(), Length(max=LONGEST_PASSWORD)])
    next = HiddenField()


class PasswordForm(Form):
    """A new password, with the present one as proof."""

    password = PasswordField(
        _l("Mật khẩu hiện nay"), [InputRequired(), Length(max=LONGEST_PASSWORD)]
    )
    new_password = PasswordField(
        _l("Mật khẩu mới"), [InputRequired(), Length(max=LONGEST_PASSWORD)]
    )
    repeated = PasswordField(
        _l("Nhập lại mật khẩu mới"),
        [InputRequired(), EqualTo("new_password", _l("Hai lần nhập chưa giống nhau."))],
    )
