"""What the copy of a letter says by e-mail: its words and figures, no person and no address.

In Vietnamese, as every paper of the Party is.
"""

from sqlalchemy import select

from app.core.database import db
from app.core.periods import Period
from app.measures.models import Measure
from app.reminders.models import Reminder
from app.reminders.rules import Kind
from app.tenants.context import Context
from app.units.models import Unit
from app.web.formats import day, whole_number
from app.web.languages import VIETNAMESE

SUBJECTS = {
    Kind.REMINDER: "Đôn đốc",
    Kind.COMMENDATION: "Biểu dương",
    Kind.DIGEST: "Tổng hợp tuần",
}


def mail_of(context: Context, reminder_id: int) -> tuple[str, str]:
    """Return the subject and the text of the copy of a letter."""
    row = db.session.execute(
        select(
            Reminder.kind,
            Reminder.body,
            Reminder.period,
            Reminder.sent_on,
            Reminder.counted,
            Reminder.quota,
            Reminder.pace,
            Unit.name.label("sender"),
            Measure.name_vi.label("measure"),
        )
        .join(Unit, (Unit.tenant_id == Reminder.tenant_id) & (Unit.id == Reminder.sender_id))
        .join(
            Measure,
            (Measure.tenant_id == Reminder.tenant_id) & (Measure.id == Reminder.measure_id),
        )
        .where(
            Reminder.tenant_id == context.tenant_id,
            Unit.tenant_id == context.tenant_id,
            Measure.tenant_id == context.tenant_id,
            Reminder.id == reminder_id,
        )
    ).one()
    period = Period(row.period.lower, row.period.upper)
    subject = f"{SUBJECTS[Kind(row.kind)]}: {row.measure} {period}"
    lines = [row.body]
    if row.quota is not None:
        count, quota, pace = (
            whole_number(number, VIETNAMESE) for number in (row.counted, row.quota, row.pace)
        )
        lines.append(f"Đến {day(row.sent_on)}: {count}/{quota}; tiến độ chung {pace}.")
    lines.append(f"{row.sender}\nMở hộp thư của đơn vị trong phần mềm để xem và báo đã đọc.")
    return subject, "\n\n".join(lines)
