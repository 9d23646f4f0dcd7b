"""Setting quotas: saving a draft and publishing it by a decision.

Whoever writes a distribution holds its issuer's row, so that editors of one board follow each
other. The lock is FOR NO KEY UPDATE, as is enough against each other and against a change of the
tree: it lets through the references of lines and steps to the unit, so a board stops nobody else's
work and no two boards wait for each other. Several rows are locked in the order of their numbers,
as everywhere, and the units that lines refer to before their issuer.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import (
    BigInteger,
    Date,
    Integer,
    String,
    cast,
    column,
    delete,
    func,
    insert,
    or_,
    select,
    tuple_,
    update,
    values,
)
from sqlalchemy.orm import aliased

from app.audit.commands import Change, record
from app.core.database import db
from app.core.errors import Conflict, NotAllowed, Problem, Refused
from app.core.messages import message
from app.quotas.boards import children_on_board, left_before
from app.quotas.boxes import BoxKey, Mark, key_of, with_marks, with_own_bases, with_quotas
from app.quotas.drafts import change_lines, draft_change, meanings, replace_marks
from app.quotas.in_force import as_range, held_on
from app.quotas.models import Distribution, QuotaLine
from app.quotas.queries import (
    SUBJECT,
    Versions,
    lines_of_version,
    marks_of_version,
    sets_quotas_of,
    versions,
)
from app.quotas.rules import (
    ASSIGNED,
    PUBLISHED,
    SUPERSEDED,
    Base,
    BoardKey,
    Decision,
    DistributionKey,
    Line,
    Seen,
    WrittenQuota,
    adjustment_problems,
    balance,
    decision_problems,
    differences,
    reserve_problems,
    with_boxes,
)
from app.tenants.context import Context
from app.units.models import Unit
from app.units.queries import unit_in_scope

Marks = Mapping[BoxKey, Mark]


@dataclass(frozen=True)
class NewDraft:
    """A draft to begin: `version` is the number that it would be published under."""

    key: DistributionKey
    version: int
    row_version: int = 1
    decided_on: date | None = None


@dataclass(frozen=True)
class Publication:
    """A draft about to be published, with its decision and what it was weighed to.

    `assigned` is empty for a unit's own quota, which gives nothing away.
    """

    distribution_id: int
    decision: Decision
    assigned: int | None
    reserve: int


def save_draft(
    context: Context, key: BoardKey, seen: Seen, boxes: Mapping[int, int | None]
) -> Seen:
    """Save the numbers of boxes, by unit, as the draft; return what the editor has now seen.

    Units without a box keep what they have, segments and marks stay. Otherwise as `save_board`.
    """
    return _save(
        context,
        key,
        seen,
        boxes=[BoxKey(unit_id) for unit_id in boxes],
        change=lambda lines, marks: (with_boxes(lines, boxes), marks),
    )


def save_board(
    context: Context,
    key: BoardKey,
    seen: Seen,
    boxes: Mapping[BoxKey, WrittenQuota | None],
    *,
    marks: Mapping[BoxKey, Mark],
    base: Base,
) -> Seen:
    """Save what was typed into boxes, and their marks, as the draft; return what is now seen.

    Boxes that are not among them keep what they have. `base` is what percentages were typed of.
    Conflict when the distribution is no longer as the editor saw it, unless the draft already
    says just this: then the form was sent twice. Refused names each box by its `BoxKey`.
    """

    def change(lines: Sequence[Line], kept: Marks) -> tuple[Sequence[Line], Marks]:
        written = with_own_bases(lines, boxes, base)
        return with_quotas(lines, meanings(context, key, written)), with_marks(kept, marks)

    return _save(context, key, seen, boxes=[*boxes, *marks], change=change)


def replace_draft(
    context: Context, key: BoardKey, seen: Seen, *, lines: Sequence[Line], marks: Marks
) -> Seen:
    """Make these lines and marks the draft, whatever stands in it; return what is now seen.

    Otherwise as `save_board`.
    """
    boxes = [*map(key_of, lines), *marks]
    return _save(context, key, seen, boxes=boxes, change=lambda _lines, _marks: (lines, marks))


def publish_distribution(context: Context, key: BoardKey, seen: Seen, decision: Decision) -> int:
    """Publish the draft by a decision; return the number of the version.

    Assigned is what the issuer holds from above on the day of the decision. Conflict when the
    draft is no longer the one that the editor saw.
    """
    require_acting_for(context, key.issuer_id)
    found = lock_board(context, key)
    if found.seen != seen:
        raise changed_meanwhile()
    if found.draft is None:
        raise Refused(message("Chưa có bản nháp nào để ban hành."))
    lines = lines_of_version(context, found.draft)
    if not lines:
        raise Refused(message("Bảng còn trống: chưa giao chỉ tiêu cho tổ chức nào."))
    weighed = balance(held_on(context, key, decision.decided_on), lines)
    refuse_if_any(
        *decision_problems(decision, today=context.today, not_before=last_decision(found)),
        *reserve_problems(weighed.reserve, decision.reason),
        *adjustment_problems(found.draft.version, decision.cause),
        *(
            Problem(
                str(BoxKey(unit.id)),
                message(
                    "%(unit)s không còn trực thuộc khi kỳ này bắt đầu; hãy xoá số của tổ chức đó.",
                    unit=unit.name,
                ),
            )
            for unit in left_before(context, key, lines)
        ),
    )
    publication = Publication(found.draft.id, decision, weighed.assigned, weighed.reserve)
    publish_drafts(context, (publication,))
    record(context, publication_change(publication, found.draft.version, lines))
    return found.draft.version


def lock_issuers(context: Context, unit_ids: Collection[int]) -> None:
    """Hold the rows of units until the transaction ends."""
    db.session.execute(
        select(Unit.id)
        .where(Unit.tenant_id == context.tenant_id, Unit.id.in_(unit_ids))
        .order_by(Unit.id)
        .with_for_update(key_share=True)
    )


def lock_named_units(context: Context, unit_ids: Collection[int]) -> None:
    """Keep units from being moved until the transaction ends; to be taken before their issuers.

    Lines refer to units, and a reference would take this very lock, but in no order. Taken here
    in the order of their numbers, as a mover takes them, no two wait for each other in a circle.
    """
    db.session.execute(
        select(Unit.id)
        .where(Unit.tenant_id == context.tenant_id, Unit.id.in_(unit_ids))
        .order_by(Unit.id)
        .with_for_update(read=True, key_share=True)
    )


def lock_board(
    context: Context, key: BoardKey, source: str = ASSIGNED, named: Iterable[int] = ()
) -> Versions:
    """Hold an issuer's distribution, with the units to be named on its lines; return it."""
    known = select(QuotaLine.unit_id).where(
        QuotaLine.tenant_id == context.tenant_id,
        QuotaLine.distribution_id.in_(
            select(Distribution.id).where(
                Distribution.tenant_id == context.tenant_id,
                Distribution.issuer_id == key.issuer_id,
                Distribution.measure_id == key.measure_id,
                Distribution.period == as_range(key.period),
                Distribution.source == source,
            )
        ),
    )
    lock_named_units(context, {key.issuer_id, *named, *db.session.scalars(known)})
    lock_issuers(context, (key.issuer_id,))
    return versions(context, key, source)


