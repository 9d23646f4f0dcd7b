"""How far a move of the clock is, in percent, and what it is at from there on."""

from collections.abc import Callable
from enum import IntEnum

from app.core.messages import Message, message

Tell = Callable[[int], None]
"""Says that a move has come so many percent far."""


class Stage(IntEnum):
    """Where each part of a move begins; how wide they are was measured."""

    WAITING = 0
    CLOCK = 2
    NEIGHBOURS = 4
    YEARS = 8
    QUOTAS = 30
    PEOPLE = 40
    PREVIEW = 90


_WORDS = {
    Stage.WAITING: message("Chờ đến lượt"),
    Stage.CLOCK: message("Chuyển ngày của bản trình diễn"),
    Stage.NEIGHBOURS: message("Thêm tổ chức của hai tỉnh nhập vào"),
    Stage.YEARS: message("Dựng người và kết quả các năm tiếp theo"),
    Stage.QUOTAS: message("Giao chỉ tiêu các năm"),
    Stage.PEOPLE: message("Ghi người và các bước đã qua"),
    Stage.PREVIEW: message("Xem trước lần sắp xếp"),
}


def words_at(percent: int) -> Message:
    """Say what a move is at."""
    return _WORDS[max(stage for stage in Stage if stage <= percent)]


def within_people(done: int, of: int) -> int:
    """Return how far a move is when so many of the people are recorded."""
    return Stage.PEOPLE + (Stage.PREVIEW - Stage.PEOPLE) * done // of


def tell_nobody(_percent: int) -> None:
    """Move on where nobody watches."""
