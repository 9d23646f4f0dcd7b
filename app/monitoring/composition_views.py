"""The page that says what a count is made of."""

from dataclasses import dataclass

from flask import render_template
from flask_babel import gettext

from app.measures.queries import segments_of
from app.monitoring import queries
from app.monitoring.asking import asked
from app.monitoring.blueprint import pages
from app.monitoring.pages import Column
from app.monitoring.queries import Breakdown, SegmentCount
from app.tenants.current import current_context
from app.web.charts import ProgressBar, progress_bar
from app.web.guards import Permission, requires


@dataclass(frozen=True)
class SegmentShare:
    """One segment as a row, with the bar of its share."""

    counted: SegmentCount
    bar: ProgressBar


@pages.get("/units/<opaque('unit'):unit_id>/breakdown")
@requires(Permission.SEE_FIGURES)
def breakdown(unit_id: int) -> str:
    """Show what a unit's count is made of, segment by segment."""
    context = current_context()
    about = asked(context, unit_id)
    offered = segments_of(context, about.question.measure)
    found = queries.breakdown(context, about.unit, about.question, offered)
    return render_template(
        "monitoring/breakdown.html",
        **about.on_page,
        breakdown=found,
        rows=_rows(found),
        columns=_columns(),
    )


def _rows(breakdown: Breakdown) -> tuple[SegmentShare, ...]:
    """Arrange a breakdown, the largest segments first."""
    ranked = sorted(breakdown.segments, key=lambda counted: -counted.count)
    return tuple(SegmentShare(counted, progress_bar(counted.percent)) for counted in ranked)


def _columns() -> tuple[Column, ...]:
    return (
        Column(gettext("Cơ cấu")),
        Column(gettext("Số người"), is_number=True),
        Column(gettext("Tỷ lệ"), is_number=True),
        Column(gettext("So sánh"), width="bar"),
    )
