"""Cases on their way: what waits for whom, how many stand at each step, who holds which."""

from collections.abc import Iterator

from flask import request

from app.cases.rules import STEP_NAMES
from app.casework.held_lines import HeldFilterForm, held_line
from app.core.errors import NotFound
from app.core.messages import message
from app.exports.tables import ORDINAL, UNIT, Asked, Table, exported, number, numbered
from app.procedure.held import HeldFilter, held_cases_in_batches, number_of_held_cases
from app.procedure.rules import CLOCK_NAMES, HOLDER_NAMES
from app.procedure.todo import Todo, Window, holdings_below, pipeline
from app.procedure.todo import todo as waiting
from app.reports.definition import Column, Value
from app.web.formats import day
from app.web.guards import Permission
from app.web.i18n import render_message


def waiting_cases(asked: Asked) -> int:
    """Return how many acts wait in the window of the address."""
    return _number_of(_waiting(asked, 1))


@exported("todo", Permission.SEE_PEOPLE, holds_people=True, size=waiting_cases)
def acts_that_wait(asked: Asked) -> Table:
    """Return every act that waits at and below a unit, the most urgent first."""
    found = _waiting(asked, max(1, waiting_cases(asked)))
    return Table(
        title="Việc cần làm",
        subtitles=(f"Đến ngày {day(asked.context.today)}",),
        columns=(
            ORDINAL,
            Column("Họ và tên", width=28),
            Column("Chi bộ", width=34),
            Column("Việc", width=30),
            Column("Hạn", width=12),
            number("Số ngày quá hạn"),
            Column("Bước đã xong", width=24),
            Column("Từ ngày", width=12),
            Column("Đang ở", width=24),
        ),
        rows=numbered(
            (
                line.full_name,
                line.cell_name,
                render_message(CLOCK_NAMES[line.deadline.clock]),
                line.deadline.due_on,
                (asked.context.today - line.deadline.due_on).days
                if line.window is Window.OVERDUE
                else None,
                render_message(STEP_NAMES[line.stage]),
                line.stage_on,
                render_message(HOLDER_NAMES[line.holder]),
            )
            for line in found.lines
        ),
    )


def _window() -> Window | None:
    wanted = request.args.get("window")
    return Window(wanted) if wanted in list(Window) else None


def _waiting(asked: Asked, limit: int) -> Todo:
    return waiting(asked.context, asked.unit, window=_window(), limit=limit)


def _number_of(found: Todo) -> int:
    window = _window()
    return sum(found.counts.values()) if window is None else found.counts[window]


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


def wanted_cases(asked: Asked) -> HeldFilter:
    """Return the filter of the address, as the page reads it; NotFound for an unreadable one."""
    form = HeldFilterForm(request.args)
    if not form.validate():
        raise NotFound(message("Không đọc được bộ lọc của danh sách này."))
    return form.wanted(asked.context.today)


def number_of_cases(asked: Asked) -> int:
    """Return how many cases the list holds."""
    return number_of_held_cases(asked.context, asked.unit, wanted_cases(asked))


@exported("held", Permission.SEE_PEOPLE, holds_people=True, size=number_of_cases)
def cases_one_by_one(asked: Asked) -> Table:
    """Return the open cases at and below a unit, those held longest first."""
    wanted = wanted_cases(asked)
    return Table(
        title="Từng hồ sơ đang giữ",
        subtitles=(f"Đến ngày {day(asked.context.today)}",),
        columns=(
            ORDINAL,
            Column("Họ và tên", width=28),
            Column("Chi bộ", width=34),
            Column("Bước đã xong", width=28),
            Column("Từ ngày", width=12),
            Column("Đang ở", width=28),
            number("Đã giữ (ngày)"),
            Column("Hạn", width=12),
        ),
        rows=numbered(_values(asked, wanted)),
    )


def _values(asked: Asked, wanted: HeldFilter) -> Iterator[tuple[Value, ...]]:
    for case in held_cases_in_batches(asked.context, asked.unit, wanted):
        line = held_line(case, asked.context.today)
        yield (
            line.name,
            line.cell,
            line.stage,
            line.since,
            line.holder,
            line.days,
            line.due_on,
        )
