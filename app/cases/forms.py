"""The forms of people: what a clerk types, read into what the commands take.

A date field is named after the kind of its step, so that what the rules refuse is shown at it.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
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
    SelectMultipleField,
    StringField,
    ValidationError,
)
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from app.cases.queries import LastDecision, PeopleFilter
from app.cases.rules import (
    EDUCATIONS,
    PRINCIPAL_STEPS,
    QUALIFICATIONS,
    SEXES,
    STEP_NAMES,
    PersonDetails,
    StepDraft,
    StepKind,
    cleaned_name,
    cleaned_number,
    cleaned_words,
)
from app.core.dates import FIRST_YEAR, parse_date
from app.core.errors import Refused
from app.core.text import clean, looks_like_all_caps, search_key, title_case_name
from app.measures.queries import SegmentRow
from app.tenants.current import current_context
from app.units.queries import UnitRow
from app.web.fields import DateField, WholeNumberField
from app.web.forms import Form
from app.web.i18n import render_message
from app.web.opaque import open_id, seal_id

SEX_NAMES = dict(zip(SEXES, (_("Nữ"), _("Nam")), strict=True))
EDUCATION_NAMES = dict(
    zip(EDUCATIONS, (_("Tiểu học"), _("Trung học cơ sở"), _("Trung học phổ thông")), strict=True)
)
QUALIFICATION_NAMES = dict(
    zip(
        QUALIFICATIONS,
        (_("Không"), _("Sơ cấp, trung cấp"), _("Cao đẳng"), _("Đại học"), _("Sau đại học")),
        strict=True,
    )
)
_UNKNOWN = SelectChoice("", _("Chưa rõ"))
_ALL = SelectChoice("", _("Tất cả"))


def _choices(names: Mapping[str, Any]) -> list[SelectChoice]:
    return [SelectChoice(value, name) for value, name in names.items()]


class Cleaned:
    """Put a field's text into the form in which it is stored, or say why it cannot be."""

    def __init__(self, cleaned: Callable[[str], str | None]) -> None:
        self._cleaned = cleaned

    def __call__(self, _form: Form, field: Field) -> None:
        """Validate, as WTForms asks."""
        try:
            field.data = self._cleaned(field.data or "")
        except Refused as refused:
            raise ValidationError(render_message(refused.message)) from None


def _born_on(text: str, *, last_short_year: int | None = None) -> date:
    return parse_date(text, last_short_year=last_short_year or current_context().today.year)


class BirthDateField(DateField):
    """A date of birth such as 3/11/95, whose two-digit year lies in the past."""

    read = staticmethod(_born_on)


class CheckboxesField(SelectMultipleField):  # type: ignore[misc]
    """Any number of choices, each with its box."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class PersonForm(Form):
    """A new person with what is known at the listing: eleven fields on one page."""

    cell = SelectField(_("Chi bộ"), [InputRequired()])
    full_name = StringField(_("Họ và tên"), [InputRequired(), Cleaned(cleaned_name)])
    name_asked = HiddenField()
    look_alikes_of = HiddenField()
    date_of_birth = BirthDateField(_("Ngày sinh"), [InputRequired()])
    sex = RadioField(_("Giới tính"), [InputRequired()], choices=_choices(SEX_NAMES))
    listed = DateField(_("Ngày đưa vào nguồn"), [Optional()])
    ethnicity = StringField(_("Dân tộc"), [Cleaned(cleaned_words)])
    religion = StringField(_("Tôn giáo"), [Cleaned(cleaned_words)])
    education = SelectField(_("Học vấn"), choices=[_UNKNOWN, *_choices(EDUCATION_NAMES)])
    qualification = SelectField(_("Trình độ"), choices=[_UNKNOWN, *_choices(QUALIFICATION_NAMES)])
    occupation = StringField(_("Nghề nghiệp"), [Cleaned(cleaned_words)])
    segments = CheckboxesField(_("Thuộc diện"))

    def __init__(
        self, cells: Sequence[UnitRow], stated: Mapping[str, SegmentRow], **defaults: object
    ) -> None:
        super().__init__(**defaults)
        self._stated = stated
        self.cell.choices = cell_choices(cells)
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
    def has_seen_look_alikes(self) -> bool:
        """Whether people like this one were shown before, and it is another one all the same."""
        return bool(self.look_alikes_of.data == self._identity())

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

    @property
    def steps(self) -> dict[StepKind, StepDraft]:
        """The listing where its day is known, once the form is valid."""
        listed_on = self.listed.data
        return {} if listed_on is None else {StepKind.LISTED: StepDraft(listed_on)}


class AdmissionForm(Form):
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


class CeremonyForm(Form):
    """The ceremony of somebody whose decision is recorded."""

    ceremony = DateField(_("Ngày làm lễ kết nạp"), [InputRequired()])

    @property
    def steps(self) -> dict[StepKind, StepDraft]:
        """The ceremony, once the form is valid."""
        return {StepKind.CEREMONY: StepDraft(cast("date", self.ceremony.data))}


class StepForm(Form):
    """The date of one step, to be recorded or corrected."""

    taken_on = DateField(_("Ngày"), [InputRequired()])

    @property
    def draft(self) -> StepDraft:
        """The step as typed, once the form is valid."""
        return StepDraft(cast("date", self.taken_on.data))


class DecisionForm(StepForm):
    """The decision on admission with its number."""

    document_no = StringField(_("Số quyết định"), [InputRequired(), Cleaned(cleaned_number)])

    @property
    def draft(self) -> StepDraft:
        """The decision as typed, once the form is valid."""
        return replace(super().draft, document_no=self.document_no.data)


class IntroductionForm(StepForm):
    """The introduction with those who introduced."""

    introducers = CheckboxesField(_("Nơi giới thiệu"), coerce=int)

    @property
    def draft(self) -> StepDraft:
        """The introduction as typed, once the form is valid."""
        return replace(super().draft, introducers=frozenset(self.introducers.data))


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
            *_choices({kind.value: render_message(STEP_NAMES[kind]) for kind in PRINCIPAL_STEPS}),
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


def step_form(
    kind: StepKind, introducers: Mapping[str, SegmentRow], recorded: StepDraft | None
) -> StepForm:
    """Return the form of a step, filled with what is recorded of it."""
    values: dict[str, object] = {}
    if recorded is not None:
        values = {
            "taken_on": recorded.taken_on,
            "document_no": recorded.document_no,
            "introducers": sorted(recorded.introducers),
        }
    if kind is StepKind.DECISION:
        return DecisionForm(**values)
    if kind is not StepKind.INTRODUCTION:
        return StepForm(**values)
    form = IntroductionForm(**values)
    form.introducers.choices = [SelectChoice(row.slot, row.name) for row in introducers.values()]
    return form


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
