"""The forms of the configuration: each lists exactly what may be changed on its page."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from app.accounts.forms import LONGEST_LOGIN_NAME
from app.accounts.roles import ROLE_NAMES
from app.countersigning.rules import LONGEST_REASON, MOST_ROWS
from app.measures.rules import Attribute, Origin
from app.privacy.forms import BASIS_NAMES
from app.privacy.rules import LONGEST_NOTICE, MOST_RETENTION_MONTHS
from app.reminders.mailboxes import LONGEST_ADDRESS
from app.reports.rules import LONGEST_LINE
from app.web.fields import DateField, WholeNumberField
from app.web.forms import Form

LONGEST_NAME = 200
LONGEST_LIST = 2000

RATING_SOURCE_NAMES = {
    "assigned": _("Chỉ tiêu cấp trên giao; chưa giao thì chỉ tiêu nghị quyết"),
    "own": _("Chỉ tiêu nghị quyết của chính tổ chức"),
}
COUNTED_STEP_NAMES = {
    "decision": _("Ngày ra quyết định kết nạp"),
    "ceremony": _("Ngày tổ chức lễ kết nạp"),
}
ORIGIN_NAMES = {
    Origin.STATED: _("Do người nhập chọn"),
    Origin.ATTRIBUTE: _("Theo thông tin của người"),
    Origin.INTRODUCER: _("Tổ chức giới thiệu"),
}
ATTRIBUTE_NAMES = {
    Attribute.SEX: _("Giới tính"),
    Attribute.ETHNICITY: _("Dân tộc"),
    Attribute.RELIGION: _("Tôn giáo"),
    Attribute.EDUCATION: _("Học vấn phổ thông"),
    Attribute.QUALIFICATION: _("Trình độ chuyên môn"),
    Attribute.AGE: _("Tuổi"),
}


NO_CHOICE = SelectChoice("", "–")


def choices(names: Mapping[Any, str]) -> list[SelectChoice]:
    """Return what a list offers: values with their names."""
    return [SelectChoice(value, name) for value, name in names.items()]


class ValuesField(StringField):  # type: ignore[misc]
    """A list of values, separated by semicolons as in files."""

    data: tuple[str, ...]

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed."""
        typed = valuelist[0] if valuelist else ""
        self.data = tuple(value.strip() for value in typed.split(";") if value.strip())

    def _value(self) -> str:
        return "; ".join(self.data or ())


class _NamedForm(Form):
    code = StringField(
        _("Mã"),
        [InputRequired(), Length(max=40)],
        description=_("Chữ thường không dấu, số và gạch dưới. Tệp dữ liệu dùng mã này."),
    )
    name_vi = StringField(_("Tên tiếng Việt"), [InputRequired(), Length(max=LONGEST_NAME)])
    name_en = StringField(_("Tên tiếng Anh"), [Length(max=LONGEST_NAME)], default="")


class LevelForm(_NamedForm):
    """A level."""

    rank = WholeNumberField(
        _("Thứ tự"), [InputRequired()], description=_("Cấp cao nhất có số nhỏ nhất.")
    )


class KindForm(_NamedForm):
    """A kind; the levels to choose from are the tenant's."""

    rank = WholeNumberField(_("Thứ tự"), [InputRequired()])
    default_for_level_id = SelectField(
        _("Là loại hình thường gặp của cấp"),
        [Optional()],
        coerce=lambda value: int(value) if value else None,
        description=_("Tệp tổ chức chỉ ghi cấp thì lấy loại hình này."),
    )
    is_cell = BooleanField(_("Là chi bộ: có người, không có tổ chức trực thuộc"))
    is_residential = BooleanField(_("Ở địa bàn dân cư"))


class MeasureForm(Form):
    """What a measure is called."""

    name_vi = StringField(_("Tên tiếng Việt"), [InputRequired(), Length(max=LONGEST_NAME)])
    name_en = StringField(_("Tên tiếng Anh"), [Length(max=LONGEST_NAME)], default="")


class SegmentForm(_NamedForm):
    """A segment and how it is told from a person."""

    origin = SelectField(_("Xác định"), [InputRequired()], choices=choices(ORIGIN_NAMES))
    attribute = SelectField(
        _("Theo thông tin"),
        [Optional()],
        choices=[NO_CHOICE, *choices(ATTRIBUTE_NAMES)],
        coerce=lambda value: Attribute(value) if value else None,
    )
    any_of = ValuesField(
        _("Có một trong các giá trị"),
        [Length(max=LONGEST_LIST)],
        description=_("Cách nhau bằng dấu chấm phẩy."),
    )
    none_of = ValuesField(
        _("Không có giá trị nào trong"),
        [Length(max=LONGEST_LIST)],
        description=_("Cách nhau bằng dấu chấm phẩy. Chưa rõ thì không tính vào cơ cấu."),
    )
    age_from = WholeNumberField(_("Từ tuổi"), [Optional()])
    age_to = WholeNumberField(_("Đến tuổi"), [Optional()])
    is_residential = BooleanField(_("Tính cả người của chi bộ ở địa bàn dân cư"))
    is_sensitive = BooleanField(_("Nhạy cảm: ẩn số nhỏ với người không xem hồ sơ"))


