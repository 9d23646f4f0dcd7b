"""Every column of every table that describes people says what it holds; nothing is forgotten."""

from app.core.database import Personal, db
from app.factory import metadata
from app.privacy.queries import everything_about, told_columns
from app.privacy.rules import CLASSIFICATION
from tests.factories.cases import make_person
from tests.factories.provinces import make_province

COPIES_OF_FILES = {"export_file", "import_file", "import_row"}


def personal_tables():
    return {
        mapper.local_table.name
        for mapper in db.Model.registry.mappers
        if issubclass(mapper.class_, Personal)
    }


def test_every_column_of_a_personal_table_is_classified(app):
    assert {table: set(metadata().tables[table].columns.keys()) for table in personal_tables()} == {
        table: set(columns) for table, columns in CLASSIFICATION.items()
    }


def test_a_persons_export_covers_every_column_that_says_something(app_context):
    province = make_province("VINHPHUC", "Vĩnh Phúc")
    number = make_person(province.context, province.cell)

    told = everything_about(province.context, number)

    assert set(told) == personal_tables() - COPIES_OF_FILES
    filled = {table: set(rows[0]) for table, rows in told.items() if rows}
    assert {"person", "private_detail", "case_file", "step"} <= set(filled)
    assert filled == {table: told_columns(table) for table in filled}
