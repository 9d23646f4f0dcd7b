"""Background work on what tenants keep for a while."""

from app.core.database import db
from app.core.jobs import every, job
from app.tenants.context import JOB, tenant_transaction
from app.tenants.queries import tenant_codes
from app.tenants.submissions import forget_old_submissions

DAY_SECONDS = 24 * 3600


@every(seconds=DAY_SECONDS)
@job(queue="default")
def forget_submissions() -> None:
    """Forget the keys of forms that nobody sends again, a tenant at a time."""
    with db.session.begin():
        codes = tenant_codes()
    for code in codes:
        with tenant_transaction(code, JOB) as context:
            forget_old_submissions(context)
