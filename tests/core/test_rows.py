"""Lists arrive in the database as they were, whatever they hold."""

from datetime import date

import pytest
from sqlalchemy import BigInteger, Date, LargeBinary, Text, select
from sqlalchemy.dialects.postgresql import DATERANGE, Range

from app.core.database import db
from app.core.rows import array_text, list_parameters, listed

pytestmark = pytest.mark.usefixtures("tenant")

TEXTS = ["", "NULL", 'a "b"', "c\\d", "{e,f}", " g ", "x,y\n", "H'Hen :a %s", "Đặng Thị Ơ"]


@pytest.mark.parametrize("texts", [TEXTS, [*TEXTS, None], [None], []])
def test_rows_of_lists_are_in_the_order_of_the_lists(texts):
    columns = {
        "number": list(range(len(texts))),
        "words": texts,
        "day": [date(2024, 2, 29)] * len(texts),
        "sealed": [b"\x00\xff'\\"] * len(texts),
        "valid": [Range(date(2025, 7, 1), None)] * len(texts),
    }
    rows = listed(
        "told",
        {
            "number": BigInteger(),
            "words": Text(),
            "day": Date(),
            "sealed": LargeBinary(),
            "valid": DATERANGE(),
        },
    )

    found = db.session.execute(
        select(rows.c.number, rows.c.words, rows.c.day, rows.c.sealed, rows.c.valid),
        list_parameters(columns),
    ).all()

    assert [row.number for row in found] == columns["number"]
    assert [row.words for row in found] == texts
    assert [row.day for row in found] == columns["day"]
    assert [bytes(row.sealed) for row in found] == columns["sealed"]
    assert [(row.valid.lower, row.valid.upper) for row in found] == [
        (each.lower, each.upper) for each in columns["valid"]
    ]


def test_a_text_with_nul_is_refused_rather_than_taken_for_two():
    with pytest.raises(ValueError, match="NUL"):
        array_text(["a\0b", "c"])
