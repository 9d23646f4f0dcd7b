"""Late lists and letters arranged for the reader."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import url_for

from app.cases.rules import STEP_NAMES
from app.core.messages import Message, message
from app.monitoring.rules import against_pace
from app.reminders.queries import Letter, ListedUnit
from app.reminders.rules import Kind, Origin
from app.web.formats import NOTHING, day
from app.web.i18n import render_message


@dataclass(frozen=True)
class LateRow:
    """A unit of a late list as a row."""

    row: ListedUnit
    url: str
    behind_text: str
    silent_text: str
    due_text: str
    is_overdue: bool
    is_chosen: bool
    people_url: str | None


@dataclass(frozen=True)
class LetterRow:
    """A letter as a row, or on a page of its own; `figures` say how the unit stood and stands."""

    letter: Letter
    url: str
    kind: str
    origin: str
    about: str
    figures: str | None
    since: str | None
    read_by: str
    written_by: str


def late_row(
    row: ListedUnit,
    address: Mapping[str, Any],
    today: date,
    *,
    chosen: bool,
    people_url: str | None,
) -> LateRow:
    """Arrange a unit of the list; `address` is the question of the page."""
    words = against_pace(row.figures.behind)
    due = row.beside.next_due
    return LateRow(
        row=row,
        url=url_for("monitoring.attainment", unit_id=row.unit.id, **address),
        behind_text=NOTHING if words is None else render_message(words),
        silent_text=render_message(_silent(row.figures.days_silent(today))),
        due_text=(
            NOTHING
            if due is None
            else f"{day(due.due_on)} · {render_message(STEP_NAMES[due.step])}"
        ),
        is_overdue=due is not None and due.due_on < today,
        is_chosen=chosen,
        people_url=people_url,
    )


def _silent(days: int | None) -> Message:
    if days is None:
        return message("chưa có")
    if days <= 0:
        return message("hôm nay")
    return message("%(days)s ngày trước", days=days)


def letter_row(letter: Letter, url: str) -> LetterRow:
    """Arrange a letter; `url` is where its row leads."""
    figures, since = _figures(letter), _since(letter)
    return LetterRow(
        letter=letter,
        url=url,
        kind=render_message(KINDS[letter.kind]),
        origin=render_message(ORIGINS[letter.origin]),
        about=f"{letter.measure} · {letter.period}",
        figures=None if figures is None else render_message(figures),
        since=None if since is None else render_message(since),
        # What a rule sends nobody has written.
        written_by=letter.sender_name if letter.origin in BY_PEOPLE else NOTHING,
        read_by=", ".join(
            f"{reading.name} ({day(reading.read_at.date())})" for reading in letter.readings
        ),
    )


def _figures(letter: Letter) -> Message | None:
    if letter.count is None:
        return None
    if letter.quota is None:
        return message("%(count)s người, chưa có chỉ tiêu", count=letter.count)
    return message(
        "%(count)s/%(quota)s, tiến độ chung %(pace)s",
        count=letter.count,
        quota=letter.quota,
        pace=letter.pace,
    )


def _since(letter: Letter) -> Message | None:
    """Say what has changed since it was written."""
    now, gained = letter.count_now, letter.gained
    if gained is None:
        return None
    if gained > 0:
        return message("%(count)s, thêm %(gained)s", count=now, gained=gained)
    if gained < 0:
        return message("%(count)s, bớt %(lost)s", count=now, lost=-gained)
    return message("%(count)s, chưa thay đổi", count=now)


BY_PEOPLE = (Origin.HAND, Origin.ROUND)

KINDS: Mapping[Kind, Message] = {
    Kind.REMINDER: message("Lời đôn đốc"),
    Kind.COMMENDATION: message("Lời biểu dương"),
    Kind.DIGEST: message("Tổng hợp tuần"),
}

ORIGINS: Mapping[Origin, Message] = {
    Origin.HAND: message("do người gửi"),
    Origin.ROUND: message("đợt giao chỉ tiêu"),
    Origin.SILENT: message("tự động: lâu không ghi"),
    Origin.BEHIND: message("tự động: chậm tiến độ"),
    Origin.QUARTER_END: message("tự động: cuối quý"),
    Origin.WEEK: message("tự động: hằng tuần"),
}
