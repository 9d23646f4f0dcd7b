"""Geometry of charts: figures in, frozen coordinates out; macros/figures.html draws them.

Nothing here knows a language, a request or a colour. Coordinates are pixels of a drawing.
"""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

FULL = Decimal(100)
MOST_STEPS = 5
MONTHS_NAMED_SINGLY = 12
LABEL_HEIGHT = 34
LABEL_WIDTH = 76
LABEL_GAP = 8
BASELINE = 18
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class ProgressBar:
    """A bar in hundredths of its drawing's width."""

    full: Decimal
    done: Decimal
    pace: Decimal | None
    is_full: bool


def progress_bar(percent: Decimal | None, pace: Decimal | None = None) -> ProgressBar:
    """Lay out a bar for a percentage, with a tick where it should be today.

    Above 100% the track shrinks, so that what is beyond the quota is seen beyond its end.
    """
    done = max(percent or Decimal(0), Decimal(0))
    widest = max(done, FULL)
    return ProgressBar(
        full=_hundredths(FULL, widest),
        done=_hundredths(done, widest),
        pace=None if pace is None else _hundredths(min(max(pace, Decimal(0)), FULL), widest),
        is_full=done >= FULL,
    )


def _hundredths(value: Decimal, widest: Decimal) -> Decimal:
    return (value * FULL / widest).quantize(Decimal("0.1")).normalize() + 0


@dataclass(frozen=True)
class MonthFigure:
    """Running totals at the end of a month, or as of the chart's date in that date's month.

    `month` is any day of it. `admitted` is None for a month that has not begun, `last_year`
    where nothing is known.
    """

    month: date
    admitted: int | None
    last_year: int | None


class Point(NamedTuple):
    """A place in a drawing."""

    x: float
    y: float


class Tick(NamedTuple):
    """A mark on an axis: where it stands, and the number, month or year it says."""

    at: float
    value: int


class Series(StrEnum):
    """What a line shows."""

    PACE = "pace"
    LAST_YEAR = "last-year"
    ADMITTED = "admitted"


class Line(NamedTuple):
    """A line as the points of a polyline, its end and the figure there, and where its words go."""

    series: Series
    points: str
    end: Point
    value: int
    label: Point


@dataclass(frozen=True, kw_only=True)
class Frame:
    """The size of a drawing and the room around its plot."""

    name: str
    width: int
    height: int
    left: int
    right: int
    top: int = 30
    bottom: int = 30

    @property
    def plot_right(self) -> int:
        """Where the plot ends and the labels begin."""
        return self.width - self.right

    @property
    def plot_bottom(self) -> int:
        """The height of zero."""
        return self.height - self.bottom


WIDE = Frame(name="wide", width=1080, height=340, left=56, right=112)
MIDDLE = Frame(name="middle", width=690, height=310, left=52, right=96)
NARROW = Frame(name="narrow", width=328, height=270, left=44, right=74)


@dataclass(frozen=True, kw_only=True)
class CumulativeDrawing:
    """The chart at one size; its lines from the rearmost to the foremost."""

    frame: Frame
    time_ticks: tuple[Tick, ...]
    count_ticks: tuple[Tick, ...]
    quota_at: float | None
    as_of_at: float
    lines: tuple[Line, ...]

    @property
    def grid(self) -> str:
        """The lines of the counts as one path."""
        left, right = self.frame.left, self.frame.plot_right
        return "".join([f"M{left} {tick.at:g}H{right}" for tick in self.count_ticks])


@dataclass(frozen=True, kw_only=True)
class CumulativeRow:
    """The chart's figures on one date, for the table beside it."""

    until: date
    admitted: int | None
    last_year: int | None
    pace: int | None


@dataclass(frozen=True, kw_only=True)
class CumulativeChart:
    """The running total beside its pace and last year's, drawn for each width, and a table."""

    drawings: tuple[CumulativeDrawing, ...]
    rows: tuple[CumulativeRow, ...]
    is_by_year: bool
    quota: int | None
    as_of: date
    at_as_of: CumulativeRow


