"""What a unit's spreadsheet takes is said in the words that its template offers."""

from datetime import date

import pytest

from app.cases.sheet_rows import WORDS, sheet_columns
from app.core.errors import Refused

COLUMNS = {column.name: column for column in sheet_columns(date(2026, 11, 26), {})}


@pytest.mark.parametrize("name", sorted(WORDS))
def test_a_column_takes_its_words_and_names_them_to_whoever_writes_another(name):
    parse = COLUMNS[name].parse

    assert {words: parse(words) for words in WORDS[name].values()} == {
        words: code for code, words in WORDS[name].items()
    }
    with pytest.raises(Refused) as refusal:
        parse("chưa rõ")
    said = str(refusal.value.message.values["allowed"])
    assert said.split("; ") == list(WORDS[name].values())
