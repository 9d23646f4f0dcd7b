"""The page of watch lists: one list at a time, named in the address."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil

from flask import render_template, request, url_for
from flask_babel import gettext

from app.accounts.access import may
from app.core.messages import Message, message
from app.core.numbers import percentage
from app.monitoring.asking import Asked, asked
from app.monitoring.blueprint import pages
from app.monitoring.links import people_of_today_url
from app.monitoring.pages import Column
from app.monitoring.watch import Watch, Watched, WatchList, watch_list
from app.tenants.context import Context
from app.tenants.current import current_context
from app.units.choices import level_choices
from app.web.addresses import page_number
from app.web.formats import percent, whole_number
from app.web.guards import Permission, requires
from app.web.i18n import render_message
from app.web.languages import language

ROWS_ON_A_PAGE = 100


@dataclass(frozen=True)
class WatchRow:
    """A unit on a list: where it leads, and its figures as they are written."""

    name: str
    above: str | None
    url: str
    figures: tuple[tuple[str, str, str | None], ...]


@pages.get("/units/<opaque('unit'):unit_id>/watch")
@requires(Permission.SEE_FIGURES)
def watch_page(unit_id: int) -> str:
    """Show one list of units that need attention."""
    context = current_context()
    about = asked(context, unit_id)
    which = asked_list()
    level = request.args.get("level", "")
    found = watch_list(context, about, which, level)
    number, many = page_number(), ceil(len(found.units) / ROWS_ON_A_PAGE)
    number = min(number, max(many, 1))
    shown = found.units[(number - 1) * ROWS_ON_A_PAGE : number * ROWS_ON_A_PAGE]
    kept = {**about.address, "list": which.value, **({"level": level} if level else {})}
    return render_template(
        "monitoring/watch.html",
        **about.on_page,
        lists=[(watch.value, name()) for watch, name in WATCH_NAMES.items()],
        which=which.value,
        hidden={"list": which.value},
        choices=[("level", gettext("Cấp"), _levels(context), level)],
        sentences=[render_message(words) for words in watch_sentences(which, found, about)],
        columns=_columns(which),
        files_address=kept,
        rows=[_row(which, row, about) for row in shown],
        page=number,
        pages=many,
        page_url=lambda wanted: url_for(
            "monitoring.watch_page", unit_id=unit_id, **kept, page=wanted
        ),
    )


def asked_list() -> Watch:
    """Return which list the address names; a bare one that of those who are lowest."""
    wanted = request.args.get("list", "")
    return Watch(wanted) if wanted in list(Watch) else Watch.LOW


def _levels(context: Context) -> list[tuple[str, str]]:
    return [("", gettext("Mọi cấp")), *((row.code, row.name) for row in level_choices(context))]


WATCH_NAMES: Mapping[Watch, Callable[[], str]] = {
    Watch.LOW: lambda: gettext("Đạt quá thấp"),
    Watch.QUIET: lambda: gettext("Lâu không kết nạp"),
    Watch.EMPTY: lambda: gettext("Trắng đảng viên"),
    Watch.NO_SOURCES: lambda: gettext("Không có nguồn"),
    Watch.CERTIFICATES: lambda: gettext("Giấy chứng nhận sắp hết hạn"),
    Watch.OVERDUE: lambda: gettext("Hồ sơ quá hạn"),
    Watch.GRASSROOTS: lambda: gettext("Cơ sở chưa kết nạp"),
}


def watch_sentences(which: Watch, found: WatchList, about: Asked) -> list[Message]:
    """Say what the list is of, how many stand on it, and by which threshold."""
    many, looked_at = len(found.units), found.looked_at
    said = {
        Watch.LOW: message(
            "%(many)s/%(all)s tổ chức có chỉ tiêu đạt dưới %(least)s%% chỉ tiêu hoặc chưa có ai.",
            many=many,
            all=looked_at,
            least=about.thresholds.watch_percent,
        ),
        Watch.QUIET: message(
            "%(many)s/%(all)s chi bộ không có ai từ %(day)s đến %(until)s.",
            many=many,
            all=looked_at,
            day=about.quiet_since,
            until=about.question.as_of,
        ),
        Watch.EMPTY: message(
            "%(many)s/%(all)s chi bộ thôn, tổ trắng đảng viên; %(unknown)s nơi chưa nhập số.",
            many=many,
            all=looked_at,
            unknown=found.unknown,
        ),
        Watch.NO_SOURCES: message(
            "%(many)s/%(all)s tổ chức hiện không có ai trong nguồn.", many=many, all=looked_at
        ),
        Watch.CERTIFICATES: message(
            "%(people)s giấy chứng nhận hết hạn trong %(days)s ngày tới, ở %(many)s chi bộ.",
            people=sum(row.whole or 0 for row in found.units),
            days=about.thresholds.watch_days,
            many=many,
        ),
        Watch.OVERDUE: message(
            "%(people)s hồ sơ quá hạn, ở %(many)s chi bộ.",
            people=sum(row.count or 0 for row in found.units),
            many=many,
        ),
        Watch.GRASSROOTS: message(
            "%(with_people)s/%(all)s tổ chức cơ sở đã có người, đạt %(share)s;"
            " %(many)s nơi dưới đây chưa có ai.",
            with_people=looked_at - many,
            all=looked_at,
            share=percentage(looked_at - many, looked_at),
            many=many,
        ),
    }
    return [said[which]]


def _columns(which: Watch) -> tuple[Column, ...]:
    first = Column(gettext("Tổ chức"))
    return (first, *(Column(label, is_number=True) for label in watch_labels(which)))


def watch_labels(which: Watch) -> tuple[str, ...]:
    """Return the heads of a list's figures."""
    if which is Watch.LOW:
        return (gettext("Chỉ tiêu"), gettext("Đã thực hiện"), gettext("Tỷ lệ"))
    if which is Watch.CERTIFICATES:
        return (gettext("Đã hết hạn"), gettext("Sắp hết hạn"))
    if which is Watch.OVERDUE:
        return (gettext("Hồ sơ quá hạn"),)
    return (gettext("Đảng viên"),)


def _row(which: Watch, row: Watched, about: Asked) -> WatchRow:
    unit = row.unit
    return WatchRow(
        name=unit.name,
        above=row.above,
        url=url_for("monitoring.attainment", unit_id=unit.id, **about.address),
        figures=tuple(
            (label, words, url)
            for label, (words, url) in zip(
                watch_labels(which), _figures(which, row, about), strict=True
            )
        ),
    )


def _figures(which: Watch, row: Watched, about: Asked) -> tuple[tuple[str, str | None], ...]:
    def number(value: int | None) -> str:
        return whole_number(value, language())

    sees = may(Permission.SEE_PEOPLE)
    if which is Watch.LOW:
        share = percent(percentage(row.count or 0, row.whole), language())
        people = people_of_today_url(row.unit.id, about.question) if row.count and sees else None
        return ((number(row.whole), None), (number(row.count), people), (share, None))
    todo = url_for("todo.of_unit", unit_id=row.unit.id) if sees else None
    if which is Watch.CERTIFICATES:
        return ((number(row.count), todo), (number(row.whole), todo))
    if which is Watch.OVERDUE:
        late = f"{todo}?window=overdue" if todo else None
        return ((number(row.count), late),)
    return ((number(row.unit.members), url_for("units.unit", unit_id=row.unit.id)),)