def cumulative_chart(
    months: Sequence[MonthFigure], quota: int | None, as_of: date
) -> CumulativeChart:
    """Lay out running totals by month, the even pace to the quota, and last year's line.

    `months` follow each other without a gap and hold `as_of`; the period is theirs. The pace is
    the quota's share of days gone, the as-of date included.
    """
    begin = months[0].month.replace(day=1)
    end = _month_end(months[-1].month) + _ONE_DAY
    rows = tuple(_row(figure, quota, as_of, (begin, end)) for figure in months)
    figures = _Figures(begin=begin, end=end, rows=rows, quota=quota, as_of=as_of)
    return CumulativeChart(
        drawings=tuple(_drawing(figures, frame) for frame in (WIDE, MIDDLE, NARROW)),
        rows=rows,
        is_by_year=len(rows) > MONTHS_NAMED_SINGLY,
        quota=quota,
        as_of=as_of,
        at_as_of=figures.at_as_of,
    )


@dataclass(frozen=True, kw_only=True)
class _Figures:
    begin: date
    end: date
    rows: tuple[CumulativeRow, ...]
    quota: int | None
    as_of: date

    @property
    def highest(self) -> int:
        counts = [count for row in self.rows for count in (row.admitted, row.last_year)]
        return max(count or 0 for count in (*counts, self.quota, 1))

    @property
    def at_as_of(self) -> CumulativeRow:
        return next(row for row in self.rows if row.until == self.as_of)


@dataclass(frozen=True, kw_only=True)
class _Scale:
    """From dates and counts to places in a frame."""

    frame: Frame
    begin: date
    days: int
    top: int

    @cached_property
    def width(self) -> int:
        """The plot's."""
        return self.frame.plot_right - self.frame.left

    @cached_property
    def bottom(self) -> int:
        """The height of zero."""
        return self.frame.plot_bottom

    def x(self, day: date) -> float:
        """Return where a day begins."""
        return round(self.frame.left + self.width * (day - self.begin).days / self.days, 1)

    def y(self, count: int) -> float:
        return round(self.bottom - (self.bottom - self.frame.top) * count / self.top, 1)

    def at_close_of(self, day: date, count: int) -> Point:
        """Return the place of a count that includes a day."""
        return Point(self.x(day + _ONE_DAY), self.y(count))


def _month_end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def _row(
    figure: MonthFigure, quota: int | None, as_of: date, period: tuple[date, date]
) -> CumulativeRow:
    month_end = _month_end(figure.month)
    until = as_of if (as_of.year, as_of.month) == (month_end.year, month_end.month) else month_end
    begin, end = period
    gone = Decimal((until - begin).days + 1) / (end - begin).days
    pace = None if quota is None else int((quota * gone).quantize(Decimal(1), ROUND_HALF_UP))
    return CumulativeRow(
        until=until, admitted=figure.admitted, last_year=figure.last_year, pace=pace
    )


