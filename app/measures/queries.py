"""A tenant's measures and segments, named in the reader's language."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any

from sqlalchemy import (
    Integer,
    Row,
    ScalarSelect,
    SQLColumnExpression,
    bindparam,
    func,
    literal_column,
    null,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from app.core.database import db
from app.core.errors import NotFound
from app.core.messages import message
from app.core.prepared import PREPARED
from app.measures.models import Measure, Segment
from app.measures.rules import Attribute, Origin, SegmentInSlot
from app.tenants.context import Context
from app.web.languages import ENGLISH, language

_TENANT = bindparam("tenant", type_=Integer)

_COUNTED_BY_INTRODUCER = "introduction"
"""The measure (and the kind of step) whose segments say who introduced."""


@dataclass(frozen=True)
class MeasureRow:
    """A measure and the kind of step that it counts."""

    id: int
    code: str
    name: str
    counted_step: str


@dataclass(frozen=True, kw_only=True)
class SegmentRow(SegmentInSlot):
    """A segment with its definition."""

    id: int
    code: str
    name: str
    is_sensitive: bool


def measures(context: Context) -> tuple[MeasureRow, ...]:
    """Return the tenant's measures in their order."""
    rows = db.session.execute(
        select(Measure.id, Measure.code, Measure.name_vi, Measure.name_en, Measure.counted_step)
        .where(Measure.tenant_id == context.tenant_id)
        .order_by(Measure.rank, Measure.id)
        .execution_options(**PREPARED)
    )
    return tuple(
        MeasureRow(row.id, row.code, _name(row.name_vi, row.name_en), row.counted_step)
        for row in rows
    )


def measures_with_segments(
    context: Context,
) -> tuple[tuple[MeasureRow, ...], tuple[SegmentRow, ...]]:
    """Return the tenant's measures and segments, both in their order, by one statement."""
    rows = db.session.execute(
        _MEASURES_AND_SEGMENTS, {"tenant": context.tenant_id}, execution_options=PREPARED
    ).all()
    return (
        tuple(
            MeasureRow(row.id, row.code, _name(row.name_vi, row.name_en), row.counted_step)
            for row in rows
            if row.counted_step is not None
        ),
        tuple(_segment_row(row) for row in rows if row.counted_step is None),
    )


@cache
def measures_as_json() -> ScalarSelect[Any]:
    """Select a `tenant`'s measures in their order as one value, to be read along with others."""
    # Written into the statement, since a value given for a key has no type when it is prepared.
    columns = (Measure.id, Measure.code, Measure.name_vi, Measure.name_en, Measure.counted_step)
    keys: Iterator[SQLColumnExpression[Any]] = (literal_column(f"'{c.key}'") for c in columns)
    values = func.jsonb_build_object(*chain.from_iterable(zip(keys, columns, strict=True)))
    return (
        select(func.jsonb_agg(aggregate_order_by(values, Measure.rank, Measure.id)))
        .where(Measure.tenant_id == _TENANT)
        .correlate(None)
        .scalar_subquery()
    )


def measures_of_json(rows: Iterable[Mapping[str, Any]]) -> tuple[MeasureRow, ...]:
    """Return the measures that `measures_as_json` has selected."""
    return tuple(
        MeasureRow(
            row["id"], row["code"], _name(row["name_vi"], row["name_en"]), row["counted_step"]
        )
        for row in rows
    )


def measure_by_code(context: Context, code: str) -> MeasureRow:
    """Return the measure with a code; NotFound when the tenant has none."""
    return measure_among(measures(context), code)


def measure_among(offered: Iterable[MeasureRow], code: str) -> MeasureRow:
    """Return the measure with a code among those of a tenant; NotFound when it has none."""
    found = next((row for row in offered if row.code == code), None)
    if found is None:
        raise NotFound(message("Không có chỉ tiêu thống kê nào mang mã “%(code)s”.", code=code))
    return found