class SettingsForm(Form):
    """What the tenant has chosen for all its figures."""

    rating_source = SelectField(
        _("Tỷ lệ thực hiện tính theo"), [InputRequired()], choices=choices(RATING_SOURCE_NAMES)
    )
    counted_step = SelectField(
        _("Kết nạp tính vào"),
        [InputRequired()],
        choices=choices(COUNTED_STEP_NAMES),
        description=_("Đổi thì mọi số liệu đã nhập được tính lại."),
    )
    transfers_need_approval = BooleanField(
        _("Điều chuyển chỉ tiêu giữa hai tổ chức phải được cấp trên duyệt")
    )
    usual_basis = SelectField(
        _("Căn cứ xử lý dữ liệu cá nhân, khi hồ sơ không ghi khác"),
        [InputRequired()],
        choices=choices(BASIS_NAMES),
    )
    retention_months = WholeNumberField(
        _("Xoá thông tin người không được kết nạp sau mấy tháng"),
        [Optional(), NumberRange(1, MOST_RETENTION_MONTHS)],
        description=_("Tính từ bước cuối cùng; để trống thì không tự xoá. Số liệu không đổi."),
    )
    watch_percent = WholeNumberField(
        _("Danh sách chú ý: đạt dưới bao nhiêu phần trăm chỉ tiêu"), [Optional()]
    )
    watch_years = WholeNumberField(
        _("Danh sách chú ý: bao nhiêu năm không kết nạp được ai"), [Optional()]
    )
    watch_days = WholeNumberField(
        _("Danh sách chú ý: giấy chứng nhận còn dưới bao nhiêu ngày"), [Optional()]
    )
    clock_on = DateField(_("Hôm nay của bản trình diễn là"), [InputRequired()])


class UserForm(Form):
    """Whose account it is."""

    full_name = StringField(_("Họ tên"), [InputRequired(), Length(max=LONGEST_NAME)])
    unit = StringField(
        _("Tổ chức"),
        [InputRequired(), Length(max=LONGEST_NAME)],
        description=_("Mã hoặc tên tổ chức nơi người này làm việc."),
    )


class NewUserForm(UserForm):
    """A new account with its first role, on its own unit."""

    login_name = StringField(
        _("Tên đăng nhập"),
        [InputRequired(), Length(max=LONGEST_LOGIN_NAME)],
        description=_("Chữ thường không dấu, số, dấu chấm và gạch nối, ví dụ xa.ngukien."),
    )
    role = SelectField(_("Vai trò"), [InputRequired()], choices=[NO_CHOICE, *choices(ROLE_NAMES)])


class GrantForm(Form):
    """A role on a unit for some time."""

    role = SelectField(_("Vai trò"), [InputRequired()], choices=[NO_CHOICE, *choices(ROLE_NAMES)])
    unit = StringField(
        _("Ở tổ chức"),
        [InputRequired(), Length(max=LONGEST_NAME)],
        description=_("Mã hoặc tên. Vai trò có hiệu lực ở tổ chức này và mọi tổ chức trực thuộc."),
    )
    first_day = DateField(_("Từ ngày"), [Optional()], description=_("Để trống: từ bây giờ."))
    last_day = DateField(
        _("Đến hết ngày"), [Optional()], description=_("Để trống: không thời hạn.")
    )


class OperatorAccessForm(Form):
    """Leave for an operator to look into the tenant."""

    login_name = StringField(
        _("Tên đăng nhập của người vận hành"),
        [InputRequired(), Length(max=LONGEST_LOGIN_NAME)],
    )
    reason = StringField(
        _("Lý do"),
        [InputRequired(), Length(max=LONGEST_NAME)],
        description=_("Ví dụ: tìm nguyên nhân báo cáo tháng 9 không in được."),
    )
    hours = WholeNumberField(
        _("Trong bao nhiêu giờ"), [InputRequired()], description=_("Từ 1 đến 24 giờ, tự hết hạn.")
    )
    sees_people = BooleanField(_("Cho xem cả hồ sơ của người, không chỉ số liệu"))


class TwoPeopleForm(Form):
    """Which acts need a second person."""

    erasure = BooleanField(_("Xoá thông tin của một người phải được người thứ hai duyệt"))
    export_rows = WholeNumberField(
        _("Xuất danh sách trên bao nhiêu người thì phải được người thứ hai duyệt"),
        [Optional(), NumberRange(1, MOST_ROWS)],
        description=_("Để trống: một người xuất được, dài bao nhiêu cũng vậy."),
    )
    merging = BooleanField(_("Sáp nhập đảng bộ phải được hai quản trị viên đồng ý trước"))
    reason = StringField(
        _("Lý do, khi bớt việc phải duyệt"),
        [Optional(), Length(max=LONGEST_REASON)],
        description=_(
            "Thêm việc phải duyệt có hiệu lực ngay; bớt thì phải có người thứ hai duyệt."
        ),
    )


