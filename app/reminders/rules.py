"""Who is late, by which rule a unit is reminded and how often, and what is written. Pure.

What is written is in Vietnamese, as every paper of the Party is, whoever sends it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from app.core.errors import Problem
from app.core.messages import message
from app.core.periods import Period

QUARTER_MONTHS = 3
WORST_NAMED = 5
"""How many of those furthest behind a digest names."""


class Kind(StrEnum):
    """What is written to a unit."""

    REMINDER = "reminder"
    COMMENDATION = "commendation"
    DIGEST = "digest"


class Origin(StrEnum):
    """By whose hand or by which rule it was written."""

    HAND = "hand"
    ROUND = "round"
    SILENT = "silent"
    BEHIND = "behind"
    QUARTER_END = "quarter_end"
    WEEK = "week"


BY_RULE = (Origin.SILENT, Origin.BEHIND, Origin.QUARTER_END, Origin.WEEK)
"""What nobody wrote."""


@dataclass(frozen=True)
class Figures:
    """How a unit stands on a day: its count, what it was asked for, an even pace, its last entry.

    `percent` is of the quota, `pace_percent` the share of the period that has gone.
    """

    count: int
    quota: int | None
    pace: int | None
    percent: Decimal | None
    pace_percent: Decimal
    last_entry_on: date | None

    @property
    def behind(self) -> int | None:
        """How many are missing to an even pace; negative when there are more."""
        return None if self.pace is None else self.pace - self.count

    @property
    def is_late(self) -> bool:
        """Whether fewer are counted than an even pace asks for."""
        return self.behind is not None and self.behind > 0

    @property
    def is_ahead(self) -> bool:
        """Whether what was asked for by now is reached."""
        return self.behind is not None and self.behind <= 0 and self.count > 0

    def days_silent(self, today: date) -> int | None:
        """Return how many days have passed since the last entry; None when there never was one."""
        return None if self.last_entry_on is None else (today - self.last_entry_on).days


@dataclass(frozen=True)
class Rules:
    """When a tenant has units reminded by themselves; None is never."""

    silent_days: int | None = None
    behind_points: int | None = None
    quarter_days: int | None = None
    sends_digest: bool = False

    @property
    def reminds(self) -> bool:
        """Whether any rule reminds."""
        return any((self.silent_days, self.behind_points, self.quarter_days))


def rule_problems(rules: Rules) -> tuple[Problem, ...]:
    """Return what is wrong with the numbers of the rules."""
    limits = {"silent_days": 366, "behind_points": 100, "quarter_days": 60}
    return tuple(
        Problem(field, message("Nhập số từ 1 đến %(most)s, hoặc để trống.", most=most))
        for field, most in limits.items()
        if (number := getattr(rules, field)) is not None and not 1 <= number <= most
    )


def reasons_to_remind(figures: Figures, rules: Rules, period: Period, today: date) -> list[Origin]:
    """Return the rules by which a unit is to be reminded today.

    Of a unit without a quota nothing is asked; one that never had an entry in the period counts
    its days from the period's start. Whoever has reached its quota is left in peace.
    """
    if figures.quota is None or figures.count >= figures.quota or not period.contains(today):
        return []
    found = []
    since = max(figures.last_entry_on or period.start, period.start)
    if rules.silent_days and (today - since).days >= rules.silent_days:
        found.append(Origin.SILENT)
    gap = figures.pace_percent - (figures.percent or Decimal(0))
    if rules.behind_points and gap > rules.behind_points:
        found.append(Origin.BEHIND)
    is_near = rules.quarter_days and (quarter_end(today) - today).days < rules.quarter_days
    if is_near and figures.is_late:
        found.append(Origin.QUARTER_END)
    return found


def turn(origin: Origin, today: date) -> str:
    """Return the turn of a rule that a day belongs to: its week, or for quarter ends its quarter.

    Of one turn a unit is reminded once, however often the job runs.
    """
    if origin is Origin.QUARTER_END:
        return f"{origin}:{today.year}-Q{(today.month - 1) // QUARTER_MONTHS + 1}"
    year, week, _day = today.isocalendar()
    return f"{origin}:{year}-W{week:02}"


def quarter_end(day: date) -> date:
    """Return the last day of the quarter that a day lies in."""
    month = (day.month - 1) // QUARTER_MONTHS * QUARTER_MONTHS + QUARTER_MONTHS
    following = date(day.year + month // 12, month % 12 + 1, 1)
    return following - timedelta(days=1)


def prepared_reminder(sender: str, measure: str, period: Period) -> str:
    """Return the text that is offered to whoever reminds units that are late."""
    return (
        f"{sender} đề nghị đồng chí chỉ đạo khẩn trương thực hiện chỉ tiêu"
        f" {_lowered(measure)} {period}: rà soát nguồn, hoàn thiện hồ sơ còn vướng"
        " và cập nhật kết quả lên hệ thống trong tuần này."
    )


def prepared_commendation(sender: str, measure: str, period: Period) -> str:
    """Return the text that is offered to whoever commends units that are ahead."""
    return (
        f"{sender} biểu dương kết quả thực hiện chỉ tiêu {_lowered(measure)} {period}"
        " của đơn vị; mong đồng chí tiếp tục giữ nhịp và giúp các đơn vị bạn."
    )


def text_by_rule(origins: Sequence[Origin], figures: Figures, today: date) -> str:
    """Return what a unit is written when rules remind it."""
    return " ".join((*_causes(origins, figures, today), "Đề nghị rà soát và cập nhật kết quả."))


def _causes(origins: Sequence[Origin], figures: Figures, today: date) -> Iterator[str]:
    if Origin.SILENT in origins:
        days = figures.days_silent(today)
        yield (
            "Chưa có hồ sơ nào được ghi nhận."
            if days is None
            else f"Đã {days} ngày chưa có hồ sơ nào được ghi nhận thêm."
        )
    if Origin.BEHIND in origins:
        yield "Kết quả đang chậm nhiều so với tiến độ chung."
    if Origin.QUARTER_END in origins:
        end = quarter_end(today)
        yield f"Quý này kết thúc ngày {end:%d/%m}/{end.year}, kết quả chưa đạt tiến độ."


@dataclass(frozen=True)
class Week:
    """What a digest says of how a unit's children stand in a measure."""

    measure: str
    children: int
    late: Sequence[tuple[str, int]]
    silent: int


def digest_text(weeks: Sequence[Week], *, silent_days: int | None, sent: int, read: int) -> str:
    """Return the digest of a week, measure by measure, and how many letters were sent and read."""
    lines = [line for week in weeks for line in _standing(week, silent_days)]
    lines.append(f"Bảy ngày qua đã gửi {sent} lời đôn đốc, {read} đã được đọc.")
    return "\n".join(lines)


def _standing(week: Week, silent_days: int | None) -> Iterator[str]:
    """Say how many are late; the names of those furthest behind come first."""
    worst = sorted(week.late, key=lambda one: (-one[1], one[0]))[:WORST_NAMED]
    named = "; ".join(f"{name} (chậm {behind})" for name, behind in worst)
    late = f"{week.measure}: {len(week.late)}/{week.children} đơn vị chậm tiến độ"
    yield f"{late}: {named}." if named else f"{late}."
    if silent_days:
        yield f"{week.silent} đơn vị chưa ghi thêm gì từ {silent_days} ngày trở lên."


def round_text(note: str | None) -> str:
    """Return what a unit is written that has not answered a round."""
    asked = "Đề nghị trả lời khảo sát nguồn và đăng ký chỉ tiêu của đợt đang mở."
    return f"{asked} {note}" if note else asked


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]
