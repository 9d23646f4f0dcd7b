"""The forms of accounts."""

from flask_babel import lazy_gettext as _
from wtforms import HiddenField, PasswordField, SelectField, StringField
from wtforms.validators import EqualTo, InputRequired, Length, Optional

from app.accounts.passwords import LONGEST_PASSWORD
from app.web.fields import DateField
from app.web.forms import Form

LONGEST_LOGIN_NAME = 64
LONGEST_CODE = 40


class SignInForm(Form):
    """Who one is, and the page to go on to."""

    login_name = StringField(_("Tên đăng nhập"), [InputRequired(), Length(max=LONGEST_LOGIN_NAME)])
    password = PasswordField(_("Mật khẩu"), [InputRequired(), Length(max=LONGEST_PASSWORD)])
    next = HiddenField()


class ForgottenForm(Form):
    """Whose password is forgotten."""

    login_name = StringField(_("Tên đăng nhập"), [InputRequired(), Length(max=LONGEST_LOGIN_NAME)])


class _NewPasswordForm(Form):
    new_password = PasswordField(_("Mật khẩu mới"), [InputRequired(), Length(max=LONGEST_PASSWORD)])
    repeated = PasswordField(
        _("Nhập lại mật khẩu mới"),
        [InputRequired(), EqualTo("new_password", _("Hai lần nhập chưa giống nhau."))],
    )


class LinkForm(_NewPasswordForm):
    """The name and the one-time code of a link or a slip, and the password that is chosen."""

    login_name = StringField(_("Tên đăng nhập"), [InputRequired(), Length(max=LONGEST_LOGIN_NAME)])
    code = StringField(_("Mã dùng một lần"), [InputRequired(), Length(max=LONGEST_CODE)])


class StandInForm(Form):
    """Who stands in, in which role, from when to when."""

    role = SelectField(_("Vai trò"), [InputRequired()])
    login_name = StringField(
        _("Tên đăng nhập của người làm thay"), [InputRequired(), Length(max=LONGEST_LOGIN_NAME)]
    )
    first_day = DateField(_("Từ ngày"), [InputRequired()])
    last_day = DateField(_("Đến hết ngày"), [InputRequired()])


class PasswordForm(_NewPasswordForm):
    """A new password, with the present one as proof."""

    password = PasswordField(
        _("Mật khẩu hiện nay"), [InputRequired(), Length(max=LONGEST_PASSWORD)]
    )


class CodeForm(Form):
    """The code of an app, or a recovery code, and the page to go on to."""

    code = StringField(_("Mã xác thực"), [InputRequired(), Length(max=LONGEST_CODE)])
    next = HiddenField()


class EnrolmentForm(CodeForm):
    """The first code of a new secret, which goes through the form sealed."""

    sealed = HiddenField()


class ProofForm(Form):
    """The password again, and a code where the account has a second factor."""

    password = PasswordField(_("Mật khẩu"), [InputRequired(), Length(max=LONGEST_PASSWORD)])
    code = StringField(_("Mã xác thực"), [Optional(), Length(max=LONGEST_CODE)])
    next = HiddenField()
