"""The boards from a unit down to its last cells, with what is weighed on each: a few statements.

A province has some thousand units, so everything is read at once and put together here.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from app.cases.sources import sources_by_path
from app.core.database import db
from app.core.periods import Period, same_span_last_year
from app.quotas.boxes import BoxKey
from app.quotas.cascade import Issuer
from app.quotas.criteria import Criterion, Reference
from app.quotas.in_force import Holding, as_range, held_by
from app.quotas.models import BoxMark, Distribution
from app.quotas.plans import Candidate
from app.quotas.queries import lines_of
from app.quotas.registrations import registered
from app.quotas.rules import (
    ASSIGNED,
    DRAFT,
    PUBLISHED,
    Base,
    BoardKey,
    Line,
    Quota,
    Seen,
    base_date,
)
from app.rollups.queries import totals_below
from app.tenants.context import Context, Scope
from app.units.dated import members_on, tree_as_of
from app.units.rows import UnitRow

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class IssuerVersions:
    """What an issuer has of one distribution: its draft, and what is published."""

    seen: Seen
    draft_id: int | None = None
    published_id: int | None = None
    divided: int | None = None


@dataclass(frozen=True)
class Below:
    """Everything below a unit: units by number, its issuers, their versions and their lines."""

    units: Mapping[int, UnitRow]
    issuers: Mapping[int, Issuer]
    versions: Mapping[int, IssuerVersions]
    lines: Mapping[int, tuple[Line, ...]]


def boards_below(
    context: Context, unit: UnitRow, key: BoardKey, criteria: Collection[Criterion]
) -> Below:
    """Return the boards of a unit and of all that are below it today.

    `criteria` are those that figures are wanted for; the others stay unknown.
    """
    units, children = _tree(context, unit)
    versions = _versions(context, key, children)
    wanted = [version.draft_id or version.published_id for version in versions.values()]
    also = [version.published_id for version in versions.values() if version.draft_id]
    numbers = {number for number in (*wanted, *also) if number is not None}
    lines = lines_of(context, numbers) if numbers else {}
    held = _held(context, numbers)
    known = _references(context, unit, key, units, criteria=criteria)
    issuers = {
        issuer_id: _issuer(
            issuer_id,
            [(units[child], known[child]) for child in below],
            versions.get(issuer_id, IssuerVersions(Seen(0, 0))),
            (lines, held),
        )
        for issuer_id, below in children.items()
    }
    return Below(units, issuers, versions, lines)


def _tree(context: Context, unit: UnitRow) -> tuple[dict[int, UnitRow], dict[int, list[int]]]:
    """Return the units at and below one, and the children of those that have any."""
    rows = tree_as_of(context, context.today)
    inside = Scope.under(unit.path)
    units = {row.unit.id: row.unit for row in rows if inside.holds(row.unit.path)}
    children: dict[int, list[int]] = defaultdict(list)
    for below in units.values():
        labels = below.path.rstrip(".").split(".")
        if below.id != unit.id:
            children[int(labels[-2])].append(below.id)
    children.setdefault(unit.id, [])
    return units, dict(children)


def _versions(
    context: Context, key: BoardKey, issuer_ids: Collection[int]
) -> dict[int, IssuerVersions]:
    rows = db.session.execute(
        select(
            Distribution.issuer_id,
            Distribution.id,
            Distribution.state,
            Distribution.version,
            Distribution.row_version,
            Distribution.assigned,
        ).where(
            Distribution.tenant_id == context.tenant_id,
            Distribution.source == ASSIGNED,
            Distribution.issuer_id.in_(issuer_ids),
            Distribution.measure_id == key.measure_id,
            Distribution.period == as_range(key.period),
        )
    )
    found = defaultdict(list)
    for row in rows:
        found[row.issuer_id].append(row)
    return {
        issuer_id: IssuerVersions(
            seen=Seen(
                version=max((row.version for row in those if row.state != DRAFT), default=0),
                draft=next((row.row_version for row in those if row.state == DRAFT), 0),
            ),
            draft_id=next((row.id for row in those if row.state == DRAFT), None),
            published_id=next((row.id for row in those if row.state == PUBLISHED), None),
            divided=next((row.assigned for row in those if row.state == PUBLISHED), None),
        )
        for issuer_id, those in found.items()
        if issuer_id is not None
    }


def _held(context: Context, distribution_ids: Collection[int]) -> dict[int, set[BoxKey]]:
    """Return the held boxes of each distribution."""
    rows = db.session.execute(
        select(BoxMark.distribution_id, BoxMark.unit_id, BoxMark.segment_id).where(
            BoxMark.tenant_id == context.tenant_id,
            BoxMark.distribution_id.in_(distribution_ids),
            BoxMark.is_held,
        )
    )
    held: dict[int, set[BoxKey]] = defaultdict(set)
    for row in rows:
        held[row.distribution_id].add(BoxKey(row.unit_id, row.segment_id))
    return held


def _issuer(
    issuer_id: int,
    below: Iterable[tuple[UnitRow, Reference]],
    versions: IssuerVersions,
    kept: tuple[Mapping[int, tuple[Line, ...]], Mapping[int, set[BoxKey]]],
) -> Issuer:
    lines, held = kept
    draft, published = versions.draft_id, versions.published_id
    totals = {
        number: {
            line.unit_id: line.quota.count for line in lines.get(number, ()) if not line.segment_id
        }
        for number in (draft, published)
        if number is not None
    }
    current = draft or published or 0
    fast = held.get(current, set())
    return Issuer(
        unit_id=issuer_id,
        children=tuple(
            Candidate(
                child.id,
                child.code,
                reference,
                totals.get(current, {}).get(child.id, 0) if BoxKey(child.id) in fast else None,
            )
            for child, reference in below
        ),
        seen=versions.seen,
        draft=None if draft is None else totals[draft],
        published=None if published is None else totals[published],
        divided=versions.divided,
    )


def _references(
    context: Context,
    unit: UnitRow,
    key: BoardKey,
    units: Mapping[int, UnitRow],
    *,
    criteria: Collection[Criterion],
) -> dict[int, Reference]:
    members = members_on(context, units, base_date(Base.YEAR_START, key.period, context.today))
    sources, cells = _sources(context, unit, units, members)
    before = _year_before(key.period)
    results: Mapping[int, int] = {}
    quotas: Mapping[int, int | None] = {}
    if before and Criterion.LAST_RESULT in criteria:
        results = totals_below(
            context,
            path=unit.path,
            measure_id=key.measure_id,
            first=before.start,
            last=before.last_day,
        )
    if before and Criterion.LAST_QUOTA in criteria:
        last_year, last_day = as_range(before), before.last_day
        quotas = held_by(
            context, [Holding(unit_id, key.measure_id, last_year, last_day) for unit_id in units]
        )
    proposed: Mapping[int, Quota] = {}
    if Criterion.REGISTERED in criteria:
        proposed = registered(context, units, key.measure_id, key.period)
    return {
        unit_id: Reference(
            last_year_quota=quotas.get(unit_id),
            last_year_result=results.get(unit_id),
            members=members.get(unit_id),
            sources=sources.get(unit_id, 0),
            cells=cells.get(unit_id, 0),
            registered=proposed[unit_id].count if unit_id in proposed else None,
        )
        for unit_id in units
    }


def _sources(
    context: Context, unit: UnitRow, units: Mapping[int, UnitRow], members: Mapping[int, int]
) -> tuple[dict[int, int], dict[int, int]]:
    """Add up, for each unit, the sources of its cells and the cells that hold any."""
    sources: dict[int, int] = defaultdict(int)
    cells: dict[int, int] = defaultdict(int)
    for path, number in db.session.execute(sources_by_path(context, Scope.under(unit.path))):
        labels = [int(label) for label in path.rstrip(".").split(".")]
        has_members = members.get(labels[-1]) != 0
        for label in labels:
            if label in units:
                sources[label] += number
                cells[label] += has_members
    return sources, cells


def _year_before(period: Period) -> Period | None:
    span = same_span_last_year(period, period.last_day)
    return None if span is None else Period(span[0], span[1] + _ONE_DAY)
