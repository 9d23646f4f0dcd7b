"""The tables behind drawings: the map of quotas, and the small charts of all children."""

from app.core.errors import Refused
from app.core.messages import message
from app.exports.figures import counting_note, question_words
from app.exports.tables import ORDINAL, UNIT, Asked, Table, exported, number, numbered
from app.monitoring.asking import asked_of_standing as asked_figures
from app.monitoring.multiples_views import children_by_month, running_totals
from app.monitoring.pages import is_chartable, months_of
from app.monitoring.treemap import branches
from app.monitoring.treemap_views import level_words, treemap_rows
from app.reports.definition import Column
from app.units.rows import UnitRow
from app.web.charts import MonthFigure

MOST_MONTHS = 12
"""Of a longer period only the ends of years have a column."""

_DECEMBER = 12


@exported("treemap")
def treemap(asked: Asked) -> Table:
    """Return the units of the map: each child, and below it its own children with a quota."""
    about = asked_figures(asked.context, asked.unit.id)
    words = dict(level_words())
    return Table(
        title="Bản đồ chỉ tiêu",
        subtitles=question_words(about.question),
        columns=(
            ORDINAL,
            UNIT,
            Column("Trực thuộc", width=30),
            number("Chỉ tiêu"),
            number("Đã thực hiện"),
            number("Tỷ lệ"),
            Column("Mức", width=24),
        ),
        rows=numbered(
            (
                row.attainment.unit.name,
                row.above,
                row.attainment.quota,
                row.attainment.count,
                row.attainment.percent,
                words.get(row.level),
            )
            for row in treemap_rows(branches(asked.context, about), about)
        ),
        notes=(counting_note(about.question),),
    )


@exported("multiples")
def multiples(asked: Asked) -> Table:
    """Return how each child has got on, added up from the period's first day to each month."""
    about = asked_figures(asked.context, asked.unit.id)
    question = about.question
    if not is_chartable(question.period, question.as_of):
        raise Refused(message("Kỳ này không vẽ được theo tháng."))
    found = children_by_month(asked.context, about)
    months = [month for month in months_of(question.period) if month <= question.as_of]
    shown = [
        month
        for month in months
        if len(months) <= MOST_MONTHS or month.month == _DECEMBER or month == months[-1]
    ]

    def by_month(unit: UnitRow) -> dict[object, MonthFigure]:
        return {figure.month: figure for figure in running_totals(unit, about, found.counted)}

    return Table(
        title="Kết quả cộng dồn theo tháng",
        subtitles=question_words(question),
        columns=(
            ORDINAL,
            UNIT,
            number("Chỉ tiêu", width=9),
            *(
                Column(f"{month:%m/%Y}", width=8, is_number=True, group="Cộng dồn đến hết tháng")
                for month in shown
            ),
            number("Tỷ lệ", width=9),
        ),
        rows=numbered(
            (
                child.unit.name,
                child.quota,
                *(figures[month].admitted for month in shown),
                child.percent,
            )
            for child in found.children
            for figures in (by_month(child.unit),)
        ),
        notes=(counting_note(question),),
    )
