"""The pages of the configuration. What they change is changed by commands of the packages."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import g

from app.accounts.principal import Principal
from app.admin.base import Column, Line, RecordPages
from app.admin.forms import (
    NO_CHOICE,
    ORIGIN_NAMES,
    KindForm,
    LevelForm,
    MeasureForm,
    SegmentForm,
    TenantForm,
    choices,
)
from app.core.messages import message
from app.measures import commands as measures
from app.measures.configuration import (
    KeptMeasure,
    KeptSegment,
    kept_measures,
    kept_segments,
)
from app.measures.rules import Origin, SegmentDraft
from app.tenants import commands as tenants
from app.tenants.context import Actor
from app.tenants.current import current_context
from app.tenants.queries import tenant_sizes
from app.units import configuration
from app.units.configuration import KeptKind, KeptLevel, KindDraft, LevelDraft
from app.web.formats import whole_number
from app.web.forms import Form
from app.web.guards import Permission
from app.web.languages import ENGLISH, language

YES = "✓"
NO = ""


class Levels(RecordPages[KeptLevel]):
    """The storeys of the tree."""

    permission = Permission.CONFIGURE
    kind = "level"
    title = message("Cấp")
    title_of_new = message("Thêm cấp")
    description = message("Các cấp của tổ chức đảng, từ trên xuống.")
    columns = (
        Column(message("Tên")),
        Column(message("Mã")),
        Column(message("Thứ tự"), is_number=True),
    )
    form_class = LevelForm
    fixed_fields = ("code",)

    def rows(self) -> Iterable[KeptLevel]:
        """Return the tenant's levels."""
        return configuration.kept_levels(current_context())

    def line(self, row: KeptLevel) -> Line:
        """Show name, code and order."""
        return Line(row.id, name_of(row), (row.code, str(row.rank)))

    def create(self, form: Form) -> None:
        """Add a level."""
        configuration.add_level(current_context(), LevelDraft(**values_of(form)))

    def change(self, row: KeptLevel, form: Form) -> None:
        """Change names and order."""
        draft = LevelDraft(code=row.code, **values_of(form))
        configuration.change_level(current_context(), row.id, draft)

    def remove(self, row: KeptLevel) -> None:
        """Remove a level that no unit has."""
        configuration.remove_level(current_context(), row.id)


class Kinds(RecordPages[KeptKind]):
    """What units may be."""

    permission = Permission.CONFIGURE
    kind = "kind"
    title = message("Loại hình")
    title_of_new = message("Thêm loại hình")
    description = message("Loại hình tổ chức đảng, và loại hình nào là chi bộ.")
    columns = (
        Column(message("Tên")),
        Column(message("Mã")),
        Column(message("Chi bộ")),
        Column(message("Địa bàn dân cư")),
    )
    form_class = KindForm
    fixed_fields = ("code", "is_cell", "is_residential")

    def rows(self) -> Iterable[KeptKind]:
        """Return the tenant's kinds."""
        return configuration.kept_kinds(current_context())

    def line(self, row: KeptKind) -> Line:
        """Show name, code and whether it is a cell."""
        return Line(
            row.id,
            name_of(row),
            (row.code, YES if row.is_cell else NO, YES if row.is_residential else NO),
        )

    def form(self, row: KeptKind | None = None) -> Form:
        """Offer the tenant's levels."""
        form = super().form(row)
        levels = configuration.kept_levels(current_context())
        names = {level.id: name_of(level) for level in levels}
        form.default_for_level_id.choices = [NO_CHOICE, *choices(names)]
        return form

    def create(self, form: Form) -> None:
        """Add a kind."""
        configuration.add_kind(current_context(), KindDraft(**values_of(form)))

    def change(self, row: KeptKind, form: Form) -> None:
        """Change names, order and usual level."""
        draft = KindDraft(
            code=row.code,
            is_cell=row.is_cell,
            is_residential=row.is_residential,
            **values_of(form),
        )
        configuration.change_kind(current_context(), row.id, draft)

    def remove(self, row: KeptKind) -> None:
        """Remove a kind that no unit is."""
        configuration.remove_kind(current_context(), row.id)


