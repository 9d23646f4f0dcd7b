"""A form for every kind of step: its day, its paper, and the details that its shape declares.

A field bears the name of what it fills in `procedure.details`. Lists of a step, such as those who
were asked, are rows of fields named `name_0`, `name_1` and so on, so that a form works without
JavaScript; what a step has beyond the rows shown stays as it is.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields, replace
from datetime import date
from typing import Any, ClassVar, TypeGuard, TypeVar, cast

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import BooleanField, RadioField, SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired

from app.cases.rules import EXITS, StepDraft, StepKind, cleaned_number, cleaned_words
from app.casework.approval_forms import ApprovalFields
from app.casework.fields import Cleaned
from app.core.errors import AppError, Problem, Refused
from app.core.messages import Message
from app.measures.queries import SegmentRow
from app.procedure.cases import TakenStep, Taking
from app.procedure.details import (
    EXIT_REASON_NAMES,
    INTRODUCER_NAMES,
    VERIFICATION_NAMES,
    Comment,
    ExitReason,
    Inquiry,
    Introducer,
    IntroducerKind,
    MentorDetails,
    PaperDetails,
    Verification,
    from_json,
    with_mentor,
)
from app.web.fields import CheckboxesField, DateField, WholeNumberField
from app.web.forms import Form
from app.web.i18n import render_message

MOST_ROWS = 8
_SPARE_ROWS = 2

FormOfStep = TypeVar("FormOfStep", bound="StepForm")


@dataclass(frozen=True)
class Rows:
    """A list in the details of a step: what holds it, the shape of an item, and its fields."""

    attribute: str
    shape: type
    makers: Mapping[str, Callable[[], Any]]

    @property
    def needed(self) -> tuple[str, ...]:
        """The fields that an item cannot be without."""
        return tuple(item.name for item in fields(self.shape) if item.default is MISSING)


def _words(label: str, hint: str = "") -> StringField:
    return StringField(label, [Cleaned(cleaned_words)], description=hint)


def _number(label: str, hint: str = "") -> StringField:
    return StringField(label, [Cleaned(cleaned_number)], description=hint)


def _with_rows(form: type[FormOfStep]) -> type[FormOfStep]:
    """Give a form the fields of its rows."""
    for index in range(MOST_ROWS):
        for name, make in form.rows.makers.items():
            setattr(form, f"{name}_{index}", make())
    return form


class StepForm(ApprovalFields, Form):
    """The day of a step, the number of its paper, where that lies, and a reason to correct it."""

    rows: ClassVar[Rows] = Rows("", PaperDetails, {})
    kind: StepKind
    is_recorded = False

    taken_on = DateField(_("Ngày"), [InputRequired()])
    document_no = _number(_("Số văn bản"))
    kept_at = _words(_("Nơi để giấy tờ"), _("Ví dụ tủ hồ sơ chi bộ, ngăn 2"))
    reason = _words(_("Lý do sửa"), _("Ghi khi đổi hoặc bỏ điều đã ghi; chỉ bổ sung thì để trống"))

    @property
    def draft(self) -> StepDraft:
        """The step as typed, once the form is valid."""
        return StepDraft(cast("date", self.taken_on.data), self.document_no.data)

    @property
    def plain_fields(self) -> list[str]:
        """The fields of the details that are no rows, in the order of the form."""
        common = {"taken_on", "document_no", "kept_at", "reason", "csrf_token", "introducers"}
        in_rows = {f"{name}_{i}" for name in self.rows.makers for i in range(MOST_ROWS)}
        return [
            field.name
            for field in self
            if field.name not in common | in_rows and not field.name.startswith("approv")
        ]

    @property
    def shown_rows(self) -> list[list[Any]]:
        """The rows that hold something, and some to fill in."""
        filled = [index for index in range(MOST_ROWS) if self._has_content(index)]
        many = min(MOST_ROWS, max(filled, default=-1) + 1 + _SPARE_ROWS) if self.rows.makers else 0
        return [[self[f"{name}_{index}"] for name in self.rows.makers] for index in range(many)]

    def taking(self, known: PaperDetails) -> Taking:
        """Return the step as typed; `known` are the details so far."""
        return Taking(self.draft, self.details(known))

    def details(self, known: PaperDetails) -> PaperDetails:
        """Return the details as typed, over those known so far."""
        own = {item.name for item in fields(known)} & set(self.data) - {"reason"}
        values = {name: self[name].data for name in own}
        if self.rows.makers:
            values[self.rows.attribute] = (
                *self._items(),
                *getattr(known, self.rows.attribute)[MOST_ROWS:],
            )
        return replace(known, **values)

    def validate(self, extra_validators: Any = None) -> bool:  # noqa: ANN401 as WTForms has it
        """Validate the fields, then that no row lacks what it needs."""
        is_valid = bool(super().validate(extra_validators))
        for index in range(MOST_ROWS):
            if not self.rows.makers or not self._has_content(index):
                continue
            for name in self.rows.needed:
                field = self[f"{name}_{index}"]
                if not field.data and not field.errors:
                    field.errors = [gettext("Dòng này còn thiếu mục này.")]
                    is_valid = False
        return is_valid

    def show(self, error: AppError) -> None:
        """Show what is refused about the step at its day."""
        renamed = [
            Problem("taken_on" if problem.field == self.kind else problem.field, problem.message)
            for problem in error.problems
        ]
        super().show(Refused(error.message, renamed))

    def _has_content(self, index: int) -> bool:
        texts = (self[f"{name}_{index}"] for name in self.rows.makers)
        return any(
            (field.data or field.errors)
            for field in texts
            if not isinstance(field, BooleanField | SelectField)
        )

    def _items(self) -> list[Any]:
        return [
            self.rows.shape(**{name: self[f"{name}_{index}"].data for name in self.rows.makers})
            for index in range(MOST_ROWS)
            if self._has_content(index)
        ]


class MentorForm(StepForm):
    """The first mentor, who helps from the day of the step."""

    mentor = StringField(_("Đảng viên giúp đỡ"), [InputRequired(), Cleaned(cleaned_words)])

    def details(self, known: PaperDetails) -> PaperDetails:
        """Return the details with the first mentor; those after stay."""
        kept = cast("MentorDetails", super().details(known))
        since = cast("date", self.taken_on.data)
        if not kept.mentors:
            return with_mentor(kept, self.mentor.data, since)
        first = replace(kept.mentors[0], name=self.mentor.data, since=since)
        return replace(kept, mentors=(first, *kept.mentors[1:]))


class ClassForm(StepForm):
    """A class and its certificate."""

    document_no = _number(_("Số giấy chứng nhận"))
    class_no = _number(_("Lớp, khóa"))
    issuer = _words(_("Nơi cấp"), _("Ví dụ Trung tâm chính trị huyện"))


@_with_rows
class VerificationForm(StepForm):
    """Whom the verification asked and who has answered; never what was found."""

    status = RadioField(
        _("Tình trạng thẩm tra"),
        choices=lambda: _named(VERIFICATION_NAMES),
        coerce=Verification,
        default=Verification.UNDER_WAY,
    )
    concluded_on = DateField(_("Ngày có kết luận"))
    rows = Rows(
        "inquiries",
        Inquiry,
        {
            "asked": lambda: _words(_("Nơi được hỏi")),
            "asked_on": lambda: DateField(_("Ngày gửi")),
            "answered_on": lambda: DateField(_("Ngày trả lời")),
            "document_no": lambda: _number(_("Số văn bản trả lời")),
            "kept_at": lambda: _words(_("Nơi để giấy tờ")),
        },
    )


@_with_rows
class IntroductionForm(StepForm):
    """Who introduces: organisations, for the figures, and members by name."""

    introducers = CheckboxesField(_("Nơi giới thiệu"), coerce=int)
    rows = Rows(
        "introducers",
        Introducer,
        {
            "kind": lambda: SelectField(
                _("Ai giới thiệu"),
                choices=lambda: _named(INTRODUCER_NAMES),
                coerce=IntroducerKind,
                default=IntroducerKind.MEMBER,
            ),
            "name": lambda: _words(_("Tên người, tổ chức")),
            "together_since": lambda: DateField(_("Cùng đơn vị từ ngày")),
            "is_official": lambda: BooleanField(_("Là đảng viên chính thức"), default=True),
        },
    )

    @property
    def draft(self) -> StepDraft:
        """The introduction as typed, once the form is valid."""
        return replace(super().draft, introducers=frozenset(self.introducers.data))


@_with_rows
class CommentsForm(StepForm):
    """Which organisations have commented, and the cell where the person lives."""

    rows = Rows(
        "comments",
        Comment,
        {
            "organisation": lambda: _words(_("Nơi nhận xét")),
            "given_on": lambda: DateField(_("Ngày nhận xét")),
            "document_no": lambda: _number(_("Số văn bản")),
            "kept_at": lambda: _words(_("Nơi để giấy tờ")),
        },
    )


class VoteForm(StepForm):
    """A resolution and its vote."""

    document_no = _number(_("Số nghị quyết"))
    entitled = WholeNumberField(_("Tổng số đảng viên chính thức"))
    present = WholeNumberField(_("Số người dự họp"))
    in_favour = WholeNumberField(_("Số phiếu tán thành"))
    against = WholeNumberField(_("Số phiếu không tán thành"))


class CommitteeVoteForm(VoteForm):
    """A resolution of a committee."""

    entitled = WholeNumberField(_("Tổng số cấp ủy viên"))


class DecisionForm(StepForm):
    """The decision on admission with its number."""

    document_no = StringField(_("Số quyết định"), [InputRequired(), Cleaned(cleaned_number)])
    decided_by = _words(_("Cấp quyết định"))


class CeremonyForm(StepForm):
    """The ceremony, and when the new member's own file was declared."""

    member_file_on = DateField(_("Ngày khai lý lịch đảng viên"))


