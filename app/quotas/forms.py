"""The forms by which quotas are decided; the board's boxes are read in `pages`."""

from dataclasses import replace

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from app.core.errors import Refused, refused_at
from app.core.text import clean
from app.quotas.rules import (
    LONGEST_NUMBER,
    Base,
    Decision,
    Kind,
    WrittenQuota,
    read_kind,
    read_quota,
)
from app.web.fields import DateField
from app.web.forms import Form

LONGEST_REASON = 300

KIND_NAMES = {
    Kind.COUNT.value: _("Số lượng"),
    Kind.MINIMUM.value: _("Ít nhất"),
    Kind.RANGE.value: _("Khoảng từ … đến …"),
    f"{Kind.PERCENT}:{Base.YEAR_START}": _("% số đảng viên đầu năm"),
    f"{Kind.PERCENT}:{Base.YEAR_END_BEFORE}": _("% số đảng viên cuối năm trước"),
    f"{Kind.PERCENT}:{Base.TERM_START}": _("% số đảng viên đầu nhiệm kỳ"),
    f"{Kind.PERCENT}:{Base.CURRENT}": _("% số đảng viên hiện có"),
}

BASE_NAMES = {base.value: KIND_NAMES[f"{Kind.PERCENT}:{base}"] for base in Base}


class PublicationForm(Form):
    """The decision by which a draft is published."""

    decision_no = StringField(_("Số quyết định"), [InputRequired(), Length(max=LONGEST_NUMBER)])
    decided_on = DateField(_("Ngày quyết định"), [InputRequired()])
    cause = TextAreaField(_("Lý do điều chỉnh"), [Optional(), Length(max=LONGEST_REASON)])
    reason = TextAreaField(_("Lý do dự phòng"), [Optional(), Length(max=LONGEST_REASON)])

    @property
    def decision(self) -> Decision:
        """The decision as typed, once the form is valid."""
        reason, cause = clean(self.reason.data or ""), clean(self.cause.data or "")
        return replace(_decision(self), reason=reason or None, cause=cause or None)


class OwnQuotaForm(Form):
    """The quota that a unit sets itself, and its resolution."""

    kind = SelectField(
        _("Cách đặt"),
        [InputRequired()],
        choices=[SelectChoice(*kind) for kind in KIND_NAMES.items()],
    )
    quota = StringField(_("Chỉ tiêu"), [InputRequired(), Length(max=LONGEST_NUMBER)])
    decision_no = StringField(_("Số nghị quyết"), [InputRequired(), Length(max=LONGEST_NUMBER)])
    decided_on = DateField(_("Ngày ban hành"), [InputRequired()])

    @property
    def decision(self) -> Decision:
        """The resolution as typed, once the form is valid."""
        return _decision(self)

    def read(self) -> WrittenQuota:
        """Read the quota as its kind asks; Refused says what is wrong at the field."""
        try:
            return read_quota(*read_kind(self.kind.data), self.quota.data)
        except Refused as refusal:
            raise refused_at("quota", refusal.message) from refusal


class ScenarioForm(Form):
    """The name under which a draft is put aside."""

    name = StringField(_("Tên phương án"), [InputRequired()])


class TakingForm(Form):
    """Whether the draft there is may be lost when a scenario takes its place."""

    drops_draft = BooleanField(_("Bỏ bản nháp đang có"))


def _decision(form: PublicationForm | OwnQuotaForm) -> Decision:
    if form.decided_on.data is None:
        raise ValueError("the form has not been validated")
    return Decision(clean(form.decision_no.data), form.decided_on.data)
