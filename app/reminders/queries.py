"""How the units below stand beside a pace, and what was written to whom, read by whom."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Date, Row, TextualSelect, bindparam, column, select, text

from app.cases.rules import Clock, StepKind
from app.core.database import db
from app.core.errors import NotFound
from app.core.messages import message
from app.core.periods import Period
from app.measures.queries import MeasureRow, measures_as_json, measures_of_json
from app.monitoring.queries import Attainment, AttainmentReport, Question, attainment
from app.monitoring.rules import pace, pace_percent
from app.procedure.cases import Law
from app.procedure.queries import law_as_json, law_of_json
from app.procedure.rules import STEP_OF_CLOCK, due
from app.reminders.models import ReminderRule
from app.reminders.rules import Figures, Kind, Origin, Rules
from app.rollups.unit_totals import AskedTotal, unit_totals
from app.tenants.context import Context
from app.units.rows import UnitRow
from app.web.languages import ENGLISH, language

LETTERS_ON_A_PAGE = 50


@dataclass(frozen=True)
class NextDue:
    """The first term of the law that ends below a unit, and the step that it is for."""

    step: StepKind
    due_on: date


@dataclass(frozen=True)
class Beside:
    """What stands beside a unit's figures: its last entry, what is due next, when it was reminded.

    The last entry is the latest day of any counted step, or the last day of which a cell has said
    that nothing arose. An entry that was taken back counts until it is folded.
    """

    last_entry_on: date | None = None
    next_due: NextDue | None = None
    reminded_on: date | None = None


@dataclass(frozen=True)
class Ground:
    """What every late list is made from besides attainment: the measures, and what stands beside.

    `beside` is by unit, of all that stand under the listed unit today.
    """

    measures: tuple[MeasureRow, ...]
    beside: Mapping[int, Beside]


@dataclass(frozen=True)
class ListedUnit:
    """A unit of the late list."""

    unit: UnitRow
    figures: Figures
    beside: Beside


def ground(context: Context, listed_id: int) -> Ground:
    """Read what a late list is made from, by one statement."""
    beside = text(_BESIDE).columns(column("beside", JSON)).scalar_subquery()
    found = db.session.execute(
        select(
            measures_as_json().label("measures"),
            law_as_json().label("law"),
            beside.label("beside"),
        ),
        {"tenant": context.tenant_id, "listed": listed_id, "today": context.today},
    ).one()
    known = law_of_json(found.law)
    return Ground(
        measures=measures_of_json(found.measures),
        beside={int(unit_id): _beside(one, known) for unit_id, one in found.beside.items()},
    )


def standing(
    context: Context, listed: UnitRow, question: Question, known: Ground
) -> tuple[AttainmentReport, tuple[ListedUnit, ...]]:
    """Return how the units stand that are under a unit today, those furthest behind first."""
    report = attainment(context, listed, question)
    rows = [
        ListedUnit(
            child.unit,
            figures_of(child, question, known.beside[child.unit.id].last_entry_on),
            known.beside[child.unit.id],
        )
        for child in report.children
        if child.unit.id in known.beside
    ]
    return report, tuple(sorted(rows, key=_furthest_behind))


def figures_of(row: Attainment, question: Question, last_entry_on: date | None) -> Figures:
    """Return the figures of a unit as its attainment gives them."""
    quota = row.quota
    return Figures(
        count=row.count,
        quota=quota,
        pace=None if quota is None else pace(quota, question.period, question.as_of),
        percent=row.percent,
        pace_percent=pace_percent(question.period, question.as_of),
        last_entry_on=last_entry_on,
    )


def _furthest_behind(row: ListedUnit) -> tuple[bool, int, str]:
    behind = row.figures.behind
    return (behind is None, -(behind or 0), row.unit.sort_key)


def _beside(found: Mapping[str, Any], known: Law) -> Beside:
    terms = [
        NextDue(STEP_OF_CLOCK[Clock(clock)], term.due_on)
        for clock, begun in (found["clocks"] or {}).items()
        if (term := due(Clock(clock), date.fromisoformat(begun), known))
    ]
    return Beside(
        last_entry_on=_day(found["last_entry_on"]),
        next_due=min(terms, key=lambda term: term.due_on, default=None),
        reminded_on=_day(found["reminded_on"]),
    )


def _day(value: str | None) -> date | None:
    return None if value is None else date.fromisoformat(value)


# The last month of each measure is told by the summary, the day by that month's day counts.
_BESIDE = """
    SELECT coalesce(json_object_agg(c.unit_id, json_build_object(
        'last_entry_on', e.last_on, 'clocks', k.clocks, 'reminded_on', r.sent_on)), '{}')
    FROM (
        SELECT u.id AS unit_id, u.path, u.path || '~' AS path_end
        FROM placement p
        JOIN unit u ON u.tenant_id = p.tenant_id AND u.id = p.unit_id
        WHERE p.tenant_id = :tenant AND u.tenant_id = :tenant
          AND p.parent_id = :listed AND p.valid @> CAST(:today AS date)
          AND u.path IS NOT NULL
    ) c
    LEFT JOIN LATERAL (
        SELECT max(x.day) AS last_on FROM (
            SELECT (
                SELECT max(d.counted_on) FROM day_count d
                WHERE d.tenant_id = :tenant AND d.measure_id = s.measure_id
                  AND d.month = s.month AND d.total > 0
                  AND d.now_path >= c.path AND d.now_path < c.path_end
            ) AS day
            FROM (
                SELECT y.measure_id, max(y.month) AS month FROM summary y
                WHERE y.tenant_id = :tenant AND y.unit_id = c.unit_id
                  AND y.tree <> 1 AND y.total > 0 AND y.month <= CAST(:today AS date)
                GROUP BY y.measure_id
            ) s
            UNION ALL
            SELECT max(d.counted_on) FROM delta d
            WHERE d.tenant_id = :tenant AND d.amount > 0
              AND d.now_path >= c.path AND d.now_path < c.path_end
            UNION ALL
            SELECT max(least(upper(n.span) - 1, CAST(:today AS date)))
            FROM nil_report n
            JOIN unit o ON o.tenant_id = n.tenant_id AND o.id = n.cell_id
            WHERE n.tenant_id = :tenant AND o.tenant_id = :tenant
              AND o.path >= c.path AND o.path < c.path_end
        ) x
    ) e ON true
    LEFT JOIN LATERAL (
        SELECT json_object_agg(q.clock, q.begun) AS clocks FROM (
            SELECT f.clock, min(f.clock_from) AS begun FROM case_file f
            WHERE f.tenant_id = :tenant AND f.is_current AND f.clock IS NOT NULL
              AND NOT f.is_closed AND f.path >= c.path AND f.path < c.path_end
            GROUP BY f.clock
        ) q
    ) k ON true
    LEFT JOIN LATERAL (
        SELECT max(w.sent_on) AS sent_on FROM reminder w
        WHERE w.tenant_id = :tenant AND w.unit_id = c.unit_id AND w.kind = 'reminder'
    ) r ON true
    """


@dataclass(frozen=True)
class Reading:
    """Who has read what was written to their unit, and when."""

    name: str
    read_at: datetime


@dataclass(frozen=True)
class Letter:
    """What was written to a unit, with the figures of that day, today's count, and its readers.

    `is_read` says whether the signed-in user has read it.
    """

    id: int
    kind: Kind
    origin: Origin
    sender_id: int
    sender: str
    sender_name: str
    unit_id: int
    unit: str
    measure_code: str
    measure: str
    period: Period
    body: str
    sent_on: date
    sent_at: datetime
    count: int | None
    quota: int | None
    pace: int | None
    last_entry_on: date | None
    readings: tuple[Reading, ...]
    is_read: bool
    count_now: int | None = None

    @property
    def gained(self) -> int | None:
        """How many more are counted since it was written."""
        if self.count is None or self.count_now is None:
            return None
        return self.count_now - self.count


def letters_to(
    context: Context, unit_id: int, *, offset: int = 0, reminder_id: int | None = None
) -> tuple[Letter, ...]:
    """Return what was written to a unit, the newest first, by two statements."""
    return _letters(context, "unit_id", unit_id, offset, reminder_id)


def letters_by(context: Context, unit_id: int, *, offset: int = 0) -> tuple[Letter, ...]:
    """Return what a unit has written to others, the newest first, by two statements."""
    return _letters(context, "sender_id", unit_id, offset, None)


def letter_to(context: Context, unit_id: int, reminder_id: int) -> Letter:
    """Return one of the letters to a unit; NotFound for any other number."""
    found = letters_to(context, unit_id, reminder_id=reminder_id)
    if not found:
        raise NotFound(message("Không tìm thấy."))
    return found[0]


def _letters(  # noqa: PLR0917 whose letters, and which of them
    context: Context, side: str, unit_id: int, offset: int, reminder_id: int | None
) -> tuple[Letter, ...]:
    rows = db.session.execute(
        _LETTERS[side],
        {
            "tenant": context.tenant_id,
            "unit": unit_id,
            "reader": context.actor.id if context.actor.kind == "user" else None,
            "one": reminder_id,
            "offset": offset,
            "limit": LETTERS_ON_A_PAGE + 1,
        },
    ).all()
    counted = [row for row in rows if row.counted is not None]
    totals = unit_totals(context, [_asked(row, context.today) for row in counted])
    now = {row.id: total for row, total in zip(counted, totals, strict=True)}
    return tuple(_letter(row, now.get(row.id)) for row in rows)


def _asked(row: Row[Any], today: date) -> AskedTotal:
    period = Period(row.period.lower, row.period.upper)
    return AskedTotal(row.unit_id, row.measure_id, period.start, min(today, period.last_day))


def _letter(row: Row[Any], count_now: int | None) -> Letter:
    return Letter(
        id=row.id,
        kind=Kind(row.kind),
        origin=Origin(row.origin),
        sender_id=row.sender_id,
        sender=row.sender,
        sender_name=row.sender_name,
        unit_id=row.unit_id,
        unit=row.unit,
        measure_code=row.measure_code,
        measure=row.name_en if language() == ENGLISH else row.name_vi,
        period=Period(row.period.lower, row.period.upper),
        body=row.body,
        sent_on=row.sent_on,
        sent_at=row.sent_at,
        count=row.counted,
        quota=row.quota,
        pace=row.pace,
        last_entry_on=row.last_entry_on,
        readings=tuple(
            Reading(one["name"], datetime.fromisoformat(one["read_at"])) for one in row.readings
        ),
        is_read=row.is_read,
        count_now=count_now,
    )


def units_read_for(context: Context, unit_id: int) -> TextualSelect:
    """Return a unit and those that ended and count under it today: it has their letters too."""
    return (
        text(_WITH_ENDED)
        .bindparams(bindparam("unit", unit_id, BigInteger), tenant=context.tenant_id)
        .columns(column("unit_id", BigInteger))
    )


_WITH_ENDED = """
    SELECT CAST(:unit AS bigint) AS unit_id
    UNION ALL
    SELECT ended.id
    FROM unit heir
    JOIN unit ended ON ended.tenant_id = :tenant AND ended.heir_path = heir.path
    WHERE heir.tenant_id = :tenant AND heir.id = :unit
    """


def _letters_statement(side: str) -> str:
    # A digest is written by nobody: it is what a unit is told of itself.
    others = "AND r.kind <> 'digest'" if side == "sender_id" else ""
    return f"""
        SELECT r.id, r.kind, r.origin, r.sender_id, s.name AS sender, r.sender_name,
               r.unit_id, u.name AS unit, r.measure_id, m.code AS measure_code, m.name_vi,
               m.name_en, r.period, r.body, r.sent_on, r.sent_at, r.counted, r.quota, r.pace,
               r.last_entry_on, k.readings, k.is_read
        FROM reminder r
        JOIN unit s ON s.tenant_id = r.tenant_id AND s.id = r.sender_id
        JOIN unit u ON u.tenant_id = r.tenant_id AND u.id = r.unit_id
        JOIN measure m ON m.tenant_id = r.tenant_id AND m.id = r.measure_id
        LEFT JOIN LATERAL (
            SELECT coalesce(json_agg(json_build_object('name', g.reader_name, 'read_at', g.read_at)
                            ORDER BY g.read_at), '[]') AS readings,
                   coalesce(bool_or(g.user_id = CAST(:reader AS bigint)), false) AS is_read
            FROM reminder_reading g WHERE g.tenant_id = :tenant AND g.reminder_id = r.id
        ) k ON true
        WHERE r.tenant_id = :tenant AND s.tenant_id = :tenant AND u.tenant_id = :tenant
          AND m.tenant_id = :tenant AND r.{side} IN ({_WITH_ENDED}) {others}
          AND (CAST(:one AS bigint) IS NULL OR r.id = CAST(:one AS bigint))
        ORDER BY r.sent_at DESC, r.id DESC
        LIMIT :limit OFFSET :offset
        """  # noqa: S608 every piece is a constant of this module


_LETTERS = {
    side: text(_letters_statement(side)).bindparams(bindparam("unit", type_=BigInteger))
    for side in ("unit_id", "sender_id")
}


def rules(context: Context) -> Rules:
    """Return the tenant's rules; none remind before they are set."""
    row = db.session.execute(
        select(
            ReminderRule.silent_days,
            ReminderRule.behind_points,
            ReminderRule.quarter_days,
            ReminderRule.sends_digest,
        ).where(ReminderRule.tenant_id == context.tenant_id)
    ).one_or_none()
    return Rules() if row is None else Rules(*row)


@dataclass(frozen=True)
class WeekOfLetters:
    """How many reminders a unit has sent in some days, and how many of them were read."""

    sent: int
    read: int


def letters_since(context: Context, sender_id: int, since: date) -> WeekOfLetters:
    """Count what a unit has written since a day, and what of it somebody has read."""
    row = db.session.execute(
        _SINCE, {"tenant": context.tenant_id, "sender": sender_id, "since": since}
    ).one()
    return WeekOfLetters(row.sent, row.read)


_SINCE = text(
    """
    SELECT count(*) AS sent, count(*) FILTER (WHERE EXISTS (
               SELECT 1 FROM reminder_reading g
               WHERE g.tenant_id = :tenant AND g.reminder_id = r.id)) AS read
    FROM reminder r
    WHERE r.tenant_id = :tenant AND r.sender_id = :sender AND r.kind = 'reminder'
      AND r.sent_on > :since
    """
).bindparams(bindparam("since", type_=Date))
