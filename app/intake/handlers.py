"""What happens to files when the tree changes."""

from sqlalchemy import update

from app.core.database import db
from app.core.events import subscribe
from app.intake.models import ImportFile
from app.units.events import UnitsRepathed
from app.units.models import Unit


def subscribe_handlers() -> None:
    """Listen for what lower packages do."""
    subscribe(UnitsRepathed, _follow_units)


def _follow_units(event: UnitsRepathed) -> None:
    """Give files the path that their unit has today; their rows follow by the foreign key."""
    db.session.execute(
        update(ImportFile)
        .where(
            ImportFile.tenant_id == event.context.tenant_id,
            Unit.tenant_id == event.context.tenant_id,
            Unit.id == ImportFile.unit_id,
            Unit.id.in_(event.unit_ids),
            Unit.path.is_not(None),
            Unit.path != ImportFile.path,
        )
        .values(path=Unit.path),
        execution_options={"synchronize_session": False},
    )
