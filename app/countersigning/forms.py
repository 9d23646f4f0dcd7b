"""What is typed about requests that another person answers."""

from flask_babel import lazy_gettext as _
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from app.countersigning.rules import LONGEST_REASON
from app.web.fields import DateField
from app.web.forms import Form

LONGEST_CODE = 40


class RefusalForm(Form):
    """Why a request is refused."""

    because = StringField(_("Lý do không duyệt"), [InputRequired(), Length(max=LONGEST_REASON)])


class MergingForm(Form):
    """Into which tenant this one shall go, or which shall come into it, by whose decision."""

    into = StringField(
        _("Sáp nhập vào đảng bộ mang mã"),
        [InputRequired(), Length(max=LONGEST_CODE)],
        description=_(
            "Mã của đảng bộ nhận; nếu đảng bộ này là bên nhận thì ghi mã của chính mình."
        ),
    )
    decision_no = StringField(_("Số quyết định"), [InputRequired(), Length(max=LONGEST_CODE)])
    effective_on = DateField(_("Ngày có hiệu lực"), [InputRequired()])
    reason = StringField(_("Lý do"), [InputRequired(), Length(max=LONGEST_REASON)])
