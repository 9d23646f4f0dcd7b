"""Background work on accounts."""

from app.accounts.links import forget_expired_links
from app.accounts.reset_requests import forget_old_requests
from app.accounts.sessions import forget_expired_operator_sessions, forget_expired_sessions
from app.core.database import NOBODY, apply_context, db
from app.core.jobs import every, job
from app.tenants.context import JOB, tenant_transaction
from app.tenants.queries import tenant_codes

HOUR_SECONDS = 3600


@every(seconds=HOUR_SECONDS)
@job(queue="default")
def forget_sessions() -> None:
    """Forget every expired session, link and request, a tenant at a time; none opens anything."""
    with db.session.begin():
        codes = tenant_codes()
    for code in codes:
        with tenant_transaction(code, JOB) as context:
            forget_expired_sessions(context)
            forget_expired_links(context)
            forget_old_requests(context)
    with db.session.begin():
        apply_context(db.session(), NOBODY)
        forget_expired_operator_sessions()
