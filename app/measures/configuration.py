"""Measures and segments as a tenant's administrator keeps them: with both names.

Everybody else reads them through `queries`, in their own language.
"""

from dataclasses import dataclass

from sqlalchemy import select

from app.core.database import db
from app.measures.models import Measure, Segment
from app.measures.rules import Attribute, Origin, SegmentDraft
from app.tenants.context import Context


@dataclass(frozen=True)
class KeptMeasure:
    """A measure with both its names."""

    id: int
    code: str
    name_vi: str
    name_en: str


@dataclass(frozen=True, kw_only=True)
class KeptSegment(SegmentDraft):
    """A segment with both its names and its definition."""

    id: int


def kept_measures(context: Context) -> tuple[KeptMeasure, ...]:
    """Return the tenant's measures in their order."""
    rows = db.session.execute(
        select(Measure.id, Measure.code, Measure.name_vi, Measure.name_en)
        .where(Measure.tenant_id == context.tenant_id)
        .order_by(Measure.rank, Measure.id)
    )
    return tuple(KeptMeasure(*row) for row in rows)


def kept_segments(context: Context) -> tuple[KeptSegment, ...]:
    """Return the tenant's segments in their order."""
    rows = db.session.execute(
        select(Segment.__table__)
        .where(Segment.tenant_id == context.tenant_id)
        .order_by(Segment.rank, Segment.id)
    )
    return tuple(
        KeptSegment(
            id=row.id,
            code=row.code,
            name_vi=row.name_vi,
            name_en=row.name_en,
            origin=Origin(row.origin),
            attribute=Attribute(row.attribute) if row.attribute else None,
            any_of=tuple(row.any_of or ()),
            none_of=tuple(row.none_of or ()),
            age_from=row.age_from,
            age_to=row.age_to,
            is_residential=row.is_residential,
            is_sensitive=row.is_sensitive,
        )
        for row in rows
    )
