"""Quotas as people write them, the whole numbers they mean, and which version is in force."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Protocol, TypeVar

from app.core.errors import Problem, Refused
from app.core.messages import Message, message
from app.core.numbers import parse_whole_number
from app.core.periods import Period
from app.core.text import clean

LARGEST_QUOTA = 1_000_000
"""Five times what the whole country admits in a year: anything above is a typing error."""

LONGEST_NUMBER = 60
"""The most characters of a document's number, and of a quota as it is written."""

# Congresses meet every five years, in 2015, 2020, 2025; the year of one begins a term.
TERM_YEARS = 5

ASSIGNED = "assigned"
OWN = "own"
REGISTERED = "registered"
TERM_SHARE = "term_share"
"""The sources of a quota: given from above; set by the unit itself; proposed by it from below;
taken by it for the year from its quota for the term."""

STATED = (OWN, REGISTERED, TERM_SHARE)
"""The sources that a unit states for itself."""

DRAFT = "draft"
PUBLISHED = "published"
SUPERSEDED = "superseded"
"""The states of a distribution; of those ever published the one decided last is 'published'."""

IMPORTED_REASON = "theo tệp nhập"
"""The reason recorded for a reserve when its file gives none."""

_RANGE = re.compile(r"([^-–—]+)[-–—]([^-–—]+)")
_SEEN = re.compile(r"(\d{1,9})\.(\d{1,9})", re.ASCII)
_PERCENT = re.compile(r"(\d{1,3})(?:[.,](\d{1,3}))?\s*%?", re.ASCII)
_WHOLE = Decimal(100)


class Kind(StrEnum):
    """How a quota is given."""

    COUNT = "count"
    MINIMUM = "minimum"
    RANGE = "range"
    PERCENT = "percent"


class Base(StrEnum):
    """Whose number of members a percentage is taken of: the unit's own, on this day."""

    YEAR_START = "year_start"
    YEAR_END_BEFORE = "year_end_before"
    TERM_START = "term_start"
    CURRENT = "current"


KIND_CODES = (
    *(kind.value for kind in Kind if kind is not Kind.PERCENT),
    *(f"{Kind.PERCENT}:{base}" for base in Base),
)
"""What stands in the column `kind` of a file."""


@dataclass(frozen=True)
class Quota:
    """A quota and the whole number it means.

    `count` is the number itself, the lower end of a range (who reaches it has kept the promise),
    or percent x members of the base, half up.
    """

    kind: str
    count: int
    upper_count: int | None = None
    percent: Decimal | None = None
    base: str | None = None


@dataclass(frozen=True)
class WrittenQuota:
    """A quota as it was read; what a percentage means waits for the number of members."""

    kind: Kind
    count: int | None = None
    upper_count: int | None = None
    percent: Decimal | None = None
    base: Base | None = None

    def meaning(self, members: int | None) -> Quota:
        """Return the quota; `members` is the base of a percentage and must then be known."""
        count = self.count
        if self.percent is not None:
            if members is None:
                raise Refused(message("Chưa biết số đảng viên để tính tỷ lệ."))
            count = count_of_percent(self.percent, members)
        if count is None:
            raise ValueError("a quota that is no percentage has its count")
        base = None if self.base is None else self.base.value
        return Quota(self.kind.value, count, self.upper_count, self.percent, base)


@dataclass(frozen=True)
class Line:
    """The quota of one unit, in all or for one segment."""

    unit_id: int
    segment_id: int | None
    quota: Quota


@dataclass(frozen=True)
class DistributionKey:
    """Which distribution, or whose own quota; without an issuer it comes from above the tenant."""

    source: str
    issuer_id: int | None
    measure_id: int
    period: Period


@dataclass(frozen=True)
class BoardKey:
    """Whose quotas for its children, for what and when."""

    issuer_id: int
    measure_id: int
    period: Period

    def of(self, source: str) -> DistributionKey:
        """Return the distribution of this board, or the issuer's own quota."""
        return DistributionKey(source, self.issuer_id, self.measure_id, self.period)


