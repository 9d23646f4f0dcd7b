"""The page that says what a count is made of."""

from dataclasses import dataclass

from flask import render_template
from flask_babel import gettext

from app.accounts.access import may
from app.monitoring.asking import Asked, asked
from app.monitoring.blueprint import pages
from app.monitoring.composition import Composition, SegmentFigures, composition
from app.monitoring.links import last_year_url, people_url
from app.monitoring.pages import Column
from app.monitoring.small_counts import is_sensitive
from app.quotas.pages import quota_text
from app.tenants.current import current_context
from app.web.charts import ShareBars, share_bars
from app.web.formats import NOTHING
from app.web.guards import Permission, requires


@dataclass(frozen=True)
class SegmentShare:
    """One segment as a row, with the bars of this year's share and last year's."""

    figures: SegmentFigures
    bars: ShareBars | None
    quota: str
    change: int | None
    people_url: str | None
    last_year_url: str | None


@pages.get("/units/<opaque('unit'):unit_id>/breakdown")
@requires(Permission.SEE_FIGURES)
def breakdown(unit_id: int) -> str:
    """Show what a unit's count is made of, segment by segment."""
    context = current_context()
    about = asked(context, unit_id)
    sees_people = may(Permission.SEE_PEOPLE)
    found = composition(context, about, has_row_rights=sees_people)
    return render_template(
        "monitoring/breakdown.html",
        **about.on_page,
        composition=found,
        rows=_rows(found, about, sees_people=sees_people),
        columns=_columns(),
    )


def _rows(found: Composition, about: Asked, *, sees_people: bool) -> tuple[SegmentShare, ...]:
    """Arrange a composition, the largest segments first and what is withheld last."""
    ranked = sorted(found.segments, key=lambda figures: -(figures.count or 0))
    return tuple(_row(figures, about, sees_people=sees_people) for figures in ranked)


def _row(figures: SegmentFigures, about: Asked, *, sees_people: bool) -> SegmentShare:
    slot = figures.segment.slot
    # Of a sensitive segment a list would tell what is masked.
    may_list = sees_people and not is_sensitive(figures.segment)
    is_known = figures.count is not None and figures.last_year is not None
    return SegmentShare(
        figures=figures,
        bars=None
        if figures.percent is None
        else share_bars(figures.percent, figures.last_year_percent),
        quota=NOTHING if figures.quota is None else quota_text(figures.quota.quota),
        change=figures.count - figures.last_year if is_known else None,  # type: ignore[operator]
        people_url=people_url(about.unit, about.question, slot=slot)
        if may_list and figures.count
        else None,
        last_year_url=last_year_url(about.unit, about.question, slot=slot)
        if may_list and figures.last_year
        else None,
    )


def _columns() -> tuple[Column, ...]:
    return (
        Column(gettext("Cơ cấu")),
        Column(gettext("Số người"), is_number=True),
        Column(gettext("Tỷ lệ"), is_number=True),
        Column(gettext("So với cùng kỳ"), width="bar"),
        Column(gettext("Cùng kỳ"), is_number=True),
        Column(gettext("Tăng, giảm"), is_number=True),
        Column(gettext("Chỉ tiêu"), is_number=True),
        Column(gettext("Đạt chỉ tiêu"), is_number=True),
    )
