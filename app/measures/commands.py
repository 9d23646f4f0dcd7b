"""Giving a tenant its measures and segments, and changing what they count.

What a figure means is never changed while steps are being written: the tenant's units are held
first, and whoever writes steps holds their cells.
"""

from dataclasses import asdict, replace

from sqlalchemy import func, insert, select

from app.audit.commands import Change, record, record_all
from app.core.database import db
from app.core.errors import NotFound, Refused
from app.core.events import publish
from app.core.messages import message
from app.core.text import clean
from app.measures.defaults import MEASURES, SEGMENTS
from app.measures.events import MeasureDefinitionChanged, SegmentDefinitionChanged
from app.measures.models import Measure, Segment
from app.measures.rules import (
    LAST_SLOT,
    Origin,
    SegmentDraft,
    check_counted_step,
    check_segment,
)
from app.tenants.context import Context, whole_tenant
from app.units.models import Unit
from app.units.positions import lock_tree

_ORIGINS_OF_PEOPLE = (Origin.ATTRIBUTE, Origin.STATED)
_DEFINING = ("attribute", "any_of", "none_of", "age_from", "age_to", "is_residential")


def create_defaults(context: Context) -> None:
    """Give a new tenant the measures and segments that all files know by their codes."""
    measures = db.session.execute(
        insert(Measure).returning(Measure.id, Measure.code),
        [
            {"tenant_id": context.tenant_id, "rank": rank, **asdict(measure)}
            for rank, measure in enumerate(MEASURES, start=1)
        ],
    ).all()
    segments = db.session.execute(
        insert(Segment).returning(Segment.id, Segment.code),
        [
            {"tenant_id": context.tenant_id, "rank": slot, "slot": slot, **_values(segment)}
            for slot, segment in enumerate(SEGMENTS, start=1)
        ],
    ).all()
    record_all(
        context,
        [
            *(
                Change("measure.created", "measure", row.id, after={"code": row.code})
                for row in measures
            ),
            *(
                Change("segment.created", "segment", row.id, after={"code": row.code})
                for row in segments
            ),
        ],
    )


def rename_measure(context: Context, measure_id: int, *, name_vi: str, name_en: str) -> None:
    """Call a measure otherwise; its code stays."""
    measure = _measure_held(context, measure_id)
    before = {"name_vi": measure.name_vi, "name_en": measure.name_en}
    after = {"name_vi": clean(name_vi), "name_en": clean(name_en)}
    if not after["name_vi"]:
        raise Refused(message("Chỉ tiêu thống kê phải có tên."))
    if after == before:
        return
    measure.name_vi, measure.name_en = after["name_vi"], after["name_en"]
    db.session.flush()
    record(context, Change("measure.renamed", "measure", measure_id, before, after))


def choose_counted_step(context: Context, measure_id: int, step: str) -> None:
    """Count a measure by another kind of step, such as admissions by ceremony; recounts it all."""
    _hold_units(context)
    measure = _measure_held(context, measure_id)
    check_counted_step(measure.code, step)
    if measure.counted_step == step:
        return
    before = {"counted_step": measure.counted_step}
    measure.counted_step = step
    db.session.flush()
    record(
        context,
        Change("measure.recounted", "measure", measure_id, before, {"counted_step": step}),
    )
    publish(MeasureDefinitionChanged(context, measure_id))


def add_segment(context: Context, draft: SegmentDraft) -> int:
    """Add a segment in the next free slot and tell everybody recorded so far; return its number."""
    draft = _cleaned(draft)
    _hold_units(context)
    check_segment(draft)
    slot = _next_slot(context)
    _refuse_taken_code(context, draft)
    segment_id = db.session.execute(
        insert(Segment)
        .values(tenant_id=context.tenant_id, rank=slot, slot=slot, **_values(draft))
        .returning(Segment.id)
    ).scalar_one()
    record(
        context,
        Change("segment.created", "segment", segment_id, after={"slot": slot, **_values(draft)}),
    )
    _announce_definition(context, slot)
    return segment_id


