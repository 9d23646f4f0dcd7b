"""The list of open cases: what its address asks for, and its lines arranged for the reader."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import SelectChoice, SelectField
from wtforms.validators import Optional

from app.cases.rules import STEP_NAMES
from app.casework.boards import Stayed, stay_choices
from app.procedure.held import HeldCase, HeldFilter
from app.procedure.rules import HOLDER_NAMES, Holder
from app.web.formats import NOTHING
from app.web.forms import Form
from app.web.i18n import render_message

HELD_FILTERS = ("holder", "stayed", "due")
OVERDUE = "overdue"


@dataclass(frozen=True)
class HeldLine:
    """A case: whose, where, how far and since when, who has it, by when."""

    name: str
    cell: str
    stage: str
    since: date | None
    days: int | None
    holder: str
    due_on: date | None
    is_overdue: bool
    person_id: int


class HeldFilterForm(Form):
    """Which open cases the list shall show; it lives in the address."""

    class Meta(Form.Meta):
        """Searching changes nothing, so no token is asked for."""

        csrf = False

    holder = SelectField(
        _("Đang ở"),
        [Optional()],
        choices=lambda: [
            SelectChoice("", _("Mọi nơi")),
            *(SelectChoice(each.value, render_message(HOLDER_NAMES[each])) for each in Holder),
        ],
    )
    stayed = SelectField(
        _("Đã ở bước này"),
        [Optional()],
        choices=lambda: [SelectChoice(str(code), name) for code, name in stay_choices()],
    )
    due = SelectField(
        _("Thời hạn"),
        [Optional()],
        choices=[SelectChoice("", _("Tất cả")), SelectChoice(OVERDUE, _("Quá hạn"))],
    )

    def __init__(self, address: Any) -> None:  # noqa: ANN401 a multidict
        super().__init__(address)

    def wanted(self, today: date) -> HeldFilter:
        """Return the filter; a field that cannot be read leaves no case out."""
        self.validate()
        stayed = Stayed.of(self.stayed.data or "")
        return HeldFilter(
            holder=Holder(self.holder.data) if self.holder.data in list(Holder) else None,
            since=stayed.before(today) if stayed.days else None,
            is_overdue=self.due.data == OVERDUE,
        )


def held_line(case: HeldCase, today: date) -> HeldLine:
    """Arrange a case, leading to the person."""
    due_on = case.deadline.due_on if case.deadline else None
    return HeldLine(
        name=case.full_name,
        cell=case.cell_name,
        stage=render_message(STEP_NAMES[case.stage]) if case.stage else NOTHING,
        since=case.stage_on,
        days=(today - case.stage_on).days if case.stage_on else None,
        holder=render_message(HOLDER_NAMES[case.holder]),
        due_on=due_on,
        is_overdue=bool(due_on and due_on < today),
        person_id=case.person_id,
    )
