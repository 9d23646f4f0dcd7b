"""Dividing from one unit down to its last cells: which boards get a draft, and with what. Pure."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from hashlib import sha256

from app.core.errors import Refused, refused_at
from app.core.messages import Message, message
from app.quotas.criteria import Criterion, Parts, Reference, grand_total
from app.quotas.plans import TOTAL, Candidate, Plan, divide
from app.quotas.rules import Seen


class Outcome(StrEnum):
    """What becomes of a unit's board."""

    DRAFTED = "drafted"
    """It had none and gets a draft."""
    DRAFTED_ANEW = "drafted_anew"
    """What it has published divides another number, or gives to who has left; it gets a draft."""
    REPLACED = "replaced"
    """Its draft gets other numbers."""
    KEPT_DRAFT = "kept_draft"
    KEPT_PUBLISHED = "kept_published"
    """Its own numbers stay, and what is below follows from them."""
    NOTHING = "nothing"
    """It is given nothing, so there is nothing to divide."""
    IMPOSSIBLE = "impossible"
    """What it is given cannot be divided within the bounds; what is below it is left alone."""


WRITTEN = {Outcome.DRAFTED, Outcome.DRAFTED_ANEW, Outcome.REPLACED}
"""The outcomes that write a draft."""


@dataclass(frozen=True)
class Issuer:
    """A unit that gives to others: its children, and what it has given in draft or published.

    `draft` and `published` are numbers by child, None where there is no such version; `divided`
    is what the published one was given to divide, its reserve included.
    """

    unit_id: int
    children: tuple[Candidate, ...]
    seen: Seen
    draft: Mapping[int, int] | None = None
    published: Mapping[int, int] | None = None
    divided: int | None = None

    def stands(self, given: int) -> bool:
        """Tell whether what is published still divides what is given, among today's children."""
        today = {child.unit_id for child in self.children}
        return bool(self.published) and self.divided == given and today >= {*(self.published or ())}


@dataclass(frozen=True)
class BoardBelow:
    """What one board comes to: what its unit is `given`, what it gives, by child.

    `is_equal` tells that it was divided equally since nothing asked for was known there, `unknown`
    how many children weigh less than they may deserve since something asked for is not known.
    """

    unit_id: int
    given: int
    outcome: Outcome
    seen: Seen
    numbers: Mapping[int, int] = field(default_factory=dict)
    is_equal: bool = False
    unknown: int = 0
    problem: Message | None = None


def cascade(
    plan: Plan, top_id: int, available: int | None, issuers: Mapping[int, Issuer], *, replaces: bool
) -> tuple[BoardBelow, ...]:
    """Return the boards from a unit down, parents first; cells give nothing and have none.

    What the top unit has given already stays; what others have drafted too, unless this `replaces`
    it. Refused when the top has nothing to give.
    """
    boards: list[BoardBelow] = []
    waiting = deque([(top_id, _given(plan, issuers[top_id], available))])
    while waiting:
        unit_id, given = waiting.popleft()
        issuer = issuers.get(unit_id)
        if issuer is None or not issuer.children:
            continue
        kept = _standing(issuer, given) if unit_id == top_id else None
        board = kept or _board(_below(plan), issuer, given, may_replace=replaces)
        boards.append(board)
        waiting.extend(board.numbers.items())
    return tuple(boards)


def digest(boards: tuple[BoardBelow, ...]) -> str:
    """Return what tells two cascades apart, so that what is done is what was looked at."""
    said = [
        (board.unit_id, board.outcome.value, str(board.seen), sorted(board.numbers.items()))
        for board in boards
    ]
    return sha256(repr(said).encode()).hexdigest()


def _given(plan: Plan, top: Issuer, available: int | None) -> int:
    standing = top.draft or top.published
    if standing:
        return sum(standing.values())
    given = plan.total if plan.total is not None else available
    if given is None:
        raise refused_at(TOTAL, message("Chưa được cấp trên giao số nào; hãy ghi tổng cần phân."))
    return given


def _standing(top: Issuer, given: int) -> BoardBelow | None:
    """Return the board of the top as it is; None where it has given nothing yet."""
    if top.draft:
        return _kept(top, given, Outcome.KEPT_DRAFT, top.draft)
    if top.published:
        return _kept(top, given, Outcome.KEPT_PUBLISHED, top.published)
    return None


def _below(plan: Plan) -> Plan:
    """Return the plan for a board whose total is what its unit is given."""
    return replace(plan, total=None, growth=None)


def _board(plan: Plan, issuer: Issuer, given: int, *, may_replace: bool) -> BoardBelow:
    has_draft = bool(issuer.draft)
    if has_draft and not may_replace:
        return _kept(issuer, given, Outcome.KEPT_DRAFT, issuer.draft)
    if not has_draft and issuer.stands(given):
        return _kept(issuer, given, Outcome.KEPT_PUBLISHED, issuer.published)
    if given == 0:
        return BoardBelow(issuer.unit_id, given, Outcome.NOTHING, issuer.seen)
    parts = _parts_known(plan.parts, [child.reference for child in issuer.children])
    try:
        division = divide(
            replace(plan, parts=parts or {Criterion.EQUALLY: 1}), issuer.children, given
        )
    except Refused as refusal:
        return BoardBelow(
            issuer.unit_id, given, Outcome.IMPOSSIBLE, issuer.seen, problem=refusal.message
        )
    outcome = Outcome.DRAFTED_ANEW if issuer.published else Outcome.DRAFTED
    return BoardBelow(
        issuer.unit_id,
        given,
        Outcome.REPLACED if has_draft else outcome,
        issuer.seen,
        {unit_id: share.number for unit_id, share in division.shares.items()},
        is_equal=not parts,
        unknown=len(set().union(*division.unknown.values())),
    )


def _kept(
    issuer: Issuer, given: int, outcome: Outcome, numbers: Mapping[int, int] | None
) -> BoardBelow:
    return BoardBelow(issuer.unit_id, given, outcome, issuer.seen, numbers or {})


def _parts_known(parts: Parts, known: list[Reference]) -> Parts:
    """Leave out the criteria that are nothing for every child of a board."""
    return {
        criterion: part
        for criterion, part in parts.items()
        if part and grand_total(known, criterion)
    }
