"""The pages where a tenant's administrator sets the lines of papers, unit by unit."""

from collections.abc import Iterable
from dataclasses import asdict

from app.admin.base import Column, Line, RecordPages
from app.admin.forms import PaperLayoutForm
from app.admin.typed_units import typed_unit
from app.core.messages import message
from app.reports.layouts import (
    KeptLayout,
    add_layout,
    change_layout,
    kept_layouts,
    remove_layout,
)
from app.reports.rules import Layout
from app.tenants.current import current_context
from app.web.forms import Form
from app.web.guards import Permission


class Papers(RecordPages[KeptLayout]):
    """What stands around the tables of printed papers."""

    permission = Permission.CONFIGURE
    kind = "paper_layout"
    title = message("Mẫu giấy tờ")
    title_of_new = message("Thêm mẫu giấy tờ")
    description = message("Địa danh, nơi nhận và người ký trên giấy tờ in của từng tổ chức.")
    columns = (
        Column(message("Tổ chức")),
        Column(message("Mã")),
        Column(message("Địa danh")),
        Column(message("Người ký")),
    )
    form_class = PaperLayoutForm
    fixed_fields = ("unit",)

    def rows(self) -> Iterable[KeptLayout]:
        """Return the tenant's layouts."""
        return kept_layouts(current_context())

    def line(self, row: KeptLayout) -> Line:
        """Show the unit, the place and who signs."""
        set_lines = (row.layout.place_name or "", row.layout.signatory_name or "")
        return Line(row.id, row.unit_name, (row.unit_code, *set_lines))

    def form(self, row: KeptLayout | None = None) -> Form:
        """Return the form with what the unit has set."""
        return self.form_class(**asdict(row.layout) if row else {})

    def create(self, form: Form) -> None:
        """Set the lines of a unit."""
        context = current_context()
        add_layout(context, typed_unit(context, form.unit.data), _layout(form))

    def change(self, row: KeptLayout, form: Form) -> None:
        """Set the lines anew."""
        change_layout(current_context(), row, _layout(form))

    def remove(self, row: KeptLayout) -> None:
        """Let the unit's papers follow from its name."""
        remove_layout(current_context(), row)


def _layout(form: Form) -> Layout:
    return Layout(**{name: form[name].data for name in asdict(Layout())})
