"""What a reorganisation does or did, as it is shown and kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.core.messages import Message
from app.reorganisations.rules import How, Move, Plan, Question


@dataclass(frozen=True)
class Result:
    """What a reorganisation does: how many units stand, who moves, what nobody has decided.

    `totals` count every measure in the whole tenant, by its code; before and after are equal.
    """

    decision_no: str
    effective: str
    units_before: int
    units_after: int
    moves: tuple[Move, ...]
    to_decide: tuple[Question, ...]
    totals_before: Mapping[str, int]
    totals_after: Mapping[str, int]

    def as_json(self) -> dict[str, Any]:
        """Return the stable shape of the command line."""
        return {
            "decision_no": self.decision_no,
            "effective": self.effective,
            "units_before": self.units_before,
            "units_after": self.units_after,
            "moves": [
                {"unit": move.unit, "from": move.origin, "to": move.target, "how": move.how.value}
                for move in self.moves
            ],
            "to_decide": [
                {
                    "unit": each.unit,
                    "question": str(each.question),
                    "text": each.question.text,
                    "values": dict(each.question.values),
                }
                for each in self.to_decide
            ],
            "totals_before": dict(self.totals_before),
            "totals_after": dict(self.totals_after),
        }

    @classmethod
    def of_json(cls, kept: Mapping[str, Any]) -> "Result":
        """Read back what `as_json` wrote."""
        return cls(
            decision_no=kept["decision_no"],
            effective=kept["effective"],
            units_before=kept["units_before"],
            units_after=kept["units_after"],
            moves=tuple(
                Move(move["unit"], move["from"], move["to"], How(move["how"]))
                for move in kept["moves"]
            ),
            to_decide=tuple(
                Question(each["unit"], _message_of(each)) for each in kept["to_decide"]
            ),
            totals_before=kept["totals_before"],
            totals_after=kept["totals_after"],
        )


@dataclass(frozen=True)
class Undone:
    """What stands after a reorganisation was taken back."""

    decision_no: str
    units: int
    totals: Mapping[str, int]

    def as_json(self) -> dict[str, Any]:
        """Return the stable shape of the command line."""
        return {"decision_no": self.decision_no, "units": self.units, "totals": dict(self.totals)}


def result_of(
    decision_no: str, made: Plan, *, before: Mapping[str, int], after: Mapping[str, int]
) -> Result:
    """Return what a plan does, with the totals of before and after."""
    return Result(
        decision_no=decision_no,
        effective=made.effective.isoformat(),
        units_before=len(made.before),
        units_after=len(made.after),
        moves=made.moves(),
        to_decide=made.questions,
        totals_before=before,
        totals_after=after,
    )


def _message_of(kept: Mapping[str, Any]) -> Message:
    """Read a question back, to be said in any language; one kept earlier is as it was said."""
    return Message(kept.get("text", kept["question"]), kept.get("values", {}))