class RecognitionForm(StepForm):
    """The recognition, which takes effect on the day when probation ended."""

    taken_on = DateField(_("Công nhận chính thức từ ngày"), [InputRequired()])
    document_no = _number(_("Số quyết định"))
    decided_on = DateField(_("Ngày ký quyết định"))
    decided_by = _words(_("Cấp quyết định"))


class ExitForm(StepForm):
    """A way out of a case and its reason."""

    exit_reason = SelectField(
        _("Lý do"), choices=lambda: _named(EXIT_REASON_NAMES), coerce=ExitReason
    )
    destination = _words(_("Nơi đến"), _("Khi chuyển đi nơi khác"))

    def details(self, known: PaperDetails) -> PaperDetails:
        """Return the details with the reason of the exit."""
        return replace(super().details(known), reason=self.exit_reason.data)  # type: ignore[call-arg]


FORMS: Mapping[StepKind, type[StepForm]] = {
    StepKind.MENTOR: MentorForm,
    StepKind.CERTIFICATE: ClassForm,
    StepKind.VERIFICATION: VerificationForm,
    StepKind.INTRODUCTION: IntroductionForm,
    StepKind.COMMENTS: CommentsForm,
    StepKind.CELL_RESOLUTION: VoteForm,
    StepKind.COMMITTEE_RESOLUTION: CommitteeVoteForm,
    StepKind.DECISION: DecisionForm,
    StepKind.CEREMONY: CeremonyForm,
    StepKind.NEW_MEMBER_CLASS: ClassForm,
    StepKind.RECOGNITION_RESOLUTION: VoteForm,
    StepKind.RECOGNITION: RecognitionForm,
    **dict.fromkeys((*EXITS, StepKind.REMOVAL), ExitForm),
}
"""Whose details are more than a paper; every other kind has the plain form."""


