"""The board as its page shows it: boxes with what was typed, the totals, and what changed."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.core.errors import Refused
from app.core.messages import Message
from app.quotas.boards import Board, BoardRow
from app.quotas.rules import (
    Balance,
    Difference,
    Line,
    Quota,
    balance,
    differences,
    in_words,
    read_box,
    with_boxes,
)
from app.units.queries import UnitRow
from app.web.formats import NOTHING, whole_number
from app.web.i18n import render_message
from app.web.languages import language
from app.web.opaque import open_id, seal_id

BOX = "box-"
"""Before the sealed number of the unit in the name of its box."""


@dataclass(frozen=True)
class Box:
    """A row of the board: a child, what its box holds and what is wrong with that.

    `text` is the quota as readers see it, `note` what more there is to it than its number.
    """

    unit: UnitRow
    name: str
    value: str
    text: str
    error: str | None
    note: str | None
    last_year: int | None
    segments: tuple[str, ...]


@dataclass(frozen=True)
class BoardPage:
    """What the page of the board shows; an error without a box has no place to lead to."""

    board: Board
    boxes: tuple[Box, ...]
    weighed: Balance
    errors: tuple[tuple[str, str | None], ...]


@dataclass(frozen=True)
class ChangedRow:
    """A unit, or one segment of it, whose quota differs between two versions."""

    name: str
    segment: str | None
    before: str
    after: str
    change: int


@dataclass(frozen=True)
class ConflictRow:
    """A box of which two editors say different things."""

    unit: UnitRow
    name: str
    theirs: int | None
    mine: str


def typed_boxes(form: Mapping[str, str]) -> dict[int, str]:
    """Return what was typed into the boxes of a form, by unit."""
    return {
        open_id("unit", name.removeprefix(BOX)): text
        for name, text in form.items()
        if name.startswith(BOX)
    }


def read_boxes(typed: Mapping[int, str]) -> tuple[dict[int, int | None], dict[int, Message]]:
    """Read the boxes; return the numbers of those that are readable and what is wrong elsewhere."""
    counts: dict[int, int | None] = {}
    problems: dict[int, Message] = {}
    for unit_id, text in typed.items():
        try:
            counts[unit_id] = read_box(text)
        except Refused as refusal:
            problems[unit_id] = refusal.message
    return counts, problems


def board_page(
    board: Board,
    typed: Mapping[int, str] | None = None,
    problems: Mapping[int, Message] | None = None,
) -> BoardPage:
    """Arrange a board; what was typed and refused stands in its boxes as it was typed."""
    typed, problems = typed or {}, problems or {}
    counts, _ = read_boxes(typed)
    return BoardPage(
        board=board,
        boxes=tuple(_box(row, typed, problems) for row in board.rows),
        weighed=balance(board.held, with_boxes(board.lines, counts)),
        errors=tuple(_errors(board.rows, problems)),
    )


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


def conflict_rows(board: Board, typed: Mapping[int, str]) -> tuple[ConflictRow, ...]:
    """Return the boxes that say something else than what is stored now."""
    return tuple(
        ConflictRow(row.unit, box_name(row.unit), theirs, mine)
        for row in board.rows
        for theirs, mine in ((_count(row.quota), typed.get(row.unit.id)),)
        if mine is not None and _readable(mine) != theirs
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


def box_name(unit: UnitRow) -> str:
    """Return the name of a unit's box."""
    return BOX + seal_id("unit", unit.id)


def _box(row: BoardRow, typed: Mapping[int, str], problems: Mapping[int, Message]) -> Box:
    problem = problems.get(row.unit.id)
    stored = "" if row.quota is None else str(row.quota.count)
    words = in_words(row.quota) if row.quota else None
    return Box(
        unit=row.unit,
        name=box_name(row.unit),
        value=typed.get(row.unit.id, stored),
        text=quota_text(row.quota),
        error=render_message(problem) if problem else None,
        note=render_message(words) if words else None,
        last_year=row.last_year,
        segments=tuple(
            f"{shown.segment.name}: {quota_text(shown.quota)}" for shown in row.segments
        ),
    )


def _errors(
    rows: Sequence[BoardRow], problems: Mapping[int, Message]
) -> Iterator[tuple[str, str | None]]:
    units = {row.unit.id: row.unit for row in rows}
    for unit_id, problem in problems.items():
        unit = units.get(unit_id)
        words = render_message(problem)
        yield (f"{unit.name}: {words}", box_name(unit)) if unit else (words, None)


def _readable(text: str) -> int | str | None:
    try:
        return read_box(text)
    except Refused:
        return text


def _count(quota: Quota | None) -> int | None:
    return quota.count if quota else None
