"""What units have set for their papers: read by whoever prints, kept by an administrator."""

from dataclasses import asdict, dataclass, fields

from sqlalchemy import delete, insert, select, update

from app.audit.commands import Change, record
from app.core.database import db
from app.core.errors import Problem, Refused, refused_at
from app.core.messages import message
from app.core.text import clean
from app.reports.models import PaperLayout
from app.reports.rules import LONGEST_LINE, Layout
from app.tenants.context import Context
from app.units.models import Unit
from app.units.queries import unit_in_scope

SUBJECT = "paper_layout"
"""What the trail calls a layout."""

_LINES = tuple(field.name for field in fields(Layout))
_COLUMNS = tuple(getattr(PaperLayout, name) for name in _LINES)


@dataclass(frozen=True)
class KeptLayout:
    """The layout of a unit, as an administrator keeps it."""

    id: int
    unit_id: int
    unit_code: str
    unit_name: str
    layout: Layout


def layout_of(context: Context, unit_id: int) -> Layout:
    """Return what a unit has set for its papers; an empty layout where it has set nothing."""
    row = db.session.execute(
        select(*_COLUMNS).where(
            PaperLayout.tenant_id == context.tenant_id, PaperLayout.unit_id == unit_id
        )
    ).one_or_none()
    return Layout() if row is None else Layout(*row)


def kept_layouts(context: Context) -> tuple[KeptLayout, ...]:
    """Return the tenant's layouts, units in their order."""
    rows = db.session.execute(
        select(PaperLayout.id, PaperLayout.unit_id, Unit.code, Unit.name, *_COLUMNS)
        .join(Unit, (Unit.tenant_id == PaperLayout.tenant_id) & (Unit.id == PaperLayout.unit_id))
        .where(PaperLayout.tenant_id == context.tenant_id, Unit.tenant_id == context.tenant_id)
        .order_by(Unit.path.nulls_last(), Unit.code)
    )
    return tuple(
        KeptLayout(number, unit_id, code, name, Layout(*lines))
        for number, unit_id, code, name, *lines in rows
    )


def add_layout(context: Context, unit_id: int, layout: Layout) -> None:
    """Set the lines of a unit's papers; Refused when it has set them already."""
    unit = unit_in_scope(context, unit_id)
    values = _checked(layout)
    if layout_of(context, unit_id) != Layout():
        raise refused_at("unit", message("Tổ chức này đã có mẫu giấy tờ; hãy sửa mẫu đó."))
    number = db.session.execute(
        insert(PaperLayout)
        .values(tenant_id=context.tenant_id, unit_id=unit.id, **values)
        .returning(PaperLayout.id)
    ).scalar_one()
    record(context, Change("paper_layout.added", SUBJECT, number, after=values))


def change_layout(context: Context, kept: KeptLayout, layout: Layout) -> None:
    """Set the lines of a unit's papers anew."""
    unit_in_scope(context, kept.unit_id)
    values = _checked(layout)
    before = asdict(kept.layout)
    if before == values:
        return
    db.session.execute(
        update(PaperLayout)
        .where(PaperLayout.tenant_id == context.tenant_id, PaperLayout.id == kept.id)
        .values(**values)
    )
    record(context, Change("paper_layout.changed", SUBJECT, kept.id, before, values))


def remove_layout(context: Context, kept: KeptLayout) -> None:
    """Let a unit's papers follow from its name again."""
    unit_in_scope(context, kept.unit_id)
    db.session.execute(
        delete(PaperLayout).where(
            PaperLayout.tenant_id == context.tenant_id, PaperLayout.id == kept.id
        )
    )
    record(context, Change("paper_layout.removed", SUBJECT, kept.id, asdict(kept.layout)))


def _checked(layout: Layout) -> dict[str, str | None]:
    """Return the lines tidied, empty ones as None; those of where copies go stay apart."""
    values = {name: _tidy(value) for name, value in asdict(layout).items()}
    problems = [
        Problem(name, message("Dài quá %(most)s ký tự.", most=LONGEST_LINE))
        for name, value in values.items()
        if value and max(map(len, value.splitlines())) > LONGEST_LINE
    ]
    if problems:
        raise Refused(message("Chưa lưu được; hãy sửa những chỗ được báo."), tuple(problems))
    if not any(values.values()):
        raise refused_at("issuer_name", message("Chưa nhập gì cho giấy tờ của tổ chức này."))
    return values


def _tidy(text: str | None) -> str | None:
    lines = (clean(line) for line in (text or "").splitlines())
    return "\n".join(line for line in lines if line) or None
