"""The forms of rounds, commitments, transfers and shares of a term."""

import re
from collections.abc import Mapping

from flask_babel import lazy_gettext as _
from wtforms import StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from app.core.text import clean
from app.quotas.forms import LONGEST_REASON
from app.quotas.rules import LARGEST_QUOTA, LONGEST_NUMBER, Decision
from app.rounds.commands import Answer, Signature
from app.rounds.rules import Dues
from app.web.fields import DateField, WholeNumberField
from app.web.forms import Form

LONGEST_NAME = 120

_YEAR = re.compile(r"\d{4}", re.ASCII)


class RoundForm(Form):
    """Until when a round asks for what."""

    survey_due_on = DateField(_("Khảo sát nguồn đến hết ngày"), [InputRequired()])
    registration_due_on = DateField(_("Đăng ký chỉ tiêu đến hết ngày"), [InputRequired()])
    commitment_due_on = DateField(_("Ký cam kết đến hết ngày"), [InputRequired()])
    note = TextAreaField(_("Yêu cầu thêm"), [Optional(), Length(max=LONGEST_REASON)])

    @property
    def dues(self) -> Dues:
        """The days, once the form is valid."""
        survey, registration, commitment = (
            self.survey_due_on.data,
            self.registration_due_on.data,
            self.commitment_due_on.data,
        )
        if survey is None or registration is None or commitment is None:
            raise ValueError("the form has not been validated")
        return Dues(survey, registration, commitment)


class AnswerForm(Form):
    """What a unit says to a round."""

    sources = WholeNumberField(
        _("Số nguồn khảo sát được"), [InputRequired(), NumberRange(0, LARGEST_QUOTA)]
    )
    quota = WholeNumberField(_("Chỉ tiêu đăng ký"), [Optional(), NumberRange(0, LARGEST_QUOTA)])
    cause = TextAreaField(_("Căn cứ"), [Optional(), Length(max=LONGEST_REASON)])

    @property
    def answer(self) -> Answer:
        """The answer as typed, once the form is valid."""
        return Answer(self.sources.data or 0, self.quota.data, text_of(self.cause))


class CommitmentForm(Form):
    """Who signs for a quota."""

    signatory = StringField(_("Người ký"), [InputRequired(), Length(max=LONGEST_NAME)])
    signatory_title = StringField(_("Chức vụ"), [InputRequired(), Length(max=LONGEST_NAME)])
    signed_on = DateField(_("Ngày ký"), [InputRequired()])

    @property
    def signature(self) -> Signature:
        """The signature as typed, once the form is valid."""
        if self.signed_on.data is None:
            raise ValueError("the form has not been validated")
        return Signature(
            clean(self.signatory.data), clean(self.signatory_title.data), self.signed_on.data
        )


class TransferForm(Form):
    """What a unit proposes to its brother; which of them gives is said by the button."""

    other = StringField(_("Tổ chức bên kia"), [InputRequired(), Length(max=LONGEST_NAME)])
    count = WholeNumberField(
        _("Số chỉ tiêu chuyển"), [InputRequired(), NumberRange(1, LARGEST_QUOTA)]
    )
    document_no = StringField(
        _("Số văn bản thỏa thuận"), [InputRequired(), Length(max=LONGEST_NUMBER)]
    )
    reason = TextAreaField(_("Lý do điều chuyển"), [InputRequired(), Length(max=LONGEST_REASON)])
    below_attained_because = TextAreaField(
        _("Lý do giao thấp hơn kết quả đã đạt"), [Optional(), Length(max=LONGEST_REASON)]
    )


class AgreementForm(Form):
    """A side's yes to a transfer."""

    below_attained_because = TextAreaField(
        _("Lý do giao thấp hơn kết quả đã đạt"), [Optional(), Length(max=LONGEST_REASON)]
    )


class RefusalForm(Form):
    """A side's no to a transfer."""

    because = TextAreaField(_("Lý do từ chối"), [InputRequired(), Length(max=LONGEST_REASON)])


class SharesForm(Form):
    """The document by which shares of a term are taken; the years' boxes stand beside it."""

    decision_no = StringField(_("Số nghị quyết"), [InputRequired(), Length(max=LONGEST_NUMBER)])
    decided_on = DateField(_("Ngày ban hành"), [InputRequired()])
    cause = TextAreaField(
        _("Lý do tổng các năm khác chỉ tiêu"), [Optional(), Length(max=LONGEST_REASON)]
    )

    @property
    def decision(self) -> Decision:
        """The resolution as typed, once the form is valid."""
        if self.decided_on.data is None:
            raise ValueError("the form has not been validated")
        return Decision(
            clean(self.decision_no.data), self.decided_on.data, cause=text_of(self.cause)
        )


def text_of(field: TextAreaField) -> str | None:
    """Return what was typed, or None for nothing."""
    return clean(field.data or "") or None


def boxes_of(form: Mapping[str, str], prefix: str) -> dict[int, str]:
    """Return what was typed into the boxes of years, by year."""
    return {
        int(year): text
        for name, text in form.items()
        if name.startswith(prefix) and _YEAR.fullmatch(year := name.removeprefix(prefix))
    }
