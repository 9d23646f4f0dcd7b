"""Tables of figures: attainment, breakdown, late lists, a term."""

from app.accounts.access import may
from app.core.periods import as_of
from app.exports.tables import ORDINAL, UNIT, Asked, Table, exported, number, numbered
from app.measures.filters import asked_measure, asked_period
from app.monitoring import queries
from app.monitoring.asking import asked_of_standing as asked_figures
from app.monitoring.composition import composition
from app.monitoring.pages import attained_quotas, quarters_of
from app.monitoring.queries import Question
from app.monitoring.ranking import ranking as ranked_children
from app.monitoring.rules import against_pace, counting_rule, pace
from app.quotas.asked import asked_of
from app.reminders.queries import ListedUnit, ground, standing
from app.reports.definition import Column, Row, Value
from app.rounds.agreement_views import term_asked
from app.web.formats import day
from app.web.guards import Permission
from app.web.i18n import render_message

OVERLAP = "Một người có thể thuộc nhiều cơ cấu, nên các dòng không cộng lại với nhau."


@exported("attainment")
def attainment(asked: Asked) -> Table:
    """Return a unit's children beside their quotas, in the order of the tree, then the unit."""
    about = asked_figures(asked.context, asked.unit.id)
    question = about.question
    report = queries.attainment(asked.context, asked.unit, question, about.descent)
    rows = [*report.children, report.unit]
    values = [
        (
            row.unit.name,
            row.quota,
            row.count,
            row.percent,
            None
            if row.quota is None
            else row.count - pace(row.quota, question.period, question.as_of),
            row.last_year,
        )
        for row in rows
    ]
    return Table(
        title="Kết quả thực hiện chỉ tiêu",
        subtitles=question_words(question),
        columns=(
            ORDINAL,
            UNIT,
            number("Chỉ tiêu"),
            number("Đã thực hiện"),
            number("Tỷ lệ"),
            number("Hơn (kém) tiến độ"),
            number("Cùng kỳ năm trước"),
        ),
        rows=[
            *numbered(values[:-1]),
            Row((None, f"{values[-1][0]} (toàn đơn vị)", *values[-1][1:]), is_total=True),
        ],
        notes=(counting_note(question),),
    )


@exported("quarters")
def quarters(asked: Asked) -> Table:
    """Return how a unit stands at the end of each quarter, from the beginning of the year."""
    about = asked_figures(asked.context, asked.unit.id)
    report = queries.attainment(asked.context, asked.unit, about.question, about.descent)
    return Table(
        title="Tiến độ theo quý, cộng dồn từ đầu năm",
        subtitles=question_words(about.question),
        columns=(
            Column("Đến hết", width=14),
            number("Tiến độ"),
            number("Đã thực hiện"),
            number("Hơn (kém) tiến độ"),
        ),
        rows=[
            Row(
                (
                    f"Quý {quarter.number}",
                    quarter.pace,
                    quarter.counted,
                    None if quarter.behind is None else -quarter.behind,
                )
            )
            for quarter in quarters_of(report)
        ],
        notes=(counting_note(about.question),),
    )


@exported("quota-kinds")
def quota_kinds(asked: Asked) -> Table:
    """Return a unit's quotas from every source, each with what is done of it."""
    about = asked_figures(asked.context, asked.unit.id)
    report = queries.attainment(asked.context, asked.unit, about.question, about.descent)
    return Table(
        title="Các loại chỉ tiêu",
        subtitles=question_words(about.question),
        columns=(
            Column("Nguồn", width=24),
            Column("Chỉ tiêu", width=16),
            number("Đã thực hiện"),
            number("Tỷ lệ"),
            number("Còn"),
            Column("Dùng để đánh giá", width=12),
        ),
        rows=[
            Row(
                (
                    quota.source,
                    quota.words,
                    report.unit.count,
                    quota.percent,
                    quota.missing,
                    "x" if quota.is_rated else None,
                )
            )
            for quota in attained_quotas(report.unit)
        ],
        notes=(counting_note(about.question),),
    )


@exported("ranking")
def ranking(asked: Asked) -> Table:
    """Return a unit's children ranked by how far they are behind, with what says why."""
    about = asked_figures(asked.context, asked.unit.id)
    found = ranked_children(asked.context, about)
    return Table(
        title="Xếp hạng theo tiến độ",
        subtitles=question_words(about.question),
        columns=(
            ORDINAL,
            UNIT,
            number("Chỉ tiêu"),
            number("Đã thực hiện"),
            number("Tỷ lệ"),
            Column("So với tiến độ", width=14),
            number("Cùng kỳ năm trước"),
            number("Đang làm hồ sơ"),
            Column("Ghi nhận gần nhất", width=13),
        ),
        rows=numbered(
            (
                child.attainment.unit.name,
                child.attainment.quota,
                child.attainment.count,
                child.attainment.percent,
                None if (words := against_pace(child.behind)) is None else render_message(words),
                child.attainment.last_year,
                child.activity.in_hand,
                child.activity.last_on,
            )
            for child in found.children
        ),
        notes=(
            counting_note(about.question),
            f"“Đang làm hồ sơ” là người chưa có quyết định ngày {day(about.today)}.",
        ),
    )