def insert_drafts(context: Context, drafts: Sequence[NewDraft]) -> list[int]:
    """Begin drafts without lines; return their numbers in the same order."""
    statement = insert(Distribution).returning(Distribution.id, sort_by_parameter_order=True)
    rows = [
        {
            "tenant_id": context.tenant_id,
            "source": draft.key.source,
            "issuer_id": draft.key.issuer_id,
            "measure_id": draft.key.measure_id,
            "period": as_range(draft.key.period),
            "version": draft.version,
            "row_version": draft.row_version,
            "decided_on": draft.decided_on,
        }
        for draft in drafts
    ]
    return list(db.session.execute(statement, rows).scalars()) if rows else []


def replace_lines(context: Context, lines: Mapping[int, Sequence[Line]]) -> None:
    """Give drafts, by their numbers, these lines instead of those they have."""
    db.session.execute(
        delete(QuotaLine).where(
            QuotaLine.tenant_id == context.tenant_id, QuotaLine.distribution_id.in_(lines)
        )
    )
    rows = [
        {
            "tenant_id": context.tenant_id,
            "distribution_id": distribution_id,
            "unit_id": line.unit_id,
            "segment_id": line.segment_id,
            "kind": line.quota.kind,
            "count": line.quota.count,
            "upper_count": line.quota.upper_count,
            "percent": line.quota.percent,
            "base": line.quota.base,
        }
        for distribution_id, given in lines.items()
        for line in sorted(given, key=lambda line: line.unit_id)
    ]
    if rows:
        db.session.execute(insert(QuotaLine), rows)


def publish_drafts(context: Context, publications: Sequence[Publication]) -> None:
    """Publish drafts by their decisions; of each distribution the one decided last is current.

    The database refuses at commit what does not balance or keeps a reserve without a reason.
    """
    given = values(
        column("id", BigInteger),
        column("decision_no", String),
        column("decided_on", Date),
        column("assigned", Integer),
        column("reserve", Integer),
        column("reserve_reason", String),
        column("cause", String),
        name="given",
    ).data([_published_values(publication) for publication in publications])
    db.session.execute(
        update(Distribution)
        .where(Distribution.tenant_id == context.tenant_id, Distribution.id == given.c.id)
        .values(
            state=PUBLISHED,
            decision_no=given.c.decision_no,
            decided_on=given.c.decided_on,
            assigned=cast(given.c.assigned, Integer),
            reserve=given.c.reserve,
            reserve_reason=given.c.reserve_reason,
            cause=given.c.cause,
            published_at=func.now(),
        )
    )
    supersede(context, [publication.distribution_id for publication in publications])


