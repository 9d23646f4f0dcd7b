"""The forms of people: what a clerk types, read into what the commands take.

A date field is named after the kind of its step, so that what the rules refuse is shown at it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import date
from typing import Any, cast

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import (
    Field,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    ValidationError,
)
from wtforms.validators import InputRequired, Optional

from app.cases.duplicates import LookAlikes
from app.cases.queries import LastDecision, PeopleFilter
from app.cases.rules import (
    STEP_NAMES,
    PersonDetails,
    StepDraft,
    StepKind,
    cleaned_name,
    cleaned_number,
    cleaned_words,
)
from app.cases.words import EDUCATION_NAMES, QUALIFICATION_NAMES, SEX_NAMES
from app.casework.approval_forms import ApprovalFields
from app.casework.fields import BirthDateField, Cleaned
from app.core.dates import FIRST_YEAR
from app.core.text import clean, looks_like_all_caps, search_key, title_case_name
from app.measures.queries import SegmentRow
from app.privacy.forms import taken_identity
from app.privacy.rules import cleaned_identity
from app.procedure.details import RATING_NAMES, Rating
from app.tenants.current import current_context
from app.units.rows import UnitRow
from app.web.fields import CheckboxesField, DateField, WholeNumberField
from app.web.forms import Form
from app.web.i18n import render_message
from app.web.opaque import open_id, seal_id

_UNKNOWN = SelectChoice("", _("Chưa rõ"))
_ALL = SelectChoice("", _("Tất cả"))


def _choices(names: Mapping[str, Any]) -> list[SelectChoice]:
    return [SelectChoice(value, name) for value, name in names.items()]


class PersonFields(Form):
    """What is recorded of a person besides the cell."""

    full_name = StringField(_("Họ và tên"), [InputRequired(), Cleaned(cleaned_name)])
    name_asked = HiddenField()
    date_of_birth = BirthDateField(
        _("Ngày sinh"), [InputRequired()], description=_("Ví dụ 28/2/1995 hoặc 28021995")
    )
    sex = RadioField(_("Giới tính"), [InputRequired()], choices=_choices(SEX_NAMES))
    segments = CheckboxesField(_("Thuộc diện"))
    occupation = StringField(_("Nghề nghiệp"), [Cleaned(cleaned_words)])
    education = SelectField(_("Học vấn"), choices=[_UNKNOWN, *_choices(EDUCATION_NAMES)])
    qualification = SelectField(_("Trình độ"), choices=[_UNKNOWN, *_choices(QUALIFICATION_NAMES)])
    ethnicity = StringField(
        _("Dân tộc"),
        [Cleaned(cleaned_words)],
        description=_("Ví dụ Kinh, Mường; để trống nếu chưa rõ"),
    )
    religion = StringField(
        _("Tôn giáo"),
        [Cleaned(cleaned_words)],
        description=_("Ghi Không nếu không theo tôn giáo nào"),
    )

    def __init__(self, stated: Mapping[str, SegmentRow], **defaults: object) -> None:
        super().__init__(**defaults)
        self._stated = stated
        self.segments.choices = _choices({code: row.name for code, row in stated.items()})

    def validate_full_name(self, field: Field) -> None:
        """Offer a name typed in capitals in ordinary letters; typed once more it is taken."""
        name = clean(field.data or "")
        if not looks_like_all_caps(name) or name == self.name_asked.data:
            return
        self.name_asked.data = name
        field.data = title_case_name(name)
        raise ValidationError(
            gettext(
                "Tên viết toàn chữ in hoa đã được đổi thành “%(name)s”. "
                "Đúng thì lưu; nếu không, hãy gõ lại tên.",
                name=field.data,
            )
        )

    @property
    def details(self) -> PersonDetails:
        """The person as typed, once the form is valid."""
        return PersonDetails(
            full_name=self.full_name.data,
            date_of_birth=cast("date", self.date_of_birth.data),
            sex=self.sex.data,
            ethnicity=self.ethnicity.data,
            religion=self.religion.data,
            education=self.education.data or None,
            qualification=self.qualification.data or None,
            occupation=self.occupation.data,
            stated_segments=frozenset(self._stated[code].slot for code in self.segments.data),
        )


def _identity(text: str) -> str | None:
    return cleaned_identity(text) if text.strip() else None


class PersonForm(PersonFields):
    """A new person with what is known at the listing: twelve fields on one page."""

    identity = StringField(_("Số căn cước"), [Cleaned(_identity)])
    cell = SelectField(_("Chi bộ"), [InputRequired()])
    look_alikes_of = HiddenField()
    listed = DateField(_("Ngày đưa vào nguồn"), [Optional()])

    def __init__(
        self, cells: Sequence[UnitRow], stated: Mapping[str, SegmentRow], **defaults: object
    ) -> None:
        super().__init__(stated, **defaults)
        self.cell.choices = cell_choices(cells)

    @property
    def has_seen_look_alikes(self) -> bool:
        """Whether people like this one were shown before, and it is another one all the same."""
        return bool(self.look_alikes_of.data == self._identity())

    def refuse_identity(self, found: LookAlikes) -> None:
        """Say that somebody else has the number."""
        self.identity.errors = [taken_identity(found)]

    def ask_about_look_alikes(self) -> None:
        """Remember for whom people were shown; sent once more, the form adds the person."""
        self.look_alikes_of.data = self._identity()

    def _identity(self) -> str:
        return f"{search_key(self.full_name.data)} {self.date_of_birth.data}"

    @property
    def cell_id(self) -> int:
        """The number of the chosen cell."""
        return open_id("unit", self.cell.data)

    @property
    def steps(self) -> dict[StepKind, StepDraft]:
        """The listing where its day is known, once the form is valid."""
        listed_on = self.listed.data
        return {} if listed_on is None else {StepKind.LISTED: StepDraft(listed_on)}


class PersonCorrectionForm(PersonFields):
    """A person's attributes, to be corrected with a reason."""

    ethnicity = StringField(
        _("Dân tộc"), [Cleaned(cleaned_words)], description=_("Để trống để giữ như đã ghi")
    )
    religion = StringField(
        _("Tôn giáo"), [Cleaned(cleaned_words)], description=_("Để trống để giữ như đã ghi")
    )
    reason = StringField(_("Lý do sửa"), [InputRequired(), Cleaned(cleaned_words)])

    def corrected(self, known: PersonDetails) -> PersonDetails:
        """Return the person as typed; the code stays, and what is masked unless it is typed."""
        asked = {row.slot for row in self._stated.values()}
        typed = self.details
        return replace(
            typed,
            person_code=known.person_code,
            ethnicity=typed.ethnicity or known.ethnicity,
            religion=typed.religion or known.religion,
            stated_segments=typed.stated_segments | (known.stated_segments - asked),
        )