def _drawing(figures: _Figures, frame: Frame) -> CumulativeDrawing:
    step = scale_step(figures.highest)
    top = -(-figures.highest // step) * step
    scale = _Scale(
        frame=frame, begin=figures.begin, days=(figures.end - figures.begin).days, top=top
    )
    return CumulativeDrawing(
        frame=frame,
        time_ticks=_time_ticks(figures, scale),
        count_ticks=tuple(Tick(scale.y(count), count) for count in range(0, top + 1, step)),
        quota_at=None if figures.quota is None else scale.y(figures.quota),
        as_of_at=scale.x(figures.as_of + _ONE_DAY),
        lines=_lines(figures, scale),
    )


def scale_step(highest: int) -> int:
    """Return the least of 1, 2, 5, 10, 20 … that reaches the highest count in a few steps."""
    power = 1
    while True:
        for factor in (1, 2, 5):
            if highest <= factor * power * MOST_STEPS:
                return factor * power
        power *= 10


def _time_ticks(figures: _Figures, scale: _Scale) -> tuple[Tick, ...]:
    """Name each month in its middle, or in a longer period each year."""
    days = [row.until for row in figures.rows]
    if len(days) <= MONTHS_NAMED_SINGLY:
        return tuple(Tick(scale.x(day.replace(day=16)), day.month) for day in days)
    years = sorted({day.year for day in days})
    return tuple(Tick(scale.x(_within(figures, date(year, 7, 1))), year) for year in years)


def _within(figures: _Figures, day: date) -> date:
    return min(max(day, figures.begin), figures.end)


def _lines(figures: _Figures, scale: _Scale) -> tuple[Line, ...]:
    last_day = figures.end - _ONE_DAY
    counts = {
        Series.PACE: [(last_day, figures.quota)],
        Series.LAST_YEAR: [(row.until, row.last_year) for row in figures.rows],
        Series.ADMITTED: [(row.until, row.admitted) for row in figures.rows],
    }
    lines = [
        _line(scale, series, known)
        for series, given in counts.items()
        if (known := [(day, count) for day, count in given if count is not None])
    ]
    room = _room_for_words(scale, figures.at_as_of)
    beside = [
        line._replace(label=room) for line in lines if room and line.series is Series.ADMITTED
    ]
    # What was admitted comes last, so the lines before it are those in the margin.
    in_margin = lines[: len(lines) - len(beside)]
    labelled = [*spread_labels(in_margin, scale.frame), *beside]
    return tuple(sorted(labelled, key=lambda line: list(Series).index(line.series)))


def _line(scale: _Scale, series: Series, counts: Sequence[tuple[date, int]]) -> Line:
    """Draw a line from nothing at the period's begin; its words stand in the margin."""
    places = [scale.at_close_of(day, count) for day, count in counts]
    begin = Point(scale.x(scale.begin), scale.y(0))
    return Line(
        series=series,
        points=_points((begin, *places)),
        end=places[-1],
        value=counts[-1][1],
        label=Point(scale.frame.plot_right + LABEL_GAP, places[-1].y),
    )


def _room_for_words(scale: _Scale, row: CumulativeRow) -> Point | None:
    """Find room to the right of the as-of date, None when the margin is too near.

    Totals never fall, so what is below all lines stays free; early in the period, where they are
    too low for that, what is above them is.
    """
    x = scale.x(row.until + _ONE_DAY) + LABEL_GAP
    if x + LABEL_WIDTH > scale.frame.plot_right:
        return None
    counts = [count for count in (row.admitted, row.last_year, row.pace) if count is not None]
    below = scale.y(min(counts, default=0)) + BASELINE
    if below + BASELINE <= scale.frame.plot_bottom:
        return Point(x, below)
    return Point(x, scale.frame.top + BASELINE)


def spread_labels(lines: Sequence[Line], frame: Frame) -> list[Line]:
    """Move words in the margin apart, in the order of their lines' ends, inside the frame."""
    spread = sorted(lines, key=lambda line: line.end.y)
    for place, line in enumerate(spread[1:], start=1):
        least = spread[place - 1].label.y + LABEL_HEIGHT
        spread[place] = _at_height(line, max(line.label.y, least))
    lowest = float(frame.plot_bottom)
    for place in reversed(range(len(spread))):
        spread[place] = _at_height(spread[place], min(spread[place].label.y, lowest))
        lowest = spread[place].label.y - LABEL_HEIGHT
    return spread


def _at_height(line: Line, height: float) -> Line:
    return line._replace(label=Point(line.label.x, height))


SPARK_WIDTH = 96
SPARK_HEIGHT = 24
_SPARK_ROOM = 2


@dataclass(frozen=True)
class Sparkline:
    """Some numbers in a row as the points of a polyline, and the place of the last one."""

    points: str
    end: Point


def sparkline(values: Sequence[int]) -> Sparkline:
    """Lay out numbers from left to right, zero at the bottom and the highest at the top."""
    highest = max(*values, 1)
    step = (SPARK_WIDTH - 2 * _SPARK_ROOM) / max(len(values) - 1, 1)
    height = SPARK_HEIGHT - 2 * _SPARK_ROOM
    places = [
        Point(
            round(_SPARK_ROOM + step * place, 1),
            round(SPARK_HEIGHT - _SPARK_ROOM - height * value / highest, 1),
        )
        for place, value in enumerate(values)
    ]
    return Sparkline(_points(places), places[-1])


SMALL = Frame(name="small", width=240, height=104, left=4, right=4, top=10, bottom=6)


@dataclass(frozen=True, kw_only=True)
class SmallDrawing:
    """A running total in small: this year's and last year's line, the pace, and the quota."""

    frame: Frame
    admitted: str
    last_year: str
    pace: str | None
    end: Point
    quota_at: float | None


def small_drawing(
    months: Sequence[MonthFigure], quota: int | None, as_of: date, highest: int
) -> SmallDrawing:
    """Lay out running totals in small; drawings beside each other share `highest`."""
    begin = months[0].month.replace(day=1)
    end = _month_end(months[-1].month) + _ONE_DAY
    scale = _Scale(frame=SMALL, begin=begin, days=(end - begin).days, top=max(highest, 1))

    def line(counts: Sequence[tuple[date, int]]) -> list[Point]:
        places = [scale.at_close_of(day, count) for day, count in counts]
        return [Point(scale.x(begin), scale.y(0)), *places]

    last_day = end - _ONE_DAY
    admitted = line(
        [
            (min(_month_end(month.month), as_of), month.admitted)
            for month in months
            if month.admitted is not None
        ]
    )
    before = line(
        [
            (_month_end(month.month), month.last_year)
            for month in months
            if month.last_year is not None
        ]
    )
    return SmallDrawing(
        frame=SMALL,
        admitted=_points(admitted),
        last_year=_points(before) if len(before) > 1 else "",
        pace=None if quota is None else _points(line([(last_day, quota)])),
        end=admitted[-1],
        quota_at=None if quota is None else scale.y(quota),
    )


def _points(places: Iterable[Point]) -> str:
    return " ".join([f"{x:g},{y:g}" for x, y in places])


@dataclass(frozen=True)
class ShareBars:
    """Two shares as bars above each other, in hundredths of the drawing's width."""

    now: Decimal
    before: Decimal | None


def share_bars(now: Decimal, before: Decimal | None) -> ShareBars:
    """Lay out a share of this year and of last year, in percent of a whole."""
    return ShareBars(
        _hundredths(min(now, FULL), FULL),
        None if before is None else _hundredths(min(before, FULL), FULL),
    )


@dataclass(frozen=True)
class Box:
    """A rectangle in a drawing."""

    x: float
    y: float
    width: float
    height: float

    def within(self, margin: float, top: float = 0) -> "Box":
        """Return the box inside it, with a margin all around and room at the top."""
        return Box(
            self.x + margin,
            self.y + margin + top,
            max(self.width - 2 * margin, 0),
            max(self.height - 2 * margin - top, 0),
        )


def treemap(values: Sequence[int], box: Box) -> list[Box]:
    """Divide a box into areas in proportion to positive values, each as square as can be.

    The squarified treemap of Bruls, Huizing and van Wijk (2000). The boxes stand in the order of
    the values; the largest lie at the upper left.
    """
    order = sorted(range(len(values)), key=lambda place: -values[place])
    whole = sum(values)
    if not whole or not box.width or not box.height:
        return [Box(box.x, box.y, 0, 0) for _ in values]
    areas = [values[place] * box.width * box.height / whole for place in order]
    laid: list[Box] = []
    rest = box
    while len(laid) < len(areas):
        waiting = areas[len(laid) :]
        side = min(rest.width, rest.height)
        count = 1
        while count < len(waiting) and _worst(waiting[: count + 1], side) <= _worst(
            waiting[:count], side
        ):
            count += 1
        row, rest = _row_of_boxes(waiting[:count], rest)
        laid += row
    by_place = dict(zip(order, laid, strict=True))
    return [by_place[place] for place in range(len(values))]


def _worst(areas: Sequence[float], side: float) -> float:
    """Return how long the longest of these boxes in a row along a side is for its width."""
    whole = sum(areas)
    return max(
        max(side * side * area / (whole * whole), whole * whole / (side * side * area))
        for area in areas
    )


def _row_of_boxes(areas: Sequence[float], box: Box) -> tuple[list[Box], Box]:
    """Put areas beside each other along the shorter side; return them and what is left."""
    whole = sum(areas)
    boxes = []
    if box.width >= box.height:
        thickness = whole / box.height
        y = box.y
        for area in areas:
            boxes.append(Box(box.x, y, thickness, area / thickness))
            y += area / thickness
        return boxes, Box(box.x + thickness, box.y, max(box.width - thickness, 0), box.height)
    thickness = whole / box.width
    x = box.x
    for area in areas:
        boxes.append(Box(x, box.y, area / thickness, thickness))
        x += area / thickness
    return boxes, Box(box.x, box.y + thickness, box.width, max(box.height - thickness, 0))