def publication_change(publication: Publication, version: int, lines: Sequence[Line]) -> Change:
    """Return what the trail keeps of a publication."""
    decision = publication.decision
    return Change(
        action="distribution.published",
        subject_kind=SUBJECT,
        subject_id=publication.distribution_id,
        after={
            "version": version,
            "decision_no": decision.number,
            "decided_on": decision.decided_on,
            "assigned": publication.assigned,
            "reserve": publication.reserve,
            "reason": decision.reason,
            "cause": decision.cause,
            "lines": len(lines),
        },
    )


def supersede(context: Context, published_ids: Collection[int]) -> None:
    """Let versions that stand before these, or other ones, of the same distribution be past."""
    touched = aliased(Distribution)
    later = aliased(Distribution)
    stands_after = (
        select(later.id)
        .where(
            later.tenant_id == context.tenant_id,
            later.source == Distribution.source,
            later.measure_id == Distribution.measure_id,
            later.period == Distribution.period,
            later.state == PUBLISHED,
            tuple_(later.decided_on, later.version)
            > tuple_(Distribution.decided_on, Distribution.version),
        )
        .correlate(Distribution)
    )
    of_same_issuer = later.issuer_id == Distribution.issuer_id
    of_none = later.issuer_id.is_(None) & Distribution.issuer_id.is_(None)
    db.session.execute(
        update(Distribution)
        .where(
            Distribution.tenant_id == context.tenant_id,
            Distribution.state == PUBLISHED,
            tuple_(Distribution.measure_id, Distribution.period).in_(
                select(touched.measure_id, touched.period).where(
                    touched.tenant_id == context.tenant_id, touched.id.in_(published_ids)
                )
            ),
            or_(stands_after.where(of_same_issuer).exists(), stands_after.where(of_none).exists()),
        )
        .values(state=SUPERSEDED)
    )


def _published_values(publication: Publication) -> tuple[object, ...]:
    decision = publication.decision
    return (
        publication.distribution_id,
        decision.number,
        decision.decided_on,
        publication.assigned,
        publication.reserve,
        decision.reason,
        decision.cause,
    )


def require_acting_for(context: Context, unit_id: int) -> None:
    """Refuse a unit that sets what another one decides; the command line acts for all."""
    unit_in_scope(context, unit_id)
    if not sets_quotas_of(context, unit_id):
        raise NotAllowed(
            message("Bảng giao chỉ tiêu do chính cấp ủy của tổ chức đó lập và ban hành.")
        )


def _save(
    context: Context,
    key: BoardKey,
    seen: Seen,
    *,
    boxes: Collection[BoxKey],
    change: Callable[[Sequence[Line], Marks], tuple[Sequence[Line], Marks]],
) -> Seen:
    """Save a draft that `change` makes of the lines and marks there are, `boxes` being touched."""
    require_acting_for(context, key.issuer_id)
    found = lock_board(context, key, named={box.unit_id for box in boxes})
    before = lines_of_version(context, found.current)
    marks_before = marks_of_version(context, found.current)
    after, marks = change(before, marks_before)
    changes = differences(before, after)
    if found.seen != seen:
        if found.draft and not changes and marks == marks_before:
            return found.seen
        raise changed_meanwhile()
    codes = _codes_of_children(context, key, before, boxes)
    if not found.draft and not changes and marks == marks_before:
        return seen
    draft_id = _draft_to_write(context, key, found)
    if found.draft is None:
        replace_lines(context, {draft_id: after})
    else:
        change_lines(context, draft_id, changes)
    if found.draft is None or marks != marks_before:
        replace_marks(context, draft_id, marks)
    record(
        context,
        draft_change(context, draft_id, codes=codes, changes=changes, marks=(marks_before, marks)),
    )
    return Seen(seen.version, seen.draft + 1)


def _codes_of_children(
    context: Context, key: BoardKey, before: Sequence[Line], boxes: Iterable[BoxKey]
) -> dict[int, str]:
    codes = {unit.id: unit.code for unit in children_on_board(context, key, before)}
    refuse_if_any(
        *(
            Problem(str(box), message("Tổ chức không trực thuộc trong kỳ này."))
            for box in boxes
            if box.unit_id not in codes
        )
    )
    return codes


def _draft_to_write(context: Context, key: BoardKey, found: Versions) -> int:
    if found.draft is None:
        draft = NewDraft(key.of(ASSIGNED), found.seen.version + 1)
        return insert_drafts(context, (draft,))[0]
    db.session.execute(
        update(Distribution)
        .where(Distribution.tenant_id == context.tenant_id, Distribution.id == found.draft.id)
        .values(row_version=Distribution.row_version + 1)
    )
    return found.draft.id


def last_decision(found: Versions) -> date | None:
    """Return the day of the decision that the next one may not precede."""
    return found.latest.decided_on if found.latest else None


def refuse_if_any(*problems: Problem) -> None:
    """Raise Refused with the problems, if there are any."""
    if problems:
        raise Refused(message("Chưa lưu được; hãy sửa những chỗ được báo."), problems)


def changed_meanwhile() -> Conflict:
    """Return what an editor is told who has not seen the latest version."""
    return Conflict(message("Người khác đã lưu bảng này trong lúc bạn làm việc."))