class MoveForm(Form):
    """To which cell somebody goes, and from when on."""

    cell = SelectField(_("Chi bộ nơi đến"), [InputRequired()])
    moved_on = DateField(_("Ngày chuyển"), [InputRequired()])
    document_no = StringField(_("Số giấy giới thiệu"), [Cleaned(cleaned_number)])

    def __init__(self, cells: Sequence[UnitRow], **defaults: object) -> None:
        super().__init__(**defaults)
        self.cell.choices = cell_choices(cells)


class MentorForm(Form):
    """Who helps from now on."""

    mentor = StringField(_("Đảng viên giúp đỡ mới"), [InputRequired(), Cleaned(cleaned_words)])
    since = DateField(_("Từ ngày"), [InputRequired()])


class RemarkForm(Form):
    """A mentor's periodic remark: a day and a rating, no narrative."""

    made_on = DateField(_("Ngày nhận xét"), [InputRequired()])
    rating = RadioField(
        _("Mức"),
        [InputRequired()],
        choices=lambda: [
            SelectChoice(code.value, render_message(name)) for code, name in RATING_NAMES.items()
        ],
        coerce=Rating,
    )


class ConsentForm(Form):
    """A committee's consent that a case departs from a rule."""

    approved_by = StringField(
        _("Cấp đồng ý"),
        [InputRequired(), Cleaned(cleaned_words)],
        description=_("Ví dụ Ban Thường vụ Tỉnh ủy"),
    )
    approved_on = DateField(_("Ngày đồng ý"), [InputRequired()])
    document_no = StringField(_("Số văn bản đồng ý"), [Cleaned(cleaned_number)])


