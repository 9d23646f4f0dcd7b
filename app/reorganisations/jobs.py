"""The worker's part: carrying out and taking back what was asked for, telling how far it is."""

from dataclasses import replace
from functools import partial

from sqlalchemy import select, update

from app.core.database import db
from app.core.jobs import every, job
from app.reorganisations.drafts import carry_on
from app.reorganisations.models import Reorganisation
from app.tenants.aside import is_taken_up, tell
from app.tenants.context import JOB, Actor, Context, tenant_transaction
from app.tenants.queries import tenant_codes

LOOK_EVERY_SECONDS = 3
LONGEST_WORK_SECONDS = 1800
AT_WORK = 1_202_507
"""The first number of the lock that a worker holds on a tenant; any that nobody else uses."""


@every(seconds=LOOK_EVERY_SECONDS)
@job(queue="default", timeout_seconds=LONGEST_WORK_SECONDS)
def carry_out_reorganisations() -> None:
    """Do all that was asked for, each in one transaction; one that was killed begins again."""
    with db.session.begin():
        codes = tenant_codes()
    for code in codes:
        for reorganisation_id in _asked(code):
            carry_out_one(code, reorganisation_id)


def carry_out_one(code: str, reorganisation_id: int) -> None:
    """Do what was asked for of one reorganisation, in the name of whoever asked.

    A tenant that another worker is at is left to it, so that workers do several tenants at once.
    """
    with tenant_transaction(code, JOB) as context:
        asked = db.session.execute(
            select(
                Reorganisation.requested,
                Reorganisation.requested_by,
                Reorganisation.requester,
            )
            .where(
                Reorganisation.tenant_id == context.tenant_id,
                Reorganisation.id == reorganisation_id,
            )
            .with_for_update(key_share=True, skip_locked=True)
        ).one_or_none()
        if asked is None or asked.requested is None:
            return
        actor = Actor("user", asked.requested_by, asked.requester or "")
    with tenant_transaction(code, JOB) as context:
        if not is_taken_up(context, AT_WORK):
            return
        acting = replace(context, actor=actor)
        carry_on(acting, reorganisation_id, partial(_tell, acting, reorganisation_id))


def _tell(context: Context, reorganisation_id: int, step: int) -> None:
    tell(
        context,
        update(Reorganisation.__table__)  # type: ignore[arg-type]
        .where(
            Reorganisation.tenant_id == context.tenant_id, Reorganisation.id == reorganisation_id
        )
        .values(progress=step),
    )


def _asked(code: str) -> list[int]:
    with tenant_transaction(code, JOB) as context:
        return list(
            db.session.scalars(
                select(Reorganisation.id)
                .where(
                    Reorganisation.tenant_id == context.tenant_id,
                    Reorganisation.requested.is_not(None),
                )
                .order_by(Reorganisation.id)
            )
        )
