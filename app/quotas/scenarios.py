"""Scenarios of a board as they stand: named distributions that were put aside."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select

from app.core.database import db
from app.core.errors import NotFound
from app.core.messages import message
from app.quotas.boxes import BoxKey, Mark
from app.quotas.in_force import as_range
from app.quotas.models import Scenario, ScenarioBox
from app.quotas.rules import BoardKey, Line, Quota, is_same
from app.tenants.context import Context

LONGEST_NAME = 60
MOST_SCENARIOS = 6
"""As many as can be read side by side."""


@dataclass(frozen=True)
class ScenarioRow:
    """A scenario with the quotas and marks of its boxes."""

    id: int
    name: str
    lines: tuple[Line, ...]
    marks: Mapping[BoxKey, Mark]


def scenarios_of(context: Context, key: BoardKey) -> tuple[ScenarioRow, ...]:
    """Return the scenarios of a board, the one kept first in front, by one statement."""
    rows: Iterable[Row[*tuple[Any, ...]]] = db.session.execute(
        select(
            Scenario.id,
            Scenario.name,
            ScenarioBox.unit_id,
            ScenarioBox.segment_id,
            ScenarioBox.is_held,
            ScenarioBox.note,
            ScenarioBox.kind,
            ScenarioBox.count,
            ScenarioBox.upper_count,
            ScenarioBox.percent,
            ScenarioBox.base,
        )
        .outerjoin(
            ScenarioBox,
            (ScenarioBox.tenant_id == context.tenant_id) & (ScenarioBox.scenario_id == Scenario.id),
        )
        .where(
            Scenario.tenant_id == context.tenant_id,
            Scenario.issuer_id == key.issuer_id,
            Scenario.measure_id == key.measure_id,
            Scenario.period == as_range(key.period),
        )
        .order_by(Scenario.kept_at, Scenario.name, ScenarioBox.unit_id, ScenarioBox.segment_id)
    )
    names: dict[int, str] = {}
    lines: dict[int, list[Line]] = defaultdict(list)
    marks: dict[int, dict[BoxKey, Mark]] = defaultdict(dict)
    for scenario_id, name, unit_id, segment_id, is_held, note, kind, *quota in rows:
        names[scenario_id] = name
        if kind is not None:
            lines[scenario_id].append(Line(unit_id, segment_id, Quota(kind, *quota)))
        if is_held or note is not None:
            marks[scenario_id][BoxKey(unit_id, segment_id)] = Mark(is_held=is_held, note=note)
    return tuple(
        ScenarioRow(number, name, tuple(lines[number]), marks[number])
        for number, name in names.items()
    )


def would_be_lost(
    lines: Sequence[Line],
    marks: Mapping[BoxKey, Mark],
    *,
    decided_last: Sequence[Line],
    kept: Iterable[ScenarioRow],
) -> bool:
    """Tell whether a draft stands nowhere else: in no scenario, and not as it was published."""
    if not lines and not marks:
        return False
    if decided_last and not marks and is_same(decided_last, lines):
        return False
    return not any(is_same(row.lines, lines) and row.marks == marks for row in kept)


def scenario_among(scenarios: Iterable[ScenarioRow], scenario_id: int) -> ScenarioRow:
    """Return the scenario with a number among those of a board; NotFound for any other."""
    found = next((row for row in scenarios if row.id == scenario_id), None)
    if found is None:
        raise NotFound(message("Không có phương án này."))
    return found
