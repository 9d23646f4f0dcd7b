"""What the rules of a tenant send by themselves, and the digest of a week."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from sqlalchemy import select

from app.core.database import db
from app.core.periods import Period, as_of
from app.measures.filters import ADMISSION
from app.measures.queries import MeasureRow, measure_by_code
from app.monitoring.queries import Question
from app.quotas.in_force import quotas_in_force
from app.reminders.commands import Written, send
from app.reminders.queries import ListedUnit, ground, letters_since, rules, standing
from app.reminders.rules import (
    Figures,
    Kind,
    Origin,
    Rules,
    Week,
    digest_text,
    reasons_to_remind,
    text_by_rule,
    turn,
)
from app.tenants.context import Context
from app.units.models import Kind as UnitKind
from app.units.models import Unit
from app.units.queries import unit_in_scope

WEEK = timedelta(days=7)


def issuers(context: Context) -> list[int]:
    """Return the units of today's tree that may have others below, in the order of the tree."""
    return list(
        db.session.scalars(
            select(Unit.id)
            .join(UnitKind, (UnitKind.tenant_id == Unit.tenant_id) & (UnitKind.id == Unit.kind_id))
            .where(
                Unit.tenant_id == context.tenant_id,
                UnitKind.tenant_id == context.tenant_id,
                Unit.path.is_not(None),
                ~UnitKind.is_cell,
            )
            .order_by(Unit.path)
        )
    )


def apply_rules(context: Context, issuer_id: int) -> int:
    """Remind the units under one by the tenant's rules; return how many letters went out.

    Every measure is looked at of which anything is asked of them. Every rule has its turn (a week,
    or a quarter) in which a unit is reminded once of a measure, whoever runs this again or beside
    it; of one day a unit gets one letter of a measure, with all the reasons.
    """
    chosen = rules(context)
    stood = list(_asked_below(context, issuer_id))
    sent = 0
    for question, rows in stood:
        written = [one for row in rows if (one := _by_rule(row, chosen, question.period, context))]
        sent += len(send(context, Kind.REMINDER, issuer_id, question, written))
    return sent + _send_digest(context, chosen, issuer_id, stood)


Stood = tuple[Question, tuple[ListedUnit, ...]]


def _asked_below(context: Context, issuer_id: int) -> Iterator[Stood]:
    """Go through the measures of which a unit's children have a quota, with how they stand."""
    listed = unit_in_scope(context, issuer_id)
    known = ground(context, issuer_id)
    for measure in known.measures:
        question = _question(context, measure)
        quotas = quotas_in_force(
            context, list(known.beside), measure.id, question.period, question.as_of
        )
        if quotas:
            yield question, standing(context, listed, question, known)[1]


def _question(context: Context, measure: MeasureRow) -> Question:
    year = context.today.year
    period = Period(date(year, 1, 1), date(year + 1, 1, 1))
    return Question(measure, period, as_of(period, context.today))


def _by_rule(row: ListedUnit, chosen: Rules, period: Period, context: Context) -> Written | None:
    reasons = reasons_to_remind(row.figures, chosen, period, context.today)
    if not reasons:
        return None
    # The rarest reason names the turn, so that the end of a quarter is not lost in a week's.
    return Written(
        row.unit.id,
        reasons[-1],
        text_by_rule(reasons, row.figures, context.today),
        row.figures,
        turn(reasons[-1], context.today),
    )


def _send_digest(
    context: Context,
    chosen: Rules,
    issuer_id: int,
    stood: Sequence[Stood],
) -> int:
    """Tell a unit once a week how its children stand, of all measures in one letter."""
    weeks = [
        week
        for question, rows in stood
        if (week := _week(question.measure, rows, chosen, context.today))
    ]
    if not chosen.sends_digest or not weeks:
        return 0
    count = letters_since(context, issuer_id, context.today - WEEK)
    body = digest_text(weeks, silent_days=chosen.silent_days, sent=count.sent, read=count.read)
    written = Written(issuer_id, Origin.WEEK, body, once=turn(Origin.WEEK, context.today))
    # Filed under admissions whatever it tells of, or a new quota would send it a second time.
    question = _question(context, measure_by_code(context, ADMISSION))
    return len(send(context, Kind.DIGEST, issuer_id, question, [written]))


def _week(
    measure: MeasureRow, rows: tuple[ListedUnit, ...], chosen: Rules, today: date
) -> Week | None:
    asked = [row for row in rows if row.figures.quota]
    if not asked:
        return None
    return Week(
        measure=measure.name,
        children=len(asked),
        late=[(row.unit.name, row.figures.behind or 0) for row in asked if row.figures.is_late],
        silent=sum(_is_silent(row.figures, chosen, today) for row in asked),
    )


def _is_silent(figures: Figures, chosen: Rules, today: date) -> bool:
    if not chosen.silent_days:
        return False
    days = figures.days_silent(today)
    return days is None or days >= chosen.silent_days
