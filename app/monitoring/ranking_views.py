"""The page on which a unit's children are ranked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import render_template, request, url_for
from flask_babel import gettext

from app.accounts.access import may
from app.core.messages import message
from app.monitoring.asking import Asked, asked
from app.monitoring.blueprint import pages
from app.monitoring.links import child_url, last_year_url, people_url
from app.monitoring.pages import Column, descending
from app.monitoring.ranking import RankedChild, Ranking, ranking
from app.monitoring.rules import against_pace, pace_percent
from app.tenants.current import current_context
from app.web.charts import ProgressBar, Sparkline, progress_bar, sparkline
from app.web.formats import NOTHING, day, month
from app.web.guards import Permission, requires
from app.web.i18n import render_message


@dataclass(frozen=True)
class RankedRow:
    """A child as a row; `trend_words` says the line's numbers."""

    child: RankedChild
    place: int
    url: str | None
    people_url: str | None
    last_year_url: str | None
    bar: ProgressBar
    behind: str
    trend: Sparkline
    trend_words: str
    last: str


@pages.get("/units/<opaque('unit'):unit_id>/ranking")
@requires(Permission.SEE_FIGURES)
def ranking_page(unit_id: int) -> str:
    """Show the children by how far they are behind an even pace."""
    context = current_context()
    about = asked(context, unit_id)
    found = ranking(context, about)
    order = request.args.get("order", "gap")
    key = SORT_KEYS.get(order, SORT_KEYS["gap"])
    return render_template(
        "monitoring/ranking.html",
        **about.on_page,
        ranking=found,
        summary=_summary(found),
        today=about.today,
        columns=_columns(about, order if order in SORT_KEYS else "gap"),
        rows=sorted(_rows(found, about), key=key),
        may_see_people=may(Permission.SEE_PEOPLE),
    )


def _rows(found: Ranking, about: Asked) -> list[RankedRow]:
    ticked = pace_percent(about.question.period, about.question.as_of)
    return [
        _row(child, place, about, found, ticked if child.attainment.quota else None)
        for place, child in enumerate(found.children, start=1)
    ]


def _row(  # noqa: PLR0917 what a row is made of
    child: RankedChild,
    place: int,
    about: Asked,
    found: Ranking,
    tick: Any,  # noqa: ANN401
) -> RankedRow:
    words = against_pace(child.behind)
    unit = child.attainment.unit
    return RankedRow(
        child=child,
        place=place,
        url=child_url(unit, about.address),
        people_url=people_url(unit, about.question, about.unit) if child.attainment.count else None,
        last_year_url=(
            last_year_url(unit, about.question, about.unit) if child.attainment.last_year else None
        ),
        bar=progress_bar(child.attainment.percent, tick),
        behind=NOTHING if words is None else render_message(words),
        trend=sparkline(child.trend),
        trend_words=gettext(
            "Từng tháng từ %(first)s: %(numbers)s",
            first=month(found.months[0]),
            numbers=", ".join(map(str, child.trend)),
        ),
        last=_last(child, is_today=about.question.as_of == about.today),
    )


def _last(child: RankedChild, *, is_today: bool) -> str:
    """Say how long before the day asked for anything happened."""
    if child.days_since is None:
        return str(gettext("hơn ba năm"))
    if child.days_since == 0:
        return str(gettext("hôm nay") if is_today else gettext("trong ngày"))
    return render_message(message("%(days)s ngày", days=child.days_since))


def _summary(found: Ranking) -> str:
    """Say in a sentence how many are behind, and who most."""
    behind = found.behind
    if not found.with_quota:
        return render_message(message("Chưa nơi nào được giao chỉ tiêu."))
    if not behind:
        return render_message(
            message("Cả %(all)s nơi có chỉ tiêu đều đúng hoặc vượt tiến độ.", all=found.with_quota)
        )
    return render_message(
        message(
            "%(behind)s/%(all)s nơi chậm tiến độ; chậm nhất là %(unit)s, thiếu %(people)s người.",
            behind=len(behind),
            all=found.with_quota,
            unit=behind[0].attainment.unit.name,
            people=behind[0].behind,
        )
    )


def _columns(about: Asked, order: str) -> tuple[Column, ...]:
    def head(name: str, label: str) -> Column:
        address: Mapping[str, Any] = {**about.address, "order": name}
        return Column(
            label=label,
            is_number=name != "name",
            url=url_for("monitoring.ranking_page", unit_id=about.unit.id, **address),
            sorted=("ascending" if name == "name" else "descending") if name == order else None,
        )

    return (
        head("name", gettext("Tổ chức")),
        head("quota", gettext("Chỉ tiêu")),
        head("count", gettext("Đã thực hiện")),
        head("percent", gettext("Tỷ lệ")),
        Column(gettext("Tiến độ"), width="bar"),
        head("gap", gettext("So với tiến độ")),
        head("last_year", gettext("Cùng kỳ")),
        Column(gettext("12 tháng")),
        head("in_hand", _in_hand_label(about)),
        Column(gettext("Ghi nhận gần nhất"), is_number=True),
        head("since", gettext("Đã qua")),
    )


def _in_hand_label(about: Asked) -> str:
    """Name the cases in hand, which are today's, with their day where all else is of another."""
    if about.question.as_of == about.today:
        return str(gettext("Đang làm hồ sơ"))
    return str(gettext("Đang làm hồ sơ đến %(day)s", day=day(about.today)))


def _key(*figures: Callable[[RankedRow], Any]) -> Callable[[RankedRow], Any]:
    return lambda row: (
        *(part for figure in figures for part in descending(figure(row))),
        row.place,
    )


_NEVER = 10**6

SORT_KEYS: dict[str, Callable[[RankedRow], Any]] = {
    "gap": lambda row: row.place,
    "name": lambda row: row.child.attainment.unit.sort_key,
    "quota": _key(lambda row: row.child.attainment.quota),
    "count": _key(lambda row: row.child.attainment.count),
    "percent": _key(lambda row: row.child.attainment.percent),
    "last_year": _key(lambda row: row.child.attainment.last_year),
    "in_hand": _key(lambda row: row.child.activity.in_hand),
    "since": _key(lambda row: _NEVER if row.child.days_since is None else row.child.days_since),
}
"""By what the rows can be sorted."""