class ProcessingForm(Form):
    """What a tenant says of its processing of people's data."""

    purposes = TextAreaField(
        _("Mục đích xử lý"),
        [Optional(), Length(max=LONGEST_NOTICE)],
        description=_("Ghi trong hồ sơ. Để trống thì dùng lời có sẵn."),
    )
    recipients = TextAreaField(
        _("Bên nhận dữ liệu"),
        [Optional(), Length(max=LONGEST_NOTICE)],
        description=_("Ghi trong hồ sơ. Để trống thì dùng lời có sẵn."),
    )
    notice = TextAreaField(
        _("Thông báo cho người có dữ liệu"),
        [Optional(), Length(max=LONGEST_NOTICE)],
        description=_("Hiện ở mọi nơi nhập hoặc gửi dữ liệu. Để trống thì dùng lời có sẵn."),
    )


class PaperLayoutForm(Form):
    """What a unit sets for its papers; what is left empty follows from the tree and the rule."""

    unit = StringField(
        _("Tổ chức"),
        [InputRequired(), Length(max=LONGEST_NAME)],
        description=_("Mã hoặc tên. Mẫu áp dụng cho giấy tờ do tổ chức này ban hành."),
    )
    issuer_name = StringField(
        _("Tên cơ quan ban hành"),
        [Optional(), Length(max=LONGEST_LINE)],
        description=_("Ví dụ Tỉnh ủy Vĩnh Phúc. Để trống: tên tổ chức."),
    )
    superior_name = StringField(
        _("Tên cơ quan cấp trên"),
        [Optional(), Length(max=LONGEST_LINE)],
        description=_("Để trống: tên tổ chức cấp trên trực tiếp."),
    )
    place_name = StringField(
        _("Địa danh"),
        [Optional(), Length(max=LONGEST_LINE)],
        description=_("Đứng trước ngày tháng, ví dụ Vĩnh Phúc."),
    )
    signs_for = StringField(
        _("Quyền hạn người ký"),
        [Optional(), Length(max=LONGEST_LINE)],
        description=_("Để trống: T/M BAN THƯỜNG VỤ."),
    )
    signs_as = StringField(
        _("Chức vụ người ký"),
        [Optional(), Length(max=LONGEST_LINE)],
        description=_("Để trống: BÍ THƯ."),
    )
    signatory_name = StringField(_("Họ và tên người ký"), [Optional(), Length(max=LONGEST_LINE)])
    copies_to = TextAreaField(
        _("Nơi nhận"),
        [Optional(), Length(max=LONGEST_LIST)],
        description=_("Mỗi nơi một dòng."),
    )


class ReminderRulesForm(Form):
    """When units are reminded by themselves; what is left empty never reminds."""

    silent_days = WholeNumberField(
        _("Không ghi thêm hồ sơ nào trong (ngày)"),
        [Optional()],
        description=_("Đôn đốc đơn vị có chỉ tiêu, mỗi tuần một lần. Để trống: không đôn đốc."),
    )
    behind_points = WholeNumberField(
        _("Chậm tiến độ quá (điểm phần trăm)"),
        [Optional()],
        description=_("So tỷ lệ đạt với phần thời gian đã qua của năm, mỗi tuần một lần."),
    )
    quarter_days = WholeNumberField(
        _("Trước khi hết quý (ngày)"),
        [Optional()],
        description=_("Đôn đốc nơi chưa đạt tiến độ, mỗi quý một lần."),
    )
    sends_digest = BooleanField(_("Gửi bản tổng hợp hằng tuần vào hộp thư của cấp trên"))


class MailboxForm(Form):
    """The e-mail address of a unit's office."""

    unit = StringField(
        _("Tổ chức"),
        [InputRequired(), Length(max=LONGEST_NAME)],
        description=_("Mã hoặc tên tổ chức."),
    )
    address = StringField(
        _("Địa chỉ thư điện tử"),
        [InputRequired(), Length(max=LONGEST_ADDRESS)],
        description=_("Hộp thư chung của cơ quan, không phải của cá nhân."),
    )


class TenantForm(Form):
    """A tenant."""

    code = StringField(
        _("Mã"),
        [InputRequired(), Length(max=20)],
        description=_("Chữ in hoa và số, bắt đầu bằng chữ, ví dụ VINHPHUC. Không đổi được."),
    )
    name = StringField(_("Tên đảng bộ"), [InputRequired(), Length(max=LONGEST_NAME)])
