"""What a division of a board shows: the figures weighed, each box before and after, and why."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from app.core.messages import Message, message
from app.measures.queries import SegmentRow
from app.quotas.allocation import Share, Why
from app.quotas.allocation_forms import CAP, FLOOR, bound_name
from app.quotas.boards import Board
from app.quotas.boxes import BoxKey
from app.quotas.criteria import CRITERION_NAMES, Reference
from app.quotas.grid import BOX, NOTE, suffix
from app.quotas.pages import segment_codes_of
from app.quotas.plans import Candidate, Division
from app.quotas.rules import Kind, Quota
from app.units.rows import UnitRow
from app.web.i18n import render_message
from app.web.languages import ENGLISH, language


@dataclass(frozen=True)
class Column:
    """A column of a board that is to be divided, with what is known of each child."""

    board: Board
    segment: SegmentRow | None
    known: Mapping[int, Reference]

    def key(self, unit: UnitRow) -> BoxKey:
        """Return the box of a child in this column."""
        return BoxKey(unit.id, self.segment.id if self.segment else None)

    def quota(self, unit: UnitRow) -> Quota | None:
        """Return what stands in the box of a child."""
        return self.board.quotas.get(self.key(unit))

    def count(self, unit: UnitRow) -> int | None:
        """Return the number that stands in the box of a child."""
        quota = self.quota(unit)
        return None if quota is None else quota.count

    def is_held(self, unit: UnitRow) -> bool:
        """Tell whether the box of a child keeps its number; that of one that has left does."""
        mark = self.board.marks.get(self.key(unit))
        has_left = not unit.path.startswith(self.board.unit.path)
        return has_left or (mark is not None and mark.is_held)


@dataclass(frozen=True)
class Typed:
    """The bounds of single boxes as typed and what is wrong with them, by the names of fields."""

    bounds: Mapping[str, str] = field(default_factory=dict)
    problems: Mapping[str, Message] = field(default_factory=dict)


NOTHING_TYPED = Typed()


@dataclass(frozen=True)
class WeighedRow:
    """A child with what is known of it and the bounds that were typed for its box."""

    unit: UnitRow
    known: Reference
    now: int | None
    is_held: bool
    floor_name: str
    floor: str
    floor_error: str | None
    cap_name: str
    cap: str
    cap_error: str | None


@dataclass(frozen=True)
class DividedRow:
    """A box before and after, what it would have got exactly, and why it gets its number."""

    unit: UnitRow
    before: int | None
    after: int | None
    change: int
    why: str


@dataclass(frozen=True)
class DivisionPage:
    """What a plan comes to. `fields` are those that the board takes to make it the draft.

    `unknown` names the children that weighed nothing by a criterion because it is not known.
    """

    rows: tuple[DividedRow, ...]
    total: int
    before: int
    fields: tuple[tuple[str, str], ...]
    unknown: tuple[tuple[str, str], ...]


_WHY: Mapping[Why, Message] = {
    Why.FLOOR: message("theo mức ít nhất"),
    Why.CAP: message("theo mức nhiều nhất"),
    Why.HELD: message("ô đang giữ"),
    Why.NO_WEIGHT: message("không có căn cứ để phân"),
}


def candidates(column: Column) -> tuple[Candidate, ...]:
    """Return the boxes of a column as a plan takes them."""
    return tuple(
        Candidate(
            row.unit.id,
            row.unit.code,
            column.known[row.unit.id],
            (column.count(row.unit) or 0) if column.is_held(row.unit) else None,
        )
        for row in column.board.rows
    )


def weighed_rows(column: Column, typed: Typed) -> tuple[WeighedRow, ...]:
    """Return the rows of the form; what was typed stands in them as it was typed."""
    return tuple(
        WeighedRow(
            unit=row.unit,
            known=column.known[row.unit.id],
            now=column.count(row.unit),
            is_held=column.is_held(row.unit),
            floor_name=floor,
            floor=typed.bounds.get(floor, ""),
            floor_error=_words(typed.problems.get(floor)),
            cap_name=cap,
            cap=typed.bounds.get(cap, ""),
            cap_error=_words(typed.problems.get(cap)),
        )
        for row in column.board.rows
        for floor, cap in ((bound_name(FLOOR, row.unit.id), bound_name(CAP, row.unit.id)),)
    )


def division_page(column: Column, division: Division) -> DivisionPage:
    """Arrange a division in the order of the board."""
    rows = tuple(_divided(column, division))
    return DivisionPage(
        rows=rows,
        total=division.total,
        before=sum(row.before or 0 for row in rows),
        fields=tuple(_fields(column, rows)),
        unknown=tuple(_unknown(column, division)),
    )


def in_words(share: Share) -> str:
    """Say why a box got its number."""
    if share.why in _WHY:
        return render_message(_WHY[share.why])
    exact = _decimal(share.exact)
    if share.why is Why.EXACT:
        return render_message(message("đúng phần của mình"))
    if share.why is Why.ROUNDED_UP:
        return render_message(message("phần đúng là %(exact)s, làm tròn lên", exact=exact))
    return render_message(message("phần đúng là %(exact)s, làm tròn xuống", exact=exact))


def _divided(column: Column, division: Division) -> Iterator[DividedRow]:
    for row in column.board.rows:
        share = division.shares[row.unit.id]
        before = column.count(row.unit)
        # A held box without a number stays without one.
        after = before if share.why is Why.HELD else share.number
        yield DividedRow(row.unit, before, after, (after or 0) - (before or 0), in_words(share))


def _unknown(column: Column, division: Division) -> Iterator[tuple[str, str]]:
    names = {row.unit.id: row.unit.name for row in column.board.rows}
    for criterion, units in division.unknown.items():
        yield (
            render_message(CRITERION_NAMES[criterion]),
            ", ".join(name for unit_id, name in names.items() if unit_id in units),
        )


def _fields(column: Column, rows: tuple[DividedRow, ...]) -> Iterator[tuple[str, str]]:
    """Yield the boxes that change as the board's own form names them."""
    codes = segment_codes_of(column.board)
    for row in rows:
        if row.after == row.before:
            continue
        key, before = column.key(row.unit), column.quota(row.unit)
        ending = suffix(key, codes)
        is_minimum = before is not None and before.kind == Kind.MINIMUM
        yield BOX + ending, f"≥{row.after}" if is_minimum else str(row.after)
        mark = column.board.marks.get(key)
        if mark and mark.note:
            yield NOTE + ending, mark.note


def _decimal(exact: Fraction) -> str:
    hundredths = (Decimal(exact.numerator) / exact.denominator).quantize(
        Decimal("0.01"), ROUND_HALF_UP
    )
    text = f"{hundredths}"
    return text if language() == ENGLISH else text.replace(".", ",")


def _words(problem: Message | None) -> str | None:
    return render_message(problem) if problem else None