@dataclass(frozen=True)
class Balance:
    """What an issuer has, gives and keeps: distributed + reserve = assigned."""

    assigned: int
    distributed: int

    @property
    def reserve(self) -> int:
        """What is kept back; negative where more is given than was received."""
        return self.assigned - self.distributed


@dataclass(frozen=True)
class Decision:
    """The document that a version is published by, and why it keeps a reserve.

    `cause` is why it differs from the version before. A registration may come without a number.
    """

    number: str | None
    decided_on: date
    reason: str | None = None
    cause: str | None = None


@dataclass(frozen=True)
class Difference:
    """One box that differs between two versions; None is a box without a quota."""

    unit_id: int
    segment_id: int | None
    before: Quota | None
    after: Quota | None


@dataclass(frozen=True, order=True)
class Standing:
    """Where a version stands among those of its distribution.

    They stand in the order of their decisions, in which they may not have been entered; of two
    decided on one day the one entered later stands after.
    """

    decided_on: date
    version: int


@dataclass(frozen=True)
class Seen:
    """What an editor had before them: the last published version and which save of the draft."""

    version: int
    draft: int

    def __str__(self) -> str:
        """Return what a form carries."""
        return f"{self.version}.{self.draft}"

    @classmethod
    def read(cls, text: str) -> "Seen":
        """Read what a form carried; what is not readable was never seen."""
        match = _SEEN.fullmatch(text)
        return cls(int(match[1]), int(match[2])) if match else cls(-1, -1)


class OfSource(Protocol):
    """A quota that knows its source."""

    @property
    def source(self) -> str:
        """Where the quota comes from."""


Sourced = TypeVar("Sourced", bound=OfSource)


def read_number(text: str) -> int:
    """Read the whole number of a quota."""
    return parse_whole_number(text, largest=LARGEST_QUOTA)


def read_box(text: str) -> int | None:
    """Read a box of the board; an empty one gives no quota, which differs from a quota of 0."""
    return read_number(text) if clean(text) else None


def read_document_number(text: str) -> str:
    """Read the number of a decision or resolution."""
    number = clean(text)
    if not number:
        raise Refused(message("Không được để trống."))
    if len(number) > LONGEST_NUMBER:
        raise Refused(message("Dài quá: nhiều nhất %(longest)s ký tự.", longest=LONGEST_NUMBER))
    return number


def read_kind(code: str) -> tuple[Kind, Base | None]:
    """Read the column `kind` of a file: count, minimum, range or percent:<base>."""
    cleaned = clean(code).lower()
    if cleaned not in KIND_CODES:
        raise Refused(
            message(
                "Không có loại chỉ tiêu “%(value)s”; dùng một trong: %(codes)s.",
                value=clean(code),
                codes=", ".join(KIND_CODES),
            )
        )
    kind, _, base = cleaned.partition(":")
    return Kind(kind), Base(base) if base else None


def read_quota(kind: Kind, base: Base | None, text: str) -> WrittenQuota:
    """Read the column `quota` of a file: 25, 90-100 for a range, 3.5 for a percentage."""
    if kind is Kind.RANGE:
        lower, upper = _read_range(text)
        return WrittenQuota(kind, lower, upper)
    if kind is Kind.PERCENT:
        return WrittenQuota(kind, percent=_read_percent(text), base=base)
    return WrittenQuota(kind, read_number(text))


def _read_range(text: str) -> tuple[int, int]:
    ends = _RANGE.fullmatch(clean(text))
    if ends is None:
        raise Refused(
            message("Khoảng “%(value)s” phải ghi hai số, ví dụ 90-100.", value=clean(text))
        )
    lower, upper = map(read_number, ends.groups())
    if lower > upper:
        raise Refused(
            message("Khoảng “%(value)s” ngược: số đầu lớn hơn số cuối.", value=clean(text))
        )
    return lower, upper


