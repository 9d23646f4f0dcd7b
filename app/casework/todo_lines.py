"""The lines of what waits, arranged by when they are due."""

from dataclasses import dataclass
from datetime import date

from flask import url_for
from flask_babel import gettext as _

from app.cases.rules import STEP_NAMES
from app.casework.pages import holder_words
from app.procedure.rules import CLOCK_NAMES
from app.procedure.todo import Todo, TodoLine, Window
from app.web.i18n import render_message


@dataclass(frozen=True)
class Line:
    """One act that waits, and where it is done."""

    name: str
    cell: str | None
    act: str
    due_on: date
    days: int
    stage: str
    stage_on: date
    holder: str
    url: str
    person_url: str


@dataclass(frozen=True)
class Group:
    """What is due in one window: its words, how many in all, the first lines."""

    window: Window
    title: str
    count: int
    lines: tuple[Line, ...]
    more_url: str | None


def todo_groups(
    found: Todo, today: date, chosen: Window | None, unit_id: int, *, is_cell: bool
) -> tuple[Group, ...]:
    """Arrange what waits; a cell's own lines need not name it."""
    titles = {
        Window.OVERDUE: _("Quá hạn"),
        Window.THIS_WEEK: _("Trong tuần này"),
        Window.LATER: _("Sau đó"),
    }
    groups = []
    for window, title in titles.items():
        if chosen not in (None, window):
            continue
        lines = tuple(_line(line, today, is_cell=is_cell) for line in found.of(window))
        more = url_for("todo.of_unit", unit_id=unit_id, window=window.value)
        count = found.counts[window]
        has_more = chosen is None and count > len(lines)
        groups.append(Group(window, title, count, lines, more if has_more else None))
    return tuple(groups)


def _line(line: TodoLine, today: date, *, is_cell: bool) -> Line:
    return Line(
        name=line.full_name,
        cell=None if is_cell else line.cell_name,
        act=render_message(CLOCK_NAMES[line.deadline.clock]),
        due_on=line.deadline.due_on,
        days=(line.deadline.due_on - today).days,
        stage=render_message(STEP_NAMES[line.stage]),
        stage_on=line.stage_on,
        holder=holder_words(line.holder, line.decided_by),
        url=url_for("cases.step", person_id=line.person_id, kind=line.next_kind.value),
        person_url=url_for("cases.person", person_id=line.person_id),
    )
