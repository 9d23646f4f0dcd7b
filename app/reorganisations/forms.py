"""The forms that build a reorganisation, and the operations that each asks for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField
from wtforms import Field, SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from app.core.text import clean
from app.reorganisations.drafts import Details
from app.reorganisations.rules import Operation, Share, StandingUnit
from app.reorganisations.weighing import ShareBy
from app.units.rows import UnitRow
from app.web.fields import CheckboxesField, DateField
from app.web.forms import Form

LONGEST = 200
LEAST_PARTS = 2
PARTS = 4
"""How many parts of a split are asked for on one form; further ones come by a file."""

SPLIT = "split"
"""What addresses call the form that asks next who goes with which part."""

KNOWN_UNITS = "known-units"
"""The list that browsers take the codes of standing units from."""

SHARE_BY_LABELS = {
    ShareBy.CELLS: _("theo số chi bộ mỗi bên nhận"),
    ShareBy.PEOPLE: _("theo số người mỗi bên nhận"),
    ShareBy.DEFAULT_HEIR: _("để cả cho phần mặc định"),
}

Standing = Mapping[str, StandingUnit]


class DetailsForm(Form):
    """What a reorganisation is decided by."""

    decision_no = StringField(_("Số quyết định"), [InputRequired(), Length(max=LONGEST)])
    issuer = StringField(_("Cơ quan ban hành"), [Optional(), Length(max=LONGEST)])
    effective_on = DateField(_("Ngày có hiệu lực"), [InputRequired()])
    share_by = SelectField(
        _("Chỉ tiêu của tổ chức chia tách được chia"),
        choices=[SelectChoice(key.value, label) for key, label in SHARE_BY_LABELS.items()],
        default=ShareBy.CELLS.value,
    )

    @property
    def details(self) -> Details:
        """The details, once the form is valid."""
        if self.effective_on.data is None:
            raise ValueError("the form has not been validated")
        return Details(
            decision_no=clean(self.decision_no.data or ""),
            issuer=clean(self.issuer.data or "") or None,
            effective_on=self.effective_on.data,
            share_by=ShareBy(self.share_by.data),
        )


class NewForm(DetailsForm):
    """A new reorganisation, by a file or to be built on screen."""

    file = FileField(_("Tệp CSV các việc sắp xếp"), [Optional()])


@dataclass(frozen=True)
class FieldGroup:
    """Fields that are asked for together; one that is folded is seldom needed."""

    title: object
    fields: tuple[Field, ...]
    is_folded: bool = False


class OperationForm(Form):
    """An operation on one unit or several; each kind of operation fills the fields it needs."""

    def operations(self, standing: Standing, /) -> list[Operation]:
        """Return the operations, once the form is valid."""
        raise NotImplementedError

    @property
    def groups(self) -> tuple[FieldGroup, ...]:
        """The fields as they are shown: all together, unless a form has parts."""
        return (FieldGroup(None, tuple(field for field in self if field.name != "csrf_token")),)


def _code(label: object) -> StringField:
    return StringField(label, [InputRequired(), Length(max=LONGEST)])


def _known(label: object, *, is_required: bool = True) -> StringField:
    """Ask for the code of a unit that stands; browsers offer those by name."""
    wanted = InputRequired() if is_required else Optional()
    return StringField(label, [wanted, Length(max=LONGEST)], render_kw={"list": KNOWN_UNITS})


def _free(label: object) -> StringField:
    return StringField(label, [Optional(), Length(max=LONGEST)])


def _said(field: StringField) -> str | None:
    return clean(field.data or "") or None


def _parent_of(standing: Standing, code: str) -> str | None:
    unit = standing.get(code)
    return None if unit is None else unit.parent_code


class ChangeForm(OperationForm):
    """A change of one unit that stays itself."""

    old_code = _known(_("Mã tổ chức"))

    def changed(self, standing: Standing, **changes: Any) -> list[Operation]:  # noqa: ANN401 fields of an operation
        """Return the operation that changes this of the unit and leaves all else."""
        old = clean(self.old_code.data or "")
        unchanged = Operation(
            row=0,
            old_code=old,
            share=Share.WHOLE,
            new_code=old,
            new_parent_code=_parent_of(standing, old),
        )
        return [replace(unchanged, **changes)]


class RenameForm(ChangeForm):
    """Another name, or another code, for a unit that stays where it is."""

    new_name = _code(_("Tên mới"))
    new_code = _free(_("Mã mới, nếu đổi"))

    def operations(self, standing: Standing, /) -> list[Operation]:
        """Return the operations, once the form is valid."""
        code = _said(self.new_code) or clean(self.old_code.data or "")
        return self.changed(standing, new_code=code, new_name=_said(self.new_name))


class RelevelForm(ChangeForm):
    """Another level or kind for a unit."""

    level = SelectField(_("Cấp mới"))
    kind = SelectField(_("Loại hình mới"))

    def operations(self, standing: Standing, /) -> list[Operation]:
        """Return the operations, once the form is valid."""
        return self.changed(standing, level=self.level.data, kind=self.kind.data)


class MoveForm(ChangeForm):
    """Another parent for a unit."""

    new_parent_code = _known(_("Mã tổ chức cấp trên mới"), is_required=False)

    def operations(self, standing: Standing, /) -> list[Operation]:
        """Return the operations, once the form is valid."""
        return self.changed(standing, new_parent_code=_said(self.new_parent_code))


class MergeForm(OperationForm):
    """Several units become one; they are chosen below one unit, or below several in turn."""

    under = _known(_("Chọn trong các tổ chức trực thuộc"), is_required=False)
    old_codes = CheckboxesField(
        _("Các tổ chức nhập lại"),
        [InputRequired(_("Hãy chọn ít nhất một tổ chức."))],
        validate_choice=False,
    )
    new_code = StringField(
        _("Mã tổ chức mới, hoặc mã tổ chức nhận"),
        [InputRequired(), Length(max=LONGEST)],
        render_kw={"list": KNOWN_UNITS},
    )
    new_name = _free(_("Tên tổ chức mới"))
    new_parent_code = _known(_("Mã tổ chức cấp trên"), is_required=False)

    @property
    def looked_under(self) -> str | None:
        """The code of the unit whose units are to be shown."""
        return _said(self.under)

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the units that are chosen, each once; a browser may send any text."""
        sent = (clean(code) for code in self.old_codes.data or ())
        return tuple(dict.fromkeys(code for code in sent if code))

    def offer(self, chosen: Sequence[UnitRow], below: Sequence[UnitRow] | None) -> None:
        """Show what is chosen by now, then the units below; None where there is no such unit."""
        if below is None:
            self.under.errors = [*self.under.errors, _("Không có tổ chức mang mã này.")]
        codes = {unit.code for unit in chosen}
        others = [unit for unit in below or () if unit.code not in codes]
        self.old_codes.choices = [
            SelectChoice(unit.code, f"{unit.name} · {unit.code}") for unit in (*chosen, *others)
        ]

    def operations(self, standing: Standing, /) -> list[Operation]:
        """Return the operations, once the form is valid; the parent is by default as before."""
        parent = _said(self.new_parent_code) or _parent_of(standing, self.codes[0])
        return [
            Operation(
                row=0,
                old_code=code,
                share=Share.WHOLE,
                new_code=_said(self.new_code),
                new_name=_said(self.new_name),
                new_parent_code=parent,
                is_default_heir=True,
            )
            for code in self.codes
        ]


