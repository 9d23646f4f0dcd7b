"""What happens to people and steps when the tree or a definition changes."""

from app.cases.commands import retell_everybody
from app.cases.writing import follow_cells
from app.core.events import subscribe
from app.measures.events import SegmentDefinitionChanged
from app.units.events import UnitsRepathed


def subscribe_handlers() -> None:
    """Listen for what lower packages do."""
    subscribe(UnitsRepathed, _follow_cells)
    subscribe(SegmentDefinitionChanged, _retell_everybody)


def _follow_cells(event: UnitsRepathed) -> None:
    follow_cells(event.context, event.unit_ids)


def _retell_everybody(event: SegmentDefinitionChanged) -> None:
    retell_everybody(event.context)
