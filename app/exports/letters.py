"""What a unit has written to others, and what was written to it."""

from collections.abc import Callable, Iterator

from app.exports.tables import ORDINAL, UNIT, Asked, Table, exported, numbered
from app.reminders.pages import LetterRow, letter_row
from app.reminders.queries import LETTERS_ON_A_PAGE, Letter, letters_by, letters_to
from app.reports.definition import Column, Value
from app.web.formats import day
from app.web.guards import Permission

_ABOUT = (
    Column("Loại", width=16),
    Column("Về việc", width=24),
    Column("Ngày gửi", width=12),
    Column("Khi gửi", width=22),
    Column("Hiện nay", width=18),
)


@exported("reminders", Permission.REMIND)
def sent(asked: Asked) -> Table:
    """Return all that a unit has written to others, and who has read it."""
    return Table(
        title="Đôn đốc, biểu dương đã gửi",
        subtitles=(f"Đến ngày {day(asked.context.today)}",),
        columns=(ORDINAL, UNIT, *_ABOUT, Column("Người đọc", width=24)),
        rows=numbered(
            (row.letter.unit, *_values(row), row.read_by or "chưa đọc")
            for row in _all(letters_by, asked)
        ),
    )


@exported("inbox")
def received(asked: Asked) -> Table:
    """Return all that was written to a unit, and by whom it was read."""
    return Table(
        title="Thư đến",
        subtitles=(f"Đến ngày {day(asked.context.today)}",),
        columns=(
            ORDINAL,
            Column("Nơi gửi", width=38),
            *_ABOUT,
            Column("Người đọc", width=24),
        ),
        rows=numbered(
            (row.letter.sender, *_values(row), row.read_by or "chưa đọc")
            for row in _all(letters_to, asked)
        ),
    )


def _values(row: LetterRow) -> tuple[Value, ...]:
    return (row.kind, row.about, row.letter.sent_on, row.figures, row.since)


def _all(page: Callable[..., tuple[Letter, ...]], asked: Asked) -> Iterator[LetterRow]:
    """Go through all letters, of which one page is read at a time."""
    offset, has_more = 0, True
    while has_more:
        found = page(asked.context, asked.unit.id, offset=offset)
        yield from (letter_row(letter, "") for letter in found[:LETTERS_ON_A_PAGE])
        has_more = len(found) > LETTERS_ON_A_PAGE
        offset += LETTERS_ON_A_PAGE