def segments(context: Context) -> tuple[SegmentRow, ...]:
    """Return all of the tenant's segments in their order, introducing organisations last."""
    # Columns, not entities: after waiting for a lock the session would return what it had read.
    rows = db.session.execute(
        select(Segment.__table__)
        .where(Segment.tenant_id == context.tenant_id)
        .order_by(Segment.rank, Segment.id)
    )
    return tuple(map(_segment_row, rows))


def segment_codes(context: Context) -> dict[int, str]:
    """Return the codes of the tenant's segments by their numbers."""
    rows = db.session.execute(
        select(Segment.id, Segment.code).where(Segment.tenant_id == context.tenant_id)
    )
    return {row.id: row.code for row in rows}


def segments_of(context: Context, measure: MeasureRow) -> tuple[SegmentRow, ...]:
    """Return the segments that a measure is broken down by."""
    return segments_among(segments(context), measure)


def segments_among(offered: Iterable[SegmentRow], measure: MeasureRow) -> tuple[SegmentRow, ...]:
    """Return the segments, among those of a tenant, that a measure is broken down by.

    Introductions are broken down by who introduced, every other measure by who the people are.
    """
    is_by_introducer = measure.counted_step == _COUNTED_BY_INTRODUCER
    return tuple(row for row in offered if (row.origin is Origin.INTRODUCER) == is_by_introducer)


def segment_by_code(context: Context, measure: MeasureRow, code: str) -> SegmentRow:
    """Return the segment of a measure with a code; NotFound when the measure has none.

    The measure must be known: `youth_union` is the members among the admitted, but the
    introducing organisation among introductions.
    """
    found = next((row for row in segments_of(context, measure) if row.code == code), None)
    if found is None:
        raise NotFound(
            message(
                "“%(measure)s” không có cơ cấu nào mang mã “%(code)s”.",
                measure=measure.name,
                code=code,
            )
        )
    return found


def stated_segments(definitions: tuple[SegmentRow, ...]) -> Mapping[str, SegmentRow]:
    """Pick by code the segments that a form or a file may state."""
    return {row.code: row for row in definitions if row.origin is Origin.STATED}


def introducers(definitions: tuple[SegmentRow, ...]) -> Mapping[str, SegmentRow]:
    """Pick by code the organisations that introduce people."""
    return {row.code: row for row in definitions if row.origin is Origin.INTRODUCER}


_SEGMENT = (
    Segment.slot,
    Segment.origin,
    Segment.attribute,
    Segment.any_of,
    Segment.none_of,
    Segment.age_from,
    Segment.age_to,
    Segment.is_residential,
    Segment.is_sensitive,
)

_MEASURES_AND_SEGMENTS = union_all(
    select(
        Measure.id,
        Measure.code,
        Measure.name_vi,
        Measure.name_en,
        Measure.rank,
        Measure.counted_step,
        *(null().cast(column.type).label(column.key) for column in _SEGMENT),
    ).where(Measure.tenant_id == _TENANT),
    select(
        Segment.id,
        Segment.code,
        Segment.name_vi,
        Segment.name_en,
        Segment.rank,
        null().cast(Measure.counted_step.type),
        *_SEGMENT,
    ).where(Segment.tenant_id == _TENANT),
).order_by("rank", "id")


def _segment_row(row: Row[*tuple[Any, ...]]) -> SegmentRow:
    return SegmentRow(
        id=row.id,
        code=row.code,
        name=_name(row.name_vi, row.name_en),
        slot=row.slot,
        origin=Origin(row.origin),
        attribute=Attribute(row.attribute) if row.attribute else None,
        any_of=tuple(row.any_of or ()),
        none_of=tuple(row.none_of or ()),
        age_from=row.age_from,
        age_to=row.age_to,
        is_residential=row.is_residential,
        is_sensitive=row.is_sensitive,
    )


def _name(vietnamese: str, english: str) -> str:
    """Return the name in the reader's language; Vietnamese where the English one is missing."""
    return english if language() == ENGLISH and english else vietnamese
