"""Reading distributions: their versions, the lines and marks of each."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Integer,
    Row,
    Select,
    Subquery,
    Text,
    column,
    func,
    null,
    select,
    true,
    union_all,
    values,
)
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import aliased

from app.core.database import db
from app.core.errors import NotFound
from app.core.messages import message
from app.core.periods import Period
from app.measures.models import Segment
from app.quotas.boxes import BoxKey, Mark
from app.quotas.in_force import (
    Holding,
    as_range,
    line_held,
    was_published,
)
from app.quotas.models import BoxMark, Distribution, QuotaLine
from app.quotas.rules import (
    ASSIGNED,
    DRAFT,
    STATED,
    SUPERSEDED,
    BoardKey,
    Line,
    Quota,
    Seen,
    Standing,
    in_force,
)
from app.tenants.context import Context
from app.units.models import Unit

SUBJECT = "distribution"
"""What the trail calls a distribution."""

_VERSION = (
    Distribution.id,
    Distribution.version,
    Distribution.state,
    Distribution.assigned,
    Distribution.reserve,
    Distribution.reserve_reason,
    Distribution.cause,
    Distribution.decision_no,
    Distribution.decided_on,
    Distribution.published_at,
    Distribution.row_version,
)

_LINE = (
    QuotaLine.unit_id,
    QuotaLine.segment_id,
    QuotaLine.kind,
    QuotaLine.count,
    QuotaLine.upper_count,
    QuotaLine.percent,
    QuotaLine.base,
)
_AnyRow = Row[*tuple[Any, ...]]


@dataclass(frozen=True)
class VersionRow:
    """A version of a distribution; a draft has the number that it would be published under."""

    id: int
    version: int
    state: str
    assigned: int | None
    reserve: int
    reserve_reason: str | None
    cause: str | None
    decision_no: str | None
    decided_on: date | None
    published_at: datetime | None
    row_version: int

    @property
    def distributed(self) -> int | None:
        """What a published version gave in all."""
        return None if self.assigned is None else self.assigned - self.reserve


@dataclass(frozen=True)
class Versions:
    """All versions of one distribution: the published ones in the order of their decisions."""

    published: tuple[VersionRow, ...]
    draft: VersionRow | None

    @property
    def latest(self) -> VersionRow | None:
        """The published version decided last, which the next draft begins from."""
        return self.published[-1] if self.published else None

    @property
    def current(self) -> VersionRow | None:
        """What an editor works on: the draft, else the latest published version."""
        return self.draft or self.latest

    @property
    def seen(self) -> Seen:
        """What an editor who looks at this has before them."""
        return Seen(
            version=max((row.version for row in self.published), default=0),
            draft=self.draft.row_version if self.draft else 0,
        )

    def in_force(self, as_of: date) -> VersionRow | None:
        """Return the version in force on a day."""
        by_standing = {
            Standing(row.decided_on, row.version): row
            for row in self.published
            if row.decided_on is not None
        }
        standing = in_force(by_standing, as_of)
        return None if standing is None else by_standing[standing]

    def numbered(self, version: int) -> VersionRow:
        """Return a published version by its number."""
        found = next((row for row in self.published if row.version == version), None)
        if found is None:
            raise NotFound(message("Không có phiên bản này."))
        return found


@dataclass(frozen=True)
class Distributions:
    """What an issuer gives to its children, what it holds and what it states itself.

    `given_last_year` are the versions of the same span one year earlier; `stated` those of each
    source that the issuer states for itself. `held` is its quota from above as of today. `lines`
    and `marks` are those of every version that is not superseded.
    """

    given: Versions
    given_last_year: Versions
    stated: Mapping[str, Versions]
    held: Quota | None
    lines: Mapping[int, tuple[Line, ...]]
    marks: Mapping[int, Mapping[BoxKey, Mark]]


@dataclass(frozen=True)
class CodedLine:
    """A line as files and the command line write it."""

    unit_code: str
    segment_code: str | None
    quota: Quota


def sets_quotas_of(context: Context, unit_id: int) -> bool:
    """Tell whether a unit's quotas are this actor's to set; the command line sets all."""
    return context.unit_id in (None, unit_id)


def last_published_period(context: Context, issuer_id: int) -> Period | None:
    """Return the last period that a unit gave quotas to others for, of whatever measure."""
    ends_before = func.upper(Distribution.period)
    found = db.session.execute(
        select(func.lower(Distribution.period).label("start"), ends_before.label("end"))
        .where(
            Distribution.tenant_id == context.tenant_id,
            Distribution.issuer_id == issuer_id,
            Distribution.source == ASSIGNED,
            was_published(Distribution),
        )
        .order_by(ends_before.desc(), Distribution.id.desc())
        .limit(1)
    ).first()
    return None if found is None else Period(found.start, found.end)


def versions(context: Context, key: BoardKey, source: str = ASSIGNED) -> Versions:
    """Return all versions of an issuer's distribution, or of its own quota."""
    rows: Iterable[_AnyRow] = db.session.execute(
        select(*_VERSION)
        .where(*_of_board(context, key), Distribution.source == source)
        .order_by(Distribution.decided_on, Distribution.version)
    )
    return _versions(VersionRow(*row) for row in rows)


