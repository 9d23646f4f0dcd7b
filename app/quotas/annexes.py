"""The annex of a distribution: the paper that goes with the decision, as a report.

In Vietnamese, as every paper of the Party is: the caller speaks it while the annex is drawn up.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.core.periods import Period
from app.measures.queries import SegmentRow
from app.quotas.decided import DecidedVersion, GivenRow
from app.quotas.queries import VersionRow
from app.quotas.rules import Kind, Quota, in_words
from app.reports.definition import Column, Report, Row, Value
from app.reports.drawing import cell_text
from app.reports.rules import (
    Issuer,
    Layout,
    PaperForm,
    day_in_words,
    document_in_words,
    letterhead,
    signature,
)
from app.web.i18n import render_message

_WIDTH_OF_NAME = 40
_WIDTH_OF_NUMBER = 11
_WIDTH_OF_REMARK = 24


@dataclass(frozen=True)
class Stationery:
    """What an annex is drawn up on: how papers look that day, and what its unit has set."""

    form: PaperForm
    layout: Layout
    superior_name: str | None
    kept_by: str


@dataclass(frozen=True)
class _Segment:
    """A column of sub-quotas; `is_minimum` where each of them says at least."""

    id: int
    name: str
    is_minimum: bool


def annex(decided: DecidedVersion, paper: Stationery) -> Report:
    """Return the annex of a version; that of a draft bears its mark."""
    version = decided.version
    segments = _segments(decided.rows)
    remarks = [_remarks(row, segments) for row in decided.rows]
    columns = tuple(_columns(segments, has_remarks=any(remarks)))
    issuer = Issuer(decided.unit.name, paper.superior_name)
    day = None if decided.is_draft else version.decided_on
    return Report(
        name=f"Phụ lục {decided.period} {decided.measure.name}",
        title="PHỤ LỤC",
        subtitles=(
            _what(decided),
            _attached_to(version, paper.layout.issuer_name or decided.unit.name),
        ),
        columns=columns,
        rows=tuple(
            Row(values[: len(columns)], is_total=is_total)
            for values, is_total in _rows(decided, segments, remarks)
        ),
        kept_by=paper.kept_by,
        letterhead=letterhead(paper.form, paper.layout, issuer, day),
        margins=paper.form.margins,
        notes=tuple(_notes(decided, segments)),
        signature=signature(paper.form, paper.layout),
        copies_to=paper.layout.recipients,
        mark=paper.form.draft_mark if decided.is_draft else None,
    )


def period_in_words(period: Period) -> str:
    """Write năm 2022, nhiệm kỳ 2020-2025, quý III năm 2022, tháng 9 năm 2022, or both its days."""
    code = str(period)
    years, _, part = code.partition("-")
    if code.isdigit():
        return f"năm {code}"
    if part.startswith("Q"):
        return f"quý {('I', 'II', 'III', 'IV')[int(part[1]) - 1]} năm {years}"
    if ".." in code:
        return f"từ {cell_text(period.start)} đến {cell_text(period.last_day)}"
    if period.is_within_a_year:
        return f"tháng {period.start.month} năm {years}"
    return f"nhiệm kỳ {code}"


def _what(decided: DecidedVersion) -> str:
    name = decided.measure.name[:1].lower() + decided.measure.name[1:]
    period = period_in_words(decided.period)
    return f"Chỉ tiêu {name} {period} giao cho các tổ chức trực thuộc"


def _attached_to(version: VersionRow, issuer: str) -> str:
    if version.decision_no is None or version.decided_on is None:
        return "(Kèm theo Quyết định số ……………, ngày …… tháng …… năm ………)"
    document = document_in_words(version.decision_no)
    return f"(Kèm theo {document}, {day_in_words(version.decided_on)} của {issuer})"


def _segments(rows: Sequence[GivenRow]) -> tuple[_Segment, ...]:
    """Return the segments of any line, each once."""
    quotas: dict[SegmentRow, list[Quota]] = defaultdict(list)
    for segment, quota in (given for row in rows for given in row.segments):
        quotas[segment].append(quota)
    return tuple(
        _Segment(segment.id, segment.name, all(q.kind == Kind.MINIMUM for q in quotas[segment]))
        for segment in sorted(quotas, key=lambda segment: segment.slot)
    )


def _columns(segments: Sequence[_Segment], *, has_remarks: bool) -> Iterator[Column]:
    yield Column("STT", width=5, is_number=True)
    yield Column("Tên tổ chức đảng", width=_WIDTH_OF_NAME)
    yield Column("Tổng số", width=_WIDTH_OF_NUMBER, is_number=True)
    all_at_least = all(segment.is_minimum for segment in segments)
    for segment in segments:
        says_so = segment.is_minimum and not all_at_least
        yield Column(
            f"{segment.name} (ít nhất)" if says_so else segment.name,
            width=_WIDTH_OF_NUMBER,
            is_number=True,
            group="Trong đó ít nhất" if all_at_least else "Trong đó",
        )
    if has_remarks:
        yield Column("Ghi chú", width=_WIDTH_OF_REMARK)


def _rows(
    decided: DecidedVersion, segments: Sequence[_Segment], remarks: Sequence[str | None]
) -> Iterator[tuple[tuple[Value, ...], bool]]:
    """Yield the rows with whether they are totals; the remark comes last, shown or not."""
    by_segment = [{given.id: quota.count for given, quota in row.segments} for row in decided.rows]
    for number, row in enumerate(decided.rows):
        counts = (by_segment[number].get(segment.id) for segment in segments)
        total = row.quota.count if row.quota else None
        yield (number + 1, row.unit_name, total, *counts, remarks[number]), False
    # One segment may be added over units, whose people differ; segments never to each other.
    under = [sum(counts.get(segment.id, 0) for counts in by_segment) for segment in segments]
    nothing = (None,) * (len(segments) + 1)
    weighed = decided.weighed
    yield (None, "Tổng cộng", weighed.distributed, *under, None), True
    if weighed.reserve:
        yield (None, "Dự phòng", weighed.reserve, *nothing), True
        yield (None, "Chỉ tiêu được giao", weighed.assigned, *nothing), True


def _notes(decided: DecidedVersion, segments: Sequence[_Segment]) -> Iterator[str]:
    if len(decided.rows) < decided.children:
        yield f"Giao cho {len(decided.rows)} trong {decided.children} tổ chức trực thuộc."
    if segments:
        yield "Một người có thể thuộc nhiều cơ cấu, nên các cột “Trong đó” không cộng với nhau."
    if decided.version.reserve_reason:
        yield f"Lý do dự phòng: {decided.version.reserve_reason}"


def _remarks(row: GivenRow, segments: Sequence[_Segment]) -> str | None:
    """Say what more there is to the quotas of a unit than numbers and heads of columns."""
    said_above = {segment.id for segment in segments if segment.is_minimum}
    named = ((f"{s.name}: ", quota) for s, quota in row.segments if s.id not in said_above)
    words = ((name, in_words(quota)) for name, quota in (("", row.quota), *named) if quota)
    return "; ".join(name + render_message(said) for name, said in words if said) or None
