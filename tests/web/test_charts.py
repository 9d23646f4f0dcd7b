from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest

from app.web.charts import (
    LABEL_HEIGHT,
    NARROW,
    WIDE,
    Line,
    MonthFigure,
    Point,
    Series,
    cumulative_chart,
    progress_bar,
    scale_step,
    spread_labels,
)

ADMITTED = (92, 181, 330, 498, 690, 905, 1101, 1302, 1545, 1698, None, None)
LAST_YEAR = (70, 150, 260, 401, 560, 733, 905, 1090, 1266, 1433, 1612, 1840)
AS_OF = date(2022, 10, 31)


def months(admitted=ADMITTED, last_year=LAST_YEAR):
    return [
        MonthFigure(date(2022, month, 1), count, before)
        for month, (count, before) in enumerate(zip(admitted, last_year, strict=True), start=1)
    ]


def line_of(drawing, series):
    return next(line for line in drawing.lines if line.series is series)


class TestProgressBar:
    def test_fills_by_the_percentage_and_ticks_at_the_pace(self):
        bar = progress_bar(Decimal("77.25"), Decimal("83.29"))

        assert (bar.full, bar.done, bar.pace) == (100, Decimal("77.2"), Decimal("83.3"))
        assert not bar.is_full

    def test_beyond_the_quota_the_track_shrinks(self):
        bar = progress_bar(Decimal(125), Decimal(100))

        assert (bar.full, bar.done, bar.pace) == (80, 100, 80)
        assert bar.is_full

    def test_without_a_quota_it_is_empty_and_has_no_tick(self):
        bar = progress_bar(None)

        assert (bar.full, bar.done, bar.pace) == (100, 0, None)


class TestScale:
    @pytest.mark.parametrize(
        ("highest", "step"),
        [(1, 1), (5, 1), (6, 2), (18, 5), (60, 20), (240, 50), (2000, 500), (2501, 1000)],
    )
    def test_steps_are_round_whole_numbers(self, highest, step):
        assert scale_step(highest) == step

    def test_ticks_reach_the_highest_figure(self):
        drawing = cumulative_chart(months(), 2104, AS_OF).drawings[0]

        assert [tick.value for tick in drawing.count_ticks] == [0, 500, 1000, 1500, 2000, 2500]

    def test_a_chart_of_nothing_still_has_a_scale(self):
        drawing = cumulative_chart(months((0,) * 12, (None,) * 12), None, AS_OF).drawings[0]

        assert [tick.value for tick in drawing.count_ticks] == [0, 1]


class TestCumulativeChart:
    def test_says_the_figures_of_the_as_of_date(self):
        now = cumulative_chart(months(), 2000, AS_OF).at_as_of

        assert (now.admitted, now.last_year) == (1698, 1433)
        assert now.pace == 1666  # 2000 * 304 / 365 = 1665.75

    def test_table_has_the_close_of_each_month_and_the_as_of_date_in_its_own(self):
        rows = cumulative_chart(months(), 2000, date(2022, 10, 9)).rows

        assert [row.until for row in rows][:2] == [date(2022, 1, 31), date(2022, 2, 28)]
        assert rows[9].until == date(2022, 10, 9)
        assert rows[11].pace == 2000
        assert rows[11].admitted is None

    def test_lines_run_from_the_first_day_to_their_last_known_figure(self):
        drawing = cumulative_chart(months(), 2000, AS_OF).drawings[0]
        admitted = line_of(drawing, Series.ADMITTED)

        assert admitted.points.startswith(f"{WIDE.left},{WIDE.plot_bottom} ")
        assert len(admitted.points.split()) == 11
        assert admitted.end.x == drawing.as_of_at
        assert line_of(drawing, Series.LAST_YEAR).end.x == WIDE.plot_right
        assert line_of(drawing, Series.PACE).end == Point(WIDE.plot_right, drawing.quota_at)

    def test_all_of_the_quota_is_at_the_height_of_its_line(self):
        drawing = cumulative_chart(months((2000,) * 12), 2000, AS_OF).drawings[0]

        assert line_of(drawing, Series.ADMITTED).end.y == drawing.quota_at

    def test_without_a_quota_there_is_no_pace(self):
        chart = cumulative_chart(months(), None, AS_OF)

        assert chart.at_as_of.pace is None
        assert chart.drawings[0].quota_at is None
        assert [line.series for line in chart.drawings[0].lines] == ["last-year", "admitted"]

    def test_without_last_year_there_is_no_line_for_it(self):
        chart = cumulative_chart(months(last_year=(None,) * 12), 2000, AS_OF)

        assert [line.series for line in chart.drawings[0].lines] == ["pace", "admitted"]

    def test_months_of_a_year_are_named_in_their_middle(self):
        ticks = cumulative_chart(months(), 2000, AS_OF).drawings[0].time_ticks

        assert [tick.value for tick in ticks] == list(range(1, 13))
        assert WIDE.left < ticks[0].at < ticks[11].at < WIDE.plot_right

    def test_a_term_is_named_by_its_years(self):
        term = [
            MonthFigure(date(2015 + month // 12, month % 12 + 1, 1), month, None)
            for month in range(72)
        ]

        chart = cumulative_chart(term, 60, date(2020, 12, 31))

        assert chart.is_by_year
        assert [tick.value for tick in chart.drawings[0].time_ticks] == list(range(2015, 2021))

    def test_the_pace_counts_a_leap_day(self):
        leap = [replace(figure, month=figure.month.replace(year=2024)) for figure in months()]

        assert cumulative_chart(leap, 366, date(2024, 2, 29)).at_as_of.pace == 60


class TestLabels:
    def test_words_stand_under_the_end_of_a_line_where_the_margin_is_far(self):
        wide, _middle, narrow = cumulative_chart(months(), 2000, AS_OF).drawings

        beside = line_of(wide, Series.ADMITTED)
        assert beside.end.x < beside.label.x < WIDE.plot_right
        assert beside.label.y > beside.end.y
        assert line_of(narrow, Series.ADMITTED).label.x > NARROW.plot_right

    def test_early_in_the_year_words_stand_above(self):
        admitted = (92, *(None,) * 11)
        drawing = cumulative_chart(months(admitted), 2000, date(2022, 1, 12)).drawings[0]
        line = line_of(drawing, Series.ADMITTED)

        assert line.label.y < line.end.y

    @pytest.mark.parametrize("heights", [(40, 41, 42), (240, 240, 240), (10, 100, 239)])
    def test_words_in_the_margin_do_not_touch_and_stay_inside(self, heights):
        lines = [
            Line(Series.PACE, "", Point(250, height), 1, Point(258, height)) for height in heights
        ]

        spread = [line.label.y for line in spread_labels(lines, NARROW)]

        assert all(below - above >= LABEL_HEIGHT for above, below in pairwise(spread))
        assert spread[0] >= 0
        assert spread[-1] <= NARROW.plot_bottom
