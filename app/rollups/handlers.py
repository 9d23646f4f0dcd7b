"""What changes the books besides the steps: units that moved, and measures defined anew."""

from app.core.events import subscribe
from app.measures.events import MeasureDefinitionChanged
from app.rollups import commands
from app.units.events import UnitsRepathed


def subscribe_handlers() -> None:
    """Listen for what lower packages do."""
    subscribe(UnitsRepathed, _credit_anew)
    subscribe(MeasureDefinitionChanged, _count_anew)


def _credit_anew(event: UnitsRepathed) -> None:
    commands.recredit(event.context, event.unit_ids)


def _count_anew(event: MeasureDefinitionChanged) -> None:
    commands.rebuild(event.context)
