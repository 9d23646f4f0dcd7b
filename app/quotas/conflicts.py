"""Two editors of one board: what each box says in both versions, and who changed it."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from app.quotas.boards import Board
from app.quotas.boxes import BoxKey
from app.quotas.grid import (
    BOX,
    HELD,
    NOTE,
    Content,
    TypedBoard,
    canonical,
    suffix,
    was_text,
)
from app.quotas.pages import contents_of, segment_codes_of


class ChangedBy(StrEnum):
    """Whose change a difference is, as far as the form tells what there was before."""

    ME = "me"
    OTHER = "other"
    BOTH = "both"


@dataclass(frozen=True)
class Choice:
    """One thing of which two editors say different things, with a field for each version.

    `what` is the prefix of the field: a quota, a hold or a note.
    """

    unit_name: str
    column: str | None
    what: str
    name: str
    theirs: str
    mine: str
    changed_by: ChangedBy

    @property
    def is_mine_offered(self) -> bool:
        """Whether the editor's own version is chosen at first: unless only the other changed it."""
        return self.changed_by is not ChangedBy.OTHER


@dataclass(frozen=True)
class ConflictPage:
    """The differences, and the fields of both editors' boxes that go with whatever is chosen."""

    choices: tuple[Choice, ...]
    agreed: tuple[tuple[str, str], ...]
    mine: tuple[tuple[str, str], ...]
    seen: str
    was: str
    base: str


def conflict_page(board: Board, typed: TypedBoard) -> ConflictPage:
    """Compare what an editor sent with what is stored now."""
    stored = contents_of(board)
    choices = tuple(_choices(board, typed, stored))
    chosen = {choice.name for choice in choices}
    codes = segment_codes_of(board)
    mine = tuple(_fields(typed, stored, codes))
    return ConflictPage(
        choices=choices,
        agreed=tuple(row for row in mine if row[0] not in chosen),
        mine=mine,
        seen=str(board.versions.seen),
        was=was_text(stored, codes),
        base=typed.base.value,
    )


def _choices(board: Board, typed: TypedBoard, stored: dict[BoxKey, Content]) -> Iterator[Choice]:
    names = {row.unit.id: row.unit.name for row in board.rows}
    columns = {segment.id: segment.name for segment in board.segments}
    codes = segment_codes_of(board)
    for key, theirs in stored.items():
        mine = typed.contents.get(key)
        if mine is None:
            continue
        before = typed.before.get(key, Content()) if typed.was else None
        ending = suffix(key, codes)
        sides = [
            (what, *_values(what, typed, (before, theirs, mine))) for what in (BOX, HELD, NOTE)
        ]
        for what, was, saved, own in sides:
            if saved == own:
                continue
            yield Choice(
                unit_name=names[key.unit_id],
                column=columns.get(key.segment_id or 0),
                what=what,
                name=what + ending,
                theirs=saved,
                mine=own,
                changed_by=_changed_by(was, saved, own),
            )


def _values(
    what: str, typed: TypedBoard, contents: tuple[Content | None, Content, Content]
) -> tuple[str | None, str, str]:
    before, theirs, mine = contents

    def value(content: Content) -> str:
        if what == BOX:
            return canonical(content.text, typed.base)
        return ("1" if content.is_held else "") if what == HELD else " ".join(content.note.split())

    return (None if before is None else value(before)), value(theirs), value(mine)


def _changed_by(was: str | None, theirs: str, mine: str) -> ChangedBy:
    if was == mine:
        return ChangedBy.OTHER
    return ChangedBy.ME if was == theirs else ChangedBy.BOTH


def _fields(
    typed: TypedBoard, stored: dict[BoxKey, Content], codes: dict[int, str]
) -> Iterator[tuple[str, str]]:
    for key, content in typed.contents.items():
        if key not in stored:
            continue
        ending = suffix(key, codes)
        yield BOX + ending, content.text
        if content.is_held:
            yield HELD + ending, "1"
        if content.note:
            yield NOTE + ending, content.note
