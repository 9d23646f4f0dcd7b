"""Rounds as they stand: what is asked until when, and how far each child has come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import BigInteger, Date, Row, bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY, DATERANGE

from app.core.database import db
from app.core.errors import NotFound
from app.core.messages import message
from app.core.periods import Period
from app.quotas.in_force import as_range, quotas_in_force
from app.quotas.rules import ASSIGNED, REGISTERED, BoardKey, Quota
from app.rounds.models import QuotaRound
from app.rounds.rules import Dues
from app.tenants.context import Context
from app.units.models import Placement
from app.units.rows import UnitRow


@dataclass(frozen=True)
class RoundRow:
    """A round of an issuer for a measure and a period."""

    id: int
    key: BoardKey
    opened_on: date
    dues: Dues
    note: str | None


@dataclass(frozen=True)
class Committed:
    """Who signed for how many, and when."""

    signatory: str
    signatory_title: str
    signed_on: date
    count: int


@dataclass(frozen=True)
class ChildState:
    """How far a child of a round has come.

    `registered_version` is 0 before its first registration; `given_version` is the issuer's
    version in force that gives it `assigned`; `distributed` is what the child has given on,
    weighed against `weighed_against`.
    """

    unit: UnitRow
    sources: int | None
    surveyed_on: date | None
    registered: Quota | None
    registered_version: int
    cause: str | None
    assigned: Quota | None
    given_version: int | None
    committed: Committed | None
    reminded_on: date | None
    distributed: int | None
    weighed_against: int | None

    @property
    def has_answered(self) -> bool:
        """Whether both the survey and the registration have come."""
        return self.sources is not None and self.registered is not None

    @property
    def is_committed(self) -> bool:
        """Whether its head has signed for just the number that it is given now."""
        return bool(
            self.committed and self.assigned and self.committed.count == self.assigned.count
        )

    @property
    def is_overdistributed(self) -> bool:
        """Whether less is given to it now than it has given on, and it has not decided since."""
        return (
            self.assigned is not None
            and self.distributed is not None
            and self.weighed_against != self.assigned.count
            and self.distributed > self.assigned.count
        )


def round_of(context: Context, key: BoardKey) -> RoundRow | None:
    """Return the round of a board, if one was opened."""
    return _round(
        db.session.execute(
            _ROUND.where(
                QuotaRound.tenant_id == context.tenant_id,
                QuotaRound.issuer_id == key.issuer_id,
                QuotaRound.measure_id == key.measure_id,
                QuotaRound.period == as_range(key.period),
            )
        ).one_or_none()
    )


def round_asking(context: Context, unit_id: int, measure_id: int, period: Period) -> RoundRow:
    """Return the round by which a unit's parent, today or in the period, asks it; or NotFound.

    Of several parents the one that stands above it today, else the last one, asks.
    """
    found = _round(
        db.session.execute(
            _ROUND.join(
                Placement,
                (Placement.tenant_id == QuotaRound.tenant_id)
                & (Placement.parent_id == QuotaRound.issuer_id),
            )
            .where(
                QuotaRound.tenant_id == context.tenant_id,
                Placement.tenant_id == context.tenant_id,
                Placement.unit_id == unit_id,
                Placement.valid.overlaps(as_range(period)),
                QuotaRound.measure_id == measure_id,
                QuotaRound.period == as_range(period),
            )
            .order_by(Placement.valid.contains(context.today).desc(), Placement.valid.desc())
            .limit(1)
        ).one_or_none()
    )
    if found is None:
        raise NotFound(message("Cấp trên chưa mở đợt nào về chỉ tiêu và kỳ này."))
    return found


def child_states(
    context: Context, key: BoardKey, units: Sequence[UnitRow]
) -> tuple[ChildState, ...]:
    """Return how far each unit has come with what its issuer asks and gives, by two statements."""
    return round_with_states(context, key, units)[1]


def round_with_states(
    context: Context, key: BoardKey, units: Sequence[UnitRow]
) -> tuple[RoundRow | None, tuple[ChildState, ...]]:
    """Return the round of a board, if one was opened, and how far each of some units has come."""
    ids = [unit.id for unit in units]
    if not ids:
        return round_of(context, key), ()
    quotas = quotas_in_force(context, ids, key.measure_id, key.period, context.today)
    rows = {
        row.unit_id: row
        for row in db.session.execute(
            _STATES,
            {
                "tenant": context.tenant_id,
                "units": ids,
                "issuer": key.issuer_id,
                "measure": key.measure_id,
                "period": as_range(key.period),
                "today": context.today,
            },
        )
    }
    first = rows[ids[0]]
    states = tuple(
        _state(
            unit, rows[unit.id], {figure.source: figure.quota for figure in quotas.get(unit.id, ())}
        )
        for unit in units
    )
    return (_round(first) if first.id is not None else None), states


_ROUND = select(
    QuotaRound.id,
    QuotaRound.issuer_id,
    QuotaRound.measure_id,
    QuotaRound.period,
    QuotaRound.opened_on,
    QuotaRound.survey_due_on,
    QuotaRound.registration_due_on,
    QuotaRound.commitment_due_on,
    QuotaRound.note,
)

_STATES = text(
    """
    SELECT q.id, q.issuer_id, q.measure_id, q.period, q.opened_on, q.survey_due_on,
           q.registration_due_on, q.commitment_due_on, q.note,
           u.unit_id, s.sources, s.surveyed_on, r.cause, r.version AS registered_version,
           g.version AS given_version,
           c.signatory, c.signatory_title, c.signed_on, c.count AS signed_count,
           m.reminded_on, d.distributed, d.assigned AS weighed_against
    FROM unnest(:units) AS u (unit_id)
    LEFT JOIN quota_round q
        ON q.tenant_id = :tenant AND q.issuer_id = :issuer AND q.measure_id = :measure
       AND q.period = :period
    LEFT JOIN survey s
        ON s.tenant_id = :tenant AND s.round_id = q.id AND s.unit_id = u.unit_id
    LEFT JOIN distribution r
        ON r.tenant_id = :tenant AND r.source = 'registered' AND r.state = 'published'
       AND r.issuer_id = u.unit_id AND r.measure_id = :measure AND r.period = :period
    LEFT JOIN LATERAL (
        SELECT max(x.reminded_on) AS reminded_on FROM round_reminder x
        WHERE x.tenant_id = :tenant AND x.round_id = q.id AND x.unit_id = u.unit_id
    ) m ON true
    LEFT JOIN LATERAL (
        SELECT v.version FROM distribution v
        JOIN quota_line l ON l.tenant_id = v.tenant_id AND l.distribution_id = v.id
        WHERE v.tenant_id = :tenant AND l.tenant_id = :tenant
          AND v.source = 'assigned' AND v.state = 'published' AND v.issuer_id = :issuer
          AND v.measure_id = :measure AND v.period = :period
          AND l.unit_id = u.unit_id AND l.segment_id IS NULL
    ) g ON true
    LEFT JOIN LATERAL (
        SELECT k.signatory, k.signatory_title, k.signed_on, l.count
        FROM commitment k
        JOIN distribution v ON v.tenant_id = k.tenant_id AND v.id = k.distribution_id
        JOIN quota_line l ON l.tenant_id = v.tenant_id AND l.distribution_id = v.id
        WHERE k.tenant_id = :tenant AND v.tenant_id = :tenant AND l.tenant_id = :tenant
          AND k.unit_id = u.unit_id AND l.unit_id = u.unit_id AND l.segment_id IS NULL
          AND v.issuer_id = :issuer AND v.measure_id = :measure AND v.period = :period
        ORDER BY v.version DESC
        LIMIT 1
    ) c ON true
    LEFT JOIN LATERAL (
        SELECT o.assigned, o.assigned - o.reserve AS distributed FROM distribution o
        WHERE o.tenant_id = :tenant AND o.source = 'assigned' AND o.state = 'published'
          AND o.issuer_id = u.unit_id AND o.measure_id = :measure AND o.period = :period
          AND o.decided_on <= :today
    ) d ON true
    """
).bindparams(
    bindparam("units", type_=ARRAY(BigInteger)),
    bindparam("tenant"),
    bindparam("issuer", type_=BigInteger),
    bindparam("measure", type_=BigInteger),
    bindparam("period", type_=DATERANGE),
    bindparam("today", type_=Date),
)


def _round(row: Row[*tuple[object, ...]] | None) -> RoundRow | None:
    if row is None:
        return None
    return RoundRow(
        id=row.id,
        key=BoardKey(row.issuer_id, row.measure_id, Period(row.period.lower, row.period.upper)),
        opened_on=row.opened_on,
        dues=Dues(row.survey_due_on, row.registration_due_on, row.commitment_due_on),
        note=row.note,
    )


def _state(unit: UnitRow, row: Row[*tuple[object, ...]], quotas: dict[str, Quota]) -> ChildState:
    committed = None
    if row.signed_on is not None:
        committed = Committed(row.signatory, row.signatory_title, row.signed_on, row.signed_count)
    return ChildState(
        unit=unit,
        sources=row.sources,
        surveyed_on=row.surveyed_on,
        registered=quotas.get(REGISTERED),
        registered_version=row.registered_version or 0,
        cause=row.cause,
        assigned=quotas.get(ASSIGNED),
        given_version=row.given_version,
        committed=committed,
        reminded_on=row.reminded_on,
        distributed=row.distributed,
        weighed_against=row.weighed_against,
    )
