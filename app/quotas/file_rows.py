"""Rows of a quota file: what their codes mean, and which of them contradict each other. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import cast

from sqlalchemy.dialects.postgresql import Range

from app.core.errors import Refused, refused_at
from app.core.messages import Message, message
from app.core.periods import Period, parse_period
from app.imports.rules import Column, Reject, Row, code, day, optional, text
from app.quotas.rules import (
    ASSIGNED,
    OWN,
    Base,
    Decision,
    DistributionKey,
    Kind,
    Line,
    WrittenQuota,
    base_date,
    read_document_number,
    read_kind,
    read_quota,
)

QUOTA_COLUMNS = (
    Column("issuer_code", optional(code)),
    Column("unit_code", code),
    Column("measure"),
    Column("segment", optional(text)),
    Column("period", parse_period),
    Column("kind", read_kind),
    Column("quota"),
    Column("decision_no", read_document_number),
    Column("decided_on", day),
    Column("reason", optional(text), required=False),
)
"""What a file of quotas holds."""


@dataclass(frozen=True)
class PlacedUnit:
    """A unit of the tenant, one that has ended too, with every parent that it ever had."""

    id: int
    parents: tuple[tuple[int | None, Range[date]], ...]

    def was_under(self, parent_id: int | None, period: Period, today: date) -> bool:
        """Tell whether it stood there (None: as a root) in the period, or stands there today."""
        days = Range(period.start, period.end)
        return any(
            parent == parent_id and (valid.overlaps(days) or valid.contains(today))
            for parent, valid in self.parents
        )


@dataclass(frozen=True)
class Known:
    """What the codes of a file mean in its tenant; segments are those of each measure."""

    units: Mapping[str, PlacedUnit]
    measures: Mapping[str, int]
    segments: Mapping[int, Mapping[str, int]]
    today: date


@dataclass(frozen=True)
class FileLine:
    """A row whose codes are known.

    A percentage is of the unit's `members` on the day `members_on`, which are looked up later.
    """

    row: Row
    key: DistributionKey
    unit_id: int
    segment_id: int | None
    quota: WrittenQuota
    decision: Decision
    members_on: date | None
    members: int | None = None

    @property
    def line(self) -> Line:
        """The line of the distribution."""
        return Line(self.unit_id, self.segment_id, self.quota.meaning(self.members))

    def reject(self, column: str, reason: Message) -> Reject:
        """Reject the row of this line."""
        return self.row.reject(column, reason)


@dataclass(frozen=True)
class FileDistribution:
    """A distribution as the file has it."""

    key: DistributionKey
    decision: Decision
    lines: tuple[Line, ...]


def read_lines(rows: Iterable[Row], known: Known) -> tuple[list[FileLine], list[Reject]]:
    """Return the rows whose codes, kinds and places are right, and why the others are not."""
    lines: list[FileLine] = []
    rejects: list[Reject] = []
    for row in rows:
        try:
            lines.append(_read_line(row, known))
        except Refused as refusal:
            rejects += (row.reject(wrong.field, wrong.message) for wrong in refusal.problems)
    return lines, rejects


def gather(lines: Iterable[FileLine]) -> tuple[list[FileDistribution], list[Reject]]:
    """Put lines together to distributions; reject those that contradict the ones before them.

    One distribution has one decision and one reason, which rows may leave out; a unit has one
    line in all and one for each segment.
    """
    gathered: dict[DistributionKey, _Gathered] = defaultdict(_Gathered)
    rejects: list[Reject] = []
    for line in lines:
        reject = gathered[line.key].contradiction(line)
        if reject is None:
            gathered[line.key].add(line)
        else:
            rejects.append(reject)
    return [found.distribution for found in gathered.values()], rejects


class _Gathered:
    """The lines of one distribution so far."""

    def __init__(self) -> None:
        self._lines: dict[tuple[int, int | None], FileLine] = {}
        self._first: FileLine | None = None
        self._reasoned: FileLine | None = None

    @property
    def distribution(self) -> FileDistribution:
        """The distribution, decided as its first line says."""
        if self._first is None:
            raise ValueError("the first line of a distribution contradicts nothing")
        reason = self._reasoned.decision.reason if self._reasoned else None
        return FileDistribution(
            self._first.key,
            replace(self._first.decision, reason=reason),
            tuple(line.line for line in self._lines.values()),
        )

    def contradiction(self, line: FileLine) -> Reject | None:
        """Return why a line cannot stand beside those before it."""
        first, reasoned = self._first or line, self._reasoned or line
        if line.decision.number != first.decision.number:
            return line.reject("decision_no", _differs_from(first))
        if line.decision.decided_on != first.decision.decided_on:
            return line.reject("decided_on", _differs_from(first))
        if line.decision.reason not in (None, reasoned.decision.reason):
            return line.reject("reason", _differs_from(reasoned))
        same = self._lines.get((line.unit_id, line.segment_id))
        if same is not None:
            reason = message("Tổ chức này đã có ở dòng %(row)s.", row=same.row.number)
            return line.reject("unit_code", reason)
        return None

    def add(self, line: FileLine) -> None:
        """Take a line in."""
        self._first = self._first or line
        self._lines[line.unit_id, line.segment_id] = line
        if line.decision.reason:
            self._reasoned = self._reasoned or line


def _differs_from(other: FileLine) -> Message:
    return message("Khác với dòng %(row)s của cùng bảng giao chỉ tiêu.", row=other.row.number)


def _read_line(row: Row, known: Known) -> FileLine:
    unit = _unit(known, row, "unit_code")
    issuer = _unit(known, row, "issuer_code") if row.values["issuer_code"] else None
    period = cast("Period", row.values["period"])
    _check_place(known, unit, issuer, period)
    measure_id = _code(known.measures, row, "measure")
    kind, base = cast("tuple[Kind, Base | None]", row.values["kind"])
    decided_on = cast("date", row.values["decided_on"])
    if decided_on > known.today:
        raise refused_at("decided_on", message("Ngày quyết định sau hôm nay."))
    return FileLine(
        row=row,
        key=DistributionKey(
            source=OWN if issuer == unit else ASSIGNED,
            issuer_id=issuer.id if issuer else None,
            measure_id=measure_id,
            period=period,
        ),
        unit_id=unit.id,
        segment_id=_segment_id(known, row, measure_id),
        quota=_quota(row, kind, base),
        decision=Decision(
            cast("str", row.values["decision_no"]),
            decided_on,
            cast("str | None", row.values.get("reason")),
        ),
        members_on=None if base is None else base_date(base, period, known.today),
    )


def _unit(known: Known, row: Row, column: str) -> PlacedUnit:
    unit = known.units.get(cast("str", row.values[column]))
    if unit is None:
        raise refused_at(column, message("Không có tổ chức nào mang mã này."))
    return unit


def _code(codes: Mapping[str, int], row: Row, column: str) -> int:
    found = codes.get(cast("str", row.values[column]))
    if found is None:
        raise refused_at(
            column, message("Không có mã này; dùng: %(codes)s.", codes=", ".join(codes))
        )
    return found


def _segment_id(known: Known, row: Row, measure_id: int) -> int | None:
    if row.values["segment"] is None:
        return None
    return _code(known.segments[measure_id], row, "segment")


def _check_place(known: Known, unit: PlacedUnit, issuer: PlacedUnit | None, period: Period) -> None:
    """Refuse what is given to another unit than oneself, a child or, from above, a root."""
    if unit == issuer:
        return
    if unit.was_under(issuer.id if issuer else None, period, known.today):
        return
    reason = (
        message("Tổ chức không trực thuộc nơi giao trong kỳ này.")
        if issuer
        else message("Tổ chức có cấp trên trong đảng bộ, nên phải ghi mã nơi giao.")
    )
    raise refused_at("unit_code", reason)


def _quota(row: Row, kind: Kind, base: Base | None) -> WrittenQuota:
    try:
        return read_quota(kind, base, cast("str", row.values["quota"]))
    except Refused as refusal:
        raise refused_at("quota", refusal.message) from refusal
