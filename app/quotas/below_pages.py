"""What becomes of each board from a unit down, as its page shows it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from app.core.messages import Message, message
from app.quotas.cascade import BoardBelow, Outcome
from app.quotas.drafting_below import BoardsBelow
from app.units.rows import UnitRow
from app.web.i18n import render_message

_WORDS: Mapping[Outcome, Message] = {
    Outcome.DRAFTED: message("Lập bản nháp"),
    Outcome.DRAFTED_ANEW: message("Lập bản nháp mới: bảng đã ban hành không còn khớp số được giao"),
    Outcome.REPLACED: message("Thay bản nháp đang có"),
    Outcome.KEPT_DRAFT: message("Giữ bản nháp đang có"),
    Outcome.KEPT_PUBLISHED: message("Giữ bảng đã ban hành"),
    Outcome.NOTHING: message("Không được giao số nào"),
    Outcome.IMPOSSIBLE: message("Không phân được"),
}


@dataclass(frozen=True)
class BelowRow:
    """One board: what its unit is given, what becomes of it, and what its children get."""

    unit: UnitRow
    given: int
    outcome: str
    note: str | None
    children: int
    least: int | None
    most: int | None


@dataclass(frozen=True)
class BelowPage:
    """All boards, how many come to which end, and what tells this from another outcome."""

    rows: tuple[BelowRow, ...]
    ends: tuple[tuple[str, int], ...]
    drafts: int
    seen: str


def below_page(planned: BoardsBelow) -> BelowPage:
    """Arrange a plan in the order of the tree, parents first."""
    ends = Counter(board.outcome for board in planned.boards)
    return BelowPage(
        rows=tuple(_row(planned, board) for board in planned.boards),
        ends=tuple((_said(_WORDS[end]), ends[end]) for end in Outcome if ends[end]),
        drafts=len(planned.written),
        seen=planned.digest,
    )


def _row(planned: BoardsBelow, board: BoardBelow) -> BelowRow:
    numbers = board.numbers.values()
    return BelowRow(
        unit=planned.units[board.unit_id],
        given=board.given,
        outcome=_said(_WORDS[board.outcome]),
        note=_note(board),
        children=len(numbers),
        least=min(numbers, default=None),
        most=max(numbers, default=None),
    )


def _note(board: BoardBelow) -> str | None:
    if board.problem is not None:
        return _said(board.problem)
    if board.is_equal:
        return _said(message("Chia đều: không nơi nào có số liệu của căn cứ đã chọn."))
    if board.unknown:
        return _said(
            message("%(count)s nơi chưa có số liệu của căn cứ đã chọn.", count=board.unknown)
        )
    return None


def _said(words: Message) -> str:
    return render_message(words)
