"""The forms by which units are added, renamed and counted."""

from datetime import date
from enum import StrEnum
from typing import cast

from flask_babel import lazy_gettext as _
from wtforms import RadioField, SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired, Length, ValidationError

from app.imports.rules import LONGEST_CODE, LONGEST_TEXT
from app.units.commands import NewUnit
from app.units.dated import CountedMembers
from app.web.fields import DateField, WholeNumberField
from app.web.forms import Form


class NewUnitForm(Form):
    """A unit to be added; the view fills in the tenant's levels and kinds."""

    name = StringField(_("Tên"), [InputRequired(), Length(max=LONGEST_TEXT)])
    level = SelectField(_("Cấp"), [InputRequired()])
    kind = SelectField(_("Loại hình"), [InputRequired()])
    code = StringField(_("Mã"), [InputRequired(), Length(max=LONGEST_CODE)])

    def new_unit(self, parent_id: int) -> NewUnit:
        """Return the unit as typed, once the form is valid."""
        return NewUnit(
            parent_id=parent_id,
            code=self.code.data,
            name=self.name.data,
            level=self.level.data,
            kind=self.kind.data,
        )


class Renaming(StrEnum):
    """Why a unit gets another name."""

    RENAMED = "renamed"
    CORRECTED = "corrected"


class RenameForm(Form):
    """Another name: from a day on, or in place of one that was typed wrongly."""

    name = StringField(_("Tên"), [InputRequired(), Length(max=LONGEST_TEXT)])
    reason = RadioField(
        _("Vì sao đổi"),
        [InputRequired()],
        choices=[
            SelectChoice(Renaming.RENAMED.value, _("Tổ chức mang tên mới từ một ngày")),
            SelectChoice(
                Renaming.CORRECTED.value,
                _("Tên đang ghi bị gõ sai, sửa cho cả thời gian mang tên đó"),
            ),
        ],
    )
    effective = DateField(_("Từ ngày"))

    def validate_effective(self, field: DateField) -> None:
        """Ask for the day of a new name; a correction has none."""
        if self.reason.data == Renaming.RENAMED and field.data is None:
            raise ValidationError(_("Hãy ghi ngày bắt đầu mang tên mới."))

    @property
    def first_day(self) -> date:
        """The first day of a new name, once the form is valid."""
        return cast("date", self.effective.data)


class MembersForm(Form):
    """How many members a unit has on a day."""

    members = WholeNumberField(_("Số đảng viên"), [InputRequired()])
    counted_on = DateField(_("Đếm ngày"), [InputRequired()])

    @property
    def counted(self) -> CountedMembers:
        """The count as typed, once the form is valid."""
        return CountedMembers(cast("date", self.counted_on.data), cast("int", self.members.data))
