"""Reminding by rule, and carrying copies to the offices' mailboxes."""

from datetime import timedelta

from sqlalchemy import select

from app.core import clock
from app.core.database import db
from app.core.jobs import every, job
from app.core.mail import Mail, MailUnavailable, is_configured, send_mail
from app.reminders.by_rule import apply_rules, issuers
from app.reminders.mails import mail_of
from app.reminders.models import OutgoingMail
from app.reminders.queries import rules
from app.tenants.context import JOB, Context, tenant_transaction
from app.tenants.queries import tenant_codes

REMIND_EVERY_SECONDS = 3600
MAIL_EVERY_SECONDS = 15
LONGEST_WORK_SECONDS = 1800
MOST_ATTEMPTS = 8
FIRST_WAIT = timedelta(minutes=1)


@every(seconds=REMIND_EVERY_SECONDS)
@job(queue="default", timeout_seconds=LONGEST_WORK_SECONDS)
def remind_by_rule() -> None:
    """Remind by every tenant's rules, the children of one unit to a transaction.

    Each rule has its turns, of which one unit gets one letter: so it may run at any time, twice,
    or beside a copy of itself.
    """
    for code in _visited():
        for issuer_id in _issuers_with_rules(code):
            with tenant_transaction(code, JOB) as context:
                apply_rules(context, issuer_id)


@every(seconds=MAIL_EVERY_SECONDS)
@job(queue="default", timeout_seconds=LONGEST_WORK_SECONDS)
def carry_mail() -> None:
    """Hand what waits in the outbox to the mail server, a letter to a transaction."""
    if not is_configured():
        return
    for code in _visited():
        while _carry_next(code):
            pass


def _visited() -> list[str]:
    with db.session.begin():
        return tenant_codes()


def _issuers_with_rules(code: str) -> list[int]:
    with tenant_transaction(code, JOB) as context:
        chosen = rules(context)
        return issuers(context) if chosen.reminds or chosen.sends_digest else []


def _carry_next(code: str) -> bool:
    """Carry one letter; say whether there was one that is due.

    The row stays locked meanwhile, so that nobody carries the same; a crash between the server's
    yes and the commit sends it again under the same Message-ID.
    """
    with tenant_transaction(code, JOB) as context:
        waiting = db.session.scalars(
            select(OutgoingMail)
            .where(
                OutgoingMail.tenant_id == context.tenant_id,
                OutgoingMail.sent_at.is_(None),
                OutgoingMail.next_try_at <= clock.now(),
            )
            .order_by(OutgoingMail.next_try_at)
            .limit(1)
            .with_for_update(skip_locked=True)
        ).one_or_none()
        if waiting is None:
            return False
        _carry(context, waiting)
        return True


def _carry(context: Context, waiting: OutgoingMail) -> None:
    subject, body = mail_of(context, waiting.reminder_id)
    waiting.attempts += 1
    key = f"reminder-{context.tenant_id}-{waiting.reminder_id}"
    try:
        send_mail(Mail(waiting.address, subject, body, key))
    except MailUnavailable as error:
        waiting.failure = str(error)
        is_given_up = waiting.attempts >= MOST_ATTEMPTS
        wait = FIRST_WAIT * 2**waiting.attempts
        waiting.next_try_at = None if is_given_up else clock.now() + wait
    else:
        waiting.sent_at, waiting.next_try_at, waiting.failure = clock.now(), None, None