def _read_percent(text: str) -> Decimal:
    match = _PERCENT.fullmatch(clean(text))
    percent = Decimal(f"{match[1]}.{match[2] or 0}") if match else None
    if percent is None or percent > _WHOLE:
        raise Refused(
            message(
                "Tỷ lệ “%(value)s” phải là số từ 0 đến 100, tối đa ba chữ số lẻ, ví dụ 3,5.",
                value=clean(text),
            )
        )
    return percent


def count_of_percent(percent: Decimal, members: int) -> int:
    """Return the whole number that a percentage of members means, half up."""
    return int((percent * members / _WHOLE).quantize(Decimal(1), ROUND_HALF_UP))


def base_date(base: Base, period: Period, today: date) -> date:
    """Return the day whose number of members a percentage is taken of.

    A period of more than a year is its own term; for a shorter one it is the term of five years
    that the period's first year lies in. 'Current' is today, or the period's last day after it.
    """
    new_year = date(period.start.year, 1, 1)
    if base is Base.YEAR_START:
        return new_year
    if base is Base.YEAR_END_BEFORE:
        return new_year - timedelta(days=1)
    if base is Base.CURRENT:
        return min(today, period.last_day)
    if not period.is_within_a_year:
        return period.start
    return date(period.start.year - period.start.year % TERM_YEARS, 1, 1)


def kind_code(quota: Quota) -> str:
    """Write what stands in the column `kind` of a file."""
    return quota.kind if quota.base is None else f"{quota.kind}:{quota.base}"


def quota_code(quota: Quota) -> int | str:
    """Write what stands in the column `quota` of a file; a percentage has two or three decimals."""
    if quota.percent is not None:
        three_places = f"{quota.percent:.3f}"
        return three_places.removesuffix("0")
    if quota.upper_count is not None:
        return f"{quota.count}-{quota.upper_count}"
    return quota.count


def in_words(quota: Quota) -> Message | None:
    """Say what more there is to a quota than its number; nothing for a plain count."""
    if quota.kind == Kind.MINIMUM:
        return message("ít nhất %(count)s", count=quota.count)
    if quota.upper_count is not None:
        return message("từ %(lower)s đến %(upper)s", lower=quota.count, upper=quota.upper_count)
    if quota.percent is not None and quota.base is not None:
        return message(
            "%(percent)s %(base)s",
            percent=quota.percent,
            base=_BASES_IN_WORDS[Base(quota.base)],
        )
    return None


_BASES_IN_WORDS: Mapping[Base, Message] = {
    Base.YEAR_START: message("số đảng viên đầu năm"),
    Base.YEAR_END_BEFORE: message("số đảng viên cuối năm trước"),
    Base.TERM_START: message("số đảng viên đầu nhiệm kỳ"),
    Base.CURRENT: message("số đảng viên hiện có"),
}


def balance(held: int | None, lines: Iterable[Line]) -> Balance:
    """Weigh an issuer's lines against what it holds from above.

    Segments overlap, so only the lines without one are added. An issuer that holds nothing from
    above has assigned exactly what it gives.
    """
    distributed = sum(line.quota.count for line in lines if line.segment_id is None)
    return Balance(assigned=distributed if held is None else held, distributed=distributed)


def decision_problems(
    decision: Decision, *, today: date, not_before: date | None
) -> tuple[Problem, ...]:
    """Return what keeps a decision from being published, `not_before` being the version before."""
    problems = []
    if decision.number == "":
        problems.append(Problem("decision_no", message("Chưa nhập số quyết định.")))
    if decision.decided_on > today:
        problems.append(
            Problem("decided_on", message("Ngày quyết định sau hôm nay (%(today)s).", today=today))
        )
    if not_before is not None and decision.decided_on < not_before:
        problems.append(
            Problem(
                "decided_on",
                message("Ngày quyết định trước phiên bản trước (%(day)s).", day=not_before),
            )
        )
    return tuple(problems)


