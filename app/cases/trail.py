"""People and steps as the trail says them."""

from collections.abc import Mapping
from dataclasses import fields

from app.cases.rules import PersonDetails, StepDraft, StepKind


def spoken(details: PersonDetails) -> dict[str, object]:
    """Return a person's attributes for the trail, without those that are unknown."""
    return _said(details)


def spoken_steps(steps: Mapping[StepKind, StepDraft]) -> dict[str, object]:
    """Return steps for the trail: each with its date, number and who introduced."""
    return {kind.value: _said(draft) for kind, draft in steps.items()}


def difference(
    before: Mapping[str, object], after: Mapping[str, object]
) -> tuple[dict[str, object], dict[str, object]]:
    """Return what differs between two states, as it was and as it is."""
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return (
        {name: before.get(name) for name in names},
        {name: after.get(name) for name in names},
    )


def _said(record: PersonDetails | StepDraft) -> dict[str, object]:
    names = _NAMES[type(record)]
    return {name: value for name in names if (value := getattr(record, name))}


_NAMES = {kind: tuple(item.name for item in fields(kind)) for kind in (PersonDetails, StepDraft)}
