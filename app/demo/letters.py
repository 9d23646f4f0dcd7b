"""What the demonstration's province has written to its districts, one letter of it read."""

from dataclasses import replace

from sqlalchemy import select

from app.accounts.models import UserAccount
from app.core.database import db
from app.core.periods import Period, as_of, parse_period
from app.measures.filters import ADMISSION
from app.measures.queries import measure_by_code
from app.monitoring.queries import Question
from app.reminders.by_rule import apply_rules
from app.reminders.commands import choose_rules, mark_read, send_by_hand
from app.reminders.queries import ListedUnit, ground, letters_to, standing
from app.reminders.rules import (
    Kind,
    Rules,
    prepared_commendation,
    prepared_reminder,
)
from app.tenants.context import Actor, Context, Scope
from app.units.rows import UnitRow

RULES = Rules(silent_days=30, behind_points=15, quarter_days=10, sends_digest=True)
WRITER = "tinh.theodoi"
REMINDED, COMMENDED = 3, 1


def write_letters(context: Context, root: UnitRow) -> None:
    """Remind the districts furthest behind, commend the one furthest ahead, run the rules once."""
    period: Period = parse_period(str(context.today.year))
    measure = measure_by_code(context, ADMISSION)
    question = Question(measure, period, as_of(period, context.today))
    writer = _acting(context, WRITER, root)
    known = ground(writer, root.id)
    _report, rows = standing(writer, root, question, known)
    late = [row for row in rows if row.figures.is_late][:REMINDED]
    ahead = [row for row in reversed(rows) if row.figures.is_ahead][:COMMENDED]
    for kind, chosen, write in (
        (Kind.REMINDER, late, prepared_reminder),
        (Kind.COMMENDATION, ahead, prepared_commendation),
    ):
        body = write(root.name, measure.name, period)
        numbers = [row.unit.id for row in chosen]
        send_by_hand(writer, kind, root, question, numbers, body, known=known)
    _read_first(context, late)
    choose_rules(context, RULES)
    apply_rules(context, root.id)


def _read_first(context: Context, late: list[ListedUnit]) -> None:
    for row in late:
        reader = db.session.scalar(
            select(UserAccount.login_name).where(
                UserAccount.tenant_id == context.tenant_id, UserAccount.unit_id == row.unit.id
            )
        )
        if reader is not None:
            acting = _acting(context, reader, row.unit)
            mark_read(acting, row.unit.id, [one.id for one in letters_to(acting, row.unit.id)])
            return


def _acting(context: Context, login_name: str, unit: UnitRow) -> Context:
    account = db.session.execute(
        select(UserAccount.id, UserAccount.full_name).where(
            UserAccount.tenant_id == context.tenant_id, UserAccount.login_name == login_name
        )
    ).one()
    return replace(
        context,
        actor=Actor("user", account.id, account.full_name),
        scope=Scope.under(unit.path),
        unit_id=unit.id,
    )
