"""Whether what many editors were answered can have happened, one after the other, as stored.

Of each board the numbers of versions and saves tell the one order in which its changes can have
come about. They are done again here by plain arithmetic, without the program's own rules, and
compared with what the database holds and with all that anybody was shown.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import text

from app.core.database import db
from app.quotas.queries import lines_of, versions
from app.quotas.rules import BoardKey, Line, Seen
from app.tenants.context import tenant_transaction

Numbers = dict[int, int]
"""What children are given, by unit."""

_UNBALANCED = text(
    """
    SELECT count(*), count(*) FILTER (WHERE assigned <> reserve + distributed)
    FROM (
        SELECT assigned, reserve, (
            SELECT coalesce(sum(count), 0) FROM quota_line
            WHERE quota_line.tenant_id = distribution.tenant_id
              AND distribution_id = distribution.id AND segment_id IS NULL
        ) AS distributed
        FROM distribution
        WHERE tenant_id = :tenant_id AND state <> 'draft' AND issuer_id IS NOT NULL
    ) AS published
    """
)


@dataclass(frozen=True)
class Written:
    """What was acknowledged: it took a board from what its editor had seen to something new.

    A transfer tells only the version that it made; whose yes carried it out is its editor.
    """

    kind: str
    board: BoardKey
    editor: str
    before: Seen
    after: Seen
    boxes: Mapping[int, int] = field(default_factory=dict)
    moved: tuple[int, int, int] | None = None


@dataclass(frozen=True)
class Shown:
    """What somebody was shown of a board; `editor` is named to whoever lost a conflict."""

    board: BoardKey
    seen: Seen
    numbers: Numbers
    editor: str | None = None
    is_conflict: bool = False


@dataclass(frozen=True)
class Verdict:
    """What the replay found; every list is empty when nothing went wrong."""

    lost: list[str]
    unbalanced: int
    misled: list[str]
    published: int

    @property
    def is_clean(self) -> bool:
        """Whether nothing was lost, unbalanced or told wrongly."""
        return not (self.lost or self.unbalanced or self.misled)


@dataclass
class _Board:
    """A board as the replay has it."""

    seen: Seen = field(default_factory=lambda: Seen(0, 0))
    published: Numbers = field(default_factory=dict)
    draft: Numbers | None = None
    versions: dict[int, Numbers] = field(default_factory=dict)
    was: dict[Seen, tuple[Numbers, str | None]] = field(
        default_factory=lambda: {Seen(0, 0): ({}, None)}
    )

    @property
    def current(self) -> Numbers:
        return self.published if self.draft is None else self.draft

    def take(self, event: Written) -> None:
        """Do again what was acknowledged."""
        version, saves = self.seen.version, self.seen.draft
        if event.kind == "save":
            self.draft = {**self.current, **event.boxes}
            self.seen = Seen(version, saves + 1)
        else:
            if event.moved:
                self.published = _moved(self.published, event.moved)
                self.draft = self.draft and _moved(self.draft, event.moved)
            else:
                self.published, self.draft = self.current, None
            self.versions[version + 1] = self.published
            self.seen = Seen(version + 1, saves + 1 if self.draft else 0)
        self.was[self.seen] = (self.current, event.editor)


def judge(tenant: str, written: Iterable[Written], shown: Sequence[Shown]) -> Verdict:
    """Replay what was acknowledged and compare it with what is stored and what was shown."""
    by_board: dict[BoardKey, list[Written]] = defaultdict(list)
    for event in written:
        by_board[event.board].append(event)
    boards = {key: _Board() for key in {found.board for found in shown}}
    lost: list[str] = []
    with tenant_transaction(tenant) as context:
        for key, board in boards.items():
            lost += _replay(board, by_board[key])
            found = versions(context, key)
            ids = {row.id: row for row in (*found.published, found.draft) if row}
            lines = lines_of(context, ids)
            stored = {row.version: numbers_of(lines[row.id]) for row in found.published}
            draft = numbers_of(lines[found.draft.id]) if found.draft else None
            if (found.seen, stored, draft) != (board.seen, board.versions, board.draft):
                lost.append(f"{key}: stored {found.seen}, replayed {board.seen}, or other numbers")
        parameters = {"tenant_id": context.tenant_id}
        published, unbalanced = db.session.execute(_UNBALANCED, parameters).one()
    misled = [str(found) for found in shown if not _is_true(found, boards[found.board])]
    return Verdict(lost=lost, unbalanced=unbalanced, misled=misled, published=published)


def numbers_of(lines: Iterable[Line]) -> Numbers:
    """Return what lines give in all, by unit."""
    return {line.unit_id: line.quota.count for line in lines if line.segment_id is None}


def _replay(board: _Board, events: Iterable[Written]) -> list[str]:
    """Do events in their order; return those that have no place in it."""
    waiting: dict[Seen, list[Written]] = defaultdict(list)
    for event in events:
        waiting[event.before].append(event)
    lost = []
    while True:
        version = board.seen.version
        found = waiting.pop(board.seen, None) or waiting.pop(Seen(version, -1), None)
        if found is None:
            break
        first, *others = found
        lost += [f"saved over by {first}: {event}" for event in others]
        board.take(first)
        after = board.seen if first.after.draft >= 0 else Seen(board.seen.version, -1)
        if first.after != after:
            lost.append(f"answered {first.after}, came to {after}: {first}")
    return lost + [f"never came about: {event}" for those in waiting.values() for event in those]


def _is_true(shown: Shown, board: _Board) -> bool:
    numbers, editor = board.was.get(shown.seen, (None, None))
    return shown.numbers == numbers and (not shown.is_conflict or shown.editor == editor)


def _moved(numbers: Mapping[int, int], moved: tuple[int, int, int]) -> Numbers:
    """Move between two children; a draft where the giver has too little stays as it is."""
    giver, taker, count = moved
    if numbers.get(giver, -1) < count:
        return dict(numbers)
    return {**numbers, giver: numbers[giver] - count, taker: numbers.get(taker, 0) + count}