def distributions(context: Context, key: BoardKey, last_year: Period | None) -> Distributions:
    """Return an issuer's distribution, last year's, and its quotas of each source.

    By one statement, whose rows all begin with what the issuer holds from above.
    """
    rows: Sequence[_AnyRow] = db.session.execute(
        _distributions(context, key, [as_range(p) for p in (key.period, last_year) if p])
    ).all()
    this_year = as_range(key.period)
    found: dict[tuple[str, bool], dict[int, VersionRow]] = defaultdict(dict)
    lines: dict[int, list[Line]] = defaultdict(list)
    marks: dict[int, dict[BoxKey, Mark]] = defaultdict(dict)
    for row in rows:
        source, period, *values = row[_HELD_COLUMNS:]
        if source is None:
            continue
        version = VersionRow(*values[: len(_VERSION)])
        found[source, period == this_year][version.id] = version
        _distribution_id, is_held, note, unit_id, segment_id, *quota = values[len(_VERSION) :]
        if is_held is not None:
            marks[version.id][BoxKey(unit_id, segment_id)] = Mark(is_held=is_held, note=note)
        elif unit_id is not None:
            lines[version.id].append(Line(unit_id, segment_id, Quota(*quota)))
    held = rows[0][:_HELD_COLUMNS]
    return Distributions(
        given=_versions(found[ASSIGNED, True].values()),
        given_last_year=_versions(found[ASSIGNED, False].values()),
        stated={source: _versions(found[source, True].values()) for source in STATED},
        held=None if held[0] is None else Quota(*held),
        lines={number: tuple(those) for number, those in lines.items()},
        marks=marks,
    )


_HELD_COLUMNS = len(_LINE) - 2
"""How many columns a quota has: those of a line without its unit and its segment."""


def _distributions(
    context: Context, key: BoardKey, periods: Sequence[Range[date]]
) -> Select[*tuple[Any, ...]]:
    """Select an issuer's distributions with their entries, beside what it holds from above.

    A row that stands for nothing keeps the latter where the issuer has no distribution.
    """
    line = aliased(QuotaLine)
    holding = Holding(key.issuer_id, key.measure_id, periods[0], context.today)
    held = (
        line_held(context, holding, line)
        .with_only_columns(line.kind, line.count, line.upper_count, line.percent, line.base)
        .subquery("held")
    )
    one_row = values(column("number", Integer), name="one_row").data([(1,)])
    entry = _entries(context)
    return (
        select(*held.c, Distribution.source, Distribution.period, *_VERSION, *entry.c)
        .select_from(one_row)
        .outerjoin(held, true())
        .outerjoin(
            Distribution,
            (Distribution.tenant_id == context.tenant_id)
            & (Distribution.issuer_id == key.issuer_id)
            & (Distribution.measure_id == key.measure_id)
            & Distribution.period.in_(periods)
            & Distribution.source.in_((ASSIGNED, *STATED)),
        )
        .outerjoin(
            entry,
            (entry.c.distribution_id == Distribution.id) & (Distribution.state != SUPERSEDED),
        )
        .order_by(
            Distribution.decided_on, Distribution.version, entry.c.unit_id, entry.c.segment_id
        )
    )


