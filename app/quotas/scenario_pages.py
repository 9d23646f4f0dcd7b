"""Scenarios side by side with the draft, one column of the board at a time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext

from app.measures.queries import SegmentRow
from app.quotas.boards import Board
from app.quotas.pages import quota_text
from app.quotas.rules import Balance, Line, Quota, balance, differences
from app.quotas.scenarios import ScenarioRow
from app.units.rows import UnitRow


@dataclass(frozen=True)
class Alternative:
    """One way to fill the board in: the draft, what is in force, or a scenario with its number.

    `total` is what it gives in the column shown, `weighed` what it gives and keeps in all;
    `differs` says in how many boxes of the whole board it differs from the first alternative.
    """

    name: str
    scenario_id: int | None
    total: int
    weighed: Balance
    differs: int


@dataclass(frozen=True)
class Cell:
    """What one alternative gives to a unit, and how many more than the first one does."""

    text: str
    change: int


@dataclass(frozen=True)
class ComparedRow:
    """A unit with what each alternative gives it."""

    unit: UnitRow
    cells: tuple[Cell, ...]
    is_same: bool


@dataclass(frozen=True)
class ComparisonPage:
    """The alternatives, the first of which is what stands on the board, and the rows."""

    alternatives: tuple[Alternative, ...]
    rows: tuple[ComparedRow, ...]

    @property
    def scenarios(self) -> tuple[Alternative, ...]:
        """The alternatives that were put aside under a name."""
        return tuple(row for row in self.alternatives if row.scenario_id is not None)


def comparison_page(
    board: Board,
    units: Sequence[UnitRow],
    kept: Iterable[ScenarioRow],
    segment: SegmentRow | None,
) -> ComparisonPage:
    """Set side by side what stands on a board, what is in force and what was put aside."""
    ways: list[tuple[str, int | None, tuple[Line, ...]]] = [(_first(board), None, board.lines)]
    if board.versions.draft and board.versions.latest:
        ways.append((gettext("Đang có hiệu lực"), None, board.lines_decided_last))
    ways += [(row.name, row.id, row.lines) for row in kept]
    column = segment.id if segment else None
    given = [_quotas(lines, column) for _name, _number, lines in ways]
    return ComparisonPage(
        alternatives=tuple(
            Alternative(
                name=name,
                scenario_id=number,
                total=sum(quota.count for quota in quotas.values()),
                weighed=balance(board.held, lines),
                differs=len(differences(board.lines, lines)),
            )
            for (name, number, lines), quotas in zip(ways, given, strict=True)
        ),
        rows=tuple(_row(unit, given) for unit in units),
    )


def _first(board: Board) -> str:
    if board.versions.draft:
        name = gettext("Bản nháp")
    else:
        name = gettext("Đang có hiệu lực") if board.versions.latest else gettext("Bảng còn trống")
    return str(name)


def _quotas(lines: Iterable[Line], segment_id: int | None) -> dict[int, Quota]:
    return {line.unit_id: line.quota for line in lines if line.segment_id == segment_id}


def _row(unit: UnitRow, given: Sequence[Mapping[int, Quota]]) -> ComparedRow:
    quotas = [those.get(unit.id) for those in given]
    counts = [quota.count if quota else 0 for quota in quotas]
    return ComparedRow(
        unit,
        tuple(
            Cell(quota_text(quota), count - counts[0])
            for quota, count in zip(quotas, counts, strict=True)
        ),
        is_same=len(set(quotas)) == 1,
    )
