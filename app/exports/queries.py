"""What stands on a unit's shelf."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.core import clock
from app.core.database import db
from app.exports.models import ExportFile
from app.tenants.context import Context


@dataclass(frozen=True)
class ShelvedFile:
    """A file of the shelf: what, by whom, how far, until when."""

    id: int
    title: str
    ending: str
    orderer_name: str
    state: str
    rows: int
    done: int
    ordered_at: datetime
    expires_at: datetime


def shelf(context: Context, unit_id: int) -> tuple[ShelvedFile, ...]:
    """Return what was ordered for a unit and has not expired, the newest first."""
    rows = db.session.execute(
        select(
            ExportFile.id,
            ExportFile.title,
            ExportFile.ending,
            ExportFile.orderer_name,
            ExportFile.state,
            ExportFile.rows,
            ExportFile.done,
            ExportFile.ordered_at,
            ExportFile.expires_at,
        )
        .where(
            ExportFile.tenant_id == context.tenant_id,
            ExportFile.unit_id == unit_id,
            ExportFile.expires_at > clock.now(),
        )
        .order_by(ExportFile.id.desc())
    )
    return tuple(ShelvedFile(*row) for row in rows)
