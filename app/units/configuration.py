"""The levels and kinds of a tenant, as its administrator keeps them.

Their codes are shared by files and the command line, so they stay; names and order may change.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import RowMapping, delete, insert, select, update

from app.audit.commands import Change, record
from app.core.codes import problems_of_code
from app.core.database import db
from app.core.errors import NotFound, refused_at
from app.core.messages import message
from app.core.text import clean
from app.tenants.context import Context
from app.units.models import Kind, Level


@dataclass(frozen=True, kw_only=True)
class LevelDraft:
    """A storey of the tree as it shall be; `rank` orders from the top."""

    code: str
    name_vi: str
    name_en: str
    rank: int


@dataclass(frozen=True, kw_only=True)
class KindDraft:
    """What a unit may be; `default_for_level_id` is the level whose usual kind this is."""

    code: str
    name_vi: str
    name_en: str
    rank: int
    is_cell: bool = False
    is_residential: bool = False
    default_for_level_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class KeptLevel(LevelDraft):
    """A level with both its names."""

    id: int


@dataclass(frozen=True, kw_only=True)
class KeptKind(KindDraft):
    """A kind with both its names."""

    id: int


def kept_levels(context: Context) -> tuple[KeptLevel, ...]:
    """Return the tenant's levels, the highest first."""
    return tuple(KeptLevel(**row) for row in _rows(context, Level))


def kept_kinds(context: Context) -> tuple[KeptKind, ...]:
    """Return the tenant's kinds in their order."""
    return tuple(KeptKind(**row) for row in _rows(context, Kind))


def add_level(context: Context, draft: LevelDraft) -> int:
    """Add a level; return its number."""
    return _add(context, Level, draft)


def change_level(context: Context, level_id: int, draft: LevelDraft) -> None:
    """Change a level's names or place."""
    _change(context, Level, level_id, draft)


def remove_level(context: Context, level_id: int) -> None:
    """Remove a level that no unit ever had; the database refuses any other."""
    _remove(context, Level, level_id)


def add_kind(context: Context, draft: KindDraft) -> int:
    """Add a kind; return its number."""
    _check_kind(draft)
    return _add(context, Kind, draft)


def change_kind(context: Context, kind_id: int, draft: KindDraft) -> None:
    """Change a kind's names and usual level.

    Whether its units are cells, and residential ones, is what people and segments follow from,
    so it is said once, when the kind is added.
    """
    _check_kind(draft)
    kept = next((row for row in kept_kinds(context) if row.id == kind_id), None)
    if kept and (kept.is_cell, kept.is_residential) != (draft.is_cell, draft.is_residential):
        raise refused_at(
            "is_cell",
            message("Loại hình là chi bộ hay không thì không đổi được; hãy thêm loại hình mới."),
        )
    _change(context, Kind, kind_id, draft)


def remove_kind(context: Context, kind_id: int) -> None:
    """Remove a kind that no unit ever was; the database refuses any other."""
    _remove(context, Kind, kind_id)


def _add(context: Context, table: type[Level | Kind], draft: LevelDraft | KindDraft) -> int:
    values = _values(draft)
    added: int = db.session.execute(
        insert(table).values(tenant_id=context.tenant_id, **values).returning(table.id)
    ).scalar_one()
    subject = table.__tablename__
    record(context, Change(f"{subject}.created", subject, added, after=values))
    return added


def _change(
    context: Context, table: type[Level | Kind], number: int, draft: LevelDraft | KindDraft
) -> None:
    kept = _held(context, table, number)
    after = _values(draft)
    before = {name: kept[name] for name in after}
    if before == after:
        return
    if before["code"] != after["code"]:
        raise refused_at("code", message("Mã không đổi được, vì tệp dữ liệu đã dùng mã này."))
    db.session.execute(
        update(table)
        .where(table.tenant_id == context.tenant_id, table.id == number)
        .values(**after)
    )
    subject = table.__tablename__
    record(context, Change(f"{subject}.changed", subject, number, before, after))


def _remove(context: Context, table: type[Level | Kind], number: int) -> None:
    kept = _held(context, table, number)
    db.session.execute(
        delete(table).where(table.tenant_id == context.tenant_id, table.id == number)
    )
    subject = table.__tablename__
    before = {"code": kept["code"], "name_vi": kept["name_vi"]}
    record(context, Change(f"{subject}.removed", subject, number, before=before))


def _held(context: Context, table: type[Level | Kind], number: int) -> RowMapping:
    """Return a row that nobody else changes until the end."""
    row = (
        db.session.execute(
            select(table.__table__)
            .where(table.tenant_id == context.tenant_id, table.id == number)
            .with_for_update()
        )
        .mappings()
        .one_or_none()
    )
    if row is None:
        raise NotFound(message("Không tìm thấy mục này."))
    return row


def _rows(context: Context, table: type[Level | Kind]) -> Iterator[dict[str, Any]]:
    columns = [column for column in table.__table__.c if column.name != "tenant_id"]
    rows = db.session.execute(
        select(*columns).where(table.tenant_id == context.tenant_id).order_by(table.rank, table.id)
    )
    return (dict(row) for row in rows.mappings())


def _values(draft: LevelDraft | KindDraft) -> dict[str, Any]:
    values = {
        name: clean(value) if isinstance(value, str) else value
        for name, value in asdict(draft).items()
    }
    for problem in problems_of_code(values["code"]):
        raise refused_at(problem.field, problem.message)
    if not values["name_vi"]:
        raise refused_at("name_vi", message("Chưa nhập tên."))
    return {**values, "name_en": values["name_en"] or values["name_vi"]}


def _check_kind(draft: KindDraft) -> None:
    if draft.is_residential and not draft.is_cell:
        raise refused_at("is_residential", message("Chỉ chi bộ mới ở địa bàn dân cư."))
