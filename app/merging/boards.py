"""What the Centre gave several tenants, on one board: each unit holds what it held, at every date.

Each published version of either side gets the lines that the other side had in force when it was
decided, or that side's first ones. So whatever day is asked for, every unit's quota is as before.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import count

from sqlalchemy import text

from app.core.database import db
from app.merging.copying import INCOMING
from app.tenants.context import Context

_CENTRAL = text(
    """
    SELECT d.id, d.source, d.measure_id, d.period::text AS period, d.version, d.state,
           d.decided_on, d.assigned, d.reserve
    FROM distribution d
    WHERE d.tenant_id = :tenant AND d.issuer_id IS NULL
    ORDER BY d.decided_on NULLS LAST, d.version
    """
)

_ADD_LINES = text(
    """
    INSERT INTO quota_line
        (tenant_id, distribution_id, unit_id, segment_id, kind, count, upper_count, percent, base)
    SELECT l.tenant_id, :to, l.unit_id, l.segment_id, l.kind, l.count, l.upper_count, l.percent,
           l.base
    FROM quota_line l
    WHERE l.tenant_id = :tenant AND l.id = ANY (:lines)
    RETURNING id
    """
)

_LINES = text(
    """
    SELECT l.distribution_id, l.id FROM quota_line l
    WHERE l.tenant_id = :tenant AND l.distribution_id = ANY (:distributions)
    """
)

_SET = text(
    """
    UPDATE distribution d
    -- Below zero, out of the way of the numbers that others still have.
    SET version = :version, state = :state, assigned = :assigned, reserve = :reserve,
        cause = CASE WHEN d.cause IS NULL AND :version < -1 THEN :cause ELSE d.cause END
    WHERE d.tenant_id = :tenant AND d.id = :id
    """
)

_TURN_NUMBERS = text(
    """
    UPDATE distribution d SET version = -d.version
    WHERE d.tenant_id = :tenant AND d.issuer_id IS NULL AND d.version < 0
    """
)


@dataclass(frozen=True)
class _Version:
    id: int
    version: int
    state: str
    decided_on: date | None
    assigned: int | None
    reserve: int

    @property
    def is_incoming(self) -> bool:
        return self.version > INCOMING


def join_central_boards(context: Context, *, cause: str) -> None:
    """Make one board of what the Centre gave the receiver and what it gave the old tenant."""
    boards: dict[tuple[str, int, str], list[_Version]] = defaultdict(list)
    for row in db.session.execute(_CENTRAL, {"tenant": context.tenant_id}):
        boards[row.source, row.measure_id, row.period].append(
            _Version(row.id, row.version, row.state, row.decided_on, row.assigned, row.reserve)
        )
    for versions in boards.values():
        if any(version.is_incoming for version in versions):
            _join(context, versions, cause)
    db.session.execute(_TURN_NUMBERS, {"tenant": context.tenant_id})


def _join(context: Context, versions: Sequence[_Version], cause: str) -> None:
    published = [version for version in versions if version.state != "draft"]
    lines = _lines(context, published)
    sides = {
        is_incoming: [version for version in published if version.is_incoming is is_incoming]
        for is_incoming in (False, True)
    }
    numbers = count(1)
    for version in published:
        other = _beside(version, sides[not version.is_incoming])
        if other is not None and lines[other.id]:
            db.session.execute(
                _ADD_LINES,
                {"tenant": context.tenant_id, "to": version.id, "lines": lines[other.id]},
            )
        is_last = version is published[-1]
        _renumber(
            context,
            version,
            number=next(numbers),
            state="published" if is_last else "superseded",
            other=other,
            cause=cause,
        )
    for draft in versions:
        if draft.state == "draft":
            _renumber(context, draft, number=next(numbers), state="draft", other=None, cause=cause)


def _beside(version: _Version, others: Sequence[_Version]) -> _Version | None:
    """Return what the other side had in force when a version was decided, else its first one."""
    decided = version.decided_on or date.max
    before = [other for other in others if other.decided_on and other.decided_on <= decided]
    if before:
        return before[-1]
    return others[0] if others else None


def _lines(context: Context, versions: Sequence[_Version]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for row in db.session.execute(
        _LINES,
        {"tenant": context.tenant_id, "distributions": [version.id for version in versions]},
    ):
        found[row.distribution_id].append(row.id)
    return found


def _renumber(
    context: Context,
    version: _Version,
    *,
    number: int,
    state: str,
    other: _Version | None,
    cause: str,
) -> None:
    held = [each.assigned for each in (version, other) if each is not None]
    known = [assigned for assigned in held if assigned is not None]
    db.session.execute(
        _SET,
        {
            "tenant": context.tenant_id,
            "id": version.id,
            "version": -number,
            "state": state,
            "assigned": sum(known) if known else None,
            "reserve": version.reserve + (other.reserve if other else 0),
            "cause": cause,
        },
    )
