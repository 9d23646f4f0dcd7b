"""What figures mean: percentages, pace, and the sentence that says how a unit stands."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from app.cases.rules import StepKind
from app.core.messages import Message, message
from app.core.periods import Period
from app.procedure.starts import LastDay
from app.units.relatives import Life

QUARTERS = 4
QUARTER_MONTHS = 3

_WHOLE = Decimal(1)
_HUNDREDTH = Decimal("0.01")
_FULL = Decimal(100)


def pace(quota: int, period: Period, as_of: date) -> int:
    """Return how many an even pace has reached by the end of a day: whole people, half up."""
    return int((quota * _elapsed(period, as_of)).quantize(_WHOLE, ROUND_HALF_UP))


def pace_percent(period: Period, as_of: date) -> Decimal:
    """Return the share of the period's days gone by the end of a day, in percent."""
    return (_FULL * _elapsed(period, as_of)).quantize(_HUNDREDTH, ROUND_HALF_UP)


@dataclass(frozen=True)
class Quarter:
    """A quarter of a year: what an even pace asks for by its end, and what is counted by then.

    `counted` is None before the quarter has begun; in the running one it is what is counted so
    far. `behind` is how many are missing by the end of the quarter.
    """

    number: int
    pace: int
    counted: int | None
    is_over: bool

    @property
    def behind(self) -> int | None:
        """How many are missing; negative when there are more."""
        return None if self.counted is None else self.pace - self.counted


def quarters(
    quota: int, period: Period, counted_by_month: Mapping[date, int], as_of: date
) -> tuple[Quarter, ...]:
    """Return the quarters of a calendar year, each from the beginning of the year to its end."""
    found = []
    counted = 0
    for number in range(1, QUARTERS + 1):
        months = [date(period.start.year, month, 1) for month in _months_of_quarter(number)]
        counted += sum(counted_by_month.get(month, 0) for month in months)
        last_day = Period(months[0], _after(months[-1])).last_day
        found.append(
            Quarter(
                number=number,
                pace=pace(quota, period, last_day),
                counted=counted if months[0] <= as_of else None,
                is_over=last_day <= as_of,
            )
        )
    return tuple(found)


def _months_of_quarter(number: int) -> range:
    return range(QUARTER_MONTHS * (number - 1) + 1, QUARTER_MONTHS * number + 1)


