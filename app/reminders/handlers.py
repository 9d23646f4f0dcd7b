"""What other packages ask of units comes to the same inbox; what rules wrote goes with a unit."""

from app.core.events import subscribe
from app.measures.queries import measures
from app.monitoring.queries import Question
from app.reminders.commands import Written, send, withdraw_by_rule
from app.reminders.rules import Kind, Origin, round_text
from app.rounds.events import RoundReminded
from app.units.events import UnitsTakenBack


def subscribe_handlers() -> None:
    """Listen for what lower packages do."""
    subscribe(RoundReminded, _write_to_silent)
    subscribe(UnitsTakenBack, _withdraw)


def _withdraw(event: UnitsTakenBack) -> None:
    withdraw_by_rule(event.context, event.unit_ids)


def _write_to_silent(event: RoundReminded) -> None:
    context, key = event.context, event.key
    measure = next(row for row in measures(context) if row.id == key.measure_id)
    once = f"{Origin.ROUND}:{event.round_id}:{context.today}"
    send(
        context,
        Kind.REMINDER,
        key.issuer_id,
        Question(measure, key.period, context.today),
        [
            Written(unit_id, Origin.ROUND, round_text(event.note), once=once)
            for unit_id in event.unit_ids
        ],
    )
