"""Quotas follow a reorganisation: new versions by its decision, beside the published old ones."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, insert, select, update

from app.core import clock
from app.core.database import db
from app.core.periods import Period
from app.quotas.commands import replace_lines, supersede
from app.quotas.in_force import as_range
from app.quotas.models import Distribution
from app.quotas.queries import lines_of
from app.quotas.rules import DRAFT, PUBLISHED, DistributionKey
from app.reorganisations.keeping import Keeper
from app.reorganisations.quota_rules import Flow, Standing, Succeeding, versions_after
from app.tenants.context import Context


def succeed(context: Context, keeper: Keeper, flow: Flow, *, decision_no: str, on: date) -> int:
    """Publish what becomes of the quotas of periods that have not ended; return how many versions.

    A draft on a board stays, as the draft of the version to come.
    """
    succeeding = versions_after(standing_versions(context, on), flow)
    if not succeeding:
        return 0
    numbers = _next_numbers(context, keeper, succeeding)
    ids = _insert(context, keeper, succeeding, numbers=numbers, decision_no=decision_no, on=on)
    replace_lines(
        context, {row_id: found.lines for row_id, found in zip(ids, succeeding, strict=True)}
    )
    keeper.added("distribution", ids)
    supersede(context, ids)
    return len(ids)


def standing_versions(context: Context, on: date) -> list[Standing]:
    """Return the versions that stand, decided last, of the periods that end after a day."""
    rows = db.session.execute(
        select(
            Distribution.id,
            Distribution.source,
            Distribution.issuer_id,
            Distribution.measure_id,
            Distribution.period,
            Distribution.decided_on,
            Distribution.assigned,
            Distribution.reserve,
        )
        .where(
            Distribution.tenant_id == context.tenant_id,
            Distribution.state == PUBLISHED,
            func.upper(Distribution.period) > on,
        )
        .order_by(Distribution.id)
    ).all()
    lines = lines_of(context, [row.id for row in rows])
    return [
        Standing(
            key=DistributionKey(
                row.source,
                row.issuer_id,
                row.measure_id,
                Period(row.period.lower, row.period.upper),
            ),
            decided_on=row.decided_on,
            assigned=row.assigned,
            reserve=row.reserve,
            lines=lines.get(row.id, ()),
        )
        for row in rows
    ]


def _next_numbers(context: Context, keeper: Keeper, succeeding: Sequence[Succeeding]) -> list[int]:
    """Return the number of each new version, and let drafts of the same boards come after it."""
    keys = {version.key for version in succeeding}
    of_boards = Distribution.__table__.c
    concerned = (
        of_boards.measure_id.in_({key.measure_id for key in keys})
        & of_boards.period.in_({as_range(key.period) for key in keys})
        & of_boards.issuer_id.in_({key.issuer_id for key in keys if key.issuer_id is not None})
    )
    if any(key.issuer_id is None for key in keys):
        concerned |= of_boards.measure_id.in_(
            {key.measure_id for key in keys}
        ) & of_boards.issuer_id.is_(None)
    keeper.changing("distribution", concerned)
    latest: dict[DistributionKey, int] = defaultdict(int)
    drafts: list[int] = []
    for row in db.session.execute(
        select(
            of_boards.id,
            of_boards.source,
            of_boards.issuer_id,
            of_boards.measure_id,
            of_boards.period,
            of_boards.version,
            of_boards.state,
        ).where(of_boards.tenant_id == context.tenant_id, concerned)
    ):
        key = DistributionKey(
            row.source, row.issuer_id, row.measure_id, Period(row.period.lower, row.period.upper)
        )
        if key in keys and row.state == DRAFT:
            drafts.append(row.id)
        elif key in keys:
            latest[key] = max(latest[key], row.version)
    if drafts:
        db.session.execute(
            update(Distribution)
            .where(Distribution.tenant_id == context.tenant_id, Distribution.id.in_(drafts))
            .values(version=Distribution.version + 1),
            execution_options={"synchronize_session": False},
        )
    return [latest[version.key] + 1 for version in succeeding]


def _insert(
    context: Context,
    keeper: Keeper,
    succeeding: Sequence[Succeeding],
    *,
    numbers: Sequence[int],
    decision_no: str,
    on: date,
) -> list[int]:
    reason = f"Sắp xếp tổ chức theo quyết định {decision_no}"
    published_at = clock.now()
    statement = insert(Distribution).returning(Distribution.id, sort_by_parameter_order=True)
    rows = [
        {
            "tenant_id": context.tenant_id,
            "source": version.key.source,
            "issuer_id": version.key.issuer_id,
            "measure_id": version.key.measure_id,
            "period": as_range(version.key.period),
            "version": number,
            "state": PUBLISHED,
            "assigned": version.assigned,
            "reserve": version.reserve,
            "reserve_reason": reason if version.reserve else None,
            "cause": reason,
            "decision_no": decision_no,
            "decided_on": max(on, version.decided_on),
            "published_at": published_at,
            "reorganisation_id": keeper.reorganisation_id,
        }
        for version, number in zip(succeeding, numbers, strict=True)
    ]
    return list(db.session.execute(statement, rows).scalars())
