"""Reading quotas: those in force on a day, what a unit holds, the versions of a distribution."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Boolean,
    ColumnElement,
    Date,
    Integer,
    Row,
    ScalarSelect,
    Select,
    SQLColumnExpression,
    Subquery,
    Text,
    bindparam,
    case,
    column,
    func,
    null,
    select,
    true,
    tuple_,
    union_all,
    values,
)
from sqlalchemy.dialects.postgresql import ARRAY, DATERANGE, Range, distinct_on
from sqlalchemy.orm import aliased

from app.core.database import db
from app.core.errors import NotFound
from app.core.messages import message
from app.core.periods import Period
from app.core.prepared import PREPARED
from app.measures.models import Segment
from app.quotas.boxes import BoxKey, Mark
from app.quotas.models import BoxMark, Distribution, QuotaLine
from app.quotas.rules import (
    ASSIGNED,
    DRAFT,
    OWN,
    REGISTERED,
    STATED,
    SUPERSEDED,
    Base,
    DistributionKey,
    Kind,
    Line,
    Quota,
    Seen,
    Standing,
    count_of_percent,
    in_force,
)
from app.tenants.context import Context
from app.units.models import MemberCount, Unit

_MOST_LOOKED_UP = 500
"""More units than this are picked from the lines of all of them."""

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

DateValue = date | SQLColumnExpression[date | None] | BindParameter[date]
_AnyRow = Row[*tuple[Any, ...]]
Published = Callable[[type[Distribution]], ColumnElement[bool]]


@dataclass(frozen=True)
class QuotaFigure:
    """A quota of a unit with the source it comes from; `count` is the whole number it means."""

    source: str
    kind: str
    count: int
    upper_count: int | None
    percent: Decimal | None
    base: str | None

    @property
    def quota(self) -> Quota:
        """The quota without its source."""
        return Quota(self.kind, self.count, self.upper_count, self.percent, self.base)


@dataclass(frozen=True)
class BoardKey:
    """Whose quotas for its children, for what and when."""

    issuer_id: int
    measure_id: int
    period: Period

    def of(self, source: str) -> DistributionKey:
        """Return the distribution of this board, or the issuer's own quota."""
        return DistributionKey(source, self.issuer_id, self.measure_id, self.period)


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


@dataclass(frozen=True)
class Holding:
    """Which unit's quota from above is asked for, as values or as columns of another table."""

    unit_id: int | SQLColumnExpression[int | None]
    measure_id: int | SQLColumnExpression[int]
    period: Range[date] | SQLColumnExpression[Range[date]]
    as_of: DateValue


def quotas_in_force(  # noqa: PLR0917 a question in full
    context: Context,
    unit_ids: Collection[int],
    measure_id: int,
    period: Period,
    as_of: date,
    segment_id: int | None = None,
) -> dict[int, tuple[QuotaFigure, ...]]:
    """Return the quotas of units on a day, assigned before own; units without any are absent.

    A percentage of current members means the members of that day; any other percentage keeps the
    number that it came to when it was published. Of two issuers that gave to one unit the one
    that decided last counts.
    """
    asked = {
        "tenant": context.tenant_id,
        "as_of": as_of,
        "segment": segment_id,
        "measure": measure_id,
        "period": as_range(period),
    }
    if len(unit_ids) <= _MOST_LOOKED_UP:
        rows = db.session.execute(_lines_in_force(), {**asked, "units": list(unit_ids)})
        return _figures(rows)
    wanted = frozenset(unit_ids)
    found = _figures(db.session.execute(_all_lines_in_force(), asked))
    return {unit_id: figures for unit_id, figures in found.items() if unit_id in wanted}


def segment_quotas_in_force(  # noqa: PLR0917 a question in full
    context: Context, unit_id: int, measure_id: int, period: Period, as_of: date
) -> dict[int, tuple[QuotaFigure, ...]]:
    """Return a unit's quotas for segments on a day, by the number of the segment."""
    asked = {
        "tenant": context.tenant_id,
        "as_of": as_of,
        "unit": unit_id,
        "measure": measure_id,
        "period": as_range(period),
    }
    return _figures(db.session.execute(_segment_lines_in_force(), asked))


