"""The board as its page shows it: boxes with what was typed, the totals, and what changed."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from flask_babel import gettext

from app.core.numbers import percentage
from app.quotas.boards import Board, BoardRow
from app.quotas.boxes import BoxKey, box_text, with_quotas
from app.quotas.criteria import Reference
from app.quotas.grid import (
    BOX,
    Content,
    Problems,
    TypedBoard,
    box_keys,
    read_board,
    stored_contents,
    suffix,
    was_text,
)
from app.quotas.rules import (
    Balance,
    Base,
    Difference,
    Line,
    Quota,
    balance,
    differences,
    in_words,
    rating_quota,
    source_in_words,
)
from app.units.rows import UnitRow
from app.web.formats import NOTHING, whole_number
from app.web.i18n import render_message
from app.web.languages import language


@dataclass(frozen=True)
class Box:
    """An entry of the board: what it holds, how that is read, and what is wrong with it.

    `ending` names its fields. `text` is the quota as readers see it; `meaning` the number that a
    percentage came to.
    """

    ending: str
    column: str
    content: Content
    text: str
    meaning: int | None
    error: str | None


@dataclass(frozen=True)
class Row:
    """A child with its boxes, the first of which is its quota in all, and what is known of it."""

    unit: UnitRow
    boxes: tuple[Box, ...]
    known: Reference

    @property
    def text(self) -> str:
        """The quota in all, as readers see it."""
        return self.boxes[0].text

    @property
    def segments(self) -> tuple[str, ...]:
        """The quotas of segments in words."""
        return tuple(f"{box.column}: {box.text}" for box in self.boxes[1:] if box.content.text)


@dataclass(frozen=True)
class BoardPage:
    """What the page of the board shows; an error without a box has no place to lead to.

    `seen` and `was` are what its form carries: what the editor has before them.
    """

    board: Board
    boxes: tuple[Row, ...]
    weighed: Balance
    errors: tuple[tuple[str, str | None], ...]
    base: Base
    seen: str
    was: str


@dataclass(frozen=True)
class HeldQuota:
    """A quota of the board's own unit: from where, how many, and how far it is reached."""

    source: str
    text: str
    percent: Decimal | None
    is_rating: bool


@dataclass(frozen=True)
class ChangedRow:
    """A unit, or one segment of it, whose quota differs between two versions."""

    name: str
    segment: str | None
    before: str
    after: str
    change: int


def board_page(
    board: Board,
    known: Mapping[int, Reference] = MappingProxyType({}),
    *,
    typed: TypedBoard | None = None,
    problems: Problems = MappingProxyType({}),
) -> BoardPage:
    """Arrange a board; what was typed and refused stands in its boxes as it was typed.

    The form then carries on with what its editor had seen, not with what others have saved since.
    """
    codes = segment_codes_of(board)
    stored = contents_of(board)
    contents = {**stored, **typed.contents} if typed else stored
    return BoardPage(
        board=board,
        boxes=tuple(
            Row(
                row.unit,
                tuple(_boxes(board, row, contents, problems)),
                known.get(row.unit.id, Reference()),
            )
            for row in board.rows
        ),
        weighed=balance(board.held, _lines_typed(board, typed, known)),
        errors=tuple(_errors(board, problems)),
        base=typed.base if typed else board.base,
        seen=typed.seen if typed else str(board.versions.seen),
        was=typed.was if typed else was_text(stored, codes),
    )


def held_quotas(board: Board, done: int, preferred: str) -> tuple[HeldQuota, ...]:
    """Set the unit's quotas of every source side by side; one of them rates it."""
    rating = rating_quota(board.figures, preferred)
    return tuple(
        HeldQuota(
            render_message(source_in_words(figure.source)),
            quota_text(figure.quota),
            percentage(done, figure.count),
            figure is rating,
        )
        for figure in board.figures
    )


def contents_of(board: Board) -> dict[BoxKey, Content]:
    """Return what every box of a board holds."""
    keys = box_keys([row.unit.id for row in board.rows], board.segments)
    return stored_contents(keys, {k: box_text(q) for k, q in board.quotas.items()}, board.marks)


def segment_codes_of(board: Board) -> dict[int, str]:
    """Return the codes of the measure's segments by their numbers."""
    return {segment.id: segment.code for segment in (*board.segments, *board.others)}


def changed_rows(board: Board, before: Iterable[Line]) -> tuple[ChangedRow, ...]:
    """Return what the board changes against an earlier version, in the order of its rows."""
    segments = {
        shown.segment.id: shown.segment.name for row in board.rows for shown in row.segments
    }
    by_unit: dict[int, list[Difference]] = defaultdict(list)
    for difference in differences(before, board.lines):
        by_unit[difference.unit_id].append(difference)
    return tuple(
        ChangedRow(
            name=row.unit.name,
            segment=segments.get(difference.segment_id or 0),
            before=quota_text(difference.before),
            after=quota_text(difference.after),
            change=(_count(difference.after) or 0) - (_count(difference.before) or 0),
        )
        for row in board.rows
        for difference in by_unit[row.unit.id]
    )


def quota_text(quota: Quota | None) -> str:
    """Write a quota in words, a percentage with the number that it means; no quota as a dash."""
    if quota is None:
        return NOTHING
    words = in_words(quota)
    number = whole_number(quota.count, language())
    if words is None:
        return number
    said = render_message(words)
    return said if quota.percent is None else f"{number} ({said})"


def _boxes(
    board: Board, row: BoardRow, contents: Mapping[BoxKey, Content], problems: Problems
) -> Iterator[Box]:
    total = gettext("Chỉ tiêu %(period)s", period=str(board.key.period))
    yield _box(board, BoxKey(row.unit.id), (total, contents), problems)
    for segment in board.segments:
        key = BoxKey(row.unit.id, segment.id)
        yield _box(board, key, (segment.name, contents), problems)


def _box(
    board: Board, key: BoxKey, shown: tuple[str, Mapping[BoxKey, Content]], problems: Problems
) -> Box:
    column, contents = shown
    quota = board.quotas.get(key)
    problem = problems.get(key)
    is_percentage = quota is not None and quota.percent is not None
    return Box(
        ending=suffix(key, segment_codes_of(board)),
        column=column,
        content=contents[key],
        text=quota_text(quota),
        meaning=quota.count if quota and is_percentage else None,
        error=render_message(problem) if problem else None,
    )


def _errors(board: Board, problems: Problems) -> Iterator[tuple[str, str | None]]:
    units = {row.unit.id: row.unit for row in board.rows}
    names = {segment.id: segment.name for segment in board.segments}
    codes = segment_codes_of(board)
    for key, problem in problems.items():
        unit, words = units.get(key.unit_id), render_message(problem)
        column = f" ({names[key.segment_id]})" if key.segment_id in names else ""
        if unit:
            yield f"{unit.name}{column}: {words}", BOX + suffix(key, codes)
        else:
            yield words, None


def _lines_typed(
    board: Board, typed: TypedBoard | None, known: Mapping[int, Reference]
) -> tuple[Line, ...]:
    """Return the lines with what was typed and can be read, percentages as far as known."""
    if typed is None:
        return board.lines
    members = {unit_id: child.members or 0 for unit_id, child in known.items()}
    return with_quotas(
        board.lines,
        {
            key: quota.meaning(members.get(key.unit_id, 0)) if quota else None
            for key, quota in read_board(typed).quotas.items()
        },
    )


def _count(quota: Quota | None) -> int | None:
    return quota.count if quota else None
