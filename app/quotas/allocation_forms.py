"""How somebody says by what a total is to be divided; the bounds of single boxes stand beside."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, RadioField, SelectChoice, SelectField
from wtforms.validators import InputRequired

from app.core.errors import Refused, refused_at
from app.core.messages import Message, message
from app.measures.queries import SegmentRow
from app.quotas.criteria import Criterion, Parts
from app.quotas.plans import Bounds, Plan, read_growth
from app.quotas.rules import read_number
from app.web.fields import ReadField
from app.web.forms import Form
from app.web.opaque import open_id, seal_id

FLOOR = "floor-"
CAP = "cap-"
"""Before the sealed number of a unit in the names of its bounds."""

MIX = "mix"
GROWTH = "growth"
"""Ways beside the single criteria."""

WAYS = {
    Criterion.MEMBERS.value: _("Theo số đảng viên"),
    Criterion.LAST_RESULT.value: _("Theo kết quả năm trước"),
    Criterion.LAST_QUOTA.value: _("Theo chỉ tiêu năm trước"),
    Criterion.SOURCES.value: _("Theo số nguồn hiện có"),
    Criterion.REGISTERED.value: _("Theo số cấp dưới đăng ký"),
    Criterion.EQUALLY.value: _("Chia đều"),
    MIX: _("Kết hợp nhiều căn cứ theo tỷ lệ ghi dưới đây"),
    GROWTH: _("Tăng so với kết quả năm trước theo mức ghi dưới đây"),
}


class QuotaField(ReadField):
    """A whole number that a quota may be."""

    read = staticmethod(read_number)
    data: int | None


class GrowthField(ReadField):
    """A percentage such as 5,5 or -3."""

    read = staticmethod(read_growth)
    data: Decimal | None


class PlanForm(Form):
    """By what each total is divided, and the bounds that hold for every box."""

    way = RadioField(
        _("Căn cứ"), [InputRequired()], choices=[SelectChoice(*way) for way in WAYS.items()]
    )
    part_members = QuotaField(_("Phần theo số đảng viên"))
    part_last_result = QuotaField(_("Phần theo kết quả năm trước"))
    part_last_quota = QuotaField(_("Phần theo chỉ tiêu năm trước"))
    part_sources = QuotaField(_("Phần theo số nguồn hiện có"))
    part_registered = QuotaField(_("Phần theo số đăng ký"))
    part_equally = QuotaField(_("Phần chia đều"))
    total = QuotaField(_("Tổng cần phân"))
    floor = QuotaField(_("Mỗi nơi ít nhất"))
    cap = QuotaField(_("Mỗi nơi nhiều nhất"))
    floor_per_cell = BooleanField(_("Ít nhất 1 cho mỗi chi bộ có đảng viên và có nguồn"))
    cap_by_sources = BooleanField(_("Không quá số nguồn hiện có"))

    @property
    def parts(self) -> tuple[Any, ...]:
        """The fields of a mix, in the order of the criteria."""
        return tuple(self[f"part_{criterion.value}"] for criterion in Criterion)

    def plan(self, of_boxes: Mapping[int, Bounds] | None = None) -> Plan:
        """Return the plan as typed, once the form is valid."""
        return Plan(
            parts=self._parts(),
            total=self.total.data,
            growth=self._growth(),
            for_all=Bounds(self.floor.data, self.cap.data),
            of_boxes=of_boxes or {},
            floor_per_cell=self.floor_per_cell.data,
            cap_by_sources=self.cap_by_sources.data,
        )

    def _growth(self) -> Decimal | None:
        return None

    def _parts(self) -> Parts:
        if self.way.data == GROWTH:
            return {Criterion.LAST_RESULT: 1}
        if self.way.data != MIX:
            return {Criterion(self.way.data): 1}
        parts = {criterion: self[f"part_{criterion.value}"].data or 0 for criterion in Criterion}
        if not any(parts.values()):
            raise refused_at("way", message("Kết hợp thì phải ghi phần của ít nhất một căn cứ."))
        return parts


class BelowForm(PlanForm):
    """How everything below a unit is divided; a level's total is what it is given."""

    way = RadioField(
        _("Căn cứ"),
        [InputRequired()],
        choices=[SelectChoice(*way) for way in WAYS.items() if way[0] != GROWTH],
    )
    replaces = BooleanField(_("Thay cả bản nháp mà cấp ủy bên dưới đang lập"))


class AllocationForm(PlanForm):
    """How one column of a board is divided."""

    column = SelectField(_("Cột cần phân"), choices=[])
    growth = GrowthField(_("Mức tăng"))

    def offer(self, segments: Iterable[SegmentRow]) -> None:
        """Offer the board's total and its segments as columns."""
        self.column.choices = [
            SelectChoice("", _("Tổng số")),
            *(SelectChoice(segment.code, segment.name) for segment in segments),
        ]

    def _growth(self) -> Decimal | None:
        if self.way.data != GROWTH:
            return None
        if self.growth.data is None:
            raise refused_at(GROWTH, message("Chưa ghi mức tăng."))
        return self.growth.data


def typed_bounds(form: Mapping[str, str]) -> dict[str, str]:
    """Return what was typed as bounds of single boxes, by the names of their fields."""
    return {
        name: text for name, text in form.items() if name.startswith((FLOOR, CAP)) and text.strip()
    }


def read_bounds(typed: Mapping[str, str]) -> tuple[dict[int, Bounds], dict[str, Message]]:
    """Read the bounds of single boxes, by unit; and what is wrong, by the name of the field."""
    bounds: dict[int, Bounds] = {}
    problems: dict[str, Message] = {}
    for name, text in typed.items():
        kind, _, sealed = name.partition("-")
        unit_id = open_id("unit", sealed)
        old = bounds.get(unit_id, Bounds())
        try:
            number = read_number(text)
        except Refused as refusal:
            problems[name] = refusal.message
            continue
        is_floor = f"{kind}-" == FLOOR
        bounds[unit_id] = Bounds(number if is_floor else old.floor, old.cap if is_floor else number)
    return bounds, problems


def bound_name(prefix: str, unit_id: int) -> str:
    """Return the name of the field of a bound."""
    return prefix + seal_id("unit", unit_id)
