"""Pure rules of the screens: what only completes a step, and who is credited with what."""

from collections.abc import Mapping

from app.cases.rules import StepKind
from app.procedure.details import PaperDetails, to_json

_MAY_GO_ON = frozenset({"status"})
"""What changes by itself while a step is under way, such as a verification that concludes."""


def only_completes(before: PaperDetails, after: PaperDetails) -> bool:
    """Tell whether nothing that was known is changed or taken away; then no reason is asked."""
    return _is_kept(to_json(before), to_json(after))


def _is_kept(before: object, after: object) -> bool:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return all(
            name in _MAY_GO_ON or (name in after and _is_kept(known, after[name]))
            for name, known in before.items()
        )
    if isinstance(before, list) and isinstance(after, list):
        return len(before) <= len(after) and all(map(_is_kept, before, after))
    return before == after


TOGETHER = (
    StepKind.SYMPATHISER,
    StepKind.CERTIFICATE,
    StepKind.CELL_RESOLUTION,
    StepKind.COMMITTEE_RESOLUTION,
    StepKind.DECISION,
    StepKind.DECISION_RECEIVED,
    StepKind.CEREMONY,
    StepKind.NEW_MEMBER_CLASS,
    StepKind.RECOGNITION_RESOLUTION,
    StepKind.RECOGNITION,
)
"""The steps that one act may record of many people: a class, a meeting, a decision, a ceremony."""

_PHASES = (
    (StepKind.LISTED, StepKind.CELL_RESOLUTION),
    (StepKind.CELL_RESOLUTION, StepKind.DECISION),
    (StepKind.DECISION, StepKind.CEREMONY),
    (StepKind.CEREMONY, StepKind.RECOGNITION),
)


def stages_before(kind: StepKind) -> tuple[StepKind, ...]:
    """Return the stages of those who may take a step next.

    They have come to the phase that the step belongs to, and not to the step itself.
    """
    way = list(StepKind)
    at = way.index(kind)
    first = next(
        begin
        for begin, end in _PHASES
        if way.index(begin) < at <= way.index(end) or (kind is begin is StepKind.LISTED)
    )
    return tuple(way[way.index(first) : at])