class SplitForm(OperationForm):
    """A unit goes to several heirs, of which the first takes what is not routed."""

    old_code = _known(_("Mã tổ chức chia tách"))
    code_1 = _code(_("Phần mặc định: mã"))
    name_1 = _free(_("Phần mặc định: tên"))
    parent_1 = _known(_("Phần mặc định: mã cấp trên"), is_required=False)
    code_2 = _code(_("Phần 2: mã"))
    name_2 = _free(_("Phần 2: tên"))
    parent_2 = _known(_("Phần 2: mã cấp trên"), is_required=False)
    code_3 = _free(_("Phần 3: mã"))
    name_3 = _free(_("Phần 3: tên"))
    parent_3 = _known(_("Phần 3: mã cấp trên"), is_required=False)
    code_4 = _free(_("Phần 4: mã"))
    name_4 = _free(_("Phần 4: tên"))
    parent_4 = _known(_("Phần 4: mã cấp trên"), is_required=False)

    def operations(self, standing: Standing, /) -> list[Operation]:
        """Return the operations, once the form is valid."""
        old = clean(self.old_code.data or "")
        return [
            Operation(
                row=0,
                old_code=old,
                share=Share.PART,
                new_code=code,
                new_name=_said(self[f"name_{part}"]),
                new_parent_code=_said(self[f"parent_{part}"]) or _parent_of(standing, old),
                is_default_heir=part == 1,
            )
            for part in range(1, PARTS + 1)
            if (code := _said(self[f"code_{part}"])) is not None
        ]

    @property
    def groups(self) -> tuple[FieldGroup, ...]:
        """The unit, then each part; those beyond two open on demand."""
        titles = (_("Phần mặc định: nhận những gì không phân riêng"), _("Phần 2"), *_MORE_PARTS)
        parts = (
            FieldGroup(
                title,
                tuple(self[f"{name}_{part}"] for name in ("code", "name", "parent")),
                is_folded=part > LEAST_PARTS and not self[f"code_{part}"].data,
            )
            for part, title in enumerate(titles, start=1)
        )
        return (FieldGroup(None, (self.old_code,)), *parts)