class NewCaseForm(Form):
    """When somebody whose case has ended was listed again."""

    listed = DateField(_("Ngày đưa vào nguồn"), [InputRequired()])


class AdmissionForm(ApprovalFields, Form):
    """A decision on admission and the ceremony, which may not have been held yet."""

    decision_no = StringField(_("Số quyết định"), [InputRequired(), Cleaned(cleaned_number)])
    decision = DateField(_("Ngày quyết định"), [InputRequired()])
    ceremony = DateField(_("Ngày làm lễ kết nạp"), [Optional()])

    @property
    def steps(self) -> dict[StepKind, StepDraft]:
        """The steps of the admission, once the form is valid."""
        decided_on = cast("date", self.decision.data)
        steps = {StepKind.DECISION: StepDraft(decided_on, self.decision_no.data)}
        if self.ceremony.data is not None:
            steps[StepKind.CEREMONY] = StepDraft(self.ceremony.data)
        return steps


class CeremonyForm(ApprovalFields, Form):
    """The ceremony of somebody whose decision is recorded."""

    ceremony = DateField(_("Ngày làm lễ kết nạp"), [InputRequired()])

    @property
    def steps(self) -> dict[StepKind, StepDraft]:
        """The ceremony, once the form is valid."""
        return {StepKind.CEREMONY: StepDraft(cast("date", self.ceremony.data))}


class PeopleFilterForm(Form):
    """Whom the list shall show; it lives in the address."""

    class Meta(Form.Meta):
        """Searching changes nothing, so no token is asked for."""

        csrf = False

    q = StringField(_("Tên"))
    cell = SelectField(_("Chi bộ"), [Optional()])
    born = WholeNumberField(_("Năm sinh"), [Optional()])
    standing = SelectField(_("Đang ở bước"), [Optional()])

    def __init__(self, address: Any, cells: Sequence[UnitRow]) -> None:  # noqa: ANN401 a multidict
        super().__init__(address)
        self.cell.choices = [_ALL, *cell_choices(cells)]
        self.standing.choices = [
            _ALL,
            *_choices({kind.value: render_message(STEP_NAMES[kind]) for kind in StepKind}),
        ]

    def validate_born(self, field: WholeNumberField) -> None:
        """Keep years inside the records."""
        last = current_context().today.year
        if field.data is not None and not FIRST_YEAR <= field.data <= last:
            raise ValidationError(
                gettext("Năm sinh từ %(first)s đến %(last)s.", first=FIRST_YEAR, last=last)
            )

    @property
    def wanted(self) -> PeopleFilter:
        """The filter; a field that cannot be read excludes nobody."""
        self.validate()
        return PeopleFilter(
            words=self.q.data or "",
            cell_id=open_id("unit", self.cell.data) if self._has("cell") else None,
            born_in=self.born.data if self._has("born") else None,
            standing=StepKind(self.standing.data) if self._has("standing") else None,
        )

    def _has(self, name: str) -> bool:
        return bool(self[name].data) and not self[name].errors


def admission_defaults(last: LastDecision | None, today: date) -> dict[str, object]:
    """Begin with the decision that was recorded last: one decision often admits several people."""
    if last is None:
        return {"decision": today}
    return {"decision_no": last.number, "decision": last.decided_on}


def cell_choices(cells: Sequence[UnitRow]) -> list[SelectChoice]:
    """Return cells to choose from; those of one name are told apart by their codes."""
    names = Counter(cell.name for cell in cells)
    return [
        SelectChoice(
            seal_id("unit", cell.id),
            cell.name if names[cell.name] == 1 else f"{cell.name} ({cell.code})",
        )
        for cell in cells
    ]


def person_values(known: PersonDetails, stated: Mapping[str, SegmentRow]) -> dict[str, object]:
    """Return what a form of a person's attributes begins with."""
    return {
        **{item.name: getattr(known, item.name) for item in fields(known)},
        # Masked everywhere but on the page that asks for a reason.
        **dict.fromkeys(("ethnicity", "religion")),
        "segments": [code for code, row in stated.items() if row.slot in known.stated_segments],
    }