def _figures(rows: Iterable[_AnyRow]) -> dict[int, tuple[QuotaFigure, ...]]:
    """Read lines by what each begins with; the last column is the members of the day."""
    figures: dict[int, list[QuotaFigure]] = defaultdict(list)
    for number, *line, members in rows:
        figures[number].append(_on_members(QuotaFigure(*line), members))
    return {number: tuple(found) for number, found in figures.items()}


def added_up(of_units: Iterable[tuple[QuotaFigure, ...]]) -> tuple[QuotaFigure, ...]:
    """Add quotas of several units up, each source by itself, to plain counts."""
    by_source: dict[str, list[QuotaFigure]] = defaultdict(list)
    for figures in of_units:
        for figure in figures:
            by_source[figure.source].append(figure)
    return tuple(
        found[0]
        if len(found) == 1
        else QuotaFigure(
            source, Kind.COUNT.value, sum(each.count for each in found), None, None, None
        )
        for source, found in sorted(by_source.items())
    )


def held_from_above(
    context: Context, holding: Holding, *, published: Published | None = None
) -> ScalarSelect[int]:
    """Return, in SQL, the number that a unit was assigned and that was in force on a day.

    NULL where nothing was. `published` says which distributions count as published, if others
    than those that are.
    """
    line = aliased(QuotaLine)
    return _holding(context, holding, line, published=published).scalar_subquery()


def registered_by(context: Context, holding: Holding) -> ScalarSelect[int]:
    """Return, in SQL, the number that a unit registered and that was in force on a day."""
    return _holding(context, holding, aliased(QuotaLine), source=REGISTERED).scalar_subquery()


def _holding(
    context: Context,
    holding: Holding,
    line: type[QuotaLine],
    *,
    source: str = ASSIGNED,
    published: Published | None = None,
) -> Select[int]:
    """Select the count of the one line of a unit's total that was in force on a day."""
    giver = aliased(Distribution)
    is_published = published or was_published
    return (
        select(line.count)
        .join(giver, (giver.tenant_id == line.tenant_id) & (giver.id == line.distribution_id))
        .where(
            line.tenant_id == context.tenant_id,
            giver.tenant_id == context.tenant_id,
            line.unit_id == holding.unit_id,
            line.segment_id.is_(None),
            giver.source == source,
            giver.measure_id == holding.measure_id,
            giver.period == holding.period,
            is_published(giver),
            *_none_stands_before(context.tenant_id, giver, holding.as_of, is_published),
        )
        .order_by(*_order(giver, holding.as_of))
        .limit(1)
    )


def held_on(context: Context, key: BoardKey, as_of: date) -> int | None:
    """Return what an issuer was assigned itself and what was in force on a day."""
    holding = Holding(key.issuer_id, key.measure_id, as_range(key.period), as_of)
    return db.session.execute(select(held_from_above(context, holding))).scalar_one()


def held_by(context: Context, holdings: Collection[Holding]) -> dict[int, int | None]:
    """Return what units held, each for a measure and period of its own on a day of its own."""
    asked = values(
        column("unit_id", BigInteger),
        column("measure_id", BigInteger),
        column("period", DATERANGE),
        column("as_of", Date),
        name="asked",
    ).data([(h.unit_id, h.measure_id, h.period, h.as_of) for h in holdings])
    held = held_from_above(context, Holding(*asked.c))
    rows = db.session.execute(select(asked.c.unit_id, held.label("held")))
    return {row.unit_id: row.held for row in rows}


def own_quota(context: Context, key: BoardKey) -> Quota | None:
    """Return the quota that a unit has set itself, as of today."""
    figures = quotas_in_force(context, (key.issuer_id,), key.measure_id, key.period, context.today)
    own = (figure for figure in figures.get(key.issuer_id, ()) if figure.source == OWN)
    return next((figure.quota for figure in own), None)


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


def was_published(distribution: type[Distribution]) -> ColumnElement[bool]:
    """Hold for every version that was ever published."""
    return distribution.state != DRAFT


def as_range(period: Period) -> Range[date]:
    """Return a period as the database keeps it."""
    return Range(period.start, period.end)


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
        _holding(context, holding, line)
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


# Read by every page of figures, so put together once; its values come when it runs.
_TENANT = bindparam("tenant", type_=Integer)
_AS_OF = bindparam("as_of", type_=Date)


