"""Publishing distributions from a file of quotas.

A file replaces all lines of the distributions that it names, each by a new version; what stands
already under the same decision with the same lines is left alone. With bad rows skipped, a
distribution is published from its good rows, and the file of rejected rows, once corrected,
completes it instead of replacing it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, or_, select
from sqlalchemy.dialects.postgresql import Range

from app.audit.commands import record_all
from app.core.database import db
from app.core.messages import message
from app.core.periods import Period
from app.imports.rules import (
    REASON_COLUMN,
    ImportReport,
    Reject,
    Table,
    conclude,
    read_table,
)
from app.measures.queries import measures, segments_of
from app.quotas.commands import (
    NewDraft,
    Publication,
    insert_drafts,
    lock_issuers,
    lock_named_units,
    publication_change,
    publish_drafts,
    replace_lines,
)
from app.quotas.file_rows import (
    QUOTA_COLUMNS,
    FileDistribution,
    FileLine,
    Known,
    PlacedUnit,
    gather,
    read_lines,
)
from app.quotas.in_force import Holding, as_range, held_from_above, was_published
from app.quotas.models import Distribution
from app.quotas.queries import lines_of
from app.quotas.rules import (
    DRAFT,
    IMPORTED_REASON,
    OWN,
    DistributionKey,
    Line,
    balance,
    is_same,
)
from app.tenants.context import Context
from app.units.dated import members_on
from app.units.models import Placement, Unit


@dataclass(frozen=True)
class StoredVersion:
    """A version, draft or published, of a distribution that the file names."""

    id: int
    key: DistributionKey
    version: int
    state: str
    decision_no: str | None
    decided_on: date | None
    reserve: int
    reason: str | None
    row_version: int


def import_quotas(context: Context, content: bytes, *, skip_bad: bool = False) -> ImportReport:
    """Read a CSV file of quotas and import it; see `import_quota_table`."""
    return import_quota_table(context, read_table(content, QUOTA_COLUMNS), skip_bad=skip_bad)


def import_quota_table(context: Context, table: Table, *, skip_bad: bool) -> ImportReport:
    """Publish the distributions of a file: one for each issuer, measure and period in it.

    What an issuer was assigned itself may stand in the same file; the order of rows means
    nothing. A draft on the board stays, as the draft of the version to come. Raises
    `ImportRefused` when a row is rejected and bad rows are not to be skipped. The scope of the
    context must be the whole tenant.
    """
    lines, rejects = read_lines(table.rows, _known(context, table))
    lines, without_members = _with_members(context, lines)
    named, contradictions = gather(lines)
    issuers = {line.key.issuer_id or line.unit_id for line in lines}
    lock_named_units(context, issuers | {line.unit_id for line in lines})
    lock_issuers(context, issuers)
    stored = _stored(context, {distribution.key for distribution in named})
    is_remainder = REASON_COLUMN in table.header
    changed = _changed(
        context, _completed(context, named, stored) if is_remainder else named, stored
    )
    changed_keys = {distribution.key for distribution in changed}
    report = conclude(
        table,
        (*rejects, *without_members, *contradictions),
        unchanged=sum(len(found.lines) for found in named if found.key not in changed_keys),
        skip_bad=skip_bad,
    )
    if changed:
        _publish(context, changed, stored)
    return report


def _known(context: Context, table: Table) -> Known:
    codes = {
        row.texts[column]
        for row in table.rows
        for column in ("issuer_code", "unit_code")
        if row.values[column]
    }
    found = measures(context)
    return Known(
        units=_placed_units(context, codes),
        measures={measure.code: measure.id for measure in found},
        segments={
            measure.id: {segment.code: segment.id for segment in segments_of(context, measure)}
            for measure in found
        },
        today=context.today,
    )


def _placed_units(context: Context, codes: Collection[str]) -> dict[str, PlacedUnit]:
    """Return units by code, those that have ended too: their quotas are history as well."""
    rows = db.session.execute(
        select(Unit.code, Unit.id, Placement.parent_id, Placement.valid)
        .join(
            Placement,
            (Placement.tenant_id == Unit.tenant_id) & (Placement.unit_id == Unit.id),
        )
        .where(
            Unit.tenant_id == context.tenant_id,
            Placement.tenant_id == context.tenant_id,
            Unit.code.in_(codes),
        )
    )
    parents: dict[tuple[str, int], list[tuple[int | None, Range[date]]]] = defaultdict(list)
    for code, unit_id, parent_id, valid in rows:
        parents[code, unit_id].append((parent_id, valid))
    return {code: PlacedUnit(unit_id, tuple(found)) for (code, unit_id), found in parents.items()}


def _with_members(
    context: Context, lines: Sequence[FileLine]
) -> tuple[list[FileLine], list[Reject]]:
    """Look up what percentages are taken of; reject those of units never counted by that day."""
    units_by_day: dict[date, set[int]] = defaultdict(set)
    for line in lines:
        if line.members_on is not None:
            units_by_day[line.members_on].add(line.unit_id)
    members = {
        (day, unit_id): count
        for day, unit_ids in units_by_day.items()
        for unit_id, count in members_on(context, unit_ids, day).items()
    }
    known: list[FileLine] = []
    rejects: list[Reject] = []
    for line in lines:
        if line.members_on is None:
            known.append(line)
        elif (count := members.get((line.members_on, line.unit_id))) is not None:
            known.append(replace(line, members=count))
        else:
            reason = message("Chưa có số đảng viên đến ngày %(day)s.", day=line.members_on)
            rejects.append(line.reject("kind", reason))
    return known, rejects


def _stored(context: Context, keys: Collection[DistributionKey]) -> list[StoredVersion]:
    rows: Iterable[Row[*tuple[Any, ...]]] = db.session.execute(
        select(
            Distribution.source,
            Distribution.issuer_id,
            Distribution.measure_id,
            Distribution.period,
            Distribution.id,
            Distribution.version,
            Distribution.state,
            Distribution.decision_no,
            Distribution.decided_on,
            Distribution.reserve,
            Distribution.reserve_reason,
            Distribution.row_version,
        ).where(
            Distribution.tenant_id == context.tenant_id,
            Distribution.measure_id.in_({key.measure_id for key in keys}),
            Distribution.period.in_({as_range(key.period) for key in keys}),
        )
    )
    found: list[StoredVersion] = []
    for source, issuer_id, measure_id, valid, row_id, *values in rows:
        key = DistributionKey(source, issuer_id, measure_id, Period(valid.lower, valid.upper))
        if key in keys:
            found.append(StoredVersion(row_id, key, *values))
    return found


def _completed(
    context: Context, distributions: Iterable[FileDistribution], stored: Iterable[StoredVersion]
) -> list[FileDistribution]:
    """Add to each distribution the lines that stand under the same decision already.

    So the corrected remainder of a file makes one distribution with what was taken before.
    """
    standing = {
        (row.key, row.decision_no, row.decided_on): row
        for row in sorted(stored, key=lambda row: row.version)
        if row.state != DRAFT
    }
    lines = lines_of(context, [row.id for row in standing.values()])
    return [
        _with_rest(found, before, lines.get(before.id, ()))
        if (before := standing.get(_decided(found)))
        else found
        for found in distributions
    ]


def _with_rest(
    found: FileDistribution, before: StoredVersion, lines: Iterable[Line]
) -> FileDistribution:
    """Return a distribution with the lines, and the reason, that it does not name itself."""
    boxes = {(line.unit_id, line.segment_id) for line in found.lines}
    rest = (line for line in lines if (line.unit_id, line.segment_id) not in boxes)
    given = None if before.reason == IMPORTED_REASON else before.reason
    decision = replace(found.decision, reason=found.decision.reason or given)
    return replace(found, decision=decision, lines=(*found.lines, *rest))


def _decided(
    distribution: FileDistribution,
) -> tuple[DistributionKey, str | None, date | None]:
    """Return by which decision of which distribution a version is known again."""
    decision = distribution.decision
    return distribution.key, decision.number, decision.decided_on


def _changed(
    context: Context, distributions: Iterable[FileDistribution], stored: Iterable[StoredVersion]
) -> list[FileDistribution]:
    """Return the distributions that do not stand already, by the same decision and lines."""
    decided: dict[object, list[StoredVersion]] = defaultdict(list)
    for row in stored:
        decided[row.key, row.decision_no, row.decided_on].append(row)
    candidates = {
        distribution.key: decided[_decided(distribution)] for distribution in distributions
    }
    lines = lines_of(context, [row.id for rows in candidates.values() for row in rows])
    return [
        distribution
        for distribution in distributions
        if not any(
            _reason(distribution, row.reserve) == row.reason
            and is_same(distribution.lines, lines.get(row.id, ()))
            for row in candidates[distribution.key]
        )
    ]


def _publish(
    context: Context, changed: Sequence[FileDistribution], stored: Sequence[StoredVersion]
) -> None:
    numbers = _next_numbers(changed, stored)
    on_boards = [row for row in stored if row.state == DRAFT and row.key in numbers]
    drafted = _take_off(context, on_boards)
    ids = insert_drafts(
        context,
        [
            NewDraft(row.key, numbers[row.key], decided_on=row.decision.decided_on)
            for row in changed
        ],
    )
    replace_lines(context, {row_id: row.lines for row_id, row in zip(ids, changed, strict=True)})
    publications = _weighed(context, dict(zip(ids, changed, strict=True)))
    publish_drafts(context, publications)
    _put_back(context, on_boards, drafted, numbers)
    record_all(
        context,
        [
            publication_change(publication, numbers[row.key], row.lines)
            for publication, row in zip(publications, changed, strict=True)
        ],
    )


def _next_numbers(
    changed: Iterable[FileDistribution], stored: Iterable[StoredVersion]
) -> dict[DistributionKey, int]:
    numbers = {row.key: 1 for row in changed}
    for row in stored:
        if row.key in numbers and row.state != DRAFT:
            numbers[row.key] = max(numbers[row.key], row.version + 1)
    return numbers


def _weighed(context: Context, drafts: Mapping[int, FileDistribution]) -> list[Publication]:
    """Weigh drafts against what their issuers hold, these drafts counting as published."""

    def is_published(distribution: type[Distribution]) -> ColumnElement[bool]:
        return or_(was_published(distribution), distribution.id.in_(drafts))

    holding = Holding(
        Distribution.issuer_id,
        Distribution.measure_id,
        Distribution.period,
        Distribution.decided_on,
    )
    weigh = select(
        Distribution.id, held_from_above(context, holding, published=is_published)
    ).where(Distribution.tenant_id == context.tenant_id, Distribution.id.in_(drafts))
    held: dict[int, int | None] = dict(db.session.execute(weigh).all())
    return [_publication(row_id, row, held[row_id]) for row_id, row in drafts.items()]


def _publication(row_id: int, row: FileDistribution, held: int | None) -> Publication:
    decision = replace(row.decision, cause=IMPORTED_REASON)
    if row.key.source == OWN:
        return Publication(row_id, decision, assigned=None, reserve=0)
    weighed = balance(held, row.lines)
    decision = replace(decision, reason=_reason(row, weighed.reserve))
    return Publication(row_id, decision, weighed.assigned, weighed.reserve)


def _reason(row: FileDistribution, reserve: int) -> str | None:
    return row.decision.reason or (IMPORTED_REASON if reserve else None)


def _take_off(context: Context, drafts: Sequence[StoredVersion]) -> dict[int, tuple[Line, ...]]:
    """Delete boards' drafts, of which there is one at a time, and return what they said."""
    ids = [row.id for row in drafts]
    lines = lines_of(context, ids)
    db.session.execute(
        delete(Distribution).where(
            Distribution.tenant_id == context.tenant_id, Distribution.id.in_(ids)
        )
    )
    return lines


def _put_back(
    context: Context,
    drafts: Sequence[StoredVersion],
    lines: Mapping[int, tuple[Line, ...]],
    numbers: Mapping[DistributionKey, int],
) -> None:
    """Begin drafts again, each behind the version that the file has published."""
    ids = insert_drafts(
        context,
        [NewDraft(row.key, numbers[row.key] + 1, row.row_version + 1) for row in drafts],
    )
    if ids:
        replace_lines(
            context,
            {row_id: lines.get(row.id, ()) for row_id, row in zip(ids, drafts, strict=True)},
        )
