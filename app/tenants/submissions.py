"""Forms that are sent twice: the second sending finds what the first one did.

A form carries a key made when it was shown. The first transaction to claim the key does the
work and settles it with the address of the result; any other waits for it and goes there.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from app.core import clock
from app.core.database import db
from app.core.errors import Refused
from app.core.messages import message
from app.tenants.context import Context
from app.tenants.models import Submission

KEY_BYTES = 16
LONGEST_KEY = 64
KEPT_FOR = timedelta(days=7)
"""A page left open for longer than a session lasts cannot be sent at all."""


@dataclass(frozen=True)
class Claim:
    """Whether this sending is the first of its key; if not, where the first one led."""

    is_first: bool
    result: str | None = None


def new_client_key() -> str:
    """Return a key for a form that is about to be shown."""
    return secrets.token_urlsafe(KEY_BYTES)


def claim(context: Context, client_key: str) -> Claim:
    """Claim the key of a form for the running transaction.

    Waits while another transaction holds the same key; when that one is rolled back, this one is
    the first. Refused for a form without a key. Only users send forms that are claimed.
    """
    if not (0 < len(client_key) <= LONGEST_KEY and client_key.isprintable()):
        raise Refused(message("Biểu mẫu không đầy đủ. Hãy tải lại trang rồi nhập lại."))
    claimed = db.session.execute(
        insert(Submission)
        .values(tenant_id=context.tenant_id, user_id=context.actor.id, client_key=client_key)
        .on_conflict_do_nothing(index_elements=["tenant_id", "user_id", "client_key"])
        .returning(Submission.id)
    ).scalar()
    if claimed is not None:
        return Claim(is_first=True)
    return Claim(is_first=False, result=_result(context, client_key))


def settle(context: Context, client_key: str, result: str) -> None:
    """Keep the address of what the claimed form did, for whoever sends it again."""
    db.session.execute(
        update(Submission)
        .where(
            Submission.tenant_id == context.tenant_id,
            Submission.user_id == context.actor.id,
            Submission.client_key == client_key,
        )
        .values(result=result)
    )


def forget_old_submissions(context: Context) -> None:
    """Forget the tenant's keys of forms that were sent long ago."""
    db.session.execute(
        delete(Submission).where(
            Submission.tenant_id == context.tenant_id,
            Submission.created_at < clock.now() - KEPT_FOR,
        )
    )


def _result(context: Context, client_key: str) -> str | None:
    return db.session.execute(
        select(Submission.result).where(
            Submission.tenant_id == context.tenant_id,
            Submission.user_id == context.actor.id,
            Submission.client_key == client_key,
        )
    ).scalar()
