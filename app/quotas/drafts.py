"""What saving a draft needs: quotas from what was written, its marks, and the trail's entry."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

from sqlalchemy import delete, func, insert, text, tuple_

from app.audit.commands import Change
from app.core.database import db
from app.core.errors import Problem, Refused
from app.core.messages import message
from app.measures.queries import segment_codes
from app.quotas.boxes import BoxKey, Mark
from app.quotas.models import BoxMark, QuotaLine
from app.quotas.queries import SUBJECT
from app.quotas.rules import Base, BoardKey, Difference, Quota, WrittenQuota, base_date, quota_code
from app.tenants.context import Context
from app.units.dated import members_on

# Arrays instead of a VALUES list of 520 rows, which takes longer to write than to run.
_ALTER = text(
    """
    UPDATE quota_line
    SET kind = given.kind, count = given.count, upper_count = given.upper_count,
        percent = given.percent, base = given.base
    FROM unnest(
        CAST(:unit_id AS bigint[]), CAST(:segment_id AS bigint[]), CAST(:kind AS text[]),
        CAST(:count AS integer[]), CAST(:upper_count AS integer[]),
        CAST(:percent AS numeric[]), CAST(:base AS text[])
    ) AS given (unit_id, segment_id, kind, count, upper_count, percent, base)
    WHERE quota_line.tenant_id = :tenant_id
      AND quota_line.distribution_id = :distribution_id
      AND quota_line.unit_id = given.unit_id
      AND quota_line.segment_id IS NOT DISTINCT FROM given.segment_id
    """
)


def meanings(
    context: Context, key: BoardKey, written: Mapping[BoxKey, WrittenQuota | None]
) -> dict[BoxKey, Quota | None]:
    """Return what was written as quotas, percentages of each unit's members on the base's day.

    Refused names, by its `BoxKey`, each box whose unit has not been counted by then.
    """
    asked: dict[Base, set[int]] = defaultdict(set)
    for box, quota in written.items():
        if quota is not None and quota.base is not None:
            asked[quota.base].add(box.unit_id)
    members = {
        base: members_on(context, unit_ids, base_date(base, key.period, context.today))
        for base, unit_ids in asked.items()
    }
    quotas: dict[BoxKey, Quota | None] = {}
    problems = []
    for box, quota in written.items():
        try:
            quotas[box] = quota.meaning(_base_members(members, box, quota)) if quota else None
        except Refused as refusal:
            problems.append(Problem(str(box), refusal.message))
    if problems:
        raise Refused(message("Chưa lưu được; hãy sửa những chỗ được báo."), tuple(problems))
    return quotas


def change_lines(context: Context, draft_id: int, changes: Iterable[Difference]) -> None:
    """Change those boxes of a draft that differ: what stays as it was is not written again."""
    changes = tuple(changes)
    gone = [(row.unit_id, row.segment_id or 0) for row in changes if row.after is None]
    new = [_written(row, row.after) for row in changes if row.before is None and row.after]
    altered = [_written(row, row.after) for row in changes if row.before and row.after]
    of_draft = (QuotaLine.tenant_id == context.tenant_id, QuotaLine.distribution_id == draft_id)
    if gone:
        box = tuple_(QuotaLine.unit_id, func.coalesce(QuotaLine.segment_id, 0))
        db.session.execute(delete(QuotaLine).where(*of_draft, box.in_(gone)))
    if altered:
        _alter(context, draft_id, altered)
    if new:
        draft = {"tenant_id": context.tenant_id, "distribution_id": draft_id}
        db.session.execute(insert(QuotaLine), [{**draft, **row} for row in new])


def _alter(context: Context, draft_id: int, altered: Sequence[Mapping[str, object]]) -> None:
    given = {name: [row[name] for row in altered] for name in altered[0]}
    db.session.execute(
        _ALTER, {"tenant_id": context.tenant_id, "distribution_id": draft_id, **given}
    )


def _written(row: Difference, quota: Quota) -> dict[str, object]:
    return {"unit_id": row.unit_id, "segment_id": row.segment_id, **asdict(quota)}


def replace_marks(context: Context, draft_id: int, marks: Mapping[BoxKey, Mark]) -> None:
    """Give a draft these marks instead of those it has."""
    db.session.execute(
        delete(BoxMark).where(
            BoxMark.tenant_id == context.tenant_id, BoxMark.distribution_id == draft_id
        )
    )
    rows = [
        {
            "tenant_id": context.tenant_id,
            "distribution_id": draft_id,
            "unit_id": box.unit_id,
            "segment_id": box.segment_id,
            "is_held": mark.is_held,
            "note": mark.note,
        }
        for box, mark in marks.items()
    ]
    if rows:
        db.session.execute(insert(BoxMark), rows)


def draft_change(
    context: Context,
    draft_id: int,
    *,
    codes: Mapping[int, str],
    changes: Iterable[Difference],
    marks: tuple[Mapping[BoxKey, Mark], Mapping[BoxKey, Mark]],
) -> Change:
    """Return what the trail keeps of a save: boxes by `unit` or `unit/segment`, before and after.

    `marks` are those before and after the save.
    """
    changes = tuple(changes)
    marks_before, marks_after = marks
    marked = [
        box
        for box in {**marks_before, **marks_after}
        if marks_before.get(box) != marks_after.get(box)
    ]
    is_of_segments = any(row.segment_id for row in changes) or any(row.segment_id for row in marked)
    segments = segment_codes(context) if is_of_segments else {}

    def name(row: Difference | BoxKey) -> str:
        unit = codes.get(row.unit_id, str(row.unit_id))
        return unit if row.segment_id is None else f"{unit}/{segments[row.segment_id]}"

    return Change(
        action="distribution.drafted",
        subject_kind=SUBJECT,
        subject_id=draft_id,
        before={name(row): row.before and quota_code(row.before) for row in changes}
        | {f"{name(box)}:mark": _mark_code(marks_before.get(box)) for box in marked},
        after={name(row): row.after and quota_code(row.after) for row in changes}
        | {f"{name(box)}:mark": _mark_code(marks_after.get(box)) for box in marked},
    )


def _base_members(
    members: Mapping[Base, Mapping[int, int]], box: BoxKey, quota: WrittenQuota
) -> int | None:
    return None if quota.base is None else members[quota.base].get(box.unit_id)


def _mark_code(mark: Mark | None) -> dict[str, object] | None:
    return {"is_held": mark.is_held, "note": mark.note} if mark else None