def _after(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def change_percent(count: int, before: int) -> int | None:
    """Return by how many whole percent a count differs from an earlier one; None from nothing."""
    if before == 0:
        return None
    return int((_FULL * (count - before) / before).quantize(_WHOLE, ROUND_HALF_UP))


@dataclass(frozen=True)
class Standing:
    """How a unit stands on a day: what the sentence above the figures is made of.

    `mapped_count` is the count on the units that last year's is mapped to. `behind` an even pace,
    `behind_season` that of the unit's last three years.
    """

    count: int
    quota: int | None
    percent: Decimal | None
    mapped_count: int
    last_year: int | None
    year_before: int | None
    behind: int | None
    behind_season: int | None


def sentence(standing: Standing) -> tuple[Message, ...]:
    """Return the clauses of the sentence, in their order."""
    clauses = [_attained(standing)]
    if standing.last_year is not None and standing.year_before is not None:
        year = str(standing.year_before)
        clauses.append(_against_last_year(standing.mapped_count, standing.last_year, year))
    if standing.behind is not None:
        clauses.append(_against_pace(standing.behind))
    if standing.behind_season is not None:
        clauses.append(_against_season(standing.behind_season))
    return tuple(clauses)


def _attained(standing: Standing) -> Message:
    if standing.percent is None:
        return message("%(count)s người, chưa có chỉ tiêu", count=standing.count)
    return message(
        "%(count)s/%(quota)s, đạt %(percent)s",
        count=standing.count,
        quota=standing.quota,
        percent=standing.percent,
    )


def _against_last_year(count: int, before: int, year: str) -> Message:
    change = change_percent(count, before)
    if change is None:
        return message("cùng kỳ năm %(year)s không có ai", year=year)
    if change > 0:
        return message("tăng %(change)s%% so với cùng kỳ năm %(year)s", change=change, year=year)
    if change < 0:
        return message("giảm %(change)s%% so với cùng kỳ năm %(year)s", change=-change, year=year)
    return message("bằng cùng kỳ năm %(year)s", year=year)


def _against_pace(behind: int) -> Message:
    if behind > 0:
        return message("chậm %(people)s người so với tiến độ", people=behind)
    if behind < 0:
        return message("vượt tiến độ %(people)s người", people=-behind)
    return message("đúng tiến độ")


def _against_season(behind: int) -> Message:
    if behind > 0:
        return message("chậm %(people)s người so với nhịp ba năm trước", people=behind)
    if behind < 0:
        return message("vượt nhịp ba năm trước %(people)s người", people=-behind)
    return message("đúng nhịp ba năm trước")


def mapped_words(
    *,
    count: int,
    mapped_count: int,
    is_today: bool,
    last_year: int | None,
    last_year_then: int | None,
    stood_last_year: bool,
) -> tuple[Message, ...]:
    """Say on which tree figures stand where that is not the tree of their dates."""
    words = []
    if is_today:
        words.append(message("Số liệu quy về tổ chức hiện nay, sau các lần sắp xếp."))
    if last_year_then is not None and last_year != last_year_then:
        words.append(
            message(
                "Cùng kỳ năm trước đã quy về tổ chức hiện nay; theo tổ chức lúc đó là %(count)s.",
                count=last_year_then,
            )
            if stood_last_year
            else message(
                "Cùng kỳ năm trước chưa có tổ chức này; số liệu là của các tổ chức hợp thành."
            )
        )
    if last_year_then is not None and mapped_count != count:
        words.append(
            message(
                "So với cùng kỳ là so theo tổ chức hiện nay: kỳ này %(count)s, cùng kỳ %(before)s.",
                count=mapped_count,
                before=last_year or 0,
            )
        )
    return tuple(words)


CHILDREN_AS_THEY_STOOD = message(
    "Tổ chức đã kết thúc hoặc đã chuyển đi: cùng kỳ là của chính tổ chức đó lúc bấy giờ."
)


def life_words(life: Life, first: date, last: date) -> Iterator[Message]:
    """Say where a unit stood on a part of the days alone: no year earlier is like that."""
    if life.began_on is not None and life.began_on > first:
        yield message(
            "Tổ chức này được lập ngày %(day)s: số liệu tính từ ngày đó, không so với cùng kỳ.",
            day=life.began_on,
        )
    if life.ended_on is not None and life.ended_on <= last:
        yield message(
            "Tổ chức này kết thúc ngày %(day)s: số liệu tính đến hôm trước, không so với cùng kỳ.",
            day=life.ended_on,
        )


def start_words(days: Sequence[LastDay], as_of: date) -> tuple[Message, ...]:
    """Say by when one must begin, and be considered, to be counted in the period."""
    by_kind = {found.kind: found for found in days}
    ends = [_end_words(kind, by_kind[kind], as_of) for kind in _BEGINNINGS if kind in by_kind]
    return tuple(ends)


def _end_words(kind: StepKind, last: LastDay, as_of: date) -> Message:
    is_over = last.on < as_of
    return (_BEGUN_TOO_LATE if is_over else _MUST_BEGIN)[kind](last)


def against_pace(behind: int | None) -> Message | None:
    """Return how a unit stands against an even pace, in two words for a table."""
    if behind is None:
        return None
    if behind > 0:
        return message("chậm %(people)s", people=behind)
    if behind < 0:
        return message("vượt %(people)s", people=-behind)
    return message("đúng")


def against_quarter(quarter: Quarter) -> Message | None:
    """Return how a unit stands at the end of a quarter, or what the running one still asks for."""
    behind = quarter.behind
    if behind is None:
        return None
    if quarter.is_over or behind <= 0:
        return against_pace(behind)
    return message("còn %(people)s", people=behind)


def counting_rule(counted_step: str) -> Message:
    """Return by which date a measure counts; every report prints it."""
    return _COUNTING_RULES.get(counted_step, message("ngày của bước được tính"))


_COUNTING_RULES = {
    "listed": message("ngày đưa vào danh sách nguồn"),
    "certificate": message("ngày cấp giấy chứng nhận"),
    "introduction": message("ngày giới thiệu"),
    "decision": message("ngày ký quyết định kết nạp"),
    "ceremony": message("ngày tổ chức lễ kết nạp"),
    "recognition": message("ngày công nhận đảng viên chính thức"),
    "removal": message("ngày xóa tên"),
}


_MUST_BEGIN: Mapping[StepKind, Callable[[LastDay], Message]] = {
    StepKind.MENTOR: lambda last: message(
        "Để tính trong kỳ, người mới phải được phân công giúp đỡ chậm nhất %(day)s"
        " (giúp đỡ %(months)s tháng).",
        day=last.on,
        months=last.span,
    ),
    StepKind.CELL_RESOLUTION: lambda last: message(
        "Chi bộ phải xét chậm nhất %(day)s để kịp ra quyết định (%(days)s ngày làm việc).",
        day=last.on,
        days=last.span,
    ),
    StepKind.CEREMONY: lambda last: message(
        "Để tính trong kỳ, lễ kết nạp phải tổ chức chậm nhất %(day)s (dự bị %(months)s tháng).",
        day=last.on,
        months=last.span,
    ),
}
_BEGUN_TOO_LATE: Mapping[StepKind, Callable[[LastDay], Message]] = {
    StepKind.MENTOR: lambda last: message(
        "Người mới bắt đầu được giúp đỡ sau %(day)s không còn kịp tính trong kỳ"
        " (giúp đỡ %(months)s tháng).",
        day=last.on,
        months=last.span,
    ),
    StepKind.CELL_RESOLUTION: lambda last: message(
        "Hồ sơ chi bộ xét sau %(day)s chỉ kịp nếu quyết định sớm hơn hạn %(days)s ngày làm việc.",
        day=last.on,
        days=last.span,
    ),
    StepKind.CEREMONY: lambda last: message(
        "Người làm lễ kết nạp sau %(day)s không còn kịp tính trong kỳ (dự bị %(months)s tháng).",
        day=last.on,
        months=last.span,
    ),
}
_BEGINNINGS = (StepKind.MENTOR, StepKind.CELL_RESOLUTION, StepKind.CEREMONY)


def _elapsed(period: Period, as_of: date) -> Decimal:
    days = (period.end - period.start).days
    gone = min(max((as_of - period.start).days + 1, 0), days)
    return Decimal(gone) / days