class Measures(RecordPages[KeptMeasure]):
    """What is counted. Files know the measures by their codes, so there are no others."""

    permission = Permission.CONFIGURE
    kind = "measure"
    title = message("Chỉ tiêu thống kê")
    description = message("Tên gọi của những việc được đếm.")
    columns = (Column(message("Tên")), Column(message("Mã")))
    form_class = MeasureForm
    can_remove = False

    def rows(self) -> Iterable[KeptMeasure]:
        """Return the tenant's measures."""
        return kept_measures(current_context())

    def line(self, row: KeptMeasure) -> Line:
        """Show name and code."""
        return Line(row.id, name_of(row), (row.code,))

    def change(self, row: KeptMeasure, form: Form) -> None:
        """Change the names."""
        measures.rename_measure(current_context(), row.id, **values_of(form))


class Segments(RecordPages[KeptSegment]):
    """The groups inside measures. None is ever removed, since figures were reported with it."""

    permission = Permission.CONFIGURE
    kind = "segment"
    title = message("Cơ cấu")
    title_of_new = message("Thêm cơ cấu")
    description = message("Các nhóm trong mỗi chỉ tiêu: nữ, đoàn viên, dân tộc thiểu số…")
    columns = (Column(message("Tên")), Column(message("Mã")), Column(message("Xác định")))
    form_class = SegmentForm
    fixed_fields = ("code", "origin")
    can_remove = False

    def rows(self) -> Iterable[KeptSegment]:
        """Return the tenant's segments."""
        return kept_segments(current_context())

    def line(self, row: KeptSegment) -> Line:
        """Show name, code and what it follows from."""
        return Line(row.id, name_of(row), (row.code, str(ORIGIN_NAMES[row.origin])))

    def create(self, form: Form) -> None:
        """Add a segment."""
        values = values_of(form)
        draft = SegmentDraft(**{**values, "origin": Origin(values["origin"])})
        measures.add_segment(current_context(), draft)

    def change(self, row: KeptSegment, form: Form) -> None:
        """Change names and definition."""
        draft = SegmentDraft(code=row.code, origin=row.origin, **values_of(form))
        measures.change_segment(current_context(), row.id, draft)


@dataclass(frozen=True)
class TenantSummary:
    """A tenant as its operators see it."""

    id: int
    code: str
    name: str
    units: int
    people: int


class Tenants(RecordPages[TenantSummary]):
    """All tenants, for those who run the service: names and totals, nothing inside them."""

    permission = Permission.OPERATE
    kind = "tenant"
    title = message("Các đảng bộ")
    title_of_new = message("Thêm đảng bộ")
    description = message("Đảng bộ các tỉnh, thành phố; số tổ chức và số hồ sơ của từng nơi.")
    columns = (
        Column(message("Tên")),
        Column(message("Mã")),
        Column(message("Tổ chức"), is_number=True),
        Column(message("Hồ sơ"), is_number=True),
    )
    form_class = TenantForm
    fixed_fields = ("code",)
    can_remove = False

    def rows(self) -> Iterable[TenantSummary]:
        """Return all tenants."""
        return [
            TenantSummary(
                size.tenant.id, size.tenant.code, size.tenant.name, size.units, size.people
            )
            for size in tenant_sizes()
        ]

    def line(self, row: TenantSummary) -> Line:
        """Show name, code and totals."""
        units, people = whole_number(row.units, language()), whole_number(row.people, language())
        return Line(row.id, row.name, (row.code, units, people))

    def create(self, form: Form) -> None:
        """Create a tenant with its usual configuration."""
        tenants.create_tenant(form.code.data, form.name.data, actor=operator())

    def change(self, row: TenantSummary, form: Form) -> None:
        """Call a tenant otherwise."""
        tenants.rename_tenant(row.id, form.name.data, actor=operator())


def operator() -> Actor:
    """Return the signed-in operator as an actor."""
    principal: Principal = g.principal
    return Actor(kind="operator", id=principal.id, name=principal.name)


def values_of(form: Form) -> dict[str, Any]:
    """Return what the form's own fields hold."""
    return {field.name: field.data for field in form if field.name != "csrf_token"}


def name_of(row: KeptLevel | KeptKind | KeptMeasure | KeptSegment) -> str:
    """Return a row's name in the reader's language."""
    return row.name_en if language() == ENGLISH and row.name_en else row.name_vi