@exported("breakdown")
def breakdown(asked: Asked) -> Table:
    """Return what a unit's count is made of, the largest first, withheld as on the page."""
    about = asked_figures(asked.context, asked.unit.id)
    found = composition(asked.context, about, has_row_rights=may(Permission.SEE_PEOPLE))
    ranked = sorted(found.segments, key=lambda figures: -(figures.count or 0))
    notes = [OVERLAP, counting_note(about.question)]
    if found.withholds:
        notes.append("Cơ cấu nhạy cảm (dân tộc, tôn giáo) không ghi số nhỏ.")
    return Table(
        title="Cơ cấu kết quả",
        subtitles=question_words(about.question),
        columns=(
            ORDINAL,
            Column("Cơ cấu", width=40),
            number("Số người"),
            number("Tỷ lệ"),
            number("Chỉ tiêu"),
            number("Cùng kỳ năm trước"),
        ),
        rows=[
            *numbered(
                (
                    row.segment.name,
                    row.count,
                    row.percent,
                    None if row.quota is None else row.quota.count,
                    row.last_year,
                )
                for row in ranked
            ),
            Row((None, "Tổng số", found.total, None, None, found.last_year_total), is_total=True),
        ],
        notes=tuple(notes),
    )


@exported("late", Permission.REMIND)
def late(asked: Asked) -> Table:
    """Return the units behind pace, those furthest behind first."""
    return _listed(asked, "Đơn vị chậm tiến độ", is_late=True)


@exported("ahead", Permission.REMIND)
def ahead(asked: Asked) -> Table:
    """Return the units that have reached the pace, those furthest ahead first."""
    return _listed(asked, "Đơn vị đạt tiến độ", is_late=False)


@exported("term")
def term(asked: Asked) -> Table:
    """Return the years of a term: shares, what was assigned, what is done and what remains."""
    board = asked_of(asked.context, asked.unit.id)
    found = term_asked(asked.context, board)
    return Table(
        title="Chỉ tiêu cả nhiệm kỳ",
        subtitles=(f"{board.measure.name} {found.period}",),
        columns=(
            number("Năm", width=8),
            number("Phần của năm"),
            number("Cấp trên giao"),
            number("Đã thực hiện"),
            number("Còn lại chia đều"),
        ),
        rows=[
            *(
                Row(
                    (
                        str(year.year),
                        year.share,
                        year.assigned,
                        year.done,
                        found.standing.per_year.get(year.year),
                    )
                )
                for year in found.years
            ),
            Row(
                (
                    "Cả nhiệm kỳ",
                    None,
                    found.standing.quota,
                    found.standing.done,
                    found.standing.left,
                ),
                is_total=True,
            ),
        ],
    )


def _listed(asked: Asked, title: str, *, is_late: bool) -> Table:
    context = asked.context
    known = ground(context, asked.unit.id)
    period = asked_period(context.today)
    question = Question(asked_measure(known.measures), period, as_of(period, context.today))
    _report, found = standing(context, asked.unit, question, known)
    rows = [row for row in found if (row.figures.is_late if is_late else row.figures.is_ahead)]
    return Table(
        title=title,
        subtitles=question_words(question),
        columns=(
            ORDINAL,
            UNIT,
            number("Chỉ tiêu"),
            number("Đã thực hiện"),
            number("Tỷ lệ"),
            Column("So với tiến độ", width=14),
            Column("Ghi gần nhất", width=13),
            Column("Hạn gần nhất", width=13),
            Column("Đôn đốc lần trước", width=13),
        ),
        rows=numbered(map(_listed_values, rows if is_late else rows[::-1])),
        notes=(counting_note(question),),
    )


def _listed_values(row: ListedUnit) -> tuple[Value, ...]:
    words = against_pace(row.figures.behind)
    due = row.beside.next_due
    return (
        row.unit.name,
        row.figures.quota,
        row.figures.count,
        row.figures.percent,
        None if words is None else render_message(words),
        row.figures.last_entry_on,
        None if due is None else due.due_on,
        row.beside.reminded_on,
    )


def question_words(question: Question) -> tuple[str, ...]:
    """Say what is counted over which period, up to which day."""
    return (f"{question.measure.name} {question.period}", f"Tính đến ngày {day(question.as_of)}")


def counting_note(question: Question) -> str:
    """Say by which of its days somebody is counted."""
    rule = render_message(counting_rule(question.measure.counted_step))
    return f"Số liệu tính đến hết ngày {day(question.as_of)}, theo {rule}."
