"""The sentence above the figures, as Vĩnh Phúc's own report of September 2022 puts it."""

from dataclasses import replace
from decimal import Decimal

import pytest

from app.monitoring.rules import Standing, sentence
from app.web.i18n import render_message

VINH_PHUC = Standing(
    count=1545,
    quota=2000,
    percent=Decimal("77.25"),
    mapped_count=1545,
    last_year=1266,
    year_before=2021,
    behind=-49,
    behind_season=3,
)


def words(app, standing):
    with app.test_request_context("/"):
        return [render_message(clause) for clause in sentence(standing)]


def test_it_reads_as_it_was_printed(app):
    assert words(app, VINH_PHUC) == [
        "1.545/2.000, đạt 77,25%",
        "tăng 22% so với cùng kỳ năm 2021",
        "vượt tiến độ 49 người",
        "chậm 3 người so với nhịp ba năm trước",
    ]


@pytest.mark.parametrize(
    ("change", "clause"),
    [
        ({"last_year": 1545}, "bằng cùng kỳ năm 2021"),
        ({"last_year": 0}, "cùng kỳ năm 2021 không có ai"),
        ({"last_year": 1700}, "giảm 9% so với cùng kỳ năm 2021"),
        ({"mapped_count": 1266}, "bằng cùng kỳ năm 2021"),
        ({"behind": 0}, "đúng tiến độ"),
        ({"behind_season": 0}, "đúng nhịp ba năm trước"),
        ({"behind_season": -2}, "vượt nhịp ba năm trước 2 người"),
        ({"quota": None, "percent": None}, "1.545 người, chưa có chỉ tiêu"),
    ],
)
def test_it_says_what_is_so(app, change, clause):
    assert clause in words(app, replace(VINH_PHUC, **change))


def test_what_is_unknown_is_not_said(app):
    unknown = replace(VINH_PHUC, last_year=None, year_before=None, behind=None, behind_season=None)
    assert words(app, unknown) == ["1.545/2.000, đạt 77,25%"]
