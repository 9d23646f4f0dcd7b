"""Cases on their way: how many stand at each step, and who holds them below a unit. No person."""

from app.cases.rules import STEP_NAMES
from app.exports.tables import ORDINAL, UNIT, Asked, Table, exported, number, numbered
from app.procedure.rules import HOLDER_NAMES
from app.procedure.todo import holdings_below, pipeline
from app.reports.definition import Column
from app.web.formats import day
from app.web.guards import Permission
from app.web.i18n import render_message


@exported("pipeline", Permission.SEE_PEOPLE)
def cases_by_step(asked: Asked) -> Table:
    """Return the open cases at and below a unit by step, in the order of the way."""
    return Table(
        title="Hồ sơ theo từng bước",
        subtitles=(f"Đến ngày {day(asked.context.today)}",),
        columns=(
            ORDINAL,
            Column("Bước đã xong", width=36),
            Column("Đang ở", width=28),
            number("Số người"),
            Column("Lâu nhất từ ngày", width=14),
            number("Số ngày bình quân"),
        ),
        rows=numbered(
            (
                render_message(STEP_NAMES[count.stage]),
                render_message(HOLDER_NAMES[count.holder]),
                count.people,
                count.oldest_on,
                count.days_on_average,
            )
            for count in pipeline(asked.context, asked.unit)
        ),
    )


@exported("holdings", Permission.SEE_PEOPLE)
def cases_by_unit(asked: Asked) -> Table:
    """Return the open cases below each unit under one, and how many are overdue."""
    return Table(
        title="Hồ sơ đang làm ở các tổ chức trực thuộc",
        subtitles=(f"Đến ngày {day(asked.context.today)}",),
        columns=(
            ORDINAL,
            UNIT,
            number("Đang làm"),
            number("Quá hạn"),
            Column("Lâu nhất từ ngày", width=14),
        ),
        rows=numbered(
            (
                held.name,
                held.total,
                held.overdue,
                min((case.since for case in held.oldest.values()), default=None),
            )
            for held in holdings_below(asked.context, asked.unit.id)
        ),
    )
