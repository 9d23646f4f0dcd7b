"""The forms by which cases go to other tenants and come from them."""

from base64 import b64decode
from collections.abc import Sequence

from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, HiddenField, SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired

from app.cases.rules import cleaned_number, cleaned_words
from app.casework.fields import Cleaned
from app.casework.forms import cell_choices
from app.core.errors import Refused
from app.core.messages import message
from app.units.rows import UnitRow
from app.web.fields import DateField
from app.web.forms import Form
from app.web.opaque import open_id


class SendForm(Form):
    """To which organisation a person goes, since when, by which paper."""

    destination = StringField(
        _("Đảng bộ nhận hồ sơ"),
        [InputRequired(), Cleaned(cleaned_words)],
        description=_("Ví dụ Đảng bộ phường Tân Hòa, tỉnh Phú Thọ"),
    )
    sent_on = DateField(_("Ngày chuyển"), [InputRequired()])
    document_no = StringField(_("Số giấy giới thiệu, văn bản"), [Cleaned(cleaned_number)])


class ArrivalFileForm(Form):
    """A transfer file to be looked at."""

    handover = FileField(
        _("Tệp chuyển hồ sơ (.json)"), [FileRequired(_("Hãy chọn tệp mà nơi chuyển đã gửi."))]
    )


class AcceptForm(Form):
    """The cell that takes a person over; `content` is the file that was looked at."""

    content = HiddenField()
    cell = SelectField(_("Chi bộ nhận"), [InputRequired(_("Hãy chọn chi bộ nhận người này."))])
    is_another = BooleanField(_("Tôi đã xem: đó là những người khác"))

    def __init__(self, cells: Sequence[UnitRow], **defaults: object) -> None:
        super().__init__(**defaults)
        choices = cell_choices(cells)
        # Of several none is chosen beforehand: the first one would be taken by oversight.
        unchosen = [SelectChoice("", _("Chọn chi bộ"))] if len(choices) > 1 else []
        self.cell.choices = [*unchosen, *choices]

    @property
    def file(self) -> bytes:
        """The file as it was sent; refused where the page was tampered with."""
        try:
            return b64decode(self.content.data or "", validate=True)
        except ValueError as error:
            raise Refused(message("Đây không phải tệp chuyển hồ sơ.")) from error

    @property
    def cell_id(self) -> int:
        """The number of the chosen cell, once the form is valid."""
        return open_id("unit", self.cell.data)