def reserve_problems(reserve: int, reason: str | None) -> tuple[Problem, ...]:
    """Return what keeps a reserve from being published: one that is not zero says why."""
    if reserve == 0 or reason:
        return ()
    return (
        Problem(
            "reason",
            message(
                "Dự phòng là %(reserve)s nên phải ghi lý do.",
                reserve=reserve,
            ),
        ),
    )


def adjustment_problems(version: int, cause: str | None) -> tuple[Problem, ...]:
    """Return what keeps an adjustment from being published: every later version says why."""
    if version == 1 or cause:
        return ()
    return (Problem("cause", message("Điều chỉnh chỉ tiêu đã ban hành thì phải ghi lý do.")),)


def in_force(versions: Iterable[Standing], as_of: date) -> Standing | None:
    """Return the version decided last up to a day, else the first one; None without any."""
    in_order = sorted(versions)
    decided = [version for version in in_order if version.decided_on <= as_of]
    if decided:
        return decided[-1]
    return in_order[0] if in_order else None


def source_in_words(source: str) -> Message:
    """Say where a quota comes from."""
    return _SOURCES_IN_WORDS[source]


_SOURCES_IN_WORDS: Mapping[str, Message] = {
    ASSIGNED: message("cấp trên giao"),
    OWN: message("tự đề ra"),
    REGISTERED: message("đăng ký"),
    TERM_SHARE: message("phần của nhiệm kỳ"),
}


def rating_quota(quotas: Iterable[Sourced], preferred: str) -> Sourced | None:
    """Return which of a unit's quotas rates it: the tenant's choice, else assigned, else own."""
    by_source = {quota.source: quota for quota in quotas}
    sources = (preferred, ASSIGNED, OWN)
    return next((by_source[source] for source in sources if source in by_source), None)


def with_boxes(lines: Sequence[Line], boxes: Mapping[int, int | None]) -> tuple[Line, ...]:
    """Return the lines after some units' totals were typed anew.

    A box that still holds its number keeps its line, range or percentage included; another number
    makes it a count, or a minimum where it was one. Segments and units without a box stay.
    """
    kept = {line.unit_id: line for line in lines if line.segment_id is None}
    totals = {
        **kept,
        **{
            unit_id: _line_of_box(kept.get(unit_id), unit_id, count)
            for unit_id, count in boxes.items()
        },
    }
    segments = (line for line in lines if line.segment_id is not None)
    return (*(line for line in totals.values() if line is not None), *segments)


def _line_of_box(line: Line | None, unit_id: int, count: int | None) -> Line | None:
    if count is None:
        return None
    if line is None:
        return Line(unit_id, None, Quota(Kind.COUNT.value, count))
    if line.quota.count == count:
        return line
    kind = Kind.MINIMUM if line.quota.kind == Kind.MINIMUM else Kind.COUNT
    return Line(unit_id, None, Quota(kind.value, count))


def differences(before: Iterable[Line], after: Iterable[Line]) -> tuple[Difference, ...]:
    """Return the boxes that differ, those of `after` first, in the order of their lines."""
    old = {(line.unit_id, line.segment_id): line.quota for line in before}
    new = {(line.unit_id, line.segment_id): line.quota for line in after}
    return tuple(
        Difference(*box, before=old.get(box), after=new.get(box))
        for box in {**new, **old}
        if old.get(box) != new.get(box)
    )


def is_same(lines: Iterable[Line], others: Iterable[Line]) -> bool:
    """Tell whether two versions say the same, whatever number their percentages came to."""
    return {*map(_as_written, lines)} == {*map(_as_written, others)}


def _as_written(line: Line) -> tuple[int, int | None, str, int | str]:
    return line.unit_id, line.segment_id, kind_code(line.quota), quota_code(line.quota)