def _entries(context: Context) -> Subquery:
    """Select the lines of distributions and the marks on their boxes, one below the other."""
    not_held = null().cast(Boolean).label("is_held")
    no_note = null().cast(Text).label("note")
    no_quota = (null().cast(column.type).label(column.key) for column in _LINE[2:])
    lines = select(QuotaLine.distribution_id, not_held, no_note, *_LINE).where(
        QuotaLine.tenant_id == context.tenant_id
    )
    marks = select(
        BoxMark.distribution_id,
        BoxMark.is_held,
        BoxMark.note,
        BoxMark.unit_id,
        BoxMark.segment_id,
        *no_quota,
    ).where(BoxMark.tenant_id == context.tenant_id)
    return union_all(lines, marks).subquery("entry")


def lines_of(context: Context, distribution_ids: Collection[int]) -> dict[int, tuple[Line, ...]]:
    """Return the lines of some distributions; one without lines has none here."""
    rows: Iterable[_AnyRow] = db.session.execute(
        select(QuotaLine.distribution_id, *_LINE)
        .where(
            QuotaLine.tenant_id == context.tenant_id,
            QuotaLine.distribution_id.in_(distribution_ids),
        )
        .order_by(QuotaLine.unit_id, QuotaLine.segment_id)
    )
    lines: dict[int, list[Line]] = defaultdict(list)
    for distribution_id, unit_id, segment_id, *quota in rows:
        lines[distribution_id].append(Line(unit_id, segment_id, Quota(*quota)))
    return {distribution_id: tuple(found) for distribution_id, found in lines.items()}


def unit_id_of(context: Context, code: str) -> int:
    """Return the number of a unit of the tenant, one that has ended too: its quotas are kept.

    For the command line, which sees the whole tenant.
    """
    found = db.session.execute(
        select(Unit.id).where(Unit.tenant_id == context.tenant_id, Unit.code == code)
    ).scalar()
    if found is None:
        raise NotFound(message("Không có tổ chức nào mang mã “%(code)s”.", code=code))
    return found


def coded_lines_of(context: Context, distribution_id: int) -> tuple[CodedLine, ...]:
    """Return the lines of a distribution by the codes of files, units in their order."""
    rows: Iterable[_AnyRow] = db.session.execute(
        select(
            Unit.code,
            Segment.code,
            QuotaLine.kind,
            QuotaLine.count,
            QuotaLine.upper_count,
            QuotaLine.percent,
            QuotaLine.base,
        )
        .join(Unit, (Unit.tenant_id == QuotaLine.tenant_id) & (Unit.id == QuotaLine.unit_id))
        .outerjoin(
            Segment,
            (Segment.tenant_id == QuotaLine.tenant_id) & (Segment.id == QuotaLine.segment_id),
        )
        .where(
            QuotaLine.tenant_id == context.tenant_id,
            Unit.tenant_id == context.tenant_id,
            QuotaLine.distribution_id == distribution_id,
        )
        .order_by(Unit.sort_key, Unit.code, Segment.rank.nulls_first())
    )
    return tuple(CodedLine(unit, segment, Quota(*quota)) for unit, segment, *quota in rows)


def lines_of_version(context: Context, version: VersionRow | None) -> tuple[Line, ...]:
    """Return the lines of a version; none where there is no version."""
    if version is None:
        return ()
    return lines_of(context, (version.id,)).get(version.id, ())


def marks_of_version(context: Context, version: VersionRow | None) -> dict[BoxKey, Mark]:
    """Return what editors keep beside the boxes of a version; none where there is no version."""
    if version is None:
        return {}
    rows = db.session.execute(
        select(BoxMark.unit_id, BoxMark.segment_id, BoxMark.is_held, BoxMark.note).where(
            BoxMark.tenant_id == context.tenant_id, BoxMark.distribution_id == version.id
        )
    )
    return {
        BoxKey(row.unit_id, row.segment_id): Mark(is_held=row.is_held, note=row.note)
        for row in rows
    }


def _of_board(context: Context, key: BoardKey) -> tuple[ColumnElement[bool], ...]:
    return (
        Distribution.tenant_id == context.tenant_id,
        Distribution.issuer_id == key.issuer_id,
        Distribution.measure_id == key.measure_id,
        Distribution.period == as_range(key.period),
    )


def _versions(rows: Iterable[VersionRow]) -> Versions:
    found = tuple(rows)
    return Versions(
        published=tuple(row for row in found if row.state != DRAFT),
        draft=next((row for row in found if row.state == DRAFT), None),
    )