_MORE_PARTS = (_("Thêm phần 3"), _("Thêm phần 4"))


class CloseForm(OperationForm):
    """A unit ends; what is below it goes to the nearest unit above that stays."""

    old_code = _known(_("Mã tổ chức giải thể"))

    def operations(self, _standing: Standing, /) -> list[Operation]:
        """Return the operations, once the form is valid."""
        return [Operation(row=0, old_code=clean(self.old_code.data or ""), share=Share.CLOSE)]


class CreateForm(OperationForm):
    """A unit begins that none before it becomes."""

    new_code = _code(_("Mã tổ chức mới"))
    new_name = _code(_("Tên tổ chức mới"))
    new_parent_code = _known(_("Mã tổ chức cấp trên"), is_required=False)
    level = SelectField(_("Cấp"))
    kind = SelectField(_("Loại hình"))

    def operations(self, _standing: Standing, /) -> list[Operation]:
        """Return the operations, once the form is valid."""
        return [
            Operation(
                row=0,
                old_code="",
                share=Share.CREATE,
                new_code=_said(self.new_code),
                new_name=_said(self.new_name),
                new_parent_code=_said(self.new_parent_code),
                level=self.level.data,
                kind=self.kind.data,
            )
        ]


FORMS: Mapping[str, tuple[type[OperationForm], object, object]] = {
    "merge": (
        MergeForm,
        _("Nhập nhiều tổ chức làm một"),
        _(
            "Chi bộ bên dưới giữ nguyên và theo về tổ chức mới. Cấp trên để trống thì như tổ chức"
            " đầu tiên được chọn."
        ),
    ),
    SPLIT: (
        SplitForm,
        _("Chia tách một tổ chức"),
        _("Cấp trên để trống thì như tổ chức cũ. Bước sau chọn từng nơi, từng người về phần nào."),
    ),
    "move": (
        MoveForm,
        _("Chuyển về cấp trên khác"),
        _("Để trống cấp trên nếu tổ chức thành gốc của cây."),
    ),
    "rename": (RenameForm, _("Đổi tên hoặc mã"), _("Lịch sử của tổ chức được giữ.")),
    "relevel": (RelevelForm, _("Đổi cấp hoặc loại hình"), _("Lịch sử của tổ chức được giữ.")),
    "create": (CreateForm, _("Lập tổ chức mới"), _("Tổ chức bắt đầu từ ngày có hiệu lực.")),
    "close": (
        CloseForm,
        _("Giải thể một tổ chức"),
        _("Tổ chức bên dưới theo về cấp trên gần nhất còn hoạt động."),
    ),
}
"""The forms of operations by what addresses call them, with a title and a hint."""
