from datetime import date

import pytest

from app.core.periods import parse_period
from app.quotas.annexes import period_in_words
from app.reports.definition import Column, Head
from app.reports.rules import (
    Issuer,
    Layout,
    day_in_words,
    document_in_words,
    form_on,
    letterhead,
    paper_forms,
    signature,
)
from tests.factories.reports import make_report


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 1, 9), "ngày 09 tháng 01 năm 2026"),
        (date(2021, 12, 20), "ngày 20 tháng 12 năm 2021"),
        (date(2022, 3, 5), "ngày 05 tháng 3 năm 2022"),
    ],
)
def test_days_under_ten_and_the_first_two_months_begin_with_a_zero(day, words):
    assert day_in_words(day) == words


def test_a_day_still_to_come_is_left_open():
    assert day_in_words(None) == "ngày …… tháng …… năm ………"


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("152-QĐ/TU", "Quyết định số 152-QĐ/TU"),
        ("147-KH/HU", "Kế hoạch số 147-KH/HU"),
        ("21-NQ/TW", "Nghị quyết số 21-NQ/TW"),
        ("12-QĐ", "Quyết định số 12-QĐ"),
        ("7-XYZ/TU", "văn bản số 7-XYZ/TU"),
        ("không số", "văn bản số không số"),
    ],
)
def test_a_document_is_called_by_the_letters_of_its_number(number, words):
    assert document_in_words(number) == words


@pytest.mark.parametrize(
    ("day", "rule"),
    [
        (date(2012, 1, 1), "36-HD/VPTW"),
        (date(2026, 1, 8), "36-HD/VPTW"),
        (date(2026, 1, 9), "399-QĐ/TW"),
        (date(2030, 1, 1), "399-QĐ/TW"),
    ],
)
def test_papers_look_as_the_rule_of_their_day_says(day, rule):
    assert form_on(day, paper_forms()).rule == rule


def test_what_a_unit_has_not_set_follows_from_the_tree_and_the_rule():
    form = form_on(date(2022, 1, 1), paper_forms())

    head = letterhead(form, Layout(), Issuer("Huyện Vĩnh Tường", "Tỉnh ủy"), date(2022, 1, 5))
    signed = signature(form, Layout())

    assert (head.superior, head.issuer) == ("TỈNH ỦY", "HUYỆN VĨNH TƯỜNG")
    assert head.place_and_day == "…………, ngày 05 tháng 01 năm 2022"
    assert (signed.authority, signed.title, signed.name) == ("T/M BAN THƯỜNG VỤ", "BÍ THƯ", None)


def test_what_a_unit_has_set_stands_on_its_papers():
    form = form_on(date(2022, 1, 1), paper_forms())
    layout = Layout(
        issuer_name="Huyện ủy Vĩnh Tường",
        superior_name="Tỉnh ủy Vĩnh Phúc",
        place_name="Vĩnh Tường",
        signs_as="PHÓ BÍ THƯ",
        signatory_name="Lê Thị Hoa",
        copies_to="- Như trên,\n\n - Lưu.",
    )

    head = letterhead(form, layout, Issuer("Huyện Vĩnh Tường", "Tỉnh ủy"), date(2022, 1, 5))
    signed = signature(form, layout)

    assert (head.superior, head.issuer) == ("TỈNH ỦY VĨNH PHÚC", "HUYỆN ỦY VĨNH TƯỜNG")
    assert head.place_and_day == "Vĩnh Tường, ngày 05 tháng 01 năm 2022"
    assert (signed.title, signed.name) == ("PHÓ BÍ THƯ", "Lê Thị Hoa")
    assert layout.recipients == ("- Như trên,", "- Lưu.")


def test_columns_of_a_group_stand_under_one_head():
    report = make_report(
        columns=(
            Column("STT", width=5, is_number=True),
            Column("Nữ", width=9, is_number=True, group="Trong đó"),
            Column("Thôn", width=9, is_number=True, group="Trong đó"),
            Column("Ghi chú", width=9),
        ),
        rows=(),
    )

    assert report.heads == (
        (
            Head("STT", columns=1, rows=2, is_number=True),
            Head("Trong đó", columns=2, rows=1, is_number=False),
            Head("Ghi chú", columns=1, rows=2, is_number=False),
        ),
        (
            Head("Nữ", columns=1, rows=1, is_number=True),
            Head("Thôn", columns=1, rows=1, is_number=True),
        ),
    )


def test_a_paper_lies_on_its_long_side_only_when_it_has_to():
    narrow, wide = (Column("Tên", width=90),), (Column("Tên", width=91),)

    assert not make_report(columns=narrow, rows=()).is_wide
    assert make_report(columns=wide, rows=()).is_wide


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("2022", "năm 2022"),
        ("2020-2025", "nhiệm kỳ 2020-2025"),
        ("2022-Q3", "quý III năm 2022"),
        ("2022-09", "tháng 9 năm 2022"),
        ("2022-01-05..2022-09-30", "từ 05/01/2022 đến 30/09/2022"),
    ],
)
def test_periods_are_written_in_words(code, words):
    assert period_in_words(parse_period(code)) == words