@cache
def _lines_in_force() -> Select[*tuple[Any, ...]]:
    """Select one line for each unit and source: of the version in force, decided last."""
    return _all_lines_in_force().where(
        QuotaLine.unit_id == func.any(bindparam("units", type_=ARRAY(BigInteger)))
    )


@cache
def _all_lines_in_force() -> Select[*tuple[Any, ...]]:
    """Select the same of every unit of the tenant.

    A list of thousands of units would be searched anew for the lines of each issuer.
    """
    return _one_line_for_each(QuotaLine.unit_id).where(
        QuotaLine.segment_id.is_not_distinct_from(bindparam("segment", type_=BigInteger))
    )


@cache
def _segment_lines_in_force() -> Select[*tuple[Any, ...]]:
    """Select one line of a unit for each segment and source, as above."""
    return _one_line_for_each(QuotaLine.segment_id).where(
        QuotaLine.unit_id == bindparam("unit", type_=BigInteger),
        QuotaLine.segment_id.is_not(None),
    )


def _one_line_for_each(
    key: SQLColumnExpression[Any],
) -> Select[*tuple[Any, ...]]:
    members_today = (
        select(MemberCount.members)
        .where(
            MemberCount.tenant_id == _TENANT,
            MemberCount.unit_id == QuotaLine.unit_id,
            MemberCount.counted_on <= _AS_OF,
        )
        .order_by(MemberCount.counted_on.desc())
        .limit(1)
        .correlate(QuotaLine)
        .scalar_subquery()
    )
    return (
        select(
            key,
            Distribution.source,
            QuotaLine.kind,
            QuotaLine.count,
            QuotaLine.upper_count,
            QuotaLine.percent,
            QuotaLine.base,
            case((QuotaLine.base == Base.CURRENT.value, members_today)),
        )
        .join(
            Distribution,
            (Distribution.tenant_id == QuotaLine.tenant_id)
            & (Distribution.id == QuotaLine.distribution_id),
        )
        .where(
            QuotaLine.tenant_id == _TENANT,
            Distribution.tenant_id == _TENANT,
            was_published(Distribution),
            Distribution.measure_id == bindparam("measure", type_=BigInteger),
            Distribution.period == bindparam("period", type_=DATERANGE),
            *_none_stands_before(_TENANT, Distribution, _AS_OF, was_published),
        )
        .ext(distinct_on(key, Distribution.source))
        .order_by(key, Distribution.source, *_order(Distribution, _AS_OF))
        .execution_options(**PREPARED)
    )


def _none_stands_before(
    tenant: int | BindParameter[int],
    distribution: type[Distribution],
    as_of: DateValue,
    published: Published,
) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Hold for the version of its distribution that is in force on a day.

    Two conditions, with and without an issuer, since an index serves `=` and IS NULL but not
    IS NOT DISTINCT FROM.
    """
    other = aliased(Distribution)
    stands_before = (
        select(other.id)
        .where(
            other.tenant_id == tenant,
            other.source == distribution.source,
            other.measure_id == distribution.measure_id,
            other.period == distribution.period,
            published(other),
            tuple_(*_order(other, as_of)) < tuple_(*_order(distribution, as_of)),
        )
        .correlate_except(other)
    )
    of_same_issuer = other.issuer_id == distribution.issuer_id
    of_none = other.issuer_id.is_(None) & distribution.issuer_id.is_(None)
    return ~stands_before.where(of_same_issuer).exists(), ~stands_before.where(of_none).exists()


def _order(
    distribution: type[Distribution], as_of: DateValue
) -> tuple[ColumnElement[bool], ColumnElement[int], ColumnElement[int]]:
    """Order versions as `rules.in_force` picks them: the one in force on a day comes first."""
    is_decided = distribution.decided_on <= as_of
    return (
        ~is_decided,
        func.abs(distribution.decided_on - as_of),
        case((is_decided, -distribution.version), else_=distribution.version),
    )


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


def _on_members(figure: QuotaFigure, members: int | None) -> QuotaFigure:
    if members is None or figure.percent is None or figure.base != Base.CURRENT:
        return figure
    return replace(figure, count=count_of_percent(figure.percent, members))