def change_segment(context: Context, segment_id: int, draft: SegmentDraft) -> None:
    """Change a segment's names or definition; a new definition tells all recorded steps again."""
    draft = _cleaned(draft)
    _hold_units(context)
    segment = _segment_held(context, segment_id)
    if (segment.code, segment.origin) != (draft.code, draft.origin):
        raise Refused(message("Mã và nguồn gốc của cơ cấu không đổi được; hãy thêm cơ cấu mới."))
    check_segment(draft)
    after = _values(draft)
    before = {name: getattr(segment, name) for name in after}
    if after == before:
        return
    for name, value in after.items():
        setattr(segment, name, value)
    db.session.flush()
    record(context, Change("segment.changed", "segment", segment_id, before, after))
    if any(after[name] != before[name] for name in _DEFINING):
        _announce_definition(context, segment.slot)


def _announce_definition(context: Context, slot: int) -> None:
    """Tell higher packages; they reach everybody's steps, whatever the administrator may see."""
    with whole_tenant(context) as everywhere:
        publish(SegmentDefinitionChanged(everywhere, slot))


def _hold_units(context: Context) -> None:
    """Wait for those who are writing steps, and keep others from it until the end.

    The tree first: whoever changes it refers to some units before holding others, which would
    stand in the way of holding all of them in order.
    """
    lock_tree(context)
    db.session.execute(
        select(Unit.id)
        .where(Unit.tenant_id == context.tenant_id)
        .order_by(Unit.id)
        .with_for_update()
    )


def _measure_held(context: Context, measure_id: int) -> Measure:
    measure = db.session.scalar(
        select(Measure)
        .where(Measure.tenant_id == context.tenant_id, Measure.id == measure_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if measure is None:
        raise NotFound(message("Không tìm thấy chỉ tiêu thống kê này."))
    return measure


def _segment_held(context: Context, segment_id: int) -> Segment:
    segment = db.session.scalar(
        select(Segment)
        .where(Segment.tenant_id == context.tenant_id, Segment.id == segment_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if segment is None:
        raise NotFound(message("Không tìm thấy cơ cấu này."))
    return segment


def _next_slot(context: Context) -> int:
    """Return the slot after the last one; no segment is ever deleted, so none is reused."""
    last: int | None = db.session.scalar(
        select(func.max(Segment.slot)).where(Segment.tenant_id == context.tenant_id)
    )
    slot = (last or 0) + 1
    if slot > LAST_SLOT:
        raise Refused(message("Đã đủ %(most)s cơ cấu, không thêm được nữa.", most=LAST_SLOT))
    return slot


def _refuse_taken_code(context: Context, draft: SegmentDraft) -> None:
    """Keep codes unique among the segments of people, and among introducing organisations."""
    origins = (Origin.INTRODUCER,) if draft.origin is Origin.INTRODUCER else _ORIGINS_OF_PEOPLE
    taken = db.session.scalar(
        select(Segment.id).where(
            Segment.tenant_id == context.tenant_id,
            Segment.code == draft.code,
            Segment.origin.in_(origins),
        )
    )
    if taken is not None:
        raise Refused(message("Mã cơ cấu “%(code)s” đã có.", code=draft.code))


def _cleaned(draft: SegmentDraft) -> SegmentDraft:
    return replace(
        draft,
        code=clean(draft.code),
        name_vi=clean(draft.name_vi),
        name_en=clean(draft.name_en),
        any_of=tuple(filter(None, map(clean, draft.any_of))),
        none_of=tuple(filter(None, map(clean, draft.none_of))),
    )


def _values(draft: SegmentDraft) -> dict[str, object]:
    """Return the draft as the columns hold it."""
    return {
        "code": draft.code,
        "name_vi": draft.name_vi,
        "name_en": draft.name_en,
        "origin": draft.origin.value,
        "attribute": draft.attribute.value if draft.attribute else None,
        "any_of": list(draft.any_of) or None,
        "none_of": list(draft.none_of) or None,
        "age_from": draft.age_from,
        "age_to": draft.age_to,
        "is_residential": draft.is_residential,
        "is_sensitive": draft.is_sensitive,
    }
