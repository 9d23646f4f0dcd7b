"""The pages of the law: rule sets by the day from which they hold, and days off or made up."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from app.admin.base import Column, Line, RecordPages
from app.admin.forms import LONGEST_LIST, LONGEST_NAME, NO_CHOICE, ValuesField, choices
from app.admin.views import values_of
from app.cases.rules import EDUCATIONS, StepKind
from app.core.messages import message
from app.procedure import configuration
from app.procedure.configuration import KeptDay, KeptRuleSet
from app.procedure.law import PARAMETER_NAMES, Parameter, RuleSet
from app.tenants.current import current_context
from app.web.fields import DateField, WholeNumberField
from app.web.formats import day
from app.web.forms import Form
from app.web.guards import Permission
from app.web.i18n import render_message

_OPEN = "1"


class FormCodesField(StringField):  # type: ignore[misc]
    """The forms of steps: 'application: 1-KNĐ, 2-KNĐ; decision: 9-KNĐ'."""

    data: Mapping[str, str]

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed; the steps are named by their codes."""
        self.data = {}
        for part in (valuelist[0] if valuelist else "").split(";"):
            kind, _colon, forms = (piece.strip() for piece in part.partition(":"))
            if not part.strip():
                continue
            if kind not in list(StepKind) or not forms:
                raise ValidationError(
                    render_message(message("Không đọc được “%(part)s”.", part=part.strip()))
                )
            self.data = {**self.data, kind: forms}

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "; ".join(f"{kind}: {forms}" for kind, forms in (self.data or {}).items())


class _RuleSetBase(Form):
    effective_on = DateField(_("Có hiệu lực từ"), [InputRequired()])
    regulation = StringField(_("Số quy định"), [InputRequired(), Length(max=LONGEST_NAME)])
    guidance = StringField(_("Hướng dẫn"), [Length(max=LONGEST_NAME)])
    deciding_level = StringField(_("Cấp quyết định"), [Length(max=LONGEST_NAME)])
    lowest_education = SelectField(
        _("Học vấn phổ thông thấp nhất"),
        [Optional()],
        choices=[NO_CHOICE, *choices({value: value for value in EDUCATIONS})],
        coerce=lambda value: value or None,
    )
    forms = FormCodesField(
        _("Mẫu giấy theo bước"),
        [Length(max=LONGEST_LIST)],
        description=_("Mã bước, dấu hai chấm, mẫu; các bước cách nhau bằng dấu chấm phẩy."),
    )
    only_suggests = ValuesField(
        _("Chỉ để gợi ý"),
        [Length(max=LONGEST_LIST)],
        description=_(
            "Mã các mục chưa chắc chắn, cách nhau bằng dấu chấm phẩy; chỉ gợi ý, không cảnh báo."
        ),
    )

    def validate_only_suggests(self, field: ValuesField) -> None:
        """Refuse what is no value of the law."""
        for value in field.data or ():
            if value not in list(Parameter):
                raise ValidationError(
                    render_message(message("Không đọc được “%(part)s”.", part=value))
                )


_FRACTION = ("vote_numerator", "vote_denominator")
_NUMBERS = {
    parameter.value: WholeNumberField(
        _(PARAMETER_NAMES[parameter].text),
        [InputRequired() if parameter.value in _FRACTION else Optional()],
        description=parameter.value,
    )
    for parameter in Parameter
    if parameter is not Parameter.LOWEST_EDUCATION
}

RuleSetForm = type("RuleSetForm", (_RuleSetBase,), _NUMBERS)
"""A rule set: a number for each value of the law, empty where the law sets none."""


class RuleSets(RecordPages[KeptRuleSet]):
    """What the law says, by the day from which it holds."""

    permission = Permission.CONFIGURE
    kind = "rule_set"
    title = message("Quy định")
    title_of_new = message("Thêm bộ quy định")
    description = message(
        "Tuổi, thời hạn, tỷ lệ phiếu và mẫu giấy theo từng quy định, có hiệu lực từ ngày nào."
    )
    columns = (Column(message("Số quy định")), Column(message("Có hiệu lực từ")))
    form_class = RuleSetForm
    fixed_fields = ("effective_on",)

    def rows(self) -> Iterable[KeptRuleSet]:
        """Return the tenant's rule sets."""
        return configuration.kept_rule_sets(current_context())

    def line(self, row: KeptRuleSet) -> Line:
        """Show the regulation and its day."""
        return Line(row.id, row.regulation, (day(row.effective_on),))

    def create(self, form: Form) -> None:
        """Add a rule set."""
        configuration.add_rule_set(current_context(), RuleSet(**_values(form)))

    def change(self, row: KeptRuleSet, form: Form) -> None:
        """Change the values; where each was read stays noted."""
        draft = replace(row, **_values(form))
        configuration.change_rule_set(current_context(), row.id, draft)

    def remove(self, row: KeptRuleSet) -> None:
        """Remove a rule set; the one before holds on."""
        configuration.remove_rule_set(current_context(), row.id)


class DayForm(Form):
    """A day on which offices are open or closed otherwise than the country."""

    day = DateField(_("Ngày"), [InputRequired()])
    is_working_day = SelectField(
        _("Làm việc hay nghỉ"),
        choices=choices({"": _("Nghỉ"), _OPEN: _("Làm việc")}),
        coerce=lambda value: value in {True, _OPEN},
    )
    reason = StringField(_("Lý do"), [Length(max=LONGEST_NAME)], default="")


class Days(RecordPages[KeptDay]):
    """Days off and days made up that the country's calendar does not know."""

    permission = Permission.CONFIGURE
    kind = "recorded_day"
    title = message("Ngày làm việc")
    title_of_new = message("Thêm ngày")
    description = message("Ngày nghỉ, ngày làm bù khác lịch chung của cả nước.")
    columns = (
        Column(message("Ngày")),
        Column(message("Làm việc hay nghỉ")),
        Column(message("Lý do")),
    )
    form_class = DayForm
    fixed_fields = ("day",)

    def rows(self) -> Iterable[KeptDay]:
        """Return the recorded days."""
        return configuration.kept_days(current_context())

    def line(self, row: KeptDay) -> Line:
        """Show the day, what it is and why."""
        words = message("Làm việc") if row.is_working_day else message("Nghỉ")
        return Line(row.id, day(row.day), (render_message(words), row.reason or ""))

    def form(self, row: KeptDay | None = None) -> Form:
        """Show a recorded day as it is."""
        form = super().form(row)
        if row is not None and not form.is_submitted():
            form.is_working_day.data = _OPEN if row.is_working_day else ""
        return form

    def create(self, form: Form) -> None:
        """Record a day."""
        configuration.record_day(current_context(), **values_of(form))

    def change(self, row: KeptDay, form: Form) -> None:
        """Record it otherwise."""
        configuration.change_day(current_context(), row.id, **values_of(form))

    def remove(self, row: KeptDay) -> None:
        """Let the country's calendar say again."""
        configuration.forget_day(current_context(), row.id)


def _values(form: Form) -> dict[str, Any]:
    """Return what the form holds as a rule set does."""
    values = values_of(form)
    return {
        **values,
        "forms": values["forms"] or {},
        "only_suggests": frozenset(map(Parameter, values["only_suggests"] or ())),
    }
