"""What happens to files when the tree changes, and to their rows when people are erased."""

from sqlalchemy import delete, update

from app.cases.events import PeopleErased
from app.core.database import db
from app.core.events import subscribe
from app.intake.models import ImportFile, ImportRow
from app.units.events import UnitsRepathed
from app.units.models import Unit


def subscribe_handlers() -> None:
    """Listen for what lower packages do."""
    subscribe(UnitsRepathed, _follow_units)
    subscribe(PeopleErased, _forget_rows)


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


def _forget_rows(event: PeopleErased) -> None:
    """Delete the rows that brought people who are erased, whichever unit has sent them."""
    db.session.execute(
        delete(ImportRow).where(
            ImportRow.tenant_id == event.context.tenant_id,
            ImportRow.person_id.in_(event.person_ids),
        ),
        execution_options={"synchronize_session": False},
    )
