"""The tree below a unit, and the member counts of one."""

from flask import request

from app.core.dates import parse_date
from app.exports.tables import ORDINAL, Asked, Table, exported, number, numbered
from app.reports.definition import Column
from app.units.dated import member_counts, tree_as_of
from app.web.formats import day

INDENT = "   "


@exported("tree")
def tree(asked: Asked) -> Table:
    """Return all units at and below one on a day, each below its parent."""
    requested = request.args.get("as_of")
    on = parse_date(requested) if requested else asked.context.today
    rows = [row for row in tree_as_of(asked.context, on) if _is_below(asked, row.unit.path)]
    top = min((row.depth for row in rows), default=0)
    return Table(
        title="Danh sách tổ chức đảng",
        subtitles=(f"Ngày {day(on)}",),
        columns=(
            ORDINAL,
            Column("Tên tổ chức đảng", width=44),
            Column("Mã", width=12),
            Column("Loại hình", width=20),
            number("Đảng viên"),
        ),
        rows=numbered(
            (
                INDENT * (row.depth - top) + row.unit.name,
                row.unit.code,
                row.unit.kind_name,
                row.members,
            )
            for row in rows
        ),
    )


@exported("members")
def members(asked: Asked) -> Table:
    """Return how many members a unit had, the latest count first."""
    return Table(
        title="Số đảng viên qua các lần ghi",
        subtitles=(),
        columns=(ORDINAL, Column("Từ ngày", width=14), number("Đảng viên")),
        rows=numbered(
            (count.counted_on, count.members)
            for count in member_counts(asked.context, asked.unit.id)
        ),
    )


def _is_below(asked: Asked, path: str) -> bool:
    """Tell whether a unit is at or below the one asked for; an ended one has no path today."""
    return path.startswith(asked.unit.path)
