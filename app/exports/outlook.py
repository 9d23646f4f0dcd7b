"""Tables that look ahead or for attention: who is on the way, and the watch lists."""

from flask import request

from app.core.numbers import percentage
from app.exports.figures import counting_note, question_words
from app.exports.tables import ORDINAL, UNIT, Asked, Table, exported, number, numbered
from app.monitoring.asking import asked_of_standing as asked_figures
from app.monitoring.forecast_views import outlook
from app.monitoring.watch import Watch, Watched, watch_list
from app.monitoring.watch_views import WATCH_NAMES, asked_list, watch_labels, watch_sentences
from app.reports.definition import Column, Value
from app.web.i18n import render_message


@exported("forecast")
def forecast(asked: Asked) -> Table:
    """Return who is on the way by step, what became of those before, and what is expected."""
    about = asked_figures(asked.context, asked.unit.id)
    found = outlook(asked.context, about)
    return Table(
        title="Dự báo từ hồ sơ đang làm",
        subtitles=question_words(about.question),
        columns=(
            ORDINAL,
            Column("Đã qua bước", width=32),
            number("Hiện có"),
            Column("Số người", width=10, is_number=True, group="Cùng ngày ba năm trước"),
            Column("Được tính trong kỳ", width=12, is_number=True, group="Cùng ngày ba năm trước"),
            Column("Tỷ lệ", width=10, is_number=True, group="Cùng ngày ba năm trước"),
            Column("Tỷ lệ về sau", width=10, is_number=True, group="Cùng ngày ba năm trước"),
            number("Dự kiến"),
            Column("Thường mất", width=10, is_number=True, group="Số ngày"),
            Column("Lâu", width=10, is_number=True, group="Số ngày"),
        ),
        rows=numbered(
            (
                row.name,
                row.now,
                row.stood,
                row.counted,
                row.share,
                row.ever,
                row.expected,
                row.duration.median if row.duration else None,
                row.duration.slow if row.duration else None,
            )
            for row in found.rows
        ),
        notes=(*map(render_message, found.sentences), counting_note(about.question)),
    )


@exported("watch")
def watch(asked: Asked) -> Table:
    """Return a list of units that need attention, whole."""
    about, which = asked_figures(asked.context, asked.unit.id), asked_list()
    found = watch_list(asked.context, about, which, request.args.get("level", ""))
    return Table(
        title=str(WATCH_NAMES[which]()),
        subtitles=question_words(about.question),
        columns=(
            ORDINAL,
            UNIT,
            Column("Trực thuộc", width=30),
            *map(number, watch_labels(which)),
        ),
        rows=numbered((row.unit.name, row.above, *_figures(which, row)) for row in found.units),
        notes=tuple(map(render_message, watch_sentences(which, found, about))),
    )


def _figures(which: Watch, row: Watched) -> tuple[Value, ...]:
    if which is Watch.LOW:
        return row.whole, row.count, percentage(row.count or 0, row.whole)
    if which is Watch.CERTIFICATES:
        return row.count, row.whole
    if which is Watch.OVERDUE:
        return (row.count,)
    return (row.unit.members,)