def step_form(
    kind: StepKind,
    organisations: Mapping[str, SegmentRow],
    recorded: TakenStep | None = None,
    **defaults: object,
) -> StepForm:
    """Return the form of a step, filled with what is recorded of it, else with defaults."""
    details = recorded.details if recorded else from_json(kind, None)
    values = defaults if recorded is None else _values(recorded)
    form_type = FORMS.get(kind, StepForm)
    form = form_type(**{**values, **_row_values(form_type, details)})
    form.kind, form.is_recorded = kind, recorded is not None
    if isinstance(form, IntroductionForm):
        form.introducers.choices = [
            SelectChoice(row.slot, row.name) for row in organisations.values()
        ]
    return form


def _values(recorded: TakenStep) -> dict[str, object]:
    details = recorded.details
    known = {item.name: getattr(details, item.name) for item in fields(details)}
    reason = {"exit_reason": known.pop("reason")} if "reason" in known else {}
    mentors = {"mentor": details.mentors[0].name} if _has_mentor(details) else {}
    return {
        **{name: value for name, value in known.items() if not isinstance(value, tuple)},
        **reason,
        **mentors,
        "taken_on": recorded.taken_on,
        "document_no": recorded.document_no,
        "introducers": sorted(recorded.segments),
    }


def _has_mentor(details: PaperDetails) -> TypeGuard[MentorDetails]:
    return isinstance(details, MentorDetails) and bool(details.mentors)


def _row_values(form_type: type[StepForm], details: PaperDetails) -> dict[str, object]:
    rows = form_type.rows
    if not rows.makers:
        return {}
    return {
        f"{name}_{index}": getattr(item, name)
        for index, item in enumerate(getattr(details, rows.attribute)[:MOST_ROWS])
        for name in rows.makers
    }


def _named(names: Mapping[Any, Message]) -> list[SelectChoice]:
    return [SelectChoice(code.value, render_message(name)) for code, name in names.items()]
