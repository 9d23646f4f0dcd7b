"""'Không phát sinh': a cell's word that nothing arose in a period."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, insert, select
from sqlalchemy.dialects.postgresql import Range

from app.audit.commands import Change, record
from app.cases.models import Step
from app.cases.writing import hold_cells
from app.core.database import db
from app.core.errors import Refused
from app.core.messages import message
from app.core.periods import Period
from app.procedure.models import NilReport
from app.procedure.recordings import Recorded, open_recording
from app.tenants.context import Context
from app.units.queries import unit_in_scope


@dataclass(frozen=True)
class NilReportRow:
    """A cell's word; it is contradicted when a step of the period has been recorded since."""

    cell_id: int
    first: date
    last: date
    reported_at: datetime
    is_contradicted: bool


def report_nothing(context: Context, cell_id: int, period: Period) -> Recorded:
    """Record that nothing arose in a cell in a period; a second time changes nothing.

    Refused when steps of the period are recorded. May be undone like any recording.
    """
    cell = unit_in_scope(context, cell_id)
    if not cell.is_cell:
        raise Refused(message("“%(unit)s” không phải là chi bộ.", unit=cell.name))
    if period.start > context.today:
        raise Refused(message("Kỳ này chưa bắt đầu."))
    hold_cells(context, (cell_id,))
    known = db.session.execute(
        select(NilReport.recording_id).where(
            NilReport.tenant_id == context.tenant_id,
            NilReport.cell_id == cell_id,
            NilReport.span == _span(period),
        )
    ).first()
    if known is not None:
        return Recorded(known.recording_id or 0, (), 0)
    steps: int | None = db.session.scalar(
        select(func.count())
        .select_from(Step)
        .where(
            Step.tenant_id == context.tenant_id,
            Step.cell_id == cell_id,
            Step.taken_on.between(period.start, period.last_day),
        )
    )
    if steps:
        raise Refused(message("Trong kỳ chi bộ đã có %(count)s bước được ghi.", count=steps))
    recording_id = open_recording(context)
    number = db.session.execute(
        insert(NilReport)
        .values(
            tenant_id=context.tenant_id,
            cell_id=cell_id,
            span=_span(period),
            recording_id=recording_id,
        )
        .returning(NilReport.id)
    ).scalar_one()
    after = {"cell": cell.code, "period": str(period)}
    record(context, Change("nil_report.created", "nil_report", number, after=after))
    return Recorded(recording_id, (), 0)


def nil_reports(
    context: Context, cell_ids: Collection[int], period: Period
) -> dict[int, NilReportRow]:
    """Return the word of cells for exactly this period, by cell."""
    contradicts = (
        select(Step.id)
        .where(
            Step.tenant_id == context.tenant_id,
            Step.cell_id == NilReport.cell_id,
            Step.taken_on.between(period.start, period.last_day),
        )
        .exists()
    )
    rows = db.session.execute(
        select(
            NilReport.cell_id, NilReport.reported_at, contradicts.label("is_contradicted")
        ).where(
            NilReport.tenant_id == context.tenant_id,
            NilReport.cell_id.in_(cell_ids),
            NilReport.span == _span(period),
        )
    )
    return {
        row.cell_id: NilReportRow(
            row.cell_id,
            period.start,
            period.last_day,
            row.reported_at,
            is_contradicted=row.is_contradicted,
        )
        for row in rows
    }


def cells_with_steps(context: Context, cell_ids: Collection[int], period: Period) -> frozenset[int]:
    """Return those of these cells that cannot say that nothing arose: steps are recorded."""
    rows = db.session.scalars(
        select(Step.cell_id)
        .where(
            Step.tenant_id == context.tenant_id,
            Step.cell_id.in_(cell_ids),
            Step.taken_on.between(period.start, period.last_day),
        )
        .distinct()
    )
    return frozenset(rows)


def _span(period: Period) -> Range[date]:
    return Range(period.start, period.end)
