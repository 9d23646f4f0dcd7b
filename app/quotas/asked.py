"""What the address of a page of quotas asks for, and the board that it asks for."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import request, url_for

from app.core.periods import Period
from app.measures.filters import asked_measure, asked_period
from app.measures.queries import (
    MeasureRow,
    SegmentRow,
    measures_with_segments,
    segments_among,
)
from app.quotas import boards
from app.quotas.boards import Board, Frame
from app.quotas.queries import VersionRow, Versions, last_published_period
from app.quotas.rules import BoardKey
from app.tenants.context import Context
from app.units.queries import unit_with_family
from app.units.rows import UnitRow

WITH = "with"
"""Names, in addresses and forms, the segments that are to have boxes."""


@dataclass(frozen=True)
class Asked:
    """What the address asks for: whose quotas, of what (among what is offered) and when.

    `below` are the unit's children in the period. `wanted` are codes of segments that are to have
    boxes although none has a quota yet.
    """

    unit: UnitRow
    above: tuple[UnitRow, ...]
    below: tuple[UnitRow, ...]
    measure: MeasureRow
    period: Period
    offered: tuple[MeasureRow, ...]
    segments: tuple[SegmentRow, ...]
    wanted: tuple[str, ...] = ()

    @property
    def frame(self) -> Frame:
        """The board that is asked for, before any quota stands on it."""
        return Frame(self.unit, self.measure, self.period, self.below, self.segments)

    @property
    def key(self) -> BoardKey:
        """The key of the unit's board."""
        return self.frame.key

    @property
    def address(self) -> dict[str, Any]:
        """What every link of these pages carries."""
        return {"period": str(self.period), "measure": self.measure.code}

    def url(self, endpoint: str, **more: Any) -> str:  # noqa: ANN401 as `url_for` takes them
        """Return the address of another page for the same question."""
        return url_for(endpoint, unit_id=self.unit.id, **more, **self.address)

    @property
    def board_url(self) -> str:
        """The address of the board with the columns that were added to it."""
        wanted: dict[str, Any] = {WITH: list(dict.fromkeys(self.wanted))} if self.wanted else {}
        return url_for("quotas.board", unit_id=self.unit.id, **self.address, **wanted)


def asked_of(context: Context, unit_id: int) -> Asked:
    """Read the question from the address; this year's admissions when it is bare.

    Of a unit that has ended, a bare address asks for the last period that it gave quotas for.
    """
    period = asked_period(context.today)
    unit, above, below = unit_with_family(context, unit_id, period.start, period.last_day)
    if not unit.path and "period" not in request.values:
        period = last_published_period(context, unit_id) or period
        unit, above, below = unit_with_family(context, unit_id, period.start, period.last_day)
    offered, segments = measures_with_segments(context)
    measure = asked_measure(offered)
    return Asked(
        unit=unit,
        above=above,
        below=below,
        measure=measure,
        period=period,
        offered=offered,
        segments=segments_among(segments, measure),
        wanted=tuple(filter(None, request.values.getlist(WITH))),
    )


def board_as(
    context: Context, asked: Asked, choose: Callable[[Versions], VersionRow | None]
) -> Board:
    """Return the board asked for, with the quotas of the version that `choose` picks."""
    return boards.board(context, asked.frame, choose=choose, wanted=asked.wanted)


def edited_board(context: Context, asked: Asked) -> Board:
    """Return the board asked for as whoever fills it in has it: the draft, else what is in force.

    What is in force is then the version decided last.
    """
    return board_as(context, asked, lambda found: found.current)
